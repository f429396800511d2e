/** One row of the timeline as DOM. */

import { hashOf } from './address.js';
import { el, icon, paint } from './dom.js';
import { parse, plainOf } from './markup.js';
import { viewOf } from './markup-view.js';
import { hueOf, initialsOf } from './people.js';

/** @typedef {import('./types.js').Reaction} Reaction */
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
 * @property {number} lit the message that was looked for, or none
 * @property {number} editing the message that is being edited, or none
 * @property {(message: Message) => Act[]} actsOn what can be done with a message, most wanted first
 * @property {(act: Act, message: Message, from: HTMLElement) => void} onact
 * @property {(message: Message, emoji: string, on: boolean) => void} onreact
 * @property {(seq: number) => void} onquote
 * @property {(letter: Letter) => void} onretry
 * @property {(letter: Letter) => void} ondiscard
 *
 * @typedef {'react' | 'reply' | 'more'} Act
 */

/** The icons of the acts at hand. */
const ICONS = { react: 'smile', reply: 'reply', more: 'more' };

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
  const { translator } = context;
  switch (row.kind) {
    case 'day':
      return el('div', { class: 'day' }, translator.day(row.time, context.now));
    case 'older':
    case 'newer':
      return el('div', { class: 'edge', 'data-edge': row.kind }, translator.text('log.loading'));
    case 'start':
      return el('div', { class: 'edge', 'data-edge': 'start' },
        translator.text('log.start', { room: `#${context.room.name}` }));
    case 'new':
      return el('div', { class: 'new', 'data-edge': 'new' }, translator.text('log.divider'));
    case 'message':
      return messageElement(row, context);
  }
}

/**
 * @param {MessageRow} row
 * @param {RowContext} context
 */
function messageElement(row, context) {
  const { message, letter, change, head } = row;
  const { translator, me, lit, editing } = context;
  const state = letter ?? change;
  const toMe = message.mentions?.includes(me.person) && message.person !== me.person;
  const classes = [
    'msg', head ? 'head' : 'more', toMe && 'at-me', message.kind, state?.state,
    message.deleted && 'gone', message.edited && 'said-again',
    message.seq === lit && 'lit', message.seq === editing && 'editing',
  ];
  const element = el('article', {
    class: classes.filter(Boolean).join(' '),
    tabindex: -1,
    'data-person': message.person,
    'data-seq': letter ? undefined : message.seq,
    'data-id': message.id,
    'data-state': state?.state ?? 'stored',
    'data-deleted': message.deleted,
    'data-edited': message.edited,
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
      message.quote && !message.deleted && quoted(message, context),
      el('div', { class: 'said' },
        el('div', { class: 'txt' }, ...textOf(message, context)),
        message.edited !== undefined && ' ',
        message.edited !== undefined && el('span', {
          class: 'edited',
          title: translator.moment(message.edited),
        }, translator.text('message.edited'))),
      message.reactions && reactionsOf(message, context),
      state && stateOf(state, context),
    ),
  );
  // Tab does not stop in every message on its way; `reach` says in which it does.
  for (const control of element.querySelectorAll('a, button')) control.setAttribute('tabindex', '-1');
  return element;
}

/**
 * Who put an emoji to a message, as they are called now.
 *
 * @param {Reaction} reaction
 * @param {import('./room.js').Room} room
 */
const reactorsOf = ({ people }, room) => people.map(({ person, name }) => room.members.get(person) ?? name);

/**
 * @param {Message} message
 * @param {RowContext} context
 */
function reactionsOf(message, { translator, room, onreact }) {
  const pills = (message.reactions ?? []).map((reaction) => {
    const { emoji, count, mine = false } = reaction;
    const names = reactorsOf(reaction, room);
    const more = count - names.length;
    const who = translator.list([...names, ...(more > 0 ? [translator.text('reaction.more', { n: more })] : [])]);
    return el('button', {
      type: 'button',
      class: 'reaction',
      title: who,
      'aria-pressed': String(mine),
      'aria-label': translator.text('reaction.who', { emoji, who }),
      'data-act': 'toggle',
      'data-emoji': emoji,
      onclick: () => onreact(message, emoji, !mine),
    }, el('span', { class: 'emoji' }, emoji), ' ', translator.number(count));
  });
  return el('div', { class: 'reactions' }, ...pills);
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
export function attend(element, message, { translator, actsOn, onact }) {
  element.querySelector('time')?.setAttribute('data-full', translator.moment(message.time));
  const tools = el('div', { class: 'tools' }, ...actsOn(message).map((act) => {
    const button = el('button', {
      type: 'button',
      title: translator.text(`message.${act}`),
      'aria-label': translator.text(`message.${act}`),
      'aria-haspopup': act === 'reply' ? undefined : 'dialog',
      'data-act': act,
      onclick: () => onact(act, message, button),
    }, icon(ICONS[act]));
    return button;
  }));
  element.append(tools);
  return tools;
}

/**
 * @param {Message} message
 * @param {RowContext} context
 */
function textOf(message, { room, me, translator }) {
  if (message.text === undefined) return [el('div', { class: 'para' }, translator.text('log.gone'))];
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
 * @param {RowContext} context
 */
function quoted({ quote, reply_to, room }, { translator, onquote }) {
  if (!quote || reply_to === undefined) return undefined;
  const gone = quote.text === undefined;
  return el('blockquote', { class: gone ? 'quote gone' : 'quote', 'data-seq': reply_to },
    el('a', {
      href: hashOf(room, reply_to),
      'data-act': 'quote',
      onclick: (/** @type {MouseEvent} */ event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        onquote(reply_to);
      },
    },
    el('bdi', { class: 'by' }, quote.name),
    el('span', { dir: 'auto' }, quote.text === undefined ? translator.text('log.gone') : plainOf(quote.text))));
}

/**
 * @param {Letter} letter
 * @param {RowContext} context
 */
function stateOf(letter, { translator, onretry, ondiscard }) {
  if (letter.state !== 'failed') {
    return el('div', { class: 'state' }, icon('clock'), translator.text(`message.${letter.act}.pending`));
  }
  const key = `error.${letter.code}`;
  const why = translator.has(key) ? translator.text(key) : (letter.reason ?? '');
  return el('div', { class: 'state' },
    el('span', {}, `${translator.text(`message.${letter.act}.failed`)} `, el('span', { dir: 'auto' }, why)),
    el('button', { type: 'button', 'data-act': 'retry', onclick: () => onretry(letter) },
      translator.text('message.retry')),
    el('button', { type: 'button', 'data-act': 'discard', onclick: () => ondiscard(letter) },
      translator.text('message.discard')));
}
