/** Brings in the messages that are next to an edge of what is shown, before it is seen. */

import { AT_END } from './slice.js';

/** @typedef {import('./room.js').Room} Room */

export class Edges {
  /** @param {import('./timeline.js').Timeline} timeline */
  constructor(timeline) {
    this.timeline = timeline;
    /** A page is on its way. */
    this.fetching = false;
  }

  /** Bring in what is next to an edge that is near: what is held, or else a page. */
  extend() {
    const { room, scroller, slice, pace } = this.timeline;
    if (!room) return;
    const { messages } = room;
    if (this.#wantsOlder(room)) {
      if (slice.back(messages, pace.rows)) this.later();
      else if (room.older && room.loaded && messages.length > 0) void this.fetch(room, { before: messages[0].seq });
    }
    if (!scroller.stuck && scroller.isNearBottom) {
      if (slice.forth(messages, pace.rows)) this.later();
      else if (room.newer) void this.fetch(room, { after: messages.at(-1)?.seq });
    }
  }

  /**
   * Whoever is at the end has some rows above what they see, and no more.
   *
   * @param {Room} room
   */
  #wantsOlder(room) {
    const { scroller, slice, behind } = this.timeline;
    if (!scroller.stuck) return scroller.isNearTop;
    const [start, end] = slice.bounds(room.messages);
    return behind === 0 && (scroller.fits || (start > 0 && end - start < AT_END));
  }

  /** What comes now was not said just now: it is not read aloud. */
  later() {
    this.timeline.quiet.begin();
    this.timeline.invalidate();
  }

  /**
   * @param {Room} room
   * @param {import('./types.js').Where} where
   */
  async fetch(room, where) {
    const { timeline } = this;
    if (this.fetching) return;
    this.fetching = true;
    timeline.quiet.begin();
    const answered = await timeline.parts.page(room, where);
    if (timeline.room !== room) return;
    this.fetching = false;
    if (answered) this.later();
  }
}
