/**
 * The page's languages: texts, plurals, days and times.
 *
 * Texts are plain; what is put into them is isolated, so that a name written
 * from right to left does not turn the sentence around.
 */

import en from './lang/en.js';
import zh from './lang/zh.js';

/** @typedef {Record<string, string | Partial<Record<Intl.LDMLPluralRule, string>>>} Dictionary */

/** @type {Record<string, Dictionary>} */
export const LANGUAGES = { en, 'zh-CN': zh };

const FIRST_STRONG_ISOLATE = '\u2068';
const POP_ISOLATE = '\u2069';
const DAY_MS = 24 * 60 * 60 * 1000;

/** @type {[number, string][]} in seconds, the longest first */
const UNITS = [[24 * 3600, 'day'], [3600, 'hour'], [60, 'minute'], [1, 'second']];

/**
 * Words that come with a part of the page that comes late.
 *
 * @param {Record<string, Dictionary>} words by language
 */
export function learn(words) {
  for (const [language, more] of Object.entries(words)) Object.assign(LANGUAGES[language], more);
}

/**
 * The language of ours that somebody with these preferences reads best.
 *
 * @param {readonly string[]} preferred BCP 47 tags, the most preferred first
 * @returns {string}
 */
export function choose(preferred) {
  for (const tag of preferred) {
    const base = tag.toLowerCase().split('-')[0];
    const found = Object.keys(LANGUAGES).find((language) => language.split('-')[0] === base);
    if (found) return found;
  }
  return 'en';
}

/**
 * Midnight of a time's day here, for asking whether two times share one.
 *
 * @param {number} time milliseconds
 */
export const dayOf = (time) => new Date(time).setHours(0, 0, 0, 0);

/**
 * Values that are made when they are first asked for.
 *
 * @template {Record<string, () => unknown>} Makers
 * @param {Makers} makers
 * @returns {{readonly [Name in keyof Makers]: ReturnType<Makers[Name]>}}
 */
function lazily(makers) {
  const made = {};
  for (const [name, make] of Object.entries(makers)) {
    Object.defineProperty(made, name, {
      configurable: true,
      get() {
        const value = make();
        Object.defineProperty(made, name, { value });
        return value;
      },
    });
  }
  return /** @type {any} */ (made);
}

/**
 * Made once for a language, and only those that are needed: making them is what is slow.
 *
 * @param {string} language
 */
const formatsOf = (language) => {
  // Where the region agrees with the language, its habits: 24 hours or twelve.
  const locale = globalThis.navigator?.languages?.find((tag) => tag.startsWith(language)) ?? language;
  /** @type {(options: Intl.DateTimeFormatOptions) => Intl.DateTimeFormat} */
  const times = (options) => new Intl.DateTimeFormat(locale, options);
  return lazily({
    plurals: () => new Intl.PluralRules(language),
    order: () => new Intl.Collator(locale),
    numbers: () => new Intl.NumberFormat(locale),
    units: () => UNITS.map(([seconds, unit]) => ({ seconds, format: new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }) })),
    clock: () => times({ hour: 'numeric', minute: '2-digit' }),
    days: () => times({ weekday: 'long', day: 'numeric', month: 'long' }),
    dates: () => times({ day: 'numeric', month: 'long', year: 'numeric' }),
    shorts: () => times({ day: 'numeric', month: 'short', hour: 'numeric', minute: '2-digit' }),
    years: () => times({ dateStyle: 'medium' }),
    lists: () => new Intl.ListFormat(language, { type: 'conjunction' }),
    moments: () => times({ dateStyle: 'full', timeStyle: 'medium' }),
  });
};

export class Translator {
  /** @param {string} language a key of LANGUAGES */
  constructor(language) {
    /** @type {Set<() => void>} called after the language has changed */
    this.listeners = new Set();
    this.language = language in LANGUAGES ? language : 'en';
    this.texts = LANGUAGES[this.language];
    this.formats = formatsOf(this.language);
  }

  /** @param {string} language a key of LANGUAGES */
  use(language) {
    this.language = language;
    this.texts = LANGUAGES[language];
    this.formats = formatsOf(language);
    for (const listener of this.listeners) listener();
  }

  /**
   * @param {string} key
   * @returns {boolean} whether there is such a text
   */
  has(key) {
    return key in this.texts;
  }

  /**
   * A text, with `{placeholders}` filled in.
   *
   * @param {string} key
   * @param {Record<string, string | number>} [values] numbers are formatted; `n` chooses the plural
   * @returns {string}
   */
  text(key, values = {}) {
    const entry = this.texts[key] ?? key;
    const form = typeof entry === 'string' ? entry : this.#form(entry, Number(values.n));
    return form.replace(/\{(\w+)\}/g, (_, name) => {
      const value = values[name] ?? '';
      if (typeof value === 'number') return this.number(value);
      return FIRST_STRONG_ISOLATE + value + POP_ISOLATE;
    });
  }

  /**
   * @param {Partial<Record<Intl.LDMLPluralRule, string>>} forms
   * @param {number} n
   */
  #form(forms, n) {
    return forms[this.formats.plurals.select(n)] ?? forms.other ?? '';
  }

  /** @param {number} value */
  number(value) {
    return this.formats.numbers.format(value);
  }

  /**
   * A length of time, in the longest unit that it is a whole number of.
   *
   * @param {number} seconds
   */
  duration(seconds) {
    const { units } = this.formats;
    const unit = units.find((one) => seconds >= one.seconds && seconds % one.seconds === 0) ?? units[units.length - 1];
    return unit.format.format(seconds / unit.seconds);
  }

  /** @param {number} count */
  seconds(count) {
    return this.formats.units[UNITS.length - 1].format.format(count);
  }

  /** @param {number} time */
  hour(time) {
    return this.formats.clock.format(time);
  }

  /**
   * As short as it may be today: the time, with the date if it is another day's.
   *
   * @param {number} time
   * @param {number} now
   */
  when(time, now) {
    if (dayOf(time) === dayOf(now)) return this.hour(time);
    const sameYear = new Date(now).getFullYear() === new Date(time).getFullYear();
    return (sameYear ? this.formats.shorts : this.formats.years).format(time);
  }

  /** @param {string[]} names */
  list(names) {
    return this.formats.lists.format(names.map((name) => FIRST_STRONG_ISOLATE + name + POP_ISOLATE));
  }

  /** @param {number} time */
  moment(time) {
    return this.formats.moments.format(time);
  }

  /**
   * @param {number} time
   * @param {number} now
   */
  day(time, now) {
    // Rounded: a day that summer time begins or ends in has 23 or 25 hours.
    const ago = Math.round((dayOf(now) - dayOf(time)) / DAY_MS);
    if (ago === 0) return this.text('log.today');
    if (ago === 1) return this.text('log.yesterday');
    const sameYear = new Date(now).getFullYear() === new Date(time).getFullYear();
    return (sameYear ? this.formats.days : this.formats.dates).format(time);
  }
}

/**
 * Put the texts into everything below an element that asks for one: `data-t` for
 * its content, `data-t-label` and `data-t-placeholder` for those attributes.
 *
 * @param {ParentNode} root
 * @param {Translator} translator
 */
export function translate(root, translator) {
  for (const element of root.querySelectorAll('[data-t]')) {
    element.textContent = translator.text(element.getAttribute('data-t') ?? '');
  }
  for (const [name, target] of [['data-t-label', 'aria-label'], ['data-t-placeholder', 'placeholder']]) {
    for (const element of root.querySelectorAll(`[${name}]`)) {
      element.setAttribute(target, translator.text(element.getAttribute(name) ?? ''));
    }
  }
}
