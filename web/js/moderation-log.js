/** What moderators did, newest first: in one room, or on the whole server. */

import { el } from './dom.js';
import { randomId, Refusal } from './questions.js';
import { reasonOf } from './refusals.js';
import { actedText } from './row-view.js';
import { sheet } from './sheet.js';

/** @typedef {import('./types.js').Deed} Deed */
/** @typedef {import('./room.js').Room} Room */

const PAGE = 50;
/** What takes an act back, and what that is called. */
const UNDO = /** @type {const} */ ({ ban: 'unban', mute: 'unmute' });

export class ModerationLog {
  /** @param {import('./moderation.js').ModerationParts} parts */
  constructor({ translator, store, session, now }) {
    this.translator = translator;
    this.store = store;
    this.session = session;
    this.now = now;
    this.here = el('button', { type: 'button', onclick: () => void this.#turn(false) });
    this.all = el('button', { type: 'button', 'data-t': 'modlog.all', onclick: () => void this.#turn(true) });
    this.scopes = el('div', { class: 'choice', role: 'group', 'data-t-label': 'search.where' }, this.here, this.all);
    this.status = el('div', { class: 'hint', role: 'status' });
    this.list = el('ol', { class: 'deeds', tabindex: 0, 'data-t-label': 'order.log' });
    this.more = el('button', { type: 'button', class: 'quiet', 'data-t': 'modlog.more', onclick: () => void this.#fetch() });
    const { dialog, heading } = sheet(translator, 'modlog', { class: 'modlog' }, this.scopes, this.status, this.list, this.more);
    heading.textContent = translator.text('order.log');
    this.dialog = dialog;
    this.heading = heading;
    /** @type {Room | undefined} */
    this.room = undefined;
    /** Of the whole server. */
    this.isWide = false;
    /** @type {Deed[]} newest first */
    this.deeds = [];
    /** Only what was asked for last is shown. */
    this.asked = 0;
  }

  /** @param {Room} room */
  open(room) {
    const { translator, store } = this;
    this.room = room;
    this.heading.textContent = translator.text('order.log');
    this.here.textContent = `#${room.name}`;
    this.scopes.hidden = store.server.role === 'member';
    this.dialog.showModal();
    void this.#turn(false);
  }

  /** @param {boolean} isWide */
  #turn(isWide) {
    this.isWide = isWide;
    this.here.setAttribute('aria-pressed', String(!isWide));
    this.all.setAttribute('aria-pressed', String(isWide));
    this.deeds = [];
    this.list.replaceChildren();
    this.more.hidden = true;
    return this.#fetch();
  }

  async #fetch() {
    const { translator, room } = this;
    if (!room) return;
    this.asked += 1;
    const { asked } = this;
    const before = this.deeds.at(-1)?.number;
    const where = this.isWide ? {} : { room: room.name };
    try {
      const page = await this.session.ask({ type: 'modlog', ...where, limit: PAGE, ...(before !== undefined && { before }) });
      if (asked !== this.asked) return;
      this.deeds.push(...page.acts);
      this.more.hidden = !page.more;
      this.status.textContent = this.deeds.length > 0 ? '' : translator.text('modlog.none');
      this.#show();
    } catch (refusal) {
      if (asked === this.asked) this.status.textContent = reasonOf(refusal, translator);
    }
  }

  #show() {
    /** @type {Set<string>} what a later act took back or put in its place */
    const settled = new Set();
    this.list.replaceChildren(...this.deeds.map((deed) => {
      const { act, target = '', room = '', until } = deed;
      const kind = act === 'ban' || act === 'unban' ? 'ban' : act === 'mute' || act === 'unmute' ? 'mute' : undefined;
      const key = `${kind} ${room} ${target}`;
      const isInForce = act === kind && !settled.has(key) && (until === undefined || until > this.now());
      if (kind) settled.add(key);
      return this.#item(deed, isInForce && kind ? UNDO[kind] : undefined);
    }));
    this.list.hidden = this.deeds.length === 0;
  }

  /**
   * @param {Deed} deed
   * @param {'unban' | 'unmute' | undefined} undo what takes it back
   */
  #item(deed, undo) {
    const { translator } = this;
    const { time, room, target = '' } = deed;
    return el('li', { 'data-number': deed.number },
      el('div', { class: 'deed' },
        el('span', { dir: 'auto' }, this.#text(deed)),
        el('small', {}, el('time', { datetime: new Date(time).toISOString() }, translator.when(time, this.now())),
          this.isWide && ' · ', this.isWide && el('bdi', {}, room === undefined ? translator.text('modlog.all') : `#${room}`))),
      undo && el('button', {
        type: 'button',
        class: 'quiet',
        'aria-label': translator.text(`modlog.${undo}.who`, { name: deed.target_name ?? '' }),
        onclick: () => void this.#undo(undo, room, target),
      }, translator.text(`modlog.${undo}`)));
  }

  /** @param {Deed} deed */
  #text(deed) {
    const { translator } = this;
    const { act, name, target_name: target = '', values = {} } = deed;
    if (act === 'delete') return translator.text('modlog.delete', { name, target });
    if (act !== 'set') return actedText(deed, translator, this.now());
    const changes = Object.entries(values).map(([key, value]) => {
      if (key === 'topic') return translator.text('modlog.set.topic', { topic: String(value) });
      if (key === 'slow' && value) return translator.text('modlog.set.slow', { time: translator.duration(Number(value)) });
      return translator.text(`modlog.set.${key}.${value ? 'on' : 'off'}`);
    });
    return translator.text('acted.because', { what: name, reason: changes.join(' · ') });
  }

  /**
   * @param {'unban' | 'unmute'} type
   * @param {string | undefined} room
   * @param {string} target
   */
  async #undo(type, room, target) {
    try {
      if (type === 'unban') await this.session.ask({ type, id: randomId(), target, ...(room !== undefined && { room }) });
      else if (room !== undefined) await this.session.ask({ type, id: randomId(), target, room });
      await this.#turn(this.isWide);
      this.list.focus();
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal;
      this.status.textContent = reasonOf(refusal, this.translator);
    }
  }
}
