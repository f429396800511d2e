/** The page's text: what its policy, its languages and old browsers need. */

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

import { LANGUAGES, learn } from '../../web/js/i18n.js';
import accountsEn from '../../web/js/lang/accounts-en.js';
import accountsZh from '../../web/js/lang/accounts-zh.js';
import en from '../../web/js/lang/moderation-en.js';
import zh from '../../web/js/lang/moderation-zh.js';
import orderEn from '../../web/js/lang/order-en.js';
import orderZh from '../../web/js/lang/order-zh.js';

learn({ en, 'zh-CN': zh });
learn({ en: accountsEn, 'zh-CN': accountsZh });
learn({ en: orderEn, 'zh-CN': orderZh });

const web = new URL('../../web/', import.meta.url);
const html = readFileSync(new URL('index.html', web), 'utf8');
const scripts = readdirSync(new URL('js/', web), { encoding: 'utf8', recursive: true }).filter((name) => name.endsWith('.js'));
/** @type {(pattern: RegExp, text?: string) => string[]} */
const all = (pattern, text = html) => [...text.matchAll(pattern)].map((match) => match[1]);

test('no style and no script that the policy would refuse', () => {
  assert.deepEqual(all(/\s(style|on\w+)=/g), []);
  for (const name of scripts) {
    const source = readFileSync(new URL(`js/${name}`, web), 'utf8');
    assert.doesNotMatch(source, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(/, name);
  }
});

/**
 * The modules that a module needs before it runs, itself among them.
 *
 * @param {string} name
 * @param {Set<string>} [found]
 */
const needs = (name, found = new Set()) => {
  found.add(name);
  for (const path of all(/from '(\.[^']+)'/g, readFileSync(new URL(`js/${name}`, web), 'utf8'))) {
    const next = new URL(path, `http://x/${name}`).pathname.slice(1);
    if (!found.has(next)) needs(next, found);
  }
  return found;
};

test('every module is fetched with the part of the page that needs it, and none twice', () => {
  const [rest] = all(/<template id="rest">([\s\S]*?)<\/template>/g);
  const preloaded = (/** @type {string} */ text) => all(/rel="modulepreload" href="js\/([^"]+)"/g, text).sort();
  const door = needs('start.js');
  const room = needs('app.js');

  assert.deepEqual(preloaded(html.replace(rest, '')), [...door].filter((name) => name !== 'start.js').sort());
  assert.deepEqual(preloaded(rest), [...room].filter((name) => !door.has(name)).sort());
});

test('every sheet of style is fetched, once', () => {
  const sheets = readdirSync(web).filter((name) => name.endsWith('.css'));

  const late = scripts.flatMap((name) => all(/href: '([^']+\.css)'/g, readFileSync(new URL(`js/${name}`, web), 'utf8')));
  assert.deepEqual([...all(/rel="stylesheet" href="([^"]+)"/g), ...late].sort(), sheets.sort());
});

test('what the page refers to is there, relative to the page', () => {
  const paths = all(/\s(?:href|src)="([^"#]+)"/g);
  for (const path of paths) {
    assert.doesNotMatch(path, /^\/|:/);
    assert.ok(existsSync(new URL(path, web)), path);
  }
  const manifest = JSON.parse(readFileSync(new URL('manifest.webmanifest', web), 'utf8'));
  for (const { src } of manifest.icons) assert.ok(existsSync(new URL(src, web)), src);
});

test('line 26: every text that is asked for is there, and none that nobody asks for', () => {
  const sources = scripts
    .filter((name) => !name.startsWith('lang/'))
    .map((name) => readFileSync(new URL(`js/${name}`, web), 'utf8'));
  const asked = all(/\sdata-t(?:-label|-placeholder)?="([^"]+)"/g);
  for (const source of sources) {
    asked.push(...all(/text\(\s*'([\w.]+)'/g, source), ...all(/'data-t(?:-label|-placeholder)?': '([\w.]+)'/g, source));
  }
  const everything = [html, ...sources].join('\n');
  // Some are put together: `message.${act}`, `error.${code}`.
  const families = all(/`([\w.]+)\.\$\{/g, everything);
  const isAsked = (/** @type {string} */ key) =>
    everything.includes(`'${key}'`) || everything.includes(`"${key}"`) || families.some((family) => key.startsWith(`${family}.`));

  for (const key of asked) assert.ok(key in LANGUAGES.en, key);
  assert.deepEqual(Object.keys(LANGUAGES.en).filter((key) => !isAsked(key)), []);
});

test('ids are unique, and those that are referred to exist', () => {
  const ids = all(/\sid="([^"]+)"/g);
  assert.equal(new Set(ids).size, ids.length);
  const referred = [
    ...all(/\s(?:for|aria-labelledby|aria-describedby|aria-controls)="([^"]+)"/g).flatMap((list) => list.split(' ')),
    ...all(/href="#([^"]+)"/g),
    ...scripts.flatMap((name) => all(/byId\('([^']+)'\)/g, readFileSync(new URL(`js/${name}`, web), 'utf8'))),
  ];
  for (const id of referred) assert.ok(ids.includes(id), id);
});

test('browsers that know no modules are sent to the classic page', () => {
  assert.match(html, /<script nomodule src="js\/old\.js"><\/script>/);
  const source = readFileSync(new URL('js/old.js', web), 'utf8');
  assert.match(source, /location\.replace\('classic' \+ location\.hash\)/);
});
