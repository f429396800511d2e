/**
 * The rooms at one side, the members at the other. Where there is room they
 * stand beside the messages; on a narrow page they slide over them, one at a
 * time, and Back closes.
 */

import { byId } from './dom.js';
import { enter, leave } from './way-back.js';

/** @typedef {'rooms' | 'members'} Panel */

/** The same widths as in the style sheet. */
const NARROW = {
  rooms: matchMedia('(max-width: 720px)'),
  members: matchMedia('(max-width: 1000px)'),
};

export class Panels {
  /** @param {import('./storage.js').Storage} storage */
  constructor(storage) {
    this.storage = storage;
    this.root = document.documentElement;
    this.panels = { rooms: byId('rooms'), members: byId('members') };
    /** @type {Panel | null} what slides over now */
    this.over = null;
    /** @type {HTMLElement | null} */
    this.opener = null;

    this.root.dataset.members = storage.get('members') === 'hidden' ? 'hidden' : 'shown';
    for (const button of [byId('scrim'), ...document.querySelectorAll('[data-close-panel]')]) {
      button.addEventListener('click', () => this.close());
    }
    addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || !this.over || document.querySelector('dialog[open]')) return;
      event.preventDefault();
      this.close();
    });
    addEventListener('popstate', () => {
      if (history.state?.over !== this.over) this.#hide();
    });
    for (const media of Object.values(NARROW)) media.addEventListener('change', () => this.close());
    this.#tell();
  }

  /** @param {Panel} panel */
  toggle(panel) {
    if (NARROW[panel].matches) {
      if (this.over) this.close();
      else this.#open(panel);
      return;
    }
    const hidden = this.root.dataset.members === 'shown';
    this.root.dataset.members = hidden ? 'hidden' : 'shown';
    this.storage.set('members', hidden ? 'hidden' : '');
    this.#tell();
  }

  /** @param {Panel} panel */
  #open(panel) {
    this.opener = /** @type {HTMLElement | null} */ (document.activeElement);
    this.over = panel;
    this.root.dataset.over = panel;
    byId('room').toggleAttribute('inert', true);
    // An entry to go back from, at the same address.
    enter({ over: panel });
    this.panels[panel].focus({ preventScroll: true });
    this.#tell();
  }

  /** Close what slides over, and take its entry off the history. */
  close() {
    const { over } = this;
    if (!over) return;
    this.#hide();
    leave('over', over);
  }

  /**
   * Close for a link inside of the panel: the link takes over the panel's entry.
   *
   * @param {string} hash
   */
  leaveFor(hash) {
    if (hash === location.hash) return this.close();
    const pushed = this.over && history.state?.over === this.over;
    this.#hide();
    if (pushed) history.replaceState(null, '', hash);
    else history.pushState(null, '', hash);
  }

  #hide() {
    if (!this.over) return;
    this.over = null;
    delete this.root.dataset.over;
    byId('room').toggleAttribute('inert', false);
    this.opener?.focus({ preventScroll: true });
    this.opener = null;
    this.#tell();
  }

  #tell() {
    const shown = NARROW.members.matches ? this.over === 'members' : this.root.dataset.members === 'shown';
    byId('members-toggle').setAttribute('aria-expanded', String(shown));
    byId('rooms-toggle').setAttribute('aria-expanded', String(this.over === 'rooms'));
  }
}
