/**
 * How a message is reached without a mouse: arrows go from one to the next,
 * Enter opens what can be done with it, Escape goes back; so does a long press.
 */

const LONG_MS = 450;
/** A finger is never quite still. */
const STILL_PX = 10;

/**
 * @param {HTMLElement} log
 * @param {object} does
 * @param {(message: HTMLElement) => void} does.open
 * @param {() => void} does.leave
 */
export function reach(log, { open, leave }) {
  log.addEventListener('keydown', (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const focused = /** @type {HTMLElement} */ (document.activeElement);
    const message = /** @type {HTMLElement | null} */ (focused.closest('.msg'));
    if (event.key === 'Escape') {
      event.preventDefault();
      if (message && message !== focused) message.focus({ preventScroll: true });
      else leave();
    } else if (message === focused && (event.key === 'Enter' || event.key === 'ContextMenu')) {
      event.preventDefault();
      open(message);
    } else {
      step(log, event);
    }
  });
  rove(log);
  press(log, open);
}

/**
 * Tab stops at one message, the one that had the focus last, and at what is in it.
 *
 * @param {HTMLElement} log
 */
function rove(log) {
  /** @type {HTMLElement | undefined} */
  let current;
  log.addEventListener('focusin', ({ target }) => {
    const message = /** @type {HTMLElement | null} */ (/** @type {HTMLElement} */ (target).closest('.msg'));
    if (!message || message === current) return;
    if (current) stops(current, -1);
    current = message;
    stops(message, 0);
  });
}

/**
 * @param {HTMLElement} message
 * @param {0 | -1} index for Tab
 */
function stops(message, index) {
  message.tabIndex = index;
  for (const control of /** @type {NodeListOf<HTMLElement>} */ (message.querySelectorAll('a, button'))) {
    control.tabIndex = index;
  }
}

/**
 * @param {HTMLElement} log
 * @param {KeyboardEvent} event
 */
function step(log, event) {
  const by = { ArrowUp: -1, ArrowDown: 1, Home: -Infinity, End: Infinity }[event.key];
  if (!by) return;
  const messages = /** @type {HTMLElement[]} */ ([...log.querySelectorAll('.msg')]);
  const focused = messages.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  if (focused < 0 && document.activeElement !== log) return;
  const last = messages.length - 1;
  const target = messages[focused < 0 ? last : Math.max(0, Math.min(last, focused + by))];
  if (!target) return;
  event.preventDefault();
  target.focus();
  target.scrollIntoView({ block: 'nearest' });
}

/**
 * @param {HTMLElement} log
 * @param {(message: HTMLElement) => void} open
 */
function press(log, open) {
  /** @type {any} */
  let timer = null;
  let [x, y] = [0, 0];
  /** The finger is still down that opened something: its click is no click. */
  let opened = false;
  const stop = () => clearTimeout(timer);
  log.addEventListener('pointerdown', (event) => {
    stop();
    const target = /** @type {HTMLElement} */ (event.target);
    const message = /** @type {HTMLElement | null} */ (target.closest('.msg'));
    if (event.pointerType === 'mouse' || !message || target.closest('button, pre, .txt a')) return;
    [x, y] = [event.clientX, event.clientY];
    timer = setTimeout(() => {
      opened = true;
      open(message);
    }, LONG_MS);
  });
  log.addEventListener('pointermove', (event) => {
    if (Math.hypot(event.clientX - x, event.clientY - y) > STILL_PX) stop();
  });
  for (const type of ['pointerup', 'pointercancel', 'scroll']) log.addEventListener(type, stop, { passive: true });
  // Android opens a menu of its own at a long press.
  log.addEventListener('contextmenu', (event) => {
    if (opened) event.preventDefault();
  });
  // Wherever the finger is lifted: what was opened may be under it by then.
  document.addEventListener('click', (event) => {
    if (!opened) return;
    opened = false;
    event.preventDefault();
    event.stopPropagation();
  }, { capture: true });
  document.addEventListener('pointerdown', () => (opened = false), { capture: true });
}
