/** A word in passing, at the edge of the page. */

import { byId } from './dom.js';

const SHOWN_MS = 6000;

/** @type {Map<HTMLElement, any>} */
const timers = new Map();

/**
 * @param {string} text
 * @param {'status' | 'alert'} [role] an alert interrupts a screen reader
 */
export function notice(text, role = 'status') {
  const place = byId(role === 'alert' ? 'notice-alert' : 'notice-status');
  clearTimeout(timers.get(place));
  place.textContent = text;
  timers.set(place, setTimeout(() => fade(place), SHOWN_MS));
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
