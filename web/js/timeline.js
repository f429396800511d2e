/**
 * The messages of the open room, in a scroller.
 *
 * However much arrives, there is one rendering a frame: rows are compared by
 * key and signature, the DOM of those that look the same is kept. At the bottom
 * it stays at the bottom; anywhere else, what is being read does not move.
 */

import { el } from './dom.js';
import { News } from './news.js';
import { Quiet } from './quiet.js';
import { isLooking } from './read-marks.js';
import { RowList } from './row-list.js';
import { indexOf, rowsOf } from './rows.js';
import { Slice } from './slice.js';

/** @typedef {import('./room.js').Room} Room */
/** @typedef {import('./row-list.js').Anchor} Anchor */
/** So close to the bottom is at the bottom. */
const STICKY_PX = 100;
/** So close to an edge, the next messages are brought in. */
const EDGE_PX = 900;
/** After a rendering, so many times its length are left to whoever types. */
const RESTS = 2;

/**
 * @typedef {object} TimelineParts
 * @property {HTMLElement} log the scroller
 * @property {HTMLElement} empty shown in place of messages, when there are none
 * @property {import('./store.js').Store} store
 * @property {import('./outbox.js').Outbox} outbox
 * @property {import('./i18n.js').Translator} translator
 * @property {() => number} now the server's clock
 * @property {(room: Room, where: {before?: number, after?: number, around?: number}) => Promise<boolean>} page
 * @property {(room: Room, after: number) => Promise<number | undefined>} since when what is new began
 * @property {Omit<import('./message-view.js').RowContext, 'translator' | 'room' | 'me' | 'now' | 'lit' | 'editing'>} acts
 */

export class Timeline {
  /** @param {TimelineParts} parts */
  constructor(parts) {
    this.parts = parts;
    this.log = parts.log;
    const place = this.log.appendChild(el('div', { class: 'rows' }));
    this.rows = new RowList(place, this.log);
    /** @type {() => void} called when the bottom is reached or left, and after each rendering */
    this.onmove = () => {};

    /** @type {Room | undefined} */
    this.room = undefined;
    this.slice = new Slice();
    this.stuck = true;
    /** The heights of content and scroller when the bottom was taken last. */
    this.size = '';
    /** How many messages of others had been heard when the bottom was left. */
    this.heard = 0;
    /** @type {Map<string, {slice: Slice, anchor: Anchor[], heard: number}>} where rooms were left */
    this.places = new Map();
    /** @type {Anchor[] | null} to be restored by the next rendering */
    this.anchor = null;
    this.frame = 0;
    /** When the next rendering may begin: one that took long is followed by a pause. */
    this.rested = 0;
    this.fetching = false;
    /** What stands is shown until what is read is here again. */
    this.waiting = false;
    /** Of the log that is shown. */
    this.epoch = '';
    /** @type {{seq: number} | undefined} what is being looked for */
    this.sought = undefined;
    /** The message that was looked for, until the next one or the end is. */
    this.lit = 0;
    /** The message that is being edited. */
    this.editing = 0;
    this.news = new News();
    this.quiet = new Quiet(this.log);

    this.log.addEventListener('scroll', () => this.#scrolled(), { passive: true });
    for (const type of ['pointerover', 'focusin']) {
      this.log.addEventListener(type, (event) => this.#attend(event));
    }
    const pinned = new ResizeObserver(() => {
      if (this.stuck) this.#pin();
    });
    pinned.observe(this.log);
    pinned.observe(place);
  }

  /**
   * Show a room where it was left, or no room.
   *
   * @param {Room | undefined} room
   */
  show(room) {
    if (this.room === room) return;
    if (this.room) {
      if (this.stuck) this.places.delete(this.room.name);
      else this.places.set(this.room.name, { slice: this.slice, anchor: this.rows.anchors(), heard: this.heard });
      this.room.reading = false;
    }
    this.room = room;
    this.rows.clear();
    const place = room && this.places.get(room.name);
    this.slice = place?.slice ?? new Slice();
    this.anchor = place?.anchor ?? null;
    this.stuck = !place;
    this.heard = place?.heard ?? room?.heard ?? 0;
    this.fetching = false;
    this.waiting = false;
    this.lit = 0;
    this.news = new News();
    this.divide(true);
    if (room) room.reading = !this.stuck;
    this.quiet.begin();
    this.#render();
  }

  /**
   * Draw the line above what is new, unless somebody sees it come.
   *
   * @param {boolean} [came] whether they came just now, or the connection did
   */
  divide(came = false) {
    const { room, news } = this;
    if (!room || (!came && this.atEnd && isLooking())) return;
    if (!news.begin(room)) return;
    void this.parts.since(room, news.after).then((time) => {
      news.time = time;
      this.onmove();
    });
    this.invalidate();
  }

  /**
   * A room was left for good.
   *
   * @param {Room} room
   */
  forget(room) {
    if (this.room === room) this.show(undefined);
    this.places.delete(room.name);
  }

  /** Something changed; it will be seen with the next frame. */
  invalidate() {
    if (this.frame) return;
    // Not a timer: a frame is when the page has time for one.
    const wait = () => {
      this.frame = performance.now() < this.rested ? requestAnimationFrame(wait) : 0;
      if (!this.frame) this.#render();
    };
    this.frame = requestAnimationFrame(wait);
  }

  /** Whether the end of the room's log is in sight. */
  get atEnd() {
    return this.stuck && this.slice.following && !this.room?.newer;
  }

  /** Messages of others that arrived below. */
  get below() {
    return this.atEnd || !this.room ? 0 : this.room.heard - this.heard;
  }

  /** Go to the end; fetch it, if what is held ends before. */
  toEnd() {
    const { room } = this;
    if (!room) return;
    this.slice.follow();
    this.stuck = true;
    this.lit = 0;
    room.reading = false;
    if (room.newer) void this.#fetch(room, {});
    this.invalidate();
  }

  /**
   * Show a message, wherever it is in the log, or the one that is nearest.
   *
   * @param {number} seq
   * @param {{light?: boolean}} [how] without light it is put at the top
   * @returns {Promise<void>}
   */
  async reveal(seq, { light = true } = {}) {
    const { room } = this;
    if (!room) return;
    const sought = { seq };
    this.sought = sought;
    if (!room.holds(seq)) {
      this.quiet.begin();
      const answered = await this.parts.page(room, { around: seq });
      if (this.room !== room || this.sought !== sought) return;
      if (!answered) {
        if (!room.loaded) void this.#fetch(room, {});
        return;
      }
    }
    const index = Math.min(indexOf(room.messages, seq), room.messages.length - 1);
    if (index < 0) return this.invalidate();
    const message = room.messages[index];
    this.lit = light ? message.seq : 0;
    this.stuck = false;
    room.reading = true;
    this.slice.around(room.messages, index);
    this.quiet.begin();
    this.#render();
    const element = this.rows.elementOf(message.seq);
    if (light) element?.scrollIntoView({ block: 'center' });
    else (this.rows.divider ?? element)?.scrollIntoView({ block: 'start' });
    element?.focus({ preventScroll: true });
    this.#scrolled();
    this.onmove();
  }

  /**
   * What was held is gone, after a resume that failed: whoever was reading reads on.
   *
   * @returns {boolean} whether somebody was
   */
  recover() {
    const { room } = this;
    const anchors = this.stuck ? [] : this.rows.anchors();
    const seqs = anchors.map(({ key }) => this.rows.seqOf(key)).filter((seq) => seq !== undefined);
    const [seq] = seqs;
    // Another log has other messages at these places.
    if (!room || seq === undefined || room.epoch !== this.epoch) {
      this.slice.follow();
      this.stuck = true;
      return false;
    }
    void this.#readOn(room, seq, anchors);
    return true;
  }

  /**
   * @param {Room} room
   * @param {number} seq
   * @param {Anchor[]} anchors
   */
  async #readOn(room, seq, anchors) {
    this.waiting = true;
    const answered = await this.parts.page(room, { around: seq });
    if (this.room !== room) return;
    this.waiting = false;
    this.anchor = anchors;
    if (answered) this.slice.around(room.messages, Math.min(indexOf(room.messages, seq), room.messages.length - 1));
    this.#later();
  }

  /** Go to where what is new begins. */
  toNews() {
    this.news.seen = true;
    return this.reveal(this.news.after + 1, { light: false });
  }

  /**
   * Mark a message as the one that is being edited.
   *
   * @param {number} seq none: 0
   */
  edit(seq) {
    this.editing = seq;
    this.rows.elementOf(seq)?.scrollIntoView({ block: 'nearest' });
    this.invalidate();
  }

  /** @param {number} seq */
  focus(seq) {
    this.rows.elementOf(seq)?.focus({ preventScroll: true });
  }

  /** @param {Element | null} element of a message */
  messageOf(element) {
    return this.rows.messageOf(element);
  }

  #render() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    const began = performance.now();
    const { room } = this;
    const { empty, outbox, store } = this.parts;
    if (this.waiting) return;
    if (!room) {
      empty.hidden = true;
      return this.onmove();
    }
    const anchors = this.anchor ?? (this.stuck ? [] : this.rows.anchors());
    this.anchor = null;
    this.epoch = room.epoch;
    if (!this.stuck) this.slice.hold(room.messages);
    else if (this.slice.crowded(room.messages)) this.slice.follow();
    const [start, end] = this.slice.bounds(room.messages);
    // Letters stand behind the newest message, nowhere else.
    const atTail = end === room.messages.length && !room.newer;
    const letters = atTail ? outbox.of(room.name) : [];
    const begins = start === 0 && !room.older && room.loaded;
    const rows = rowsOf(room.messages.slice(start, end), letters, store.me,
      { changes: outbox.changes(room.name), after: this.news.after, begins });
    empty.hidden = !(begins && rows.length === 0);
    if (!atTail && !this.stuck) rows.push({ kind: 'newer', key: 'newer' });
    if (!begins) rows.unshift({ kind: 'older', key: 'older' });
    else if (rows.length > 0) rows.unshift({ kind: 'start', key: 'start' });
    this.rows.show(rows, this.#context(room));
    if (this.stuck) this.#pin();
    else this.rows.restore(anchors);
    const ended = performance.now();
    this.rested = ended + RESTS * (ended - began);
    if (this.atEnd) this.heard = room.heard;
    this.#meet();
    this.onmove();
    this.#extend();
  }

  /** Whoever sees the line needs not be told of it. */
  #meet() {
    const { divider } = this.rows;
    if (this.news.seen || !divider || divider.offsetTop < this.log.scrollTop) return;
    this.news.seen = true;
    this.onmove();
  }

  /**
   * @param {Room} room
   * @returns {import('./message-view.js').RowContext}
   */
  #context(room) {
    const { translator, store, now, acts } = this.parts;
    return { translator, room, me: store.me, now: now(), lit: this.lit, editing: this.editing, ...acts };
  }

  /** @param {Event} event */
  #attend({ target }) {
    if (this.room && target instanceof Element) this.rows.attend(target, this.#context(this.room));
  }

  #pin() {
    const { log } = this;
    this.size = `${log.scrollHeight} ${log.clientHeight}`;
    log.scrollTop = log.scrollHeight;
  }

  #scrolled() {
    const { room } = this;
    if (!room) return;
    const { scrollTop, scrollHeight, clientHeight } = this.log;
    // The page was laid out anew: it was not the reader who moved.
    if (this.stuck && this.size !== `${scrollHeight} ${clientHeight}`) return this.#pin();
    const stuck = scrollHeight - scrollTop - clientHeight <= STICKY_PX && this.slice.following && !room.newer;
    if (stuck !== this.stuck) {
      this.stuck = stuck;
      room.reading = !stuck;
      if (stuck) this.slice.follow();
      else this.slice.hold(room.messages);
      this.invalidate();
    }
    this.#meet();
    this.#extend();
  }

  /** Bring in what is next to an edge that is near. */
  #extend() {
    const { room, log } = this;
    if (!room) return;
    const { messages } = room;
    if (log.scrollTop < EDGE_PX) {
      if (this.stuck && !this.#fits()) return;
      if (this.slice.back(messages)) this.#later();
      else if (room.older && room.loaded && messages.length > 0) void this.#fetch(room, { before: messages[0].seq });
    }
    if (log.scrollHeight - log.scrollTop - log.clientHeight < EDGE_PX && !this.stuck) {
      if (this.slice.forth(messages)) this.#later();
      else if (room.newer) void this.#fetch(room, { after: messages.at(-1)?.seq });
    }
  }

  /** Whether everything in the page is seen without scrolling: then there is room for more. */
  #fits() {
    return this.log.scrollHeight <= this.log.clientHeight + STICKY_PX;
  }

  #later() {
    this.quiet.begin();
    this.invalidate();
  }

  /**
   * @param {Room} room
   * @param {{before?: number, after?: number, around?: number}} where
   */
  async #fetch(room, where) {
    if (this.fetching) return;
    this.fetching = true;
    this.quiet.begin();
    const answered = await this.parts.page(room, where);
    if (this.room !== room) return;
    this.fetching = false;
    if (answered) this.#later();
  }
}
