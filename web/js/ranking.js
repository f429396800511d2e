/** Which rooms somebody means who types a part of a name: pure. */

import { folded } from './store.js';

/** @typedef {import('./room.js').Room} Room */

/**
 * My rooms that fit, the likeliest first: those whose name begins so, those that
 * somebody wants me in, those with something unread, and then by name.
 *
 * @param {Iterable<Room>} rooms
 * @param {string} typed
 * @param {(a: string, b: string) => number} compare names
 * @returns {Room[]}
 */
export function ranked(rooms, typed, compare) {
  const wanted = wantedOf(typed);
  const begins = (/** @type {Room} */ { name }) => Number(folded(name).startsWith(wanted));
  return [...rooms]
    .filter(({ name }) => folded(name).includes(wanted))
    .sort(
      (a, b) =>
        begins(b) - begins(a) ||
        Number(b.mentions > 0) - Number(a.mentions > 0) ||
        Number(b.unread > 0) - Number(a.unread > 0) ||
        compare(a.name, b.name),
    );
}

/**
 * @param {string} typed
 * @returns {string} without the sign that begins a room's name in writing
 */
export const wantedOf = (typed) => folded(typed.trim().replace(/^#/, ''));
