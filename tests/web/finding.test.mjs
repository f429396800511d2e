/** A search, page by page. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Finding, FOUND, piecesOf } from '../../web/js/finding.js';
import { message } from './fakes.mjs';

const found = (...seqs) => seqs.map((seq) => message(seq));
const seqs = (finding) => finding.found.map(({ seq }) => seq);

test('pages follow each other, and none repeats', () => {
  const finding = new Finding();

  const first = finding.ask(' tea ', 'lobby');
  assert.deepEqual(first, { type: 'search', text: 'tea', limit: FOUND, room: 'lobby' });
  assert.equal(finding.more(), undefined);
  assert.equal(finding.take(first, { events: found(9, 8), next: 'n1' }), true);
  const second = finding.more();
  assert.equal(second.from, 'n1');
  assert.equal(finding.more(), undefined);
  finding.take(second, { events: found(8, 7) });

  assert.deepEqual(seqs(finding), [9, 8, 7]);
  assert.equal(finding.more(), undefined);
  assert.equal(finding.state, 'done');
});

test('an answer to earlier words is dropped', () => {
  const finding = new Finding();
  const te = finding.ask('te', 'lobby');
  const tea = finding.ask('tea', 'lobby');
  const all = finding.ask('tea');

  assert.equal(finding.take(te, { events: found(1) }), false);
  assert.equal(finding.fail(tea), false);
  assert.equal('room' in all, false);
  assert.equal(finding.take(all, { events: found(2) }), true);
  assert.equal(finding.take(all, { events: found(3) }), false);

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
  finding.take(finding.ask('tea'), { events: found(9), next: 'n1' });

  finding.fail(finding.more());
  assert.equal(finding.state, 'failed');

  assert.equal(finding.more().from, 'n1');
});

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
  assert.equal(shown.isWellFormed?.() ?? true, true);
});
