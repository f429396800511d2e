/**
 * Finds emoji by what they are called. The names are many: they are loaded when
 * somebody asks for the first one.
 */

/**
 * A name as it is read, and as it is compared.
 *
 * @typedef {{name: string, plain: string, words: string[], whole: string}} Name
 * @typedef {{sign: string, names: Name[]}} Emoji the usual name first
 */

/** @type {Record<string, () => Promise<{default: string}>>} by the language's first half */
const TABLES = {
  en: () => import('./emoji/en.js'),
  zh: () => import('./emoji/zh.js'),
};

/**
 * @param {string} name
 * @returns {Name}
 */
function compared(name) {
  const plain = name.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
  const words = plain.split(/[\s_()-]+/).filter(Boolean);
  return { name, plain, words, whole: words.join('') };
}

/**
 * @param {string} table a line for each: the sign, a tab, the names with commas between
 * @returns {Emoji[]}
 */
export const emojiIn = (table) =>
  table.trim().split('\n').map((line) => {
    const [sign, names] = line.split('\t');
    return { sign, names: names.split(',').map(compared) };
  });

/**
 * How well a name fits: less is better.
 *
 * @param {Name} name
 * @param {Name} asked
 * @param {boolean} anywhere whether it may begin inside a word
 * @returns {number} Infinity when it does not
 */
function fit({ plain, words, whole }, asked, anywhere) {
  if (plain === asked.plain || whole === asked.whole) return 0;
  if (whole.startsWith(asked.whole)) return 1;
  if (asked.words.every((part) => words.some((word) => word.startsWith(part)))) return 2;
  return anywhere && whole.includes(asked.whole) ? 3 : Infinity;
}

/**
 * @param {Emoji[]} all
 * @param {string} query
 * @param {number} count at most so many
 * @returns {{sign: string, name: string}[]} the best first, each by the name that fits best
 */
export function emojiLike(all, query, count) {
  const asked = compared(query);
  if (!asked.whole) return [];
  // Chinese is written without spaces.
  const anywhere = /^\P{ASCII}+$/u.test(query);
  /** @type {{sign: string, name: string, rank: number}[]} */
  const found = [];
  for (const { sign, names } of all) {
    let best = { sign, name: '', rank: Infinity };
    for (const name of names) {
      const rank = fit(name, asked, anywhere);
      if (rank < best.rank) best = { sign, name: name.name, rank };
    }
    if (best.rank < Infinity) found.push(best);
  }
  return found
    .sort((a, b) => a.rank - b.rank || a.name.length - b.name.length)
    .slice(0, count)
    .map(({ sign, name }) => ({ sign, name }));
}

export class EmojiNames {
  constructor() {
    /** @type {Map<string, Promise<Emoji[]>>} */
    this.tables = new Map();
  }

  /**
   * @param {string} query
   * @param {string} language of the reader; the English names are known to everybody
   * @param {number} count at most so many
   * @returns {Promise<{sign: string, name: string}[]>} nothing when the names cannot be had
   */
  async find(query, language, count) {
    const [own] = language.split('-');
    const codes = own in TABLES && own !== 'en' ? [own, 'en'] : ['en'];
    const tables = await Promise.all(codes.map((code) => this.#table(code)));
    const found = new Map();
    for (const table of tables) {
      for (const hit of emojiLike(table, query, count)) if (!found.has(hit.sign)) found.set(hit.sign, hit);
    }
    return [...found.values()].slice(0, count);
  }

  /**
   * @param {string} code
   * @returns {Promise<Emoji[]>}
   */
  async #table(code) {
    const known = this.tables.get(code);
    if (known) return known;
    const loading = TABLES[code]().then((module) => emojiIn(module.default));
    this.tables.set(code, loading);
    try {
      return await loading;
    } catch {
      // No connection: the next letter tries again.
      this.tables.delete(code);
      return [];
    }
  }
}
