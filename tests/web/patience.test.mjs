/** What is asked too fast, and asked again. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Patience } from '../../web/js/patience.js';
import { Questions } from '../../web/js/questions.js';
import { FakeClock, refusal, settled, strange } from './fakes.mjs';

/** A server that takes `tokens` commands, and refuses the others with `code`. */
class Visit {
  constructor() {
    this.clock = new FakeClock();
    this.tokens = 0;
    this.code = 'rate_limited';
    this.isOpen = true;
    /** @type {string[]} every command that was sent, by what it asks for */
    this.sent = [];
    /** @type {string[]} what became of each, in that order */
    this.got = [];
    this.questions = new Questions((command) => this.isOpen && this.#receive(command));
    this.patience = new Patience(this.questions, this.clock.after);
  }

  /** @param {any} command */
  #receive(command) {
    this.sent.push(command.text);
    const answer = this.tokens > 0 ? { type: 'found', events: [] } : refusal(this.code, { retry_after: 2 });
    this.tokens -= 1;
    // It answers to whom it has heard.
    queueMicrotask(() => this.questions.settle(strange({ ...answer, id: command.id })));
    return true;
  }

  /** @param {string[]} texts */
  async search(...texts) {
    for (const text of texts) {
      this.patience.ask({ type: 'search', text }).then(
        () => this.got.push(text),
        ({ code }) => this.got.push(`${text}: ${code}`),
      );
    }
    await settled();
  }

  /** @param {number} tokens */
  async waits(tokens) {
    this.tokens = tokens;
    this.clock.advance(2000);
    await settled();
  }
}

test('what is too fast is asked again after the pause, in order', async () => {
  const visit = new Visit();
  await visit.search('a', 'b', 'c');
  visit.sent = [];
  visit.clock.advance(1999);
  await settled();
  assert.deepEqual(visit.sent, []);

  visit.tokens = 9;
  visit.clock.advance(1);
  await settled();

  assert.deepEqual(visit.got, ['a', 'b', 'c']);
  assert.deepEqual(visit.sent, ['a', 'b', 'c']);
});

test('a long line costs one refusal for each pause', async () => {
  const visit = new Visit();
  await visit.search('a', 'b', 'c', 'd', 'e');
  visit.sent = [];

  await visit.waits(2);
  assert.deepEqual(visit.got, ['a', 'b']);
  assert.deepEqual(visit.sent, ['a', 'b', 'c']);
  await visit.waits(0);
  assert.deepEqual(visit.sent.slice(3), ['c']);
  await visit.waits(9);

  assert.deepEqual(visit.got, ['a', 'b', 'c', 'd', 'e']);
});

test('what is asked meanwhile stands in line', async () => {
  const visit = new Visit();
  await visit.search('a');
  visit.tokens = 9;

  await visit.search('b');
  assert.deepEqual(visit.sent, ['a']);
  await visit.waits(9);
  await visit.search('c');

  assert.deepEqual(visit.got, ['a', 'b', 'c']);
});

test('other refusals are told, and hold up nobody', async () => {
  const visit = new Visit();
  await visit.search('a', 'b');
  visit.code = 'not_joined';

  await visit.waits(0);

  assert.deepEqual(visit.got, ['a: not_joined', 'b: not_joined']);
});

test('who stands in line when the connection goes is told so', async () => {
  const visit = new Visit();
  await visit.search('a', 'b');

  visit.isOpen = false;
  visit.questions.lost();
  visit.patience.lost();
  await settled();
  assert.deepEqual(visit.got, ['a: lost', 'b: lost']);
  visit.isOpen = true;
  visit.tokens = 1;
  await visit.search('c');

  assert.deepEqual(visit.got.slice(2), ['c']);
});

test('what stores something is not asked again behind the back of who keeps it', async () => {
  const visit = new Visit();
  const said = visit.patience.ask({ type: 'say', id: 'm', room: 'lobby', text: 'x' });

  await assert.rejects(said, { code: 'rate_limited' });
});
