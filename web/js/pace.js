/**
 * How much of what arrives is drawn at a time, and when, so that whoever types or
 * scrolls is not kept waiting: pure.
 *
 * A burst is drawn in slices. One that took long makes the next one smaller, and is
 * followed by as long a pause. A key goes first; between two keys there is time for
 * one slice, right behind the first of them.
 */

/** A slice should take so long, its layout included. */
const SLICE_MS = 10;
/** Rows of a slice. */
export const FEWEST = 4;
export const MOST = 64;
const FIRST = 16;
/** Somebody who typed so lately is about to type again. */
const TYPING_MS = 500;
/** Then a slice that finds no key to follow waits for so long. */
export const BETWEEN_KEYS_MS = 200;
/** Two renderings are so far apart: a frame costs, however little is drawn in it. */
const GAP_MS = 45;
/** Until the frame of a key is painted. */
const FRAME_MS = 16;
/** So often in a row a key comes first: one may be held down. */
const PUT_OFF = 3;

export class Pace {
  constructor() {
    /** Rows that may be new in the next rendering. */
    this.rows = FIRST;
    /** The next rendering may begin. */
    this.rested = 0;
    this.ended = 0;
    this.keyed = -Infinity;
    /** The next frame is a key's. */
    this.isKeyDue = false;
    /** How often in a row it was. */
    this.putOff = 0;
  }

  /**
   * Somebody typed.
   *
   * @param {number} now milliseconds
   */
  typed(now) {
    this.keyed = now;
    this.isKeyDue = true;
  }

  /** What comes next is waited for. */
  hurry() {
    this.keyed = -Infinity;
    this.isKeyDue = false;
    this.rested = 0;
  }

  /**
   * How long to wait before the next rendering. Asked in a frame that could draw it.
   *
   * @param {number} now
   * @returns {number} milliseconds; 0: draw
   */
  wait(now) {
    if (this.isKeyDue && this.putOff < PUT_OFF) {
      this.isKeyDue = false;
      this.putOff += 1;
      return FRAME_MS;
    }
    const isTyping = now - this.keyed < TYPING_MS;
    const isBehindKey = this.keyed > this.ended;
    const due = isBehindKey ? 0 : isTyping ? this.ended + BETWEEN_KEYS_MS : this.rested;
    return Math.max(0, due - now);
  }

  /**
   * A rendering is done.
   *
   * @param {number} made rows
   * @param {number} began
   * @param {number} ended
   */
  drew(made, began, ended) {
    const took = ended - began;
    this.ended = ended;
    this.putOff = 0;
    this.rested = ended + Math.max(took, GAP_MS);
    if (made === 0) return;
    const fitting = Math.floor((made * SLICE_MS) / Math.max(took, 0.1));
    // Down at once, up by steps: the next rows may be longer ones.
    this.rows = Math.max(FEWEST, Math.min(MOST, fitting, this.rows * 2));
  }
}
