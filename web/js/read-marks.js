/**
 * How far I have read: a room is read only when the page is visible, has the
 * focus and shows the room's end.
 */

/** @typedef {import('./room.js').Room} Room */

/** A burst is marked once. */
const GATHER_MS = 400;

/** Whether somebody is at the page. */
export const isLooking = () => document.visibilityState === 'visible' && document.hasFocus();

export class ReadMarks {
  /**
   * @param {import('./store.js').Store} store
   * @param {import('./session.js').Session} session
   */
  constructor(store, session) {
    this.store = store;
    this.session = session;
    /** @type {Set<Room>} whose marks are about to be sent */
    this.moved = new Set();
  }

  /**
   * A room is being looked at.
   *
   * @param {Room} room
   * @param {number} seq up to which it is shown
   */
  look(room, seq) {
    if (!isLooking()) return;
    if (room.read >= seq || room.stream !== 'live') return;
    this.store.mark(room, seq);
    if (this.moved.has(room)) return;
    this.moved.add(room);
    setTimeout(() => {
      this.moved.delete(room);
      this.session.read(room);
    }, GATHER_MS);
  }
}
