/** Dialogs that are made when they are first asked for. */

import { furnish } from './dialogs.js';
import { el, icon } from './dom.js';
import { translate } from './i18n.js';

/**
 * A dialog with a heading and a button that closes it, in the page already.
 *
 * @param {import('./i18n.js').Translator} translator
 * @param {string} id of the dialog; its heading's is this with `-heading`
 * @param {Record<string, any>} props of the dialog
 * @param {(Node | string | undefined | false)[]} children below the heading
 * @returns {{dialog: HTMLDialogElement, heading: HTMLElement}}
 */
export function sheet(translator, id, props, ...children) {
  const heading = el('h2', { id: `${id}-heading` });
  const dialog = el('dialog', { id, 'aria-labelledby': heading.id, ...props },
    el('div', { class: 'sheet' },
      el('div', { class: 'top' }, heading,
        el('button', { type: 'button', class: 'plain', 'data-close': true, 'data-t-label': 'dialog.close' }, icon('close'))),
      ...children));
  document.body.append(dialog);
  translate(dialog, translator);
  furnish(dialog);
  return { dialog, heading };
}
