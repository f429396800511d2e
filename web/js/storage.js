/**
 * What this browser remembers, if it remembers anything.
 *
 * Several chatrooms may live under one origin: keys carry the page's folder.
 */

export class Storage {
  /** @param {string} folder of the page, with its slashes */
  constructor(folder) {
    this.prefix = `chatroom:${folder}:`;
    /** @type {Map<string, string>} for when the browser refuses to keep anything */
    this.kept = new Map();
  }

  /**
   * @param {string} key
   * @returns {string | undefined}
   */
  get(key) {
    try {
      return localStorage.getItem(this.prefix + key) ?? undefined;
    } catch {
      return this.kept.get(key);
    }
  }

  /**
   * @param {string} key
   * @param {string} value the empty one is forgotten
   */
  set(key, value) {
    this.kept.set(key, value);
    try {
      if (value) localStorage.setItem(this.prefix + key, value);
      else localStorage.removeItem(this.prefix + key);
    } catch {
      // Private windows and full disks: it is remembered until the page goes.
    }
  }
}
