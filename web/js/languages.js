/** A choice of the page's language, in each one's own words. */

import { el } from './dom.js';
import { LANGUAGES } from './i18n.js';

/**
 * Buttons that choose a language, each in its own words.
 *
 * @param {HTMLElement} place
 * @param {import('./i18n.js').Translator} translator
 * @param {import('./storage.js').Storage} storage
 */
export function languageSwitch(place, translator, storage) {
  const buttons = Object.entries(LANGUAGES).map(([tag, texts]) =>
    el('button', {
      type: 'button',
      lang: tag,
      'data-language': tag,
      onclick: () => {
        storage.set('language', tag);
        translator.use(tag);
      },
    }, String(texts.language)));
  const mark = () => {
    for (const button of buttons) {
      button.setAttribute('aria-pressed', String(button.dataset.language === translator.language));
    }
  };
  translator.listeners.add(mark);
  mark();
  place.append(...buttons);
}
