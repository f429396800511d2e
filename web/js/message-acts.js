/** What can be done with messages, and how: tools and menu. */

import { linkTo } from './address.js';
import { copy } from './clipboard.js';
import { MessageMenu } from './message-menu.js';
import { notice } from './notice.js';
import { foreseen } from './rows.js';

/** @typedef {import('./types.js').Message} Message */
/** @typedef {import('./types.js').Letter} Letter */
/** @typedef {import('./message-menu.js').Deed} Deed */

export class MessageActs {
  /**
   * @param {object} parts
   * @param {import('./i18n.js').Translator} parts.translator
   * @param {import('./store.js').Store} parts.store
   * @param {import('./outbox.js').Outbox} parts.outbox
   * @param {import('./postman.js').Postman} parts.postman
   * @param {import('./composer.js').Composer} parts.composer
   * @param {import('./attention.js').Attention} parts.attention
   * @param {() => import('./timeline.js').Timeline} parts.timeline
   * @param {() => number} parts.now the server's clock
   * @param {import('./members-panel.js').Onmoderate} parts.onmoderate
   * @param {(message: Message) => void} parts.ondelete it is to be deleted, if that is meant
   */
  constructor({ translator, store, outbox, postman, composer, attention, timeline, now, onmoderate, ondelete }) {
    this.translator = translator;
    this.store = store;
    this.outbox = outbox;
    this.postman = postman;
    this.composer = composer;
    this.attention = attention;
    this.timeline = timeline;
    this.now = now;
    this.onmoderate = onmoderate;
    this.ondelete = ondelete;
    this.menu = new MessageMenu({
      translator,
      deedsOn: (message) => this.#deedsOn(message),
      isReactable: (message) => this.#isReactable(message),
      onemoji: (message, emoji) => {
        const has = message.reactions?.some((reaction) => reaction.emoji === emoji && reaction.mine);
        postman.react(message, emoji, !has);
      },
      ondeed: (deed, message) => void this.#do(deed, message),
      onclose: ({ seq }) => timeline().focus(seq),
    });
  }

  /**
   * What the rows of the timeline ask and tell.
   *
   * @returns {import('./timeline.js').TimelineParts['acts']}
   */
  get ofRows() {
    return {
      actsOn: (message) => {
        if (message.deleted || this.#isSilent(message)) return ['more'];
        return this.#isReactable(message) ? ['react', 'reply', 'more'] : ['reply', 'more'];
      },
      onact: (act, message, from) => {
        if (act === 'reply') this.#reply(message);
        else this.menu.open(message, { emoji: act === 'react', deeds: act === 'more', from });
      },
      onreact: (message, emoji, on) => this.postman.react(message, emoji, on),
      onquote: (seq) => void this.timeline().reveal(seq),
      onretry: ({ id }) => {
        this.outbox.retry(id);
        this.postman.pump();
      },
      ondiscard: ({ id }) => {
        this.outbox.discard(id);
        this.composer.focus();
      },
    };
  }

  /**
   * Offer everything at once, for a message that is pressed or in focus.
   *
   * @param {HTMLElement} element of the message
   */
  offer(element) {
    const message = this.timeline().messageOf(element);
    if (message) this.menu.open(message, { emoji: true, deeds: true, from: element });
  }

  /**
   * Edit what I said last.
   *
   * @param {import('./room.js').Room | undefined} room
   */
  recall(room) {
    const { store, outbox, composer } = this;
    if (!room || !store.features.has('edit') || room.standing.silence(this.now())) return;
    const changes = outbox.changes(room.name);
    const last = room.messages
      .filter(({ person }) => person === store.me.person)
      .map((message) => foreseen(message, changes.get(message.seq) ?? [], store.me))
      .filter(({ deleted }) => !deleted)
      .at(-1);
    if (last) composer.edit(last);
  }

  /** @param {Message} message */
  #isReactable(message) {
    return !message.deleted && this.store.features.has('react') && !this.#isSilent(message);
  }

  /** Whether I cannot write where it was said. @param {Message} message */
  #isSilent({ room }) {
    return this.store.rooms.get(room)?.standing.silence(this.now()) !== undefined;
  }

  /**
   * @param {Message} message
   * @returns {Deed[]}
   */
  #deedsOn(message) {
    const { features, me, rooms } = this.store;
    const { deleted, person, room } = message;
    const isMine = person === me.person;
    const isBelow = !isMine && rooms.get(room)?.standing.isBelow(person) && features.has('moderation');
    const isSilent = this.#isSilent(message);
    /** @type {(Deed | false | undefined)[]} */
    const deeds = deleted ? ['link', isBelow && 'moderate'] : [
      !isSilent && 'reply',
      isMine && !isSilent && features.has('edit') && 'edit',
      'copy',
      'link',
      !isMine && 'unread',
      !isMine && 'ignore',
      isBelow && 'moderate',
      (isMine || isBelow) && features.has('delete') && 'delete',
    ];
    return deeds.filter((deed) => deed !== false && deed !== undefined);
  }

  /**
   * @param {Deed} deed
   * @param {Message} message
   */
  async #do(deed, message) {
    const { translator, composer } = this;
    switch (deed) {
      case 'reply':
        return this.#reply(message);
      case 'edit':
        composer.edit(message);
        return composer.focus();
      case 'copy':
        if (await copy(message.text ?? '')) notice(translator.text('message.copied'));
        return;
      case 'link':
        if (await copy(linkTo(location, message.room, message.seq))) notice(translator.text('share.copied'));
        return;
      case 'delete':
        return this.ondelete(message);
      case 'moderate':
        return this.onmoderate(message, this.timeline().rows.elementOf(message.seq) ?? document.body);
      case 'unread':
        return this.attention.keep(message);
      case 'ignore':
        this.attention.preferences.ignore(message, true);
        return notice(translator.text('message.ignored', { name: message.name }));
    }
  }

  /** @param {Message} message */
  #reply(message) {
    this.composer.reply(message);
    this.composer.focus();
  }
}
