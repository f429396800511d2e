/** From one room to another by a few letters of its name. */

import { dismiss, furnish } from './dialogs.js';
import { el } from './dom.js';
import { gather } from './gather.js';
import { ranked, wantedOf } from './ranking.js';
import { pill } from './rooms-panel.js';
import { folded } from './store.js';

/** @typedef {import('./i18n.js').Translator} Translator */
/** @typedef {import('./store.js').Store} Store */

/** Counts follow what they count by so much. */
const COUNTED_MS = 150;

export class Switcher {
  /**
   * @param {object} parts
   * @param {Store} parts.store
   * @param {Translator} parts.translator
   * @param {(name: string) => void} parts.onopen
   */
  constructor({ store, translator, onopen }) {
    this.store = store;
    this.translator = translator;
    this.onopen = onopen;
    /** What Enter opens: an index of the list. */
    this.at = 0;
    /** @type {string[]} names of rooms, as they are listed */
    this.names = [];

    this.list = el('ul', { id: 'switcher-list', class: 'options', role: 'listbox' });
    this.field = el('input', {
      role: 'combobox',
      autocomplete: 'off',
      autocapitalize: 'off',
      spellcheck: 'false',
      enterkeyhint: 'go',
      dir: 'auto',
      'aria-expanded': 'true',
      'aria-controls': 'switcher-list',
      'aria-autocomplete': 'list',
      oninput: () => this.#show(0),
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.#keyed(event),
    });
    this.dialog = el('dialog', { id: 'switcher', class: 'switcher' }, el('div', {}, this.field, this.list));
    document.body.append(this.dialog);
    furnish(this.dialog);
    translator.listeners.add(() => this.#show(this.at));
    const follow = gather(() => this.#follow(), COUNTED_MS);
    store.listeners.add((change) => {
      if (this.dialog.open && (change === 'rooms' || change === 'unread')) follow();
    });
  }

  open() {
    this.field.value = '';
    this.#show(0);
    this.dialog.showModal();
    this.field.focus();
  }

  /** @param {number} at what is chosen */
  #show(at) {
    const { store, translator, field } = this;
    const rooms = ranked(store.rooms.values(), field.value, translator.formats.order.compare);
    const wanted = wantedOf(field.value);
    this.names = rooms.map(({ name }) => name);
    const items = rooms.map((room) => [
      el('span', { class: 'hash', 'aria-hidden': 'true' }, '#'),
      el('bdi', { class: 'label' }, room.name),
      room.unread > 0 && pill(room, translator),
    ]);
    if (wanted && !rooms.some(({ name }) => folded(name) === wanted)) {
      this.names.push(wanted);
      items.push([el('span', { class: 'label' }, translator.text('switcher.join', { room: `#${wanted}` })), false, false]);
    }
    this.at = Math.max(0, Math.min(at, this.names.length - 1));
    const name = translator.text('switcher.title');
    this.dialog.setAttribute('aria-label', name);
    this.field.setAttribute('aria-label', name);
    this.field.placeholder = name;
    this.list.setAttribute('aria-label', translator.text('rooms.title'));
    this.list.replaceChildren(
      ...items.map((parts, index) =>
        el(
          'li',
          {
            id: `switcher-${index}`,
            class: 'option',
            role: 'option',
            'aria-selected': String(index === this.at),
            onclick: () => void this.#choose(index),
          },
          ...parts,
        ),
      ),
    );
    if (items.length > 0) this.field.setAttribute('aria-activedescendant', `switcher-${this.at}`);
    else this.field.removeAttribute('aria-activedescendant');
    this.list.children[this.at]?.scrollIntoView({ block: 'nearest' });
  }

  /** Rooms came or went, or what is unread in them: what is chosen stays chosen. */
  #follow() {
    const chosen = this.names[this.at];
    this.#show(this.at);
    const at = this.names.indexOf(chosen);
    if (at >= 0 && at !== this.at) this.#show(at);
  }

  /** @param {number} index */
  async #choose(index) {
    const name = this.names[index];
    if (name === undefined) return;
    await dismiss(this.dialog);
    this.onopen(name);
  }

  /** @param {KeyboardEvent} event */
  #keyed(event) {
    // What an input method is about is its own.
    if (event.isComposing || event.keyCode === 229) return;
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by) {
      event.preventDefault();
      const { length } = this.names;
      if (length > 0) this.#show((this.at + by + length) % length);
    } else if (event.key === 'Enter') {
      event.preventDefault();
      void this.#choose(this.at);
    }
  }
}
