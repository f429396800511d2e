/** Who is writing, in a line that is always there and mostly empty. */

import { byId } from './dom.js';

/** @typedef {import('./room.js').Room} Room */

export class TypingLine {
  /** @param {import('./i18n.js').Translator} translator */
  constructor(translator) {
    this.translator = translator;
    this.line = byId('typing');
    /** @type {any} */
    this.timer = null;
  }

  /** @param {Room | undefined} room */
  render(room) {
    clearTimeout(this.timer);
    const now = Date.now();
    const { names, until } = room?.typing.at(now) ?? { names: [], until: 0 };
    const [a, b] = names;
    const key = ['', 'typing.one', 'typing.two'][names.length] ?? 'typing.many';
    const text = key && this.translator.text(key, { a, b });
    if (this.line.textContent !== text) this.line.textContent = text;
    if (names.length > 0) this.timer = setTimeout(() => this.render(room), until - now + 1);
  }
}
