/** Dialogs, and Back that closes them. */

import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

/** A history whose steps back come later, as a browser's do. */
class Steps {
  constructor() {
    /** @type {any[]} */
    this.states = [null];
    this.steps = 0;
  }

  get state() {
    return this.states.at(-1);
  }

  /** @param {unknown} state */
  pushState(state) {
    this.states.push(state);
  }

  back() {
    this.steps += 1;
  }

  /** The steps asked for are done. */
  arrive() {
    for (; this.steps > 0; this.steps -= 1) {
      this.states.pop();
      dispatchEvent(new Event('popstate'));
    }
  }
}

class Dialog extends EventTarget {
  /** @param {string} id */
  constructor(id) {
    super();
    this.id = id;
    this.open = false;
  }

  showModal() {
    this.open = true;
  }

  close() {
    if (!this.open) return;
    this.open = false;
    queueMicrotask(() => this.dispatchEvent(new Event('close')));
  }

  querySelector() {
    return null;
  }
}

const events = new EventTarget();
Object.assign(globalThis, {
  addEventListener: events.addEventListener.bind(events),
  dispatchEvent: events.dispatchEvent.bind(events),
});
const { dismiss, furnish } = await import('../../web/js/dialogs.js');

/** @type {Steps} */
let steps;

beforeEach(() => {
  steps = new Steps();
  Object.assign(globalThis, { history: steps });
});

/**
 * @param {string} id
 * @returns {any}
 */
function furnished(id) {
  const dialog = new Dialog(id);
  furnish(/** @type {any} */ (dialog));
  return dialog;
}

/** The events that are due. */
const told = () => new Promise((resolve) => setTimeout(resolve));

test('line 28: Back closes a dialog, and closing it goes back', async () => {
  const dialog = furnished('a');

  dialog.showModal();
  steps.back();
  steps.arrive();
  await told();
  assert.equal(dialog.open, false);
  dialog.showModal();
  dialog.close();
  await told();
  steps.arrive();

  assert.deepEqual(steps.states, [null]);
});

test('line 28: a dialog that is closed and opened at once is as it was', async () => {
  const dialog = furnished('f');
  dialog.showModal();

  dialog.close();
  dialog.showModal();
  await told();
  steps.arrive();

  assert.equal(dialog.open, true);
  assert.deepEqual(steps.states, [null, { dialog: 'f' }]);
});

test('line 28: a dialog opened right behind another stays, and has an entry of its own', async () => {
  const [first, second] = [furnished('b'), furnished('c')];
  first.showModal();

  first.close();
  second.showModal();
  await told();
  steps.arrive();

  assert.equal(second.open, true);
  assert.deepEqual(steps.states, [null, { dialog: 'c' }]);
  second.close();
  await told();
  steps.arrive();
  assert.deepEqual(steps.states, [null]);
});

test('line 28: one that closes before its turn has come leaves nothing behind', async () => {
  const [first, second] = [furnished('d'), furnished('e')];
  first.showModal();

  first.close();
  second.showModal();
  const done = dismiss(second);
  steps.arrive();
  await done;

  assert.equal(second.open, false);
  assert.deepEqual(steps.states, [null]);
});
