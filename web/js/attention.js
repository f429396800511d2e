/**
 * What I have read, what I am told of, and what I do not want to hear of: of all
 * rooms, in this browser.
 */

import { isNewsworthy, Preferences } from './preferences.js';
import { isLooking, ReadMarks } from './read-marks.js';
import { showTitle } from './title.js';

/** @typedef {import('./room.js').Room} Room */
/** @typedef {import('./types.js').Message} Message */

export class Attention {
  /**
   * @param {object} parts
   * @param {import('./store.js').Store} parts.store
   * @param {import('./session.js').Session} parts.session
   * @param {import('./storage.js').Storage} parts.storage
   * @param {import('./i18n.js').Translator} parts.translator
   * @param {() => import('./timeline.js').Timeline} parts.timeline
   * @param {(room: string, seq: number) => void} parts.onopen
   */
  constructor({ store, session, storage, translator, timeline, onopen }) {
    this.store = store;
    this.session = session;
    this.storage = storage;
    this.timeline = timeline;
    this.preferences = new Preferences(storage);
    this.marks = new ReadMarks(store, session);
    this.isInView = (/** @type {Room} */ room) => room === timeline().room && isLooking();
    this.parts = { store, storage, translator, onopen };
    /** @type {Promise<import('./alerts.js').Alerts> | undefined} */
    this.alerts = undefined;
    /** The room that was opened last. */
    this.opened = '';

    store.ignored = this.preferences.ignored;
    store.muted = this.preferences.muted;
    store.onsaid = (room, message) => void this.#hear(room, message);
    store.listeners.add((change, room) => this.#changed(change, room));
    this.preferences.listeners.add(() => store.recount());
    addEventListener('storage', ({ key }) => {
      if (!key?.startsWith(storage.prefix) || !/:(ignored|muted)$/.test(key)) return;
      this.preferences.read();
      store.recount();
    });
    addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || !event.shiftKey || event.isComposing) return;
      event.preventDefault();
      event.stopPropagation();
      this.readAll();
    }, { capture: true });
  }

  /**
   * Somebody said something just now. Few mention me: what tells of it is fetched by the first.
   *
   * @param {Room} room
   * @param {Message} message
   */
  async #hear(room, message) {
    const { preferences, store, isInView } = this;
    if (!isNewsworthy(message, { me: store.me.person, preferences, isInView: false })) return;
    const isSeen = isInView(room);
    this.alerts ??= import('./alerts.js').then(({ Alerts }) => new Alerts({ ...this.parts, preferences, isInView }));
    try {
      (await this.alerts).hear(room, message, isSeen);
    } catch {
      // The network is gone just now; the next mention asks again.
      this.alerts = undefined;
    }
  }

  /**
   * @param {import('./store.js').Change} change
   * @param {Room | undefined} room
   */
  #changed(change, room) {
    if (!room || this.store.rooms.get(room.name) !== room) return;
    if (change === 'rooms') {
      const seq = Number(this.storage.get(`kept:${room.name}`) ?? 0);
      if (seq > 0 && seq <= room.seq && room.name !== this.opened) this.store.keep(room, seq);
    }
    // It was read to the end on another device.
    if (change === 'unread' && !room.kept && this.storage.get(`kept:${room.name}`)) this.storage.set(`kept:${room.name}`, '');
  }

  /**
   * A room is opened: what was kept unread in it may be read now.
   *
   * @param {string} name
   */
  open(name) {
    if (name === this.opened) return;
    this.opened = name;
    this.storage.set(`kept:${name}`, '');
    const room = this.store.room(name);
    if (room) room.kept = 0;
  }

  /**
   * The open room is seen.
   *
   * @param {Room} room
   * @param {number} seq up to here
   */
  look(room, seq) {
    this.marks.look(room, seq);
  }

  /** @param {string} name of the open room */
  count(name) {
    showTitle(name, this.store.totals().unread);
  }

  /**
   * @param {Message} message from which on its room is unread
   */
  keep({ room: name, seq }) {
    const room = this.store.room(name);
    if (!room) return;
    this.storage.set(`kept:${room.name}`, String(seq));
    this.store.keep(room, seq);
    this.timeline().divide(true);
    // Who drew the line needs not be told of it.
    this.timeline().news.seen = true;
    this.timeline().onmove();
  }

  /** Everything everywhere is read. */
  readAll() {
    for (const room of this.store.rooms.values()) {
      room.kept = 0;
      if (room.read >= room.seq) continue;
      this.store.mark(room, room.seq);
      this.session.read(room);
    }
    this.timeline().undivide();
  }
}
