/** Who is in the open room. */

import { byId, el, paint } from './dom.js';
import { hueOf, initialsOf } from './people.js';

/** @typedef {import('./room.js').Room} Room */
/** @typedef {(who: import('./types.js').Who, from: HTMLElement) => void} Onmoderate what can be done with somebody is wanted, beside an element */

export class MembersPanel {
  /**
   * @param {object} parts
   * @param {import('./store.js').Store} parts.store
   * @param {import('./i18n.js').Translator} parts.translator
   * @param {Onmoderate} parts.onmoderate
   */
  constructor({ store, translator, onmoderate }) {
    this.store = store;
    this.translator = translator;
    this.onmoderate = onmoderate;
    this.title = byId('members-title');
    this.list = byId('member-list');
    this.toggle = byId('members-toggle');
    this.count = byId('members-count');
  }

  /** @param {Room | undefined} room */
  render(room) {
    const { translator, store } = this;
    const n = room?.count ?? 0;
    this.title.textContent = translator.text('members.title', { n });
    this.title.hidden = !room;
    this.count.textContent = room ? translator.number(n) : '';
    this.toggle.setAttribute('aria-label', translator.text('members.toggle', { n }));
    const { order } = translator.formats;
    const people = [...(room?.members ?? [])].sort(
      ([a, aName], [b, bName]) =>
        Number(b === store.me.person) - Number(a === store.me.person) || order.compare(aName, bName),
    );
    const rest = n - people.length;
    const { activeElement: focused } = document;
    const held = this.list.contains(focused) ? focused?.closest('li')?.dataset.person : undefined;
    this.list.replaceChildren(
      ...people.map(([person, name]) => this.#item(person, name, room?.standing)),
      ...(rest > 0 ? [el('li', { class: 'rest' }, translator.text('members.more', { n: rest }))] : []),
    );
    if (held !== undefined) this.focus(held);
  }

  /** @param {string} person whose button is to have the focus, if they have one */
  focus(person) {
    const item = [...this.list.children].find((child) => /** @type {HTMLElement} */ (child).dataset.person === person);
    item?.querySelector('button')?.focus({ preventScroll: true });
  }

  /**
   * @param {string} person
   * @param {string} name
   * @param {import('./standing.js').Standing} [standing] of the room
   */
  #item(person, name, standing) {
    const { translator, store } = this;
    const isMe = person === store.me.person;
    const role = isMe ? standing?.role : standing?.roles.get(person);
    const small = [isMe && translator.text('members.you'), role && role !== 'member' && translator.text(`role.${role}`)].filter(Boolean).join(' · ');
    const who = [
      el('span', { class: 'av', 'aria-hidden': 'true' }, initialsOf(name)),
      el('span', { class: 'label' }, el('bdi', {}, name), small && ' ', small && el('small', {}, small)),
    ];
    const item = el('li', { class: 'who', 'data-person': person }, ...who);
    paint(item, hueOf(person));
    if (isMe || !standing?.isBelow(person) || !store.features.has('moderation')) return item;
    const button = el('button', {
      type: 'button',
      'aria-haspopup': 'dialog',
      onclick: () => this.onmoderate({ person, name }, button),
    }, ...who);
    item.replaceChildren(button);
    return item;
  }
}
