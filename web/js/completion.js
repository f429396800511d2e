/** What is being written at the caret, and how it may go on. Pure. */

import { COMMANDS } from './commands.js';

/** @typedef {import('./types.js').Who} Who */

/**
 * The beginning of a name, an emoji's name or a command, with the sign before it.
 *
 * @typedef {object} Token
 * @property {'person' | 'emoji' | 'command'} kind
 * @property {number} start where its sign stands
 * @property {number} end the caret
 * @property {string} query what is written of it so far
 */

/** So many ways to go on are offered at most. */
export const OFFERED = 8;

const LETTER_BEFORE = /\p{L}$/u;
const WORD_BEFORE = /[\p{L}\p{N}:_]$/u;
/** As the server finds mentions: names have spaces inside, and at most 32 characters. */
const NAME = /^(?:[\p{L}\p{M}\p{N}_.'-](?:[\p{L}\p{M}\p{N}_.' -]{0,31}))?$/u;
/** One letter is part of many a smiley, `:D`; one of Chinese is a word. */
const EMOJI_NAME = /^(?:[\p{L}\p{N}_+-]{2,40}|[^\p{ASCII}])$/u;

/**
 * @param {string} text
 * @param {number} caret
 * @param {boolean} commands whether a slash at the beginning is one
 * @returns {Token | undefined}
 */
export function tokenAt(text, caret, commands) {
  const before = text.slice(0, caret);
  const [, command] = /^\/([a-z]*)$/i.exec(before) ?? [];
  if (command !== undefined) {
    const isWhole = !/^\S/.test(text.slice(caret));
    return commands && isWhole ? { kind: 'command', start: 0, end: caret, query: command.toLowerCase() } : undefined;
  }
  for (const [sign, kind, pattern, glued] of /** @type {const} */ ([
    [':', 'emoji', EMOJI_NAME, WORD_BEFORE],
    ['@', 'person', NAME, LETTER_BEFORE],
  ])) {
    const start = before.lastIndexOf(sign);
    const query = before.slice(start + 1);
    if (start < 0 || glued.test(before.slice(0, start)) || !pattern.test(query)) continue;
    return { kind, start, end: caret, query };
  }
  return undefined;
}

/**
 * @param {string} query
 * @param {boolean} [moderates] whether moderators' commands are of use
 * @returns {import('./commands.js').CommandKind[]}
 */
export const commandsLike = (query, moderates = false) =>
  COMMANDS.filter(({ name, moderators }) => name.startsWith(query) && (moderates || !moderators));

/** @param {string} name */
const fold = (name) => name.normalize('NFKC').toLocaleLowerCase();

/**
 * Those whose name, or a later word of it, begins so.
 *
 * @param {Iterable<Who>} people
 * @param {string} query
 * @param {object} by
 * @param {string[]} by.lately persons, who spoke last first: they are meant most often
 * @param {(a: string, b: string) => number} by.compare
 * @returns {Who[]}
 */
export function peopleLike(people, query, { lately, compare }) {
  const wanted = fold(query);
  /** @param {string} name 0: it begins so; 1: a word of it does; 2: none */
  const rank = (name) => {
    const folded = fold(name);
    if (folded.startsWith(wanted)) return 0;
    return folded.split(/[\s._'-]+/).some((word) => word.startsWith(wanted)) ? 1 : 2;
  };
  const ranks = new Map([...people].map((who) => [who, rank(who.name)]));
  /** @param {Who} who */
  const silence = ({ person }) => (lately.includes(person) ? lately.indexOf(person) : Infinity);
  return [...ranks.keys()]
    .filter((who) => Number(ranks.get(who)) < 2)
    .sort((a, b) =>
      Number(ranks.get(a)) - Number(ranks.get(b)) ||
      (silence(a) === silence(b) ? 0 : silence(a) - silence(b)) ||
      compare(a.name, b.name))
    .slice(0, OFFERED);
}

/**
 * What makes place for a token written to its end: the token, the rest of its word,
 * and a space that would be a second one.
 *
 * @param {string} text
 * @param {Token} token
 * @param {string} whole what stands in its place
 * @returns {number} where it ends
 */
export function endOf(text, { end }, whole) {
  const [word] = /^[\p{L}\p{M}\p{N}_]*/u.exec(text.slice(end)) ?? [''];
  const after = end + word.length;
  return whole.endsWith(' ') && text[after] === ' ' ? after + 1 : after;
}
