/** The scroller around the messages, and whether it stays at their end. */

/** So close to the bottom is at the bottom. */
const STICKY_PX = 100;
/** So close to an edge, the next messages are brought in. */
const EDGE_PX = 1200;

export class Scroller {
  /**
   * @param {HTMLElement} log that scrolls
   * @param {HTMLElement} place in it, that grows
   */
  constructor(log, place) {
    this.log = log;
    /** It stays at the bottom, whatever comes. */
    this.stuck = true;
    /** The heights of content and scroller when the bottom was taken last. */
    this.size = '';
    /** Where the last rendering left what is in sight. */
    this.left = 0;
    /** The rows begin, and end, where the log does. */
    this.begins = this.ends = false;
    const observer = new ResizeObserver(() => {
      if (this.stuck) this.pin();
    });
    observer.observe(log);
    observer.observe(place);
  }

  pin() {
    const { log } = this;
    this.size = this.#measure();
    log.scrollTop = log.scrollHeight;
  }

  /**
   * The rows were drawn.
   *
   * @param {boolean} begins
   * @param {boolean} ends
   */
  settle(begins, ends) {
    this.begins = begins;
    this.ends = ends;
    this.left = this.log.scrollTop;
  }

  #measure() {
    return `${this.log.scrollHeight} ${this.log.clientHeight}`;
  }

  /** Whether it was the page that was laid out anew, not the reader who moved. */
  get isLaidOut() {
    return this.size !== this.#measure();
  }

  /** @returns {number} pixels below what is in sight */
  get below() {
    const { scrollTop, scrollHeight, clientHeight } = this.log;
    return scrollHeight - scrollTop - clientHeight;
  }

  /** Whether the reader is at the end of the log, or still is. */
  get isAtEnd() {
    const { below, stuck, ends, begins, left, log: { scrollTop } } = this;
    // Below the last row there may be some that are not drawn: whoever is there is not at the end.
    if (below > STICKY_PX || (!stuck && !ends)) return false;
    if (below <= 1) return true;
    // Whoever went as far up as there are rows would go on, and only waits for more.
    if (scrollTop <= 0 && !begins) return false;
    // Who did not move is near only because few rows came below: to stick would move them.
    return stuck || scrollTop !== left;
  }

  get isNearTop() {
    return this.log.scrollTop < EDGE_PX;
  }

  get isNearBottom() {
    return this.below < EDGE_PX;
  }

  /** Whether there is more than what is in sight and twice as much. */
  get isLong() {
    return this.log.scrollHeight > 3 * this.log.clientHeight;
  }

  /** Whether everything in the page is seen without scrolling: then there is room for more. */
  get fits() {
    return this.log.scrollHeight <= this.log.clientHeight + STICKY_PX;
  }
}
