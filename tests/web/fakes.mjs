/** A clock, a socket and a server's words, for tests that need no browser. */

import { webcrypto } from 'node:crypto';

// Node 18, which Debian 12 has, keeps the browser's `crypto` apart.
globalThis.crypto ??= webcrypto;

/** Time that goes on when it is told to. */
export class FakeClock {
  constructor() {
    this.time = 1_000_000;
    this.timers = [];
    this.now = () => this.time;
    this.after = (call, ms) => {
      const timer = { call, at: this.time + ms };
      this.timers.push(timer);
      return timer;
    };
    this.cancel = (timer) => {
      this.timers = this.timers.filter((other) => other !== timer);
    };
  }

  /** Let `ms` pass, and what is due happen in its order. */
  advance(ms) {
    const end = this.time + ms;
    for (;;) {
      const [next] = this.timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (!next) break;
      this.time = next.at;
      this.cancel(next);
      next.call();
    }
    this.time = end;
  }
}

/** The client's end of a WebSocket, and the test's hand on the server's. */
export class FakeSocket {
  constructor() {
    this.readyState = 0;
    this.sent = [];
    this.closed = false;
  }

  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.closed = true;
    this.readyState = 3;
  }

  /** The handshake is done. */
  opened() {
    this.readyState = 1;
    this.onopen?.();
  }

  /** The server says something. */
  hears(frame) {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }

  /** The connection is gone. */
  lost() {
    this.readyState = 3;
    this.onclose?.();
  }

  /** What was sent since the last time somebody asked. */
  take() {
    return this.sent.splice(0);
  }
}

export const welcome = (more = {}) => ({
  type: 'welcome', person: 'p1', name: 'Ann', token: 't1', rooms: [], protocol: 1, features: [], time: 0,
  limits: { text_chars: 4000, name_chars: 32 }, ...more,
});

export const joined = (more = {}) => ({
  type: 'joined', room: 'lobby', kind: 'room', epoch: 'e1', seq: 0, settings: { topic: '' }, recovered: false,
  events: [], older: false, mine: {}, members: [{ person: 'p1', name: 'Ann' }], count: 1, read: 0, unread: 0,
  mentions: 0, you: { role: 'member' }, ...more,
});

export const message = (seq, more = {}) => ({
  type: 'message', room: 'lobby', seq, time: seq * 1000, person: 'p2', name: 'Bob', text: `text ${seq}`, ...more,
});

/** Messages from one position to another, both included. */
export const messages = (from, to) => Array.from({ length: to - from + 1 }, (_, index) => message(from + index));

/** Let what was promised arrive. */
export const settled = () => new Promise((resolve) => setImmediate(resolve));
