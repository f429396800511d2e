/** The conversation with the server. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Connection } from '../../web/js/connection.js';
import { Outbox } from '../../web/js/outbox.js';
import { Refusal } from '../../web/js/questions.js';
import { PAGE, Session } from '../../web/js/session.js';
import { Store } from '../../web/js/store.js';
import { FakeClock, FakeSocket, joined, message, messages, must, settled, welcome } from './fakes.mjs';

class Visit {
  constructor(identity = {}) {
    this.clock = new FakeClock();
    /** @type {FakeSocket[]} */
    this.sockets = [];
    this.connection = new Connection({
      dial: () => {
        this.sockets.push(new FakeSocket());
        return /** @type {any} */ (this.socket);
      },
      ...this.clock,
    });
    this.store = new Store();
    this.outbox = new Outbox(() => {});
    this.identity = { person: '', name: '', token: '', key: '', account: '', ...identity };
    /** @type {Map<string, string>} */
    this.keys = new Map();
    this.session = new Session(this);
    this.session.open = 'lobby';
    /** @type {string[]} */
    this.refused = [];
    this.session.onrefused = (error) => this.refused.push(error.code);
  }

  get socket() {
    return must(this.sockets.at(-1));
  }

  /**
   * Answer the only command that waits with a frame.
   *
   * @param {Record<string, any>} frame
   */
  async answers(frame) {
    const [command, ...more] = this.socket.take();
    assert.deepEqual(more, []);
    this.socket.hears({ ...frame, id: command.id });
    await settled();
    return command;
  }

  /** Come in, with the lobby joined. */
  async enter(room = {}) {
    this.session.enter('Ann');
    this.socket.opened();
    await this.answers(welcome());
    await this.answers(joined(room));
    return this;
  }

  async reconnect() {
    this.socket.lost();
    await settled();
    this.connection.connect();
    this.socket.opened();
  }
}

test('a first visit gives a name and a key, and keeps the token', async () => {
  const visit = new Visit();
  visit.session.enter('Ann');
  visit.socket.opened();

  const hello = await visit.answers(welcome());

  assert.equal(hello.name, 'Ann');
  assert.match(hello.key, /^[\w-]{22}$/);
  assert.equal('token' in hello, false);
  assert.deepEqual(visit.identity, { person: 'p1', name: 'Ann', token: 't1', key: '', account: '' });
  const [join] = visit.socket.take();
  assert.deepEqual([join.type, join.room, join.limit], ['join', 'lobby', PAGE]);
});

test('a welcome that was lost is asked for with the same key', async () => {
  const visit = new Visit();
  visit.session.enter('Ann');
  visit.socket.opened();
  const [first] = visit.socket.take();

  await visit.reconnect();

  const [second] = visit.socket.take();
  assert.equal(second.key, first.key);
});

test('a return gives the token alone', async () => {
  const visit = new Visit({ name: 'Ann', token: 't1' });
  visit.connection.connect();
  visit.socket.opened();

  const hello = await visit.answers(welcome({ name: 'Anna', rooms: ['lobby', 'tea'] }));

  assert.deepEqual({ ...hello, id: '' }, { type: 'hello', id: '', token: 't1' });
  assert.equal(visit.identity.name, 'Anna');
  const joins = visit.socket.take();
  assert.deepEqual(joins.map(({ room, limit }) => [room, limit]), [['lobby', PAGE], ['tea', 0]]);
});

test('an unknown token is forgotten, and the name goes on', async () => {
  const visit = new Visit({ name: 'Ann', token: 'old' });
  visit.connection.connect();
  visit.socket.opened();

  await visit.answers({ type: 'error', code: 'bad_token', reason: '' });
  const hello = await visit.answers(welcome());

  assert.equal(hello.name, 'Ann');
  assert.equal(visit.identity.token, 't1');
  assert.deepEqual(visit.refused, []);
});

test('a taken name is asked about without keeping the server waiting', async () => {
  const visit = new Visit({ name: 'Ann', token: 't1' });
  visit.connection.connect();
  visit.socket.opened();

  await visit.answers({ type: 'error', code: 'name_taken', reason: '', suggest: 'Ann 2' });
  assert.deepEqual(visit.refused, ['name_taken']);
  assert.equal(visit.connection.state, 'idle');
  visit.session.enter('Ann 2');
  visit.socket.opened();
  const hello = await visit.answers(welcome({ name: 'Ann 2' }));

  assert.deepEqual([hello.token, hello.name], ['t1', 'Ann 2']);
});

test('after a lost connection each room goes on from where it was', async () => {
  const visit = await new Visit().enter({ seq: 2, events: messages(1, 2) });

  await visit.reconnect();
  await visit.answers(welcome({ rooms: ['lobby'] }));
  const join = await visit.answers(joined({ seq: 3, recovered: true }));
  visit.socket.hears(message(3));

  assert.deepEqual([join.since, join.epoch, 'limit' in join], [2, 'e1', false]);
  assert.equal(must(visit.store.rooms.get('lobby')).messages.length, 3);
});

test('a gap is closed by joining again', async () => {
  const visit = await new Visit().enter({ seq: 1, events: messages(1, 1) });

  visit.socket.hears(message(3));
  visit.socket.hears(message(4));
  const join = await visit.answers(joined({ seq: 4, recovered: true }));

  assert.equal(join.since, 1);
});

test('a mark higher than the server’s is repeated after a join', async () => {
  const visit = await new Visit().enter({ seq: 2, events: messages(1, 2), unread: 2 });
  visit.store.mark(must(visit.store.rooms.get('lobby')), 2);

  await visit.reconnect();
  await visit.answers(welcome({ rooms: ['lobby'] }));
  await visit.answers(joined({ seq: 2, recovered: true, read: 0 }));
  const read = await visit.answers({ type: 'read', room: 'lobby', seq: 2 });

  assert.deepEqual([read.type, read.seq], ['read', 2]);
});

test('a join of another device is joined here too', async () => {
  const visit = await new Visit().enter();

  visit.socket.hears({ type: 'joined', room: 'tea' });
  const join = await visit.answers(joined({ room: 'tea' }));

  assert.deepEqual([join.room, join.limit], ['tea', 0]);
  assert.equal(visit.store.rooms.has('tea'), true);
});

test('a room that is spelled differently is known by the server’s spelling', async () => {
  const visit = await new Visit().enter();
  /** @type {any[]} */
  const asked = [];
  visit.session.onjoined = (name, room) => asked.push([name, room.name]);

  visit.session.look('TEA');
  await visit.answers(joined({ room: 'tea' }));

  assert.deepEqual(asked, [['TEA', 'tea']]);
});

test('a room that was only counted gets its page when it is opened', async () => {
  const visit = await new Visit().enter();
  visit.socket.hears({ type: 'joined', room: 'tea' });
  await visit.answers(joined({ room: 'tea', seq: 5, older: true }));

  visit.session.look('tea');
  const page = await visit.answers({ type: 'history', room: 'tea', seq: 5, events: messages(1, 5).map((entry) => ({ ...entry, room: 'tea' })), older: false, newer: false });

  assert.deepEqual([page.type, page.limit], ['history', PAGE]);
  assert.equal(must(visit.store.rooms.get('tea')).loaded, true);
});

test('messages are said one by one, each once', async () => {
  const visit = await new Visit().enter();
  visit.session.postman.say('one', 'lobby');
  visit.session.postman.say('two', 'lobby');

  const one = await visit.answers({ type: 'ack', room: 'lobby', seq: 1, time: 0 });
  assert.equal(one.text, 'one');
  await visit.reconnect();
  await visit.answers(welcome({ rooms: ['lobby'] }));
  await visit.answers(joined({ seq: 1, recovered: true }));
  const two = await visit.answers({ type: 'ack', room: 'lobby', seq: 2, time: 0, duplicate: true });

  assert.equal(two.text, 'two');
  assert.notEqual(two.id, one.id);
});

test('an id is kept when a message is said again', async () => {
  const visit = await new Visit().enter();
  visit.session.postman.say('one', 'lobby');
  const [first] = visit.socket.take();

  await visit.reconnect();
  await visit.answers(welcome({ rooms: ['lobby'] }));
  await visit.answers(joined({ recovered: true }));

  const [again] = visit.socket.take();
  assert.deepEqual(again, first);
});

test('a message of somebody whose id is that of a command answers nothing', async () => {
  const visit = await new Visit().enter();
  const page = visit.session.page(must(visit.store.rooms.get('lobby')), {});
  const [{ id }] = visit.socket.take();

  visit.socket.hears(message(1, { id }));
  visit.socket.hears({ type: 'error', id, code: 'storage_unavailable', reason: '' });

  assert.equal(await page, false);
});

test('a passing refusal is waited out', async () => {
  const visit = await new Visit().enter();
  visit.session.postman.say('one', 'lobby');

  const first = await visit.answers({ type: 'error', code: 'rate_limited', reason: '', retry_after: 2 });
  assert.deepEqual(visit.socket.take(), []);
  visit.clock.advance(2000);

  const [again] = visit.socket.take();
  assert.equal(again.id, first.id);
});

test('a server that cannot take us in yet is asked again', async () => {
  const visit = new Visit();
  visit.session.enter('Ann');
  visit.socket.opened();

  await visit.answers({ type: 'error', code: 'storage_unavailable', reason: '' });
  visit.clock.advance(2000);
  await visit.answers(welcome());
  await visit.answers({ type: 'error', code: 'storage_unavailable', reason: '' });
  visit.clock.advance(2000);
  await visit.answers(joined());

  assert.equal(visit.store.rooms.has('lobby'), true);
});

test('a room that is refused is told of', async () => {
  const visit = await new Visit().enter();
  /** @type {any[]} */
  const refused = [];
  visit.session.onroomrefused = (name, { code }) => refused.push([name, code]);

  visit.session.look('!!');
  await visit.answers({ type: 'error', code: 'bad_room', reason: '' });

  assert.deepEqual(refused, [['!!', 'bad_room']]);
});

test('typing is told at most every three seconds, and anew after something was said', async () => {
  const visit = await new Visit().enter();
  const room = must(visit.store.rooms.get('lobby'));

  visit.session.typing(room);
  visit.session.typing(room);
  visit.session.postman.say('x', 'lobby');
  visit.session.typing(room);

  assert.deepEqual(visit.socket.take().map(({ type }) => type), ['typing', 'say', 'typing']);
});

test('a reply says to what, and shows it at once', async () => {
  const visit = await new Visit().enter();

  visit.session.postman.say('yes', 'lobby', message(7));

  const [say] = visit.socket.take();
  assert.equal(say.reply_to, 7);
  assert.equal('quote' in say, false);
  assert.deepEqual(visit.outbox.letters[0].quote, { person: 'p2', name: 'Bob', text: 'text 7' });
});

test('commands without a connection are refused as lost', async () => {
  const visit = new Visit();

  await assert.rejects(visit.session.ask({ type: 'ping' }), (refusal) => refusal instanceof Refusal && refusal.code === 'lost');
});

test('changes go out behind what was written before them, and are repeated with their ids', async () => {
  const visit = await new Visit().enter({ seq: 1, events: [message(1, { person: 'p1' })] });
  const [mine] = must(visit.store.rooms.get('lobby')).messages;
  visit.session.postman.say('one', 'lobby');
  visit.session.postman.edit(mine, 'new');
  visit.session.postman.react(mine, '👍', true);
  visit.session.postman.delete(mine);

  await visit.answers({ type: 'ack', room: 'lobby', seq: 2, time: 2 });
  const [edit] = visit.socket.take();
  assert.deepEqual([edit.type, edit.target, edit.text], ['edit', 1, 'new']);
  await visit.reconnect();
  await visit.answers(welcome({ rooms: ['lobby'] }));
  await visit.answers(joined({ seq: 3, recovered: true }));

  const again = await visit.answers({ type: 'ack', room: 'lobby', seq: 3, time: 3, duplicate: true });
  assert.deepEqual(again, edit);
  const react = await visit.answers({ type: 'ack', room: 'lobby', unchanged: true });
  assert.deepEqual([react.type, react.emoji, react.on], ['react', '👍', true]);
  /** @type {any[]} */
  const failed = [];
  visit.session.postman.onfailed = (letter, { code }) => failed.push([letter.act, code]);
  await visit.answers({ type: 'error', code: 'no_such_message', reason: '' });

  assert.deepEqual(failed, [['delete', 'no_such_message']]);
  assert.deepEqual(visit.outbox.letters.map(({ act, state }) => [act, state]), [['say', 'sent'], ['edit', 'sent'], ['delete', 'failed']]);
});

test('a place that is looked for is asked for instead of the end', async () => {
  const visit = new Visit({ name: 'Ann', token: 't1' });
  visit.session.sought = 60;
  visit.connection.connect();
  visit.socket.opened();
  await visit.answers(welcome());

  const join = await visit.answers(joined({ seq: 99, older: true }));
  assert.equal(join.limit, 0);
  const turned = visit.session.page(must(visit.store.rooms.get('lobby')), { around: 60 });
  await visit.answers({ type: 'history', room: 'lobby', seq: 99, events: messages(40, 80), older: true, newer: true, mine: {} });

  assert.equal(await turned, true);
  const room = must(visit.store.rooms.get('lobby'));
  assert.deepEqual([room.holds(60), room.holds(39), room.holds(81), room.newer], [true, false, false, true]);
});

test('what a room could not fold is asked for, once', async () => {
  const visit = await new Visit().enter({ seq: 1, events: messages(1, 1) });
  const room = must(visit.store.rooms.get('lobby'));
  room.vague.add(1);

  const done = visit.session.clarify(room);
  const asked = await visit.answers({ type: 'history', room: 'lobby', seq: 1, events: [message(1, { text: 'whole' })], older: false, newer: false });
  await done;

  assert.deepEqual([asked.around, asked.limit, room.vague.size, room.messages[0].text], [1, 1, 0, 'whole']);
});

test('it is told when somebody else began, whatever the room holds', async () => {
  const visit = await new Visit().enter({ seq: 3, events: messages(3, 3), older: true });
  const room = must(visit.store.rooms.get('lobby'));

  const since = visit.session.since(room, 1);
  await visit.answers({ type: 'history', room: 'lobby', seq: 3, events: [message(2, { person: 'p1' }), message(3)], older: true, newer: false });

  assert.equal(await since, 3000);
  assert.equal(room.messages.length, 1);
});

test('what waits for a room is what makes it joined', async () => {
  const visit = new Visit({ name: 'Ann', token: 't1' });
  visit.outbox.add({ act: 'say', id: 'a', room: 'tea', text: 'a', time: 0 });
  visit.connection.connect();
  visit.socket.opened();

  await visit.answers(welcome());

  assert.deepEqual(visit.socket.take().map(({ room }) => room), ['lobby', 'tea']);
});

test('a room that is slow holds back what is written for it, and nothing else for long', async () => {
  const visit = await new Visit().enter();
  visit.socket.hears(joined({ room: 'tea' }));
  const { postman } = visit.session;
  postman.say('one', 'lobby');
  postman.say('two', 'lobby');
  postman.say('three', 'tea');

  await visit.answers({ type: 'error', code: 'rate_limited', reason: '', retry_after: 30 });
  assert.deepEqual(visit.socket.take(), []);
  visit.clock.advance(1000);
  const other = await visit.answers({ type: 'ack', room: 'tea', seq: 1, time: 1 });
  assert.equal(other.text, 'three');
  visit.clock.advance(28999);
  assert.deepEqual(visit.socket.take(), []);
  visit.clock.advance(1);
  const first = await visit.answers({ type: 'ack', room: 'lobby', seq: 1, time: 1 });
  const second = await visit.answers({ type: 'ack', room: 'lobby', seq: 2, time: 1 });

  assert.deepEqual([first.text, second.text], ['one', 'two']);
});

test('a page that is refused for being too fast comes after all', async () => {
  const visit = await new Visit().enter();
  const page = visit.session.page(must(visit.store.rooms.get('lobby')), {});

  await visit.answers({ type: 'error', code: 'rate_limited', reason: '', retry_after: 1 });
  visit.clock.advance(1000);
  await settled();
  await visit.answers({ type: 'history', room: 'lobby', seq: 0, events: [], older: false, newer: false, mine: {} });

  assert.equal(await page, true);
});

test('in a room that is slow the page tells how long to wait', async () => {
  const visit = await new Visit().enter({ settings: { slow: 60 } });
  const { standing } = must(visit.store.rooms.get('lobby'));
  /** @type {string[]} */
  const told = [];
  visit.store.listeners.add((change) => told.push(change));
  visit.session.postman.say('too early', 'lobby');

  await visit.answers({ type: 'error', code: 'rate_limited', reason: '', retry_after: 30 });

  assert.equal(standing.wait(visit.clock.time + visit.session.skew), 30_000);
  assert.deepEqual(told, ['standing']);
});

test('a key that is known is said to its room, and to no other', async () => {
  const visit = await new Visit().enter();
  visit.keys.set('tea', 'sesame');

  visit.session.look('tea');
  visit.session.look('cake');

  assert.deepEqual(visit.socket.take().map(({ room, key }) => [room, key]), [['tea', 'sesame'], ['cake', undefined]]);
});

test('a password is said with the name alone, and remembered nowhere', async () => {
  const visit = new Visit({ token: 'guest', person: 'p9', name: 'Guest' });
  visit.session.enter('Ann', 'secret');
  visit.socket.opened();

  const hello = await visit.answers({ ...welcome(), account: true });

  const { id: _, ...said } = hello;
  assert.deepEqual(said, { type: 'hello', name: 'Ann', password: 'secret' });
  assert.equal(visit.identity.account, 'yes');
  assert.equal(visit.session.password, '');
  assert.ok(!JSON.stringify(visit.identity).includes('secret'));
});

test('a connection lost meanwhile says the password again, a refusal does not', async () => {
  const visit = new Visit();
  visit.session.enter('Ann', 'secret');
  visit.socket.opened();
  visit.socket.take();
  await visit.reconnect();
  const again = await visit.answers({ type: 'error', code: 'rate_limited', reason: '', retry_after: 3 });

  assert.equal(again.password, 'secret');
  visit.clock.advance(60_000);
  await settled();
  assert.deepEqual(visit.refused, ['rate_limited']);
  assert.equal(visit.session.password, '');
});

test('a guest waits for what passes, and is asked nothing', async () => {
  const visit = new Visit({ token: 't1', name: 'Ann' });
  visit.connection.connect();
  visit.socket.opened();
  await visit.answers({ type: 'error', code: 'storage_unavailable', reason: '' });
  visit.clock.advance(5000);

  const again = await visit.answers({ ...welcome() });

  assert.equal(again.token, 't1');
  assert.equal(visit.identity.account, '');
});

test('who may be known by a cookie says nothing of who they are', async () => {
  const visit = new Visit();
  visit.connection.connect();
  visit.socket.opened();

  const { id: _, ...said } = await visit.answers({ ...welcome(), account: true });

  assert.deepEqual(said, { type: 'hello' });
});
