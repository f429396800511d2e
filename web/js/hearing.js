/** The settings of what I want to hear of. */

import { mayNotify } from './alerts.js';
import { byId, el } from './dom.js';

export class Hearing {
  /**
   * @param {import('./preferences.js').Preferences} preferences
   * @param {import('./i18n.js').Translator} translator
   */
  constructor(preferences, translator) {
    this.preferences = preferences;
    this.translator = translator;
    this.sound = /** @type {HTMLInputElement} */ (byId('settings-sound'));
    this.notifications = /** @type {HTMLInputElement} */ (byId('settings-notifications'));
    this.denied = byId('settings-denied');
    this.list = byId('settings-ignored-list');
    this.sound.addEventListener('change', () => {
      preferences.sound = this.sound.checked;
      // So that it is known what was chosen.
      if (preferences.sound) void import('./sound.js').then(({ chime }) => chime());
    });
    this.notifications.addEventListener('change', () => void this.#ask());
    translator.listeners.add(() => this.show());
  }

  /** As things stand. */
  show() {
    const { preferences, translator } = this;
    this.sound.checked = preferences.sound;
    this.notifications.checked = preferences.notifications && globalThis.Notification?.permission === 'granted';
    this.denied.textContent = '';
    byId('settings-ignored').hidden = preferences.ignored.size === 0;
    this.list.replaceChildren(...[...preferences.ignored].map(([person, name]) =>
      el('li', {}, el('bdi', {}, name), el('button', {
        type: 'button',
        class: 'quiet',
        'aria-label': translator.text('settings.heed.who', { name }),
        onclick: () => {
          preferences.ignore({ person, name }, false);
          this.show();
        },
      }, translator.text('settings.heed')))));
  }

  async #ask() {
    const wanted = this.notifications.checked;
    const may = wanted && (await mayNotify());
    this.preferences.notifications = may;
    this.notifications.checked = may;
    this.denied.textContent = wanted && !may ? this.translator.text('settings.denied') : '';
  }
}
