/** The commands, and what else can be written. */

import { COMMANDS } from './commands.js';
import { byId, el } from './dom.js';

export class Help {
  /**
   * @param {import('./i18n.js').Translator} translator
   * @param {() => boolean} moderates whether moderators' commands are of use
   */
  constructor(translator, moderates) {
    this.translator = translator;
    this.moderates = moderates;
    this.dialog = /** @type {HTMLDialogElement} */ (byId('help'));
    this.list = byId('help-list');
    translator.listeners.add(() => this.#describe());
  }

  open() {
    this.#describe();
    this.dialog.showModal();
  }

  #describe() {
    const { translator } = this;
    const entries = COMMANDS.filter(({ moderators }) => !moderators || this.moderates()).map(({ name, takes, alone }) => {
      const value = takes && translator.text(`command.takes.${takes}`);
      return el('div', {},
        el('dt', {}, el('kbd', {}, `/${name}`), value && ` ${alone ? `[${value}]` : value}`),
        el('dd', {}, translator.text(`command.${name}`)));
    });
    this.list.replaceChildren(...entries);
  }
}
