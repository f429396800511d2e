/** What begins with a slash: which commands there are, and what somebody wrote. Pure. */

/**
 * @typedef {object} CommandKind
 * @property {string} name
 * @property {'' | 'text' | 'name' | 'room' | 'person' | 'time'} takes what is written behind it
 * @property {boolean} [alone] whether it means something without that
 * @property {boolean} [moderators] whether it is theirs
 */

/** @type {CommandKind[]} in the order of the help */
export const COMMANDS = [
  { name: 'me', takes: 'text' },
  { name: 'nick', takes: 'name' },
  { name: 'topic', takes: 'text', alone: true },
  { name: 'join', takes: 'room' },
  { name: 'leave', takes: 'room', alone: true },
  { name: 'help', takes: '' },
];

/**
 * More of them: those of moderators come with what does them.
 *
 * @param {CommandKind[]} kinds
 */
export const enlist = (kinds) => void COMMANDS.splice(-1, 0, ...kinds);

/**
 * What was written. `lacking`: a command without what it needs.
 *
 * @typedef {{kind: 'say' | 'me', text: string}} Speech
 * @typedef {{kind: 'nick', name: string} | {kind: 'topic', topic: string} | {kind: 'join' | 'leave', room: string} | {kind: 'help'} | Moderating} Order
 * @typedef {{kind: 'moderate', name: string, line: string}} Moderating a moderator's command, and what stands behind it
 * @typedef {{kind: 'unknown' | 'lacking', name: string}} Mistake
 */

/**
 * Read what was written; `//` stands for a slash that is none.
 *
 * @param {string} written not blank
 * @returns {Speech | Order | Mistake}
 */
export function commandIn(written) {
  if (!written.startsWith('/')) return { kind: 'say', text: written };
  if (written.startsWith('//')) return { kind: 'say', text: written.slice(1) };
  const [, name, rest] = /** @type {RegExpExecArray} */ (/^\/(\S*)\s*(.*)$/s.exec(written));
  const known = COMMANDS.find((command) => command.name === name.toLowerCase());
  // People write rooms as they are shown.
  const line = rest.replace(known?.takes === 'room' ? /^#/ : /^$/, '').replace(/\s+/g, ' ').trim();
  if (known?.takes && !known.alone && !line) return { kind: 'lacking', name: known.name };
  switch (known?.name) {
    case 'me':
      return { kind: 'me', text: rest };
    case 'nick':
      return { kind: 'nick', name: line };
    case 'topic':
      return { kind: 'topic', topic: line };
    case 'join':
    case 'leave':
      return { kind: known.name, room: line };
    case 'help':
      return { kind: 'help' };
    default:
      return known ? { kind: 'moderate', name: known.name, line } : { kind: 'unknown', name };
  }
}
