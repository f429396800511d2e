/** What commands do, and where completions come from. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { commandIn } from '../../web/js/commands.js';
import { Translator } from '../../web/js/i18n.js';
import { Orders } from '../../web/js/orders.js';
import { Refusal } from '../../web/js/questions.js';
import { sourcesOf } from '../../web/js/sources.js';
import { Store } from '../../web/js/store.js';
import { joined, message, welcome } from './fakes.mjs';

/** @typedef {import('../../web/js/types.js').Question} Question */

/**
 * A page in some rooms, and what it asks the server.
 *
 * @param {object} [how]
 * @param {string[]} [how.rooms] the first one is open
 * @param {(command: Question) => unknown} [how.answer]
 */
function page({ rooms = ['lobby'], answer = () => ({}) } = {}) {
  const store = new Store();
  store.receive(welcome({ rooms }));
  for (const room of rooms) store.receive(joined({ room }));
  /** @type {Question[]} */
  const asked = [];
  const ask = async (/** @type {Question} */ command) => {
    asked.push(command);
    return answer(command);
  };
  const session = /** @type {any} */ ({ ask, leave: (/** @type {{name: string}} */ { name }) => ask({ type: 'leave', room: name }) });
  const translator = new Translator('en');
  /** @type {string[]} */
  const done = [];
  const room = () => store.room(rooms[0]);
  const orders = new Orders({
    translator, store, session, room, identity: { name: 'Ann' },
    go: (name) => done.push(`go ${name}`), help: () => done.push('help'), tell: (text) => done.push(text), moderate: async () => '',
  });
  /** @param {string} written */
  const run = (written) => orders.run(/** @type {import('../../web/js/commands.js').Order} */ (commandIn(written)));
  return { store, asked, done, run, sources: sourcesOf({ translator, store, session, room }) };
}

/** @type {(code: string, more?: object) => never} */
const refuse = (code, more = {}) => {
  throw new Refusal({ type: 'error', code, reason: `reason of ${code}`, ...more });
};

test('each command asks for what it says, a durable one under an id of its own', async () => {
  const { asked, done, run } = page({ rooms: ['lobby', 'tea'], answer: ({ type }) => (type === 'rename' ? { name: 'Bo' } : {}) });

  for (const written of ['/nick bo', '/topic Tea', '/topic', '/leave', '/leave #TEA', '/join cake', '/help']) {
    assert.equal(await run(written), '', written);
  }

  assert.deepEqual(asked.map(({ id: _, ...command }) => command), [
    { type: 'rename', name: 'bo' },
    { type: 'set', room: 'lobby', values: { topic: 'Tea' } },
    { type: 'set', room: 'lobby', values: { topic: '' } },
    { type: 'leave', room: 'lobby' },
    { type: 'leave', room: 'tea' },
  ]);
  assert.match(asked[1].id ?? '', /^[\w-]{22}$/);
  assert.notEqual(asked[1].id, asked[2].id);
  assert.deepEqual(done.filter((it) => !/[.]$/.test(it)), ['go cake', 'help']);
});

test('what cannot be done says why', async () => {
  const { run, asked } = page({ answer: ({ type }) => (type === 'rename' ? refuse('name_taken', { suggest: 'Bo 2' }) : refuse('lost')) });

  assert.match(await run('/nick bo'), /already called that\. .*Bo 2.* is free\./);
  assert.match(await run('/topic x'), /no connection/);
  assert.match(await run('/leave'), /only room/);
  assert.match(await run('/leave nowhere'), /not in .*#nowhere/);
  assert.equal(asked.length, 2);
  const elsewhere = page({ answer: () => refuse('of_a_later_version') });
  assert.equal(await elsewhere.run('/topic x'), 'reason of of_a_later_version');
});

test('a mistake of ours is not taken for a refusal', async () => {
  const { run } = page({ answer: () => { throw new TypeError('ours'); } });

  await assert.rejects(run('/topic x'), TypeError);
});

test('people are asked for where the server named only some of them, and I am not among them', async () => {
  const { store, sources, asked } = page({ answer: () => ({ members: [{ person: 'p9', name: 'Zoë' }, { person: 'p2', name: 'Zed' }] }) });
  const people = [{ person: 'p1', name: 'Ann' }, { person: 'p2', name: 'Zed' }, { person: 'p3', name: 'Bo' }];
  store.receive(joined({ members: people, count: 3 }));
  const labels = async (/** @type {string} */ query) => (await sources.person(query)).map(({ label }) => label);

  assert.deepEqual(await labels(''), ['Bo', 'Zed']);
  assert.deepEqual(await labels('z'), ['Zed']);
  assert.equal(asked.length, 0);
  store.receive(joined({ members: people, count: 300, events: [message(1, { person: 'p2', name: 'Zed' })], seq: 1 }));
  assert.deepEqual(await labels('z'), ['Zed', 'Zoë']);
  assert.deepEqual(await labels(''), ['Zed', 'Bo']);
  assert.deepEqual(asked.map(({ type }) => type), ['who']);
  assert.deepEqual((await sources.person('z')).map(({ whole }) => whole), ['@Zed ', '@Zoë ']);
});

test('people who are known are offered when the server does not answer', async () => {
  const { store, sources } = page({ answer: () => refuse('lost') });
  store.receive(joined({ members: [{ person: 'p3', name: 'Bo' }], count: 300 }));

  assert.deepEqual((await sources.person('b')).map(({ label }) => label), ['Bo']);
});
