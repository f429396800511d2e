/** What begins with a slash. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { COMMANDS, commandIn } from '../../web/js/commands.js';
import { LANGUAGES } from '../../web/js/i18n.js';

test('what begins with no slash is said as it stands', () => {
  for (const text of ['hello', ' /me waves', 'a/b', '1 // 2', 'two\nlines']) {
    assert.deepEqual(commandIn(text), { kind: 'say', text });
  }
});

test('// sends a slash', () => {
  assert.deepEqual(commandIn('//me waves'), { kind: 'say', text: '/me waves' });
  assert.deepEqual(commandIn('//'), { kind: 'say', text: '/' });
  assert.deepEqual(commandIn('///x'), { kind: 'say', text: '//x' });
});

test('each command is read, in any case, with spaces where they fall', () => {
  /** @type {[string, ReturnType<typeof commandIn>][]} */
  const cases = [
    ['/me waves\nand leaves ', { kind: 'me', text: 'waves\nand leaves ' }],
    ['/ME 挥手', { kind: 'me', text: '挥手' }],
    ['/nick  Ann  Lee ', { kind: 'nick', name: 'Ann Lee' }],
    ['/topic Tea,\nand more', { kind: 'topic', topic: 'Tea, and more' }],
    ['/topic', { kind: 'topic', topic: '' }],
    ['/join tea', { kind: 'join', room: 'tea' }],
    ['/join #茶馆', { kind: 'join', room: '茶馆' }],
    ['/leave', { kind: 'leave', room: '' }],
    ['/leave #tea', { kind: 'leave', room: 'tea' }],
    ['/help me', { kind: 'help' }],
  ];
  for (const [written, order] of cases) {
    assert.deepEqual(commandIn(written), order, written);
  }
});

test('a command without what it needs is told apart from one that is none', () => {
  for (const name of ['me', 'nick', 'join']) assert.deepEqual(commandIn(`/${name} `), { kind: 'lacking', name });
  assert.deepEqual(commandIn('/join #'), { kind: 'lacking', name: 'join' });
  for (const [written, name] of [['/', ''], ['/ me', ''], ['/usr/bin is missing', 'usr/bin'], ['/mé x', 'mé'], ['/constructor', 'constructor']]) {
    assert.deepEqual(commandIn(written), { kind: 'unknown', name });
  }
});

test('each command is explained in each language, and what it lacks', () => {
  for (const texts of Object.values(LANGUAGES)) {
    for (const { name, takes, alone } of COMMANDS) {
      assert.ok(texts[`command.${name}`], name);
      if (takes) assert.ok(texts[`command.takes.${takes}`], takes);
      if (takes && !alone) assert.ok(texts[`command.lacking.${name}`], name);
    }
  }
});
