/** Messages on their way. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Outbox } from '../../web/js/outbox.js';
import { Room } from '../../web/js/room.js';
import { joined, message } from './fakes.mjs';

const anywhere = () => true;
const filled = (...ids) => {
  const outbox = new Outbox(() => {});
  for (const id of ids) outbox.add({ act: 'say', id, room: 'lobby', text: id, time: 0 });
  return outbox;
};
const states = (outbox) => outbox.letters.map(({ id, state }) => `${id} ${state}`);

test('one is in flight at a time, in the order written', () => {
  const outbox = filled('a', 'b');

  assert.equal(outbox.next(anywhere).id, 'a');
  assert.equal(outbox.next(anywhere), undefined);
  outbox.acknowledged('a', 1, 0);
  assert.equal(outbox.next(anywhere).id, 'b');
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

  assert.equal(outbox.next(anywhere).id, 'a');
});

test('passing refusals make it wait, longer each time or as long as the server asks', () => {
  const outbox = filled('a', 'b');
  const refuse = (error) => {
    assert.equal(outbox.next(anywhere).id, 'a');
    return outbox.refused('a', error);
  };

  assert.equal(refuse({ code: 'storage_unavailable' }), 1000);
  assert.equal(refuse({ code: 'internal' }), 2000);
  assert.equal(refuse({ code: 'rate_limited', retry_after: 3 }), 3000);
  outbox.next(anywhere);
  outbox.acknowledged('a', 1, 1);
  outbox.next(anywhere);
  assert.equal(outbox.refused('b', { code: 'storage_unavailable' }), 1000);
});

test('other refusals fail that letter alone; it can be retried or discarded', () => {
  const outbox = filled('a', 'b', 'c');
  outbox.next(anywhere);

  assert.equal(outbox.refused('a', { code: 'too_long', reason: 'Too long.' }), 0);
  assert.deepEqual(states(outbox), ['a failed', 'b queued', 'c queued']);
  assert.equal(outbox.letters[0].reason, 'Too long.');
  outbox.retry('a');
  assert.deepEqual(states(outbox), ['b queued', 'c queued', 'a queued']);
  outbox.discard('c');
  assert.equal(outbox.next(anywhere).id, 'b');
  assert.deepEqual(outbox.of('lobby').map(({ id }) => id), ['b', 'a']);
  assert.deepEqual(outbox.of('tea'), []);
});

test('what is not there is nobody’s', () => {
  const outbox = filled();

  assert.equal(outbox.refused('x', { code: 'too_long' }), 0);
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
