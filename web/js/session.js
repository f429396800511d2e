/**
 * The conversation with the server: who I am, which rooms I hear, what is asked
 * and answered. State goes into the store and the outbox.
 */

import { Patience } from './patience.js';
import { Postman } from './postman.js';
import { Questions, randomId, Refusal } from './questions.js';

/** @typedef {import('./types.js').ErrorFrame} ErrorFrame */
/** @typedef {import('./types.js').Frame} Frame */
/** @typedef {import('./room.js').Room} Room */

export const PAGE = 50;

const TYPING_EVERY_MS = 3000;
const AGAIN_S = 2;

/** Refusals of the moment: the same command may succeed a little later. */
const PASSING = new Set(['rate_limited', 'storage_unavailable', 'internal']);

/**
 * What is remembered between visits; empty while there is nothing.
 *
 * @typedef {{person: string, name: string, token: string, key: string, account?: string}} Remembered
 */

export class Session {
  /**
   * @param {object} parts
   * @param {import('./connection.js').Connection} parts.connection
   * @param {import('./store.js').Store} parts.store
   * @param {import('./outbox.js').Outbox} parts.outbox
   * @param {Remembered} parts.identity written to as well
   * @param {{get: (room: string) => string | undefined}} [parts.keys] to rooms, for whoever is new there
   */
  constructor({ connection, store, outbox, identity, keys = new Map() }) {
    this.connection = connection;
    this.store = store;
    this.outbox = outbox;
    this.identity = identity;
    this.keys = keys;

    /** The room that is looked at, as it is spelled in the address. */
    this.open = '';
    /** The place in it that is looked for, by its `seq`; 0: the end. */
    this.sought = 0;
    this.welcome = false;
    /** Say the name too, for it was chosen just now. */
    this.named = false;
    /** Until it is known whether it is the right one. */
    this.password = '';
    /** The server's clock minus ours, in milliseconds. */
    this.skew = 0;

    /** @type {() => void} */
    this.onwelcome = () => {};
    /** @type {(error: ErrorFrame) => void} `hello` was refused; the connection is closed */
    this.onrefused = () => {};
    /** @type {(name: string, error: ErrorFrame) => void} */
    this.onroomrefused = () => {};
    /** @type {(asked: string, room: Room) => void} */
    this.onjoined = () => {};

    this.questions = new Questions((command) => connection.send(command));
    this.patience = new Patience(this.questions, (call, ms) => connection.after(call, ms));
    /** @type {Map<string, number>} room → when `typing` was sent last */
    this.typed = new Map();
    this.postman = new Postman(this);

    connection.onopen = () => void this.#hello();
    connection.onframe = (frame) => this.#receive(frame);
    connection.onlost = () => this.#lost();
  }

  /**
   * Come in under a name.
   *
   * @param {string} name
   * @param {string} [password] of the account that is called so
   */
  enter(name, password = '') {
    this.identity.name = name;
    this.password = password;
    this.named = true;
    this.connection.close();
    this.connection.connect();
  }

  /**
   * Send a command; the promise is for its answer. What reads and was too fast is
   * asked again by itself.
   *
   * @template {import('./types.js').Question} Asked
   * @param {Asked} command
   * @returns {Promise<import('./questions.js').AnswerTo<Asked>>} rejected with a Refusal
   */
  ask(command) {
    return this.patience.ask(command);
  }

  async #hello() {
    const { identity } = this;
    if (!identity.token) identity.key ||= randomId();
    const { name, token, key } = identity;
    // The token alone: a name would rename, on a device that has not heard of the latest one.
    // And nothing at all where the server may know who I am by a cookie.
    const hello = this.password ? { name, password: this.password }
      : !token ? name ? { name, key } : {}
      : this.named ? { token, name } : { token };
    try {
      const welcome = await this.ask({ type: 'hello', ...hello });
      this.#welcomed(welcome);
    } catch (refusal) {
      if (refusal instanceof Refusal) this.#notWelcome(refusal.error);
      else throw refusal;
    }
  }

  /** @param {import('./types.js').Welcome} welcome */
  #welcomed({ person, name, token, time, rooms, account }) {
    this.identity.token = token;
    this.identity.person = person;
    this.identity.name = name;
    this.identity.key = '';
    this.identity.account = account ? 'yes' : '';
    this.password = '';
    this.named = false;
    this.welcome = true;
    this.skew = time - this.connection.now();
    this.connection.settled();
    const names = new Set([this.open, ...rooms, ...this.store.rooms.keys(), ...this.outbox.rooms]);
    for (const room of names) if (room) void this.join(room);
    this.onwelcome();
  }

  /** @param {ErrorFrame} error */
  #notWelcome(error) {
    const { identity } = this;
    if (error.code === 'lost') return;
    const wasTried = this.password !== '';
    this.password = '';
    if (error.code === 'bad_token') {
      identity.token = '';
      if (identity.name) return void this.#hello();
    }
    // A password is not tried again by itself: there are only so many tries.
    if (PASSING.has(error.code) && !wasTried) {
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
    const epoch = held?.epoch;
    /** @type {import('./types.js').Join} */
    const command = { type: 'join', room: held?.name ?? name };
    if (held?.loaded) Object.assign(command, { since: held.seq, epoch: held.epoch });
    else command.limit = name === this.open && !this.sought ? PAGE : 0;
    const key = this.keys.get(command.room);
    if (key) command.key = key;
    if (held) this.store.resuming(held);
    try {
      const joined = await this.ask(command);
      const room = this.store.room(joined.room);
      if (!room) return;
      if (room.read > joined.read) this.read(room);
      if (epoch && epoch !== room.epoch) this.outbox.forgotten(room.name);
      this.onjoined(name, room);
      this.postman.pump();
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal;
      if (refusal.code === 'lost') return;
      if (PASSING.has(refusal.code)) {
        this.connection.after(() => void this.join(name), (refusal.error.retry_after ?? AGAIN_S) * 1000);
      } else {
        this.outbox.shut(name, refusal.error);
        this.onroomrefused(name, refusal.error);
      }
    }
  }

  /**
   * Look at a room: join it if need be, and have a page of it.
   *
   * @param {string} name
   * @param {number} [sought] the place in it whose page is asked for later, if not the end
   */
  look(name, sought = 0) {
    this.open = name;
    this.sought = sought;
    if (!this.welcome) return;
    const room = this.store.room(name);
    if (!room || room.stream === 'out') void this.join(name);
    else if (!room.loaded && !sought) void this.page(room, {});
  }

  /**
   * Fetch a page of messages.
   *
   * @param {Room} room
   * @param {import('./types.js').Where} where nowhere: the newest
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

  /**
   * Ask for the messages that the room could not fold by itself.
   *
   * @param {Room} room
   */
  async clarify(room) {
    const vague = [...room.vague];
    room.vague.clear();
    for (const seq of vague) await this.page(room, { around: seq, limit: 1 });
  }

  /**
   * When somebody else said the first message after a position.
   *
   * @param {Room} room
   * @param {number} after
   * @returns {Promise<number | undefined>} milliseconds since the epoch
   */
  async since(room, after) {
    try {
      const { events } = await this.ask({ type: 'history', room: room.name, after, limit: PAGE });
      const others = events.filter(({ person, deleted }) => person !== this.store.me.person && !deleted);
      return others[0]?.time;
    } catch (refusal) {
      if (refusal instanceof Refusal) return undefined;
      throw refusal;
    }
  }

  /** @param {Room} room */
  async leave(room) {
    await this.ask({ type: 'leave', room: room.name });
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
    this.patience.lost();
  }
}
