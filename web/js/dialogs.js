/**
 * What all dialogs have in common: their close buttons, a click beside them, and
 * that Back closes before it goes anywhere.
 */

import { enter, leave } from './way-back.js';

/** @param {HTMLDialogElement} dialog */
export function furnish(dialog) {
  const showModal = dialog.showModal.bind(dialog);
  // Else the first button has the focus, which closes it, or a field, and a phone its keyboard.
  const heading = dialog.querySelector('.top h2');
  heading?.setAttribute('tabindex', '-1');
  heading?.toggleAttribute('autofocus', true);
  dialog.showModal = () => {
    showModal();
    enter({ dialog: dialog.id });
  };
  const gone = () => {
    if (!dialog.open) leave('dialog', dialog.id);
  };
  const close = dialog.close.bind(dialog);
  // The event comes later, when another dialog may be open; but Escape calls nothing.
  dialog.close = () => {
    close();
    gone();
  };
  dialog.addEventListener('close', gone);
  addEventListener('popstate', () => {
    if (dialog.open && history.state?.dialog !== dialog.id) dialog.close();
  });
  dialog.addEventListener('click', (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    // The backdrop is the dialog's own; everything inside of it is something else.
    if (target === dialog || target.closest('[data-close]')) dialog.close();
  });
}

/**
 * Close, and go on when the history is back where it was before the dialog.
 *
 * @param {HTMLDialogElement} dialog that is open
 * @returns {Promise<void>}
 */
export function dismiss(dialog) {
  return new Promise((resolve) => {
    addEventListener('popstate', () => resolve(), { once: true });
    dialog.close();
  });
}
