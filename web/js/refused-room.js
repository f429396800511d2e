/** A room that is closed to me: why, and what to do instead. */

import { LOBBY } from './address.js';
import { byId } from './dom.js';

/** @typedef {import('./types.js').ErrorFrame} ErrorFrame */

/**
 * Why: the server's refusal, or what a moderator did.
 *
 * @typedef {{code: string, reason: string, until?: number, by?: string}} Refused until: milliseconds; by: a moderator's name
 */

/** What is no room's name today is none tomorrow. */
const FOR_GOOD = new Set(['bad_room', 'too_long']);

export class RefusedRoom {
  /**
   * @param {object} parts
   * @param {import('./i18n.js').Translator} parts.translator
   * @param {import('./room-keys.js').RoomKeys} parts.keys
   * @param {() => number} parts.now the server's clock
   * @param {() => void} parts.onlobby
   * @param {() => void} parts.onagain
   */
  constructor({ translator, keys, now, onlobby, onagain }) {
    this.translator = translator;
    this.keys = keys;
    this.now = now;
    this.field = /** @type {HTMLInputElement} */ (byId('refused-key'));
    /** The room's name, while one is refused. */
    this.name = '';
    /** @type {Refused | undefined} */
    this.why = undefined;
    byId('refused-lobby').addEventListener('click', onlobby);
    byId('refused-again').addEventListener('click', onagain);
    byId('refused-form').addEventListener('submit', (event) => {
      event.preventDefault();
      const key = this.field.value.trim();
      if (!key) return;
      keys.set(this.name, key);
      onagain();
    });
    this.field.addEventListener('input', () => this.#complain(false));
    translator.listeners.add(() => this.#describe());
  }

  /**
   * @param {string} name
   * @param {ErrorFrame} error
   */
  show(name, { code, reason, retry_after }) {
    const key = this.keys.get(name);
    this.name = name;
    this.why = { code, reason, ...(retry_after && { until: this.now() + retry_after * 1000 }) };
    this.field.value = key;
    this.#describe();
    if (code !== 'bad_key') return;
    this.keys.set(name, '');
    this.#complain(key !== '');
    this.field.focus();
    this.field.select();
  }

  /**
   * I was sent out.
   *
   * @param {string} name
   * @param {import('./types.js').Acted} acted
   */
  oust(name, acted) {
    const { name: by, reason = '', until } = acted;
    this.name = name;
    this.why = { code: codeOf(acted), by, reason, until };
    this.#describe();
  }

  /**
   * @param {string} name
   * @param {import('./types.js').Acted} acted that sends me out of a room that is not looked at
   */
  titleOf(name, acted) {
    return this.translator.text(`refused.${codeOf(acted)}`, { room: `#${name}` });
  }

  /** @param {boolean} wrong */
  #complain(wrong) {
    byId('refused-problem').textContent = wrong ? this.translator.text('refused.wrong') : '';
    this.field.setAttribute('aria-invalid', String(wrong));
  }

  #describe() {
    const { translator, why, name } = this;
    if (!why) return;
    const { code, reason, by, until } = why;
    /** @type {(keys: string[], values?: Record<string, string>) => string} */
    const text = (keys, values) => {
      const key = keys.find((known) => translator.has(known));
      return key ? translator.text(key, values) : '';
    };
    byId('refused-title').textContent = text([`refused.${code}`, 'room.refused'], { room: `#${name}` });
    byId('refused-reason').textContent = text([`refused.${code}.about`, `error.${code}`]) || (by ? '' : reason);
    byId('refused-until').textContent = until ? text(['refused.until'], { time: translator.when(until, this.now()) }) : '';
    byId('refused-words').textContent = by && reason ? text(['acted.because'], { what: by, reason }) : '';
    byId('refused-form').hidden = code !== 'bad_key';
    byId('refused-enter').textContent = translator.text('refused.enter');
    this.field.placeholder = translator.text('refused.key');
    this.field.setAttribute('aria-label', this.field.placeholder);
    const again = byId('refused-again');
    again.hidden = code === 'bad_key' || FOR_GOOD.has(code);
    again.textContent = translator.text(code === 'kicked' ? 'room.return' : 'room.again');
    const lobby = byId('refused-lobby');
    lobby.textContent = translator.text('room.lobby', { room: `#${LOBBY}` });
    lobby.hidden = name === LOBBY;
  }
}

/** @param {import('./types.js').Acted} acted */
const codeOf = ({ act }) => (act === 'kick' ? 'kicked' : 'banned');
