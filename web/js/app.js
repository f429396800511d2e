/** The page's parts, and how they hear of each other. */

import { chatUrl, folderOf, hashOf, LOBBY, placeOf, roomOf } from './address.js';
import { Attention } from './attention.js';
import { Banner } from './banner.js';
import { claimsIn } from './claims.js';
import { Composer } from './composer.js';
import { Connection } from './connection.js';
import { furnish } from './dialogs.js';
import { byId } from './dom.js';
import { gather } from './gather.js';
import { MembersPanel } from './members-panel.js';
import { MessageActs } from './message-acts.js';
import { LONG_MS, notice } from './notice.js';
import { Outbox } from './outbox.js';
import { Panels } from './panels.js';
import { randomId } from './questions.js';
import { Queues } from './queues.js';
import { rareParts } from './rare-parts.js';
import { reach } from './reach.js';
import { reasonOf } from './refusals.js';
import { Room } from './room.js';
import { RoomHeader } from './room-header.js';
import { RoomKeys } from './room-keys.js';
import { RoomsPanel } from './rooms-panel.js';
import { Session } from './session.js';
import { sourcesOf } from './sources.js';
import { listenForShortcuts } from './shortcuts.js';
import { door, identity, isKnown, storage, translator } from './start.js';
import { TabStorage } from './storage.js';
import { Store } from './store.js';
import { Timeline } from './timeline.js';
import { TypingLine } from './typing-line.js';
import { Ways } from './ways.js';

/** @typedef {import('./types.js').ErrorFrame} ErrorFrame */
/** @typedef {import('./types.js').Message} Message */

/** Counts follow what they count by so much. */
const COUNTED_MS = 150;

const store = new Store();
const outbox = new Outbox(() => timeline.invalidate());
const connection = new Connection({ dial: () => new WebSocket(chatUrl(location), 'chatroom.v1') });

const tab = new TabStorage(folderOf(location));
const keys = new RoomKeys(storage, tab);
const session = new Session({ connection, store, outbox, identity, keys });
const { postman } = session;
const now = () => Date.now() + session.skew;
const queues = new Queues({
  storage,
  tab,
  claims: claimsIn(storage),
  outbox,
  name: randomId,
  after: (call, ms) => setTimeout(call, ms),
});

const panels = new Panels(storage);
const sources = sourcesOf({ translator, store, session, room: () => current() });
const composer = new Composer({ translator, storage, limit: () => store.limits.text_chars, sources });
const banner = new Banner(connection, translator, () => session.welcome);
const attention = new Attention({ store, session, storage, translator, timeline: () => timeline, onopen: go });
const onmoderate = (/** @type {import('./types.js').Who} */ who, /** @type {HTMLElement} */ from) => void rare.openPerson(who, from);
const membersPanel = new MembersPanel({ store, translator, onmoderate });
const typingLine = new TypingLine(translator);
const roomsPanel = new RoomsPanel({ store, translator, onopen: go, onleave: leave });
const header = new RoomHeader({
  translator,
  panels,
  onshare: (name) => rare.openShare(name),
  leavable: () => store.rooms.size > 1,
  attention,
  onleave: leave,
  onmoderate: (what, room) => void rare.openModeration(what, room),
});
const acts = new MessageActs({ translator, store, outbox, postman, composer, attention, timeline: () => timeline, now, onmoderate, ondelete: (message) => void rare.confirm(message) });
/** @type {Timeline} */
const timeline = new Timeline({
  log: byId('log'),
  empty: byId('empty'),
  store,
  outbox,
  translator,
  now,
  page: (room, where) => session.page(room, where),
  since: (room, after) => session.since(room, after),
  acts: acts.ofRows,
});
const rare = rareParts({
  store, translator, storage, preferences: attention.preferences, session, composer, now, keys, room: () => current(), onopen: go,
  onagain: look, identity,
});
keys.collect();

/** The room that is looked at, in the spelling of the address. */
let open = roomOf(location.hash);
/** The place in it that is still looked for; 0: none. */
let sought = placeOf(location.hash);

/** The room that is closed to me, in the spelling of the address. */
let closed = '';
/** What tells of order was asked for. */
let ordered = false;

/** Stands for the open room until it was joined. */
let expected = new Room(open);

/** @returns {Room | undefined} */
const current = () => store.room(open);

/**
 * Open a room, by a name somebody gave.
 *
 * @param {string} name
 * @param {number} [seq] a place in it
 */
function go(name, seq) {
  const known = store.room(name)?.name ?? roomOf(hashOf(name));
  panels.leaveFor(hashOf(known, seq));
  look();
}

/** Look at the room of the address. */
function look() {
  keys.collect();
  open = roomOf(location.hash);
  sought = placeOf(location.hash);
  spell(current());
  closed = '';
  claim();
  session.look(open, sought);
  if (door.shown) return door.show(open, identity.name);
  showRoom();
  write();
  seek();
}

/** To the composer, unless something else was asked for, or half of a phone were covered. */
function write() {
  if (!sought && !matchMedia('(pointer: coarse)').matches) composer.focus();
}

/** Go to the end, and name no other place. */
function toEnd() {
  if (placeOf(location.hash)) history.replaceState(history.state, '', hashOf(open));
  timeline.toEnd();
}

/** Go to the place that the address names, once the room is here. */
function seek() {
  const seq = sought;
  if (!seq || current()?.stream !== 'live' || door.shown) return;
  sought = 0;
  void timeline.reveal(seq);
}

/**
 * As the server spells it, so that a link that is copied is the same for everyone.
 *
 * @param {Room | undefined} room
 */
function spell(room) {
  if (!room || room.name === open) return;
  open = room.name;
  history.replaceState(history.state, '', hashOf(open, placeOf(location.hash)));
}

function showRoom() {
  const room = current();
  const name = room?.name ?? open;
  const isRefused = closed === open;
  byId('refused').hidden = !isRefused;
  document.documentElement.dataset.room = isRefused ? 'refused' : 'open';
  // What is written ahead of the first connection is seen too.
  if (expected.name !== open) expected = new Room(open);
  attention.open(name);
  timeline.show(isRefused ? undefined : (room ?? expected));
  composer.use(name, !isRefused);
  header.render(name, room);
  showRooms();
  membersPanel.render(room);
  typingLine.render(room);
  showRules();
}

/** What holds in the room, once there was something to tell. */
function showRules() {
  if (ordered || current()?.standing.isRuled) withOrder(({ rules }) => rules.render(current()));
}

/** Become the owner, by the link that says so. */
function claim() {
  if (session.welcome && keys.ownerKey) withOrder(({ ownership }) => ownership.claim());
}

/**
 * What few need of order comes with the first need; without a network, with the next one.
 *
 * @param {(order: import('./order.js').Order) => unknown} does
 */
function withOrder(does) {
  ordered = true;
  rare.order().then(does).catch(() => (ordered = false));
}

/** The rooms panel and every place that counts what is unread. */
function showRooms() {
  const name = current()?.name ?? open;
  roomsPanel.render(name);
  attention.count(name);
}

/** What is read as it arrives is not counted first. */
const countSoon = gather(showRooms, COUNTED_MS);

/** @param {Room} room */
async function leave(room) {
  try {
    await session.leave(room);
  } catch (refusal) {
    notice(reasonOf(refusal, translator), 'alert');
  }
}

// Several events of one turn are seen at once.
/** @type {Set<import('./store.js').Change>} */
const changed = new Set();
let frame = 0;

function show() {
  frame = 0;
  const room = current();
  if (changed.has('me')) {
    roomsPanel.renderMe();
    byId('search-button').hidden = !store.features.has('search');
  }
  if (changed.has('topic')) header.render(room?.name ?? open, room);
  if (changed.has('rooms')) showRooms();
  else if (changed.has('unread')) countSoon();
  if (changed.has('members') || changed.has('me')) membersPanel.render(room);
  if (changed.has('typing')) typingLine.render(room);
  if (changed.has('standing') || changed.has('unread')) showRules();
  changed.clear();
}

store.listeners.add((change, room) => {
  const here = room !== undefined && room === current();
  if (room && change === 'messages') outbox.settle(room, store.me.person);
  if (room && change === 'vague') void session.clarify(room);
  if (room && change === 'standing') {
    keys.check(room, store.me.person);
    if (room.standing.isModerator) rare.prepareModeration();
    if (room.standing.acts.length > 0 && !ordered) withOrder(() => timeline.invalidate());
  }
  if (here && change === 'comings') timeline.invalidate();
  if (here && change === 'messages') {
    timeline.invalidate();
    if (composer.follow((seq) => room.message(seq))) notice(translator.text('error.no_such_message'), 'alert');
  }
  if (here && change === 'unread') timeline.divide();
  if (here && change === 'missed') {
    const stays = timeline.recover();
    notice(translator.text(room.older && !stays ? 'log.missed.older' : 'log.missed'), 'status', LONG_MS);
  }
  if (change === 'rooms' && room && !store.rooms.has(room.name)) left(room);
  if (!here && ['members', 'typing', 'topic', 'standing'].includes(change)) return;
  changed.add(change);
  // A hidden page draws no frames; its title counts all the same.
  if (document.hidden) setTimeout(show);
  else if (!frame) frame = requestAnimationFrame(show);
});

/** I am out of a room: if it was this one, go to another. @param {Room} room */
function left(room) {
  timeline.forget(room);
  outbox.shut(room.name, { type: 'error', code: 'not_joined', reason: '' });
  const { ousted } = room.standing;
  if (room.name !== roomsPanel.open) {
    if (ousted) withOrder((order) => notice(order.refused.titleOf(room.name, ousted), 'alert', LONG_MS));
  } else if (ousted) {
    // Not joined again by itself: whoever was sent out comes back on their own.
    session.open = '';
    closed = open;
    withOrder(({ refused }) => refused.oust(room.name, ousted));
    showRoom();
  } else {
    go([...store.rooms.keys()][0] ?? LOBBY);
  }
}

connection.onchange = () => banner.update();

door.onenter = (name, password) => session.enter(name, password);

session.onwelcome = () => {
  rare.prepare();
  claim();
  door.limit = store.limits.name_chars;
  banner.update();
  if (door.shown) {
    door.hide();
    showRoom();
    if (!sought) composer.focus();
  }
};

postman.onfailed = (/** @type {import('./types.js').Letter} */ letter, /** @type {import('./questions.js').Refusal} */ refusal) => {
  // Texts say it where they stand.
  if (letter.act !== 'react') return;
  const key = `react.${refusal.code}`;
  notice(translator.has(key) ? translator.text(key) : reasonOf(refusal, translator), 'alert');
};

queues.onadopted = () => postman.pump();

session.onrefused = (/** @type {ErrorFrame} */ error) => door.show(open, identity.name, error.code === 'bad_token' || !identity.name ? undefined : error);

session.onroomrefused = (/** @type {string} */ name, /** @type {ErrorFrame} */ error) => {
  if (name !== open) return;
  closed = name;
  withOrder(({ refused }) => refused.show(name, error));
  showRoom();
};

session.onjoined = (/** @type {string} */ asked, /** @type {Room} */ room) => {
  outbox.move(asked, room.name);
  if (asked !== open && room.name !== open) return;
  closed = '';
  spell(room);
  session.open = open;
  if (!room.loaded && !sought) void session.page(room, {});
  showRoom();
  timeline.divide(true);
  seek();
};

const ways = new Ways({ timeline, translator, composer, now, onend: toEnd });
timeline.onmove = () => {
  ways.show();
  const { room, atEnd, seen } = timeline;
  if (room?.loaded && atEnd) attention.look(room, seen);
};

composer.onsay = (/** @type {string} */ text, /** @type {Message | undefined} */ target, /** @type {boolean} */ isAction) => {
  postman.say(text, current()?.name ?? open, target, isAction);
  toEnd();
};
composer.onorder = rare.run;
composer.onedit = (/** @type {string} */ text, /** @type {Message} */ message) => postman.edit(message, text);
composer.onediting = (/** @type {Message | undefined} */ message) => timeline.edit(message?.seq ?? 0);
composer.onrecall = () => acts.recall(current());
composer.ontyping = () => {
  const room = current();
  if (room) session.typing(room);
};

byId('search-button').addEventListener('click', () => void rare.openSearch(current()?.name ?? open));
reach(byId('log'), { open: (element) => acts.offer(element), leave: () => composer.focus() });
byId('me').addEventListener('click', () => void rare.openSettings());
listenForShortcuts({ switchRooms: rare.openSwitcher, listKeys: rare.openKeys });

addEventListener('hashchange', look);
addEventListener('pagehide', () => queues.close());
addEventListener('pageshow', (event) => {
  if (event.persisted) void queues.reopen();
});
addEventListener('online', () => connection.nudge());
addEventListener('offline', () => connection.nudge());
addEventListener('focus', () => {
  connection.nudge();
  timeline.onmove();
});
document.addEventListener('visibilitychange', () => {
  if (document.hidden) return;
  connection.nudge();
  timeline.onmove();
});

translator.listeners.add(() => {
  if (!door.shown) showRoom();
  timeline.invalidate();
});

for (const dialog of document.querySelectorAll('dialog')) furnish(dialog);
session.open = open;
session.sought = sought;
if (isKnown) {
  store.me = { person: identity.person, name: identity.name };
  roomsPanel.renderMe();
  door.hide();
  showRoom();
  write();
  // What was left unsaid is said ahead of what is written now.
  void queues.open().then(() => connection.connect());
} else {
  void queues.open();
}
banner.update();
