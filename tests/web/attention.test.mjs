/** What is unread, who is told, who is not listened to, who came and went. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Comings, COMINGS_AT_MOST, RETURN_MS } from '../../web/js/comings.js';
import { IGNORED_AT_MOST, isNewsworthy, Preferences } from '../../web/js/preferences.js';
import { rowsOf } from '../../web/js/rows.js';
import { Store } from '../../web/js/store.js';
import { joined, message, messages, welcome } from './fakes.mjs';

const me = { person: 'p1', name: 'Ann' };

/** What a browser remembers. */
const remembering = () => {
  /** @type {Map<string, string>} */
  const kept = new Map();
  return {
    get: (/** @type {string} */ key) => kept.get(key),
    set: (/** @type {string} */ key, /** @type {string} */ value) => void (value ? kept.set(key, value) : kept.delete(key)),
  };
};

/** @param {Parameters<typeof joined>[0]} [more] */
const entered = (more = {}) => {
  const store = new Store();
  /** @type {number[]} */
  const said = [];
  store.onsaid = (_, { seq }) => said.push(seq);
  store.receive(welcome());
  store.receive(joined(more));
  const room = /** @type {import('../../web/js/room.js').Room} */ (store.rooms.get('lobby'));
  return { store, room, said };
};

/** @type {(count: number, from?: number) => import('../../web/js/types.js').Who[]} */
const people = (count, from = 2) => Array.from({ length: count }, (_, index) => ({ person: `p${from + index}`, name: `N${from + index}` }));
/** @type {(comings: Comings) => string[]} */
const told = ({ list }) => list.map(({ after, joined: came, left }) => `${after}: ${[...came.values()]} | ${[...left.values()]}`);
const where = { after: 5, said: 5, me: 'p1', now: 1000 };

test('line 14: joins and leaves between two messages are one line, and who came and went is in none', () => {
  const comings = new Comings();

  comings.take({ joined: people(5) }, where);
  comings.take({ left: people(1) }, { ...where, after: 7 });
  comings.take({ joined: [me], left: people(1, 20) }, where);
  assert.deepEqual(told(comings), ['5: N3,N4,N5,N6 | N20']);
  comings.take({ joined: people(1) }, { ...where, after: 9, said: 8 });
  assert.deepEqual(told(comings), ['5: N3,N4,N5,N6 | N20', '9: N2 | ']);
  comings.take({ left: people(1) }, { ...where, after: 9, said: 8 });

  assert.deepEqual(told(comings), ['5: N3,N4,N5,N6 | N20']);
});

test('line 30: who was here before the connection went returns without a line', () => {
  const comings = new Comings();

  comings.lost(['p2', 'p3']);
  comings.back(1000);
  comings.take({ joined: people(3) }, { ...where, now: 1000 + RETURN_MS - 1 });
  comings.take({ joined: people(1, 3) }, { ...where, now: 1000 + RETURN_MS });

  assert.deepEqual(told(comings), ['5: N4,N3 | ']);
});

test('comings are bounded', () => {
  const comings = new Comings();

  for (let seq = 1; seq <= 500; seq += 1) comings.take({ joined: people(300, seq * 1000) }, { ...where, after: seq, said: seq });

  assert.equal(comings.list.length, COMINGS_AT_MOST);
  assert.equal(comings.list[0].joined.size, 200);
});

test('line 14: who came stands where it happened, and a header behind it', () => {
  const coming = (/** @type {number} */ after) => ({ after, joined: new Map([['p9', 'Nine']]), left: new Map() });
  const shape = (/** @type {import('../../web/js/rows.js').Row[]} */ rows) =>
    rows.map((row) => (row.kind === 'message' ? `${row.message.seq}${row.head ? '!' : ''}` : row.kind)).join(' ');

  assert.equal(shape(rowsOf(messages(1, 3), [], me, { comings: [coming(1), coming(3)], ends: true })), 'day 1! people 2! 3 people');
  assert.equal(shape(rowsOf(messages(1, 3), [], me, { comings: [coming(3)] })), 'day 1! 2 3');
  assert.equal(shape(rowsOf(messages(5, 6), [], me, { comings: [coming(1)] })), 'day 5! 6');
});

test('line 29: a person who is ignored is counted in one line, and not as unread', () => {
  const { store, room } = entered();
  store.ignored = new Set(['p2']);
  room.ignored = store.ignored;

  for (const entry of messages(1, 3)) store.receive(entry);
  store.receive(message(4, { person: 'p3' }));
  store.receive({ type: 'typing', room: 'lobby', person: 'p2', name: 'Bob' });

  assert.deepEqual([room.unread, room.heard, room.typing.at(0).names], [1, 1, []]);
  const rows = rowsOf(room.messages, [], me, { ignored: store.ignored });
  assert.deepEqual(rows.map((row) => (row.kind === 'ignored' ? row.count : row.kind)), [3, 'day', 'message']);
});

test('line 29: what was marked as unread stays so while it is looked at, until it is read elsewhere', () => {
  const { store, room } = entered({ seq: 5, events: messages(1, 5), read: 5 });

  store.keep(room, 4);
  assert.deepEqual([room.read, room.unread], [3, 2]);
  store.mark(room, 5);
  store.receive({ type: 'read', room: 'lobby', seq: 5 });
  assert.deepEqual([room.read, room.unread], [3, 2]);
  store.receive(message(6));
  assert.equal(room.unread, 3);
  store.receive({ type: 'read', room: 'lobby', seq: 6 });

  assert.deepEqual([room.read, room.unread, room.kept], [6, 0, 0]);
});

test('line 29: what was marked as unread is so after a lost connection, too', () => {
  const { store, room } = entered({ seq: 5, events: messages(1, 5), read: 5 });
  store.keep(room, 4);

  store.lost();
  store.resuming(room);
  store.receive(joined({ seq: 5, read: 5, recovered: true }));

  assert.deepEqual([room.read, room.unread > 0], [3, true]);
});

test('line 20: of a muted room only mentions are counted', () => {
  const { store } = entered();
  store.muted = new Set(['lobby']);

  store.receive(message(1));
  store.receive(message(2, { mentions: ['p1'] }));

  assert.deepEqual(store.totals(), { unread: 1, mentions: 1 });
});

test('line 30: a replay is not said just now', () => {
  const { store, room, said } = entered({ seq: 2, events: messages(1, 2) });
  store.lost();
  store.resuming(room);
  store.receive(joined({ seq: 4, recovered: true }));

  for (const entry of messages(3, 5)) store.receive(entry);

  assert.deepEqual(said, [5]);
});

test('line 21: a mention or a reply is told; not in view, not mine, not of the muted or ignored', () => {
  const preferences = new Preferences(remembering());
  const tells = (/** @type {object} */ more, isInView = false) =>
    isNewsworthy(message(1, { mentions: ['p1'], ...more }), { me: 'p1', preferences, isInView });

  assert.equal(tells({}), true);
  assert.equal(tells({ mentions: undefined }), false);
  assert.equal(tells({ mentions: undefined, quote: { person: 'p1', name: 'Ann' } }), true);
  assert.equal(tells({}, true), false);
  assert.equal(tells({ person: 'p1' }), false);
  assert.equal(tells({ deleted: true }), false);
  preferences.mute('lobby', true);
  assert.equal(tells({}), false);
  preferences.mute('lobby', false);
  preferences.ignore({ person: 'p2', name: 'Bob' }, true);
  assert.equal(tells({}), false);
});

test('preferences are remembered, within bounds, whatever else is stored', () => {
  const kept = remembering();
  const preferences = new Preferences(kept);
  assert.deepEqual([preferences.sound, preferences.notifications], [true, false]);

  preferences.sound = false;
  preferences.notifications = true;
  preferences.mute('tea', true);
  for (let n = 0; n < 2 * IGNORED_AT_MOST; n += 1) preferences.ignore({ person: `p${n}`, name: 'x' }, true);

  const again = new Preferences(kept);
  assert.deepEqual([again.sound, again.notifications, [...again.muted], again.ignored.size], [false, true, ['tea'], IGNORED_AT_MOST]);
  for (const junk of ['{', '7', '[[1,2],3]']) {
    kept.set('ignored', junk);
    again.read();
  }
  assert.deepEqual([...again.ignored], [['1', '2']]);
});
