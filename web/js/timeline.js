/**
 * The messages of the open room, in a scroller.
 *
 * However much arrives, there is one rendering a frame, of so many rows as fit into
 * it: rows are compared by key and signature, the DOM of those that look the same is
 * kept. At the bottom it stays at the bottom; anywhere else, what is being read does
 * not move.
 */

import { el } from './dom.js';
import { Edges } from './edges.js';
import { News } from './news.js';
import { Pace } from './pace.js';
import { Quiet } from './quiet.js';
import { isLooking } from './read-marks.js';
import { RowList } from './row-list.js';
import { indexOf, rowsOf } from './rows.js';
import { Scroller } from './scroller.js';
import { Slice } from './slice.js';

/** @typedef {import('./room.js').Room} Room */
/** @typedef {import('./row-list.js').Anchor} Anchor */

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
    this.scroller = new Scroller(this.log, place);
    /** @type {() => void} called when the bottom is reached or left, and after each rendering */
    this.onmove = () => {};

    /** @type {Room | undefined} */
    this.room = undefined;
    this.slice = new Slice();
    /** Messages that are here and not drawn yet. */
    this.behind = 0;
    /** How many messages of others had been heard when the bottom was left. */
    this.heard = 0;
    /** @type {Map<string, {slice: Slice, anchor: Anchor[], heard: number}>} where rooms were left */
    this.places = new Map();
    /** @type {Anchor[] | null} to be restored by the next rendering */
    this.anchor = null;
    /** A rendering will come. */
    this.isDue = false;
    this.frame = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.pace = new Pace();
    this.edges = new Edges(this);
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
    addEventListener('keydown', () => this.#typed(), { capture: true, passive: true });
  }

  /**
   * Show a room where it was left, or no room.
   *
   * @param {Room | undefined} room
   */
  show(room) {
    if (this.room === room) return;
    if (this.room) {
      if (this.scroller.stuck) this.places.delete(this.room.name);
      else this.places.set(this.room.name, { slice: this.slice, anchor: this.rows.anchors(), heard: this.heard });
      this.room.reading = false;
    }
    this.room = room;
    this.rows.clear();
    const place = room && this.places.get(room.name);
    this.slice = place?.slice ?? new Slice();
    this.anchor = place?.anchor ?? null;
    this.scroller.stuck = !place;
    this.heard = place?.heard ?? room?.heard ?? 0;
    this.edges.fetching = false;
    this.waiting = false;
    this.lit = 0;
    this.news = new News();
    this.divide(true);
    if (room) room.reading = !this.scroller.stuck;
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
    // It stands still while somebody looks; where there is none, one may come below.
    if (!room || (!came && isLooking() && (this.atEnd || news.count > 0))) return;
    if (!news.begin(room)) return;
    void this.parts.since(room, news.after).then((time) => {
      news.time = time;
      this.onmove();
    });
    this.invalidate();
  }

  /** Nothing is new any more. */
  undivide() {
    this.news = new News();
    this.invalidate();
    this.onmove();
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

  /** Something changed; it will be seen with the next frame that has time for it. */
  invalidate() {
    if (!this.isDue) this.#wait(0);
  }

  /** @param {number} ms */
  #wait(ms) {
    this.isDue = true;
    const look = () => {
      const wait = this.pace.wait(performance.now());
      if (wait > 0) this.#wait(wait);
      else this.#render();
    };
    // Frames cost time even if nothing is drawn in them: none while there is to be a pause.
    if (ms > 0) this.timer = setTimeout(() => (this.frame = requestAnimationFrame(look)), ms);
    else this.frame = requestAnimationFrame(look);
  }

  /** Whether the end of the room's log is in sight. */
  get atEnd() {
    return this.scroller.stuck && this.slice.following && !this.room?.newer;
  }

  /** How far the open room was seen by whoever is at its end. */
  get seen() {
    return this.behind > 0 ? (this.slice.last ?? 0) : (this.room?.seq ?? 0);
  }

  /** Messages of others that arrived below. */
  get below() {
    return this.atEnd || !this.room ? 0 : this.room.heard - this.heard;
  }

  /** Go to the end; fetch it, if what is held ends before. */
  toEnd() {
    const { room } = this;
    if (!room) return;
    if (!this.atEnd) this.slice.follow();
    this.scroller.stuck = true;
    this.lit = 0;
    room.reading = false;
    if (room.newer) void this.edges.fetch(room, {});
    this.pace.hurry();
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
        if (!room.loaded) void this.edges.fetch(room, {});
        return;
      }
    }
    const index = Math.min(indexOf(room.messages, seq), room.messages.length - 1);
    if (index < 0) return this.invalidate();
    const message = room.messages[index];
    this.lit = light ? message.seq : 0;
    this.scroller.stuck = false;
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
    const anchors = this.scroller.stuck ? [] : this.rows.anchors();
    const seqs = anchors.map(({ key }) => this.rows.seqOf(key)).filter((seq) => seq !== undefined);
    const [seq] = seqs;
    // Another log has other messages at these places.
    if (!room || seq === undefined || room.epoch !== this.epoch) {
      this.slice.follow();
      this.scroller.stuck = true;
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
    this.edges.later();
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

  /** A letter is on its way to the screen: what waits to be drawn comes right behind it. */
  #typed() {
    this.pace.typed(performance.now());
    if (!this.isDue) return;
    this.#stop();
    this.#wait(0);
  }

  #stop() {
    cancelAnimationFrame(this.frame);
    clearTimeout(this.timer);
    this.isDue = false;
  }

  #render() {
    this.#stop();
    const began = performance.now();
    const { room } = this;
    const { empty, outbox, store } = this.parts;
    if (this.waiting) return;
    if (!room) {
      empty.hidden = true;
      return this.onmove();
    }
    const anchors = this.anchor ?? (this.scroller.stuck ? [] : this.rows.anchors());
    this.anchor = null;
    this.epoch = room.epoch;
    this.behind = this.slice.advance(room.messages, this.#most(room), this.scroller.stuck);
    if (!this.scroller.stuck) this.slice.hold(room.messages);
    else if (this.scroller.isLong) this.slice.trim(room.messages);
    const [start, end] = this.slice.bounds(room.messages);
    // Letters stand behind the newest message, nowhere else.
    const atTail = end === room.messages.length && !room.newer;
    const letters = atTail ? outbox.of(room.name) : [];
    const begins = start === 0 && !room.older && room.loaded;
    const around = { changes: outbox.changes(room.name), after: this.news.after, begins, ends: atTail };
    const rows = rowsOf(room.messages.slice(start, end), letters, store.me,
      { ...around, comings: room.comings.list, acts: room.standing.acts, ignored: room.ignored });
    empty.hidden = !(begins && rows.length === 0);
    if (!this.scroller.stuck && (!this.slice.following || room.newer)) rows.push({ kind: 'newer', key: 'newer' });
    if (!begins) rows.unshift({ kind: 'older', key: 'older' });
    else if (rows.length > 0) rows.unshift({ kind: 'start', key: 'start' });
    const made = this.rows.show(rows, this.#context(room));
    if (this.scroller.stuck) this.scroller.pin();
    else this.rows.restore(anchors);
    this.scroller.settle(begins, atTail);
    this.pace.drew(made, began, performance.now());
    if (this.behind > 0) this.invalidate();
    if (this.atEnd) this.heard = room.heard;
    this.#meet();
    this.onmove();
    this.edges.extend();
  }

  /**
   * How many messages may be new in this rendering. What I say is seen at once.
   *
   * @param {Room} room
   */
  #most(room) {
    const { outbox, store } = this.parts;
    const isMine = room.messages.at(-1)?.person === store.me.person || outbox.of(room.name).length > 0;
    return isMine ? Infinity : this.pace.rows;
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

  #scrolled() {
    const { room, scroller } = this;
    if (!room) return;
    if (this.scroller.stuck && scroller.isLaidOut) return scroller.pin();
    const stuck = scroller.isAtEnd && this.slice.following && !room.newer;
    if (stuck !== this.scroller.stuck) {
      this.scroller.stuck = stuck;
      room.reading = !stuck;
      if (!stuck) this.slice.hold(room.messages);
      this.invalidate();
    }
    this.#meet();
    this.edges.extend();
  }
}
