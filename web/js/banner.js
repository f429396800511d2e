/**
 * How the connection is: a dot that is always there, and after two seconds
 * without one a banner, with the time of the next try.
 */

import { byId } from './dom.js';

const PATIENCE_MS = 2000;
const TICK_MS = 1000;

export class Banner {
  /**
   * @param {import('./connection.js').Connection} connection
   * @param {import('./i18n.js').Translator} translator
   * @param {() => boolean} well whether the server has let us in
   */
  constructor(connection, translator, well) {
    this.connection = connection;
    this.translator = translator;
    this.well = well;
    this.banner = byId('banner');
    this.line = byId('banner-text');
    this.countdown = byId('banner-countdown');
    this.door = byId('door-state');
    this.state = byId('state');
    /** When the connection went, while there is none. */
    this.since = 0;
    /** @type {any} */
    this.timer = null;

    byId('banner-now').addEventListener('click', () => connection.connect());
    translator.listeners.add(() => this.update());
  }

  /** The connection changed, or a second has passed. */
  update() {
    const { connection, translator } = this;
    clearTimeout(this.timer);
    const well = this.well() || connection.state === 'idle';
    if (well) this.since = 0;
    else this.since ||= Date.now();
    const late = !well && (Date.now() - this.since >= PATIENCE_MS || connection.state === 'stopped');
    this.banner.hidden = !late;
    this.state.textContent = translator.text(
      well ? 'state.online' : late ? 'state.offline' : 'state.connecting');
    document.documentElement.dataset.connection = well ? 'online' : late ? 'offline' : 'connecting';
    const line = !late ? ''
      : connection.state === 'stopped' ? translator.text('banner.stopped', { reason: connection.reason })
      : translator.text('banner.offline');
    // A status is read aloud when it is written, changed or not.
    if (this.line.textContent !== line) this.line.textContent = line;
    this.door.textContent = line;
    this.countdown.textContent = late ? this.#next() : '';
    byId('banner-now').hidden = connection.state === 'connecting' || connection.state === 'open';
    const next = late ? TICK_MS : Math.max(0, this.since + PATIENCE_MS - Date.now());
    if (!well) this.timer = setTimeout(() => this.update(), next);
  }

  #next() {
    const { connection, translator } = this;
    if (connection.state === 'stopped') return '';
    if (connection.state !== 'waiting') return translator.text('banner.trying');
    const seconds = Math.max(1, Math.ceil((connection.retryAt - Date.now()) / 1000));
    return translator.text('banner.in', { n: seconds });
  }
}
