/**
 * Rows as DOM, by key: those that look the same are kept, in their place.
 */

import { attend, elementOf, signatureOf } from './message-view.js';

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
   */
  show(rows, context) {
    const wanted = new Set(rows.map(({ key }) => key));
    for (const [key, { element }] of this.shown) {
      if (wanted.has(key)) continue;
      element.remove();
      this.shown.delete(key);
    }
    let next = this.place.firstElementChild;
    for (const row of rows) {
      const element = this.#elementOf(row, context, (old, made) => {
        if (next === old) next = made;
      });
      if (element === next) next = next?.nextElementSibling ?? null;
      else this.place.insertBefore(element, next);
    }
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
    if (held) {
      const hadFocus = held.element.contains(document.activeElement);
      replaced(held.element, element);
      held.element.replaceWith(element);
      if (hadFocus) element.focus({ preventScroll: true });
    }
    return element;
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
    // Those of a message in focus stay until the focus goes.
    if (this.tools?.contains(document.activeElement)) return;
    this.tools?.remove();
    const held = [...this.shown.values()].find((shown) => shown.element === element);
    if (held?.row.kind !== 'message' || held.row.letter) return;
    this.tools = attend(held.element, held.row.message, context);
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
    for (const { key, top } of anchors) {
      const held = this.shown.get(key);
      if (!held) continue;
      const moved = held.element.offsetTop - this.scroller.scrollTop - top;
      if (moved) this.scroller.scrollTop += moved;
      return;
    }
  }
}
