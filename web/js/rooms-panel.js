/** My rooms, what is unread in them, and the way into another one. */

import { hashOf } from './address.js';
import { byId, el, icon, paint } from './dom.js';
import { hueOf, initialsOf } from './people.js';

/** @typedef {import('./room.js').Room} Room */

export class RoomsPanel {
  /**
   * @param {object} parts
   * @param {import('./store.js').Store} parts.store
   * @param {import('./i18n.js').Translator} parts.translator
   * @param {(name: string) => void} parts.onopen
   * @param {(room: Room) => void} parts.onleave
   */
  constructor({ store, translator, onopen, onleave }) {
    this.store = store;
    this.translator = translator;
    this.onopen = onopen;
    this.onleave = onleave;
    this.list = byId('room-list');
    /** On a phone, what is unread in the rooms that are not in sight. */
    this.others = byId('others');
    this.open = '';
    /** What the list shows: most changes of a room are not to be seen in it. */
    this.drawn = '';

    const form = /** @type {HTMLFormElement} */ (byId('room-form'));
    const field = /** @type {HTMLInputElement} */ (byId('room-name'));
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const name = field.value.trim().replace(/^#/, '');
      if (!name) return;
      field.value = '';
      onopen(name);
    });
  }

  /** Who I am. */
  renderMe() {
    const { person, name } = this.store.me;
    byId('me-name').textContent = name;
    byId('me-avatar').textContent = initialsOf(name);
    paint(byId('me'), hueOf(person));
  }

  /** @param {string} open the room that is looked at */
  render(open) {
    this.open = open;
    const { store, translator } = this;
    const { order } = translator.formats;
    const rooms = [...store.rooms.values()].sort((a, b) => order.compare(a.name, b.name));
    const now = [open, translator.language, ...rooms.flatMap(({ name, unread, mentions }) => [name, unread, mentions, store.muted.has(name)])].join('\n');
    if (now === this.drawn) return;
    this.drawn = now;
    this.#renderOthers(rooms.filter(({ name }) => name !== open));
    const focused = /** @type {HTMLElement | null} */ (document.activeElement);
    const held = this.list.contains(focused) ? focused?.closest('li')?.dataset.room : undefined;
    const act = focused?.dataset.act;
    this.list.replaceChildren(...rooms.map((room) => this.#item(room, rooms.length > 1)));
    if (held === undefined) return;
    const item = [...this.list.children].find((child) => /** @type {HTMLElement} */ (child).dataset.room === held);
    const again = /** @type {HTMLElement | null | undefined} */ (item?.querySelector(act ? `[data-act=${act}]` : 'a'));
    again?.focus({ preventScroll: true });
  }

  /**
   * One pill for all: their unread messages, in alert when one mentions me.
   *
   * @param {Room[]} rooms
   */
  #renderOthers(rooms) {
    const unread = rooms.reduce((sum, room) => sum + (this.store.muted.has(room.name) ? room.mentions : room.unread), 0);
    this.others.replaceChildren();
    if (unread === 0) return;
    const total = pill({ unread, mentions: 0 }, this.translator);
    total.classList.toggle('at', rooms.some(({ mentions }) => mentions > 0));
    this.others.append(total);
  }

  /**
   * @param {Room} room
   * @param {boolean} leavable
   */
  #item(room, leavable) {
    const { translator } = this;
    const current = room.name === this.open;
    const isMuted = this.store.muted.has(room.name);
    const counted = isMuted ? room.mentions : room.unread;
    const link = el('a', {
      class: `room${current ? ' on' : ''}${isMuted ? ' muted' : ''}${counted ? ' unread' : ''}`,
      href: hashOf(room.name),
      'aria-current': current ? 'page' : undefined,
      onclick: (/** @type {MouseEvent} */ event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        this.onopen(room.name);
      },
    },
    el('span', { class: 'hash', 'aria-hidden': 'true' }, '#'),
    el('bdi', { class: 'label' }, room.name),
    isMuted && el('span', { class: 'sr' }, translator.text('rooms.muted')),
    counted > 0 && pill(room, translator));
    const leave = leavable && el('button', {
      type: 'button',
      class: 'leave',
      'data-act': 'leave',
      'aria-label': translator.text('rooms.leave', { room: `#${room.name}` }),
      onclick: () => this.onleave(room),
    }, icon('close'));
    return el('li', { 'data-room': room.name }, link, leave);
  }
}

/**
 * @param {{unread: number, mentions: number}} counts
 * @param {import('./i18n.js').Translator} translator
 * @returns {HTMLElement} the number of mentions, or else of what is unread
 */
export function pill({ unread, mentions }, translator) {
  const n = mentions || unread;
  const label = translator.text(mentions ? 'rooms.mentions' : 'rooms.unread', { n });
  return el('span', { class: mentions ? 'pill at' : 'pill' },
    el('span', { 'aria-hidden': 'true' }, n > 99 ? '99+' : String(n)),
    el('span', { class: 'sr' }, label));
}
