/**
 * What moderators keep order with: menus on people, acts, the room's settings, the log,
 * commands. All of it comes with the first need, and with it its words and its style.
 */

import { ActDialog } from './act-dialog.js';
import { enlist } from './commands.js';
import { el } from './dom.js';
import { learn } from './i18n.js';
import en from './lang/moderation-en.js';
import zh from './lang/moderation-zh.js';
import { MODERATING, ModeratorCommands } from './moderator-commands.js';
import './order.js';
import { ModerationLog } from './moderation-log.js';
import { PersonMenu } from './person-menu.js';
import { RoomSettings } from './room-settings.js';

/**
 * @typedef {object} ModerationParts
 * @property {import('./i18n.js').Translator} translator
 * @property {import('./store.js').Store} store
 * @property {import('./session.js').Session} session
 * @property {import('./room-keys.js').RoomKeys} keys
 * @property {() => number} now the server's clock
 * @property {() => import('./room.js').Room | undefined} room that is open
 * @property {(text: string) => void} tell says that it is done, where that is not to be seen
 */

/** @returns {Promise<unknown>} resolved when the style is here */
const styled = () =>
  new Promise((resolve, reject) => {
    const sheet = el('link', {
      rel: 'stylesheet',
      href: 'moderation.css',
      onload: resolve,
      onerror: () => {
        sheet.remove();
        reject(new Error(sheet.href));
      },
    });
    document.head.append(sheet);
  });

export class Moderation {
  /** @param {ModerationParts} parts */
  static async make(parts) {
    await styled();
    learn({ en, 'zh-CN': zh });
    enlist(MODERATING);
    return new Moderation(parts);
  }

  /** @param {ModerationParts} parts */
  constructor(parts) {
    const act = new ActDialog(parts);
    this.person = new PersonMenu(parts, act);
    this.settings = new RoomSettings(parts);
    this.log = new ModerationLog(parts);
    this.commands = new ModeratorCommands(parts);
  }
}
