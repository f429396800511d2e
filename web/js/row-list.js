/**
 * Rows as DOM, by key: those that look the same are kept, in their place.
 */

import { attend } from './message-view.js';
import { elementOf, isSame, signatureOf, stampOf } from './row-view.js';

/** @typedef {import('./rows.js').Row} Row */
/** @typedef {import('./message-view.js').RowContext} RowContext */
/** @typedef {{key: string, top: number}} Anchor A row, and how far below the scroller's edge it is. */

export class RowList {
  /**
   * @param {HTMLElement} place that holds the rows
   * @param {HTMLElement} scroller around it
   */
  constructor(place, scroller) {
    this.place = place;
    this.scroller = scroller;
    /** @type {Map<string, {element: HTMLElement, signature: string, row: Row}>} */
    this.shown = new Map();
    /** What was around the rows when they were shown last. */
    this.stamp = '';
    /** @type {HTMLElement | undefined} of the message that is pointed at or in focus */
    this.tools = undefined;
  }

  clear() {
    this.shown.clear();
    this.place.replaceChildren();
  }

  /**
   * Show these rows, in this order, touching only what differs.
   *
   * @param {Row[]} rows
   * @param {RowContext} context
   * @returns {number} how many had to be made
   */
  show(rows, context) {
    let made = 0;
    const stamp = stampOf(context);
    const isAsBefore = stamp === this.stamp;
    this.stamp = stamp;
    const wanted = new Set(rows.map(({ key }) => key));
    for (const [key, { element }] of this.shown) {
      if (wanted.has(key)) continue;
      element.remove();
      this.shown.delete(key);
    }
    let next = this.place.firstElementChild;
    for (const row of rows) {
      const held = this.shown.get(row.key);
      const element = held && isAsBefore && isSame(held.row, row) ? held.element
        : this.#elementOf(row, context, (old, successor) => {
          if (next === old) next = successor;
        });
      if (element !== held?.element) made += 1;
      if (element === next) next = next?.nextElementSibling ?? null;
      else this.place.insertBefore(element, next);
    }
    return made;
  }

  /**
   * @param {Row} row
   * @param {RowContext} context
   * @param {(old: HTMLElement, made: HTMLElement) => void} replaced
   * @returns {HTMLElement}
   */
  #elementOf(row, context, replaced) {
    const signature = signatureOf(row, context);
    const held = this.shown.get(row.key);
    if (held?.signature === signature) {
      held.row = row;
      return held.element;
    }
    const element = elementOf(row, context);
    this.shown.set(row.key, { element, signature, row });
    if (held) this.#succeed(held.element, element, context, replaced);
    return element;
  }

  /**
   * An element takes another one's place, with its tools and the focus.
   *
   * @param {HTMLElement} old
   * @param {HTMLElement} element
   * @param {RowContext} context
   * @param {(old: HTMLElement, made: HTMLElement) => void} replaced
   */
  #succeed(old, element, context, replaced) {
    const focused = old.contains(document.activeElement)
      ? /** @type {HTMLElement} */ (document.activeElement).dataset
      : undefined;
    const hadTools = this.tools?.parentElement === old;
    replaced(old, element);
    old.replaceWith(element);
    if (hadTools) this.attend(element, context);
    if (!focused) return;
    const again = [...element.querySelectorAll('button')].find(({ dataset }) =>
      dataset.act && dataset.act === focused.act && dataset.emoji === focused.emoji);
    (again ?? element).focus({ preventScroll: true });
  }

  /**
   * Give a message its tools.
   *
   * @param {Element} target that is pointed at or got the focus
   * @param {RowContext} context
   */
  attend(target, context) {
    const element = target.closest('.msg');
    if (!element || this.tools?.parentElement === element) return;
    // Those that are used by keyboard stay until the focus goes.
    if (this.tools?.querySelector(':focus-visible')) return;
    if (this.tools?.contains(document.activeElement)) this.tools.parentElement?.focus({ preventScroll: true });
    this.tools?.remove();
    this.tools = undefined;
    const message = this.messageOf(element);
    if (message) this.tools = attend(/** @type {HTMLElement} */ (element), message, context);
  }

  /**
   * @param {Element | null} element
   * @returns {import('./types.js').Message | undefined} the message that is shown in it, once it is in the log
   */
  messageOf(element) {
    const held = [...this.shown.values()].find((shown) => shown.element === element);
    return held?.row.kind === 'message' && !held.row.letter ? held.row.message : undefined;
  }

  /**
   * @param {number} seq
   * @returns {HTMLElement | undefined} where that message is shown
   */
  elementOf(seq) {
    for (const { element, row } of this.shown.values()) {
      if (row.kind === 'message' && row.message.seq === seq) return element;
    }
    return undefined;
  }

  /**
   * @param {string} key of a row
   * @returns {number | undefined} its message's place in the log
   */
  seqOf(key) {
    const row = this.shown.get(key)?.row;
    return row?.kind === 'message' && !row.letter ? row.message.seq : undefined;
  }

  /** @returns {HTMLElement | undefined} the line above what is new */
  get divider() {
    return this.shown.get('new')?.element;
  }

  /**
   * The rows in sight: more than one, for the first may go.
   *
   * @returns {Anchor[]}
   */
  anchors() {
    const { scrollTop, clientHeight } = this.scroller;
    /** @type {Anchor[]} */
    const anchors = [];
    for (const [key, { element, row }] of this.shown) {
      // A line that says "Loading" goes when it has loaded; messages stay.
      if (row.kind !== 'message') continue;
      const top = element.offsetTop - scrollTop;
      if (top + element.offsetHeight > 0 && top < clientHeight) anchors.push({ key, top });
    }
    return anchors.sort((a, b) => a.top - b.top);
  }

  /**
   * Scroll so that what was in sight is where it was.
   *
   * @param {Anchor[]} anchors
   */
  restore(anchors) {
    // The second first: the one at the edge may lose its header to what comes above it.
    const [first, second, ...rest] = anchors;
    for (const anchor of [second, first, ...rest]) {
      if (!anchor) continue;
      const { key, top } = anchor;
      const held = this.shown.get(key);
      if (!held) continue;
      const moved = held.element.offsetTop - this.scroller.scrollTop - top;
      if (moved) this.scroller.scrollTop += moved;
      return;
    }
  }
}
