/**
 * The keys that work everywhere: from part to part of the page, to another room,
 * and to the list of all keys.
 */

import { byId } from './dom.js';

const IS_APPLE = /Mac|iP(hone|ad|od)/.test(navigator.platform);

/** The key of shortcuts, as it is written on this machine's keyboard. */
export const MOD = IS_APPLE ? '⌘' : 'Ctrl';

/**
 * The parts of the page, in the order in which they stand, and where the focus
 * goes in each.
 *
 * @type {[string, (part: HTMLElement) => HTMLElement | null | undefined][]}
 */
const PARTS = [
  ['rooms', (part) => part.querySelector('[aria-current]') ?? part.querySelector('a')],
  ['head', (part) => [...part.querySelectorAll('button')].find(isSeen)],
  ['log', (part) => /** @type {HTMLElement | null} */ (part.querySelector('.msg[tabindex="0"]')) ?? /** @type {HTMLElement | undefined} */ ([...part.querySelectorAll('.msg')].at(-1))],
  ['composer', (part) => part.querySelector('textarea:enabled')],
  ['members', (part) => part],
];

/** @type {(element: Element) => boolean} */
const isSeen = (element) => element.getClientRects().length > 0 && getComputedStyle(element).visibility === 'visible';

/**
 * @param {object} does
 * @param {() => void} does.switchRooms
 * @param {() => void} does.listKeys
 */
export function listenForShortcuts({ switchRooms, listKeys }) {
  addEventListener('keydown', (event) => {
    if (event.isComposing || event.altKey || document.querySelector('dialog[open]') || byId('shell').hidden) return;
    const isMod = (IS_APPLE ? event.metaKey : event.ctrlKey) && !event.shiftKey;
    if (event.key === 'F6' && !event.ctrlKey && !event.metaKey) step(event.shiftKey ? -1 : 1);
    else if (isMod && event.key.toLowerCase() === 'k') switchRooms();
    else if (isMod && event.key === '/') listKeys();
    else return;
    event.preventDefault();
  });
}

/** @param {1 | -1} by */
function step(by) {
  const parts = PARTS.map(([id, find]) => ({ part: byId(id), find })).filter(({ part }) => isSeen(part) && !part.closest('[inert]'));
  const here = parts.findIndex(({ part }) => part.contains(document.activeElement));
  // From nowhere, F6 goes to the first part and Shift+F6 to the last.
  const next = here < 0 ? (by > 0 ? 0 : parts.length - 1) : (here + by + parts.length) % parts.length;
  const { part, find } = parts[next];
  const target = find(part) ?? part;
  target.focus();
  target.scrollIntoView({ block: 'nearest' });
}
