/** My name, the theme, the language, and what I want to hear of. */

import { dismiss } from './dialogs.js';
import { byId, el } from './dom.js';
import { Hearing } from './hearing.js';
import { translate } from './i18n.js';
import { languageSwitch } from './languages.js';
import { applyTheme, THEMES, themeOf } from './theme.js';

/** @typedef {import('./i18n.js').Translator} Translator */
/** @typedef {import('./storage.js').Storage} Storage */

export class Settings {
  /**
   * @param {object} parts
   * @param {Translator} parts.translator
   * @param {Storage} parts.storage
   * @param {import('./preferences.js').Preferences} parts.preferences
   * @param {(name: string) => Promise<string>} parts.onrename resolves to why not, or to nothing
   * @param {() => void} parts.onkeys the list of keys is wanted
   * @param {() => boolean | undefined} parts.account whether I have signed in; undefined where one cannot
   */
  constructor({ translator, storage, preferences, onrename, onkeys, account }) {
    this.translator = translator;
    this.storage = storage;
    this.account = account;
    /** @type {import('./account.js').Account | undefined} */
    this.accountPart = undefined;
    this.dialog = /** @type {HTMLDialogElement} */ (byId('settings'));
    this.field = /** @type {HTMLInputElement} */ (byId('settings-name'));
    this.problem = byId('settings-problem');

    languageSwitch(byId('settings-language'), translator, storage);
    this.#themes(byId('settings-theme'), storage);
    this.hearing = new Hearing(preferences, translator);
    translate(this.dialog, translator);
    byId('settings-keys').addEventListener('click', async () => {
      await dismiss(this.dialog);
      onkeys();
    });
    byId('settings-form').addEventListener('submit', async (event) => {
      event.preventDefault();
      const name = this.field.value.trim();
      if (!name) return;
      this.problem.textContent = await onrename(name);
      if (!this.problem.textContent) this.dialog.close();
    });
  }

  /** @param {string} name mine */
  async open(name) {
    const isMine = this.account();
    if (isMine !== undefined) (await this.#accounts()).show(name, isMine);
    this.field.value = name;
    this.hearing.show();
    this.problem.textContent = '';
    this.dialog.showModal();
  }

  async #accounts() {
    const { Account, forget } = await import('./account.js');
    this.accountPart ??= new Account(this.translator, () => {
      forget(this.storage);
      location.reload();
    });
    return this.accountPart;
  }

  /**
   * @param {HTMLElement} place
   * @param {Storage} storage
   */
  #themes(place, storage) {
    const chosen = themeOf(storage.get('theme'));
    const buttons = THEMES.map((theme) =>
      el('button', {
        type: 'button',
        'data-t': `settings.theme.${theme}`,
        'data-choice': theme,
        'aria-pressed': String(theme === chosen),
        onclick: () => {
          storage.set('theme', theme === 'system' ? '' : theme);
          applyTheme(theme);
          for (const button of buttons) button.setAttribute('aria-pressed', String(button.dataset.choice === theme));
        },
      }));
    place.append(...buttons);
  }
}
