/** The open room's name and topic, and what can be done with the room. */

import { dismiss } from './dialogs.js';
import { byId } from './dom.js';

/** @typedef {import('./room.js').Room} Room */

export class RoomHeader {
  /**
   * @param {object} parts
   * @param {import('./i18n.js').Translator} parts.translator
   * @param {import('./panels.js').Panels} parts.panels
   * @param {import('./attention.js').Attention} parts.attention
   * @param {(name: string) => Promise<void>} parts.onshare
   * @param {() => boolean} parts.leavable whether there is another room to go to
   * @param {(room: Room) => Promise<void>} parts.onleave
   * @param {(what: 'settings' | 'log', room: Room) => void} parts.onmoderate what moderators keep order with is wanted
   */
  constructor({ translator, panels, attention, onshare, leavable, onleave, onmoderate }) {
    this.translator = translator;
    this.leavable = leavable;
    this.attention = attention;
    this.menu = /** @type {HTMLDialogElement} */ (byId('menu'));
    this.name = '';
    /** @type {Room | undefined} */
    this.room = undefined;

    byId('rooms-toggle').addEventListener('click', () => panels.toggle('rooms'));
    byId('members-toggle').addEventListener('click', () => panels.toggle('members'));
    for (const id of ['share-button', 'empty-share']) {
      byId(id).addEventListener('click', () => void onshare(this.name));
    }
    byId('more').addEventListener('click', () => this.#open());
    byId('menu-share').addEventListener('click', async () => {
      await dismiss(this.menu);
      await onshare(this.name);
    });
    byId('menu-members').addEventListener('click', async () => {
      await dismiss(this.menu);
      panels.toggle('members');
    });
    byId('menu-mute').addEventListener('click', async () => {
      await dismiss(this.menu);
      const { preferences } = attention;
      preferences.mute(this.name, !preferences.muted.has(this.name));
    });
    byId('menu-read').addEventListener('click', async () => {
      await dismiss(this.menu);
      attention.readAll();
    });
    for (const [id, what] of /** @type {const} */ ([['menu-order', 'settings'], ['menu-modlog', 'log']])) {
      byId(id).addEventListener('click', async () => {
        await dismiss(this.menu);
        if (this.room) onmoderate(what, this.room);
      });
    }
    byId('menu-leave').addEventListener('click', async () => {
      await dismiss(this.menu);
      if (this.room) await onleave(this.room);
    });
  }

  /**
   * @param {string} name
   * @param {Room | undefined} room unknown until it was joined
   */
  render(name, room) {
    this.name = name;
    this.room = room;
    byId('room-title').textContent = name;
    byId('topic').textContent = room?.topic ?? '';
    byId('empty-title').textContent = this.translator.text('log.empty', { room: `#${name}` });
  }

  #open() {
    const { translator } = this;
    byId('menu-members').textContent = translator.text('members.menu', { n: this.room?.count ?? 0 });
    const key = this.attention.preferences.muted.has(this.name) ? 'rooms.unmute' : 'rooms.mute';
    byId('menu-mute').textContent = translator.text(key, { room: `#${this.name}` });
    byId('menu-leave').textContent = translator.text('rooms.leave', { room: `#${this.name}` });
    byId('menu-leave').hidden = !this.leavable();
    for (const id of ['menu-order', 'menu-modlog']) byId(id).hidden = !this.room?.standing.isModerator;
    this.menu.showModal();
  }
}
