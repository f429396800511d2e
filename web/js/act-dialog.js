/** Asks before a moderator acts on somebody: how long, why, and how far. */

import { el } from './dom.js';
import { randomId, Refusal } from './questions.js';
import { reasonOf } from './refusals.js';
import { sheet } from './sheet.js';

/** @typedef {import('./types.js').Who} Who */
/** @typedef {import('./types.js').Role} Role */
/** @typedef {import('./room.js').Room} Room */
/** @typedef {{act: 'kick' | 'mute' | 'ban' | 'purge'} | {act: 'role', role: Role}} Plan */

const MINUTE_S = 60;
/** In seconds; 0 is for good. */
const SPANS = { mute: [600, 3600, 86400, 0], ban: [600, 3600, 86400, 0], purge: [600, 3600, 86400], kick: [], role: [] };
const REASON_CHARS = 250;

export class ActDialog {
  /** @param {import('./moderation.js').ModerationParts} parts */
  constructor({ translator, store, session, tell }) {
    this.translator = translator;
    this.store = store;
    this.session = session;
    this.tell = tell;
    this.about = el('p', { id: 'act-about' });
    this.spans = el('div', { class: 'spans' });
    this.legend = el('legend');
    this.span = el('fieldset', { class: 'span' }, this.legend, this.spans);
    this.reason = el('input', { id: 'act-reason', maxlength: REASON_CHARS, autocomplete: 'off', enterkeyhint: 'done', dir: 'auto' });
    this.why = el('div', {}, el('label', { for: 'act-reason', 'data-t': 'act.reason' }), this.reason);
    this.address = el('input', { type: 'checkbox', id: 'act-address' });
    this.everywhere = el('input', { type: 'checkbox', id: 'act-everywhere' });
    this.addressLine = el('label', {}, this.address, el('span', { 'data-t': 'act.address' }));
    this.everywhereLine = el('label', {}, this.everywhere, el('span', { 'data-t': 'act.everywhere' }));
    this.checks = el('div', { class: 'checks' }, this.addressLine, this.everywhereLine);
    this.problem = el('div', { class: 'problem', role: 'alert' });
    this.button = el('button', { class: 'go', type: 'submit' });
    const { dialog, heading } = sheet(translator, 'act', { 'aria-describedby': 'act-about' },
      this.about,
      el('form', { class: 'fields', onsubmit: (/** @type {Event} */ event) => {
        event.preventDefault();
        void this.#do();
      } },
      this.span,
      this.why,
      this.checks,
      this.problem,
      el('div', { class: 'answers' },
        el('button', { class: 'quiet', type: 'button', 'data-close': true, 'data-t': 'delete.cancel' }),
        this.button)));
    this.dialog = dialog;
    this.heading = heading;
    /** @type {{plan: Plan, who: Who, room: Room, id: string} | undefined} */
    this.asked = undefined;
    /** @type {() => void} the dialog is closed */
    this.onclose = () => {};
    dialog.addEventListener('close', () => this.onclose());
  }

  /**
   * @param {Plan} plan
   * @param {Who} who
   * @param {Room} room
   */
  open(plan, who, room) {
    const { translator, store } = this;
    // The same id until it is answered: what a lost connection leaves open is done once.
    this.asked = { plan, who, room, id: randomId() };
    const key = plan.act === 'role' ? `role.${plan.role}` : plan.act;
    const names = { name: who.name, room: `#${room.name}` };
    this.heading.textContent = translator.text(`act.${key}.title`, names);
    this.about.textContent = translator.text(`act.${key}.about`, names);
    this.button.textContent = translator.text(`act.${key}.do`);
    this.button.classList.toggle('danger', plan.act !== 'role');
    const spans = SPANS[plan.act];
    this.span.hidden = spans.length === 0;
    this.legend.textContent = translator.text(plan.act === 'purge' ? 'act.purge.span' : 'act.span');
    this.spans.replaceChildren(...spans.map((seconds, index) =>
      el('label', {}, el('input', { type: 'radio', name: 'act-span', value: seconds, checked: index === 0 }),
        el('span', {}, seconds ? translator.duration(seconds) : translator.text('act.good')))));
    this.why.hidden = plan.act === 'role';
    this.reason.value = '';
    this.addressLine.hidden = plan.act !== 'ban';
    this.address.checked = true;
    const { role } = store.server;
    this.everywhereLine.hidden = !(plan.act === 'ban' ? role !== 'member' : plan.act === 'role' && role === 'owner');
    this.everywhere.checked = false;
    this.checks.hidden = this.addressLine.hidden && this.everywhereLine.hidden;
    this.problem.textContent = '';
    this.dialog.showModal();
  }

  async #do() {
    const { asked, translator } = this;
    if (!asked) return;
    this.problem.textContent = '';
    try {
      const { unchanged } = await this.session.ask({ id: asked.id, ...this.#command(asked) });
      if (this.asked !== asked) return;
      if (unchanged) this.tell(translator.text('act.unchanged'));
      this.dialog.close();
    } catch (refusal) {
      // What there is too much of is not what it is elsewhere.
      const isFull = refusal instanceof Refusal && refusal.code === 'too_many';
      this.problem.textContent = isFull ? translator.text('act.too_many') : reasonOf(refusal, translator);
    }
  }

  /**
   * @param {{plan: Plan, who: Who, room: Room}} asked
   * @returns {import('./types.js').Moderation}
   */
  #command({ plan, who, room: { name } }) {
    const chosen = /** @type {HTMLInputElement | null} */ (this.spans.querySelector(':checked'));
    const span = Number(chosen?.value ?? 0);
    const reason = this.reason.value.replace(/\s+/g, ' ').trim();
    const where = this.everywhere.checked ? {} : { room: name };
    const target = who.person;
    const why = reason ? { reason } : {};
    const time = span ? { seconds: span } : {};
    switch (plan.act) {
      case 'kick':
        return { type: 'kick', room: name, target, ...why };
      case 'mute':
        return { type: 'mute', room: name, target, ...time, ...why };
      case 'ban':
        return { type: 'ban', ...where, target, ...time, ...why, ...(!this.address.checked && { address: false }) };
      case 'purge':
        return { type: 'purge', room: name, target, minutes: span / MINUTE_S, ...why };
      case 'role':
        return { type: 'role', ...where, target, role: plan.role };
    }
  }
}
