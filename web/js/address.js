/** The page's address: where the server is, and which room is open. */

export const LOBBY = 'lobby';

/**
 * The room that an address names; `#lobby/1241` is a place in it.
 *
 * @param {string} hash with its `#`
 * @returns {string}
 */
export function roomOf(hash) {
  if (ownerKeyOf(hash)) return LOBBY;
  const [written] = hash.replace(/^#/, '').split('/');
  try {
    return decodeURIComponent(written).normalize('NFKC').trim() || LOBBY;
  } catch {
    // A lone % is no encoding; somebody typed it.
    return written;
  }
}

/**
 * The place that an address names: the `seq` of a message.
 *
 * @param {string} hash with its `#`
 * @returns {number} 0 for none
 */
export function placeOf(hash) {
  const [, digits] = /\/([1-9]\d{0,14})$/.exec(hash) ?? [];
  return Number(digits ?? 0);
}

/**
 * The key to a room that an invitation carries: `#lobby/key=…`. No browser sends
 * what stands behind the `#` to a server.
 *
 * @param {string} hash with its `#`
 * @returns {string} empty for none
 */
export function keyOf(hash) {
  const [, written = ''] = /\/key=([^/]+)$/.exec(hash) ?? [];
  try {
    return decodeURIComponent(written);
  } catch {
    return written;
  }
}

/**
 * The key of a link that makes whoever opens it the server's owner: `#owner=…`.
 *
 * @param {string} hash with its `#`
 * @returns {string} empty for none
 */
export const ownerKeyOf = (hash) => /^#owner=(.+)$/.exec(hash)?.[1] ?? '';

/**
 * @param {string} room
 * @param {number} [seq] a message of it
 * @param {string} [key] that somebody new needs
 * @returns {string} with its `#`
 */
export const hashOf = (room, seq, key) =>
  `#${encodeURIComponent(room)}${seq ? `/${seq}` : ''}${key ? `/key=${encodeURIComponent(key)}` : ''}`;

/**
 * The folder that the page lives in: everything is relative to it.
 *
 * @param {{pathname: string}} location
 */
export const folderOf = ({ pathname }) => pathname.replace(/[^/]*$/, '');

/**
 * @param {Location | URL} location
 * @returns {string} of the WebSocket
 */
export function chatUrl(location) {
  const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
  return `${scheme}//${location.host}${folderOf(location)}chat`;
}

/**
 * @param {Location | URL} location
 * @param {string} room
 * @param {number} [seq] a message of it
 * @param {string} [key] that somebody new needs
 * @returns {string} for inviting somebody, or for showing it to them
 */
export const linkTo = (location, room, seq, key) => `${location.origin}${folderOf(location)}${hashOf(room, seq, key)}`;
