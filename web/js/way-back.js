/**
 * Entries of the history for what Back closes: dialogs, and panels on a phone.
 *
 * A step back is done some time after it was asked for, and ends at the entry below
 * whichever is the last one by then. What opens meanwhile gets its entry behind it.
 */

/** A step back of ours is on its way. */
let isGoing = false;
/** @type {Record<string, unknown>[]} for what was opened since */
let awaited = [];

/** @param {Record<string, unknown>} state of the entry that Back goes away from */
export function enter(state) {
  if (isGoing) awaited.push(state);
  else history.pushState(state, '');
}

/**
 * What was entered with a state is closed: take its entry away, if that is still there.
 *
 * @param {string} key
 * @param {unknown} value of the state's
 */
export function leave(key, value) {
  const { length } = awaited;
  awaited = awaited.filter((state) => state[key] !== value);
  if (awaited.length < length || history.state?.[key] !== value || isGoing) return;
  isGoing = true;
  history.back();
}

// Ahead of the listeners of those who close what has no entry any more.
addEventListener('popstate', () => {
  isGoing = false;
  for (const state of awaited.splice(0)) history.pushState(state, '');
});
