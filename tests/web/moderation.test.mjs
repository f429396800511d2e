/** Commands of moderators, and keys to rooms. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { commandIn, COMMANDS, enlist } from '../../web/js/commands.js';
import { commandsLike } from '../../web/js/completion.js';
import { LANGUAGES, learn, Translator } from '../../web/js/i18n.js';
import en from '../../web/js/lang/moderation-en.js';
import zh from '../../web/js/lang/moderation-zh.js';
import { MODERATING, ModeratorCommands, namedIn, timeIn } from '../../web/js/moderator-commands.js';
import { Refusal } from '../../web/js/questions.js';
import { RoomKeys } from '../../web/js/room-keys.js';
import { Store } from '../../web/js/store.js';
import { joined, must, refusal, welcome } from './fakes.mjs';

/** @typedef {import('../../web/js/types.js').Question} Question */

const people = ['Bo', 'Bo Lee', '小波', 'Ann'].map((name, index) => ({ person: `p${index}`, name }));

test('a moderator’s command is none before it is known', () => {
  assert.deepEqual(commandIn('/kick @Bo'), { kind: 'unknown', name: 'kick' });
  learn({ en, 'zh-CN': zh });
  enlist(MODERATING);
  assert.deepEqual(commandIn('/kick @Bo  too   loud'), { kind: 'moderate', name: 'kick', line: '@Bo too loud' });
  assert.deepEqual(commandIn('/kick'), { kind: 'lacking', name: 'kick' });
  assert.equal(COMMANDS.at(-1)?.name, 'help');
});

test('it is offered to moderators alone, and explained in each language', () => {
  assert.deepEqual(commandsLike('k').map(({ name }) => name), []);
  assert.deepEqual(commandsLike('k', true).map(({ name }) => name), ['kick']);
  for (const texts of Object.values(LANGUAGES)) {
    for (const { name, takes, alone } of MODERATING) {
      assert.ok(texts[`command.${name}`], name);
      if (takes) assert.ok(texts[`command.takes.${takes}`], takes);
      if (takes && !alone) assert.ok(texts[`command.lacking.${name}`], name);
    }
  }
});

test('the longest name at the beginning is meant', () => {
  const found = (/** @type {string} */ line) => {
    const named = namedIn(line, people);
    return named && [named.who.name, named.rest];
  };

  assert.deepEqual(found('@Bo too loud'), ['Bo', 'too loud']);
  assert.deepEqual(found('bo lee'), ['Bo Lee', '']);
  assert.deepEqual(found('@Bo Leech'), ['Bo', 'Leech']);
  assert.deepEqual(found('小波 太吵'), ['小波', '太吵']);
  assert.equal(found('Bobby'), undefined);
  assert.equal(found('@'), undefined);
});

test('a time may follow', () => {
  assert.deepEqual(timeIn('10m too loud'), { seconds: 600, rest: 'too loud' });
  assert.deepEqual(timeIn('1 H'), { seconds: 3600, rest: '' });
  assert.deepEqual(timeIn('30'), { seconds: 30, rest: '' });
  assert.deepEqual(timeIn('2d'), { seconds: 172800, rest: '' });
  assert.deepEqual(timeIn('3 times too loud'), { seconds: 3, rest: 'times too loud' });
  assert.deepEqual(timeIn('10mins'), { seconds: undefined, rest: '10mins' });
  assert.deepEqual(timeIn('too loud'), { seconds: undefined, rest: 'too loud' });
});

/** @param {(command: Question) => unknown} [answer] */
function moderator(answer = () => ({})) {
  const store = new Store();
  store.receive(welcome());
  store.receive(joined({ members: people, count: people.length, you: { role: 'moderator' } }));
  /** @type {Question[]} */
  const asked = [];
  const session = /** @type {any} */ ({
    ask: async (/** @type {Question} */ command) => {
      asked.push(command);
      return answer(command);
    },
  });
  const parts = /** @type {any} */ ({ translator: new Translator('en'), session, room: () => store.rooms.get('lobby') });
  const commands = new ModeratorCommands(parts);
  const run = (/** @type {string} */ written) => commands.run(/** @type {import('../../web/js/commands.js').Moderating} */ (commandIn(written)));
  return { asked, run, room: must(store.rooms.get('lobby')) };
}

test('each command asks for what it says, under an id of its own', async () => {
  const { asked, run } = moderator();

  for (const written of ['/kick @bo lee', '/mute @Bo 10m', '/mute 小波 太吵', '/unmute Bo', '/ban @Bo 1d spam', '/slow 30', '/slow off', '/slow 1m', '/lock', '/unlock']) {
    assert.equal(await run(written), '', written);
  }

  assert.ok(asked.every(({ id }) => /^[\w-]{22}$/.test(id ?? '')));
  const room = 'lobby';
  assert.deepEqual(asked.map(({ id: _, ...command }) => command), [
    { type: 'kick', room, target: 'p1' },
    { type: 'mute', room, target: 'p0', seconds: 600 },
    { type: 'mute', room, target: 'p2', reason: '太吵' },
    { type: 'unmute', room, target: 'p0' },
    { type: 'ban', room, target: 'p0', seconds: 86400, reason: 'spam' },
    { type: 'set', room, values: { slow: 30 } },
    { type: 'set', room, values: { slow: 0 } },
    { type: 'set', room, values: { slow: 60 } },
    { type: 'set', room, values: { locked: true } },
    { type: 'set', room, values: { locked: false } },
  ]);
});

test('who is not here is looked for, who is banned in the log', async () => {
  const { asked, run, room } = moderator(({ type }) =>
    (type === 'who' ? { members: [{ person: 'p9', name: 'Zoë' }] }
    : type === 'modlog' ? { acts: [{ act: 'set' }, { act: 'ban', target: 'p8', target_name: 'Mo' }] }
    : {}));

  assert.match(await run('/kick @Zoë'), /nobody called .*Zoë/);
  room.count = 300;
  assert.equal(await run('/kick @Zoë'), '');
  assert.equal(await run('/unban mo'), '');

  assert.deepEqual(asked.map(({ type }) => type), ['who', 'kick', 'modlog', 'unban']);
});

test('what cannot be done says why', async () => {
  assert.match(await moderator(() => { throw new Refusal(refusal('forbidden', { reason: 'the host says no' })); }).run('/kick Bo'), /the host says no/);
  assert.match(await moderator(() => ({ unchanged: true })).run('/unmute Bo'), /so already/);
  assert.match(await moderator().run('/slow down'), /how many seconds/);
});

test('a key is remembered for its room, until it has another one or none', () => {
  const storage = new Map();
  const keys = new RoomKeys(storage, new Map());
  const store = new Store();
  store.receive(welcome());
  store.receive(joined({ room: 'Tea', settings: { key: true } }));
  const room = must(store.rooms.get('Tea'));
  /** @type {(person: string, key: boolean) => void} */
  const set = (person, key) => {
    store.receive({ type: 'set', room: 'Tea', seq: room.seq + 1, time: 0, person, name: '', values: /** @type {any} */ ({ key }) });
    keys.check(room, 'p1');
  };

  keys.set('tea', 'sesame');
  set('p1', true);
  assert.deepEqual([keys.get('TEA'), keys.inviting(room), keys.inviting(undefined)], ['sesame', 'sesame', '']);
  set('p2', true);
  assert.equal(keys.get('tea'), '');
  keys.set('tea', 'sesame');
  set('p2', false);
  assert.deepEqual([keys.get('tea'), keys.inviting(room)], ['', '']);
});
