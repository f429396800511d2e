/** Where what can be completed comes from: people, emoji, commands. */

import { commandsLike, OFFERED, peopleLike } from './completion.js';
import { Refusal } from './questions.js';

/** @typedef {import('./suggestions.js').Suggestion} Suggestion */
/** @typedef {import('./room.js').Room} Room */
/** @typedef {import('./types.js').Who} Who */

/** So many messages back, somebody spoke lately. */
const LATELY = 200;

/**
 * @param {object} parts
 * @param {import('./i18n.js').Translator} parts.translator
 * @param {import('./store.js').Store} parts.store
 * @param {import('./session.js').Session} parts.session
 * @param {() => Room | undefined} parts.room that is open
 * @returns {import('./suggestions.js').Sources}
 */
export function sourcesOf({ translator, store, session, room }) {
  /** @type {Promise<import('./emoji-names.js').EmojiNames> | undefined} */
  let emoji;
  return {
    command: (query) => commandsLike(query, room()?.standing.isModerator).map(({ name, takes }) => ({
      whole: takes ? `/${name} ` : `/${name}`,
      label: `/${name}`,
      hint: translator.text(`command.${name}`),
    })),
    emoji: async (query) => {
      emoji ??= import('./emoji-names.js').then(({ EmojiNames }) => new EmojiNames());
      try {
        const found = await (await emoji).find(query, translator.language, OFFERED);
        return found.map(({ sign, name }) => ({ whole: sign, label: name, sign }));
      } catch {
        // The network is gone just now; the next letter asks again.
        emoji = undefined;
        return [];
      }
    },
    person: (query) => {
      const here = room();
      if (!here) return [];
      const { person: me } = store.me;
      const known = [...here.members].map(([person, name]) => ({ person, name }));
      /** @param {Who[]} people */
      const offered = (people) => {
        const others = people.filter(({ person }) => person !== me);
        const by = { lately: lately(here), compare: translator.formats.order.compare };
        return peopleLike(others, query, by).map(({ person, name }) => ({ whole: `@${name} `, label: name, person }));
      };
      // In a large room the server names only some of those who are here.
      if (!query.trim() || here.count <= known.length) return offered(known);
      return asked(session, here, query).then((more) => offered(merged(known, more)));
    },
  };
}

/**
 * @param {Room} room
 * @returns {string[]} persons, who spoke last first
 */
const lately = ({ messages }) => [...new Set(messages.slice(-LATELY).reverse().map(({ person }) => person))];

/**
 * @param {Who[]} known
 * @param {Who[]} more
 * @returns {Who[]} each person once
 */
const merged = (known, more) => [...new Map([...known, ...more].map((who) => [who.person, who])).values()];

/**
 * Those who are here and whose names begin so, by the server.
 *
 * @param {import('./session.js').Session} session
 * @param {Room} room
 * @param {string} prefix
 * @returns {Promise<Who[]>} nobody when it does not answer
 */
async function asked(session, { name: room }, prefix) {
  try {
    const { members } = await session.ask({ type: 'who', room, prefix, limit: 2 * OFFERED });
    return members;
  } catch (refusal) {
    if (refusal instanceof Refusal) return [];
    throw refusal;
  }
}
