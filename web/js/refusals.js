/** Why something did not work, in words. */

import { Refusal } from './questions.js';

/**
 * @param {unknown} refusal
 * @param {import('./i18n.js').Translator} translator
 * @returns {string} with the name that would do, where the server knows one
 */
export function reasonOf(refusal, translator) {
  if (!(refusal instanceof Refusal)) throw refusal;
  const key = `error.${refusal.code}`;
  const reason = translator.has(key) ? translator.text(key) : refusal.error.reason;
  const { suggest } = refusal.error;
  return suggest ? `${reason} ${translator.text('error.suggest', { name: suggest })}` : reason;
}
