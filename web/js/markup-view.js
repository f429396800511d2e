/** From the tree of a text to DOM nodes. */

import { copy } from './clipboard.js';
import { el } from './dom.js';

/** @typedef {import('./markup.js').Block} Block */
/** @typedef {import('./inline.js').Inline} Inline */
/** @typedef {import('./i18n.js').Translator} Translator */

/** So many characters fit into a line of the narrowest page. */
const SHORT_CODE = 20;
const COPIED_MS = 1500;

/**
 * @param {Inline} node
 * @returns {Node | string}
 */
function inline(node) {
  if (typeof node === 'string') return node;
  switch (node.type) {
    case 'bold':
      return el('strong', {}, ...node.children.map(inline));
    case 'italic':
      return el('em', {}, ...node.children.map(inline));
    case 'code':
      // A word is not torn at its hyphens where the line has room for it.
      return el('code', { dir: 'auto', class: node.text.length <= SHORT_CODE ? 'short' : undefined }, node.text);
    case 'link':
      return el('a', { href: node.href, target: '_blank', rel: 'noopener noreferrer' }, node.text);
    case 'mention':
      return el('bdi', { class: node.me ? 'mention mine' : 'mention' }, node.text);
  }
}

/**
 * @param {import('./markup.js').Fence} fence
 * @param {Translator} translator
 */
function fenced(fence, translator) {
  const button = el('button', {
    type: 'button',
    class: 'copy',
    onclick: async () => {
      if (!(await copy(fence.text))) return;
      button.textContent = translator.text('copy.done');
      setTimeout(() => (button.textContent = translator.text('copy.code')), COPIED_MS);
    },
  }, translator.text('copy.code'));
  // Long lines scroll, and what scrolls can be reached by keyboard.
  const code = el('pre', { tabindex: 0, dir: 'auto' }, el('code', {}, fence.text));
  return el('div', { class: 'fence' }, code, button);
}

/**
 * @param {Block[]} blocks
 * @param {Translator} translator
 * @returns {HTMLElement[]}
 */
export const viewOf = (blocks, translator) => blocks.map((block) => blockOf(block, translator));

/**
 * @param {Block} block
 * @param {Translator} translator
 * @returns {HTMLElement}
 */
function blockOf(block, translator) {
  switch (block.type) {
    case 'fence':
      return fenced(block, translator);
    case 'quote':
      return el('blockquote', { class: 'cited' }, ...viewOf(block.children, translator));
    case 'list': {
      const items = block.items.map((item) => el('li', { dir: 'auto' }, ...item.map(inline)));
      return el(block.start === undefined ? 'ul' : 'ol', { start: block.start }, ...items);
    }
    case 'text':
      return el('div', { class: 'para', dir: 'auto' }, ...block.children.map(inline));
  }
}
