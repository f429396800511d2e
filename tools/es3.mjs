/**
 * Checks that what old browsers are given is ECMAScript 3: `node tools/es3.mjs`.
 *
 * Those at hand for a try read ECMAScript 5, and take what older ones stumble over.
 */

import { readFileSync } from 'node:fs';

import { parse } from 'acorn';

const web = new URL('../web/', import.meta.url);
/** @param {string} name */
const read = (name) => readFileSync(new URL(name, web), 'utf8');

/** @type {[string, string][]} */
const scripts = [['js/old.js', read('js/old.js')]];
// Lines keep their numbers: what is no script is blank.
const page = read('classic.html');
for (const { 0: whole, 1: script, index } of page.matchAll(/<script>([\s\S]*?)<\/script>/g)) {
  const before = page.slice(0, index).replace(/[^\n]/g, '');
  scripts.push(['classic.html', before + whole.slice('<script>'.length, '<script>'.length + script.length)]);
}

for (const [name, script] of scripts) {
  try {
    // `never`: not as the name of a property either.
    parse(script, { ecmaVersion: 3, allowReserved: 'never' });
  } catch (error) {
    process.exitCode = 1;
    process.stderr.write(`web/${name}: ${error}\n`);
  }
}
