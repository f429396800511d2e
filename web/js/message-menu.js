/** What can be done with a message: a choice of emoji, a list of acts. */

import { dismiss } from './dialogs.js';
import { byId, el } from './dom.js';

/** @typedef {import('./types.js').Message} Message */
/** @typedef {'reply' | 'edit' | 'copy' | 'link' | 'delete' | 'unread' | 'ignore' | 'moderate'} Deed */

/** Enough to say yes, no, thanks and well done. */
export const EMOJI = ['👍', '❤️', '😂', '🎉', '😮', '😢', '🙏', '👀', '✅', '🔥', '👏', '🤔'];

const GAP_PX = 6;

export class MessageMenu {
  /**
   * @param {object} parts
   * @param {import('./i18n.js').Translator} parts.translator
   * @param {(message: Message) => Deed[]} parts.deedsOn
   * @param {(message: Message) => boolean} parts.isReactable
   * @param {(deed: Deed, message: Message) => void} parts.ondeed
   * @param {(message: Message, emoji: string) => void} parts.onemoji
   * @param {(message: Message) => void} parts.onclose
   */
  constructor({ translator, deedsOn, isReactable, ondeed, onemoji, onclose }) {
    this.translator = translator;
    this.deedsOn = deedsOn;
    this.isReactable = isReactable;
    this.ondeed = ondeed;
    this.onemoji = onemoji;
    this.dialog = /** @type {HTMLDialogElement} */ (byId('actions'));
    this.choice = byId('actions-emoji');
    this.list = byId('actions-list');
    /** @type {Message | undefined} */
    this.message = undefined;

    this.reactors = byId('actions-reactors');
    this.choice.append(...EMOJI.map((emoji) =>
      el('button', { type: 'button', 'data-emoji': emoji, onclick: () => void this.#choose(emoji) }, emoji)));
    this.dialog.addEventListener('keydown', (event) => this.#keyed(event));
    this.dialog.addEventListener('close', () => {
      // The message may have been drawn anew while the menu was open.
      if (this.message && (document.activeElement === document.body || !document.activeElement)) onclose(this.message);
    });
  }

  /**
   * @param {Message} message
   * @param {object} how
   * @param {boolean} how.emoji whether to offer emoji
   * @param {boolean} how.deeds whether to offer the rest
   * @param {HTMLElement} how.from where it opens
   */
  open(message, { emoji, deeds, from }) {
    this.message = message;
    const list = deeds ? this.deedsOn(message) : [];
    this.choice.hidden = !(emoji && this.isReactable(message));
    for (const button of this.choice.children) {
      const mine = message.reactions?.some((reaction) => reaction.emoji === button.textContent && reaction.mine);
      button.setAttribute('aria-pressed', String(mine ?? false));
    }
    this.list.replaceChildren(...list.map((deed) =>
      el('button', {
        type: 'button',
        class: deed === 'delete' ? 'danger' : undefined,
        'data-act': deed,
        onclick: () => void this.#do(deed),
      }, this.translator.text(`message.${deed}`, { name: message.name }))));
    this.#tellReactors(message, deeds);
    this.list.hidden = list.length === 0;
    if (this.choice.hidden && this.list.hidden) return;
    this.dialog.showModal();
    place(this.dialog, from);
  }

  /**
   * Who put what there: a finger points at nothing that could say so.
   *
   * @param {Message} message
   * @param {boolean} deeds
   */
  #tellReactors({ reactions = [] }, deeds) {
    const { translator } = this;
    this.reactors.hidden = !deeds || reactions.length === 0;
    this.reactors.replaceChildren(...reactions.map(({ emoji, count, people }) => {
      const more = count - people.length;
      const names = people.map(({ name }) => name);
      const who = translator.list([...names, ...(more > 0 ? [translator.text('reaction.more', { n: more })] : [])]);
      return el('li', {}, el('span', { class: 'emoji' }, emoji), ' ', who);
    }));
  }

  /** @param {string} emoji */
  async #choose(emoji) {
    const { message } = this;
    await dismiss(this.dialog);
    if (message) this.onemoji(message, emoji);
  }

  /** @param {Deed} deed */
  async #do(deed) {
    const { message } = this;
    await dismiss(this.dialog);
    if (message) this.ondeed(deed, message);
  }

  /**
   * Arrows go through the buttons, line by line among the emoji.
   *
   * @param {KeyboardEvent} event
   */
  #keyed(event) {
    const buttons = /** @type {HTMLElement[]} */ (
      [...this.dialog.querySelectorAll('button')].filter((button) => button.offsetParent));
    const at = buttons.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    if (at < 0) return;
    const inChoice = this.choice.contains(buttons[at]);
    const line = inChoice ? Math.max(1, buttons.filter(({ offsetTop }) => offsetTop === buttons[0].offsetTop).length) : 1;
    const forward = getComputedStyle(this.dialog).direction === 'rtl' ? -1 : 1;
    /** @type {Record<string, number>} */
    const steps = { ArrowDown: line, ArrowUp: -line, ArrowRight: inChoice ? forward : 0, ArrowLeft: inChoice ? -forward : 0 };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    buttons[Math.max(0, Math.min(buttons.length - 1, at + step))].focus();
  }
}

/**
 * Put a menu beside what it was opened from; on a phone the style sheet puts it at the bottom.
 *
 * @param {HTMLDialogElement} dialog that is open
 * @param {HTMLElement} from
 */
export function place({ style, offsetWidth, offsetHeight }, from) {
  const { top, bottom, left, right } = from.getBoundingClientRect();
  const { clientWidth, clientHeight } = document.documentElement;
  const isRtl = getComputedStyle(from).direction === 'rtl';
  const x = isRtl ? left : right - offsetWidth;
  const below = bottom + GAP_PX;
  const y = below + offsetHeight <= clientHeight ? below : top - GAP_PX - offsetHeight;
  style.setProperty('--x', `${Math.max(GAP_PX, Math.min(x, clientWidth - offsetWidth - GAP_PX))}px`);
  style.setProperty('--y', `${Math.max(GAP_PX, Math.min(y, clientHeight - offsetHeight - GAP_PX))}px`);
}
