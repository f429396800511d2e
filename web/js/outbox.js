/**
 * Messages of mine on their way into the log: pure state, no I/O.
 *
 * One at a time is in flight, so that they arrive in the order written; after a
 * lost connection it is the first to be said again, under the same id, which
 * the server stores once.
 */

/** @typedef {import('./types.js').Letter} Letter */
/** @typedef {import('./types.js').Frame} Frame */
/** @typedef {import('./room.js').Room} Room */

/** Refusals of the moment: the same letter is said again after a while. */
const PASSING = new Set(['rate_limited', 'storage_unavailable', 'internal']);

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 15000;

export class Outbox {
  /** @param {() => void} changed called after each change of the letters */
  constructor(changed) {
    this.changed = changed;
    /** @type {Letter[]} in the order written */
    this.letters = [];
    this.refusals = 0;
  }

  /** @param {Omit<Letter, 'state'>} letter */
  add(letter) {
    this.letters.push({ ...letter, state: 'queued' });
    this.changed();
  }

  /**
   * The next letter to say, marked as in flight.
   *
   * @param {(room: string) => boolean} open whether the room is joined on this connection
   * @returns {Letter | undefined}
   */
  next(open) {
    if (this.letters.some(({ state }) => state === 'sending')) return undefined;
    const letter = this.letters.find(({ state, room }) => state === 'queued' && open(room));
    if (letter) letter.state = 'sending';
    return letter;
  }

  /**
   * The server stored it: until its echo is here the letter stands in its place.
   *
   * @param {string} id
   * @param {number} seq
   * @param {number} seen the position up to which the room's entries are here
   */
  acknowledged(id, seq, seen) {
    this.refusals = 0;
    const letter = this.#find(id);
    if (!letter) return;
    letter.state = 'sent';
    letter.seq = seq;
    if (seq <= seen) this.#remove(id);
    this.changed();
  }

  /**
   * The server refused it.
   *
   * @param {string} id
   * @param {Frame} error
   * @returns {number} milliseconds to wait before the next letter is said
   */
  refused(id, error) {
    const letter = this.#find(id);
    if (!letter) return 0;
    if (PASSING.has(error.code)) {
      letter.state = 'queued';
      const pause = Math.min(FIRST_PAUSE_MS * 2 ** this.refusals, LONGEST_PAUSE_MS);
      this.refusals += 1;
      return error.retry_after ? error.retry_after * 1000 : pause;
    }
    letter.state = 'failed';
    letter.code = error.code;
    letter.reason = error.reason;
    this.changed();
    return 0;
  }

  /** The connection is gone: what was in flight may be stored or not. */
  lost() {
    for (const letter of this.letters) if (letter.state === 'sending') letter.state = 'queued';
  }

  /**
   * What is in the log is no longer under way.
   *
   * @param {Room} room
   * @param {string} me
   */
  settle(room, me) {
    if (this.letters.length === 0) return;
    const own = new Set();
    for (const { person, id } of room.messages) if (person === me && id) own.add(id);
    const left = this.letters.filter(
      ({ id, room: name, seq = Infinity }) => name !== room.name || !(own.has(id) || seq <= room.seq),
    );
    if (left.length === this.letters.length) return;
    this.letters = left;
    this.changed();
  }

  /**
   * A room is spelled otherwise than it was asked for.
   *
   * @param {string} asked
   * @param {string} name
   */
  move(asked, name) {
    for (const letter of this.letters) if (letter.room === asked) letter.room = name;
  }

  /** @param {string} id */
  retry(id) {
    const letter = this.#find(id);
    if (!letter) return;
    this.#remove(id);
    this.letters.push({ ...letter, state: 'queued' });
    this.changed();
  }

  /** @param {string} id */
  discard(id) {
    this.#remove(id);
    this.changed();
  }

  /**
   * @param {string} room
   * @returns {Letter[]}
   */
  of(room) {
    return this.letters.filter((letter) => letter.room === room);
  }

  /** @param {string} id */
  #find(id) {
    return this.letters.find((letter) => letter.id === id);
  }

  /** @param {string} id */
  #remove(id) {
    this.letters = this.letters.filter((letter) => letter.id !== id);
  }
}
