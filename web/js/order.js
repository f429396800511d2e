/**
 * What the order in a room means to whoever is in it, or is not let in: what holds, why
 * a room is closed, and the link that makes somebody the owner. It comes with the first
 * need, and with it its words.
 */

import { LOBBY } from './address.js';
import { learn } from './i18n.js';
import en from './lang/order-en.js';
import zh from './lang/order-zh.js';
import { Ownership } from './ownership.js';
import { RefusedRoom } from './refused-room.js';
import { RulesLine } from './rules-line.js';

learn({ en, 'zh-CN': zh });

export class Order {
  /**
   * @param {object} parts
   * @param {import('./i18n.js').Translator} parts.translator
   * @param {import('./composer.js').Composer} parts.composer
   * @param {import('./session.js').Session} parts.session
   * @param {import('./room-keys.js').RoomKeys} parts.keys
   * @param {() => number} parts.now the server's clock
   * @param {(room: string) => void} parts.onopen
   * @param {() => void} parts.onagain the open room is to be looked at again
   */
  constructor({ translator, composer, session, keys, now, onopen, onagain }) {
    this.rules = new RulesLine({ translator, composer, now });
    this.refused = new RefusedRoom({ translator, keys, now, onlobby: () => onopen(LOBBY), onagain });
    this.ownership = new Ownership({ keys, session, translator });
  }
}
