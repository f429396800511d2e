/** Does what a command asks for. */

import { randomId } from './questions.js';
import { reasonOf } from './refusals.js';

/** @typedef {import('./commands.js').Order} Order */
/** @typedef {import('./room.js').Room} Room */

export class Orders {
  /**
   * @param {object} parts
   * @param {import('./i18n.js').Translator} parts.translator
   * @param {import('./store.js').Store} parts.store
   * @param {import('./session.js').Session} parts.session
   * @param {{name: string}} parts.identity what is remembered of me
   * @param {() => Room | undefined} parts.room that is open
   * @param {(room: string) => void} parts.go
   * @param {() => void} parts.help
   * @param {(text: string) => void} parts.tell says that it is done, where that is not to be seen
   * @param {(command: import('./commands.js').Moderating) => Promise<string>} parts.moderate resolves to why not, or to nothing
   */
  constructor({ translator, store, session, identity, room, go, help, tell, moderate }) {
    this.translator = translator;
    this.store = store;
    this.session = session;
    this.identity = identity;
    this.room = room;
    this.go = go;
    this.help = help;
    this.tell = tell;
    this.moderate = moderate;
  }

  /**
   * @param {Order} order
   * @returns {Promise<string>} why it could not be done, or nothing
   */
  async run(order) {
    try {
      switch (order.kind) {
        case 'nick':
          return await this.#nick(order.name);
        case 'topic':
          return await this.#topic(order.topic);
        case 'leave':
          return await this.#leave(order.room);
        case 'join':
          this.go(order.room);
          return '';
        case 'help':
          this.help();
          return '';
        case 'moderate':
          return await this.moderate(order);
      }
    } catch (refusal) {
      return reasonOf(refusal, this.translator);
    }
  }

  /**
   * @param {string} name
   * @returns {Promise<string>} why I cannot be called that, or nothing
   */
  async rename(name) {
    if (name === this.store.me.name) return '';
    try {
      const renamed = await this.session.ask({ type: 'rename', name });
      this.identity.name = renamed.name;
      return '';
    } catch (refusal) {
      return reasonOf(refusal, this.translator);
    }
  }

  /** @param {string} written */
  async #nick(written) {
    const problem = await this.rename(written);
    if (!problem) this.tell(this.translator.text('command.nick.done', { name: this.identity.name }));
    return problem;
  }

  /** @param {string} topic */
  async #topic(topic) {
    const room = this.room();
    if (!room) return this.translator.text('error.lost');
    await this.session.ask({ type: 'set', id: randomId(), room: room.name, values: { topic } });
    this.tell(this.translator.text(topic ? 'command.topic.done' : 'command.topic.none'));
    return '';
  }

  /** @param {string} name the open room's if it is empty */
  async #leave(name) {
    const { translator, store } = this;
    const room = name ? store.room(name) : this.room();
    if (!room) return translator.text('command.leave.none', { room: `#${name}` });
    if (store.rooms.size < 2) return translator.text('command.leave.last');
    await this.session.leave(room);
    return '';
  }
}
