/** What later entries make of a message; that whoever stayed sees what whoever came back sees. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { excerpt, QUOTE_CHARS, reacted, REACTORS_KNOWN } from '../../web/js/fold.js';
import { Store } from '../../web/js/store.js';
import { asking, joined, message, must, page, strange, welcome } from './fakes.mjs';

const ME = 'p1';
/** @type {Record<string, string>} */
const NAMES = { p1: 'Ann', p2: 'Bob', p3: 'Cy' };

/** A room's log as a server keeps it, small and plain. */
class Log {
  constructor() {
    /** @type {any[]} */
    this.entries = [];
    /** @type {Map<number, any>} */
    this.posts = new Map();
  }

  /**
   * @param {string} type
   * @param {string} person
   * @param {object} fields
   * @returns {any}
   */
  #enter(type, person, fields) {
    const seq = this.entries.length + 1;
    const entry = { type, room: 'lobby', seq, time: seq * 1000, person, name: NAMES[person], ...fields };
    this.entries.push(entry);
    return entry;
  }

  /**
   * @param {string} person
   * @param {string} text
   * @param {number} [target]
   */
  say(person, text, target) {
    const reply = target === undefined ? {} : { reply_to: target, quote: this.#quote(target) };
    const entry = this.#enter('message', person, { text, ...reply });
    this.posts.set(entry.seq, { ...entry, on: new Map() });
    return entry;
  }

  /**
   * @param {number} target
   * @param {string} text
   * @param {string[]} [mentions]
   */
  edit(target, text, mentions) {
    const post = this.posts.get(target);
    const entry = this.#enter('edited', post.person, { target, text, ...(mentions && { mentions }) });
    delete post.mentions;
    Object.assign(post, { text, edited: entry.time }, mentions && { mentions });
    return entry;
  }

  /** @param {number} target */
  delete(target) {
    const post = this.posts.get(target);
    const entry = this.#enter('deleted', post.person, { target });
    for (const key of ['text', 'edited', 'mentions']) delete post[key];
    post.on.clear();
    post.deleted = true;
    return entry;
  }

  /**
   * @param {string} person
   * @param {number} target
   * @param {string} emoji
   * @param {boolean} on
   */
  react(person, target, emoji, on) {
    const { on: people } = this.posts.get(target);
    const who = people.get(emoji) ?? new Set();
    if (on) people.set(emoji, who.add(person));
    else who.delete(person);
    if (who.size === 0) people.delete(emoji);
    return this.#enter('reacted', person, { target, emoji, on });
  }

  /** @param {number} target */
  #quote(target) {
    const { person, name, text } = this.posts.get(target);
    return { person, name, ...(text !== undefined && { text: text.slice(0, QUOTE_CHARS) }) };
  }

  /** @param {any} post */
  #told({ on, edited, ...post }) {
    return post.reply_to === undefined ? post : { ...post, quote: this.#quote(post.reply_to) };
  }

  /** A page of everything, and my reactions in it. */
  get page() {
    /** @type {Record<string, string[]>} */
    const mine = {};
    const events = [...this.posts.values()].map((post) => {
      const reactions = [...post.on].map(([emoji, who]) => ({
        emoji, count: who.size, people: [...who].slice(0, REACTORS_KNOWN).map((person) => ({ person, name: NAMES[person] ?? person })),
      }));
      const own = [...post.on].filter(([, who]) => who.has(ME)).map(([emoji]) => emoji);
      if (own.length > 0) mine[post.seq] = own;
      return {
        ...this.#told(post),
        ...(post.edited && { edited: post.edited }),
        ...(reactions.length > 0 && { reactions }),
      };
    });
    return { events, mine, seq: this.entries.length };
  }

  /**
   * What one who has heard up to a position missed, with no text that is gone.
   *
   * @param {number} since
   */
  replay(since) {
    return this.entries.slice(since).map((entry) => {
      if (entry.type === 'message') return this.#told(this.posts.get(entry.seq));
      if (entry.type !== 'edited') return entry;
      const { text, mentions } = this.posts.get(entry.target);
      const { text: _, mentions: __, ...rest } = entry;
      return text === undefined ? { ...rest, deleted: true } : { ...rest, text, ...(mentions && { mentions }) };
    });
  }
}

const visitor = (more = {}) => {
  const store = new Store();
  store.receive(welcome());
  store.receive(joined(more));
  return store;
};
const shown = (/** @type {Store} */ store) => must(store.rooms.get('lobby')).messages;

/** Numbers that look random and are the same each time. */
const dice = (/** @type {number} */ seed) => {
  let state = seed;
  return (/** @type {number} */ sides) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
};

/**
 * Something that the rules allow.
 *
 * @param {Log} log
 * @param {(sides: number) => number} roll
 */
function act(log, roll) {
  const person = `p${1 + roll(3)}`;
  const all = [...log.posts.values()];
  const alive = all.filter(({ deleted }) => !deleted);
  const post = alive[roll(alive.length)];
  const what = post ? roll(10) : 0;
  if (what < 4) return log.say(person, `text ${log.entries.length}`, all.length > 0 && roll(2) ? all[roll(all.length)].seq : undefined);
  if (what < 6) return log.edit(post.seq, `edited ${log.entries.length}`, roll(2) ? [ME] : undefined);
  if (what < 7) return log.delete(post.seq);
  const emoji = ['👍', '🎉', '❤️'][roll(3)];
  return log.react(person, post.seq, emoji, !post.on.get(emoji)?.has(person));
}

test('a tab that stayed, one that came back and one that is new show the same', () => {
  for (let seed = 1; seed <= 60; seed += 1) {
    const roll = dice(seed);
    const log = new Log();
    const stayed = visitor();
    const back = visitor();
    const gone = roll(30);
    for (let count = 0; count < 60; count += 1) {
      const entry = structuredClone(act(log, roll));
      stayed.receive(entry);
      if (count < gone) back.receive(structuredClone(entry));
    }
    const room = must(back.rooms.get('lobby'));
    back.lost();
    back.resuming(room);
    back.receive(joined({ recovered: true, seq: 60 }));
    for (const entry of log.replay(gone)) back.receive(structuredClone(entry));
    const fresh = visitor(log.page);

    assert.deepEqual(shown(stayed), shown(fresh), `seed ${seed}`);
    assert.deepEqual(shown(back), shown(fresh), `seed ${seed}, gone after ${gone}`);
  }
});

test('a page that is asked for while entries come shows them once', () => {
  const log = new Log();
  log.say('p2', 'one');
  log.react('p2', 1, '👍', true);
  const store = visitor({ seq: 2, events: [], older: true });

  store.receive(page({ ...structuredClone(log.page), older: false, newer: false }), asking());
  store.receive(log.react('p3', 1, '👍', true));
  assert.equal(shown(store)[0].reactions?.[0]?.count, 2);
  // Folded at another place: its entries would count twice.
  store.receive(page({ ...structuredClone(log.page), seq: 9, older: false, newer: false }), asking());

  assert.equal(shown(store)[0].reactions?.[0]?.count, 2);
});

test('a quote follows what it quotes, in the page and beyond it', () => {
  const log = new Log();
  const store = visitor();
  store.receive(log.say('p2', 'one'));
  store.receive(structuredClone(log.say('p3', 'two', 1)));

  store.receive(log.edit(1, '👍'.repeat(200)));
  assert.equal(shown(store)[1].quote?.text, '👍'.repeat(QUOTE_CHARS));
  store.receive(log.delete(1));

  assert.deepEqual(shown(store)[1].quote, { person: 'p2', name: 'Bob' });
});

test('deleted messages are not waited for, nor mentions that an edit took back', () => {
  const store = visitor();
  const room = must(store.rooms.get('lobby'));
  store.receive(message(1, { mentions: [ME] }));
  store.receive(message(2, { mentions: [ME] }));
  store.receive(message(3, { person: ME }));
  assert.deepEqual([room.unread, room.mentions], [2, 2]);

  store.receive({ type: 'edited', room: 'lobby', seq: 4, time: 4, person: 'p2', name: 'Bob', target: 1, text: 'x' });
  assert.deepEqual([room.unread, room.mentions], [2, 1]);
  store.receive({ type: 'deleted', room: 'lobby', seq: 5, time: 5, person: 'p2', name: 'Bob', target: 2 });
  store.receive({ type: 'deleted', room: 'lobby', seq: 6, time: 6, person: ME, name: 'Ann', target: 3 });

  assert.deepEqual([room.unread, room.mentions], [1, 0]);
  store.receive({ type: 'edited', room: 'lobby', seq: 7, time: 7, person: 'p2', name: 'Bob', target: 1, text: '@Ann', mentions: [ME] });
  assert.equal(room.mentions, 0);
});

test('an entry that was replayed was counted by the server', () => {
  const store = visitor();
  const room = must(store.rooms.get('lobby'));
  store.receive(message(1));
  store.lost();
  store.resuming(room);

  store.receive(joined({ recovered: true, seq: 2, unread: 0 }));
  store.receive({ type: 'deleted', room: 'lobby', seq: 2, time: 2, person: 'p2', name: 'Bob', target: 1 });

  assert.equal(room.unread, 0);
});

test('of many people the first ten are known; when one of them goes the message is asked for', () => {
  const store = visitor({ seq: 1, events: [message(1)] });
  const room = must(store.rooms.get('lobby'));
  /** @type {string[]} */
  const told = [];
  store.listeners.add((change) => told.push(change));
  let seq = 1;
  const react = (/** @type {string} */ person, /** @type {boolean} */ on) =>
    store.receive({ type: 'reacted', room: 'lobby', seq: (seq += 1), time: 1, person, name: person, target: 1, emoji: '👍', on });
  for (let count = 1; count <= 11; count += 1) react(`q${count}`, true);
  react(ME, true);

  assert.deepEqual([room.messages[0].reactions?.[0]?.count, room.messages[0].reactions?.[0]?.people.length], [12, 10]);
  assert.equal(room.messages[0].reactions?.[0]?.mine, true);
  assert.equal(told.includes('vague'), false);
  react('q1', false);
  assert.equal(told.includes('vague'), true);
  assert.deepEqual([...room.vague], [1]);
  const whole = { emoji: '👍', count: 11, people: [...Array(9).keys(), 9].map((index) => ({ person: `q${index + 2}`, name: 'Q' })) };
  store.receive(page({ seq, events: [message(1, { reactions: [whole] })], mine: { 1: ['👍'] }, older: false, newer: false }), asking({ around: 1, limit: 1 }));

  assert.equal(room.messages[0].reactions?.[0]?.people.length, 10);
  assert.equal(room.messages.length, 1);
  assert.equal(room.messages[0].reactions?.[0]?.mine, true);
});

test('the order is that of the latest on', () => {
  const by = (/** @type {string} */ person, /** @type {boolean} */ on, emoji = '👍') => ({ person, name: person, emoji, on });
  const steps = [by('a', true), by('b', true), by('a', true, '🎉'), by('a', false), by('a', true), by('c', false), by('z', false, '🔥')];

  /** @type {import('../../web/js/types.js').Message} */
  const said = message(1);
  const { reactions = [] } = steps.reduce((before, step) => reacted(before, step, ME), said);

  assert.deepEqual(reactions.map(({ emoji, people }) => [emoji, people.map(({ person }) => person).join('')]), [['👍', 'ba'], ['🎉', 'a']]);
  assert.equal('reactions' in reacted({ ...message(1), reactions: [reactions[1]] }, by('a', false, '🎉'), ME), false);
});

test('who is renamed is renamed at their reactions', () => {
  const store = visitor({ seq: 1, events: [message(1, { reactions: [{ emoji: '👍', count: 1, people: [{ person: 'p2', name: 'Bob' }] }] })] });

  store.receive({ type: 'presence', room: 'lobby', renamed: [{ person: 'p2', name: 'Rob', was: 'Bob' }], count: 1 });

  assert.deepEqual(shown(store)[0].reactions?.[0]?.people, [{ person: 'p2', name: 'Rob' }]);
});

test('what is said of a message that is not here changes nothing', () => {
  const store = visitor({ seq: 9, events: [message(9)], older: true });

  for (const [index, type] of ['edited', 'deleted', 'reacted'].entries()) {
    store.receive(strange({ type, room: 'lobby', seq: 10 + index, time: 1, person: 'p2', name: 'Bob', target: 3, text: 'x', emoji: '👍', on: true }));
  }

  assert.deepEqual(shown(store), [message(9)]);
  assert.equal(store.rooms.get('lobby')?.seq, 12);
});

test('an excerpt ends between characters', () => {
  assert.equal(excerpt('short'), 'short');
  assert.equal(Array.from(excerpt('𠮷'.repeat(500))).length, QUOTE_CHARS);
});
