/** Who is in the open room. */

import { byId, el, paint } from './dom.js';
import { hueOf, initialsOf } from './people.js';

/** @typedef {import('./room.js').Room} Room */

export class MembersPanel {
  /**
   * @param {import('./store.js').Store} store
   * @param {import('./i18n.js').Translator} translator
   */
  constructor(store, translator) {
    this.store = store;
    this.translator = translator;
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
    this.list.replaceChildren(
      ...people.map(([person, name]) => this.#item(person, name)),
      ...(rest > 0 ? [el('li', { class: 'rest' }, translator.text('members.more', { n: rest }))] : []),
    );
  }

  /**
   * @param {string} person
   * @param {string} name
   */
  #item(person, name) {
    const mine = person === this.store.me.person;
    const item = el('li', { class: 'who', 'data-person': person },
      el('span', { class: 'av', 'aria-hidden': 'true' }, initialsOf(name)),
      el('span', { class: 'label' }, el('bdi', {}, name),
        mine && ' ', mine && el('small', {}, this.translator.text('members.you'))));
    paint(item, hueOf(person));
    return item;
  }
}
