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

  /**
   * @param {string} prefix
   * @returns {string[]} the keys that begin so
   */
  keys(prefix) {
    let keys = [...this.kept].filter(([, value]) => value).map(([key]) => key);
    try {
      keys = Object.keys(localStorage)
        .filter((key) => key.startsWith(this.prefix))
        .map((key) => key.slice(this.prefix.length));
    } catch {
      // What is remembered until the page goes, then.
    }
    return keys.filter((key) => key.startsWith(prefix));
  }
}

/** What one tab remembers over a reload, if it may. */
export class TabStorage {
  /** @param {string} folder of the page, with its slashes */
  constructor(folder) {
    this.prefix = `chatroom:${folder}:`;
  }

  /**
   * @param {string} key
   * @returns {string | undefined}
   */
  get(key) {
    try {
      return sessionStorage.getItem(this.prefix + key) ?? undefined;
    } catch {
      return undefined;
    }
  }

  /**
   * @param {string} key
   * @param {string} value
   */
  set(key, value) {
    try {
      sessionStorage.setItem(this.prefix + key, value);
    } catch {
      // A reload begins anew, and other tabs adopt what was left.
    }
  }
}
