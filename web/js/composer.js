/**
 * Where messages are written. What is typed is kept, per room, until it is sent.
 */

import { commandIn } from './commands.js';
import { byId } from './dom.js';
import { excerpt } from './fold.js';
import { plainOf } from './markup.js';
import { folded } from './store.js';
import { Suggestions } from './suggestions.js';

/** @typedef {import('./types.js').Message} Message */

/** The style sheet lets the field grow with its text, where browsers can. */
const GROWS = globalThis.CSS?.supports?.('field-sizing', 'content') ?? false;
const SAVE_MS = 400;
/** The counter appears with so many characters left. */
const NEAR_LIMIT = 200;

/** Code points, as the server counts. @param {string} text */
const lengthOf = (text) => {
  let length = 0;
  for (const _ of text) length += 1;
  return length;
};

export class Composer {
  /**
   * @param {object} parts
   * @param {import('./i18n.js').Translator} parts.translator
   * @param {import('./storage.js').Storage} parts.storage for the drafts
   * @param {() => number} parts.limit the longest text, in characters
   * @param {import('./suggestions.js').Sources} parts.sources
   */
  constructor({ translator, storage, limit, sources }) {
    this.translator = translator;
    this.storage = storage;
    this.limit = limit;
    this.form = /** @type {HTMLFormElement} */ (byId('composer'));
    this.text = /** @type {HTMLTextAreaElement} */ (byId('text'));
    this.bar = byId('reply');
    this.counter = byId('counter');
    this.problem = byId('composer-problem');
    this.suggestions = new Suggestions({ field: this.text, sources, commands: () => !this.edited });
    this.room = '';
    /** Why nothing can be written, if so. */
    this.why = '';
    /** @type {() => string} why not just now, told in sight, or nothing */
    this.hold = () => '';
    /** @type {Message | undefined} */
    this.target = undefined;
    /** @type {Message | undefined} the message of mine that is being said otherwise */
    this.edited = undefined;
    /** What was written when that began. */
    this.draft = '';
    /** @type {Map<string, string>} key → what was last seen in the storage, where other tabs write too */
    this.kept = new Map();
    /** @type {any} */
    this.saving = null;

    /** The command that is being done; it is no draft. */
    this.ordered = '';

    /** @type {(text: string, target: Message | undefined, isAction: boolean) => void} */
    this.onsay = () => {};
    /** @type {(order: import('./commands.js').Order) => Promise<string>} resolves to why not, or to nothing */
    this.onorder = () => Promise.resolve('');
    /** @type {(text: string, message: Message) => void} */
    this.onedit = () => {};
    /** @type {(message: Message | undefined) => void} an edit begins, or has ended */
    this.onediting = () => {};
    /** @type {() => void} the last message is to be edited */
    this.onrecall = () => {};
    /** @type {() => void} */
    this.ontyping = () => {};

    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#send();
    });
    this.form.addEventListener('pointerdown', (event) => this.#keepFocus(event));
    this.text.addEventListener('keydown', (event) => this.#keyed(event));
    this.text.addEventListener('input', () => {
      this.#fit();
      this.#complain('');
      clearTimeout(this.saving);
      this.saving = setTimeout(() => this.save(), SAVE_MS);
      // A command is nobody's business.
      if (/^(?!\/(?!\/|me\b))\s*\S/.test(this.text.value)) this.ontyping();
    });
    byId('reply-cancel').addEventListener('click', () => {
      this.#leave();
      this.focus();
    });
    addEventListener('pagehide', () => this.save());
    translator.listeners.add(() => {
      this.#describe();
      this.#complain('');
    });
  }

  /**
   * Write to another room: the draft of this one is kept, that one's taken up.
   *
   * @param {string} room
   * @param {boolean} usable
   */
  use(room, usable) {
    this.text.disabled = !usable;
    if (room === this.room) return;
    this.edit(undefined);
    this.save();
    const isSame = folded(room) === folded(this.room);
    this.room = room;
    if (isSame) return this.#describe();
    this.suggestions.close();
    this.#complain('');
    this.text.value = this.#recall('draft');
    this.target = targetIn(this.#recall('reply'), room);
    this.#describe();
    this.#fit();
  }

  /**
   * Keep what is typed, and take nothing more. The field keeps the focus and can be read.
   *
   * @param {string} why none: write
   */
  silence(why) {
    if (why === this.why) return;
    this.why = why;
    this.text.readOnly = why !== '';
    this.text.setAttribute('aria-disabled', String(why !== ''));
    this.form.classList.toggle('silent', why !== '');
    if (why) this.suggestions.close();
    this.#describe();
  }

  /**
   * Reply to a message, or to none.
   *
   * @param {Message | undefined} target
   */
  reply(target) {
    if (target) this.edit(undefined);
    this.target = target;
    this.#describe();
    this.save();
  }

  /**
   * Say a message of mine otherwise, or no more.
   *
   * @param {Message | undefined} message
   */
  edit(message) {
    if (message === this.edited) return;
    if (message) this.target = undefined;
    this.suggestions.close();
    this.#complain('');
    if (!this.edited) this.draft = this.text.value;
    this.edited = message;
    this.text.value = message ? (message.text ?? '') : this.draft;
    this.text.setSelectionRange(this.text.value.length, this.text.value.length);
    this.#describe();
    this.#fit();
    this.onediting(message);
  }

  /**
   * What is replied to, or edited, may have changed meanwhile.
   *
   * @param {(seq: number) => Message | undefined} find
   * @returns {boolean} whether the message that was being edited is gone; the text stays, as a draft
   */
  follow(find) {
    const edited = this.edited && find(this.edited.seq);
    if (this.target) this.target = find(this.target.seq) ?? this.target;
    const isGone = edited?.deleted === true;
    if (isGone) {
      this.text.value = [this.draft, this.text.value].filter(Boolean).join('\n');
      this.edited = undefined;
      this.#fit();
      this.onediting(undefined);
    }
    if (isGone || this.target) this.#describe();
    return isGone;
  }

  /** Leave the edit or the reply. */
  #leave() {
    if (this.edited) this.edit(undefined);
    else this.reply(undefined);
  }

  focus() {
    this.text.focus({ preventScroll: true });
  }

  save() {
    clearTimeout(this.saving);
    const { value } = this.text;
    const draft = this.edited ? this.draft : value === this.ordered ? '' : value;
    this.#keep('draft', draft);
    this.#keep('reply', this.target && !this.edited ? written(this.target) : '');
  }

  /** @param {'draft' | 'reply'} what of this room */
  #recall(what) {
    const key = `${what}:${folded(this.room)}`;
    const value = this.storage.get(key) ?? '';
    this.kept.set(key, value);
    return value;
  }

  /**
   * @param {'draft' | 'reply'} what
   * @param {string} value
   */
  #keep(what, value) {
    const key = `${what}:${folded(this.room)}`;
    // What was not touched here may have been sent from another tab.
    if (!this.room || value === (this.kept.get(key) ?? '')) return;
    this.kept.set(key, value);
    this.storage.set(key, value);
  }

  #send() {
    const { value } = this.text;
    // Over the limit nothing is sent and nothing is lost; the counter says why.
    if (!value.trim() || this.text.disabled || this.why || lengthOf(value) > this.limit() || this.ordered) return;
    const { target, edited, translator } = this;
    const text = value.replace(/^\n+|\s+$/g, '');
    this.suggestions.close();
    if (edited) {
      this.edit(undefined);
      if (text !== edited.text) this.onedit(text, edited);
      return;
    }
    const written = commandIn(text);
    switch (written.kind) {
      case 'say':
      case 'me':
        if (this.#isHeld()) return;
        this.#clear();
        this.onsay(written.text, target, written.kind === 'me');
        break;
      case 'unknown':
        this.#complain(translator.text('command.unknown', { name: `/${written.name}` }));
        break;
      case 'lacking':
        this.#complain(translator.text(`command.lacking.${written.name}`, { name: `/${written.name}` }));
        break;
      default:
        void this.#order(written);
    }
  }

  /** Whether nothing can be said just now: what is seen says so, and here it is read aloud. */
  #isHeld() {
    const problem = this.hold();
    if (problem) this.#complain(problem);
    this.problem.classList.toggle('sr', problem !== '');
    return problem !== '';
  }

  /** @param {import('./commands.js').Order} order */
  async #order(order) {
    const { room } = this;
    this.ordered = this.text.value;
    const problem = await this.onorder(order);
    const { ordered } = this;
    this.ordered = '';
    // It may have led elsewhere, or something else was written meanwhile.
    if (room !== this.room || this.text.value !== ordered) return;
    if (problem) this.#complain(problem);
    else this.#clear();
  }

  /** What was written is on its way. */
  #clear() {
    this.text.value = '';
    this.reply(undefined);
    this.#fit();
    this.save();
  }

  /** @param {string} problem with what is written, which stays */
  #complain(problem) {
    this.problem.textContent = problem;
    this.problem.classList.remove('sr');
  }

  /** @param {KeyboardEvent} event */
  #keyed(event) {
    // While an input method composes, keys are its own. Safari sends the Enter that
    // ends a composition after `compositionend`, marked by nothing but the key code.
    if (event.isComposing || event.keyCode === 229) return;
    if (this.suggestions.keyed(event)) return;
    // With others pressed they mean something else, here and elsewhere on the page.
    if (event.shiftKey || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === 'Escape') {
      this.#complain('');
      if (this.target || this.edited) {
        event.preventDefault();
        this.#leave();
      }
    }
    if (event.key === 'ArrowUp' && !this.text.value && !this.edited && !this.why) {
      event.preventDefault();
      this.onrecall();
    }
    if (event.key !== 'Enter') return;
    // On a touch keyboard there is no Shift+Enter: Enter breaks, the button sends.
    if (matchMedia('(hover: none) and (pointer: coarse)').matches) return;
    event.preventDefault();
    this.#send();
  }

  /**
   * The button does not take the focus: on a phone the keyboard would go.
   *
   * @param {PointerEvent} event
   */
  #keepFocus(event) {
    if (event.target !== this.text) event.preventDefault();
  }

  #describe() {
    const { translator, target, edited } = this;
    const placeholder = translator.text('composer.placeholder', { room: `#${this.room}` });
    this.text.placeholder = this.why ? '' : placeholder;
    this.text.setAttribute('aria-label', this.why || (edited ? translator.text('composer.editing') : placeholder));
    const about = edited ?? target;
    this.bar.hidden = !about;
    this.form.dataset.mode = edited ? 'edit' : target ? 'reply' : 'say';
    byId('reply-icon').setAttribute('href', edited ? '#i-pencil' : '#i-reply');
    byId('reply-cancel').setAttribute('aria-label', translator.text(edited ? 'composer.keep' : 'composer.cancel'));
    byId('send').setAttribute('aria-label', translator.text(edited ? 'composer.save' : 'composer.send'));
    if (about) {
      byId('reply-to').textContent = edited
        ? translator.text('composer.editing')
        : translator.text('composer.replying', { name: about.name });
      byId('reply-text').textContent = about.text === undefined ? translator.text('log.gone') : plainOf(about.text);
    }
    this.#count();
  }

  /** As high as what is written, up to the eight lines of the style sheet. */
  #fit() {
    this.#count();
    if (GROWS) return;
    const { style } = this.text;
    style.blockSize = 'auto';
    // The border box of a field without borders is its content.
    if (this.text.value) style.blockSize = `${this.text.scrollHeight}px`;
  }

  #count() {
    const { value } = this.text;
    // Code units are at least as many as characters: far from the limit there is nothing to count.
    const left = value.length < this.limit() - NEAR_LIMIT ? Infinity : this.limit() - lengthOf(value);
    this.counter.hidden = left > NEAR_LIMIT;
    this.counter.classList.toggle('over', left < 0);
    this.text.setAttribute('aria-invalid', String(left < 0));
    if (left > NEAR_LIMIT) return;
    this.counter.textContent = this.translator.text(left < 0 ? 'composer.over' : 'composer.left', { n: Math.abs(left) });
  }
}

/**
 * What a reply needs to know of its target, to be kept over a reload.
 *
 * @param {Message} target
 */
const written = ({ seq, time, person, name, text }) =>
  JSON.stringify({ seq, time, person, name, ...(text !== undefined && { text: excerpt(text) }) });

/**
 * @param {string} kept
 * @param {string} room
 * @returns {Message | undefined}
 */
function targetIn(kept, room) {
  try {
    const target = JSON.parse(kept || '{}');
    return target.seq > 0 && target.name && target.person ? { ...target, room } : undefined;
  } catch {
    // Written by another version, or by hand: then it is no reply.
    return undefined;
  }
}
