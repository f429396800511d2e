/** In the settings of a room with accounts: who I am there, and how to be somebody else. */

import { byId, el } from './dom.js';
import { learn } from './i18n.js';
import en from './lang/accounts-en.js';
import zh from './lang/accounts-zh.js';

learn({ en, 'zh-CN': zh });

/** What is the browser's, whoever uses it. */
const KEPT = new Set(['theme', 'language', 'sound', 'notifications', 'members']);

export class Account {
  /**
   * @param {import('./i18n.js').Translator} translator
   * @param {() => void} onforget somebody else wants to come in
   */
  constructor(translator, onforget) {
    this.translator = translator;
    this.line = el('p');
    this.button = el('button', { type: 'button', class: 'quiet', onclick: onforget });
    this.form = byId('settings-form');
    this.form.after(el('div', { class: 'account' }, this.line, this.button));
    this.name = '';
    this.isMine = false;
    translator.listeners.add(() => this.#describe());
  }

  /**
   * @param {string} name mine
   * @param {boolean} isMine whether I have signed in
   */
  show(name, isMine) {
    this.name = name;
    this.isMine = isMine;
    this.#describe();
  }

  #describe() {
    const { translator, isMine, name } = this;
    // An account has its name from whoever keeps it.
    this.form.hidden = isMine;
    this.line.textContent = isMine ? translator.text('account.mine', { name }) : translator.text('account.guest');
    this.button.textContent = isMine ? translator.text('account.sign-out') : translator.text('account.sign-in');
  }
}

/**
 * Forget in this browser who I am, what I have not said yet, and what I was about to say.
 *
 * @param {import('./storage.js').Storage} storage
 */
export function forget(storage) {
  for (const key of storage.keys('')) if (!KEPT.has(key)) storage.set(key, '');
}
