/** What is unsaid outlives its page; one tab has it at a time. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { LEASE_MS, Leases, Locks, SETTLED_MS } from '../../web/js/claims.js';
import { Outbox } from '../../web/js/outbox.js';
import { LOOK_MS, Queues } from '../../web/js/queues.js';
import { FakeClock, refusal, settled } from './fakes.mjs';

/** What all tabs of a browser share. */
class FakeStorage {
  prefix = '';

  constructor() {
    /** @type {Map<string, string>} */
    this.kept = new Map();
  }

  /** @param {string} key */
  get(key) {
    return this.kept.get(key);
  }

  /**
   * @param {string} key
   * @param {string} value
   */
  set(key, value) {
    if (value) this.kept.set(key, value);
    else this.kept.delete(key);
  }

  /** @param {string} prefix */
  keys(prefix) {
    return [...this.kept.keys()].filter((key) => key.startsWith(prefix));
  }
}

/** As browsers have it, for names that are asked for with `ifAvailable`. */
class FakeLocks {
  constructor() {
    this.taken = new Set();
  }

  /**
   * @param {string} name
   * @param {{ifAvailable: boolean}} options
   * @param {(lock: {name: string} | null) => any} use
   */
  async request(name, { ifAvailable }, use) {
    assert.equal(ifAvailable, true);
    await settled();
    if (this.taken.has(name)) return use(null);
    this.taken.add(name);
    await use({ name });
    this.taken.delete(name);
  }
}

class Browser {
  /** @param {string} claims */
  constructor(claims) {
    this.clock = new FakeClock();
    this.storage = new FakeStorage();
    this.locks = new FakeLocks();
    this.claims = claims;
    this.count = 0;
  }

  /** Open a page in a tab, which remembers what an earlier page in it did. */
  async open(tab = new FakeStorage()) {
    const owner = `tab${(this.count += 1)}`;
    const claims = this.claims === 'locks' ? new Locks(/** @type {any} */ (this.locks), 'x:') : new Leases(this.storage, owner, this.clock);
    const outbox = new Outbox();
    const queues = new Queues({
      storage: this.storage, tab, claims, outbox, name: () => `q${(this.count += 1)}`, after: this.clock.after,
    });
    /** @type {number[]} */
    const adopted = [];
    queues.onadopted = () => adopted.push(outbox.letters.length);
    const opened = queues.open();
    await this.pass(SETTLED_MS * 2);
    await opened;
    return { tab, claims, outbox, queues, adopted };
  }

  /** @param {number} ms */
  async pass(ms) {
    for (let left = ms; left > 0; left -= 50) {
      this.clock.advance(Math.min(50, left));
      await settled();
      await settled();
    }
  }
}

/** @type {(page: {outbox: Outbox}, ...ids: string[]) => void} */
const write = ({ outbox }, ...ids) => {
  for (const id of ids) outbox.add({ act: 'say', id, room: 'lobby', text: id, time: 0 });
};
const ids = (/** @type {{outbox: Outbox}} */ { outbox }) => outbox.letters.map(({ id }) => id);

for (const claims of ['locks', 'leases']) {
  test(`a reload takes up what was unsaid, in its order (${claims})`, async () => {
    const browser = new Browser(claims);
    const page = await browser.open();
    write(page, 'a', 'b', 'c');
    page.outbox.next(() => true);
    page.outbox.acknowledged('a', 1, 0);
    page.outbox.next(() => true);

    page.queues.close();
    await settled();
    const again = await browser.open(page.tab);

    assert.deepEqual(again.outbox.letters.map(({ id, state }) => [id, state]), [['b', 'queued'], ['c', 'queued']]);
    write(again, 'd');
    assert.deepEqual(ids(again), ['b', 'c', 'd']);
    assert.equal(browser.storage.keys('queue:').length, 1);
  });

  test(`a closed tab’s queue is adopted by exactly one other (${claims})`, async () => {
    const browser = new Browser(claims);
    const gone = await browser.open();
    const others = [await browser.open(), await browser.open(), await browser.open()];
    write(others[1], 'z');
    write(gone, 'a', 'b');

    await browser.pass(3 * LOOK_MS);
    assert.deepEqual(others.map(ids), [[], ['z'], []]);
    gone.queues.close();
    await browser.pass(8 * LOOK_MS);

    assert.deepEqual(others.flatMap(ids).sort(), ['a', 'b', 'z']);
    assert.equal(others.filter(({ adopted }) => adopted.length > 0).length, 1);
    const [heir] = others.filter(({ adopted }) => adopted.length > 0);
    assert.deepEqual(ids(heir).slice(-2), ['a', 'b']);
  });

  test(`a duplicated tab has a queue of its own (${claims})`, async () => {
    const browser = new Browser(claims);
    const first = await browser.open();
    write(first, 'a');
    const tab = new FakeStorage();
    tab.kept = new Map(first.tab.kept);

    const second = await browser.open(tab);
    write(second, 'b');

    assert.deepEqual([ids(first), ids(second)], [['a'], ['b']]);
    assert.notEqual(first.queues.own, second.queues.own);
  });

  test(`a page that comes back finds its queue, or that another has it (${claims})`, async () => {
    const browser = new Browser(claims);
    const page = await browser.open();
    write(page, 'a');
    page.queues.close();
    await settled();
    let reopened = page.queues.reopen();
    await browser.pass(SETTLED_MS * 2);
    await reopened;
    assert.deepEqual(ids(page), ['a']);

    page.queues.close();
    const heir = await browser.open(page.tab);
    reopened = page.queues.reopen();
    await browser.pass(SETTLED_MS * 4);
    await reopened;

    assert.deepEqual([ids(page), ids(heir)], [[], ['a']]);
    write(page, 'b');
    assert.deepEqual(browser.storage.keys('queue:').length, 2);
  });
}

test('a tab that crashed holds its lease for a while, one that lives renews it', async () => {
  const browser = new Browser('leases');
  const dead = await browser.open();
  const alive = await browser.open();
  write(dead, 'a');
  write(alive, 'b');
  // A crash: its timers are gone, and nothing was freed.
  dead.claims.held.clear();
  const heir = await browser.open();

  await browser.pass(LEASE_MS / 2);
  assert.deepEqual([...ids(alive), ...ids(heir)], ['b']);
  await browser.pass(LEASE_MS);

  assert.deepEqual([...ids(alive), ...ids(heir)].sort(), ['a', 'b']);
  assert.equal(ids(alive).includes('b'), true);
});

test('failed letters are kept with their reasons; nonsense is not read', async () => {
  const browser = new Browser('locks');
  const page = await browser.open();
  write(page, 'a');
  page.outbox.next(() => true);
  page.outbox.refused('a', refusal('too_long', { reason: 'Too long.' }));
  page.queues.close();
  await settled();

  const again = await browser.open(page.tab);
  assert.deepEqual(again.outbox.letters.map(({ state, reason }) => [state, reason]), [['failed', 'Too long.']]);
  for (const [name, text] of [['x', '{'], ['y', '7'], ['w', '[{}]']]) browser.storage.set(`queue:${name}`, text);
  await browser.pass(4 * LOOK_MS);

  assert.deepEqual(ids(again), ['a']);
  assert.equal(browser.storage.keys('queue:').length, 1);
});
