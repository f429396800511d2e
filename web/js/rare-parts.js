/**
 * Parts of the page that few need and nobody needs at once: each is fetched when
 * it is asked for, or before, when there is nothing else to do.
 */

import { notice } from './notice.js';

/**
 * @template Part
 * @typedef {() => Promise<Part>} Rarely resolves to the part, the same one each time
 */

/** How long after coming in nothing is fetched beside what somebody waits for. */
const PATIENCE_MS = 2000;

/**
 * @template Part
 * @param {() => Promise<Part>} make
 * @returns {Rarely<Part>}
 */
function rarely(make) {
  /** @type {Promise<Part> | undefined} */
  let part;
  return () => {
    part ??= make();
    part.catch(() => (part = undefined));
    return part;
  };
}

/**
 * @param {object} parts
 * @param {import('./store.js').Store} parts.store
 * @param {import('./i18n.js').Translator} parts.translator
 * @param {import('./storage.js').Storage} parts.storage
 * @param {import('./preferences.js').Preferences} parts.preferences
 * @param {import('./session.js').Session} parts.session
 * @param {() => number} parts.now the server's clock
 * @param {(room: string, seq?: number) => void} parts.onopen
 * @param {(name: string) => Promise<string>} parts.onrename
 */
export function rareParts({ store, translator, storage, preferences, session, now, onopen, onrename }) {
  const search = rarely(async () => {
    const { SearchDialog } = await import('./search-dialog.js');
    return new SearchDialog({ translator, ask: (command) => session.ask(command), now, onopen });
  });
  const settings = rarely(async () => {
    const { Settings } = await import('./settings.js');
    return new Settings({ translator, storage, preferences, onrename, onkeys: () => void open(keys) });
  });
  const switcher = rarely(async () => {
    const { Switcher } = await import('./switcher.js');
    return new Switcher({ store, translator, onopen });
  });
  const keys = rarely(async () => {
    const { Keys } = await import('./keys.js');
    return new Keys(translator);
  });
  const help = rarely(async () => {
    const { Help } = await import('./help.js');
    return new Help(translator);
  });
  /**
   * @template {unknown[]} Arguments
   * @param {Rarely<{open: (...args: Arguments) => void}>} part
   * @param {Arguments} args
   */
  const open = async (part, ...args) => {
    try {
      const dialog = await part();
      // Who asked twice, or for something else meanwhile, gets what came first.
      if (!document.querySelector('dialog[open]')) dialog.open(...args);
    } catch {
      notice(translator.text('error.lost'), 'alert');
    }
  };
  return {
    openSearch: (/** @type {string} */ room) => open(search, room),
    openSettings: () => open(settings, store.me.name),
    openSwitcher: () => open(switcher),
    openKeys: () => open(keys),
    openHelp: () => open(help),
    /** So that they are here when the network is not. */
    prepare: () =>
      setTimeout(() => {
        for (const part of [settings, switcher, keys, search, help]) part().catch(() => {});
      }, PATIENCE_MS),
  };
}
