/** What I want to hear of in this browser: pure, over what it remembers. */

/** @typedef {import('./types.js').Who} Who */
/** @typedef {{get: (key: string) => string | undefined, set: (key: string, value: string) => void}} Kept */

/** So many are remembered; the oldest are forgotten first. */
export const IGNORED_AT_MOST = 200;
const MUTED_AT_MOST = 50;

export class Preferences {
  /** @param {Kept} storage */
  constructor(storage) {
    this.storage = storage;
    /** @type {Set<() => void>} */
    this.listeners = new Set();
    /** @type {Map<string, string>} person → what they were called */
    this.ignored = new Map();
    /** @type {Set<string>} rooms, as the server spells them */
    this.muted = new Set();
    this.read();
  }

  /** Take up what is remembered: another tab may have written it. */
  read() {
    this.ignored.clear();
    for (const [person, name] of this.#list('ignored')) this.ignored.set(String(person), String(name));
    this.muted.clear();
    for (const room of this.#list('muted')) this.muted.add(String(room));
  }

  /**
   * @param {string} key
   * @returns {any[]}
   */
  #list(key) {
    try {
      const list = JSON.parse(this.storage.get(key) ?? '[]');
      return Array.isArray(list) ? list.filter((item) => typeof item === 'string' || Array.isArray(item)) : [];
    } catch {
      // Written by another version, or by hand.
      return [];
    }
  }

  #changed() {
    for (const listener of this.listeners) listener();
  }

  /**
   * @param {Who} who
   * @param {boolean} on
   */
  ignore({ person, name }, on) {
    this.ignored.delete(person);
    if (on) this.ignored.set(person, name);
    const list = [...this.ignored].slice(-IGNORED_AT_MOST);
    this.storage.set('ignored', list.length > 0 ? JSON.stringify(list) : '');
    this.#changed();
  }

  /**
   * @param {string} room
   * @param {boolean} on
   */
  mute(room, on) {
    this.muted.delete(room);
    if (on) this.muted.add(room);
    const list = [...this.muted].slice(-MUTED_AT_MOST);
    this.storage.set('muted', list.length > 0 ? JSON.stringify(list) : '');
    this.#changed();
  }

  /** Whether a soft sound is heard at a mention: yes, unless somebody said no. */
  get sound() {
    return this.storage.get('sound') !== 'off';
  }

  set sound(on) {
    this.storage.set('sound', on ? '' : 'off');
  }

  /** Whether the desktop tells of a mention: no, unless somebody asked for it. */
  get notifications() {
    return this.storage.get('notifications') === 'on';
  }

  set notifications(on) {
    this.storage.set('notifications', on ? 'on' : '');
  }
}

/**
 * Whether a message calls me: it names me, or replies to me.
 *
 * @param {import('./types.js').Message} message
 * @param {string} me
 */
export const callsMe = ({ mentions, quote }, me) => (mentions?.includes(me) ?? false) || quote?.person === me;

/**
 * Whether somebody is to be told of a message that was said just now.
 *
 * @param {import('./types.js').Message} message
 * @param {object} state
 * @param {string} state.me
 * @param {Preferences} state.preferences
 * @param {boolean} state.isInView the room is open, and somebody is at the page
 */
export const isNewsworthy = (message, { me, preferences, isInView }) =>
  message.person !== me && !message.deleted && callsMe(message, me) && !isInView
  && !preferences.ignored.has(message.person) && !preferences.muted.has(message.room);
