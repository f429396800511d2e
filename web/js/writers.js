/** Who is typing in a room: pure. Whoever is not heard of for a while has stopped. */

const TYPING_LASTS_MS = 5000;

export class Writers {
  constructor() {
    /** @type {Map<string, {name: string, until: number}>} person → who, and until when */
    this.people = new Map();
  }

  clear() {
    this.people.clear();
  }

  /** @param {string} person who is not typing, or no longer */
  delete(person) {
    this.people.delete(person);
  }

  /**
   * @param {import('./types.js').Who} who
   * @param {number} now milliseconds, of the clock that `at` is asked with
   */
  hear({ person, name }, now) {
    this.people.set(person, { name, until: now + TYPING_LASTS_MS });
  }

  /**
   * Who is typing: names, and when the first of them falls silent.
   *
   * @param {number} now
   * @returns {{names: string[], until: number}}
   */
  at(now) {
    for (const [person, { until }] of this.people) if (until <= now) this.people.delete(person);
    const writers = [...this.people.values()];
    return {
      names: writers.map(({ name }) => name),
      until: Math.min(...writers.map(({ until }) => until)),
    };
  }
}
