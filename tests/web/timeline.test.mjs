/** Rows, and the part of them that is in the page. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { hashOf, linkTo, placeOf, roomOf } from '../../web/js/address.js';
import { News } from '../../web/js/news.js';
import { BETWEEN_KEYS_MS, FEWEST, MOST, Pace } from '../../web/js/pace.js';
import { Room } from '../../web/js/room.js';
import { foreseen, indexOf, rowsOf } from '../../web/js/rows.js';
import { AT_END, AT_FIRST, SHOWN, Slice, STEP } from '../../web/js/slice.js';
import { message, messages } from './fakes.mjs';

/** @typedef {import('../../web/js/types.js').Letter} Letter */

const me = { person: 'p1', name: 'Ann' };
const noon = new Date(2026, 10, 22, 12).getTime();
const minutes = (/** @type {number} */ count) => noon + count * 60_000;
/** @type {(rows: import('../../web/js/rows.js').Row[]) => string} */
const shape = (rows) => rows.map((row) => (row.kind === 'message' ? (row.head ? 'head' : 'more') : row.kind)).join(' ');

/** @type {(index: number, rows: import('../../web/js/rows.js').Row[]) => import('../../web/js/rows.js').MessageRow} */
const messageAt = (index, rows) => {
  const row = rows[index];
  assert.equal(row.kind, 'message');
  return /** @type {import('../../web/js/rows.js').MessageRow} */ (row);
};

test('messages of one person within five minutes share a header', () => {
  const rows = rowsOf([
    message(1, { time: minutes(0) }),
    message(2, { time: minutes(5) }),
    message(3, { time: minutes(10.1) }),
    message(4, { time: minutes(10.2), person: 'p3' }),
    message(5, { time: minutes(10.3), person: 'p3', name: 'Renamed' }),
    message(6, { time: minutes(10.4), person: 'p3', name: 'Renamed', kind: 'action' }),
    message(7, { time: minutes(10.5), person: 'p3', name: 'Renamed' }),
  ], [], me);

  assert.equal(shape(rows), 'day head more head head head head head');
});

test('each day begins with its name', () => {
  const rows = rowsOf([message(1, { time: noon }), message(2, { time: noon + 86_400_000 })], [], me);

  assert.equal(shape(rows), 'day head day head');
});

test('a letter stands last, and becomes its message without another key', () => {
  /** @type {Letter} */
  const letter = { act: 'say', id: 'x', room: 'lobby', text: 'hi', time: noon - 5000, state: 'sending' };

  const waiting = rowsOf([message(1, { time: noon, person: 'p1', name: 'Ann' })], [letter], me);
  const said = rowsOf([message(1, { time: noon, person: 'p1', name: 'Ann' }), message(2, { time: noon, person: 'p1', name: 'Ann', id: 'x' })], [], me);

  assert.equal(shape(waiting), 'day head more');
  assert.deepEqual(waiting.map(({ key }) => key), said.map(({ key }) => key));
});

test('another person’s id makes no key of mine', () => {
  const [, row] = rowsOf([message(1, { id: 'x' })], [], me);

  assert.equal(row.key, 's:1');
});

test('a position is found among gaps', () => {
  const held = [2, 4, 8].map((seq) => message(seq));

  assert.deepEqual([1, 2, 3, 4, 8, 9].map((seq) => indexOf(held, seq)), [0, 0, 1, 1, 2, 3]);
});

test('at the end the page begins with a screenful, and follows', () => {
  const slice = new Slice();

  assert.deepEqual(slice.bounds(messages(1, 10)), [0, 10]);
  assert.equal(slice.advance(messages(1, 500), 10, true), 0);

  assert.deepEqual(slice.bounds(messages(1, 500)), [500 - AT_FIRST, 500]);
  assert.equal(slice.following, true);
});

test('a burst is shown in slices, and what nobody could have read is skipped', () => {
  const slice = new Slice();
  slice.advance(messages(1, 100), 10, true);

  assert.equal(slice.advance(messages(1, 125), 10, true), 15);
  assert.deepEqual(slice.bounds(messages(1, 125)), [100 - AT_FIRST, 110]);
  assert.equal(slice.advance(messages(1, 125), Infinity, true), 0);
  assert.equal(slice.advance(messages(1, 1000), 10, true), 0);
  assert.deepEqual(slice.bounds(messages(1, 1000)), [1000 - 10, 1000]);
  // Whoever reads something older misses nothing of what comes below.
  assert.equal(slice.advance(messages(1, 1100), 10, false), 90);
});

test('while a burst arrives the page does not grow longer', () => {
  const slice = new Slice();
  let most = 0;

  for (let count = 1; count <= 1000; count += 1) {
    slice.advance(messages(1, count), 10, true);
    slice.trim(messages(1, count));
    const [start, end] = slice.bounds(messages(1, count));
    most = Math.max(most, end - start);
  }

  assert.ok(most < 2 * AT_END, String(most));
});

test('going back shows more, up to a bound, and then lets the end go', () => {
  const held = messages(1, 1000);
  const slice = new Slice();
  slice.hold(held);

  for (let step = 0; step < 9; step += 1) assert.equal(slice.back(held, STEP), true);
  assert.equal(slice.following, true);
  for (let step = 0; step < 3; step += 1) assert.equal(slice.back(held), true);

  const [start, end] = slice.bounds(held);
  assert.equal(start, 1000 - AT_FIRST - 12 * STEP);
  assert.equal(end - start, SHOWN);
  assert.equal(slice.following, false);
});

test('going forth comes to the end again, and follows', () => {
  const held = messages(1, 1000);
  const slice = new Slice();
  slice.hold(held);
  while (slice.back(held));
  assert.deepEqual(slice.bounds(held), [0, SHOWN]);

  while (slice.forth(held));

  assert.deepEqual(slice.bounds(held), [1000 - SHOWN, 1000]);
  assert.equal(slice.following, true);
});

test('older pages do not move what is shown', () => {
  const slice = new Slice();
  slice.hold(messages(500, 700));

  const [start] = slice.bounds(messages(400, 700));

  assert.equal(messages(400, 700)[start].seq, 701 - AT_FIRST);
});

test('while something old is read, a burst does not make the page longer than its bound', () => {
  const slice = new Slice();
  slice.hold(messages(1, 200));

  slice.hold(messages(1, 5000));

  const [start, end] = slice.bounds(messages(1, 5000));
  assert.deepEqual([start, end - start], [200 - AT_FIRST, SHOWN]);
});

test('whoever has scrolled to the end soon has no more than what is at the end', () => {
  const held = messages(1, 200);
  const slice = new Slice();
  slice.advance(held, 1, true);
  while (slice.back(held));

  slice.trim(held);

  assert.deepEqual(slice.bounds(held), [200 - AT_END, 200]);
});

test('an empty room has an empty page', () => {
  const slice = new Slice();
  slice.hold([]);

  assert.deepEqual(slice.bounds([]), [0, 0]);
  assert.equal(slice.back([]), false);
  assert.equal(slice.forth([]), false);
});

test('a line stands above what is new, once, and begins with a name', () => {
  const held = [1, 2, 3, 4].map((seq) => message(seq, { time: minutes(seq / 10) }));

  assert.equal(shape(rowsOf(held, [], me, { after: 2 })), 'day head more new head more');
  assert.equal(shape(rowsOf(held, [], me, { after: 4 })), 'day head more more more');
  // Where more is to be loaded above, what is new may begin there.
  assert.equal(shape(rowsOf(held, [], me, { after: 0 })), 'day head more more more');
  assert.equal(shape(rowsOf(held, [], me, { after: 0, begins: true })), 'day new head more more more');
});

test('what I said, and what is deleted, is not new', () => {
  const held = [message(1, { time: noon, person: 'p1' }), message(2, { time: noon, deleted: true }), message(3, { time: noon })];

  assert.equal(shape(rowsOf(held, [], me, { after: 0, begins: true })), 'day head head new head');
});

test('changes on their way are seen ahead of their arrival, and those that failed say so', () => {
  const text = message(1, { time: noon, person: 'p1' });
  /** @type {(act: Letter['act'], more?: Partial<Letter>) => any} */
  const letter = (act, more = {}) => ({ id: 'x', act, room: 'lobby', target: 1, time: noon, state: 'queued', ...more });
  const seen = (/** @type {Letter[]} */ ...letters) => foreseen(text, letters, me);

  assert.equal(seen(letter('edit', { text: 'new' })).text, 'new');
  assert.equal(seen(letter('edit', { text: 'new' }), letter('delete')).deleted, true);
  assert.equal(seen(letter('delete', { state: 'failed' })).text, text.text);
  const on = letter('react', { emoji: '👍', on: true });
  assert.deepEqual(seen(on).reactions, [{ emoji: '👍', count: 1, people: [me], mine: true }]);
  assert.equal(seen(on, { ...on, on: false }).reactions, undefined);
  const row = messageAt(1, rowsOf([text], [], me, { changes: new Map([[1, [letter('edit', { text: 'new' }), on]]]) }));
  assert.deepEqual([row.message.text, row.change?.act, row.letter], ['new', 'edit', undefined]);
});

test('a place is shown with what is around it', () => {
  const held = messages(1, 1000);
  const slice = new Slice();

  slice.around(held, 500);
  assert.deepEqual(slice.bounds(held), [500 - AT_END / 2, 501 + AT_END / 2]);
  slice.around(held, 990);
  assert.equal(slice.following, true);
  slice.around(held, 3);

  assert.deepEqual(slice.bounds(held), [0, 4 + AT_END / 2]);
});

test('news is what was unread when somebody came, and stands', () => {
  const news = new News();
  /** @type {any} */
  const translator = {
    text: (/** @type {string} */ key, /** @type {any} */ { n, time }) => `${key} ${n} ${time}`,
    when: (/** @type {number} */ time) => `at ${time}`,
  };
  const room = (/** @type {Partial<Room>} */ more) => Object.assign(new Room('lobby'), more);

  assert.equal(news.begin(room({ read: 5, unread: 0 })), false);
  assert.equal(news.begin(room({ read: 5, unread: 2 })), true);
  assert.equal(news.line(translator, 0), '');
  news.time = 7;
  assert.equal(news.line(translator, 0), 'log.news 2 at 7');
  assert.equal(news.begin(room({ read: 5, unread: 100 })), false);
  assert.equal(news.line(translator, 0), 'log.news.many 100 at 7');
  news.seen = true;
  assert.equal(news.line(translator, 0), '');
  assert.equal(news.begin(room({ read: 105, unread: 1 })), true);

  assert.deepEqual([news.after, news.count, news.seen, news.time], [105, 1, false, undefined]);
});

test('an address may name a place', () => {
  assert.deepEqual(['#lobby/1241', '#lobby', '#lobby/', '#lobby/0', '#lobby/x', ''].map(placeOf), [1241, 0, 0, 0, 0, 0]);
  assert.equal(roomOf('#%E8%8C%B6/12'), '茶');
  assert.equal(hashOf('茶', 12), '#%E8%8C%B6/12');
  assert.equal(linkTo(new URL('https://x.example/chat/?a#b'), 'tea', 3), 'https://x.example/chat/#tea/3');
});

test('a slice that took long is followed by fewer rows and a pause', () => {
  const pace = new Pace();

  pace.drew(16, 0, 160);
  assert.equal(pace.rows, FEWEST);
  assert.equal(pace.wait(200), 120);
  assert.equal(pace.wait(320), 0);
  for (let now = 1000; now < 2000; now += 100) pace.drew(pace.rows, now, now + 1);

  assert.ok(pace.rows > FEWEST && pace.rows <= MOST, String(pace.rows));
});

test('a key is painted first, and a slice comes right behind it', () => {
  const pace = new Pace();
  pace.drew(4, 0, 100);

  pace.typed(110);
  assert.ok(pace.wait(112) > 0);
  assert.equal(pace.wait(130), 0);
  pace.drew(4, 130, 150);
  // The next one waits for the next key, but not for ever.
  assert.equal(pace.wait(160), BETWEEN_KEYS_MS - 10);
  assert.equal(pace.wait(150 + BETWEEN_KEYS_MS), 0);
});

test('a key that is held down puts a rendering off a few times, what I say never', () => {
  const pace = new Pace();
  let now = 0;
  let waited = 0;
  do pace.typed((now += 16));
  while (pace.wait(now) > 0 && (waited += 1) < 100);
  assert.ok(waited < 10, String(waited));

  pace.typed(now);
  pace.hurry();
  assert.equal(pace.wait(now), 0);
});
