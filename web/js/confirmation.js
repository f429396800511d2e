/** Asks before something is gone for good. */

import { dismiss } from './dialogs.js';
import { byId } from './dom.js';
import { excerpt } from './fold.js';
import { plainOf } from './markup.js';

/** @typedef {import('./types.js').Message} Message */

export class Confirmation {
  /** @param {(message: Message) => void} ondelete */
  constructor(ondelete) {
    this.dialog = /** @type {HTMLDialogElement} */ (byId('confirm'));
    /** @type {Message | undefined} */
    this.message = undefined;
    byId('confirm-cancel').addEventListener('click', () => this.dialog.close());
    byId('confirm-delete').addEventListener('click', async () => {
      const { message } = this;
      await dismiss(this.dialog);
      if (message) ondelete(message);
    });
  }

  /** @param {Message} message that is to be deleted */
  open(message) {
    this.message = message;
    byId('confirm-text').textContent = excerpt(plainOf(message.text ?? ''));
    this.dialog.showModal();
  }
}
