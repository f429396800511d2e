/** A message of the timeline as DOM. */

import { hashOf } from './address.js';
import { el, icon, paint } from './dom.js';
import { isEmojiOnly, parse, plainOf } from './markup.js';
import { viewOf } from './markup-view.js';
import { hueOf, initialsOf } from './people.js';

/** @typedef {import('./types.js').Reaction} Reaction */
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
 * What each message has, cloned for each: several times faster than made anew.
 *
 * @type {{head: HTMLElement, more: HTMLElement} | undefined}
 */
let skeletons;

const skeletonsOf = () => ({
  head: el('article', { class: 'msg head', tabindex: -1 },
    el('div', { class: 'by' }, el('div', { class: 'av', 'aria-hidden': 'true' }), el('bdi', { class: 'name' }), el('time'))),
  more: el('article', { class: 'msg more', tabindex: -1 },
    el('time'), el('div', { class: 'going-on' }, el('bdi', { class: 'name' }), ': ')),
});

/** First lines of so many columns may reach the place of the tools. */
const WIDE_COLUMNS = 40;
/** Twice as wide as a Latin letter. */
const BROAD = /[\u1100-\uffef]/g;

/** Texts that run from the right: what `dir="auto"` looks for. */
const FROM_RIGHT = /^[^\p{L}]*[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;

/** @param {string} text */
function isWide(text) {
  const [line] = text.split('\n', 1);
  return line.length > WIDE_COLUMNS || line.length + (line.match(BROAD)?.length ?? 0) > WIDE_COLUMNS;
}

/**
 * @param {MessageRow} row
 * @param {RowContext} context
 * @returns {HTMLElement}
 */
export function messageElement(row, context) {
  const { message, letter, change, head } = row;
  const { translator, me, lit, editing } = context;
  const { text = '', seq } = message;
  const state = letter ?? change;
  skeletons ??= skeletonsOf();
  const element = /** @type {HTMLElement} */ (skeletons[head ? 'head' : 'more'].cloneNode(true));
  const classes = [
    message.person !== me.person && message.mentions?.includes(me.person) && 'at-me', message.kind, state?.state,
    message.deleted && 'gone', message.edited && 'said-again', seq === lit && 'lit', seq === editing && 'editing',
    isEmojiOnly(text) ? 'big' : isWide(text) && 'wide', FROM_RIGHT.test(text) && 'from-right',
  ].filter(Boolean);
  if (classes.length > 0) element.className += ` ${classes.join(' ')}`;
  element.dataset.state = state?.state ?? 'stored';
  if (!letter) element.dataset.seq = String(seq);
  paint(element, hueOf(message.person));
  const time = part(element, 'time');
  time.textContent = translator.hour(message.time);
  time.setAttribute('datetime', new Date(message.time).toISOString());
  part(element, '.name').textContent = message.name;
  if (head) part(element, '.av').textContent = initialsOf(message.name);
  const said = el('div', { class: 'txt' }, ...textOf(message, context));
  const parts = [
    !message.deleted && quoted(message, context),
    message.edited === undefined ? said : saidAgain(said, message.edited, translator),
    message.reactions && reactionsOf(message, context),
    state && stateOf(state, context),
  ];
  for (const made of parts) if (made) element.append(made);
  // Tab does not stop in every message on its way; `reach` says in which it does.
  for (const control of element.querySelectorAll('a, button')) control.setAttribute('tabindex', '-1');
  return element;
}

/**
 * @param {HTMLElement} element
 * @param {string} selector
 */
const part = (element, selector) => /** @type {HTMLElement} */ (element.querySelector(selector));

/**
 * @param {HTMLElement} said
 * @param {number} time of the last edit
 * @param {import('./i18n.js').Translator} translator
 */
const saidAgain = (said, time, translator) =>
  el('div', { class: 'said' }, said, ' ',
    el('span', { class: 'edited', title: translator.moment(time) }, translator.text('message.edited')));

/**
 * Who put an emoji to a message, as they are called now.
 *
 * @param {Reaction} reaction
 * @param {import('./room.js').Room} room
 */
export const reactorsOf = ({ people }, room) => people.map(({ person, name }) => room.members.get(person) ?? name);

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
  element.classList.add('attended');
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
