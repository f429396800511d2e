/** The first visit: a name, and one is in. Also when the name is gone meanwhile. */

import { byId } from './dom.js';

/** @typedef {import('./types.js').ErrorFrame} ErrorFrame */

/** Of servers of today; `welcome` tells what is true of this one. */
const NAME_CHARS = 32;

export class Door {
  /** @param {import('./i18n.js').Translator} translator */
  constructor(translator) {
    this.translator = translator;
    /** The longest name, in characters. */
    this.limit = NAME_CHARS;
    /** @type {(name: string, password: string) => void} */
    this.onenter = () => {};
    /** @type {() => void} the name is an account's, or has been taken for one */
    this.onaccount = () => {};
    /** Passwords, once they are wanted. @type {import('./sign-in.js').SignIn | undefined} */
    this.signIn = undefined;
    this.door = byId('door');
    this.field = /** @type {HTMLInputElement} */ (byId('name'));
    this.button = /** @type {HTMLButtonElement} */ (byId('enter'));
    this.problem = byId('door-problem');
    this.suggestion = /** @type {HTMLButtonElement} */ (byId('door-suggest'));
    /** @type {ErrorFrame | undefined} */
    this.error = undefined;
    this.busy = false;

    byId('door-form').addEventListener('submit', (event) => {
      event.preventDefault();
      this.#enter(this.field.value);
    });
    this.suggestion.addEventListener('click', () => {
      this.field.value = this.error?.suggest ?? '';
      this.signIn?.forget();
      this.say(undefined);
      this.#enter(this.field.value);
    });
    this.field.addEventListener('input', () => this.say(undefined));
    translator.listeners.add(() => this.#describe());
  }

  get shown() {
    return !this.door.hidden;
  }

  /**
   * @param {string} room
   * @param {string} name the one that was used last
   * @param {ErrorFrame} [error] why that did not do
   */
  show(room, name, error) {
    byId('door-room').textContent = room;
    this.busy = false;
    if (!this.shown || !this.field.value) this.field.value = name;
    this.door.hidden = false;
    byId('shell').hidden = true;
    this.say(error);
    if (this.signIn?.heeds(error?.code)) return;
    this.field.focus();
    if (error) this.field.select();
  }

  hide() {
    this.door.hidden = true;
    byId('shell').hidden = false;
    this.busy = false;
    this.signIn?.forget();
    this.say(undefined);
  }

  /** @param {string} written */
  #enter(written) {
    const name = written.trim();
    if (!name || this.busy) return this.field.focus();
    if (Array.from(name.normalize('NFKC')).length > this.limit) {
      return this.say({ type: 'error', code: 'name_long', reason: '' });
    }
    if (this.signIn?.insists()) return;
    this.busy = true;
    this.say(undefined);
    this.onenter(name, this.signIn?.password ?? '');
  }

  /** @param {ErrorFrame | undefined} error why that did not do */
  say(error) {
    if (error) this.busy = false;
    this.error = error;
    this.#describe();
    if (error?.code === 'sign_in' && !this.signIn) this.onaccount();
  }

  #describe() {
    const { translator, error } = this;
    const action = this.signIn?.action ?? translator.text('door.enter');
    this.button.textContent = this.busy ? translator.text('door.entering') : action;
    this.button.setAttribute('aria-disabled', String(this.busy));
    this.field.setAttribute('aria-invalid', String(Boolean(error) && error?.code !== 'bad_password'));
    const key = `error.${error?.code}`;
    this.problem.textContent = !error ? ''
      : translator.has(key) ? translator.text(key, { n: this.limit })
      : error.reason;
    this.suggestion.hidden = !error?.suggest;
    if (error?.suggest) this.suggestion.textContent = translator.text('door.suggest', { name: error.suggest });
  }
}
