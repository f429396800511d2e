/** The carrier: silence, pauses, partings. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ANSWER_MS, NUDGED_MS, Connection, HANDSHAKE_MS, SILENCE_MS } from '../../web/js/connection.js';
import { FakeClock, FakeSocket, must } from './fakes.mjs';

const dialled = (random = 0.5) => {
  const clock = new FakeClock();
  /** @type {FakeSocket[]} */
  const sockets = [];
  const connection = new Connection({
    dial: () => {
      const socket = new FakeSocket();
      sockets.push(socket);
      return /** @type {any} */ (socket);
    },
    random: () => random,
    ...clock,
  });
  /** @type {string[]} */
  const heard = [];
  /** @type {number[]} */
  const lost = [];
  connection.onframe = (frame) => heard.push(frame.type);
  connection.onlost = () => lost.push(clock.time);
  connection.connect();
  return { clock, sockets, connection, heard, lost };
};

test('frames go both ways once it is open', () => {
  const { connection, sockets: [socket], heard } = dialled();

  assert.equal(connection.send({ type: 'typing', room: 'lobby' }), false);
  socket.opened();
  assert.equal(connection.send({ type: 'typing', room: 'lobby' }), true);
  socket.hears({ type: 'news' });

  assert.deepEqual(socket.take(), [{ type: 'typing', room: 'lobby' }]);
  assert.deepEqual(heard, ['news']);
});

test('after half a minute of silence it asks, after ten more seconds it comes back', () => {
  const { clock, connection, sockets, lost } = dialled();
  sockets[0].opened();

  clock.advance(SILENCE_MS - 1);
  assert.deepEqual(sockets[0].take(), []);
  clock.advance(1);
  assert.deepEqual(sockets[0].take(), [{ type: 'ping' }]);
  clock.advance(ANSWER_MS);

  assert.equal(sockets[0].closed, true);
  assert.equal(connection.state, 'waiting');
  assert.equal(lost.length, 1);
  clock.advance(1000);
  assert.equal(sockets.length, 2);
});

test('anything heard ends the silence', () => {
  const { clock, sockets: [socket] } = dialled();
  socket.opened();

  clock.advance(SILENCE_MS - 5);
  socket.hears({ type: 'message' });
  clock.advance(SILENCE_MS - 5);
  assert.deepEqual(socket.take(), []);
  clock.advance(5);
  socket.hears({ type: 'pong' });
  clock.advance(ANSWER_MS);

  assert.deepEqual(socket.take(), [{ type: 'ping' }]);
  assert.equal(socket.closed, false);
});

test('a ping of the server is answered and told to nobody', () => {
  const { sockets: [socket], heard } = dialled();
  socket.opened();

  socket.hears({ type: 'ping' });

  assert.deepEqual(socket.take(), [{ type: 'pong' }]);
  assert.deepEqual(heard, []);
});

test('pauses grow to a bound and are short again once the server has let us in', () => {
  const { clock, connection, sockets } = dialled();
  const pauses = [];
  for (let round = 0; round < 9; round += 1) {
    must(sockets.at(-1)).lost();
    pauses.push(connection.retryAt - clock.time);
    clock.advance(must(pauses.at(-1)));
  }

  assert.deepEqual(pauses, [500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000]);
  must(sockets.at(-1)).opened();
  connection.settled();
  must(sockets.at(-1)).lost();
  assert.equal(connection.retryAt - clock.time, 500);
});

test('pauses are spread over half to one and a half of their length', () => {
  for (const [random, pause] of [[0, 250], [0.999, 750]]) {
    const { clock, connection, sockets: [socket] } = dialled(random);

    socket.lost();

    assert.equal(Math.round(connection.retryAt - clock.time), pause);
  }
});

test('it stays away for as long as the server asks', () => {
  const { clock, connection, sockets } = dialled();
  sockets[0].opened();

  sockets[0].hears({ type: 'closing', code: 1001, reason: 'restart', retry_after: 7 });
  sockets[0].lost();

  assert.equal(connection.state, 'waiting');
  assert.equal(connection.retryAt - clock.time, 7500);
});

test('whoever is told that it ended knows it for lost already', () => {
  const { connection, sockets } = dialled();
  sockets[0].opened();
  /** @type {string[]} */
  const told = [];
  connection.onlost = () => told.push('lost');
  connection.onchange = () => told.push(connection.state);

  sockets[0].hears({ type: 'closing', code: 1008, reason: 'you are banned here' });
  sockets[0].lost();

  assert.deepEqual(told, ['lost', 'stopped']);
});

test('it does not return unasked when the server does not want it to', () => {
  const { clock, connection, sockets } = dialled();
  sockets[0].opened();

  sockets[0].hears({ type: 'closing', code: 1008, reason: 'flood' });
  sockets[0].lost();
  clock.advance(1_000_000);
  connection.nudge();

  assert.equal(connection.state, 'stopped');
  assert.equal(connection.reason, 'flood');
  assert.equal(sockets.length, 1);
  connection.connect();
  assert.equal(sockets.length, 2);
  assert.equal(connection.reason, '');
});

test('a handshake that does not end is given up', () => {
  const { clock, connection, sockets: [socket], lost } = dialled();

  clock.advance(HANDSHAKE_MS);

  assert.equal(socket.closed, true);
  assert.equal(connection.state, 'waiting');
  assert.deepEqual(lost, []);
});

test('a nudge tries at once, or asks for a sign', () => {
  const { clock, connection, sockets } = dialled();
  sockets[0].lost();

  connection.nudge();
  assert.equal(sockets.length, 2);
  connection.nudge();
  assert.equal(sockets.length, 2);
  sockets[1].opened();
  connection.nudge();
  assert.deepEqual(sockets[1].take(), [{ type: 'ping' }]);
  // Somebody sits in front of it.
  clock.advance(NUDGED_MS);
  assert.equal(connection.state, 'waiting');
});

test('what a socket says after it was given up is not heard', () => {
  const { connection, sockets: [socket], heard, lost } = dialled();
  socket.opened();

  connection.close();
  socket.hears({ type: 'message' });
  socket.lost();

  assert.equal(connection.state, 'idle');
  assert.deepEqual(heard, []);
  assert.equal(lost.length, 1);
});
