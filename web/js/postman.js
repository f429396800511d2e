/**
 * Brings what I write into the log: letters into the outbox, and from there to
 * the server, one at a time.
 */

import { excerpt } from './fold.js';
import { commandOf } from './outbox.js';
import { randomId, Refusal } from './questions.js';

/** @typedef {import('./types.js').Message} Message */

/** After one that was too fast for its room the next is said, into another one. */
const BREATH_MS = 1000;

export class Postman {
  /** @param {import('./session.js').Session} session */
  constructor(session) {
    this.session = session;
    /** @type {any} the pause after a refusal of the moment */
    this.pause = null;
    /** @type {Set<string>} rooms into which nothing is said for a while */
    this.resting = new Set();
    /** @type {(letter: import('./types.js').Letter, refusal: Refusal) => void} */
    this.onfailed = () => {};
  }

  /**
   * @param {string} text
   * @param {string} room that is open, or will be
   * @param {Message} [target] the message that it replies to
   * @param {boolean} [isAction] what I do, rather than what I say
   */
  say(text, room, target, isAction = false) {
    this.session.typed.delete(room);
    this.#post({ act: 'say', room, text, ...(isAction && { kind: 'action' }), ...(target && replyTo(target)) });
  }

  /**
   * Say a message of mine otherwise.
   *
   * @param {Message} message
   * @param {string} text
   */
  edit({ room, seq }, text) {
    this.#post({ act: 'edit', room, target: seq, text });
  }

  /** @param {Message} message */
  delete({ room, seq }) {
    this.#post({ act: 'delete', room, target: seq });
  }

  /**
   * @param {Message} message
   * @param {string} emoji
   * @param {boolean} on
   */
  react({ room, seq }, emoji, on) {
    this.#post({ act: 'react', room, target: seq, emoji, on });
  }

  /** @param {import('./types.js').Errand & {room: string}} letter */
  #post(letter) {
    const { connection, outbox, skew } = this.session;
    outbox.add({ ...letter, id: randomId(), time: connection.now() + skew });
    this.pump();
  }

  /** Say the next letter, when the one before has its answer. */
  pump() {
    const { session } = this;
    const { outbox, store, connection } = session;
    if (!session.welcome || this.pause) return;
    const letter = outbox.next((name) => store.rooms.get(name)?.stream === 'live' && !this.resting.has(name));
    if (!letter) return;
    const { id, room } = letter;
    session.ask(commandOf(letter)).then(
      ({ seq }) => {
        outbox.acknowledged(id, seq, store.rooms.get(room)?.seq ?? 0);
        this.pump();
      },
      (refusal) => {
        if (!(refusal instanceof Refusal)) throw refusal;
        if (refusal.code === 'lost') return;
        const pause = outbox.refused(id, refusal.error);
        if (!pause) {
          this.onfailed(letter, refusal);
          return this.pump();
        }
        if (refusal.code === 'rate_limited') this.#rest(room, pause);
        this.pause = connection.after(() => {
          this.pause = null;
          this.pump();
        }, refusal.code === 'rate_limited' ? Math.min(pause, BREATH_MS) : pause);
      },
    );
  }

  /**
   * @param {string} room
   * @param {number} ms
   */
  #rest(room, ms) {
    const { connection, skew, store } = this.session;
    // Where it is the room that is slow, the page says for how long.
    const held = store.rooms.get(room);
    if (held?.standing.settings.slow) store.defer(held, connection.now() + skew + ms);
    this.resting.add(room);
    connection.after(() => {
      this.resting.delete(room);
      this.pump();
    }, ms);
  }
}

/** @param {Message} message */
const replyTo = ({ seq, person, name, text }) => ({
  reply_to: seq,
  quote: { person, name, ...(text !== undefined && { text: excerpt(text) }) },
});
