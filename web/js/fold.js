/**
 * What later entries of a log make of a message: pure.
 *
 * The server folds in the same way, so that a page, a replay and a tab that
 * heard everything live show the same.
 */

/** @typedef {import('./types.js').Message} Message */
/** @typedef {import('./types.js').Reaction} Reaction */
/** @typedef {import('./types.js').Who} Who */
/** @typedef {{text?: string, time: number, mentions?: string[], deleted?: true}} Change */

/** Characters of a message that a quote shows. */
export const QUOTE_CHARS = 140;

/** Of so many people the server tells who they are; the others it counts. */
export const REACTORS_KNOWN = 10;

/**
 * @param {Message} message
 * @returns {Message} with nothing left of what it said
 */
export function deleted({ text, mentions, edited: _, reactions, ...rest }) {
  return { ...rest, deleted: true };
}

/**
 * @param {Message} message
 * @param {Change} entry `edited`; replayed, it may say that the message is deleted by now
 * @returns {Message}
 */
export function edited(message, entry) {
  if (message.deleted) return message;
  if (entry.deleted) return deleted(message);
  const { mentions: _, ...rest } = message;
  return { ...rest, text: entry.text, edited: entry.time, ...(entry.mentions && { mentions: entry.mentions }) };
}

/**
 * @param {Message} message
 * @param {Who & {emoji: string, on: boolean}} entry `reacted`
 * @param {string} me my person
 * @returns {Message}
 */
export function reacted(message, { person, name, emoji, on }, me) {
  if (message.deleted) return message;
  const reactions = [...(message.reactions ?? [])];
  const at = reactions.findIndex((reaction) => reaction.emoji === emoji);
  if (at < 0 && !on) return message;
  const changed = toggled(reactions[at] ?? { emoji, count: 0, people: [] }, { person, name }, on, person === me);
  if (at < 0) reactions.push(changed);
  else if (changed.count > 0) reactions[at] = changed;
  else reactions.splice(at, 1);
  const { reactions: _, ...rest } = message;
  return reactions.length > 0 ? { ...rest, reactions } : rest;
}

/**
 * @param {Reaction} reaction
 * @param {Who} who
 * @param {boolean} on
 * @param {boolean} isMe
 * @returns {Reaction}
 */
function toggled({ mine, ...reaction }, who, on, isMe) {
  const { count, people } = reaction;
  const known = people.some(({ person }) => person === who.person);
  const stands = known || (isMe && mine === true);
  const stillMine = isMe ? on : mine;
  if (stands && on) return { ...reaction, ...(stillMine && { mine: true }) };
  const rest = on && people.length < REACTORS_KNOWN && people.length === count
    ? [...people, who]
    : people.filter(({ person }) => on || person !== who.person);
  return { ...reaction, count: count + (on ? 1 : -1), people: rest, ...(stillMine && { mine: true }) };
}

/**
 * Whether somebody who is not known by name has moved up among the first ten.
 *
 * @param {Message} message
 * @returns {boolean}
 */
export const isVague = ({ reactions = [] }) =>
  reactions.some(({ count, people }) => people.length < Math.min(count, REACTORS_KNOWN));

/**
 * A quote follows what it quotes.
 *
 * @template {{reply_to?: number, quote?: import('./types.js').Quote}} Quoting
 * @param {Quoting} message
 * @param {string | undefined} text what the quoted message says now, if it says anything
 * @returns {Quoting}
 */
export function requoted(message, text) {
  if (!message.quote) return message;
  const { text: _, ...who } = message.quote;
  return { ...message, quote: text === undefined ? who : { ...who, text: excerpt(text) } };
}

/**
 * @param {string} text
 * @returns {string} as much of it as a quote has
 */
export const excerpt = (text) => Array.from(text.slice(0, 2 * QUOTE_CHARS)).slice(0, QUOTE_CHARS).join('');

/**
 * A page's messages, with my own reactions among all.
 *
 * @param {Message[]} events
 * @param {Record<string, string[]>} [mine] the page's `mine`
 * @returns {Message[]}
 */
export function withMine(events, mine = {}) {
  return events.map((message) => {
    const emoji = mine[message.seq];
    if (!emoji || !message.reactions) return message;
    const reactions = message.reactions.map((reaction) =>
      emoji.includes(reaction.emoji) ? { ...reaction, mine: true } : reaction);
    return { ...message, reactions };
  });
}

/**
 * Somebody is called otherwise now.
 *
 * @param {Message} message
 * @param {Who} who
 * @returns {Message} the same one when they have no reaction at it
 */
export function renamed(message, who) {
  const has = (/** @type {Who} */ { person }) => person === who.person;
  if (!message.reactions?.some(({ people }) => people.some(has))) return message;
  const reactions = message.reactions.map((reaction) => ({
    ...reaction,
    people: reaction.people.map((other) => (has(other) ? { person: who.person, name: who.name } : other)),
  }));
  return { ...message, reactions };
}
