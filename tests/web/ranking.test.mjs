/** Which room is meant. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ranked, wantedOf } from '../../web/js/ranking.js';
import { Room } from '../../web/js/room.js';

/** @type {(name: string, unread?: number, mentions?: number) => Room} */
const room = (name, unread = 0, mentions = 0) => Object.assign(new Room(name), { unread, mentions });
/** @type {(typed: string, ...rooms: Room[]) => string[]} */
const names = (typed, ...rooms) => ranked(rooms, typed, new Intl.Collator('en').compare).map(({ name }) => name);

test('line 23: without a letter, rooms that want me come first', () => {
  assert.deepEqual(names('', room('b'), room('d', 2), room('c', 3, 1), room('a')), ['c', 'd', 'a', 'b']);
});

test('line 23: what begins so comes before what has it inside, in any spelling', () => {
  assert.deepEqual(names('TE', room('late', 5, 2), room('tea'), room('Ten'), room('coffee')), ['tea', 'Ten', 'late']);
  assert.deepEqual(names('#茶', room('喝茶'), room('茶馆')), ['茶馆', '喝茶']);
  assert.equal(wantedOf('  #Tea '), 'tea');
});
