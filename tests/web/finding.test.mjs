/** A search, page by page. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Finding, FOUND, piecesOf } from '../../web/js/finding.js';
import { message, must } from './fakes.mjs';

/** @typedef {import('../../web/js/types.js').Found} Found */

/** @type {(events: number[], next?: string) => Found} */
const found = (events, next) => ({ type: 'found', events: events.map((seq) => message(seq)), ...(next && { next }) });
const seqs = (/** @type {Finding} */ finding) => finding.found.map(({ seq }) => seq);

test('pages follow each other, and none repeats', () => {
  const finding = new Finding();

  const first = must(finding.ask(' tea ', 'lobby'));
  assert.deepEqual(first, { type: 'search', text: 'tea', limit: FOUND, room: 'lobby' });
  assert.equal(finding.more(), undefined);
  assert.equal(finding.take(first, found([9, 8], 'n1')), true);
  const second = must(finding.more());
  assert.equal(second.from, 'n1');
  assert.equal(finding.more(), undefined);
  finding.take(second, found([8, 7]));

  assert.deepEqual(seqs(finding), [9, 8, 7]);
  assert.equal(finding.more(), undefined);
  assert.equal(finding.state, 'done');
});

test('an answer to earlier words is dropped', () => {
  const finding = new Finding();
  const te = must(finding.ask('te', 'lobby'));
  const tea = must(finding.ask('tea', 'lobby'));
  const all = must(finding.ask('tea'));

  assert.equal(finding.take(te, found([1])), false);
  assert.equal(finding.fail(tea), false);
  assert.equal('room' in all, false);
  assert.equal(finding.take(all, found([2])), true);
  assert.equal(finding.take(all, found([3])), false);

  assert.deepEqual(seqs(finding), [2]);
});

test('nothing is asked for no words', () => {
  const finding = new Finding();

  assert.equal(finding.ask('  '), undefined);
  assert.equal(finding.state, 'idle');
  assert.equal(finding.more(), undefined);
});

test('what failed is asked again from where it was', () => {
  const finding = new Finding();
  finding.take(must(finding.ask('tea')), found([9], 'n1'));

  finding.fail(must(finding.more()));
  assert.equal(finding.state, 'failed');

  assert.equal(finding.more()?.from, 'n1');
});

/** @type {(text: string, query: string) => string} */
const marked = (text, query) => piecesOf(text, query).map((piece) => (piece.found ? `[${piece.text}]` : piece.text)).join('');

for (const [text, query, pieces] of [
  ['Tea at five', 'te', '[Te]a at five'],
  ['protea tea', 'tea', 'protea [tea]'],
  ['太好了,电视上的老浏览器', '浏览', '太好了,电视上的老[浏览]器'],
  ['一二一', '一', '[一]二[一]'],
  ['see tea, teapot', 'tea teapot', 'see [tea], [teapot]'],
  ['ÄPFEL äpfel', 'äp', '[ÄP]FEL [äp]fel'],
  ['none of it', 'tea', 'none of it'],
]) {
  test(`marks ${query} in ${text}`, () => assert.equal(marked(text, query), pieces));
}

test('a long text is shown around what was found', () => {
  const text = `${'word '.repeat(100)}tea ${'𠮷'.repeat(300)}`;

  const shown = marked(text, 'tea');

  assert.match(shown, /^….*\[tea\].*…$/u);
  assert.ok(shown.length < 220);
  assert.doesNotMatch(shown, /\p{Surrogate}/u);
});
