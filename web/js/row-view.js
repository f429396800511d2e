/** Rows of the timeline as DOM, and when two of them look the same. */

import { el } from './dom.js';
import { messageElement, reactorsOf } from './message-view.js';

/** @typedef {import('./rows.js').Row} Row */
/** @typedef {import('./message-view.js').RowContext} RowContext */

/**
 * Whether nothing about a row has changed: messages are replaced, never altered.
 * What is around them, as a context tells, may have.
 *
 * @param {Row} a
 * @param {Row} b of the same key
 */
export const isSame = (a, b) =>
  a.kind === 'message' && b.kind === 'message' && a.message === b.message && a.head === b.head && !a.letter && !b.letter
  && !a.change && !b.change;

/**
 * What rows look like beside what is in themselves.
 *
 * @param {RowContext} context
 * @returns {string}
 */
export const stampOf = ({ translator, now, lit, editing, room }) =>
  [translator.language, translator.day(now, now), new Date(now).getDate(), lit, editing, room.name, room.presences].join(' ');

/**
 * Two rows with the same signature look the same: the DOM of one serves the other.
 *
 * @param {Row} row
 * @param {RowContext} context
 * @returns {string}
 */
export function signatureOf(row, { translator, now, lit, editing, room }) {
  const { language } = translator;
  if (row.kind === 'day') return `${language} ${translator.day(row.time, now)}`;
  if (row.kind === 'people') return [language, row.joined, row.left].join('\n');
  if (row.kind === 'ignored') return `${language} ${row.count}`;
  if (row.kind === 'acted') return `${language} ${actedText(row.acted, translator, now)}`;
  if (row.kind !== 'message') return language;
  const { message, letter, change, head } = row;
  const state = letter ?? change;
  return [
    language, head, message.time, message.name, state?.state ?? '', state?.code ?? '',
    letter ? 0 : message.seq, message.seq === lit, message.seq === editing, message.mentions ?? '',
    message.edited ?? '', message.deleted ?? '', message.quote?.text ?? '',
    ...(message.reactions ?? []).flatMap((reaction) =>
      [reaction.emoji, reaction.count, reaction.mine ?? '', ...reactorsOf(reaction, room)]),
    message.text,
  ].join('\n');
}

/**
 * @param {Row} row
 * @param {RowContext} context
 * @returns {HTMLElement}
 */
export function elementOf(row, context) {
  const { translator, room, now } = context;
  switch (row.kind) {
    case 'day':
      return el('div', { class: 'day' }, translator.day(row.time, now));
    case 'older':
    case 'newer':
      return el('div', { class: 'edge', 'data-edge': row.kind }, translator.text('log.loading'));
    case 'start':
      return el('div', { class: 'edge', 'data-edge': 'start' }, translator.text('log.start', { room: `#${room.name}` }));
    case 'new':
      return el('div', { class: 'new', 'data-edge': 'new' }, translator.text('log.divider'));
    case 'people':
      return peopleElement(row, translator);
    case 'ignored':
      return el('div', { class: 'edge', 'data-edge': 'ignored' }, translator.text('log.ignored', { n: row.count }));
    case 'acted':
      return el('div', { class: 'edge', 'data-edge': 'acted', dir: 'auto' }, actedText(row.acted, translator, now));
    case 'message':
      return messageElement(row, context);
  }
}

/**
 * What a moderator did, in a sentence.
 *
 * @param {{act: string, person: string, name: string, target?: string, target_name?: string, until?: number, since?: number, role?: string, reason?: string}} acted
 * @param {import('./i18n.js').Translator} translator
 * @param {number} now
 * @returns {string}
 */
export function actedText({ act, person, name, target: to, target_name: target = '', until, since, role, reason }, translator, now) {
  const time = translator.when(until ?? since ?? now, now);
  const key = act !== 'role' ? `acted.${act}${until ? '.until' : ''}`
    : to === person ? `became.${role}`
    : `acted.role.${role}`;
  // The words may be on their way.
  if (!translator.has(key)) return '';
  const what = translator.text(key, { name, target, time });
  return reason ? translator.text('acted.because', { what, reason }) : what;
}

/** So many are named. */
const NAMED = 2;

/**
 * @param {import('./rows.js').PeopleRow} row
 * @param {import('./i18n.js').Translator} translator
 */
function peopleElement({ joined, left }, translator) {
  /** @type {(named: string, counted: string, names: string[]) => string} */
  const told = (named, counted, names) =>
    (names.length <= NAMED
      ? translator.text(named, { who: translator.list(names) })
      : translator.text(counted, { n: names.length }));
  const parts = [
    joined.length > 0 && told('log.joined', 'log.joined.many', joined),
    left.length > 0 && told('log.departed', 'log.departed.many', left),
  ].filter(Boolean);
  // Nobody wants it read aloud while others talk.
  return el('div', { class: 'edge', 'data-edge': 'people', 'aria-live': 'off', title: translator.list([...joined, ...left]) }, parts.join(' · '));
}
