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

  get isAtBottom() {
    return this.below <= STICKY_PX;
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
