/**
 * What stands in a line of a message: emphasis, code, links, mentions. Text in, a
 * tree out; pure, and linear in the length of the text.
 *
 * @typedef {{type: 'bold' | 'italic', children: Inline[]}} Emphasis
 * @typedef {{type: 'code', text: string}} Code
 * @typedef {{type: 'link', href: string, text: string}} Link
 * @typedef {{type: 'mention', text: string, me: boolean}} Mention
 * @typedef {string | Emphasis | Code | Link | Mention} Inline
 *
 * @typedef {{name: string, me: boolean}} Called Somebody whom the message mentions.
 */

const CJK = '\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Hangul}';

/**
 * A link ends where its host's script does: `https://example.org很好` is a link
 * and two words. A host may be CJK when it begins so. Paths are ASCII.
 */
const LINK = new RegExp(
  `https?://(?:[${CJK}][\\p{L}\\p{M}\\p{N}.-]*|(?:(?![${CJK}])[\\p{L}\\p{M}\\p{N}.@:-]|\\[[\\da-f:]+\\])+)(?::\\d+)?(?:[/?#][!#-;=?-\\[\\]_a-z~]*)?`,
  'iuy',
);
const TRAILING = /[.,:;!?'*_~-]$/;

/** Where something may begin; everything between is plain. */
const SPECIAL = /[`*_@h]/gi;
const ALNUM = /[0-9A-Za-z]/;
const LETTER = /\p{L}/u;

/** One run of text, read from left to right. */
export class Line {
  /**
   * @param {string} text
   * @param {Called[]} names lower case, the longest first
   */
  constructor(text, names) {
    this.text = text;
    this.names = names;
    this.at = 0;
    /**
     * Marks that are known not to close again: without this a text of a thousand
     * opening marks is searched a thousand times to its end.
     *
     * @type {Set<string>}
     */
    this.unclosed = new Set();
  }

  /**
   * @param {number} end
   * @returns {Inline[]}
   */
  until(end) {
    /** @type {Inline[]} */
    const nodes = [];
    let plain = this.at;
    while (this.at < end) {
      SPECIAL.lastIndex = this.at;
      const found = SPECIAL.exec(this.text);
      if (!found || found.index >= end) break;
      const start = found.index;
      this.at = start;
      const node = this.#special(found[0], end);
      if (!node) continue;
      if (start > plain) nodes.push(this.text.slice(plain, start));
      nodes.push(node);
      plain = this.at;
    }
    if (plain < end) nodes.push(this.text.slice(plain, end));
    this.at = end;
    return nodes;
  }

  /**
   * What begins here, consumed; or null, and one step on.
   *
   * @param {string} sign
   * @param {number} end
   * @returns {Inline | null}
   */
  #special(sign, end) {
    const start = this.at;
    const node =
      sign === '`' ? this.#code(end)
      : sign === '@' ? this.#mention(end)
      : sign === '*' || sign === '_' ? this.#emphasis(sign, end)
      : this.#link(end);
    if (!node && this.at === start) this.at += 1;
    return node;
  }

  /**
   * @param {number} end
   * @returns {Code | null}
   */
  #code(end) {
    const start = this.at;
    let length = 1;
    while (this.text[start + length] === '`') length += 1;
    const mark = '`'.repeat(length);
    const close = this.#find(mark, start + length, end, (at) => this.text[at + length] !== '`' && this.text[at - 1] !== '`');
    if (close < 0) {
      this.at = start + length;
      return null;
    }
    this.at = close + length;
    return { type: 'code', text: this.text.slice(start + length, close) };
  }

  /**
   * @param {string} sign `*` or `_`
   * @param {number} end
   * @returns {Emphasis | null}
   */
  #emphasis(sign, end) {
    const start = this.at;
    const mark = sign === '*' && this.text[start + 1] === '*' ? '**' : sign;
    const inner = start + mark.length;
    // 2*3*4 and snake_case_names are no emphasis.
    const opens = !this.#space(inner) && (mark === '**' || !ALNUM.test(this.text[start - 1] ?? ''));
    const close = opens
      ? this.#find(mark, inner + 1, end, (at) => {
          if (this.#space(at - 1)) return false;
          const after = this.text[at + mark.length] ?? '';
          if (mark === '**') return after !== '*';
          return this.text[at - 1] !== sign && after !== sign && !ALNUM.test(after);
        })
      : -1;
    if (close < 0) {
      this.at = inner;
      return null;
    }
    this.at = inner;
    const children = this.until(close);
    this.at = close + mark.length;
    return { type: mark === '**' ? 'bold' : 'italic', children };
  }

  /**
   * @param {string} mark
   * @param {number} from
   * @param {number} end
   * @param {(at: number) => boolean} closes
   * @returns {number} where it closes; -1
   */
  #find(mark, from, end, closes) {
    const known = `${mark} ${end}`;
    if (this.unclosed.has(known)) return -1;
    for (let at = this.text.indexOf(mark, from); at >= 0 && at < end; at = this.text.indexOf(mark, at + 1)) {
      if (at + mark.length <= end && closes(at)) return at;
    }
    this.unclosed.add(known);
    return -1;
  }

  /** @param {number} at */
  #space(at) {
    return /^\s?$/.test(this.text[at] ?? '');
  }

  /**
   * @param {number} end
   * @returns {Link | null}
   */
  #link(end) {
    const start = this.at;
    if (ALNUM.test(this.text[start - 1] ?? '')) return null;
    LINK.lastIndex = start;
    const found = LINK.exec(this.text);
    if (!found) return null;
    const text = trimmed(found[0].slice(0, end - start));
    const href = safe(text);
    if (!href) return null;
    this.at = start + text.length;
    return { type: 'link', href: href.href, text: shown(text, href) };
  }

  /**
   * The server found who is mentioned; where the name stands is found again here.
   *
   * @param {number} end
   * @returns {Mention | null}
   */
  #mention(end) {
    const start = this.at;
    if (LETTER.test(this.text[start - 1] ?? '')) return null;
    for (const { name, me } of this.names) {
      const stop = start + 1 + name.length;
      if (stop > end || this.text.slice(start + 1, stop).toLowerCase() !== name) continue;
      if (ALNUM.test(name[name.length - 1]) && ALNUM.test(this.text[stop] ?? '')) continue;
      this.at = stop;
      return { type: 'mention', text: this.text.slice(start, stop), me };
    }
    return null;
  }
}

/**
 * Without the punctuation of the sentence around it.
 *
 * @param {string} link
 */
function trimmed(link) {
  let text = link;
  for (;;) {
    const last = text[text.length - 1];
    const unpaired =
      (last === ')' && text.split(')').length > text.split('(').length) ||
      (last === ']' && text.split(']').length > text.split('[').length);
    if (!unpaired && !TRAILING.test(text)) return text;
    text = text.slice(0, -1);
  }
}

/**
 * @param {string} text
 * @returns {URL | null} null for what is no link, or hides where it leads
 */
function safe(text) {
  try {
    const url = new URL(text);
    // https://your-bank.example@evil.example leads to the latter.
    return url.username || url.password ? null : url;
  } catch {
    return null;
  }
}

/**
 * As written; but a host of foreign letters, which may look like another one,
 * in the form that machines read.
 *
 * @param {string} text
 * @param {URL} url
 */
function shown(text, url) {
  const [, scheme, host, rest] = /^(https?:\/\/)([^/?#]*)(.*)$/i.exec(text) ?? [];
  return /^\p{ASCII}*$/u.test(host) ? text : scheme + url.host + rest;
}
