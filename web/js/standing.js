/**
 * The order of one room: what holds in it, who has which role, what moderators did,
 * and how I stand. Pure; `joined` and the entries of the log make all of it.
 */

/** @typedef {import('./types.js').Role} Role */
/** @typedef {import('./types.js').Acted} Acted */

/** @type {Role[]} the lowest first */
export const ROLES = ['member', 'moderator', 'owner'];

/** Acts held at most: the moderation log has them all. */
export const ACTS_HELD = 200;

/** @param {Role} [role] */
const rankOf = (role = 'member') => ROLES.indexOf(role);

/**
 * Why I cannot write here. `guest`: who has not signed in reads only.
 *
 * @typedef {{kind: 'muted', until: number | true} | {kind: 'read_only' | 'guest'}} Silence
 */

export class Standing {
  /** @param {{role: Role}} [server] my role on the whole server, kept up to date */
  constructor(server = { role: 'member' }) {
    this.server = server;
    /** @type {import('./types.js').Settings} */
    this.settings = {};
    /** @type {Role} mine in this room */
    this.role = 'member';
    /** @type {number | true | undefined} until when I am muted, in milliseconds since the epoch; true: for good */
    this.muted = undefined;
    this.guest = false;
    /** @type {Map<string, Role>} of those who are more than members */
    this.roles = new Map();
    /** @type {Map<string, number | true>} persons who were muted while I heard it → until when */
    this.mutes = new Map();
    /** @type {Acted[]} oldest first */
    this.acts = [];
    /** When I said something last, by the server's clock. */
    this.said = -Infinity;
    /** Until when the server wants me to wait. */
    this.refused = 0;
    /** Who gave the room its key, as far as it was heard. */
    this.keyed = '';
    /** @type {Acted | undefined} what sends me out, just before I am */
    this.ousted = undefined;
  }

  /**
   * @param {import('./types.js').Joined} joined
   * @param {boolean} isSame whether what was held of the log still holds
   * @param {string} me my person
   */
  enter({ settings, you, members, events }, isSame, me) {
    this.settings = settings;
    this.role = you.role;
    this.muted = you.muted;
    this.guest = you.read_only === true;
    this.ousted = undefined;
    this.roles.clear();
    this.meet(members);
    for (const { person, time } of events) if (person === me) this.said = Math.max(this.said, time);
    if (isSame) return;
    this.acts = [];
    this.mutes.clear();
  }

  /** @param {import('./types.js').Member[]} members */
  meet(members) {
    for (const { person, role } of members) if (role) this.roles.set(person, role);
  }

  /** @param {import('./types.js').Changed} entry */
  change({ values, person }) {
    this.settings = { ...this.settings, ...values };
    if (values.key !== undefined) this.keyed = person;
  }

  /**
   * @param {Acted} acted
   * @param {string} me my person
   */
  take(acted, me) {
    const { act, target, until = true, role = 'member' } = acted;
    this.acts = [...this.acts.slice(1 - ACTS_HELD), acted];
    if (act === 'role') {
      if (role === 'member') this.roles.delete(target);
      else this.roles.set(target, role);
    }
    if (act === 'mute') this.mutes.set(target, until);
    if (act === 'unmute') this.mutes.delete(target);
    if (target !== me) return;
    if (act === 'role') this.role = role;
    else if (act === 'mute') this.muted = until;
    else if (act === 'unmute') this.muted = undefined;
    else if (act === 'kick' || act === 'ban') this.ousted = acted;
  }

  /** Whether something holds here that is worth a word. */
  get isRuled() {
    const { settings, muted, guest } = this;
    return Boolean(settings.slow || settings.locked || settings.read_only || muted || guest);
  }

  /** 0: a member; the owner of the server stands above those of rooms. */
  get rank() {
    const { server, role } = this;
    return server.role === 'owner' ? ROLES.length : Math.max(rankOf(server.role), rankOf(role));
  }

  get isModerator() {
    return this.rank > 0;
  }

  /** @param {string} person whether moderation of them is mine */
  isBelow(person) {
    return this.isModerator && rankOf(this.roles.get(person)) < this.rank;
  }

  /** @returns {Role[]} those that I may give, the lowest first */
  get gifts() {
    return this.rank >= rankOf('owner') ? ROLES : [];
  }

  /**
   * @param {string} person
   * @param {number} now milliseconds, by the server's clock
   */
  isMuted(person, now) {
    const until = this.mutes.get(person);
    return until === true || (until ?? 0) > now;
  }

  /**
   * @param {number} now milliseconds, by the server's clock
   * @returns {Silence | undefined} why I cannot write, if I cannot
   */
  silence(now) {
    const { muted } = this;
    if (muted === true || (muted ?? 0) > now) return { kind: 'muted', until: muted ?? true };
    if (this.isModerator) return undefined;
    if (this.settings.read_only) return { kind: 'read_only' };
    return this.guest ? { kind: 'guest' } : undefined;
  }

  /**
   * @param {number} now milliseconds, by the server's clock
   * @returns {number} how long I have to wait before I can say something, in milliseconds
   */
  wait(now) {
    if (this.isModerator) return 0;
    const slow = this.settings.slow ?? 0;
    return Math.max(0, slow && this.said + slow * 1000 - now, this.refused - now);
  }
}
