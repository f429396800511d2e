/** What can be done with somebody, for those who keep order. */

import { dismiss, furnish } from './dialogs.js';
import { byId, el, paint } from './dom.js';
import { place } from './message-menu.js';
import { hueOf, initialsOf } from './people.js';
import { randomId } from './questions.js';
import { reasonOf } from './refusals.js';

/** @typedef {import('./types.js').Who} Who */
/** @typedef {import('./act-dialog.js').Plan} Plan */

export class PersonMenu {
  /**
   * @param {import('./moderation.js').ModerationParts} parts
   * @param {import('./act-dialog.js').ActDialog} act
   */
  constructor({ translator, session, now, room, tell }, act) {
    this.translator = translator;
    this.session = session;
    this.now = now;
    this.room = room;
    this.tell = tell;
    this.act = act;
    this.who = el('div', { class: 'who', 'aria-hidden': 'true' });
    this.list = el('div', { class: 'acts' });
    this.dialog = el('dialog', { id: 'person', class: 'menu actions' }, this.who, this.list);
    document.body.append(this.dialog);
    furnish(this.dialog);
    this.dialog.addEventListener('keydown', (event) => this.#keyed(event));
    /** @type {HTMLElement | undefined} */
    this.from = undefined;
    /** @type {string} */
    this.person = '';
    // Lists are drawn anew while the menu is open: the focus goes to whatever stands there now.
    for (const dialog of [this.dialog, act.dialog]) dialog.addEventListener('close', () => this.#giveBack());
  }

  /**
   * @param {Who} who
   * @param {HTMLElement} from where it opens
   */
  open(who, from) {
    const room = this.room();
    if (!room) return;
    const { translator } = this;
    const { person, name } = who;
    const { standing } = room;
    this.from = from;
    this.person = person;
    this.dialog.setAttribute('aria-label', translator.text('person.title', { name }));
    this.who.replaceChildren(el('span', { class: 'av' }, initialsOf(name)), el('bdi', { class: 'label' }, name));
    paint(this.who, hueOf(person));
    /** @type {(plan: Plan, key: string, isDangerous?: boolean) => HTMLElement} */
    const item = (plan, key, isDangerous = false) => this.#item(key, isDangerous, () => this.act.open(plan, who, room));
    const role = standing.roles.get(person) ?? 'member';
    this.list.replaceChildren(
      standing.isMuted(person, this.now())
        ? this.#item('person.unmute', false, () => void this.#unmute(room.name, person))
        : item({ act: 'mute' }, 'person.mute'),
      item({ act: 'kick' }, 'person.kick'),
      item({ act: 'purge' }, 'person.purge', true),
      item({ act: 'ban' }, 'person.ban', true),
      ...standing.gifts.filter((gift) => gift !== role).map((gift) => item({ act: 'role', role: gift }, `person.role.${gift}`)),
    );
    this.dialog.showModal();
    place(this.dialog, from);
  }

  /**
   * @param {string} key
   * @param {boolean} isDangerous
   * @param {() => void} does
   */
  #item(key, isDangerous, does) {
    return el('button', {
      type: 'button',
      class: isDangerous ? 'danger' : undefined,
      'data-act': key,
      onclick: async () => {
        await dismiss(this.dialog);
        does();
      },
    }, this.translator.text(key));
  }

  /**
   * @param {string} room
   * @param {string} target
   */
  async #unmute(room, target) {
    try {
      await this.session.ask({ type: 'unmute', id: randomId(), room, target });
    } catch (refusal) {
      this.tell(reasonOf(refusal, this.translator));
    }
  }

  #giveBack() {
    const { activeElement } = document;
    if (activeElement && activeElement !== document.body) return;
    /** @type {HTMLElement | null} */
    const member = document.querySelector(`#member-list [data-person="${CSS.escape(this.person)}"] button`);
    const stands = this.from?.isConnected ? this.from : (member ?? byId('log'));
    stands.focus({ preventScroll: true });
  }

  /** @param {KeyboardEvent} event */
  #keyed(event) {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const buttons = /** @type {HTMLElement[]} */ ([...this.list.children]);
    const at = buttons.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    if (!by || at < 0) return;
    event.preventDefault();
    buttons[Math.max(0, Math.min(buttons.length - 1, at + by))].focus();
  }
}
