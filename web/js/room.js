/**
 * One room as this connection knows it: pure, events in and state out.
 *
 * `messages` is a window: consecutive messages of the log, oldest first. With
 * `newer` it ends before the log does, and what arrives live is only counted.
 * All of it can be thrown away and rebuilt from `joined` and `history`.
 */

import { Comings } from './comings.js';
import { deleted, edited, isVague, reacted, renamed, requoted, withMine } from './fold.js';
import { indexOf } from './rows.js';
import { Standing } from './standing.js';
import { Writers } from './writers.js';

/** @typedef {import('./types.js').Message} Message */
/** @typedef {import('./types.js').Entry} Entry */
/** @typedef {import('./types.js').Who} Who */

/** Messages held at most; farther ones are fetched again when they are read. */
export const HELD_MESSAGES = 2000;

/** The server counts unread messages so far; so do we. */
export const UNREAD_COUNTED = 100;

export class Room {
  /**
   * @param {string} name as the server spells it
   * @param {{has: (person: string) => boolean}} [ignored] whose messages and typing do not count
   * @param {{role: import('./types.js').Role}} [server] my role on the whole server
   */
  constructor(name, ignored = new Set(), server = undefined) {
    this.name = name;
    this.ignored = ignored;
    /** @type {'out' | 'resuming' | 'live'} `resuming`: events are ignored until `joined` */
    this.stream = /** @type {'out' | 'resuming' | 'live'} */ ('out');
    this.epoch = '';
    /** Every entry up to here has been seen. */
    this.seq = 0;
    /** The position of the last `joined`: entries up to it are a replay. */
    this.caughtUp = 0;
    this.standing = new Standing(server);
    /** @type {Message[]} */
    this.messages = [];
    this.older = false;
    this.newer = false;
    /** A page was seen: an empty window means an empty room. */
    this.loaded = false;
    /** @type {Map<string, string>} person → name, of those present */
    this.members = new Map();
    this.count = 0;
    /** How often somebody came, went or was renamed. */
    this.presences = 0;
    this.comings = new Comings();
    /** Marked as unread by hand from here on, which looking does not change; 0: not. */
    this.kept = 0;
    /** How far the server knows that I have read. */
    this.told = 0;
    this.read = 0;
    this.unread = 0;
    this.mentions = 0;
    /** The position of the last message. */
    this.said = 0;
    /** Messages of others heard since the page was opened. */
    this.heard = 0;
    /** The window is read away from its end: it may lose its newest, not its oldest. */
    this.reading = false;
    /** @type {Set<number>} messages with a reaction of somebody whose name is not known here */
    this.vague = new Set();
    this.typing = new Writers();
  }

  get topic() {
    return this.standing.settings.topic ?? '';
  }

  /**
   * The room as it stands, after a join.
   *
   * @param {import('./types.js').Joined} joined
   * @param {number} [now] milliseconds
   * @param {string} [me] my person
   * @returns {boolean} whether entries were missed: what was held is gone
   */
  enter(joined, now = 0, me = '') {
    this.comings.back(now);
    const resumed = this.stream === 'resuming';
    const missed = resumed && !joined.recovered && this.loaded;
    this.stream = 'live';
    this.standing.enter(joined, joined.epoch === this.epoch, me);
    this.members = new Map(joined.members.map((who) => [who.person, who.name]));
    this.count = joined.count;
    // A mark that was set here and did not reach the server's store stands.
    this.read = joined.epoch === this.epoch ? Math.max(joined.read, this.read) : joined.read;
    this.unread = joined.unread;
    this.mentions = joined.mentions;
    this.caughtUp = joined.seq;
    this.typing.clear();
    if (!(resumed && joined.recovered)) {
      this.epoch = joined.epoch;
      this.seq = joined.seq;
      this.messages = withMine(joined.events, joined.mine);
      this.vague.clear();
      this.older = joined.older;
      // A join with `limit` 0 brings no page: it is asked for when the room is opened.
      this.newer = joined.events.length === 0 && joined.older;
      this.loaded = !this.newer;
    }
    if (this.read >= joined.seq) this.unread = this.mentions = 0;
    this.told = joined.read;
    if (this.kept > joined.seq) this.kept = 0;
    if (this.kept) this.keep(this.kept);
    return missed;
  }

  /**
   * Mark what was said from a message on as unread. The server's mark goes forward
   * only, so it is this page that remembers.
   *
   * @param {number} seq of the message
   */
  keep(seq) {
    this.kept = seq;
    this.told = Math.max(this.told, this.read);
    this.read = Math.min(this.read, seq - 1);
    this.unread = Math.max(1, this.unread);
  }

  /** The connection is gone. */
  lost() {
    if (this.stream === 'live') this.comings.lost(this.members.keys());
    this.stream = 'out';
    this.typing.clear();
  }

  /**
   * One entry of the log.
   *
   * @param {Entry} entry
   * @param {string} me my person
   * @returns {'taken' | 'ignored' | 'gap'} after a gap the room is to be joined again
   */
  take(entry, me) {
    if (this.stream !== 'live' || entry.seq <= this.seq) return 'ignored';
    if (entry.seq !== this.seq + 1) return 'gap';
    this.seq = entry.seq;
    switch (entry.type) {
      case 'message':
        this.#append(entry, me);
        break;
      case 'edited':
        this.#edit(entry, me);
        break;
      case 'deleted':
        this.#delete(entry, me);
        break;
      case 'reacted':
        this.#change(entry.target, (message) => reacted(message, entry, me));
        break;
      case 'set':
        this.standing.change(entry);
        break;
      case 'acted':
        this.standing.take(entry, me);
        if (entry.act === 'purge') this.#purge(entry, me);
        break;
    }
    return 'taken';
  }

  /**
   * @param {number} seq
   * @returns {Message | undefined}
   */
  message(seq) {
    const message = this.messages[indexOf(this.messages, seq)];
    return message?.seq === seq ? message : undefined;
  }

  /**
   * Whether a place is in what is held, or nothing nearer to it is anywhere.
   *
   * @param {number} seq
   * @returns {boolean}
   */
  holds(seq) {
    const { messages, older, newer, loaded } = this;
    if (!loaded || messages.length === 0) return loaded;
    return (seq >= messages[0].seq || !older) && (seq <= messages[messages.length - 1].seq || !newer);
  }

  /**
   * @param {number} target
   * @param {(message: Message) => Message} become
   */
  #change(target, become) {
    const index = indexOf(this.messages, target);
    const message = this.messages[index];
    if (message?.seq !== target) return;
    const changed = become(message);
    this.messages[index] = changed;
    if (isVague(changed)) this.vague.add(target);
  }

  /**
   * @param {import('./types.js').Edited} entry
   * @param {string} me
   */
  #edit(entry, me) {
    this.typing.delete(entry.person);
    const named = this.message(entry.target)?.mentions?.includes(me);
    this.#change(entry.target, (message) => edited(message, entry));
    this.#requote(entry.target, entry.deleted ? undefined : entry.text);
    // One who is mentioned by an edit is not told so; one who no longer is, is not waited for.
    if (named && !entry.mentions?.includes(me) && this.#awaits(entry)) this.mentions = Math.max(0, this.mentions - 1);
  }

  /**
   * @param {{seq: number, target: number, person: string}} entry
   * @param {string} me
   */
  #delete(entry, me) {
    const named = this.message(entry.target)?.mentions?.includes(me);
    const isMine = (this.message(entry.target) ?? entry).person === me;
    this.#change(entry.target, deleted);
    this.#requote(entry.target, undefined);
    if (isMine || !this.#awaits(entry)) return;
    // Behind a hundred there may be others: then it is a hundred still.
    if (this.unread < UNREAD_COUNTED) this.unread = Math.max(0, this.unread - 1);
    if (named) this.mentions = Math.max(0, this.mentions - 1);
  }

  /**
   * What somebody said of late is deleted, all at once.
   *
   * @param {import('./types.js').Acted} acted
   * @param {string} me
   */
  #purge({ seq, target: person, since = Infinity }, me) {
    for (const { seq: target, time, person: author, deleted: gone } of this.messages) {
      if (author === person && time >= since && !gone) this.#delete({ seq, target, person }, me);
    }
  }

  /**
   * Whether an entry's message is among those counted as unread. Those of a replay
   * were counted by the server, as they are now.
   *
   * @param {{seq: number, target: number}} entry
   */
  #awaits(entry) {
    return entry.seq > this.caughtUp && entry.target > this.read;
  }

  /**
   * @param {number} target
   * @param {string | undefined} text
   */
  #requote(target, text) {
    this.messages.forEach((message, index) => {
      if (message.reply_to === target) this.messages[index] = requoted(message, text);
    });
  }

  /**
   * @param {Message} message
   * @param {string} me
   */
  #append(message, me) {
    this.said = message.seq;
    if (message.person === me) this.standing.said = message.time;
    if (!this.newer) {
      this.messages.push(message);
      if (this.reading) this.detach();
      else this.trim();
    }
    this.typing.delete(message.person);
    if (message.person === me || this.ignored.has(message.person)) return;
    this.heard += 1;
    // What `joined` counted as unread is not counted again while it is replayed.
    if (message.deleted || message.seq <= Math.max(this.caughtUp, this.read)) return;
    this.unread = Math.min(this.unread + 1, UNREAD_COUNTED);
    if (message.mentions?.includes(me)) this.mentions = Math.min(this.mentions + 1, UNREAD_COUNTED);
  }

  /**
   * A page of history. One that is folded at another position than the room's is
   * dropped: entries would count in it twice, or never.
   *
   * @param {import('./types.js').Page} page
   * @param {import('./types.js').Where} asked the command it answers
   */
  turn(page, asked) {
    if (this.stream !== 'live' || page.seq !== this.seq) return;
    const events = withMine(page.events, page.mine);
    if (asked.limit === 1) {
      const [message] = events;
      if (message) this.#change(message.seq, () => message);
      return;
    }
    if (asked.before !== undefined) {
      if (asked.before !== this.messages[0]?.seq) return;
      this.messages = [...events, ...this.messages];
      this.older = page.older;
      this.detach();
    } else if (asked.after !== undefined) {
      if (asked.after !== this.messages.at(-1)?.seq) return;
      this.messages = [...this.messages, ...events];
      this.newer = page.newer;
      this.trim();
    } else {
      this.messages = events;
      this.older = page.older;
      this.newer = page.newer;
    }
    this.loaded = true;
  }

  /** Drop the oldest messages over the bound. */
  trim() {
    if (this.messages.length <= HELD_MESSAGES) return;
    this.messages = this.messages.slice(-HELD_MESSAGES);
    this.older = true;
  }

  /** Drop the newest messages over the bound. */
  detach() {
    if (this.messages.length <= HELD_MESSAGES) return;
    this.messages.length = HELD_MESSAGES;
    this.newer = true;
  }

  /**
   * The server knows that I have read so far, here or on another device.
   *
   * @param {number} seq
   * @param {string} me
   */
  hearRead(seq, me) {
    if (seq <= this.told) return;
    this.told = seq;
    this.kept = 0;
    this.mark(seq, me);
  }

  /**
   * My read mark moved.
   *
   * @param {number} seq
   * @param {string} me
   */
  mark(seq, me) {
    if (seq <= this.read || this.kept) return;
    this.read = seq;
    this.recount(me);
  }

  /**
   * Count what is behind the mark, where that is here.
   *
   * @param {string} me
   */
  recount(me) {
    const { read: seq } = this;
    const first = this.messages[0]?.seq ?? Infinity;
    if (seq >= this.seq) {
      this.unread = this.mentions = 0;
    } else if (first <= seq + 1 && !this.newer) {
      const isOther = (/** @type {Message} */ { person, deleted: gone }) => person !== me && !gone && !this.ignored.has(person);
      const rest = this.messages.filter((message) => message.seq > seq && isOther(message));
      this.unread = Math.min(rest.length, UNREAD_COUNTED);
      this.mentions = rest.filter((message) => message.mentions?.includes(me)).length;
    }
  }

  /**
   * Comings and goings; past a hundred people only their number.
   *
   * @param {import('./types.js').Presence} presence
   * @param {string} [me] my person
   * @param {number} [now] milliseconds
   */
  attend(presence, me = '', now = 0) {
    this.comings.take(presence, { after: this.seq, said: this.said, me, now });
    for (const { person, name } of presence.joined ?? []) this.members.set(person, name);
    this.standing.meet(presence.joined ?? []);
    for (const { person, name } of presence.renamed ?? []) {
      if (this.members.has(person)) this.members.set(person, name);
      this.messages = this.messages.map((message) => renamed(message, { person, name }));
    }
    for (const { person } of presence.left ?? []) {
      this.members.delete(person);
      this.typing.delete(person);
    }
    this.count = presence.count;
    this.presences += 1;
  }
}
