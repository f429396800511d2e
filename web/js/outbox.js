/**
 * What I write, on its way into the log: messages, and changes of messages. Pure
 * state, no I/O.
 *
 * One at a time is in flight, so that they arrive in the order written; after a
 * lost connection it is the first to be said again, under the same id, which
 * the server stores once.
 */

import { requoted } from './fold.js';

/** @typedef {import('./types.js').Letter} Letter */
/** @typedef {import('./types.js').ErrorFrame} ErrorFrame */
/** @typedef {import('./room.js').Room} Room */

/** @typedef {Omit<import('./types.js').Posted, 'state'> & import('./types.js').Errand} Draft A letter before it is in the outbox. */

/** Refusals of the moment: the same letter is said again after a while. */
const PASSING = new Set(['rate_limited', 'storage_unavailable', 'internal']);

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 15000;

/**
 * @param {Letter} letter
 * @returns {import('./types.js').Durable & {id: string}} the command that says it
 */
export function commandOf({ act, id, room, text, kind, target, emoji, on, reply_to }) {
  switch (act) {
    case 'say':
      return { type: 'say', id, room, text, ...(kind && { kind }), ...(reply_to !== undefined && { reply_to }) };
    case 'edit':
      return { type: 'edit', id, room, target, text };
    case 'delete':
      return { type: 'delete', id, room, target };
    case 'react':
      return { type: 'react', id, room, target, emoji, on };
  }
}

export class Outbox {
  /** @param {() => void} [changed] called after each change of the letters, ahead of whoever listens */
  constructor(changed = () => {}) {
    this.listeners = new Set([changed]);
    /** @type {Letter[]} in the order written */
    this.letters = [];
    this.refusals = 0;
  }

  changed() {
    for (const listener of this.listeners) listener();
  }

  /** @param {Draft} letter */
  add(letter) {
    this.letters.push({ ...letter, state: 'queued' });
    this.changed();
  }

  /**
   * Take up letters of an earlier page, or of a tab that was closed.
   *
   * @param {Letter[]} letters
   * @param {'before' | 'after'} place beside those that are here
   */
  adopt(letters, place) {
    const strangers = letters.filter(({ id }) => !this.#find(id));
    if (strangers.length === 0) return;
    this.letters = place === 'before' ? [...strangers, ...this.letters] : [...this.letters, ...strangers];
    this.changed();
  }

  /** @returns {Letter[]} those that are lost when this page is, as they are kept meanwhile */
  get unsaid() {
    return this.letters
      .filter(({ state }) => state !== 'sent')
      .map((letter) => (letter.state === 'sending' ? { ...letter, state: /** @type {const} */ ('queued') } : letter));
  }

  /** @returns {Set<string>} the rooms that something is on its way to */
  get rooms() {
    return new Set(this.unsaid.filter(({ state }) => state === 'queued').map(({ room }) => room));
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
   * @param {number | undefined} seq absent when there was nothing to change
   * @param {number} seen the position up to which the room's entries are here
   */
  acknowledged(id, seq, seen) {
    this.refusals = 0;
    const letter = this.#find(id);
    if (!letter) return;
    letter.state = 'sent';
    letter.seq = seq;
    if (seq === undefined || seq <= seen) this.#remove(id);
    this.changed();
  }

  /**
   * The server refused it.
   *
   * @param {string} id
   * @param {ErrorFrame} error
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
    // A reaction is no text: one that failed is chosen again, not kept.
    if (letter.act === 'react') this.#remove(id);
    this.changed();
    return 0;
  }

  /** The connection is gone: what was in flight may be stored or not. */
  lost() {
    for (const letter of this.letters) if (letter.state === 'sending') letter.state = 'queued';
  }

  /**
   * A room's log is another one: what the old one acknowledged may not be in it.
   *
   * @param {string} room
   */
  forgotten(room) {
    for (const letter of this.letters) {
      if (letter.room !== room || letter.state !== 'sent') continue;
      letter.state = 'queued';
      delete letter.seq;
    }
    this.changed();
  }

  /**
   * A room is closed to me: what waits for it waits no longer.
   *
   * @param {string} room
   * @param {ErrorFrame} error
   */
  shut(room, error) {
    for (const { id, state, room: name } of this.letters) {
      if (name === room && state === 'queued' && !PASSING.has(error.code)) this.refused(id, error);
    }
  }

  /**
   * What is in the log is no longer under way; what still is quotes what is there now.
   *
   * @param {Room} room
   * @param {string} me
   */
  settle(room, me) {
    if (this.letters.length === 0) return;
    for (const letter of this.letters) {
      const { reply_to } = letter;
      const target = letter.room === room.name && reply_to !== undefined ? room.message(reply_to) : undefined;
      if (target) letter.quote = requoted(letter, target.text).quote;
    }
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
   * @returns {Letter[]} its new messages
   */
  of(room) {
    return this.letters.filter((letter) => letter.room === room && letter.act === 'say');
  }

  /**
   * @param {string} room
   * @returns {Map<number, Letter[]>} what is on its way to change a message, by the message
   */
  changes(room) {
    /** @type {Map<number, Letter[]>} */
    const changes = new Map();
    for (const letter of this.letters) {
      const { target, room: name } = letter;
      if (name !== room || target === undefined) continue;
      changes.set(target, [...(changes.get(target) ?? []), letter]);
    }
    return changes;
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
