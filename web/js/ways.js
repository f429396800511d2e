/** The ways that lead from what is being read to the end, and to what is new. */

import { byId, write } from './dom.js';

export class Ways {
  /**
   * @param {object} parts
   * @param {import('./timeline.js').Timeline} parts.timeline
   * @param {import('./i18n.js').Translator} parts.translator
   * @param {import('./composer.js').Composer} parts.composer gets the focus when a way is gone
   * @param {() => number} parts.now the server's clock
   * @param {() => void} parts.onend
   */
  constructor({ timeline, translator, composer, now, onend }) {
    this.timeline = timeline;
    this.translator = translator;
    this.now = now;
    this.jump = byId('jump');
    this.count = byId('jump-new');
    this.news = byId('news');
    this.line = byId('news-line');
    this.jump.addEventListener('click', () => {
      onend();
      composer.focus();
    });
    byId('news-jump').addEventListener('click', () => void timeline.toNews());
    byId('news-close').addEventListener('click', () => {
      timeline.news.seen = true;
      timeline.onmove();
      composer.focus();
    });
  }

  /** As things stand. */
  show() {
    const { timeline, translator } = this;
    const { below, atEnd, room } = timeline;
    this.jump.hidden = atEnd || !room;
    write(this.count, below > 0 ? `· ${translator.text('log.new', { n: below })}` : '');
    const news = room ? timeline.news.line(translator, this.now()) : '';
    this.news.hidden = !news;
    write(this.line, news);
  }
}
