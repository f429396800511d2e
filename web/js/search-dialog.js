/** Finding messages, in this room or in all of mine. */

import { hashOf } from './address.js';
import { dismiss } from './dialogs.js';
import { byId, el, paint } from './dom.js';
import { Finding, piecesOf } from './finding.js';
import { plainOf } from './markup.js';
import { hueOf, initialsOf } from './people.js';
import { Refusal } from './questions.js';

/** @typedef {import('./types.js').Message} Message */
/** @typedef {import('./types.js').Search} Search */

const TYPED_MS = 180;
/** So close to the end of the results, more are asked for. */
const EDGE_PX = 300;

export class SearchDialog {
  /**
   * @param {object} parts
   * @param {import('./i18n.js').Translator} parts.translator
   * @param {(command: Search) => Promise<import('./types.js').Found>} parts.ask
   * @param {() => number} parts.now the server's clock
   * @param {(room: string, seq: number) => void} parts.onopen
   */
  constructor({ translator, ask, now, onopen }) {
    this.translator = translator;
    this.ask = ask;
    this.now = now;
    this.onopen = onopen;
    this.finding = new Finding();
    this.dialog = /** @type {HTMLDialogElement} */ (byId('search'));
    this.field = /** @type {HTMLInputElement} */ (byId('search-text'));
    this.results = byId('search-results');
    this.status = byId('search-status');
    this.hint = byId('search-hint');
    this.scopes = { room: byId('search-room'), all: byId('search-all') };
    this.room = '';
    /** @type {'room' | 'all'} */
    this.scope = /** @type {'room' | 'all'} */ ('room');
    /** @type {any} */
    this.timer = null;

    byId('search-form').addEventListener('submit', (event) => {
      event.preventDefault();
      this.#search();
    });
    this.field.addEventListener('input', (event) => {
      clearTimeout(this.timer);
      // What an input method has not finished is no word yet.
      if (/** @type {InputEvent} */ (event).isComposing) return;
      this.timer = setTimeout(() => this.#search(), TYPED_MS);
    });
    this.field.addEventListener('compositionend', () => this.#search());
    this.scopes.room.addEventListener('click', () => this.#choose('room'));
    this.scopes.all.addEventListener('click', () => this.#choose('all'));
    this.results.addEventListener('scroll', () => this.#reach(), { passive: true });
    this.dialog.addEventListener('keydown', (event) => this.#keyed(event));
    translator.listeners.add(() => this.#show());
  }

  /** @param {string} room that is open */
  open(room) {
    if (room !== this.room) {
      this.room = room;
      if (this.scope === 'room') this.finding.ask('');
    }
    this.#show();
    this.dialog.showModal();
    this.field.focus();
    this.field.select();
    // What is found again may have changed meanwhile.
    this.#search();
  }

  /** @param {'room' | 'all'} scope */
  #choose(scope) {
    this.scope = scope;
    this.#search();
    this.field.focus();
  }

  #search() {
    clearTimeout(this.timer);
    void this.#send(this.finding.ask(this.field.value, this.scope === 'room' ? this.room : undefined));
    this.results.scrollTop = 0;
  }

  /** @param {Search | undefined} command */
  async #send(command) {
    this.#show();
    if (!command) return;
    try {
      const page = await this.ask(command);
      if (!this.finding.take(command, page)) return;
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal;
      if (!this.finding.fail(command)) return;
    }
    this.#show();
    this.#reach();
  }

  /** Ask for more, when the end of what was found is near. */
  #reach() {
    const { scrollTop, scrollHeight, clientHeight } = this.results;
    if (!this.dialog.open || this.finding.state === 'failed') return;
    if (scrollHeight - scrollTop - clientHeight < EDGE_PX) void this.#send(this.finding.more());
  }

  #show() {
    const { translator, finding } = this;
    const { text, found, state } = finding;
    this.scopes.room.textContent = `#${this.room}`;
    for (const [scope, button] of Object.entries(this.scopes)) {
      button.setAttribute('aria-pressed', String(scope === this.scope));
    }
    const none = state === 'done' && found.length === 0;
    const line = state === 'failed' ? translator.text('search.failed')
      : none ? translator.text('search.none', { text })
      : state === 'done' ? translator.text(finding.next === undefined ? 'search.count' : 'search.more', { n: found.length })
      : '';
    if (this.status.textContent !== line) this.status.textContent = line;
    this.dialog.dataset.state = none ? 'none' : state;
    this.hint.textContent = translator.text(none ? 'search.none.hint' : 'search.hint');
    this.hint.hidden = found.length > 0 || state === 'asking' || state === 'failed';
    this.#list(found);
  }

  /** @param {Message[]} found */
  #list(found) {
    const { results } = this;
    const shown = /** @type {HTMLElement[]} */ ([...results.children]);
    const same = shown.findIndex(({ dataset }, index) => dataset.key !== this.#key(found[index]));
    for (const item of same < 0 ? shown.slice(found.length) : shown.slice(same)) item.remove();
    results.append(...found.slice(results.children.length).map((message) => this.#item(message)));
  }

  /** @param {Message | undefined} message */
  #key(message) {
    return message && `${this.translator.language} ${this.finding.text} ${message.room}/${message.seq}/${message.edited ?? ''}`;
  }

  /** @param {Message} message */
  #item(message) {
    const { room, seq, person, name, time, text = '' } = message;
    const { translator } = this;
    const link = el('a', {
      class: 'hit',
      href: hashOf(room, seq),
      'data-room': room,
      'data-seq': seq,
      onclick: async (/** @type {MouseEvent} */ event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        await dismiss(this.dialog);
        this.onopen(room, seq);
      },
    },
    el('span', { class: 'av', 'aria-hidden': 'true' }, initialsOf(name)),
    el('span', { class: 'hit-body' },
      el('span', { class: 'hit-by' },
        el('bdi', { class: 'name' }, name),
        this.scope === 'all' && el('bdi', { class: 'hit-room' }, `#${room}`),
        el('time', { datetime: new Date(time).toISOString() }, translator.when(time, this.now()))),
      el('span', { class: 'hit-text', dir: 'auto' },
        ...piecesOf(plainOf(text), this.finding.text).map((piece) =>
          (piece.found ? el('mark', {}, piece.text) : piece.text)))));
    const item = el('li', { class: 'who-said', 'data-key': this.#key(message) }, link);
    paint(item, hueOf(person));
    return item;
  }

  /**
   * Arrows go from the field through the results, Escape goes back to the room.
   *
   * @param {KeyboardEvent} event
   */
  #keyed(event) {
    if (event.key === 'Escape' && !event.isComposing) {
      // A field for searching would take the first Escape to empty itself.
      event.preventDefault();
      this.dialog.close();
      return;
    }
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!by || event.isComposing) return;
    const links = /** @type {HTMLElement[]} */ ([...this.results.querySelectorAll('a')]);
    const at = links.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    if (at < 0 && document.activeElement !== this.field) return;
    event.preventDefault();
    (links[at + by] ?? (at + by < 0 ? this.field : links.at(-1)))?.focus();
  }
}
