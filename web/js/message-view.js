/** One row of the timeline as DOM. */

import { el, icon, paint } from './dom.js';
import { parse, plainOf } from './markup.js';
import { viewOf } from './markup-view.js';
import { hueOf, initialsOf } from './people.js';

/** @typedef {import('./rows.js').Row} Row */
/** @typedef {import('./rows.js').MessageRow} MessageRow */
/** @typedef {import('./types.js').Message} Message */
/** @typedef {import('./types.js').Letter} Letter */

/**
 * What a row needs to know beside itself.
 *
 * @typedef {object} RowContext
 * @property {import('./i18n.js').Translator} translator
 * @property {{person: string, name: string}} me
 * @property {import('./room.js').Room} room
 * @property {number} now
 * @property {(message: Message) => void} onreply
 * @property {(letter: Letter) => void} onretry
 * @property {(letter: Letter) => void} ondiscard
 */

/**
 * Two rows with the same signature look the same: the DOM of one serves the other.
 *
 * @param {Row} row
 * @param {RowContext} context
 * @returns {string}
 */
export function signatureOf(row, { translator, now }) {
  const { language } = translator;
  if (row.kind === 'day') return `${language} ${translator.day(row.time, now)}`;
  if (row.kind !== 'message') return language;
  const { message, letter, head } = row;
  return [
    language, head, message.time, message.name, letter?.state ?? '', letter?.code ?? '',
    letter ? 0 : message.seq, message.mentions ?? '', message.quote?.text ?? '', message.text,
  ].join('\n');
}

/**
 * @param {Row} row
 * @param {RowContext} context
 * @returns {HTMLElement}
 */
export function elementOf(row, context) {
  const { translator } = context;
  switch (row.kind) {
    case 'day':
      return el('div', { class: 'day' }, translator.day(row.time, context.now));
    case 'older':
      return el('div', { class: 'edge', 'data-edge': 'older' }, translator.text('log.loading'));
    case 'start':
      return el('div', { class: 'edge', 'data-edge': 'start' },
        translator.text('log.start', { room: `#${context.room.name}` }));
    case 'message':
      return messageElement(row, context);
  }
}

/**
 * @param {MessageRow} row
 * @param {RowContext} context
 */
function messageElement(row, context) {
  const { message, letter, head } = row;
  const { translator, me } = context;
  const toMe = message.mentions?.includes(me.person) && message.person !== me.person;
  const classes = ['msg', head ? 'head' : 'more', toMe && 'at-me', message.kind, letter?.state];
  const element = el('article', {
    class: classes.filter(Boolean).join(' '),
    tabindex: -1,
    'data-person': message.person,
    'data-seq': letter ? undefined : message.seq,
    'data-id': message.id,
    'data-state': letter?.state ?? 'stored',
  });
  paint(element, hueOf(message.person));
  const time = el('time', {
    datetime: new Date(message.time).toISOString(),
  }, translator.hour(message.time));
  const name = el('bdi', { class: 'name' }, message.name);
  element.append(
    head
      ? el('div', { class: 'av', 'aria-hidden': 'true' }, initialsOf(message.name))
      : el('div', { class: 'gutter' }, time),
    el('div', { class: 'body' },
      head
        ? el('div', { class: 'by' }, name, time)
        : el('span', { class: 'sr' }, name, ': '),
      message.quote && quoted(message, translator),
      el('div', { class: 'txt' }, ...textOf(message, context)),
      letter && stateOf(letter, context),
    ),
  );
  return element;
}

/**
 * What only the message needs that is pointed at or in focus: its full time, and
 * what can be done with it. A page of hundreds of messages has it once.
 *
 * @param {HTMLElement} element of the message
 * @param {Message} message
 * @param {RowContext} context
 * @returns {HTMLElement} the tools, which go when another message has them
 */
export function attend(element, message, { translator, onreply }) {
  element.querySelector('time')?.setAttribute('data-full', translator.moment(message.time));
  const tools = el('div', { class: 'tools' },
    el('button', {
      type: 'button',
      'aria-label': translator.text('message.reply'),
      'data-act': 'reply',
      onclick: () => onreply(message),
    }, icon('reply')));
  element.append(tools);
  return tools;
}

/**
 * @param {Message} message
 * @param {RowContext} context
 */
function textOf(message, { room, me, translator }) {
  const called = (message.mentions ?? []).map((person) => ({
    name: person === me.person ? me.name : (room.members.get(person) ?? ''),
    me: person === me.person,
  }));
  const nodes = viewOf(parse(message.text, called.filter(({ name }) => name)), translator);
  if (message.kind !== 'action') return nodes;
  return [el('bdi', { class: 'name' }, message.name), ' ', ...nodes];
}

/**
 * @param {Message} message
 * @param {import('./i18n.js').Translator} translator
 */
function quoted({ quote, reply_to }, translator) {
  if (!quote) return undefined;
  return el('blockquote', { class: 'quote', 'data-seq': reply_to },
    el('bdi', { class: 'by' }, quote.name),
    el('span', { dir: 'auto' }, quote.text === undefined ? translator.text('log.gone') : plainOf(quote.text)));
}

/**
 * @param {Letter} letter
 * @param {RowContext} context
 */
function stateOf(letter, { translator, onretry, ondiscard }) {
  if (letter.state !== 'failed') {
    return el('div', { class: 'state' }, icon('clock'), translator.text('message.sending'));
  }
  const key = `error.${letter.code}`;
  const why = translator.has(key) ? translator.text(key) : (letter.reason ?? '');
  return el('div', { class: 'state' },
    el('span', {}, `${translator.text('message.failed')} `, el('span', { dir: 'auto' }, why)),
    el('button', { type: 'button', 'data-act': 'retry', onclick: () => onretry(letter) },
      translator.text('message.retry')),
    el('button', { type: 'button', 'data-act': 'discard', onclick: () => ondiscard(letter) },
      translator.text('message.discard')));
}
