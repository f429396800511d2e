/**
 * Which of a browser's tabs has something: a name is claimed by one at a time,
 * and free again when that tab is gone, however it went.
 */

import { randomId } from './questions.js';

/** @typedef {import('./storage.js').Storage} Storage */

/**
 * By Web Locks, which the browser frees itself. It has them on https and localhost.
 */
export class Locks {
  /**
   * @param {LockManager} manager
   * @param {string} prefix of the names, which the whole origin shares
   */
  constructor(manager, prefix) {
    this.manager = manager;
    this.prefix = prefix;
    /** @type {Map<string, () => void>} name → frees it */
    this.held = new Map();
  }

  /**
   * @param {string} name
   * @returns {Promise<boolean>} whether it is ours now
   */
  take(name) {
    return new Promise((resolve, reject) => {
      this.manager.request(this.prefix + name, { ifAvailable: true }, (lock) => {
        resolve(lock !== null);
        return lock && new Promise((/** @type {(free: void) => void} */ free) => this.held.set(name, free));
      }).catch(reject);
    });
  }

  /** @param {string} name */
  free(name) {
    this.held.get(name)?.();
    this.held.delete(name);
  }
}

/** A hidden tab's timers run once a minute: what was renewed less than that ago is held. */
export const LEASE_MS = 90_000;
const RENEWED_MS = 20_000;
/** Who claims a name at the same time has written by then. */
export const SETTLED_MS = 150;

/** By leases in the storage that all tabs share, where there are no locks. */
export class Leases {
  /**
   * @param {Storage} storage
   * @param {string} owner tells this tab from all others
   * @param {object} clock
   * @param {() => number} clock.now milliseconds
   * @param {(call: () => void, ms: number) => any} clock.after
   */
  constructor(storage, owner, { now, after }) {
    this.storage = storage;
    this.owner = owner;
    this.now = now;
    this.after = after;
    /** @type {Set<string>} */
    this.held = new Set();
    this.#renew();
  }

  /**
   * @param {string} name
   * @returns {Promise<boolean>} whether it is ours now
   */
  async take(name) {
    const [owner, until] = (this.storage.get(`lease:${name}`) ?? '').split(' ');
    if (owner && owner !== this.owner && Number(until) > this.now()) return false;
    this.#write(name);
    await new Promise((resolve) => this.after(() => resolve(undefined), SETTLED_MS));
    // The last to write has it.
    if (this.storage.get(`lease:${name}`)?.split(' ')[0] !== this.owner) return false;
    this.held.add(name);
    return true;
  }

  /** @param {string} name */
  free(name) {
    if (!this.held.delete(name)) return;
    this.storage.set(`lease:${name}`, '');
  }

  /** @param {string} name */
  #write(name) {
    this.storage.set(`lease:${name}`, `${this.owner} ${this.now() + LEASE_MS}`);
  }

  #renew() {
    for (const name of this.held) this.#write(name);
    this.after(() => this.#renew(), RENEWED_MS);
  }
}

/**
 * The best that this browser has.
 *
 * @param {Storage} storage that all tabs share
 * @returns {Locks | Leases}
 */
export const claimsIn = (storage) =>
  (navigator.locks
    ? new Locks(navigator.locks, storage.prefix)
    : new Leases(storage, randomId(), { now: () => Date.now(), after: (call, ms) => setTimeout(call, ms) }));
