/**
 * The page's first part: whoever is new finds a door and a field for a name.
 *
 * The rest of the page, which is most of it, comes when it is needed: at once for
 * somebody who is known here, with the first letter of a name for anybody else.
 */

import { folderOf, roomOf } from './address.js';
import { Door } from './door.js';
import { byId } from './dom.js';
import { choose, Translator, translate } from './i18n.js';
import { Identity } from './identity.js';
import { followKeyboard } from './keyboard.js';
import { languageSwitch } from './languages.js';
import { Storage } from './storage.js';
import { applyTheme, themeOf } from './theme.js';

export const storage = new Storage(folderOf(location));
export const translator = new Translator(storage.get('language') ?? choose(navigator.languages));
export const identity = new Identity(storage);
export const door = new Door(translator);

/** @type {import('./types.js').ErrorFrame} */
const LOST = { type: 'error', code: 'lost', reason: '' };

/** How one comes in, where names belong to accounts: the server has written it into the page. */
const ways = (document.querySelector('meta[name="accounts"]')?.getAttribute('content') ?? '').split(' ').filter(Boolean);

/** Whether there is no need to ask for a name: the server may know one by a cookie, too. */
export const isKnown = Boolean(identity.token || identity.key || ways.includes('visitors'));
/** @type {Promise<unknown> | undefined} */
let app;

/** Fetch the rest of the page, once. */
function load() {
  if (app) return app;
  const { head } = document;
  const rest = /** @type {HTMLTemplateElement} */ (byId('rest'));
  // All at once: a module that is found only when another one was read comes late. For
  // whoever is known here the page's head has asked already.
  if (!head.querySelector('[href="shell.css"]')) head.append(rest.content.cloneNode(true));
  const styles = /** @type {NodeListOf<HTMLLinkElement>} */ (head.querySelectorAll('[rel="stylesheet"]'));
  app = Promise.all([...styles].map(styled)).then(() => import('./app.js'));
  app.catch(() => (app = undefined));
  return app;
}

/**
 * @param {HTMLLinkElement} link to a style sheet
 * @returns {Promise<unknown>} settled when it is here
 */
const styled = (link) =>
  new Promise((resolve, reject) => {
    if (link.sheet) return resolve(undefined);
    link.addEventListener('load', resolve);
    link.addEventListener('error', () => {
      // So that the next try asks for it again.
      link.remove();
      reject(new Error(link.href));
    });
  });

door.onaccount = async () => {
  const { SignIn } = await import('./sign-in.js');
  const { error } = door;
  door.signIn ??= new SignIn(door, translator, ways);
  door.say(error);
  door.signIn.heeds(error?.code);
};

// Until the rest is here, and says it to the server itself.
door.onenter = async (name, password) => {
  try {
    await load();
  } catch {
    return door.say(LOST);
  }
  door.onenter(name, password);
};

function speak() {
  document.documentElement.lang = translator.language;
  document.documentElement.dir = translator.text('direction');
  translate(document, translator);
}

/** Another room, while the door is shut. */
function look() {
  if (door.shown) door.show(roomOf(location.hash), identity.name);
}

translator.listeners.add(speak);
languageSwitch(byId('door-language'), translator, storage);
followKeyboard();
applyTheme(themeOf(storage.get('theme')));
addEventListener('hashchange', look);
addEventListener('storage', ({ key, oldValue, newValue }) => {
  // Signed out in another tab: here, too.
  if (key === `${storage.prefix}account` && oldValue && !newValue) location.reload();
});
if (ways.includes('passwords') || ways.includes('accounts')) door.onaccount();
if (isKnown) {
  load().catch(() => door.show(roomOf(location.hash), identity.name, LOST));
} else {
  door.show(roomOf(location.hash), identity.name);
  byId('name').addEventListener('input', () => void load().catch(() => {}), { once: true });
}
speak();
