/**
 * Which part of a room's messages is in the page: pure.
 *
 * The page holds a few hundred messages, however many the room has. `from`, `to`
 * and `last` are positions in the log, so that they stand while pages come and go
 * around them; `null` means: not chosen yet.
 */

import { indexOf } from './rows.js';

/** @typedef {import('./types.js').Message} Message */

/** Messages in the page at most, and how many come and go at a time. */
export const SHOWN = 300;
export const STEP = 30;
/** What somebody at the end has: fewer, for they are the ones a burst arrives for. */
export const AT_END = 48;
/** What fills a screen; the rest of what is at the end comes behind. */
export const AT_FIRST = 18;
/** What is seen of a burst, at least. */
const FEW = 8;
/** So many more are at the end before as many go, for each going costs a layout. */
const SPARE = 24;
/** Who is so far behind goes on from the end: nobody could have read it. */
const BEHIND = 60;

export class Slice {
  constructor() {
    /** @type {number | null} the first message's position */
    this.from = null;
    /** @type {number | null} the last message's position; none: it follows the end */
    this.to = null;
    /** @type {number | null} the last message's that is shown while it follows */
    this.last = null;
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
    const last = this.to ?? this.last;
    const end = last === null ? messages.length : indexOf(messages, last + 1);
    const start = this.from === null ? Math.max(0, end - AT_FIRST) : indexOf(messages, this.from);
    return [Math.min(start, end), end];
  }

  /**
   * Show what has come since, while the page follows.
   *
   * @param {Message[]} messages
   * @param {number} most messages that may be new at a time
   * @param {boolean} atEnd somebody looks at the end, not at something older
   * @returns {number} how many have to wait
   */
  advance(messages, most, atEnd) {
    if (this.to !== null || messages.length === 0) return 0;
    const end = messages.length;
    const shown = this.last === null ? 0 : indexOf(messages, this.last + 1);
    const isBehind = atEnd && this.last !== null && end - shown > BEHIND;
    if (this.last === null || isBehind) {
      // In a burst no more than fits into its pace.
      const first = isBehind ? Math.max(FEW, Math.min(most, AT_FIRST)) : AT_FIRST;
      this.from = messages[Math.max(0, end - first)].seq;
      this.last = messages[end - 1].seq;
      return 0;
    }
    const next = Math.min(end, shown + most);
    if (next > shown) this.last = messages[next - 1].seq;
    return end - next;
  }

  /**
   * Somebody is at the end: what they have long read goes, a few at a time.
   *
   * @param {Message[]} messages
   */
  trim(messages) {
    const [start, end] = this.bounds(messages);
    if (end - start > AT_END + SPARE) this.from = messages[end - AT_END].seq;
  }

  /** Somebody came to the end: the page is short again, and follows. */
  follow() {
    this.from = this.to = this.last = null;
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
    this.#end(messages, Math.min(last + 1, messages.length));
  }

  /**
   * Somebody left the end: what is shown stays, and does not grow for ever.
   *
   * @param {Message[]} messages
   */
  hold(messages) {
    const [start, end] = this.bounds(messages);
    if (start < end) this.from = messages[start].seq;
    if (end - start > SHOWN) this.#end(messages, start + SHOWN);
  }

  /**
   * Show some older messages; forget as many at the other end.
   *
   * @param {Message[]} messages
   * @param {number} [step] how many
   * @returns {boolean} whether there were any
   */
  back(messages, step = STEP) {
    const [start, end] = this.bounds(messages);
    if (start === 0) return false;
    const first = Math.max(0, start - step);
    this.from = messages[first].seq;
    if (end - first > SHOWN) this.#end(messages, first + SHOWN);
    return true;
  }

  /**
   * Show some newer messages; forget as many at the other end.
   *
   * @param {Message[]} messages
   * @param {number} [step] how many
   * @returns {boolean} whether there were any
   */
  forth(messages, step = STEP) {
    const [start, end] = this.bounds(messages);
    const next = Math.min(messages.length, end + step);
    this.#end(messages, next);
    if (next - start > SHOWN) this.from = messages[next - SHOWN].seq;
    return next > end;
  }

  /**
   * @param {Message[]} messages
   * @param {number} end behind the last that is shown
   */
  #end(messages, end) {
    const last = messages[end - 1]?.seq ?? null;
    this.to = end < messages.length ? last : null;
    this.last = last;
  }
}
