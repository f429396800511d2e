/** The keys that do something, in a list. */

import { furnish } from './dialogs.js';
import { el, icon } from './dom.js';
import { translate } from './i18n.js';
import { MOD } from './shortcuts.js';

/** @type {[string, string[]][]} what a key does, and those that are pressed together; a `|` parts alternatives */
const KEYS = [
  ['keys.switch', [MOD, 'K']],
  ['keys.regions', ['F6', '|', '⇧', 'F6']],
  ['keys.messages', ['↑', '|', '↓']],
  ['keys.acts', ['Enter']],
  ['keys.send', ['Enter']],
  ['keys.break', ['⇧', 'Enter']],
  ['keys.recall', ['↑']],
  ['keys.complete', ['@', '|', ':', '|', '/']],
  ['keys.leave', ['Esc']],
  ['keys.read', ['⇧', 'Esc']],
  ['keys.title', [MOD, '/']],
];

export class Keys {
  /** @param {import('./i18n.js').Translator} translator */
  constructor(translator) {
    const rows = KEYS.map(([text, keys]) =>
      el('div', {}, el('dt', { 'data-t': text }), el('dd', {}, ...keys.map((key) => (key === '|' ? ' ' : el('kbd', {}, key))))),
    );
    this.dialog = el(
      'dialog',
      { id: 'keys', 'data-t-label': 'keys.title' },
      el(
        'div',
        { class: 'sheet' },
        el(
          'div',
          { class: 'top' },
          el('h2', { 'data-t': 'keys.title' }),
          el('button', { type: 'button', class: 'plain', 'data-close': true, 'data-t-label': 'dialog.close' }, icon('close')),
        ),
        el('dl', { class: 'keys' }, ...rows),
      ),
    );
    document.body.append(this.dialog);
    translate(document, translator);
    furnish(this.dialog);
  }

  open() {
    this.dialog.showModal();
  }
}
