/** The small Markdown of messages. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { isEmojiOnly, parse, plainOf } from '../../web/js/markup.js';

/**
 * The tree in short: `b(…)`, `i(…)`, `c(…)`, `a(…)`, `@(…)`, `pre(…)`, `q(…)`, `ul(…)`, `ol1(…)`.
 *
 * @type {(node: any) => string}
 */
const short = (node) => {
  if (typeof node === 'string') return node;
  const inside = () => node.children.map(short).join('');
  switch (node.type) {
    case 'text': return inside();
    case 'bold': return `b(${inside()})`;
    case 'italic': return `i(${inside()})`;
    case 'code': return `c(${node.text})`;
    case 'link': return `a(${node.text})`;
    case 'mention': return `@(${node.text})`;
    case 'fence': return `pre(${node.text})`;
    case 'quote': return `q(${node.children.map(short).join('|')})`;
    case 'list': {
      const items = node.items.map((/** @type {any[]} */ item) => item.map(short).join(''));
      return `${node.start === undefined ? 'ul' : `ol${node.start}`}(${items.join('|')})`;
    }
    default: throw new Error(node.type);
  }
};
/** @type {(text: string, called?: Parameters<typeof parse>[1]) => string} */
const read = (text, called) => parse(text, called).map(short).join('|');

for (const [text, tree] of [
  ['plain', 'plain'],
  ['**bold** and *italic* and `code`', 'b(bold) and i(italic) and c(code)'],
  ['_italic_ too', 'i(italic) too'],
  ['**bold with *italic* inside**', 'b(bold with i(italic) inside)'],
  ['*italic with **bold** inside*', 'i(italic with b(bold) inside)'],
  ['这是**重点**内容', '这是b(重点)内容'],
  ['2*3*4 and snake_case_name', '2*3*4 and snake_case_name'],
  ['a * b * c', 'a * b * c'],
  ['** no ** and **', '** no ** and **'],
  ['**open', '**open'],
  ['*a', '*a'],
  ['****', '****'],
  ['`**not bold**`', 'c(**not bold**)'],
  ['``a ` b``', 'c(a ` b)'],
  ['`open', '`open'],
  ['*a `*` b*', 'i(a `)` b*'],
  ['two\nlines', 'two\nlines'],
  ['\\o/ <b>&amp;', '\\o/ <b>&amp;'],
]) {
  test(`reads ${JSON.stringify(text)}`, () => {
    assert.equal(read(text), tree);
  });
}

for (const [text, tree] of [
  ['see https://example.org/x, ok', 'see a(https://example.org/x), ok'],
  ['(https://example.org/a_(b))', '(a(https://example.org/a_(b)))'],
  ['https://example.org.', 'a(https://example.org).'],
  ['在https://example.org/路很好', '在a(https://example.org/)路很好'],
  ['https://example.org很好', 'a(https://example.org)很好'],
  ['https://example.org,很好', 'a(https://example.org),很好'],
  ['HTTP://EXAMPLE.org/Q?a=1&b=2#c', 'a(HTTP://EXAMPLE.org/Q?a=1&b=2#c)'],
  ['http://127.0.0.1:9108/x http://[::1]:80/', 'a(http://127.0.0.1:9108/x) a(http://[::1]:80/)'],
  ['**https://example.org**', 'b(a(https://example.org))'],
  ['https://example.org/*a*', 'a(https://example.org/*a)*'],
  ['https://example.org/a_b_c', 'a(https://example.org/a_b_c)'],
  ['https://аpple.com/x', 'a(https://xn--pple-43d.com/x)'],
  ['https://例え.jp/', 'a(https://xn--r8jz45g.jp/)'],
  ['https://bank.example@evil.example/', 'https://bank.example@evil.example/'],
  ['javascript:alert(1) data:text/html,x', 'javascript:alert(1) data:text/html,x'],
  ['xhttps://example.org', 'xhttps://example.org'],
  ['https://', 'https://'],
  ['https://"onmouseover=x', 'https://"onmouseover=x'],
]) {
  test(`links ${JSON.stringify(text)}`, () => {
    assert.equal(read(text), tree);
  });
}

test('a link leads where its text says', () => {
  const [{ children: [link] }] = /** @type {any[]} */ (parse('https://example.org/a b'));

  assert.deepEqual(link, { type: 'link', href: 'https://example.org/a', text: 'https://example.org/a' });
});

test('a fence keeps what is in it, and its neighbours', () => {
  assert.equal(read('before\n```py\nx = **1**\n\n  y\n```\nafter'), 'before|pre(x = **1**\n\n  y)|after');
  assert.deepEqual(parse('```py\nx\n```'), [{ type: 'fence', language: 'py', text: 'x' }]);
  assert.equal(read('```\n```'), 'pre()');
  assert.equal(read('```\nnever closed'), '```\nnever closed');
  assert.equal(read('```\na\n```\n```\nb\n```'), 'pre(a)|pre(b)');
  assert.equal(read('```\na\n```\nbetween\n```\nb\n```'), 'pre(a)|between|pre(b)');
});

test('a fence may begin behind a word, and end behind its code', () => {
  assert.equal(read('like *this*: ```\nx\n```\nafter'), 'like i(this):|pre(x)|after');
  assert.equal(read('`one` and ```py\nx\ny```'), 'c(one) and|pre(x\ny)');
  // Not where it is one line, nor in a quote.
  assert.equal(read('a ``` b\nc'), 'a ``` b\nc');
  assert.equal(read('so ```x``` is\nc'), 'so c(x) is\nc');
});

for (const [text, tree] of [
  ['> said *so*\n> twice\nno', 'q(said i(so)\ntwice)|no'],
  ['>no space', 'q(no space)'],
  ['> - a\n> - b\n>> c', 'q(ul(a|b)|> c)'],
  ['a > b', 'a > b'],
  ['>', '>'],
  ['- one\n* **two**\n• three', 'ul(one|b(two)|three)'],
  ['2. two\n3) three', 'ol2(two|three)'],
  ['to do:\n- one\n\nthat is all', 'to do:|ul(one)|that is all'],
  ['- a\n1. b', 'ul(a)|ol1(b)'],
  ['-5 degrees, 3.14, *so* it is\n- ', '-5 degrees, 3.14, i(so) it is\n- '],
  ['    - deep in', '    - deep in'],
  ['> ```\nx\n```', 'q(```)|x\n```'],
]) {
  test(`lays out ${JSON.stringify(text)}`, () => {
    assert.equal(read(text), tree);
  });
}

test('a thousand lines of a list are read at once', () => {
  const [list] = parse('- x\n'.repeat(1000));

  assert.equal(list.type === 'list' && list.items.length, 1000);
});

test('up to eight emoji and nothing else are a text of emoji', () => {
  for (const text of ['🎉', '👍🏽', '👨‍👩‍👧‍👦 ❤️', '✌🏽', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '🇩🇪🇨🇳', '1️⃣', '☕', '❤️‍🔥\n🏳️‍🌈', '🎉'.repeat(8)]) {
    assert.ok(isEmojiOnly(text), text);
  }
  for (const text of ['', ' ', '12', '™', '❤', '🎉 a', '🎉'.repeat(9), '# ', '#️', '👍'.repeat(2000)]) {
    assert.ok(!isEmojiOnly(text), text);
  }
});

test('a mention is found where the server found it', () => {
  const ann = { name: 'Ann', me: true };
  const lee = { name: 'Ann Lee', me: false };

  assert.equal(read('@ann hello', [ann]), '@(@ann) hello');
  assert.equal(read('hi @Ann Lee and @Ann', [ann, lee]), 'hi @(@Ann Lee) and @(@Ann)');
  assert.equal(read('@Anna', [ann]), '@Anna');
  assert.equal(read('@Ann你好', [ann]), '@(@Ann)你好');
  assert.equal(read('x@Ann', [ann]), 'x@Ann');
  assert.equal(read('@Ann', []), '@Ann');
});

test('marks without an end stay text, however many there are', () => {
  for (const sign of ['*a ', '**a ', ' _a', '@']) {
    const text = sign.repeat(999);

    assert.equal(read(text), text);
  }
});

test('nothing is lost: all characters of a text without marks come out', () => {
  const text = 'Ein Text, mit 𠮷 und 👨‍👩‍👧‍👦\n\tund Zeilen';

  assert.equal(read(text), text);
});

test('a quote has no marks and no lines', () => {
  assert.equal(plainOf('a **b _c_**\n`d`\n```py\ne\n```\nhttps://f.example/'), 'a b c d e https://f.example/');
  assert.equal(plainOf('cut:\n```js\nlet x'), 'cut: let x');
  assert.equal(plainOf('> who\n- a\n- *b*\n7. c'), 'who a b c');
});
