/** The page's parts, and how they hear of each other. */

import { chatUrl, folderOf, hashOf, LOBBY, placeOf, roomOf } from './address.js';
import { Attention } from './attention.js';
import { Banner } from './banner.js';
import { claimsIn } from './claims.js';
import { Composer } from './composer.js';
import { Connection } from './connection.js';
import { furnish } from './dialogs.js';
import { byId, paint, write as put } from './dom.js';
import { gather } from './gather.js';
import { MembersPanel } from './members-panel.js';
import { MessageActs } from './message-acts.js';
import { LONG_MS, notice } from './notice.js';
import { Orders } from './orders.js';
import { Outbox } from './outbox.js';
import { Panels } from './panels.js';
import { hueOf, initialsOf } from './people.js';
import { randomId } from './questions.js';
import { Queues } from './queues.js';
import { rareParts } from './rare-parts.js';
import { reach } from './reach.js';
import { reasonOf } from './refusals.js';
import { RefusedRoom } from './refused-room.js';
import { Room } from './room.js';
import { RoomHeader } from './room-header.js';
import { RoomsPanel } from './rooms-panel.js';
import { Session } from './session.js';
import { Share } from './share.js';
import { sourcesOf } from './sources.js';
import { listenForShortcuts } from './shortcuts.js';
import { door, identity, storage, translator } from './start.js';
import { TabStorage } from './storage.js';
import { Store } from './store.js';
import { Timeline } from './timeline.js';
import { TypingLine } from './typing-line.js';

/** @typedef {import('./types.js').ErrorFrame} ErrorFrame */
/** @typedef {import('./types.js').Message} Message */

/** Counts follow what they count by so much. */
const COUNTED_MS = 150;

const store = new Store();
const outbox = new Outbox(() => timeline.invalidate());
const connection = new Connection({ dial: () => new WebSocket(chatUrl(location), 'chatroom.v1') });

const session = new Session({ connection, store, outbox, identity });
const { postman } = session;
const now = () => Date.now() + session.skew;
const queues = new Queues({
  storage,
  tab: new TabStorage(folderOf(location)),
  claims: claimsIn(storage),
  outbox,
  name: randomId,
  after: (call, ms) => setTimeout(call, ms),
});

const panels = new Panels(storage);
const sources = sourcesOf({ translator, store, session, room: () => current() });
const composer = new Composer({ translator, storage, limit: () => store.limits.text_chars, sources });
const orders = new Orders({
  translator, store, session, identity, room: () => current(), go, help: () => void rare.openHelp(), tell: notice,
});
const share = new Share(translator);
const banner = new Banner(connection, translator, () => session.welcome);
const attention = new Attention({ store, session, storage, translator, timeline: () => timeline, onopen: go });
const membersPanel = new MembersPanel(store, translator);
const typingLine = new TypingLine(translator);
const refused = new RefusedRoom(translator, { lobby: () => go(LOBBY), again: look });
const roomsPanel = new RoomsPanel({ store, translator, onopen: go, onleave: leave });
const header = new RoomHeader({
  translator,
  panels,
  share,
  leavable: () => store.rooms.size > 1,
  attention,
  onleave: leave,
});
const acts = new MessageActs({ translator, store, outbox, postman, composer, attention, timeline: () => timeline });
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
const rare = rareParts({ store, translator, storage, preferences: attention.preferences, session, now, onopen: go, onrename: (name) => orders.rename(name) });

/** The room that is looked at, in the spelling of the address. */
let open = roomOf(location.hash);
/** The place in it that is still looked for; 0: none. */
let sought = placeOf(location.hash);

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
  open = roomOf(location.hash);
  sought = placeOf(location.hash);
  spell(current());
  refused.forget();
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
  const isRefused = refused.name === open;
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
}

/** The rooms panel and every place that counts what is unread. */
function showRooms() {
  const name = current()?.name ?? open;
  roomsPanel.render(name);
  attention.count(name);
}

/** What is read as it arrives is not counted first. */
const countSoon = gather(showRooms, COUNTED_MS);

function showMe() {
  const { person, name } = store.me;
  byId('me-name').textContent = name;
  byId('me-avatar').textContent = initialsOf(name);
  paint(byId('me'), hueOf(person));
}

/** @param {Room} room */
async function leave(room) {
  try {
    await session.leave(room);
  } catch (refusal) {
    complain(refusal);
  }
}

/** @param {unknown} refusal */
const complain = (refusal) => notice(reasonOf(refusal, translator), 'alert');

// Several events of one turn are seen at once.
/** @type {Set<import('./store.js').Change>} */
const changed = new Set();
let frame = 0;

function show() {
  frame = 0;
  const room = current();
  if (changed.has('me')) {
    showMe();
    byId('search-button').hidden = !store.features.has('search');
  }
  if (changed.has('topic')) header.render(room?.name ?? open, room);
  if (changed.has('rooms')) showRooms();
  else if (changed.has('unread')) countSoon();
  if (changed.has('members') || changed.has('me')) membersPanel.render(room);
  if (changed.has('typing')) typingLine.render(room);
  changed.clear();
}

store.listeners.add((change, room) => {
  const here = room !== undefined && room === current();
  if (room && change === 'messages') outbox.settle(room, store.me.person);
  if (room && change === 'vague') void session.clarify(room);
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
  if (!here && (change === 'members' || change === 'typing' || change === 'topic')) return;
  changed.add(change);
  // A hidden page draws no frames; its title counts all the same.
  if (document.hidden) setTimeout(show);
  else if (!frame) frame = requestAnimationFrame(show);
});

/** I am out of a room: if it was this one, go to another. @param {Room} room */
function left(room) {
  timeline.forget(room);
  outbox.shut(room.name, { type: 'error', code: 'not_joined', reason: '' });
  if (room.name !== roomsPanel.open) return;
  const [next] = store.rooms.keys();
  go(next ?? LOBBY);
}

connection.onchange = () => banner.update();

door.onenter = (name) => session.enter(name);

session.onwelcome = () => {
  rare.prepare();
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

session.onrefused = (/** @type {ErrorFrame} */ error) => door.show(open, identity.name, error.code === 'bad_token' ? undefined : error);

session.onroomrefused = (/** @type {string} */ name, /** @type {ErrorFrame} */ error) => {
  if (name !== open) return;
  refused.show(name, error);
  showRoom();
};

session.onjoined = (/** @type {string} */ asked, /** @type {Room} */ room) => {
  outbox.move(asked, room.name);
  if (asked !== open && room.name !== open) return;
  spell(room);
  session.open = open;
  if (!room.loaded && !sought) void session.page(room, {});
  showRoom();
  timeline.divide(true);
  seek();
};

timeline.onmove = () => {
  const { below, atEnd, room } = timeline;
  byId('jump').hidden = atEnd || !room;
  put(byId('jump-new'), below > 0 ? `· ${translator.text('log.new', { n: below })}` : '');
  const news = room ? timeline.news.line(translator, now()) : '';
  byId('news').hidden = !news;
  put(byId('news-line'), news);
  if (room?.loaded && atEnd) attention.look(room, timeline.seen);
};

composer.onsay = (/** @type {string} */ text, /** @type {Message | undefined} */ target, /** @type {boolean} */ isAction) => {
  postman.say(text, current()?.name ?? open, target, isAction);
  toEnd();
};
composer.onorder = (order) => orders.run(order);
composer.onedit = (/** @type {string} */ text, /** @type {Message} */ message) => postman.edit(message, text);
composer.onediting = (/** @type {Message | undefined} */ message) => timeline.edit(message?.seq ?? 0);
composer.onrecall = () => acts.recall(current());
composer.ontyping = () => {
  const room = current();
  if (room) session.typing(room);
};

byId('jump').addEventListener('click', () => {
  toEnd();
  composer.focus();
});
byId('news-jump').addEventListener('click', () => void timeline.toNews());
byId('news-close').addEventListener('click', () => {
  timeline.news.seen = true;
  timeline.onmove();
  composer.focus();
});
byId('search-button').addEventListener('click', () => void rare.openSearch(current()?.name ?? open));
reach(byId('log'), {
  open: (element) => acts.offer(element),
  leave: () => composer.focus(),
});
for (const button of document.querySelectorAll('[data-close-panel]')) {
  button.addEventListener('click', () => panels.close());
}
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
if (identity.token || identity.key) {
  store.me = { person: identity.person, name: identity.name };
  showMe();
  door.hide();
  showRoom();
  write();
  // What was left unsaid is said ahead of what is written now.
  void queues.open().then(() => connection.connect());
} else {
  void queues.open();
}
banner.update();
