/** A word in passing, at the edge of the page. */

import { byId } from './dom.js';

const SHOWN_MS = 6000;
/** What tells of a loss is there for longer: somebody may just be sitting down. */
export const LONG_MS = 20000;

/** @type {Map<HTMLElement, any>} */
const timers = new Map();

/**
 * @param {string} text
 * @param {'status' | 'alert'} [role] an alert interrupts a screen reader
 * @param {number} [ms] how long it stays
 */
export function notice(text, role = 'status', ms = SHOWN_MS) {
  const place = byId(role === 'alert' ? 'notice-alert' : 'notice-status');
  clearTimeout(timers.get(place));
  place.textContent = text;
  timers.set(place, setTimeout(() => fade(place), ms));
}

/**
 * What was written while nobody looked waits until somebody does.
 *
 * @param {HTMLElement} place
 */
function fade(place) {
  if (document.hidden) timers.set(place, setTimeout(() => fade(place), SHOWN_MS));
  else place.textContent = '';
}
