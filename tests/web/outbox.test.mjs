/** Messages on their way. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { commandOf, Outbox } from '../../web/js/outbox.js';
import { Room } from '../../web/js/room.js';
import { joined, message, refusal } from './fakes.mjs';

const anywhere = () => true;
const filled = (/** @type {string[]} */ ...ids) => {
  const outbox = new Outbox(() => {});
  for (const id of ids) outbox.add({ act: 'say', id, room: 'lobby', text: id, time: 0 });
  return outbox;
};
const states = (/** @type {Outbox} */ outbox) => outbox.letters.map(({ id, state }) => `${id} ${state}`);

test('one is in flight at a time, in the order written', () => {
  const outbox = filled('a', 'b');

  assert.equal(outbox.next(anywhere)?.id, 'a');
  assert.equal(outbox.next(anywhere), undefined);
  outbox.acknowledged('a', 1, 0);
  assert.equal(outbox.next(anywhere)?.id, 'b');
  assert.deepEqual(states(outbox), ['a sent', 'b sending']);
});

test('a letter waits for its room', () => {
  const outbox = filled('a');

  assert.equal(outbox.next(() => false), undefined);
  assert.deepEqual(states(outbox), ['a queued']);
});

test('an acknowledged letter stands until its echo is here', () => {
  const outbox = filled('a');
  const room = new Room('lobby');
  room.enter(joined());
  outbox.next(anywhere);
  outbox.acknowledged('a', 1, 0);

  outbox.settle(room, 'p1');
  assert.deepEqual(states(outbox), ['a sent']);
  room.take(message(1, { person: 'p1', id: 'a' }), 'p1');
  outbox.settle(room, 'p1');

  assert.deepEqual(states(outbox), []);
});

test('an echo may come before the acknowledgement', () => {
  const outbox = filled('a');
  const room = new Room('lobby');
  room.enter(joined());
  outbox.next(anywhere);

  room.take(message(1, { person: 'p2', id: 'a' }), 'p1');
  outbox.settle(room, 'p1');
  assert.deepEqual(states(outbox), ['a sending']);
  room.take(message(2, { person: 'p1', id: 'a' }), 'p1');
  outbox.settle(room, 'p1');
  outbox.acknowledged('a', 2, 2);

  assert.deepEqual(states(outbox), []);
});

test('a duplicate that was seen long ago is done', () => {
  const outbox = filled('a');
  outbox.next(anywhere);

  outbox.acknowledged('a', 3, 9);

  assert.deepEqual(states(outbox), []);
});

test('after a lost connection the one in flight is said again, first', () => {
  const outbox = filled('a', 'b');
  outbox.next(anywhere);

  outbox.lost();

  assert.equal(outbox.next(anywhere)?.id, 'a');
});

test('passing refusals make it wait, longer each time or as long as the server asks', () => {
  const outbox = filled('a', 'b');
  const refuse = (/** @type {import('../../web/js/types.js').ErrorFrame} */ error) => {
    assert.equal(outbox.next(anywhere)?.id, 'a');
    return outbox.refused('a', error);
  };

  assert.equal(refuse(refusal('storage_unavailable')), 1000);
  assert.equal(refuse(refusal('internal')), 2000);
  assert.equal(refuse(refusal('rate_limited', { retry_after: 3 })), 3000);
  outbox.next(anywhere);
  outbox.acknowledged('a', 1, 1);
  outbox.next(anywhere);
  assert.equal(outbox.refused('b', refusal('storage_unavailable')), 1000);
});

test('other refusals fail that letter alone; it can be retried or discarded', () => {
  const outbox = filled('a', 'b', 'c');
  outbox.next(anywhere);

  assert.equal(outbox.refused('a', refusal('too_long', { reason: 'Too long.' })), 0);
  assert.deepEqual(states(outbox), ['a failed', 'b queued', 'c queued']);
  assert.equal(outbox.letters[0].reason, 'Too long.');
  outbox.retry('a');
  assert.deepEqual(states(outbox), ['b queued', 'c queued', 'a queued']);
  outbox.discard('c');
  assert.equal(outbox.next(anywhere)?.id, 'b');
  assert.deepEqual(outbox.of('lobby').map(({ id }) => id), ['b', 'a']);
  assert.deepEqual(outbox.of('tea'), []);
});

test('what is not there is nobody’s', () => {
  const outbox = filled();

  assert.equal(outbox.refused('x', refusal('too_long')), 0);
  outbox.acknowledged('x', 1, 1);
  outbox.retry('x');

  assert.deepEqual(outbox.letters, []);
});

test('what was written ahead of the room goes into it, however it is spelled', () => {
  const outbox = new Outbox(() => {});
  outbox.add({ act: 'say', id: 'a', room: 'TEA', text: 'a', time: 0 });

  outbox.move('TEA', 'tea');

  assert.deepEqual(outbox.of('tea').map(({ id }) => id), ['a']);
});

test('changes of messages go the same way, and stand at their messages', () => {
  const outbox = filled('a');
  outbox.add({ act: 'edit', id: 'b', room: 'lobby', target: 7, text: 'new', time: 0 });
  outbox.add({ act: 'react', id: 'c', room: 'lobby', target: 7, emoji: '👍', on: true, time: 0 });
  outbox.add({ act: 'delete', id: 'd', room: 'tea', target: 7, time: 0 });

  assert.deepEqual(outbox.of('lobby').map(({ id }) => id), ['a']);
  assert.deepEqual(outbox.changes('lobby').get(7)?.map(({ id }) => id), ['b', 'c']);
  assert.deepEqual(outbox.letters.map(commandOf), [
    { type: 'say', id: 'a', room: 'lobby', text: 'a' },
    { type: 'edit', id: 'b', room: 'lobby', target: 7, text: 'new' },
    { type: 'react', id: 'c', room: 'lobby', target: 7, emoji: '👍', on: true },
    { type: 'delete', id: 'd', room: 'tea', target: 7 },
  ]);
  assert.deepEqual([...outbox.rooms], ['lobby', 'tea']);
});

test('what changes nothing is done; a reaction that is refused is gone, an edit says so', () => {
  const outbox = new Outbox();
  const at = { room: 'lobby', target: 7, time: 0 };
  outbox.add({ ...at, act: 'edit', id: 'edit0', text: 'new' });
  outbox.add({ ...at, act: 'react', id: 'react1', emoji: '👍', on: true });
  outbox.add({ ...at, act: 'edit', id: 'edit2', text: 'newer' });

  outbox.next(anywhere);
  outbox.acknowledged('edit0', undefined, 5);
  outbox.next(anywhere);
  outbox.refused('react1', refusal('too_many'));
  outbox.next(anywhere);
  outbox.refused('edit2', refusal('no_such_message'));

  assert.deepEqual(states(outbox), ['edit2 failed']);
});

test('an edit stands until its entry is here', () => {
  const outbox = new Outbox();
  const room = new Room('lobby');
  room.enter(joined({ seq: 7, events: [message(7, { person: 'p1' })] }));
  outbox.add({ act: 'edit', id: 'e', room: 'lobby', target: 7, text: 'new', time: 0 });
  outbox.next(anywhere);
  outbox.acknowledged('e', 8, 7);
  outbox.settle(room, 'p1');
  assert.deepEqual(states(outbox), ['e sent']);

  room.take({ type: 'edited', room: 'lobby', seq: 8, time: 8, person: 'p1', name: 'Ann', target: 7, text: 'new' }, 'p1');
  outbox.settle(room, 'p1');

  assert.deepEqual(states(outbox), []);
});

test('a room that is closed to me takes nothing any more; another log may not have what the old one had', () => {
  const outbox = filled('a', 'b');
  outbox.add({ act: 'say', id: 'c', room: 'tea', text: 'c', time: 0 });
  outbox.next(anywhere);
  outbox.acknowledged('a', 9, 0);

  outbox.forgotten('lobby');
  assert.deepEqual(states(outbox), ['a queued', 'b queued', 'c queued']);
  outbox.shut('tea', { type: 'error', code: 'banned', reason: 'No.' });
  outbox.shut('lobby', { type: 'error', code: 'internal', reason: '' });

  assert.deepEqual(states(outbox), ['a queued', 'b queued', 'c failed']);
});

test('what waits quotes what is there now', () => {
  const outbox = new Outbox();
  const room = new Room('lobby');
  room.enter(joined({ seq: 1, events: [message(1)] }));
  outbox.add({ act: 'say', id: 'a', room: 'lobby', text: 'a', time: 0, reply_to: 1, quote: { person: 'p2', name: 'Bob', text: 'text 1' } });

  room.take({ type: 'deleted', room: 'lobby', seq: 2, time: 2, person: 'p2', name: 'Bob', target: 1 }, 'p1');
  outbox.settle(room, 'p1');

  assert.deepEqual(outbox.letters[0].quote, { person: 'p2', name: 'Bob' });
});

test('letters are adopted once, ahead of or behind those that are here', () => {
  const outbox = filled('b');
  /** @type {(id: string) => import('../../web/js/types.js').Letter} */
  const letter = (id) => ({ act: 'say', id, room: 'lobby', text: id, time: 0, state: 'queued' });

  outbox.adopt([letter('a'), letter('b')], 'before');
  outbox.adopt([letter('c'), letter('a')], 'after');

  assert.deepEqual(outbox.letters.map(({ id }) => id), ['a', 'b', 'c']);
});

test('what I do is told apart from what I say, on the wire and over a reload', () => {
  const outbox = new Outbox(() => {});
  outbox.add({ act: 'say', id: 'a', room: 'lobby', text: 'waves', kind: 'action', time: 0 });
  const [kept] = JSON.parse(JSON.stringify(outbox.unsaid));

  assert.deepEqual(commandOf(kept), { type: 'say', id: 'a', room: 'lobby', text: 'waves', kind: 'action' });
});
