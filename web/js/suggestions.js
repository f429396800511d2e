/**
 * Completes what is being written: names after `@`, emoji after `:`, commands after
 * a `/` that begins the text. A list over the field, in which arrows choose while
 * the field keeps the focus; Enter and Tab complete, Escape closes.
 */

import { endOf, tokenAt } from './completion.js';
import { byId, el, paint } from './dom.js';
import { hueOf, initialsOf } from './people.js';

/** @typedef {import('./completion.js').Token} Token */

/**
 * One way to go on.
 *
 * @typedef {object} Suggestion
 * @property {string} whole what is written then
 * @property {string} label
 * @property {string} [sign] shown before it
 * @property {string} [person] whose name it is
 * @property {string} [hint] shown behind it
 */

/** @typedef {{[kind in Token['kind']]: (query: string) => Suggestion[] | Promise<Suggestion[]>}} Sources */

export class Suggestions {
  /**
   * @param {object} parts
   * @param {HTMLTextAreaElement} parts.field
   * @param {Sources} parts.sources
   * @param {() => boolean} parts.commands whether commands can be written now
   */
  constructor({ field, sources, commands }) {
    this.field = field;
    this.sources = sources;
    this.commands = commands;
    this.list = byId('suggestions');
    /** @type {Suggestion[]} those that are shown */
    this.shown = [];
    this.chosen = 0;
    /** @type {Token | undefined} what they complete */
    this.token = undefined;
    /** The token for which nothing more is offered, until less of it is left. */
    this.done = { start: -1, end: -1 };
    /** Only what was asked for last is shown. */
    this.asked = 0;

    // Of what an input method is still composing, nothing is known yet.
    field.addEventListener('input', (event) => {
      if (!(/** @type {InputEvent} */ (event).isComposing)) void this.#look();
    });
    field.addEventListener('compositionend', () => void this.#look());
    field.addEventListener('click', () => void this.#look());
    field.addEventListener('keyup', ({ key }) => {
      if (/^(?:Arrow(?:Left|Right)|Home|End)$/.test(key)) void this.#look();
    });
    field.addEventListener('blur', () => this.close());
    // A click takes the focus from the field, unless it is told not to.
    this.list.addEventListener('mousedown', (event) => event.preventDefault());
    this.list.addEventListener('click', ({ target }) => {
      const option = /** @type {HTMLElement} */ (target).closest('[role=option]');
      if (option) this.#complete([...this.list.children].indexOf(option));
    });
  }

  get isOpen() {
    return this.shown.length > 0;
  }

  close() {
    this.asked += 1;
    this.#show([]);
  }

  /**
   * A key was pressed in the field, and not for an input method.
   *
   * @param {KeyboardEvent} event
   * @returns {boolean} whether it was meant for the list
   */
  keyed(event) {
    if (!this.isOpen || event.ctrlKey || event.altKey || event.metaKey || (event.shiftKey && event.key !== ':')) return false;
    const { length } = this.shown;
    switch (event.key) {
      case 'ArrowDown':
        this.#choose((this.chosen + 1) % length);
        break;
      case 'ArrowUp':
        this.#choose((this.chosen + length - 1) % length);
        break;
      case 'Enter':
      case 'Tab':
        this.#complete(this.chosen);
        break;
      case ':':
        // Who writes a name to its end, as elsewhere, has chosen.
        if (this.token?.kind !== 'emoji' || bare(this.shown[0].label) !== bare(this.token.query)) return false;
        this.#complete(0);
        break;
      case 'Escape':
        if (this.token) this.done = this.token;
        this.close();
        break;
      default:
        return false;
    }
    event.preventDefault();
    return true;
  }

  async #look() {
    const { field } = this;
    const isCaret = field.selectionStart === field.selectionEnd;
    const token = isCaret ? tokenAt(field.value, field.selectionStart, this.commands()) : undefined;
    this.asked += 1;
    const { asked, done } = this;
    const isDone = token?.start === done.start && token.end >= done.end;
    if (!isDone) this.done = { start: -1, end: -1 };
    if (!token || isDone) return this.#show([]);
    const answer = this.sources[token.kind](token.query);
    // What is known already is there with the letter.
    const found = Array.isArray(answer) ? answer : await answer;
    if (asked !== this.asked) return;
    this.token = token;
    const written = field.value.slice(token.start, token.end);
    const isWhole = found.length === 1 && found[0].whole.trim() === written;
    this.#show(isWhole ? [] : found);
  }

  /** @param {Suggestion[]} suggestions */
  #show(suggestions) {
    const { field, list } = this;
    if (suggestions.length === 0 && !this.isOpen) return;
    this.shown = suggestions;
    list.replaceChildren(...suggestions.map(option));
    list.hidden = suggestions.length === 0;
    if (list.hidden) {
      field.removeAttribute('aria-activedescendant');
      field.removeAttribute('aria-controls');
    } else {
      field.setAttribute('aria-controls', list.id);
      this.#choose(0);
    }
  }

  /** @param {number} index */
  #choose(index) {
    this.chosen = index;
    const options = [...this.list.children];
    for (const option of options) option.setAttribute('aria-selected', String(option === options[index]));
    options[index].scrollIntoView({ block: 'nearest' });
    this.field.setAttribute('aria-activedescendant', options[index].id);
  }

  /** @param {number} index */
  #complete(index) {
    const { field, token } = this;
    const { whole } = this.shown[index];
    if (!token) return;
    this.close();
    this.done = { start: token.start, end: token.start + whole.length };
    field.focus({ preventScroll: true });
    field.setSelectionRange(token.start, endOf(field.value, token, whole));
    // As if typed, so that it can be undone; where that is not known, as it comes.
    if (document.execCommand('insertText', false, whole)) return;
    field.setRangeText(whole, field.selectionStart, field.selectionEnd, 'end');
    field.dispatchEvent(new InputEvent('input', { bubbles: true }));
  }
}

/** @param {string} name */
const bare = (name) => name.replace(/[\s_]+/g, '').toLowerCase();

/**
 * @param {Suggestion} suggestion
 * @param {number} index
 */
function option({ label, sign, hint, person }, index) {
  const item = el('li', { role: 'option', id: `suggestion-${index}`, class: person && 'who' },
    person && el('span', { class: 'av', 'aria-hidden': 'true' }, initialsOf(label)),
    sign && el('span', { class: 'emoji', 'aria-hidden': 'true' }, sign),
    el('bdi', { class: 'label' }, label),
    hint && el('small', {}, hint));
  if (person) paint(item, hueOf(person));
  return item;
}
