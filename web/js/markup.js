/**
 * The small Markdown of messages: text in, a tree out.
 *
 * Pure, and linear in the length of the text. Nothing here makes HTML: the tree
 * becomes DOM nodes elsewhere, and what is not understood stays text.
 *
 * @typedef {import('./inline.js').Inline} Inline
 * @typedef {import('./inline.js').Called} Called
 * @typedef {{type: 'text', children: Inline[]}} Paragraph
 * @typedef {{type: 'fence', text: string, language: string}} Fence
 * @typedef {{type: 'quote', children: Block[]}} Quote
 * @typedef {{type: 'list', start?: number, items: Inline[][]}} List numbered from `start`, if it is
 * @typedef {Paragraph | Fence | Quote | List} Block
 */

import { Line } from './inline.js';

/** Many open it behind a word or close it behind the code: on lines of their own they mean the same. */
const FENCE = /^([^>\n][^\n]*[^\S\n])?```[^\S\n]*([\w+#.-]*)[^\S\n]*\n([\s\S]*?)\n?```[^\S\n]*$/gm;
const QUOTED = /^> ?(.*)$/s;
const POINT = /^ {0,3}[-*•] +(?=\S)/;
const NUMBER = /^ {0,3}(\d{1,4})[.)] +(?=\S)/;

/**
 * @param {string} text
 * @param {Called[]} [called]
 * @returns {Block[]}
 */
export function parse(text, called = []) {
  // Longest first: `@Ann Lee` is not Ann.
  const names = called
    .map(({ name, me }) => ({ name: name.toLowerCase(), me }))
    .sort((a, b) => b.name.length - a.name.length);
  /** @type {Block[]} */
  const blocks = [];
  let end = 0;
  for (const match of text.matchAll(FENCE)) {
    const [whole, head = '', language, code] = match;
    blocks.push(...unfenced((text.slice(end, match.index) + head).replace(end ? /^\n/ : '', '').replace(/\s$/, ''), names));
    blocks.push({ type: 'fence', language, text: code });
    end = match.index + whole.length;
  }
  blocks.push(...unfenced(text.slice(end).replace(end ? /^\n/ : '', ''), names));
  return blocks;
}

/**
 * A text without its marks, on one line: for a quote.
 *
 * @param {string} text that may have been cut
 * @returns {string}
 */
export function plainOf(text) {
  return parse(text).map(plain).join(' ').replace(/```\S*/g, ' ').replace(/\s+/g, ' ').trim();
}

/** @param {Block | Inline} node @returns {string} */
function plain(node) {
  if (typeof node === 'string') return node;
  switch (node.type) {
    case 'list':
      return node.items.map((item) => item.map(plain).join('')).join(' ');
    case 'quote':
      return node.children.map(plain).join(' ');
    case 'fence':
    case 'code':
    case 'link':
    case 'mention':
      return node.text;
    default:
      return node.children.map(plain).join('');
  }
}

/**
 * @param {string} text
 * @returns {'quote' | 'points' | 'numbers' | 'text'} what its line belongs to
 */
const kindOf = (text) =>
  text.startsWith('>') ? 'quote' : POINT.test(text) ? 'points' : NUMBER.test(text) ? 'numbers' : 'text';

/**
 * @param {string} text without fences
 * @param {Called[]} names lower case, the longest first
 * @param {boolean} [nested] in a quote, where another `>` is text
 * @returns {Block[]}
 */
function unfenced(text, names, nested = false) {
  /** @type {Block[]} */
  const blocks = [];
  const lines = text.split('\n');
  for (let from = 0; from < lines.length;) {
    const kind = kindOf(lines[from]);
    let to = from + 1;
    while (to < lines.length && kindOf(lines[to]) === kind) to += 1;
    // The empty line below a list or a quote is seen as their margin.
    if (kind === 'text' && blocks.length > 0 && to - from > 1 && !lines[from].trim()) from += 1;
    const block = blockOf(kind, lines.slice(from, to), names, nested);
    if (block) blocks.push(block);
    from = to;
  }
  return blocks;
}

/**
 * @param {ReturnType<typeof kindOf>} kind
 * @param {string[]} lines
 * @param {Called[]} names
 * @param {boolean} nested
 * @returns {Block | undefined} nothing, for nothing
 */
function blockOf(kind, lines, names, nested) {
  /** @param {string} text */
  const inline = (text) => new Line(text, names).until(text.length);
  if (kind === 'points') return { type: 'list', items: lines.map((line) => inline(line.replace(POINT, ''))) };
  if (kind === 'numbers') {
    const start = Number(NUMBER.exec(lines[0])?.[1]);
    return { type: 'list', start, items: lines.map((line) => inline(line.replace(NUMBER, ''))) };
  }
  const text = lines.join('\n');
  if (kind === 'quote' && !nested) {
    const inside = lines.map((line) => line.replace(QUOTED, '$1')).join('\n');
    if (inside.trim()) return { type: 'quote', children: unfenced(inside, names, true) };
  }
  return text ? { type: 'text', children: inline(text) } : undefined;
}

/** Regional pairs, keycaps, tags of flags; and pictures, joined and toned. */
const PICTURE = '(?:\\p{Emoji_Presentation}|\\p{Extended_Pictographic}\\uFE0F|\\p{Emoji_Modifier_Base}(?=\\p{Emoji_Modifier}))\\uFE0F?\\p{Emoji_Modifier}?[\\u{E0020}-\\u{E007F}]*';
const JOINED = `${PICTURE}(?:\\u200D(?:${PICTURE}|\\p{Extended_Pictographic}))*`;
const EMOJI_ONLY = new RegExp(`^\\s*(?:(?:\\p{Regional_Indicator}{2}|[#*\\d]\\uFE0F?\\u20E3|${JOINED})\\s*){1,8}$`, 'u');
/** Eight of the longest emoji are shorter. */
const EMOJI_CHARS = 200;

/**
 * Whether a text is up to eight emoji and nothing else.
 *
 * @param {string} text
 */
export const isEmojiOnly = (text) => text.length <= EMOJI_CHARS && EMOJI_ONLY.test(text);
