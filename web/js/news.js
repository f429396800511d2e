/**
 * What is new in the open room since it was looked at last: pure. It stands
 * still while somebody looks.
 */

import { UNREAD_COUNTED } from './room.js';

export class News {
  constructor() {
    /** What others said after this position is new. */
    this.after = Infinity;
    /** How many messages of others are. */
    this.count = 0;
    /** @type {number | undefined} when the first of them was said */
    this.time = undefined;
    /** The place where they begin was in sight. */
    this.seen = false;
  }

  /**
   * Take what is unread in a room for news.
   *
   * @param {import('./room.js').Room} room
   * @returns {boolean} whether there is any that was not
   */
  begin({ read, unread }) {
    if (unread === 0) return false;
    this.count = unread;
    if (this.after === read) return false;
    this.after = read;
    this.time = undefined;
    this.seen = false;
    return true;
  }

  /**
   * What to say of it, while there is something to say.
   *
   * @param {import('./i18n.js').Translator} translator
   * @param {number} now
   * @returns {string}
   */
  line(translator, now) {
    if (this.seen || this.count === 0 || this.time === undefined) return '';
    const key = this.count < UNREAD_COUNTED ? 'log.news' : 'log.news.many';
    return translator.text(key, { n: this.count, time: translator.when(this.time, now) });
  }
}
