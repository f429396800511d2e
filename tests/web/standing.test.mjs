/** The order of a room: what moderators do, and how I stand. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { rowsOf } from '../../web/js/rows.js';
import { ACTS_HELD } from '../../web/js/standing.js';
import { Store } from '../../web/js/store.js';
import { joined, message, messages, must, welcome } from './fakes.mjs';

/** @typedef {import('../../web/js/types.js').Acted} Acted */

const NOW = 1_000_000;

/**
 * What Eve, a moderator, did to Bob.
 *
 * @param {number} seq
 * @param {Partial<Acted>} more
 * @returns {Acted}
 */
const acted = (seq, more) => ({
  type: 'acted', room: 'lobby', seq, time: seq * 1000, person: 'p9', name: 'Eve', act: 'kick', target: 'p2', target_name: 'Bob', ...more,
});

/** A store that is in the lobby, and what it told since. */
const entered = (more = {}, mine = {}) => {
  const store = new Store();
  store.receive(welcome(mine));
  store.receive(joined(more));
  /** @type {string[]} */
  const told = [];
  store.listeners.add((change) => told.push(change));
  return { store, room: must(store.rooms.get('lobby')), told };
};
const texts = (/** @type {import('../../web/js/room.js').Room} */ room) => room.messages.map(({ text = '-' }) => text);

test('a join tells what holds in the room and who has which role', () => {
  const { room } = entered({
    settings: { topic: 'Tea', slow: 30, locked: true, key: true },
    you: { role: 'moderator', muted: true },
    members: [{ person: 'p1', name: 'Ann', role: 'moderator' }, { person: 'p2', name: 'Bob' }, { person: 'p9', name: 'Eve', role: 'owner' }],
  });
  const { standing } = room;

  assert.deepEqual(standing.settings, { topic: 'Tea', slow: 30, locked: true, key: true });
  assert.deepEqual([standing.role, standing.muted], ['moderator', true]);
  assert.deepEqual([...standing.roles], [['p1', 'moderator'], ['p9', 'owner']]);
});

test('whoever is of a higher role acts on another, and nobody else', () => {
  const members = [{ person: 'p2', name: 'Bob' }, { person: 'p8', name: 'Mo', role: 'moderator' }, { person: 'p9', name: 'Eve', role: 'owner' }];
  const below = (/** @type {object} */ you, /** @type {object} */ mine) => {
    const { standing } = entered({ members, you }, mine).room;
    return ['p2', 'p8', 'p9', 'unknown'].filter((person) => standing.isBelow(person));
  };

  assert.deepEqual(below({ role: 'member' }, {}), []);
  assert.deepEqual(below({ role: 'moderator' }, {}), ['p2', 'unknown']);
  assert.deepEqual(below({ role: 'owner' }, {}), ['p2', 'p8', 'unknown']);
  assert.deepEqual(below({ role: 'member' }, { role: 'moderator' }), ['p2', 'unknown']);
  assert.deepEqual(below({ role: 'member' }, { role: 'owner' }), ['p2', 'p8', 'p9', 'unknown']);
});

test('only owners give roles', () => {
  assert.deepEqual(entered({ you: { role: 'moderator' } }).room.standing.gifts, []);
  assert.deepEqual(entered({ you: { role: 'owner' } }).room.standing.gifts, ['member', 'moderator', 'owner']);
});

test('whoever claims the server is its owner in every room', () => {
  const { store, room, told } = entered();
  assert.equal(room.standing.isModerator, false);

  store.receive({ type: 'claimed', role: 'owner' });

  assert.equal(room.standing.isModerator, true);
  assert.deepEqual(told, ['members', 'standing']);
});

test('roles, mutes and what holds change as the log says', () => {
  const { store, room, told } = entered();
  const { standing } = room;

  store.receive(acted(1, { act: 'role', role: 'moderator' }));
  store.receive(acted(2, { act: 'role', target: 'p1', role: 'moderator' }));
  store.receive(acted(3, { act: 'mute', target: 'p3', until: NOW }));
  store.receive(acted(4, { act: 'mute', target: 'p1' }));
  store.receive({ type: 'set', room: 'lobby', seq: 5, time: 0, person: 'p9', name: 'Eve', values: { read_only: true, key: true } });

  assert.deepEqual([standing.roles.get('p2'), standing.role, standing.muted], ['moderator', 'moderator', true]);
  assert.deepEqual([standing.isMuted('p3', NOW - 1), standing.isMuted('p3', NOW), standing.isMuted('p1', NOW)], [true, false, true]);
  assert.deepEqual([standing.settings, standing.keyed], [{ topic: '', read_only: true, key: true }, 'p9']);
  assert.ok(told.includes('standing') && told.includes('members'));

  store.receive(acted(6, { act: 'role', role: 'member' }));
  store.receive(acted(7, { act: 'unmute', target: 'p1' }));
  assert.deepEqual([standing.roles.has('p2'), standing.muted], [false, undefined]);
});

test('who is muted, or only reads, is told so as long as it holds', () => {
  const silence = (/** @type {object} */ more) => entered(more).room.standing.silence(NOW)?.kind;

  assert.equal(silence({}), undefined);
  assert.equal(silence({ you: { role: 'member', muted: NOW + 1 } }), 'muted');
  assert.equal(silence({ you: { role: 'member', muted: NOW } }), undefined);
  assert.equal(silence({ settings: { read_only: true } }), 'read_only');
  assert.equal(silence({ settings: { read_only: true }, you: { role: 'moderator' } }), undefined);
  assert.equal(silence({ you: { role: 'member', read_only: true } }), 'guest');
});

test('in a slow room one waits from what one said last, moderators do not', () => {
  const { store, room } = entered({ settings: { slow: 30 }, seq: 1, events: [message(1, { person: 'p1', time: NOW - 20_000 })] });
  const { standing } = room;

  assert.equal(standing.wait(NOW), 10_000);
  store.receive(message(2));
  assert.equal(standing.wait(NOW), 10_000);
  store.receive(message(3, { person: 'p1', time: NOW }));
  assert.equal(standing.wait(NOW), 30_000);
  standing.refused = NOW + 40_000;
  assert.equal(standing.wait(NOW), 40_000);
  store.receive(acted(4, { act: 'role', target: 'p1', role: 'moderator' }));
  assert.equal(standing.wait(NOW), 0);
});

test('a purge deletes what somebody said of late, quotes of it and the count included', () => {
  const { store, room } = entered({ seq: 2, events: messages(1, 2), read: 2 });
  store.receive(message(3, { person: 'p3', text: 'mine', mentions: ['p1'] }));
  store.receive(message(4, { mentions: ['p1'] }));
  store.receive(message(5, { person: 'p3', reply_to: 4, quote: { person: 'p2', name: 'Bob', text: 'text 4' } }));
  assert.deepEqual([room.unread, room.mentions], [3, 2]);

  store.receive(acted(6, { act: 'purge', since: 2000 }));

  assert.deepEqual(texts(room), ['text 1', '-', 'mine', '-', 'text 5']);
  assert.deepEqual(must(room.message(5)).quote, { person: 'p2', name: 'Bob' });
  assert.deepEqual([room.unread, room.mentions], [2, 1]);
  store.receive(message(7));
  assert.equal(texts(room).at(-1), 'text 7');
});

test('a tab that stayed and one that came back hold the same after a purge', () => {
  const stayed = entered({ seq: 3, events: messages(1, 3) });
  const back = entered({ seq: 3, events: messages(1, 3) });
  const purge = acted(5, { act: 'purge', since: 3000 });

  for (const entry of [message(4), purge]) stayed.store.receive(entry);
  back.store.lost();
  back.store.resuming(back.room);
  back.store.receive(joined({ seq: 5, recovered: true }));
  const { text: _, ...gone } = message(4);
  for (const entry of [{ ...gone, deleted: /** @type {const} */ (true) }, purge]) back.store.receive(entry);

  assert.deepEqual(back.room.messages.map(({ seq, text, deleted }) => [seq, text, deleted]),
    stayed.room.messages.map(({ seq, text, deleted }) => [seq, text, deleted]));
});

test('a moderator’s deletion of a message of mine leaves the count of the others’ as it is', () => {
  const { store, room } = entered();
  store.receive(message(1, { person: 'p1' }));
  store.receive(message(2));

  store.receive({ type: 'deleted', room: 'lobby', seq: 3, time: 0, person: 'p9', name: 'Eve', target: 1 });

  assert.equal(room.unread, 1);
});

test('acts stand between the messages, and are bounded', () => {
  const { store, room } = entered();
  store.receive(message(1));
  store.receive(acted(2, { reason: 'too loud' }));
  store.receive(message(3));

  const rows = rowsOf(room.messages, [], store.me, { begins: true, ends: true, acts: room.standing.acts });
  assert.deepEqual(rows.map(({ key }) => key).filter((key) => !key.startsWith('d:')), ['s:1', 'a:2', 's:3']);
  for (let seq = 4; seq < 4 + ACTS_HELD; seq += 1) store.receive(acted(seq, {}));
  assert.equal(room.standing.acts.length, ACTS_HELD);
  store.lost();
  store.resuming(room);
  store.receive(joined({ epoch: 'e2' }));
  assert.deepEqual(room.standing.acts, []);
});

test('who is sent out is told by whom and why, once', () => {
  const { store, room } = entered({ seq: 1, events: messages(1, 1) });
  store.receive(acted(2, { target: 'p1', reason: 'too loud' }));

  assert.equal(room.standing.ousted?.reason, 'too loud');
  store.receive({ type: 'left', room: 'lobby', reason: 'too loud' });
  assert.equal(store.rooms.size, 0);
  store.receive(joined({ seq: 2 }));
  assert.equal(must(store.rooms.get('lobby')).standing.ousted, undefined);
});
