/** A clock, a socket and a server's words, for tests that need no browser. */

import { webcrypto } from 'node:crypto';

// Node 18, which Debian 12 has, keeps the browser's `crypto` apart.
globalThis.crypto ??= /** @type {any} */ (webcrypto);

/** @typedef {import('../../web/js/types.js').Frame} Frame */
/** @typedef {import('../../web/js/types.js').Message} Message */
/** @typedef {import('../../web/js/types.js').Where} Where */
/** @typedef {{call: () => void, at: number}} Timer */

/**
 * What a test knows to be there.
 *
 * @template Thing
 * @param {Thing} thing
 * @returns {NonNullable<Thing>}
 */
export function must(thing) {
  if (thing === undefined || thing === null) throw new Error('it is not there');
  return thing;
}

/** Time that goes on when it is told to. */
export class FakeClock {
  constructor() {
    this.time = 1_000_000;
    /** @type {Timer[]} */
    this.timers = [];
    this.now = () => this.time;
    this.after = (/** @type {() => void} */ call, /** @type {number} */ ms) => {
      const timer = { call, at: this.time + ms };
      this.timers.push(timer);
      return timer;
    };
    this.cancel = (/** @type {Timer} */ timer) => {
      this.timers = this.timers.filter((other) => other !== timer);
    };
  }

  /**
   * Let time pass, and what is due happen in its order.
   *
   * @param {number} ms
   */
  advance(ms) {
    const end = this.time + ms;
    for (;;) {
      const [next] = this.timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (!next) break;
      this.time = next.at;
      this.cancel(next);
      next.call();
    }
    this.time = end;
  }
}

/** The client's end of a WebSocket, and the test's hand on the server's. */
export class FakeSocket {
  constructor() {
    this.readyState = 0;
    /** @type {Record<string, any>[]} */
    this.sent = [];
    this.closed = false;
    /** @type {(() => void) | null} */
    this.onopen = null;
    /** @type {((event: {data: string}) => void) | null} */
    this.onmessage = null;
    /** @type {(() => void) | null} */
    this.onclose = null;
  }

  /** @param {string} text */
  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.closed = true;
    this.readyState = 3;
  }

  /** The handshake is done. */
  opened() {
    this.readyState = 1;
    this.onopen?.();
  }

  /**
   * The server says something, whether the protocol knows it or not.
   *
   * @param {Record<string, any>} frame
   */
  hears(frame) {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }

  /** The connection is gone. */
  lost() {
    this.readyState = 3;
    this.onclose?.();
  }

  /** What was sent since the last time somebody asked. */
  take() {
    return this.sent.splice(0);
  }
}

/**
 * @param {Partial<import('../../web/js/types.js').Welcome>} [more]
 * @returns {import('../../web/js/types.js').Welcome}
 */
export const welcome = (more = {}) => ({
  type: 'welcome', person: 'p1', name: 'Ann', token: 't1', rooms: [], protocol: 1, features: [], time: 0,
  limits: { text_chars: 4000, name_chars: 32 }, ...more,
});

/**
 * @param {Partial<import('../../web/js/types.js').Joined>} [more]
 * @returns {import('../../web/js/types.js').Joined}
 */
export const joined = (more = {}) => ({
  type: 'joined', room: 'lobby', kind: 'room', epoch: 'e1', seq: 0, settings: { topic: '' }, recovered: false,
  events: [], older: false, mine: {}, members: [{ person: 'p1', name: 'Ann' }], count: 1, read: 0, unread: 0,
  mentions: 0, you: { role: 'member' }, ...more,
});

/**
 * @param {Partial<import('../../web/js/types.js').Page>} [more]
 * @returns {import('../../web/js/types.js').Page}
 */
export const page = (more = {}) => ({
  type: 'history', room: 'lobby', seq: 0, events: [], older: false, newer: false, mine: {}, ...more,
});

/**
 * The command that a page answers.
 *
 * @param {Where} [where]
 * @returns {import('../../web/js/types.js').Command}
 */
export const asking = (where = {}) => ({ type: 'history', room: 'lobby', ...where });

/**
 * @param {number} seq
 * @param {Partial<Message>} [more]
 * @returns {import('../../web/js/types.js').Said}
 */
export const message = (seq, more = {}) => ({
  type: 'message', room: 'lobby', seq, time: seq * 1000, person: 'p2', name: 'Bob', text: `text ${seq}`, ...more,
});

/**
 * Messages from one position to another, both included.
 *
 * @param {number} from
 * @param {number} to
 */
export const messages = (from, to) => Array.from({ length: to - from + 1 }, (_, index) => message(from + index));

/**
 * A frame of a later version, or of none.
 *
 * @param {Record<string, any>} frame
 */
export const strange = (frame) => /** @type {Frame} */ (frame);

/** Let what was promised arrive. */
export const settled = () => new Promise((resolve) => setImmediate(resolve));

/**
 * @param {string} code
 * @param {Partial<import('../../web/js/types.js').ErrorFrame>} [more]
 * @returns {import('../../web/js/types.js').ErrorFrame}
 */
export const refusal = (code, more = {}) => ({ type: 'error', code, reason: '', ...more });
