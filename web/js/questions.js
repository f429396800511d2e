/** Commands that wait for their answers. */

/** @typedef {import('./types.js').Answer} Answer */
/** @typedef {import('./types.js').Command} Command */
/** @typedef {import('./types.js').ErrorFrame} ErrorFrame */
/** @typedef {import('./types.js').Frame} Frame */
/** @typedef {import('./types.js').Question} Question */

/**
 * @template {Question} Asked
 * @typedef {import('./types.js').Answers[Asked['type']]} AnswerTo
 */

/** A message of these types, with an id of ours, answers a command. */
const ANSWERS = new Set([
  'ack', 'claimed', 'error', 'found', 'history', 'joined', 'left', 'members', 'modlog', 'pong', 'read', 'renamed', 'rooms', 'welcome',
]);

/** An `error` of the server, or `lost` when the connection went before the answer. */
export class Refusal extends Error {
  /** @param {ErrorFrame} error */
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

/**
 * @param {Frame} frame
 * @returns {string | undefined} the id of the command that it answers
 */
const answered = (frame) => (ANSWERS.has(frame.type) ? /** @type {Answer} */ (frame).id : undefined);

const lost = () => new Refusal({ type: 'error', code: 'lost', reason: '' });

export class Questions {
  /** @param {(command: Command) => boolean} send whether it could */
  constructor(send) {
    this.send = send;
    /** @type {Map<string, {command: Question, resolve: (answer: any) => void, reject: (refusal: Refusal) => void}>} */
    this.open = new Map();
    this.count = 0;
  }

  /**
   * Send a command, under its own id or one of this connection's.
   *
   * @template {Question} Asked
   * @param {Asked} command
   * @returns {Promise<AnswerTo<Asked>>} rejected with a Refusal
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
   * @returns {Question | undefined}
   */
  commandOf(frame) {
    return this.open.get(answered(frame) ?? '')?.command;
  }

  /**
   * Settle the question that a frame answers, if it answers one.
   *
   * @param {Frame} frame
   */
  settle(frame) {
    const id = answered(frame) ?? '';
    const question = this.open.get(id);
    if (!question) return;
    this.open.delete(id);
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
