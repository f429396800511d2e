/** What is unread, where it is seen from another tab or the home screen. */

/**
 * @param {string} room the open one
 * @param {number} unread over all rooms
 */
export function showTitle(room, unread) {
  const count = unread > 0 ? `(${unread > 99 ? '99+' : unread}) ` : '';
  const title = `${count}#${room} · Chatroom`;
  if (document.title === title) return;
  document.title = title;
  const icon = unread > 0 ? 'icons/unread.svg' : 'icons/icon.svg';
  const link = document.querySelector('link[rel="icon"]');
  if (link?.getAttribute('href') !== icon) link?.setAttribute('href', icon);
  // Only browsers that install pages have badges; none is needed for anything else.
  const badge = unread > 0 ? navigator.setAppBadge?.(unread) : navigator.clearAppBadge?.();
  badge?.catch(() => {});
}
