/** Languages, addresses, faces. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { chatUrl, folderOf, hashOf, keyOf, linkTo, ownerKeyOf, placeOf, roomOf } from '../../web/js/address.js';
import { choose, LANGUAGES, learn, Translator } from '../../web/js/i18n.js';
import en from '../../web/js/lang/moderation-en.js';
import zh from '../../web/js/lang/moderation-zh.js';
import orderEn from '../../web/js/lang/order-en.js';
import orderZh from '../../web/js/lang/order-zh.js';
import { hueOf, initialsOf } from '../../web/js/people.js';

learn({ en, 'zh-CN': zh });
learn({ en: orderEn, 'zh-CN': orderZh });
const bare = (/** @type {string} */ text) => text.replace(/[\u2068\u2069]/g, '');

test('the language is the most preferred one that there is', () => {
  assert.equal(choose(['de', 'zh-TW', 'en']), 'zh-CN');
  assert.equal(choose(['en-GB', 'zh']), 'en');
  assert.equal(choose(['fr']), 'en');
  assert.equal(choose([]), 'en');
});

test('line 26: every language has every text, with the same places to fill', () => {
  const places = (/** @type {unknown} */ entry) => [...new Set(JSON.stringify(entry).match(/\{\w+\}/g) ?? [])].sort();
  for (const [language, texts] of Object.entries(LANGUAGES)) {
    assert.deepEqual(Object.keys(texts), Object.keys(LANGUAGES.en), language);
    for (const [key, entry] of Object.entries(texts)) {
      assert.deepEqual(places(entry), places(LANGUAGES.en[key]), `${language} ${key}`);
      if (typeof entry === 'string') continue;
      const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
      assert.deepEqual(Object.keys(entry).sort(), forms.sort(), `${language} ${key}`);
    }
  }
});

test('line 26: numbers choose their plural', () => {
  const english = new Translator('en');

  assert.equal(english.text('banner.in', { n: 1 }), 'Next try in 1 second.');
  assert.equal(english.text('banner.in', { n: 5 }), 'Next try in 5 seconds.');
  assert.equal(new Translator('zh-CN').text('banner.in', { n: 5 }), '5 秒后重试。');
});

test('names are isolated from the sentence around them', () => {
  assert.equal(new Translator('en').text('typing.one', { a: 'דנה' }), '\u2068דנה\u2069 is typing…');
});

test('a switch of language is told', () => {
  const translator = new Translator('en');
  let told = 0;
  translator.listeners.add(() => (told += 1));

  translator.use('zh-CN');

  assert.equal(told, 1);
  assert.equal(bare(translator.text('composer.placeholder', { room: '#lobby' })), '发消息到 #lobby');
  assert.equal(new Translator('xx').language, 'en');
  assert.equal(translator.text('no.such.text'), 'no.such.text');
  assert.equal(translator.has('error.banned'), true);
  assert.equal(translator.has('error.weather'), false);
});

test('days have names', () => {
  const english = new Translator('en');
  const now = new Date(2026, 10, 22, 0, 30).getTime();

  assert.equal(english.day(new Date(2026, 10, 22).getTime(), now), 'Today');
  assert.equal(english.day(new Date(2026, 10, 21, 23).getTime(), now), 'Yesterday');
  assert.match(english.day(new Date(2026, 2, 1).getTime(), now), /Sunday/);
  assert.match(english.day(new Date(2025, 2, 1).getTime(), now), /2025/);
  assert.match(english.hour(new Date(2026, 2, 1, 9, 41).getTime()), /^(09:41|9:41[\s\u202f]AM)$/i);
  assert.match(english.moment(new Date(2026, 2, 1, 9, 41).getTime()), /2026/);
});

test('a time is told in the longest unit that fits', () => {
  const english = new Translator('en');

  assert.deepEqual([5, 60, 90, 600, 3600, 86400].map((seconds) => english.duration(seconds)),
    ['5 seconds', '1 minute', '90 seconds', '10 minutes', '1 hour', '1 day']);
  assert.equal(english.seconds(60), '60 seconds');
  assert.equal(new Translator('zh-CN').duration(600), '10分钟');
});

test('an invitation carries a key, the owner’s link nothing else', () => {
  const link = linkTo(new URL('https://a.example/x/?q#r'), 'tea', 0, 'öpen/ sesame');

  const { hash } = new URL(link);
  assert.deepEqual([roomOf(hash), keyOf(hash), placeOf(hash)], ['tea', 'öpen/ sesame', 0]);
  assert.deepEqual([keyOf('#tea'), keyOf('#tea/12'), keyOf('#tea/key='), keyOf('#tea/key=%')], ['', '', '', '%']);
  assert.deepEqual([roomOf('#owner=abc'), ownerKeyOf('#owner=abc'), ownerKeyOf('#owner')], ['lobby', 'abc', '']);
});

test('a room’s name goes through the address and back', () => {
  for (const room of ['lobby', '新手上路', "o'neil", 'a.b_c-d', '100%']) {
    assert.equal(roomOf(hashOf(room)), room);
  }
  assert.equal(roomOf(''), 'lobby');
  assert.equal(roomOf('#'), 'lobby');
  assert.equal(roomOf('#tea/1241'), 'tea');
  assert.equal(roomOf('#100%'), '100%');
  assert.equal(hashOf('新'), '#%E6%96%B0');
});

test('everything is relative to the folder of the page', () => {
  assert.equal(chatUrl(new URL('http://a.example:9108/')), 'ws://a.example:9108/chat');
  assert.equal(chatUrl(new URL('https://a.example/x/y/index.html?q#r')), 'wss://a.example/x/y/chat');
  assert.equal(folderOf({ pathname: '/x/y/' }), '/x/y/');
  assert.equal(linkTo(new URL('https://a.example/x/?q#r'), 'tea'), 'https://a.example/x/#tea');
});

test('a person has one colour, clear of the accent’s and the alert’s', () => {
  assert.equal(hueOf('abc'), hueOf('abc'));
  const hues = new Set(Array.from({ length: 500 }, (_, number) => hueOf(`p${number}`)));
  for (const hue of hues) {
    for (const taken of [152, 25]) {
      const apart = Math.abs(((hue - taken + 540) % 360) - 180);
      assert.ok(apart >= 25, `${hue} is near ${taken}`);
    }
  }
  assert.ok(hues.size >= 10);
});

for (const [name, initials] of [
  ['Jonas', 'JO'], ['Ravi K', 'RK'], ['living-room-tv', 'LT'], ['梅琳', '梅'], ['x', 'X'], ['Анна', 'АН'],
  ['Mary Ann van Lee', 'ML'], ['𠮷野', '𠮷'], ['', '?'],
]) {
  test(`${JSON.stringify(name)} begins with ${initials}`, () => {
    assert.equal(initialsOf(name), initials);
  });
}
