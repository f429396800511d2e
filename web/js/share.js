/** An invitation: the link to the room, copied and shown. */

import { linkTo } from './address.js';
import { copy } from './clipboard.js';
import { byId } from './dom.js';

export class Share {
  /** @param {import('./i18n.js').Translator} translator */
  constructor(translator) {
    this.translator = translator;
    this.dialog = /** @type {HTMLDialogElement} */ (byId('share'));
    this.field = /** @type {HTMLInputElement} */ (byId('share-link'));
    this.status = byId('share-status');
    byId('share-copy').addEventListener('click', () => void this.#copy());
  }

  /** @param {string} room */
  async open(room) {
    byId('share-heading').textContent = this.translator.text('share.heading', { room: `#${room}` });
    this.field.value = linkTo(location, room);
    this.status.textContent = '';
    this.dialog.showModal();
    await this.#copy();
    this.field.select();
  }

  async #copy() {
    const copied = await copy(this.field.value);
    this.status.textContent = copied ? this.translator.text('share.copied') : '';
  }
}
