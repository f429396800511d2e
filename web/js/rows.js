/**
 * What the timeline shows, row by row: pure, from messages and letters.
 */

import { dayOf } from './i18n.js';

/** @typedef {import('./types.js').Message} Message */
/** @typedef {import('./types.js').Letter} Letter */

/**
 * @typedef {object} MessageRow
 * @property {'message'} kind
 * @property {string} key the same for a letter and for the message it becomes
 * @property {boolean} head whether it begins with the author's name
 * @property {Message} message
 * @property {Letter} [letter] while it is on its way
 *
 * @typedef {{kind: 'day', key: string, time: number}} DayRow
 * @typedef {{kind: 'older' | 'start', key: string}} EdgeRow
 * @typedef {MessageRow | DayRow | EdgeRow} Row
 */

/** Messages of one person so close to each other share a header. */
const GROUP_MS = 5 * 60 * 1000;

/**
 * @param {Message} message
 * @param {string} me
 */
const keyOf = (message, me) =>
  message.person === me && message.id ? `o:${message.id}` : `s:${message.seq}`;

/**
 * @param {Message | undefined} before
 * @param {Message} message
 */
const grouped = (before, message) =>
  before !== undefined &&
  before.person === message.person &&
  before.name === message.name &&
  Math.abs(message.time - before.time) <= GROUP_MS &&
  before.kind !== 'action' &&
  message.kind !== 'action';

/**
 * @param {Message[]} messages consecutive, oldest first
 * @param {Letter[]} letters mine, in the order written
 * @param {{person: string, name: string}} me
 * @returns {Row[]}
 */
export function rowsOf(messages, letters, me) {
  /** @type {Row[]} */
  const rows = [];
  /** @type {Message | undefined} */
  let before;
  /**
   * @param {Message} message
   * @param {Letter} [letter]
   */
  const add = (message, letter) => {
    const newDay = !before || dayOf(before.time) !== dayOf(message.time);
    if (newDay) rows.push({ kind: 'day', key: `d:${dayOf(message.time)}`, time: message.time });
    const head = newDay || !grouped(before, message);
    rows.push({ kind: 'message', key: keyOf(message, me.person), head, message, letter });
    before = message;
  };
  for (const message of messages) add(message);
  for (const letter of letters) {
    const { id, room, text, reply_to, quote } = letter;
    // The clocks may differ by a little: what is written now is not older than what is here.
    const time = Math.max(letter.time, before?.time ?? 0);
    add({ id, room, text, time, reply_to, quote, seq: letter.seq ?? Infinity, ...me }, letter);
  }
  return rows;
}

/**
 * Where in a window a position stands.
 *
 * @param {Message[]} messages
 * @param {number} seq
 * @returns {number} the index of the first message not before it
 */
export function indexOf(messages, seq) {
  let low = 0;
  let high = messages.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (messages[middle].seq < seq) low = middle + 1;
    else high = middle;
  }
  return low;
}
