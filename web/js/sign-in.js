/** The door of a room with accounts: a password beside the name. */

import { byId, el } from './dom.js';
import { learn, translate } from './i18n.js';
import en from './lang/accounts-en.js';
import zh from './lang/accounts-zh.js';

learn({ en, 'zh-CN': zh });

/** As the server takes them. */
const PASSWORD_CHARS = 256;

export class SignIn {
  /**
   * @param {import('./door.js').Door} door
   * @param {import('./i18n.js').Translator} translator
   * @param {string[]} ways in which one comes in, as the server has told the page
   */
  constructor(door, translator, ways) {
    this.door = door;
    this.translator = translator;
    // A page that was told nothing of accounts lets the server say it.
    const readers = ways.includes('readers');
    this.guests = readers || ways.includes('guests') || ways.length === 0;
    this.field = el('input', {
      id: 'password', name: 'password', type: 'password', autocomplete: 'current-password', enterkeyhint: 'go',
      maxlength: PASSWORD_CHARS, 'aria-describedby': 'door-problem', oninput: () => door.say(undefined),
    });
    // Filled in by a password manager, before or after this.
    this.field.addEventListener('change', () => door.say(undefined));
    const label = el('label', { for: 'password' },
      el('span', { 'data-t': this.guests ? 'sign-in.password.maybe' : 'sign-in.password' }), this.field);
    const about = byId('door-about');
    about.dataset.t = readers ? 'sign-in.about.readers' : this.guests ? 'sign-in.about.guests' : 'sign-in.about';
    if (ways.length === 0 || ways.includes('passwords')) {
      byId('name-label').after(label);
      byId('name').setAttribute('autocomplete', 'username');
      byId('name').setAttribute('autocapitalize', 'off');
    } else if (!this.guests) {
      about.dataset.t = 'sign-in.about.elsewhere';
      for (const id of ['name-label', 'enter', 'door-problem']) byId(id).hidden = true;
    }
    translate(door.door, translator);
    door.say(door.error);
  }

  /** What was typed; it is not kept. */
  get password() {
    return this.field.value;
  }

  forget() {
    this.field.value = '';
  }

  /** Whether nobody comes in by this name without a password. */
  get isNeeded() {
    return !this.guests || this.door.error?.code === 'sign_in';
  }

  /** What the way in is called. */
  get action() {
    return this.translator.text(this.isNeeded || this.password ? 'sign-in.enter' : 'sign-in.guest');
  }

  /** @returns {boolean} whether a password is missing, which is asked for then */
  insists() {
    if (!this.isNeeded || this.password) return false;
    this.field.focus();
    return true;
  }

  /**
   * @param {string | undefined} code of an error
   * @returns {boolean} whether it is about the password, which is asked for again then
   */
  heeds(code) {
    const concerns = code === 'sign_in' || code === 'bad_password';
    this.field.setAttribute('aria-invalid', String(concerns));
    if (!concerns) return false;
    this.field.focus();
    this.field.select();
    return true;
  }
}
