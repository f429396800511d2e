/** How a person looks: a colour of their own, and initials. */

/**
 * Hues of the OKLCH circle, in degrees: clear of the accent's (152) and of the
 * alert's (25), and far enough apart to tell neighbours from each other.
 */
const HUES = [52, 68, 84, 100, 118, 180, 196, 212, 228, 244, 260, 276, 292, 308, 324, 342, 358];

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
const MIX = 0x85ebca6b;

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
  // Like ids end in like bits: the high ones have to reach the low ones.
  hash = Math.imul(hash ^ (hash >>> 16), MIX);
  return HUES[((hash ^ (hash >>> 13)) >>> 0) % HUES.length];
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
