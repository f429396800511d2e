/** Keeps a log from being read aloud while what comes is no news. */

/** Screen readers hear changes for a moment after they happened. */
const QUIET_MS = 600;

export class Quiet {
  /** @param {HTMLElement} log with `role="log"` */
  constructor(log) {
    this.log = log;
    /** @type {any} */
    this.timer = null;
  }

  /** What comes now is not to be read aloud. */
  begin() {
    clearTimeout(this.timer);
    this.log.setAttribute('aria-live', 'off');
    this.timer = setTimeout(() => this.log.setAttribute('aria-live', 'polite'), QUIET_MS);
  }
}
