/**
 * Everything the page knows of the chat: frames in, state out.
 *
 * Pure: no DOM, no clock, no I/O. What changed is told to the listeners; what
 * has to be asked of the server is left to the session.
 */

import { Room } from './room.js';

/** @typedef {import('./types.js').Command} Command */
/** @typedef {import('./types.js').Frame} Frame */

/**
 * What changed. `missed`: a resume failed and what was held of the room is gone;
 * `vague`: somebody who put an emoji to a message is not known here.
 *
 * @typedef {'me' | 'rooms' | 'messages' | 'members' | 'topic' | 'standing' | 'typing' | 'unread' | 'missed' | 'vague' | 'comings'} Change
 */

/** @typedef {import('./types.js').Entry} Entry */

/** @type {Record<string, Change[]>} what an entry of a type changes */
const CHANGES = {
  message: ['messages', 'unread', 'typing'],
  edited: ['messages', 'unread', 'typing'],
  deleted: ['messages', 'unread'],
  reacted: ['messages'],
  set: ['topic', 'standing'],
  acted: ['messages', 'members', 'unread', 'standing'],
};

/** Types that carry a `seq` and are no entry of a log. */
const REPLIES = new Set(['ack', 'joined', 'history', 'read', 'found']);

/**
 * Room names are compared folded; the server's spelling is the key.
 *
 * @param {string} name
 */
export const folded = (name) => name.normalize('NFKC').toLowerCase();

export class Store {
  constructor() {
    /** @type {{person: string, name: string}} */
    this.me = { person: '', name: '' };
    /** @type {Set<string>} what the server can do beyond the basics */
    this.features = new Set();
    /** @type {import('./types.js').Limits} */
    this.limits = { text_chars: 4000, name_chars: 32 };
    /** @type {{role: import('./types.js').Role}} mine on the whole server */
    this.server = { role: 'member' };
    /** @type {Map<string, Room>} */
    this.rooms = new Map();
    /** @type {Set<(change: Change, room?: Room) => void>} */
    this.listeners = new Set();
    /** @type {(room: Room, message: import('./types.js').Message) => void} somebody said something just now: no replay */
    this.onsaid = () => {};
    /** @type {{has: (person: string) => boolean}} people who are not listened to */
    this.ignored = new Set();
    /** @type {{has: (room: string) => boolean}} rooms of which only mentions count */
    this.muted = new Set();
  }

  /**
   * @param {Change} change
   * @param {Room} [room]
   */
  #tell(change, room) {
    for (const listener of this.listeners) listener(change, room);
  }

  /**
   * @param {string} name in any spelling
   * @returns {Room | undefined}
   */
  room(name) {
    const key = folded(name);
    return this.rooms.get(name) ?? [...this.rooms.values()].find((room) => folded(room.name) === key);
  }

  /** The connection is gone: from each room's end on, nothing is heard. */
  lost() {
    for (const room of this.rooms.values()) {
      room.lost();
      this.#tell('typing', room);
    }
  }

  /**
   * A join with `since` was sent: what still arrives of the room is from before it.
   *
   * @param {Room} room
   */
  resuming(room) {
    room.stream = 'resuming';
  }

  /**
   * Take one frame of the wire.
   *
   * @param {Frame} frame
   * @param {Command} [asked] the command that it answers
   * @param {number} [now] milliseconds, for what expires
   * @returns {Room | undefined} a room that has to be joined again, for a gap was seen
   */
  receive(frame, asked, now = 0) {
    switch (frame.type) {
      case 'welcome':
        this.#welcome(frame);
        return undefined;
      case 'renamed':
        this.me = { ...this.me, name: frame.name };
        this.#tell('me');
        return undefined;
      case 'joined':
        this.#joined(frame, now);
        return undefined;
      case 'claimed':
        this.#promoted(frame.role);
        return undefined;
    }
    const room = 'room' in frame ? this.rooms.get(frame.room ?? '') : undefined;
    return room && this.#inRoom(room, frame, asked, now);
  }

  /** @param {import('./types.js').Welcome} welcome */
  #welcome(welcome) {
    const { person, name, rooms } = welcome;
    if (person === this.me.person) {
      for (const held of this.rooms.keys()) if (!rooms.includes(held)) this.rooms.delete(held);
    }
    this.me = { person, name };
    this.features = new Set(welcome.features);
    this.limits = welcome.limits;
    this.server.role = welcome.role ?? 'member';
    this.#tell('me');
    this.#tell('rooms');
  }

  /** @param {import('./types.js').Role} role that I have now, everywhere */
  #promoted(role) {
    this.server.role = role;
    for (const room of this.rooms.values()) {
      this.#tell('members', room);
      this.#tell('standing', room);
    }
  }

  /**
   * @param {import('./types.js').Joined | import('./types.js').JoinedElsewhere} joined
   * @param {number} now
   */
  #joined(joined, now) {
    // Without a log this is news of another tab's join; the session joins too.
    if (joined.epoch === undefined) return;
    const room = this.rooms.get(joined.room) ?? new Room(joined.room, this.ignored, this.server);
    const isNew = !this.rooms.has(room.name);
    this.rooms.set(room.name, room);
    const missed = room.enter(joined, now, this.me.person);
    if (isNew) this.#tell('rooms', room);
    for (const change of /** @type {Change[]} */ (['messages', 'members', 'topic', 'standing', 'unread'])) {
      this.#tell(change, room);
    }
    if (missed) this.#tell('missed', room);
  }

  /**
   * @param {Room} room
   * @param {Frame} frame
   * @param {Command | undefined} asked
   * @param {number} now
   * @returns {Room | undefined}
   */
  #inRoom(room, frame, asked, now) {
    switch (frame.type) {
      case 'left':
        this.rooms.delete(room.name);
        this.#tell('rooms', room);
        return undefined;
      case 'history':
        room.turn(frame, asked?.type === 'history' ? asked : {});
        this.#tell('messages', room);
        return undefined;
      case 'read':
        room.hearRead(frame.seq, this.me.person);
        this.#tell('unread', room);
        return undefined;
      case 'presence':
        room.attend(frame, this.me.person, now);
        this.#tell('members', room);
        this.#tell('comings', room);
        // They are called otherwise at the messages they put an emoji to.
        if (frame.renamed?.length) this.#tell('messages', room);
        return undefined;
      case 'typing':
        if (!room.ignored.has(frame.person)) room.typing.hear(frame, now);
        this.#tell('typing', room);
        return undefined;
    }
    // Entries of unknown types count too: each has its place in the log.
    if ('seq' in frame && !REPLIES.has(frame.type)) return this.#entry(room, /** @type {Entry} */ (frame));
    return undefined;
  }

  /**
   * @param {Room} room
   * @param {Entry} entry
   * @returns {Room | undefined}
   */
  #entry(room, entry) {
    const outcome = room.take(entry, this.me.person);
    if (outcome === 'gap') return room;
    if (outcome === 'ignored') return undefined;
    for (const change of CHANGES[entry.type] ?? []) this.#tell(change, room);
    if (room.vague.size > 0) this.#tell('vague', room);
    if (entry.type === 'message' && entry.seq > room.caughtUp) this.onsaid(room, entry);
    return undefined;
  }

  /**
   * Move my read mark here, ahead of the server's answer.
   *
   * @param {Room} room
   * @param {number} seq
   */
  mark(room, seq) {
    room.mark(seq, this.me.person);
    this.#tell('unread', room);
  }

  /**
   * Something was said too early in a slow room.
   *
   * @param {Room} room
   * @param {number} until milliseconds, by the server's clock
   */
  defer(room, until) {
    room.standing.refused = until;
    this.#tell('standing', room);
  }

  /**
   * Mark what was said from a message on as unread, until the room is opened again.
   *
   * @param {Room} room
   * @param {number} seq
   */
  keep(room, seq) {
    room.keep(seq);
    room.recount(this.me.person);
    this.#tell('unread', room);
  }

  /**
   * Count anew: other people are listened to, or other rooms.
   */
  recount() {
    for (const room of this.rooms.values()) {
      room.recount(this.me.person);
      this.#tell('messages', room);
      this.#tell('unread', room);
    }
  }

  /** @returns {{unread: number, mentions: number}} over all rooms */
  totals() {
    const rooms = [...this.rooms.values()];
    return {
      unread: rooms.reduce((sum, { name, unread, mentions }) => sum + (this.muted.has(name) ? mentions : unread), 0),
      mentions: rooms.reduce((sum, room) => sum + room.mentions, 0),
    };
  }
}
