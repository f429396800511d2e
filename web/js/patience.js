/**
 * Asks again what was asked too fast. What is refused for that stands in line,
 * and so does what is asked meanwhile: one at a time and in order, after the
 * pauses that the server names, so that many rooms in many tabs are no flood.
 */

import { Refusal } from './questions.js';

/** @typedef {import('./types.js').Question} Question */
/** @typedef {{command: Question, resolve: (answer: any) => void, reject: (refusal: unknown) => void}} Waiting */

/** What has the rate of reading; it may be asked again at any time. */
const READING = new Set(['join', 'history', 'search', 'who', 'rooms', 'modlog', 'claim']);

/** @param {unknown} refusal */
const isTooFast = (refusal) => refusal instanceof Refusal && refusal.code === 'rate_limited';

export class Patience {
  /**
   * @param {import('./questions.js').Questions} questions
   * @param {(call: () => void, ms: number) => any} after
   */
  constructor(questions, after) {
    this.questions = questions;
    this.after = after;
    /** @type {Waiting[]} */
    this.line = [];
    /** @type {(() => void) | undefined} ends the pause, while there is one */
    this.goOn = undefined;
  }

  /**
   * Send a command; the promise is for its answer.
   *
   * @template {Question} Asked
   * @param {Asked} command
   * @returns {Promise<import('./questions.js').AnswerTo<Asked>>} rejected with a Refusal
   */
  async ask(command) {
    if (!READING.has(command.type)) return this.questions.ask(command);
    if (this.line.length > 0) return this.#inLine(command);
    try {
      return await this.questions.ask(command);
    } catch (refusal) {
      if (!isTooFast(refusal)) throw refusal;
      const isFirst = this.line.length === 0;
      const answer = this.#inLine(command);
      if (isFirst) void this.#serve(/** @type {Refusal} */ (refusal));
      return answer;
    }
  }

  /** The connection is gone, and who stands in line finds out. */
  lost() {
    this.goOn?.();
  }

  /**
   * @param {Question} command
   * @returns {Promise<any>}
   */
  #inLine(command) {
    return new Promise((resolve, reject) => this.line.push({ command, resolve, reject }));
  }

  /** @param {Refusal} refusal of the one that began the line */
  async #serve(refusal) {
    await this.#pause(refusal);
    while (this.line.length > 0) {
      const [{ command, resolve, reject }] = this.line;
      try {
        resolve(await this.questions.ask(command));
      } catch (again) {
        if (isTooFast(again)) {
          await this.#pause(/** @type {Refusal} */ (again));
          continue;
        }
        reject(again);
      }
      this.line.shift();
    }
  }

  /** @param {Refusal} refusal */
  #pause({ error }) {
    return new Promise((resolve) => {
      this.goOn = () => resolve(undefined);
      this.after(this.goOn, (error.retry_after ?? 1) * 1000);
    });
  }
}
