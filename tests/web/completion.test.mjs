/** How what is being written may go on. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { commandsLike, endOf, OFFERED, peopleLike, tokenAt } from '../../web/js/completion.js';
import { emojiIn, emojiLike, EmojiNames } from '../../web/js/emoji-names.js';
import en from '../../web/js/emoji/en.js';
import zh from '../../web/js/emoji/zh.js';

/** The token at the mark `|`. @param {string} marked @param {boolean} [commands] */
const at = (marked, commands = true) => {
  const caret = marked.indexOf('|');
  const token = tokenAt(marked.replace('|', ''), caret, commands);
  return token && [token.kind, token.start, token.query];
};

test('an @ begins a name, at the start and after what is no letter', () => {
  /** @type {[string, ReturnType<typeof at>][]} */
  const cases = [
    ['@|', ['person', 0, '']],
    ['@an|', ['person', 0, 'an']],
    ['hi @Ravi K|', ['person', 3, 'Ravi K']],
    ['(@王|', ['person', 1, '王']],
    ['3@x|', ['person', 1, 'x']],
    ['one\n@o|', ['person', 4, 'o']],
    ['@an|n', ['person', 0, 'an']],
  ];
  for (const [marked, token] of cases) {
    assert.deepEqual(at(marked), token, marked);
  }
  for (const marked of ['ann@example|', '@ann\nhello|', '@ x|', '@a,b|', `@${'x'.repeat(33)}|`, '|@ann', '你@x|']) {
    assert.equal(at(marked), undefined, marked);
  }
});

test('a colon and two letters begin an emoji, smileys, times and addresses do not', () => {
  /** @type {[string, ReturnType<typeof at>][]} */
  const cases = [
    [':ta|', ['emoji', 0, 'ta']],
    ['so :thumbs_u|', ['emoji', 3, 'thumbs_u']],
    [':+1|', ['emoji', 0, '+1']],
    [':笑|', ['emoji', 0, '笑']],
    ['🎉:he|', ['emoji', 2, 'he']],
  ];
  for (const [marked, token] of cases) {
    assert.deepEqual(at(marked), token, marked);
  }
  for (const marked of [':|', ':D|', ':)|', ':-)|', '12:30|', 'http://|', 'std::vector|', 'a:bc|', ': no|', ':tada:|']) {
    assert.equal(at(marked), undefined, marked);
  }
});

test('a slash begins a command at the very beginning only, where commands can be written', () => {
  assert.deepEqual(at('/|'), ['command', 0, '']);
  assert.deepEqual(at('/NI|'), ['command', 0, 'ni']);
  assert.deepEqual(at('/me| waves'), ['command', 0, 'me']);
  for (const marked of [' /me|', 'a /me|', '//me|', '/me |', '/m|e', '|/me']) assert.equal(at(marked), undefined, marked);
  assert.equal(at('/me|', false), undefined);
  assert.deepEqual(commandsLike('').length, 6);
  assert.deepEqual(commandsLike('le').map(({ name }) => name), ['leave']);
  assert.deepEqual(commandsLike('x'), []);
});

test('people are found by any word of their name, who spoke last first', () => {
  const people = ['Ann', 'Anton', 'Ravi Anand', 'Bo', 'Ánn'].map((name, index) => ({ person: `p${index}`, name }));
  const by = { lately: ['p1'], compare: (/** @type {string} */ a, /** @type {string} */ b) => (a < b ? -1 : 1) };
  const found = (/** @type {string} */ query) => peopleLike(people, query, by).map(({ name }) => name);

  assert.deepEqual(found('AN'), ['Anton', 'Ann', 'Ravi Anand']);
  assert.deepEqual(found('ravi a'), ['Ravi Anand']);
  assert.deepEqual(found(''), ['Anton', 'Ann', 'Bo', 'Ravi Anand', 'Ánn']);
  assert.deepEqual(found('x'), []);
  const many = Array.from({ length: 100 }, (_, index) => ({ person: `q${index}`, name: `guest-${index}` }));
  assert.equal(peopleLike(many, 'g', by).length, OFFERED);
});

test('what is completed takes the rest of its word with it, and one space', () => {
  const token = { kind: /** @type {const} */ ('person'), start: 3, end: 6, query: 'an' };
  assert.equal(endOf('hi @an', token, '@Ann '), 6);
  assert.equal(endOf('hi @anybody', token, '@Ann '), 11);
  assert.equal(endOf('hi @an there', token, '@Ann '), 7);
  assert.equal(endOf('hi @an there', token, '🎉'), 6);
  assert.equal(endOf('hi @an, there', token, '@Ann '), 6);
});

test('emoji are found by their names, by short ones too, the nearest first', () => {
  const all = emojiIn(en);
  const first = (/** @type {string} */ query) => emojiLike(all, query, OFFERED)[0]?.sign;

  for (const [query, sign] of [
    ['tada', '🎉'], ['party', '🎉'], ['+1', '👍'], ['thumbsup', '👍'], ['thumbs_up', '👍'], ['heart', '❤️'],
    ['smile', '😄'], ['rocket', '🚀'], ['pinata', '🪅'], ['keycap_7', '7️⃣'], ['flag_for_fra', '🇫🇷'],
  ]) {
    assert.equal(first(query), sign, query);
  }
  assert.ok(emojiLike(all, 'heart', 100).length > 20);
  assert.equal(emojiLike(all, 'heart', OFFERED).length, OFFERED);
  for (const query of ['qqqq', '_', '--']) assert.deepEqual(emojiLike(all, query, OFFERED), [], query);
});

test('both tables name the same emoji, each once, in one skin', () => {
  const [english, chinese] = [emojiIn(en), emojiIn(zh)];
  const signs = english.map(({ sign }) => sign);

  assert.ok(signs.length > 1500);
  assert.equal(new Set(signs).size, signs.length);
  assert.deepEqual(chinese.map(({ sign }) => sign), signs);
  for (const { sign, names } of [...english, ...chinese]) {
    assert.match(sign, /\p{Emoji}/u);
    assert.doesNotMatch(sign, /[\u{1F3FB}-\u{1F3FF}]/u);
    assert.ok(names.every(({ name }) => name.trim()), sign);
  }
});

test('names are loaded when the first is asked for; Chinese readers find both kinds', async () => {
  const names = new EmojiNames();
  assert.equal(names.tables.size, 0);

  assert.equal((await names.find('tada', 'en', OFFERED))[0].sign, '🎉');
  assert.deepEqual([...names.tables.keys()], ['en']);
  assert.deepEqual(await names.find('笑', 'en', OFFERED), []);
  const [found] = await names.find('红心', 'zh-CN', OFFERED);
  assert.match(found.name, /红心/);
  assert.equal((await names.find('tada', 'zh-CN', OFFERED))[0].sign, '🎉');
});
