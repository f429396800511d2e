/** Tells of a mention by a sound and on the desktop, once for all tabs. */

import { excerpt } from './fold.js';
import { plainOf } from './markup.js';
import { isNewsworthy } from './preferences.js';

/** @typedef {import('./types.js').Message} Message */
/** @typedef {import('./room.js').Room} Room */

/** Within so long a tab that shows the room has said so, and another one claimed the message. */
const CLAIM_MS = 250;

export class Alerts {
  /**
   * @param {object} parts
   * @param {import('./preferences.js').Preferences} parts.preferences
   * @param {import('./store.js').Store} parts.store
   * @param {import('./storage.js').Storage} parts.storage
   * @param {import('./i18n.js').Translator} parts.translator
   * @param {(room: Room) => boolean} parts.isInView
   * @param {(room: string, seq: number) => void} parts.onopen
   */
  constructor({ preferences, store, storage, translator, isInView, onopen }) {
    this.preferences = preferences;
    this.store = store;
    this.storage = storage;
    this.translator = translator;
    this.isInView = isInView;
    this.onopen = onopen;
  }

  /**
   * Somebody mentioned me just now.
   *
   * @param {Room} room
   * @param {Message} message
   * @param {boolean} isSeen the room was in view as it came
   */
  hear(room, message, isSeen) {
    const { preferences, store, isInView } = this;
    const state = { me: store.me.person, preferences };
    // Another tab may be the one that it is seen in.
    if (isSeen) return this.#claim(message);
    setTimeout(() => {
      if (room.read >= message.seq && !room.kept) return;
      if (!isNewsworthy(message, { ...state, isInView: isInView(room) }) || this.#isClaimed(message)) return;
      this.#claim(message);
      this.#tell(message);
    }, CLAIM_MS + Math.random() * CLAIM_MS);
  }

  /** @param {Message} message */
  #claim({ room, seq }) {
    this.storage.set(`told:${room}`, `${this.store.room(room)?.epoch} ${seq}`);
  }

  /** @param {Message} message */
  #isClaimed({ room, seq }) {
    const [epoch, told] = (this.storage.get(`told:${room}`) ?? '').split(' ');
    return epoch === this.store.room(room)?.epoch && Number(told) >= seq;
  }

  /** @param {Message} message */
  #tell(message) {
    const { preferences } = this;
    if (preferences.sound) void import('./sound.js').then(({ chime }) => chime()).catch(() => {});
    if (preferences.notifications && globalThis.Notification?.permission === 'granted') this.#notify(message);
  }

  /** @param {Message} message */
  #notify({ room, seq, name, text = '' }) {
    const title = this.translator.text('alert.title', { name, room: `#${room}` });
    try {
      const notification = new Notification(title, {
        body: excerpt(plainOf(text)),
        tag: `${this.storage.prefix}${room}`,
        icon: 'icons/192.png',
        silent: true,
      });
      notification.onclick = () => {
        window.focus();
        this.onopen(room, seq);
        notification.close();
      };
    } catch {
      // Browsers of phones have the class, and want a service worker to use it.
    }
  }
}

/**
 * Ask whether the desktop may tell, which browsers allow after a click only.
 *
 * @returns {Promise<boolean>}
 */
export async function mayNotify() {
  if (!globalThis.Notification) return false;
  if (Notification.permission === 'default') await Notification.requestPermission();
  return Notification.permission === 'granted';
}
