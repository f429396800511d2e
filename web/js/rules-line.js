/**
 * What holds in the open room, in a line above the composer: that I cannot write, or
 * not yet; for moderators, what they keep others from.
 */

import { byId, write } from './dom.js';

const TICK_MS = 1000;
/** Longer waits are told in minutes. */
const IN_SECONDS = 120;

export class RulesLine {
  /**
   * @param {object} parts
   * @param {import('./i18n.js').Translator} parts.translator
   * @param {import('./composer.js').Composer} parts.composer that is silenced
   * @param {() => number} parts.now the server's clock
   */
  constructor({ translator, composer, now }) {
    this.translator = translator;
    this.composer = composer;
    this.now = now;
    this.line = byId('rules');
    this.text = byId('rules-text');
    this.countdown = byId('rules-wait');
    /** @type {any} */
    this.timer = null;
    /** @type {import('./room.js').Room | undefined} */
    this.room = undefined;
    composer.hold = () => this.#insist();
  }

  /** @param {import('./room.js').Room | undefined} room */
  render(room) {
    this.room = room;
    clearTimeout(this.timer);
    const silence = this.#silence();
    this.composer.silence(silence);
    const wait = silence ? '' : this.#wait();
    const rules = silence ? [silence] : this.#rules(wait !== '');
    if (!wait) this.line.classList.remove('insisting');
    this.line.hidden = rules.length === 0 && !wait;
    write(this.text, rules.join(' · '));
    write(this.countdown, wait);
    const { muted } = room?.standing ?? {};
    if (wait || (silence && typeof muted === 'number')) this.timer = setTimeout(() => this.render(room), TICK_MS);
  }

  /** @returns {string} why I cannot write here, if I cannot */
  #silence() {
    const { translator, room } = this;
    const silence = room?.standing.silence(this.now());
    if (!silence) return '';
    if (silence.kind !== 'muted') return translator.text(`rules.${silence.kind}`);
    if (silence.until === true) return translator.text('rules.muted');
    return translator.text('rules.muted.until', { time: translator.when(silence.until, this.now()) });
  }

  /**
   * I want to say something: the line shows itself, if I have to wait.
   *
   * @returns {string} how long, if so
   */
  #insist() {
    const wait = this.#wait();
    this.line.classList.toggle('insisting', wait !== '');
    return wait;
  }

  /** @param {boolean} isWaiting which the countdown says */
  #rules(isWaiting) {
    const { translator, room } = this;
    if (!room) return [];
    const { settings, isModerator } = room.standing;
    return [
      isModerator && settings.locked && translator.text('rules.locked'),
      isModerator && settings.read_only && translator.text('rules.reading'),
      settings.slow && !isWaiting && translator.text('rules.slow', { time: translator.duration(settings.slow) }),
    ].filter((rule) => typeof rule === 'string');
  }

  /** @returns {string} how long I have to wait, if I have to */
  #wait() {
    const { translator, room } = this;
    const seconds = Math.ceil((room?.standing.wait(this.now()) ?? 0) / 1000);
    if (seconds <= 0) return '';
    const time = seconds < IN_SECONDS ? seconds : Math.ceil(seconds / 60) * 60;
    // Seconds stay seconds, lest 60 become a minute for a moment.
    return translator.text('rules.wait', { time: seconds < IN_SECONDS ? translator.seconds(time) : translator.duration(time) });
  }
}
