/**
 * A search and what it has found so far: pure. The newest comes first, page
 * after page; an answer to words that are no longer asked for is dropped.
 */

/** @typedef {import('./types.js').Message} Message */
/** @typedef {import('./types.js').Search} Search */

/** Results of one page. */
export const FOUND = 30;

/** The marks of the scripts that are searched as runs, not by words. */
const RUN = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u;
const WORDS = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]+|[\p{L}\p{M}\p{N}]+/gu;

/** What a result shows of a long message: so much ahead of the first word found, and so much in all. */
const AHEAD = 40;
const SHOWN = 180;

export class Finding {
  constructor() {
    this.text = '';
    /** The room to search, or all of mine. @type {string | undefined} */
    this.room = undefined;
    /** @type {'idle' | 'asking' | 'done' | 'failed'} */
    this.state = /** @type {'idle' | 'asking' | 'done' | 'failed'} */ ('idle');
    /** @type {Message[]} */
    this.found = [];
    /** @type {string | undefined} where the next page begins */
    this.next = undefined;
  }

  /**
   * Ask for other words.
   *
   * @param {string} text
   * @param {string} [room]
   * @returns {Search | undefined} the command to send, if there is anything to look for
   */
  ask(text, room) {
    this.text = text.trim();
    this.room = room;
    this.found = [];
    this.next = undefined;
    this.state = this.text ? 'asking' : 'idle';
    return this.#command();
  }

  /** @returns {Search | undefined} the command that continues, if there is more and nothing is asked */
  more() {
    if (this.state === 'asking' || (this.next === undefined && this.state !== 'failed') || !this.text) return undefined;
    this.state = 'asking';
    return this.#command();
  }

  #command() {
    if (!this.text) return undefined;
    /** @type {Search} */
    const command = { type: 'search', text: this.text, limit: FOUND };
    if (this.room !== undefined) command.room = this.room;
    if (this.next !== undefined) command.from = this.next;
    return command;
  }

  /**
   * @param {Search} command
   * @param {import('./types.js').Found} page the answer
   * @returns {boolean} whether it was waited for
   */
  take(command, page) {
    if (!this.#awaits(command)) return false;
    const seen = new Set(this.found.map(({ room, seq }) => `${room}/${seq}`));
    this.found.push(...page.events.filter(({ room, seq }) => !seen.has(`${room}/${seq}`)));
    this.next = page.next;
    this.state = 'done';
    return true;
  }

  /**
   * @param {Search} command that got no answer, or a refusal
   * @returns {boolean} whether it was waited for
   */
  fail(command) {
    if (!this.#awaits(command)) return false;
    this.state = 'failed';
    return true;
  }

  /** @param {Search} command */
  #awaits({ text, room, from }) {
    return this.state === 'asking' && text === this.text && room === this.room && from === this.next;
  }
}

/**
 * A text in pieces, those that were looked for marked; long ones around the first.
 *
 * @param {string} text
 * @param {string} query
 * @returns {{text: string, found: boolean}[]}
 */
export function piecesOf(text, query) {
  const spans = spansOf(text, query);
  const start = Math.max(0, (spans[0]?.[0] ?? 0) - AHEAD);
  const begin = start === 0 ? 0 : boundary(text, start);
  const end = begin + SHOWN >= text.length ? text.length : boundary(text, begin + SHOWN);
  /** @type {{text: string, found: boolean}[]} */
  const pieces = begin > 0 ? [{ text: '…', found: false }] : [];
  let at = begin;
  for (const [from, to] of spans) {
    if (to > end) break;
    if (from > at) pieces.push({ text: text.slice(at, from), found: false });
    pieces.push({ text: text.slice(from, to), found: true });
    at = to;
  }
  if (at < end) pieces.push({ text: text.slice(at, end), found: false });
  if (end < text.length) pieces.push({ text: '…', found: false });
  return pieces;
}

/**
 * Not between the halves of a character.
 *
 * @param {string} text
 * @param {number} at
 */
const boundary = (text, at) => (/[\uDC00-\uDFFF]/.test(text[at] ?? '') ? at + 1 : at);

/**
 * @param {string} text
 * @param {string} query
 * @returns {[number, number][]} begins and ends, in order, none within another
 */
function spansOf(text, query) {
  const wanted = [...new Set(query.toLowerCase().match(WORDS) ?? [])].sort((a, b) => b.length - a.length);
  /** @type {[number, number][]} */
  const spans = [];
  for (const { 0: word, index } of text.matchAll(WORDS)) {
    const folded = word.toLowerCase();
    // A few characters grow when they are folded: there the places would not agree.
    if (folded.length !== word.length) continue;
    for (let at = 0; at < word.length; at += 1) {
      const hit = wanted.find((other) => folded.startsWith(other, at));
      if (hit) {
        spans.push([index + at, index + at + hit.length]);
        at += hit.length - 1;
      }
      if (!RUN.test(word)) break;
    }
  }
  return spans;
}
