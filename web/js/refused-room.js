/** A room that the server does not let us into: why, and where to go instead. */

import { LOBBY } from './address.js';
import { byId } from './dom.js';

/** @typedef {import('./types.js').ErrorFrame} ErrorFrame */

/** What is no room's name today is none tomorrow. */
const FOR_GOOD = new Set(['bad_room', 'too_long']);

export class RefusedRoom {
  /**
   * @param {import('./i18n.js').Translator} translator
   * @param {object} does
   * @param {() => void} does.lobby
   * @param {() => void} does.again
   */
  constructor(translator, { lobby, again }) {
    this.translator = translator;
    this.place = byId('refused');
    /** The room's name, while one is refused. */
    this.name = '';
    /** @type {ErrorFrame | undefined} */
    this.error = undefined;
    byId('refused-lobby').addEventListener('click', lobby);
    byId('refused-again').addEventListener('click', again);
    translator.listeners.add(() => this.#describe());
  }

  /**
   * @param {string} name
   * @param {ErrorFrame} error
   */
  show(name, error) {
    this.name = name;
    this.error = error;
    this.#describe();
  }

  forget() {
    this.name = '';
    this.error = undefined;
    this.#describe();
  }

  #describe() {
    const { translator, error, name } = this;
    this.place.hidden = !error;
    const key = `error.${error?.code}`;
    byId('refused-title').textContent = error ? translator.text('room.refused', { room: `#${name}` }) : '';
    byId('refused-reason').textContent = !error ? ''
      : translator.has(key) ? translator.text(key)
      : error.reason;
    byId('refused-again').hidden = error !== undefined && FOR_GOOD.has(error.code);
    const lobby = byId('refused-lobby');
    lobby.textContent = translator.text('room.lobby', { room: `#${LOBBY}` });
    lobby.hidden = name === LOBBY;
  }
}
