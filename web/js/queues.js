/**
 * Keeps what is unsaid over reloads, closed tabs and crashes.
 *
 * Each tab has a queue of its own in the storage that all share, and a claim on
 * it. A queue that nobody claims is a closed tab's: exactly one other adopts it.
 */

/** @typedef {import('./types.js').Letter} Letter */

const PREFIX = 'queue:';

/** How often a tab looks for queues that were left behind. */
export const LOOK_MS = 3000;

export class Queues {
  /**
   * @param {object} parts
   * @param {import('./storage.js').Storage} parts.storage of all tabs
   * @param {{get: (key: string) => string | undefined, set: (key: string, value: string) => void}} parts.tab
   *   what this tab alone remembers over a reload
   * @param {{take: (name: string) => Promise<boolean>, free: (name: string) => void}} parts.claims
   * @param {import('./outbox.js').Outbox} parts.outbox
   * @param {() => string} parts.name makes a name that no other queue has
   * @param {(call: () => void, ms: number) => any} parts.after
   */
  constructor({ storage, tab, claims, outbox, name, after }) {
    this.storage = storage;
    this.tab = tab;
    this.claims = claims;
    this.outbox = outbox;
    this.name = name;
    this.after = after;
    /** The name of this tab's queue. */
    this.own = '';
    /** @type {Set<string>} queues that were there at the last look, and not claimed */
    this.left = new Set();
    /** @type {() => void} letters were adopted */
    this.onadopted = () => {};
  }

  /** Take up what this tab left unsaid, and keep what is written from now on. */
  async open() {
    // A tab that was duplicated has the name too; the claim tells which one was first.
    const before = this.tab.get('queue');
    this.own = before && (await this.claims.take(before)) ? before : await this.#fresh();
    this.tab.set('queue', this.own);
    this.outbox.adopt(this.#read(this.own), 'before');
    this.#write();
    this.outbox.listeners.add(() => this.#write());
    this.after(() => void this.#look(), LOOK_MS);
  }

  /** The page goes, perhaps for good: whoever comes may have the queue. */
  close() {
    if (this.own) this.claims.free(this.own);
  }

  /** The page is back from where browsers keep pages; the queue may be another's by now. */
  async reopen() {
    if (await this.claims.take(this.own)) return;
    this.outbox.letters = [];
    this.own = await this.#fresh();
    this.tab.set('queue', this.own);
    this.outbox.changed();
  }

  async #fresh() {
    const name = this.name();
    await this.claims.take(name);
    return name;
  }

  /**
   * Adopt what was left behind at two looks: a tab that reloads is soon back.
   */
  async #look() {
    const names = this.storage.keys(PREFIX).map((key) => key.slice(PREFIX.length));
    const before = this.left;
    this.left = new Set();
    for (const name of names) {
      if (name === this.own || !(await this.claims.take(name))) continue;
      if (before.has(name)) this.#adopt(name);
      else this.left.add(name);
      this.claims.free(name);
    }
    this.after(() => void this.#look(), LOOK_MS);
  }

  /** @param {string} name of a queue that is claimed */
  #adopt(name) {
    // Written into our own queue first: a crash between leaves two, and the server stores one.
    this.outbox.adopt(this.#read(name), 'after');
    this.storage.set(PREFIX + name, '');
    this.onadopted();
  }

  /**
   * @param {string} name
   * @returns {Letter[]}
   */
  #read(name) {
    try {
      const letters = JSON.parse(this.storage.get(PREFIX + name) ?? '[]');
      return Array.isArray(letters) ? letters.filter(({ id, room, act }) => id && room && act) : [];
    } catch {
      // Written by another version, or by hand: there is nothing to save in it.
      return [];
    }
  }

  #write() {
    const { unsaid } = this.outbox;
    this.storage.set(PREFIX + this.own, unsaid.length > 0 ? JSON.stringify(unsaid) : '');
  }
}
