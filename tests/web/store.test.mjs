/** Frames in, state out. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { HELD_MESSAGES } from '../../web/js/room.js';
import { Store } from '../../web/js/store.js';
import { asking, joined, message, messages, must, page, strange, welcome } from './fakes.mjs';

/** A store that is in the lobby, and what it told since. */
const entered = (more = {}) => {
  const store = new Store();
  store.receive(welcome());
  store.receive(joined(more));
  /** @type {string[]} */
  const told = [];
  store.listeners.add((change, room) => told.push(room ? `${change} ${room.name}` : change));
  return { store, room: must(store.rooms.get('lobby')), told };
};
const seqs = (/** @type {import('../../web/js/room.js').Room} */ room) => room.messages.map(({ seq }) => seq);

test('a welcome tells who I am and what the server can do', () => {
  const store = new Store();

  store.receive(welcome({ features: ['edit'] }));

  assert.deepEqual(store.me, { person: 'p1', name: 'Ann' });
  assert.equal(store.features.has('edit'), true);
  assert.equal(store.limits.text_chars, 4000);
});

test('a join brings the room', () => {
  const { room } = entered({
    seq: 3, events: messages(1, 3), settings: { topic: 'Tea' }, unread: 2, mentions: 1, read: 1, count: 7,
  });

  assert.deepEqual(seqs(room), [1, 2, 3]);
  assert.equal(room.topic, 'Tea');
  assert.deepEqual([room.unread, room.mentions, room.read, room.count], [2, 1, 1, 7]);
  assert.equal(room.loaded, true);
});

test('entries follow each other; what was seen is not taken twice', () => {
  const { store, room, told } = entered({ seq: 1, events: messages(1, 1), read: 1 });

  store.receive(message(2));
  store.receive(message(2));
  store.receive(message(1));

  assert.deepEqual(seqs(room), [1, 2]);
  assert.equal(room.unread, 1);
  assert.deepEqual(told, ['messages lobby', 'unread lobby', 'typing lobby']);
});

test('entries of unknown types count; unknown news does not', () => {
  const { store, room } = entered();

  store.receive(strange({ type: 'sparkled', room: 'lobby', seq: 1 }));
  store.receive(strange({ type: 'weather', room: 'lobby', sun: true }));
  store.receive(strange({ type: 'weather' }));
  store.receive(message(2));

  assert.equal(room.seq, 2);
  assert.deepEqual(seqs(room), [2]);
});

test('a gap asks for another join, until whose answer the room is deaf', () => {
  const { store, room } = entered({ seq: 1, events: messages(1, 1) });

  assert.equal(store.receive(message(3)), room);
  store.resuming(room);
  assert.equal(store.receive(message(4)), undefined);
  assert.deepEqual(seqs(room), [1]);

  store.receive(joined({ seq: 4, recovered: true, unread: 3 }));
  for (const seq of [2, 3, 4, 5]) store.receive(message(seq));
  assert.deepEqual(seqs(room), [1, 2, 3, 4, 5]);
  // Two to four were counted by the server already.
  assert.equal(room.unread, 4);
});

test('a resume that fails drops what was held, and says so', () => {
  const { store, room, told } = entered({ seq: 2, events: messages(1, 2) });

  store.lost();
  store.resuming(room);
  store.receive(joined({ epoch: 'e2', seq: 1, events: messages(1, 1) }));

  assert.deepEqual(seqs(room), [1]);
  assert.equal(room.epoch, 'e2');
  assert.equal(told.at(-1), 'missed lobby');
});

test('a first join misses nothing', () => {
  const { told, store } = entered();

  store.receive(joined({ room: 'tea' }));

  assert.equal(told.includes('missed tea'), false);
  assert.equal(told.includes('rooms tea'), true);
});

test('the log is deaf while there is no connection', () => {
  const { store, room } = entered();

  store.lost();
  store.receive(message(1));

  assert.equal(room.seq, 0);
});

test('unread messages are those of others, mentions those that mean me', () => {
  const { store, room } = entered();

  store.receive(message(1, { person: 'p1' }));
  store.receive(message(2));
  store.receive(message(3, { mentions: ['p3', 'p1'] }));

  assert.deepEqual([room.unread, room.mentions], [2, 1]);
  assert.deepEqual(store.totals(), { unread: 2, mentions: 1 });
});

test('counting stops at a hundred, as the server does', () => {
  const { store, room } = entered();

  for (const entry of messages(1, 120)) store.receive({ ...entry, mentions: ['p1'] });

  assert.deepEqual([room.unread, room.mentions], [100, 100]);
});

test('a read mark clears, partly or wholly, and never goes back', () => {
  const { store, room } = entered();
  for (const entry of messages(1, 4)) store.receive(entry);

  store.receive({ type: 'read', room: 'lobby', seq: 3 });
  assert.equal(room.unread, 1);
  store.receive({ type: 'read', room: 'lobby', seq: 2 });
  assert.equal(room.read, 3);
  store.mark(room, 4);
  assert.equal(room.unread, 0);
});

test('a mark the server has not kept stands, in the same epoch', () => {
  const { store, room } = entered({ seq: 4, events: messages(1, 4), unread: 4 });
  store.mark(room, 4);

  store.receive(joined({ seq: 4, recovered: true, read: 1, unread: 3 }));
  assert.deepEqual([room.read, room.unread], [4, 0]);
  store.receive(joined({ epoch: 'e2', seq: 1, events: messages(1, 1), read: 0, unread: 1 }));

  assert.deepEqual([room.read, room.unread], [0, 1]);
});

test('the topic is what was set last', () => {
  const { store, room } = entered();

  store.receive(strange({ type: 'set', room: 'lobby', seq: 1, values: { topic: 'Tea' } }));
  store.receive(strange({ type: 'set', room: 'lobby', seq: 2, values: {} }));
  assert.equal(room.topic, 'Tea');
  store.receive(strange({ type: 'set', room: 'lobby', seq: 3, values: { topic: '' } }));

  assert.equal(room.topic, '');
  assert.equal(room.seq, 3);
});

test('people come, go and change their names', () => {
  const { store, room } = entered();

  store.receive({ type: 'presence', room: 'lobby', joined: [{ person: 'p2', name: 'Bob' }, { person: 'p3', name: 'Cy' }], count: 3 });
  store.receive({ type: 'presence', room: 'lobby', left: [{ person: 'p3', name: 'Cy' }], renamed: [{ person: 'p2', name: 'Rob', was: 'Bob' }, { person: 'p9', name: 'X', was: 'Y' }], count: 2 });
  assert.deepEqual([...room.members], [['p1', 'Ann'], ['p2', 'Rob']]);
  store.receive({ type: 'presence', room: 'lobby', count: 250 });

  assert.equal(room.count, 250);
  assert.equal(room.members.size, 2);
});

test('who types is heard for five seconds, or until they have said it', () => {
  const { store, room, told } = entered();
  /** @type {(person: string, name: string, now: number) => void} */
  const typing = (person, name, now) => store.receive({ type: 'typing', room: 'lobby', person, name }, undefined, now);

  typing('p2', 'Bob', 0);
  typing('p3', 'Cy', 1000);
  assert.deepEqual(room.typing.at(2000), { names: ['Bob', 'Cy'], until: 5000 });
  store.receive(message(1));
  assert.deepEqual(room.typing.at(2000).names, ['Cy']);
  assert.deepEqual(room.typing.at(6000).names, []);
  typing('p2', 'Bob', 7000);
  told.length = 0;
  store.receive({ type: 'edited', room: 'lobby', seq: 2, time: 2, person: 'p2', name: 'Bob', target: 1, text: 'new' });
  assert.ok(told.includes('typing lobby'));
  assert.deepEqual(room.typing.at(8000).names, []);
});

test('my other devices move me: names, joins, leaves', () => {
  const { store, told } = entered();

  store.receive({ type: 'renamed', name: 'Anna' });
  store.receive({ type: 'joined', room: 'tea' });
  store.receive({ type: 'left', room: 'lobby' });

  assert.equal(store.me.name, 'Anna');
  assert.deepEqual([...store.rooms.keys()], []);
  assert.deepEqual(told, ['me', 'rooms lobby']);
});

test('rooms that I left elsewhere are gone after a welcome; another person keeps them all', () => {
  const { store } = entered();
  store.receive(joined({ room: 'tea' }));

  store.receive(welcome({ rooms: ['tea'] }));
  assert.deepEqual([...store.rooms.keys()], ['tea']);
  store.receive(welcome({ person: 'p7', rooms: [] }));
  assert.deepEqual([...store.rooms.keys()], ['tea']);
});

test('a room is found in any spelling', () => {
  const { store, room } = entered();

  assert.equal(store.room('LOBBY'), room);
  assert.equal(store.room('lobby'), room);
  assert.equal(store.room('tea'), undefined);
});

test('older pages come before, newer ones after, and the window keeps its bound', () => {
  const { store, room } = entered({ seq: 4000, events: messages(3951, 4000), older: true });

  for (let first = 3951; first > 1001; first -= 50) {
    store.receive(page({ seq: 4000, events: messages(first - 50, first - 1), older: true, newer: true }), asking({ before: first }));
  }
  assert.equal(room.messages.length, HELD_MESSAGES);
  assert.equal(room.messages[0].seq, 1001);
  assert.equal(room.newer, true);

  store.receive(message(4001));
  assert.equal(room.messages.at(-1)?.seq, 3000);
  assert.equal(room.heard, 1);
  store.receive(page({ seq: 4001, events: messages(3001, 3050), older: true, newer: true }), asking({ after: 3000 }));
  assert.equal(room.messages.at(-1)?.seq, 3050);
  assert.equal(room.messages.length, HELD_MESSAGES);
  store.receive(page({ seq: 4001, events: messages(3952, 4001), older: true, newer: false }), asking());
  store.receive(message(4002));

  assert.equal(room.messages.at(-1)?.seq, 4002);
  assert.equal(room.newer, false);
});

test('a page that no longer fits is dropped', () => {
  const { store, room } = entered({ seq: 9, events: messages(8, 9), older: true });

  store.receive(page({ seq: 9, events: messages(1, 2), older: false, newer: true }), asking({ before: 3 }));
  store.receive(page({ seq: 9, events: messages(1, 2), older: false, newer: true }), asking({ after: 3 }));

  assert.deepEqual(seqs(room), [8, 9]);
});

test('a burst drops the oldest when the end is watched, the newest when something old is read', () => {
  for (const { reading, first, last } of [
    { reading: false, first: 51, last: HELD_MESSAGES + 50 },
    { reading: true, first: 1, last: HELD_MESSAGES },
  ]) {
    const { store, room } = entered();
    room.reading = reading;

    for (const entry of messages(1, HELD_MESSAGES + 50)) store.receive(entry);

    assert.deepEqual([room.messages[0].seq, room.messages.at(-1)?.seq], [first, last]);
    assert.equal(room.seq, HELD_MESSAGES + 50);
  }
});

test('a join without a page waits for one', () => {
  const store = new Store();
  store.receive(welcome());

  store.receive(joined({ seq: 9, older: true }));
  const room = must(store.rooms.get('lobby'));
  assert.equal(room.loaded, false);
  store.receive(message(10));
  assert.deepEqual(seqs(room), []);
  store.receive(page({ seq: 10, events: messages(1, 10), older: false, newer: false }), asking());
  store.receive(message(11));

  assert.equal(room.messages.length, 11);
});
