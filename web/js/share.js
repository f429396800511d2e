/** An invitation: the link to the room, copied, and shown to a telephone's camera. */

import { linkTo } from './address.js';
import { copy } from './clipboard.js';
import { byId } from './dom.js';

export class Share {
  /**
   * @param {import('./i18n.js').Translator} translator
   * @param {(room: string) => string} keyTo what somebody new needs to come in, if anything
   */
  constructor(translator, keyTo) {
    this.translator = translator;
    this.keyTo = keyTo;
    this.dialog = /** @type {HTMLDialogElement} */ (byId('share'));
    this.field = /** @type {HTMLInputElement} */ (byId('share-link'));
    this.frame = byId('share-code');
    this.picture = /** @type {HTMLImageElement} */ (byId('share-picture'));
    this.status = byId('share-status');
    byId('share-copy').addEventListener('click', () => void this.#copy());
  }

  /** @param {string} room */
  async open(room) {
    const link = linkTo(location, room, 0, this.keyTo(room));
    byId('share-heading').textContent = this.translator.text('share.heading', { room: `#${room}` });
    this.field.value = link;
    this.status.textContent = '';
    this.picture.hidden = true;
    this.frame.hidden = false;
    this.dialog.showModal();
    void this.#draw(link);
    await this.#copy();
    this.field.select();
  }

  async #copy() {
    const copied = await copy(this.field.value);
    this.status.textContent = copied ? this.translator.text('share.copied') : '';
  }

  /**
   * The link as a QR code; without one, the link does.
   *
   * @param {string} link
   */
  async #draw(link) {
    const svg = await drawn(link);
    // Another room's invitation may be open by now.
    if (this.field.value !== link) return;
    this.frame.hidden = !svg;
    this.picture.hidden = !svg;
    if (svg) this.picture.src = `data:image/svg+xml,${encodeURIComponent(svg)}`;
  }
}

/**
 * Have the server draw a link.
 *
 * @param {string} link in the body, not in the address: logs keep addresses
 * @returns {Promise<string>} SVG; empty when there is none
 */
async function drawn(link) {
  try {
    const answer = await fetch('invitation.svg', { method: 'POST', body: link, cache: 'no-store', credentials: 'omit' });
    return answer.ok ? await answer.text() : '';
  } catch {
    return '';
  }
}
