/**
 * The conversation with the server: who I am, which rooms I hear, what is asked
 * and answered. State goes into the store and the outbox.
 */

import { Questions, Refusal } from './questions.js';

/** @typedef {import('./types.js').Frame} Frame */
/** @typedef {import('./room.js').Room} Room */

export const PAGE = 50;

const TYPING_EVERY_MS = 3000;
const AGAIN_S = 2;

/** Refusals of the moment: the same command may succeed a little later. */
const PASSING = new Set(['rate_limited', 'storage_unavailable', 'internal']);

/**
 * 22 characters that nobody guesses. `crypto.randomUUID` is absent on plain http.
 *
 * @returns {string}
 */
export function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, '-').replace(/\//g, '_').slice(0, 22);
}

/**
 * What is remembered between visits; empty while there is nothing.
 *
 * @typedef {{person: string, name: string, token: string, key: string}} Remembered
 */

export class Session {
  /**
   * @param {object} parts
   * @param {import('./connection.js').Connection} parts.connection
   * @param {import('./store.js').Store} parts.store
   * @param {import('./outbox.js').Outbox} parts.outbox
   * @param {Remembered} parts.identity written to as well
   */
  constructor({ connection, store, outbox, identity }) {
    this.connection = connection;
    this.store = store;
    this.outbox = outbox;
    this.identity = identity;

    /** The room that is looked at, as it is spelled in the address. */
    this.open = '';
    this.welcome = false;
    /** Say the name too, for it was chosen just now. */
    this.named = false;
    /** The server's clock minus ours, in milliseconds. */
    this.skew = 0;

    /** @type {() => void} */
    this.onwelcome = () => {};
    /** @type {(error: Frame) => void} `hello` was refused; the connection is closed */
    this.onrefused = () => {};
    /** @type {(name: string, error: Frame) => void} */
    this.onroomrefused = () => {};
    /** @type {(asked: string, room: Room) => void} */
    this.onjoined = () => {};

    this.questions = new Questions((command) => connection.send(command));
    /** @type {Map<string, number>} room → when `typing` was sent last */
    this.typed = new Map();
    /** @type {any} */
    this.saysAgain = null;

    connection.onopen = () => void this.#hello();
    connection.onframe = (frame) => this.#receive(frame);
    connection.onlost = () => this.#lost();
  }

  /**
   * Come in under a name.
   *
   * @param {string} name
   */
  enter(name) {
    this.identity.name = name;
    this.named = true;
    this.connection.close();
    this.connection.connect();
  }

  /**
   * Send a command; the promise is for its answer.
   *
   * @param {Frame} command
   * @returns {Promise<Frame>} rejected with a Refusal
   */
  ask(command) {
    return this.questions.ask(command);
  }

  async #hello() {
    const { identity } = this;
    if (!identity.token) identity.key ||= randomId();
    const { name, token, key } = identity;
    // The token alone: a name would rename, on a device that has not heard of the latest one.
    const hello = !token ? { name, key } : this.named ? { token, name } : { token };
    try {
      const welcome = await this.ask({ type: 'hello', ...hello });
      this.#welcomed(welcome);
    } catch (refusal) {
      if (refusal instanceof Refusal) this.#notWelcome(refusal.error);
      else throw refusal;
    }
  }

  /** @param {Frame} welcome */
  #welcomed({ person, name, token, time, rooms }) {
    this.identity.token = token;
    this.identity.person = person;
    this.identity.name = name;
    this.identity.key = '';
    this.named = false;
    this.welcome = true;
    this.skew = time - this.connection.now();
    this.connection.settled();
    const names = new Set([this.open, ...rooms, ...this.store.rooms.keys()]);
    for (const room of names) if (room) void this.join(room);
    this.onwelcome();
  }

  /** @param {Frame} error */
  #notWelcome(error) {
    const { identity } = this;
    if (error.code === 'lost') return;
    if (error.code === 'bad_token') {
      identity.token = '';
      if (identity.name) return void this.#hello();
    }
    if (PASSING.has(error.code)) {
      this.connection.after(() => void this.#hello(), (error.retry_after ?? AGAIN_S) * 1000);
      return;
    }
    // Somebody at the door may think for longer than the server waits for a `hello`.
    this.connection.close();
    this.onrefused(error);
  }

  /**
   * Hear a room; from where we left off, when something of it is held.
   *
   * @param {string} name
   * @returns {Promise<void>}
   */
  async join(name) {
    const held = this.store.room(name);
    /** @type {Frame} */
    const command = { type: 'join', room: held?.name ?? name };
    if (held?.loaded) Object.assign(command, { since: held.seq, epoch: held.epoch });
    else command.limit = name === this.open ? PAGE : 0;
    if (held) this.store.resuming(held);
    try {
      const joined = await this.ask(command);
      const room = this.store.room(joined.room);
      if (!room) return;
      if (room.read > joined.read) this.read(room);
      this.onjoined(name, room);
      this.pump();
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal;
      if (refusal.code === 'lost') return;
      if (PASSING.has(refusal.code)) {
        this.connection.after(() => void this.join(name), (refusal.error.retry_after ?? AGAIN_S) * 1000);
      } else {
        this.onroomrefused(name, refusal.error);
      }
    }
  }

  /**
   * Look at a room: join it if need be, and have a page of it.
   *
   * @param {string} name
   */
  look(name) {
    this.open = name;
    if (!this.welcome) return;
    const room = this.store.room(name);
    if (!room || room.stream === 'out') void this.join(name);
    else if (!room.loaded) void this.page(room, {});
  }

  /**
   * Fetch a page of messages.
   *
   * @param {Room} room
   * @param {{before?: number, after?: number}} where neither: the newest
   * @returns {Promise<boolean>} whether there was an answer
   */
  async page(room, where) {
    try {
      await this.ask({ type: 'history', room: room.name, limit: PAGE, ...where });
      return true;
    } catch (refusal) {
      if (refusal instanceof Refusal) return false;
      throw refusal;
    }
  }

  /** @param {Room} room */
  async leave(room) {
    await this.ask({ type: 'leave', room: room.name });
  }

  /**
   * @param {string} text
   * @param {string} room that is open, or will be
   * @param {import('./types.js').Message} [target] the message that it replies to
   */
  say(text, room, target) {
    const reply = target && {
      reply_to: target.seq,
      quote: { person: target.person, name: target.name, text: target.text },
    };
    this.outbox.add({ id: randomId(), room, text, time: this.connection.now() + this.skew, ...reply });
    this.typed.delete(room);
    this.pump();
  }

  /** Say the next letter, when the one before has its answer. */
  pump() {
    if (!this.welcome || this.saysAgain) return;
    const letter = this.outbox.next((name) => this.store.rooms.get(name)?.stream === 'live');
    if (!letter) return;
    const { id, room, text, reply_to } = letter;
    /** @type {Frame} */
    const say = { type: 'say', id, room, text };
    if (reply_to !== undefined) say.reply_to = reply_to;
    this.ask(say).then(
      ({ seq }) => {
        this.outbox.acknowledged(id, seq, this.store.rooms.get(room)?.seq ?? 0);
        this.pump();
      },
      (refusal) => {
        if (refusal.code === 'lost') return;
        const pause = this.outbox.refused(id, refusal.error);
        if (!pause) return this.pump();
        this.saysAgain = this.connection.after(() => {
          this.saysAgain = null;
          this.pump();
        }, pause);
      },
    );
  }

  /**
   * Tell the others that I am writing, now and then.
   *
   * @param {Room} room
   */
  typing(room) {
    const now = this.connection.now();
    if (now - (this.typed.get(room.name) ?? -Infinity) < TYPING_EVERY_MS) return;
    this.typed.set(room.name, now);
    this.connection.send({ type: 'typing', room: room.name });
  }

  /**
   * Tell the server how far I have read.
   *
   * @param {Room} room
   */
  read(room) {
    this.ask({ type: 'read', room: room.name, seq: room.read }).catch((refusal) => {
      // The mark is kept in the room, and repeated after the next `joined`.
      if (!(refusal instanceof Refusal)) throw refusal;
    });
  }

  /** @param {Frame} frame */
  #receive(frame) {
    const behind = this.store.receive(frame, this.questions.commandOf(frame), this.connection.now());
    if (behind) void this.join(behind.name);
    // Another device of mine is in a room: this one hears it too.
    if (frame.type === 'joined' && frame.epoch === undefined) void this.join(frame.room);
    this.questions.settle(frame);
  }

  #lost() {
    this.welcome = false;
    this.store.lost();
    this.outbox.lost();
    this.questions.lost();
  }
}
