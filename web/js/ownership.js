/** The link that makes whoever opens it the server's owner. */

import { LONG_MS, notice } from './notice.js';
import { Refusal } from './questions.js';

export class Ownership {
  /**
   * @param {object} parts
   * @param {import('./room-keys.js').RoomKeys} parts.keys
   * @param {import('./session.js').Session} parts.session
   * @param {import('./i18n.js').Translator} parts.translator
   */
  constructor({ keys, session, translator }) {
    this.keys = keys;
    this.session = session;
    this.translator = translator;
    this.isAsking = false;
  }

  /** Say the key to the server. */
  async claim() {
    const { keys, session, translator } = this;
    if (this.isAsking || !keys.ownerKey) return;
    this.isAsking = true;
    try {
      await session.ask({ type: 'claim', key: keys.ownerKey });
      keys.spend();
      notice(translator.text('owner.done'), 'status', LONG_MS);
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal;
      // Without an answer it is said again with the next connection.
      if (refusal.code === 'lost') return;
      keys.spend();
      notice(refusal.code === 'bad_key' ? translator.text('owner.bad_key') : refusal.error.reason, 'alert', LONG_MS);
    } finally {
      this.isAsking = false;
    }
  }
}
