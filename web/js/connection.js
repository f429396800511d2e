/**
 * The carrier: one WebSocket at a time, JSON objects in and out.
 *
 * It comes back by itself after a jittered pause that grows, notices silence,
 * and does as it is told by the server's `closing`. What is said over it is the
 * session's business.
 */

/** @typedef {import('./types.js').Command} Command */
/** @typedef {import('./types.js').Frame} Frame */

/**
 * `waiting`: a new try at `retryAt`; `stopped`: none, until somebody asks for one.
 *
 * @typedef {'idle' | 'connecting' | 'open' | 'waiting' | 'stopped'} ConnectionState
 */

/** Browsers do not show a server's pings: after this much silence, one is asked. */
export const SILENCE_MS = 30_000;
export const ANSWER_MS = 10_000;
/** Somebody is there, and the network may have changed: they are not to wait for so long. */
export const NUDGED_MS = 4000;
export const HANDSHAKE_MS = 10_000;

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
const OPEN = 1;

export class Connection {
  /**
   * @param {object} world
   * @param {() => WebSocket} world.dial opens a socket
   * @param {(call: () => void, ms: number) => any} [world.after] like setTimeout
   * @param {(timer: any) => void} [world.cancel] like clearTimeout
   * @param {() => number} [world.now] milliseconds
   * @param {() => number} [world.random] from 0 to 1
   */
  constructor({
    dial,
    after = (call, ms) => setTimeout(call, ms),
    cancel = (timer) => clearTimeout(timer),
    now = Date.now,
    random = Math.random,
  }) {
    this.dial = dial;
    this.after = after;
    this.cancel = cancel;
    this.now = now;
    this.random = random;

    /** @type {ConnectionState} */
    this.state = /** @type {ConnectionState} */ ('idle');
    /** When the next try begins, while `waiting`. */
    this.retryAt = 0;
    /** The server's words of parting, while `stopped`. */
    this.reason = '';

    /** @type {() => void} */
    this.onopen = () => {};
    /** @type {() => void} */
    this.onlost = () => {};
    /** @type {(frame: Frame) => void} */
    this.onframe = () => {};
    /** @type {() => void} */
    this.onchange = () => {};

    /** @type {WebSocket | null} */
    this.socket = null;
    this.tries = 0;
    /** @type {import('./types.js').Closing | null} */
    this.closing = null;
    this.heardAt = 0;
    this.frames = 0;
    /** @type {any} */
    this.timer = null;
  }

  /** Try now, unless a try is under way or has succeeded. */
  connect() {
    if (this.socket) return;
    this.cancel(this.timer);
    this.closing = null;
    this.reason = '';
    this.#become('connecting');
    const socket = this.dial();
    this.socket = socket;
    socket.onopen = () => {
      if (socket === this.socket) this.#opened();
    };
    socket.onmessage = ({ data }) => {
      if (socket === this.socket) this.#heard(data);
    };
    socket.onclose = () => {
      if (socket === this.socket) this.#closed();
    };
    this.timer = this.after(() => this.#drop(), HANDSHAKE_MS);
  }

  /** Hang up, and stay so until `connect`. */
  close() {
    this.cancel(this.timer);
    this.#forget();
    this.#become('idle');
  }

  /**
   * Something happened that may have changed the weather: the network came
   * back, the page is looked at again. Try now, or ask the server for a sign.
   */
  nudge() {
    if (this.state === 'waiting') this.connect();
    else if (this.state === 'open') this.#probe(NUDGED_MS);
  }

  /**
   * @param {Command} command
   * @returns {boolean} whether there was a connection to send it on
   */
  send(command) {
    if (this.socket?.readyState !== OPEN) return false;
    this.socket.send(JSON.stringify(command));
    return true;
  }

  /** The server has let us in: the next pause is a short one again. */
  settled() {
    this.tries = 0;
  }

  #opened() {
    this.heardAt = this.now();
    this.#watch(SILENCE_MS);
    this.#become('open');
    this.onopen();
  }

  /** @param {string} data */
  #heard(data) {
    this.heardAt = this.now();
    this.frames += 1;
    /** @type {Frame} */
    const frame = JSON.parse(data);
    if (frame.type === 'closing') this.closing = frame;
    else if (frame.type === 'ping') this.send({ type: 'pong' });
    else this.onframe(frame);
  }

  /**
   * One timer for all frames: when it ends it looks how long the silence really is.
   *
   * @param {number} ms
   */
  #watch(ms) {
    this.cancel(this.timer);
    this.timer = this.after(() => {
      const silence = this.now() - this.heardAt;
      if (silence >= SILENCE_MS) this.#probe(ANSWER_MS);
      else this.#watch(SILENCE_MS - silence);
    }, ms);
  }

  /** @param {number} ms for the answer */
  #probe(ms) {
    const { frames } = this;
    this.cancel(this.timer);
    this.send({ type: 'ping' });
    this.timer = this.after(() => {
      if (this.frames > frames) this.#watch(SILENCE_MS);
      else this.#drop();
    }, ms);
  }

  /** Nobody answers: do not wait for the closing handshake of a dead peer. */
  #drop() {
    this.#forget();
    this.#closed();
  }

  #forget() {
    const socket = this.socket;
    this.socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  #closed() {
    this.cancel(this.timer);
    this.socket = null;
    const { closing } = this;
    if (closing && closing.retry_after === undefined) {
      this.reason = closing.reason;
      this.#become('stopped');
    } else {
      const pause = this.#pause(closing?.retry_after ?? 0);
      this.retryAt = this.now() + pause;
      this.timer = this.after(() => this.connect(), pause);
      this.#become('waiting');
    }
  }

  /**
   * Half to one and a half of a length that doubles: a thousand clients of a
   * server that restarts do not come back in one moment.
   *
   * @param {number} asked seconds that the server asks for
   * @returns {number} milliseconds
   */
  #pause(asked) {
    const length = Math.min(FIRST_PAUSE_MS * 2 ** this.tries, LONGEST_PAUSE_MS);
    this.tries += 1;
    return asked * 1000 + length * (0.5 + this.random());
  }

  /** @param {ConnectionState} state */
  #become(state) {
    const isLost = this.state === 'open';
    this.state = state;
    // Whoever asks how things are hears of it as of something that is over.
    if (isLost) this.onlost();
    this.onchange();
  }
}
