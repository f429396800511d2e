/**
 * Who came and went between two messages: pure. It is told only as it happens and
 * stands in no log, so it is kept here, as little of it as is read.
 */

/** @typedef {import('./types.js').Who} Who */
/** @typedef {{after: number, joined: Map<string, string>, left: Map<string, string>}} Coming persons and names, behind a position of the log */

export const COMINGS_AT_MOST = 50;
const NAMES_AT_MOST = 200;
/** Who was here before the connection went has so long to come back unnoticed. */
export const RETURN_MS = 60_000;

export class Comings {
  constructor() {
    /** @type {Coming[]} oldest first */
    this.list = [];
    /** @type {Set<string>} who was here when the connection went */
    this.before = new Set();
    this.until = 0;
  }

  /**
   * The connection went.
   *
   * @param {Iterable<string>} people who were here
   */
  lost(people) {
    this.before = new Set(people);
    this.until = Infinity;
  }

  /**
   * The room is here again: whoever was here before returns, and does not join.
   *
   * @param {number} now milliseconds
   */
  back(now) {
    if (this.before.size > 0) this.until = now + RETURN_MS;
  }

  /**
   * @param {{joined?: Who[], left?: Who[]}} presence
   * @param {object} where
   * @param {number} where.after the end of the log
   * @param {number} where.said the last message's position
   * @param {string} where.me
   * @param {number} where.now milliseconds
   */
  take({ joined = [], left = [] }, { after, said, me, now }) {
    const isReturning = now < this.until;
    if (!isReturning) this.before.clear();
    const came = joined.filter(({ person }) => person !== me && !(isReturning && this.before.has(person)));
    const went = left.filter(({ person }) => person !== me);
    if (came.length + went.length === 0) return;
    let last = this.list.at(-1);
    // What is said parts the comings; an edit or a reaction does not.
    if (!last || last.after < said) this.list.push((last = { after, joined: new Map(), left: new Map() }));
    // Who comes and goes in between was not there.
    for (const { person, name } of came) if (!last.left.delete(person)) last.joined.set(person, name);
    for (const { person, name } of went) if (!last.joined.delete(person)) last.left.set(person, name);
    for (const names of [last.joined, last.left]) {
      for (const person of [...names.keys()].slice(0, Math.max(0, names.size - NAMES_AT_MOST))) names.delete(person);
    }
    this.list = this.list.filter((coming) => coming.joined.size + coming.left.size > 0).slice(-COMINGS_AT_MOST);
  }
}
