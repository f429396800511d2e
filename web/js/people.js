/** How a person looks: a colour of their own, and initials. */

/**
 * Hues of the OKLCH circle: two arcs of it, clear of the accent's (152) and of
 * the alert's (25), in degrees.
 */
const ARCS = [[50, 127], [177, 360]];

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * The same everywhere and for ever: it comes from the person, not from the name.
 *
 * @param {string} person
 * @returns {number} degrees
 */
export function hueOf(person) {
  let hash = FNV_OFFSET;
  for (let at = 0; at < person.length; at += 1) {
    hash = Math.imul(hash ^ person.charCodeAt(at), FNV_PRIME) >>> 0;
  }
  const widths = ARCS.map(([from, to]) => to - from);
  const place = hash % (widths[0] + widths[1]);
  return place < widths[0] ? ARCS[0][0] + place : ARCS[1][0] + place - widths[0];
}

/** Scripts whose characters are words: one of them says enough. */
const WORD_SIGNS = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u;

/**
 * @param {string} name
 * @returns {string} one or two characters
 */
export function initialsOf(name) {
  const words = name.split(/[\s._-]+/u).filter(Boolean).map((word) => Array.from(word));
  if (words.length === 0) return '?';
  const [first] = words;
  if (WORD_SIGNS.test(first[0])) return first[0];
  const last = words[words.length - 1];
  const pair = words.length > 1 ? [first[0], last[0]] : first.slice(0, 2);
  return pair.join('').toLocaleUpperCase();
}
