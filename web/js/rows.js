/**
 * What the timeline shows, row by row: pure, from messages and letters.
 */

import { deleted, edited, reacted } from './fold.js';
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
 * @property {Letter} [change] of it, while that is on its way
 *
 * @typedef {{kind: 'day', key: string, time: number}} DayRow
 * @typedef {{kind: 'older' | 'newer' | 'start' | 'new', key: string}} EdgeRow
 * @typedef {{kind: 'people', key: string, joined: string[], left: string[]}} PeopleRow names of who came and went
 * @typedef {{kind: 'ignored', key: string, count: number}} IgnoredRow
 * @typedef {{kind: 'acted', key: string, acted: import('./types.js').Acted}} ActedRow
 * @typedef {MessageRow | DayRow | EdgeRow | PeopleRow | IgnoredRow | ActedRow} Row
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
 * A message as it will be when what is on its way has arrived.
 *
 * @param {Message} message
 * @param {Letter[]} letters that change it, in the order written
 * @param {{person: string, name: string}} me
 * @returns {Message}
 */
export function foreseen(message, letters, me) {
  return letters.reduce((before, letter) => {
    if (letter.act === 'edit') return edited(before, { ...letter, mentions: before.mentions });
    // One that failed says so at the text, which is still there.
    if (letter.act === 'delete') return letter.state === 'failed' ? before : deleted(before);
    return letter.act === 'react' ? reacted(before, { ...me, ...letter }, me.person) : before;
  }, message);
}

/**
 * What stands between messages: who came and went, and what moderators did.
 *
 * @param {import('./comings.js').Coming[]} comings
 * @param {import('./types.js').Acted[]} acts
 * @returns {{after: number, row: Row}[]} each with the position behind which it stands
 */
function asidesOf(comings, acts) {
  /** @type {{after: number, row: Row}[]} */
  const asides = comings.map(({ after, joined, left }) =>
    ({ after, row: { kind: 'people', key: `p:${after}`, joined: [...joined.values()], left: [...left.values()] } }));
  for (const acted of acts) asides.push({ after: acted.seq, row: { kind: 'acted', key: `a:${acted.seq}`, acted } });
  return asides.sort((a, b) => a.after - b.after);
}

/**
 * @param {Message[]} messages consecutive, oldest first
 * @param {Letter[]} letters mine, in the order written
 * @param {{person: string, name: string}} me
 * @param {object} [around]
 * @param {Map<number, Letter[]>} [around.changes] on their way, by message
 * @param {number} [around.after] what others said after it is new
 * @param {boolean} [around.begins] whether the log begins with these messages
 * @param {boolean} [around.ends] whether it ends with them
 * @param {import('./comings.js').Coming[]} [around.comings] oldest first
 * @param {import('./types.js').Acted[]} [around.acts] oldest first
 * @param {{has: (person: string) => boolean}} [around.ignored] whose messages are only counted
 * @returns {Row[]}
 */
export function rowsOf(messages, letters, me, around = {}) {
  const { changes, after = Infinity, begins = false, ends = false, comings = [], acts = [], ignored } = around;
  /** @type {Row[]} */
  const rows = [];
  const asides = asidesOf(comings, acts);
  // Those above the first message are shown with what is there.
  let aside = begins || messages.length === 0 ? 0 : asides.findIndex((one) => one.after >= messages[0].seq);
  if (aside < 0) aside = asides.length;
  /** Something else stands between the last message and the next. */
  let isApart = false;
  /** @param {number} seq what stands ahead of it is told */
  const tell = (seq) => {
    for (; aside < asides.length && asides[aside].after < seq; aside += 1) {
      rows.push(asides[aside].row);
      isApart = true;
    }
  };
  /** @param {Message} message */
  const skip = (message) => {
    const last = rows.at(-1);
    if (last?.kind === 'ignored') last.count += 1;
    else rows.push({ kind: 'ignored', key: `i:${message.seq}`, count: 1 });
    isApart = true;
  };
  /** @type {Message | undefined} */
  let before;
  let divided = false;
  /**
   * @param {Message} message
   * @param {Letter} [letter]
   * @param {Letter} [change]
   */
  const add = (message, letter, change) => {
    const newDay = !before || dayOf(before.time) !== dayOf(message.time);
    if (newDay) rows.push({ kind: 'day', key: `d:${dayOf(message.time)}`, time: message.time });
    // Below an edge where more is to be loaded nobody knows yet what is new.
    const isNew = !divided && message.seq > after && message.person !== me.person && !message.deleted && !letter;
    if (isNew) {
      divided = true;
      if (before || begins) rows.push({ kind: 'new', key: 'new' });
    }
    const head = newDay || isNew || isApart || !grouped(before, message);
    isApart = false;
    rows.push({ kind: 'message', key: keyOf(message, me.person), head, message, letter, change });
    before = message;
  };
  for (const message of messages) {
    tell(message.seq);
    const pending = changes?.get(message.seq);
    if (ignored?.has(message.person)) skip(message);
    else if (!pending) add(message);
    else add(foreseen(message, pending, me), undefined, pending.filter(({ act }) => act !== 'react').at(-1));
  }
  if (ends) tell(Infinity);
  for (const letter of letters) {
    const { id, room, text, kind, reply_to, quote } = letter;
    // The clocks may differ by a little: what is written now is not older than what is here.
    const time = Math.max(letter.time, before?.time ?? 0);
    add({ id, room, text, kind, time, reply_to, quote, seq: letter.seq ?? Infinity, ...me }, letter);
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
