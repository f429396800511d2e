/** What a room is about and what holds in it, for moderators to change. */

import { el } from './dom.js';
import { randomId } from './questions.js';
import { reasonOf } from './refusals.js';
import { sheet } from './sheet.js';

/** @typedef {import('./types.js').Wishes} Wishes */
/** @typedef {import('./room.js').Room} Room */

const TOPIC_CHARS = 250;
const KEY_CHARS = 64;
/** In seconds, between two messages of a member. */
const PACES = [0, 5, 10, 30, 60, 300, 900, 3600];

export class RoomSettings {
  /** @param {import('./moderation.js').ModerationParts} parts */
  constructor({ translator, session, keys }) {
    this.translator = translator;
    this.session = session;
    this.keys = keys;
    this.topic = el('input', { id: 'order-topic', maxlength: TOPIC_CHARS, autocomplete: 'off', dir: 'auto' });
    this.slow = el('select', { id: 'order-slow' });
    this.locked = el('input', { id: 'order-locked', type: 'checkbox' });
    this.readOnly = el('input', { id: 'order-read-only', type: 'checkbox' });
    this.keyed = el('input', { id: 'order-keyed', type: 'checkbox', onchange: () => this.#unfold() });
    this.key = el('input', { id: 'order-key', maxlength: KEY_CHARS, autocomplete: 'off', autocapitalize: 'off', spellcheck: 'false', dir: 'auto', 'data-t-label': 'order.key' });
    this.keyLine = el('div', { class: 'key' }, this.key, el('p', { class: 'hint', 'data-t': 'order.key.about' }));
    this.problem = el('div', { class: 'problem', role: 'alert' });
    /** @type {(input: HTMLElement, key: string, about: string) => HTMLElement} */
    const check = (input, key, about) => el('label', {}, input, el('span', {}, el('span', { 'data-t': key }), el('small', { 'data-t': about })));
    const { dialog, heading } = sheet(translator, 'order', {},
      el('form', { class: 'fields', onsubmit: (/** @type {Event} */ event) => {
        event.preventDefault();
        void this.#save();
      } },
      el('div', {}, el('label', { for: 'order-topic', 'data-t': 'order.topic' }), this.topic),
      el('div', {}, el('label', { for: 'order-slow', 'data-t': 'order.slow' }), this.slow),
      el('div', { class: 'checks' },
        check(this.readOnly, 'order.read_only', 'order.read_only.about'),
        check(this.locked, 'order.locked', 'order.locked.about'),
        check(this.keyed, 'order.keyed', 'order.keyed.about')),
      this.keyLine,
      this.problem,
      el('div', { class: 'answers' },
        el('button', { class: 'quiet', type: 'button', 'data-close': true, 'data-t': 'delete.cancel' }),
        el('button', { class: 'go', type: 'submit', 'data-t': 'composer.save' }))));
    this.dialog = dialog;
    this.heading = heading;
    /** @type {Room | undefined} */
    this.room = undefined;
  }

  /** @param {Room} room */
  open(room) {
    const { translator } = this;
    const { topic = '', slow = 0, locked = false, read_only = false, key = false } = room.standing.settings;
    this.room = room;
    this.heading.textContent = translator.text('order.title', { room: `#${room.name}` });
    this.topic.value = topic;
    const paces = [...new Set([...PACES, slow])].sort((a, b) => a - b);
    this.slow.replaceChildren(...paces.map((pace) =>
      el('option', { value: pace, selected: pace === slow }, pace ? translator.duration(pace) : translator.text('order.slow.off'))));
    this.locked.checked = locked;
    this.readOnly.checked = read_only;
    this.keyed.checked = key;
    this.key.value = key ? this.keys.get(room.name) : '';
    // Of a key that somebody else gave the room nobody tells us more than that there is one.
    this.key.placeholder = key && !this.key.value ? translator.text('order.key.kept') : '';
    this.problem.textContent = '';
    this.keyLine.hidden = !key;
    this.dialog.showModal();
  }

  #unfold() {
    this.keyLine.hidden = !this.keyed.checked;
    if (this.keyed.checked) this.key.focus();
  }

  /**
   * @param {Room} room
   * @returns {Wishes} what is to be otherwise
   */
  #wishes({ name, standing }) {
    const { topic = '', slow = 0, locked = false, read_only = false, key = false } = standing.settings;
    /** @type {Wishes} */
    const wishes = {};
    const line = this.topic.value.replace(/\s+/g, ' ').trim();
    if (line !== topic) wishes.topic = line;
    if (Number(this.slow.value) !== slow) wishes.slow = Number(this.slow.value);
    if (this.locked.checked !== locked) wishes.locked = this.locked.checked;
    if (this.readOnly.checked !== read_only) wishes.read_only = this.readOnly.checked;
    const written = this.key.value.trim();
    if (!this.keyed.checked) {
      if (key) wishes.key = '';
    } else if (written && !(key && written === this.keys.get(name))) {
      wishes.key = written;
    }
    return wishes;
  }

  async #save() {
    const { room, translator } = this;
    if (!room) return;
    if (this.keyed.checked && !room.standing.settings.key && !this.key.value.trim()) {
      this.problem.textContent = translator.text('order.key.lacking');
      return this.key.focus();
    }
    const values = this.#wishes(room);
    this.problem.textContent = '';
    try {
      if (Object.keys(values).length > 0) await this.session.ask({ type: 'set', id: randomId(), room: room.name, values });
      if (values.key !== undefined) this.keys.set(room.name, values.key);
      if (this.room === room) this.dialog.close();
    } catch (refusal) {
      this.problem.textContent = reasonOf(refusal, translator);
    }
  }
}
