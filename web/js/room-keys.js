/**
 * The keys to rooms that I came in with or gave them: remembered in this browser, for
 * coming in and for inviting others. The server tells nobody.
 */

import { hashOf, keyOf, LOBBY, ownerKeyOf, roomOf } from './address.js';
import { folded } from './store.js';

/** @typedef {{get: (key: string) => string | undefined, set: (key: string, value: string) => void}} Kept */

/** Where a tab keeps the key of an owner link until the server has taken it. */
export const OWNER_KEY = 'owner-key';

export class RoomKeys {
  /**
   * @param {Kept} storage
   * @param {Kept} tab what only this tab remembers
   */
  constructor(storage, tab) {
    this.storage = storage;
    this.tab = tab;
  }

  /** @param {string} room */
  get(room) {
    return this.storage.get(`key:${folded(room)}`) ?? '';
  }

  /**
   * @param {string} room
   * @param {string} key the empty one is forgotten
   */
  set(room, key) {
    if (key !== this.get(room)) this.storage.set(`key:${folded(room)}`, key);
  }

  /**
   * @param {import('./room.js').Room | undefined} room
   * @returns {string} what an invitation carries: nothing to a room without a key
   */
  inviting(room) {
    return room?.standing.settings.key ? this.get(room.name) : '';
  }

  /** Take the key of an invitation, or of the owner's link, out of the address, where others would read it. */
  collect() {
    const { hash } = location;
    const [key, ownerKey] = [keyOf(hash), ownerKeyOf(hash)];
    if (!key && !ownerKey) return;
    if (ownerKey) this.tab.set(OWNER_KEY, ownerKey);
    else this.set(roomOf(hash), key);
    history.replaceState(history.state, '', hashOf(ownerKey ? LOBBY : roomOf(hash)));
  }

  /** The key of the owner's link, if there is one to be claimed. */
  get ownerKey() {
    return this.tab.get(OWNER_KEY) ?? '';
  }

  /** The owner's key is of no more use. */
  spend() {
    this.tab.set(OWNER_KEY, '');
  }

  /**
   * Forget the key of a room that has none any more, or another one.
   *
   * @param {import('./room.js').Room} room
   * @param {string} me my person
   */
  check({ name, standing }, me) {
    const { settings, keyed } = standing;
    if (!settings.key || (keyed && keyed !== me)) this.set(name, '');
    standing.keyed = '';
  }
}
