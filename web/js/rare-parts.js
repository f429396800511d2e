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
 * @param {import('./composer.js').Composer} parts.composer
 * @param {() => number} parts.now the server's clock
 * @param {(room: string, seq?: number) => void} parts.onopen
 * @param {() => void} parts.onagain the open room is to be looked at again
 * @param {{name: string, account: string}} parts.identity what is remembered of me
 * @param {import('./room-keys.js').RoomKeys} parts.keys
 * @param {() => import('./room.js').Room | undefined} parts.room that is open
 */
export function rareParts({ store, translator, storage, preferences, session, composer, now, onopen, onagain, identity, keys: roomKeys, room }) {
  const search = rarely(async () => {
    const { SearchDialog } = await import('./search-dialog.js');
    return new SearchDialog({ translator, ask: (command) => session.ask(command), now, onopen });
  });
  const settings = rarely(async () => {
    const { Settings } = await import('./settings.js');
    const onrename = async (/** @type {string} */ name) => (await orders()).rename(name);
    const account = () => (store.features.has('accounts') ? Boolean(identity.account) : undefined);
    return new Settings({ translator, storage, preferences, onrename, onkeys: () => void open(keys), account });
  });
  const switcher = rarely(async () => {
    const { Switcher } = await import('./switcher.js');
    return new Switcher({ store, translator, onopen });
  });
  const keys = rarely(async () => {
    const { Keys } = await import('./keys.js');
    return new Keys(translator);
  });
  const confirmation = rarely(async () => {
    const { Confirmation } = await import('./confirmation.js');
    return new Confirmation((message) => session.postman.delete(message));
  });
  const share = rarely(async () => {
    const { Share } = await import('./share.js');
    return new Share(translator, (name) => roomKeys.inviting(store.room(name)));
  });
  const orders = rarely(async () => {
    const { Orders } = await import('./orders.js');
    return new Orders({
      translator, store, session, identity, room, go: onopen, help: () => void open(help), tell: notice,
      moderate: async (command) => (await moderation()).commands.run(command),
    });
  });
  const order = rarely(async () => {
    const { Order } = await import('./order.js');
    return new Order({ translator, composer, session, keys: roomKeys, now, onopen, onagain });
  });
  const moderation = rarely(async () => {
    const { Moderation } = await import('./moderation.js');
    return Moderation.make({ translator, store, session, keys: roomKeys, now, room, tell: notice });
  });
  const help = rarely(async () => {
    const { Help } = await import('./help.js');
    return new Help(translator, () => room()?.standing.isModerator ?? false);
  });
  /**
   * @template {unknown[]} Arguments
   * @param {() => Promise<{open: (...args: Arguments) => unknown}>} part
   * @param {Arguments} args
   */
  const open = async (part, ...args) => {
    try {
      const dialog = await part();
      // Who asked twice, or for something else meanwhile, gets what came first.
      if (!document.querySelector('dialog[open]')) await dialog.open(...args);
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
    openPerson: (/** @type {import('./types.js').Who} */ who, /** @type {HTMLElement} */ from) =>
      open(async () => (await moderation()).person, who, from),
    openModeration: (/** @type {'settings' | 'log'} */ what, /** @type {import('./room.js').Room} */ of) =>
      open(async () => (await moderation())[what], of),
    /** For moderators: with it come their commands. */
    prepareModeration: () => void moderation().catch(() => {}),
    /** Ask before a message is deleted. */
    confirm: (/** @type {import('./types.js').Message} */ message) => open(confirmation, message),
    openShare: (/** @type {string} */ name) => open(share, name),
    /** Do what a command says: why it could not be done, or nothing. */
    run: async (/** @type {import('./commands.js').Order} */ command) => {
      try {
        return (await orders()).run(command);
      } catch {
        return translator.text('error.lost');
      }
    },
    order,
    /** So that they are here when the network is not. */
    prepare: () =>
      setTimeout(() => {
        for (const part of [confirmation, share, settings, switcher, keys, search, orders, help, order]) part().catch(() => {});
      }, PATIENCE_MS),
  };
}
