/**
 * Which part of a room's messages is in the page: pure.
 *
 * The page holds a few hundred messages, however many the room has. `from` and
 * `to` are positions in the log, so that they stand while pages come and go
 * around them; `null` means: wherever the end is.
 */

import { indexOf } from './rows.js';

/** @typedef {import('./types.js').Message} Message */

/** Messages in the page at most, and how many come and go at a time. */
export const SHOWN = 300;
export const STEP = 60;
/** What somebody at the end sees: fewer, for they are the ones a burst arrives for. */
export const AT_END = 80;

export class Slice {
  constructor() {
    /** @type {number | null} the first message's position */
    this.from = null;
    /** @type {number | null} the last message's position */
    this.to = null;
  }

  /** The page ends where the messages do, and follows. */
  get following() {
    return this.to === null;
  }

  /**
   * @param {Message[]} messages
   * @returns {[number, number]} begin and end, as `slice` takes them
   */
  bounds(messages) {
    const end = this.to === null ? messages.length : indexOf(messages, this.to + 1);
    const start = this.from === null ? Math.max(0, end - AT_END) : indexOf(messages, this.from);
    return [Math.min(start, end), end];
  }

  /**
   * @param {Message[]} messages
   * @returns {boolean} whether more is in the page than should be
   */
  crowded(messages) {
    const [start, end] = this.bounds(messages);
    return end - start > SHOWN;
  }

  /** Somebody came to the end: the page is short again, and follows. */
  follow() {
    this.from = this.to = null;
  }

  /**
   * Show a message and what is around it.
   *
   * @param {Message[]} messages
   * @param {number} index of the message
   */
  around(messages, index) {
    const last = index + AT_END / 2;
    this.from = messages[Math.max(0, index - AT_END / 2)]?.seq ?? null;
    this.to = last < messages.length ? messages[last].seq : null;
  }

  /**
   * Somebody left the end: what is shown stays, and does not grow for ever.
   *
   * @param {Message[]} messages
   */
  hold(messages) {
    const [start, end] = this.bounds(messages);
    if (start < end) this.from = messages[start].seq;
    if (end - start > SHOWN) this.to = messages[start + SHOWN - 1].seq;
  }

  /**
   * Show some older messages; forget as many at the other end.
   *
   * @param {Message[]} messages
   * @returns {boolean} whether there were any
   */
  back(messages) {
    const [start, end] = this.bounds(messages);
    if (start === 0) return false;
    const first = Math.max(0, start - STEP);
    this.from = messages[first].seq;
    if (end - first > SHOWN) this.to = messages[first + SHOWN - 1].seq;
    return true;
  }

  /**
   * Show some newer messages; forget as many at the other end.
   *
   * @param {Message[]} messages
   * @returns {boolean} whether there were any
   */
  forth(messages) {
    const [start, end] = this.bounds(messages);
    if (end === messages.length) {
      this.to = null;
      return false;
    }
    const last = Math.min(messages.length, end + STEP);
    this.to = last === messages.length ? null : messages[last - 1].seq;
    if (last - start > SHOWN) this.from = messages[last - SHOWN].seq;
    return true;
  }
}
