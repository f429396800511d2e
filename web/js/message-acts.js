/** What can be done with messages, and how: tools, menu, confirmation. */

import { linkTo } from './address.js';
import { copy } from './clipboard.js';
import { Confirmation } from './confirmation.js';
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
   */
  constructor({ translator, store, outbox, postman, composer, attention, timeline }) {
    this.translator = translator;
    this.store = store;
    this.outbox = outbox;
    this.postman = postman;
    this.composer = composer;
    this.attention = attention;
    this.timeline = timeline;
    this.confirmation = new Confirmation((message) => postman.delete(message));
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
        if (message.deleted) return ['more'];
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
    if (!room || !store.features.has('edit')) return;
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
    return !message.deleted && this.store.features.has('react');
  }

  /**
   * @param {Message} message
   * @returns {Deed[]}
   */
  #deedsOn({ deleted, person }) {
    const { features, me } = this.store;
    if (deleted) return ['link'];
    /** @type {Deed[]} */
    const deeds = ['reply'];
    const isMine = person === me.person;
    if (isMine && features.has('edit')) deeds.push('edit');
    deeds.push('copy', 'link');
    if (isMine && features.has('delete')) deeds.push('delete');
    if (!isMine) deeds.push('unread', 'ignore');
    return deeds;
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
        return this.confirmation.open(message);
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
