/** Commands that wait for their answers. */

/** @typedef {import('./types.js').Frame} Frame */

/** A message of these types, with an id of ours, answers a command. */
const ANSWERS = new Set([
  'ack', 'error', 'found', 'history', 'joined', 'left', 'members', 'pong', 'read', 'renamed', 'rooms', 'welcome',
]);

/** An `error` of the server, or `lost` when the connection went before the answer. */
export class Refusal extends Error {
  /** @param {Frame} error */
  constructor(error) {
    super(error.reason);
    this.error = error;
    /** @type {string} */
    this.code = error.code;
  }
}

/**
 * 22 characters that nobody guesses. `crypto.randomUUID` is absent on plain http.
 *
 * @returns {string}
 */
export function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, '-').replace(/\//g, '_').slice(0, 22);
}

const lost = () => new Refusal({ type: 'error', code: 'lost', reason: '' });

export class Questions {
  /** @param {(command: Frame) => boolean} send whether it could */
  constructor(send) {
    this.send = send;
    /** @type {Map<string, {command: Frame, resolve: (reply: Frame) => void, reject: (refusal: Refusal) => void}>} */
    this.open = new Map();
    this.count = 0;
  }

  /**
   * Send a command, under its own id or one of this connection's.
   *
   * @param {Frame} command
   * @returns {Promise<Frame>} the answer; rejected with a Refusal
   */
  ask(command) {
    const id = command.id ?? `c${(this.count += 1)}`;
    return new Promise((resolve, reject) => {
      if (this.send({ ...command, id })) this.open.set(id, { command, resolve, reject });
      else reject(lost());
    });
  }

  /**
   * The command that a frame answers. An entry of the log may carry the same id,
   * for its author chose it; it answers nothing.
   *
   * @param {Frame} frame
   * @returns {Frame | undefined}
   */
  commandOf(frame) {
    return ANSWERS.has(frame.type) ? this.open.get(frame.id)?.command : undefined;
  }

  /**
   * Settle the question that a frame answers, if it answers one.
   *
   * @param {Frame} frame
   */
  settle(frame) {
    const question = ANSWERS.has(frame.type) ? this.open.get(frame.id) : undefined;
    if (!question) return;
    this.open.delete(frame.id);
    if (frame.type === 'error') question.reject(new Refusal(frame));
    else question.resolve(frame);
  }

  /** The connection is gone, and with it what was asked on it. */
  lost() {
    const questions = [...this.open.values()];
    this.open.clear();
    for (const { reject } of questions) reject(lost());
  }
}
