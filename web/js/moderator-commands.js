/** The commands of moderators: `/kick @Bo too loud`, `/mute @Bo 10m`, `/slow 30`. */

import { randomId } from './questions.js';
import { reasonOf } from './refusals.js';

/** @typedef {import('./types.js').Who} Who */
/** @typedef {import('./room.js').Room} Room */

/** @type {import('./commands.js').CommandKind[]} in the order of the help */
export const MODERATING = [
  { name: 'kick', takes: 'person', moderators: true },
  { name: 'mute', takes: 'person', moderators: true },
  { name: 'unmute', takes: 'person', moderators: true },
  { name: 'ban', takes: 'person', moderators: true },
  { name: 'unban', takes: 'person', moderators: true },
  { name: 'slow', takes: 'time', alone: true, moderators: true },
  { name: 'lock', takes: '', moderators: true },
  { name: 'unlock', takes: '', moderators: true },
];

/** @type {Record<string, number>} */
const SECONDS = { s: 1, m: 60, h: 3600, d: 86400 };
const NAMED_AT_MOST = 200;

/** @param {string} text */
const fold = (text) => text.normalize('NFKC').toLowerCase();

/**
 * Who is named at the beginning of a line, and what follows. Names have spaces in them:
 * the longest one is meant.
 *
 * @param {string} line
 * @param {Who[]} people
 * @returns {{who: Who, rest: string} | undefined}
 */
export function namedIn(line, people) {
  const written = line.replace(/^@/, '');
  const [who] = people
    .filter(({ name }) => fold(written).startsWith(fold(name)) && !/^[\p{L}\p{N}]/u.test(written.slice(name.length)))
    .sort((a, b) => b.name.length - a.name.length);
  return who && { who, rest: written.slice(who.name.length).trim() };
}

/**
 * A time at the beginning of a line: `10m`, `1 h`, `30` seconds.
 *
 * @param {string} line
 * @returns {{seconds: number | undefined, rest: string}}
 */
export function timeIn(line) {
  const [whole, count, unit] = /^(\d{1,6})\s?([smhd]?)(?![\p{L}\p{N}])/iu.exec(line) ?? ['', '', ''];
  if (!count) return { seconds: undefined, rest: line };
  return { seconds: Number(count) * SECONDS[unit.toLowerCase() || 's'], rest: line.slice(whole.length).trim() };
}

export class ModeratorCommands {
  /** @param {import('./moderation.js').ModerationParts} parts */
  constructor({ translator, session, room }) {
    this.translator = translator;
    this.session = session;
    this.room = room;
  }

  /**
   * @param {import('./commands.js').Moderating} command
   * @returns {Promise<string>} why it could not be done, or nothing
   */
  async run({ name, line }) {
    const { translator } = this;
    const room = this.room();
    if (!room) return translator.text('error.lost');
    try {
      if (name === 'slow') return await this.#slow(room, line);
      if (name === 'lock' || name === 'unlock') return await this.#set(room, { locked: name === 'lock' });
      return await this.#act(room, name, line);
    } catch (refusal) {
      return reasonOf(refusal, translator);
    }
  }

  /**
   * @param {Room} room
   * @param {string} type
   * @param {string} line
   */
  async #act(room, type, line) {
    const found = await this.#find(room, line, type === 'unban');
    if (!found) return this.translator.text('command.nobody', { name: line.replace(/^@/, '') });
    const { who: { person: target }, rest } = found;
    const where = { id: randomId(), room: room.name, target };
    const { seconds, rest: words } = type === 'kick' ? { seconds: undefined, rest } : timeIn(rest);
    const how = { ...(seconds && { seconds }), ...(words && { reason: words }) };
    const { unchanged } = await this.session.ask(
      type === 'kick' ? { type, ...where, ...how }
      : type === 'mute' ? { type, ...where, ...how }
      : type === 'ban' ? { type, ...where, ...how }
      : type === 'unban' ? { type, ...where }
      : { type: 'unmute', ...where });
    return unchanged ? this.translator.text('act.unchanged') : '';
  }

  /**
   * @param {Room} room
   * @param {string} line
   */
  async #slow(room, line) {
    const { seconds = 0, rest } = timeIn(line);
    if (rest && !/^off$/i.test(rest)) return this.translator.text('command.lacking.slow');
    return this.#set(room, { slow: seconds });
  }

  /**
   * @param {Room} room
   * @param {import('./types.js').Wishes} values
   */
  async #set(room, values) {
    const { unchanged } = await this.session.ask({ type: 'set', id: randomId(), room: room.name, values });
    return unchanged ? this.translator.text('act.unchanged') : '';
  }

  /**
   * Somebody here or of whom something is to be read; who is banned stands in the log only.
   *
   * @param {Room} room
   * @param {string} line
   * @param {boolean} isGone
   */
  async #find(room, line, isGone) {
    if (isGone) {
      const { acts } = await this.session.ask({ type: 'modlog', room: room.name, limit: NAMED_AT_MOST });
      return namedIn(line, acts.map(({ target = '', target_name = '' }) => ({ person: target, name: target_name })).filter(({ name }) => name));
    }
    const here = [...room.members].map(([person, name]) => ({ person, name }));
    const found = namedIn(line, [...here, ...room.messages]);
    if (found || here.length >= room.count) return found;
    const [prefix] = line.replace(/^@/, '').split(' ');
    const { members } = await this.session.ask({ type: 'who', room: room.name, prefix, limit: NAMED_AT_MOST });
    return namedIn(line, members);
  }
}
