/** The page's address: where the server is, and which room is open. */

export const LOBBY = 'lobby';

/**
 * The room that an address names; `#lobby/1241` will be a place in it.
 *
 * @param {string} hash with its `#`
 * @returns {string}
 */
export function roomOf(hash) {
  const [written] = hash.replace(/^#/, '').split('/');
  try {
    return decodeURIComponent(written).normalize('NFKC').trim() || LOBBY;
  } catch {
    // A lone % is no encoding; somebody typed it.
    return written;
  }
}

/**
 * @param {string} room
 * @returns {string} with its `#`
 */
export const hashOf = (room) => `#${encodeURIComponent(room)}`;

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
 * @returns {string} for inviting somebody
 */
export const linkTo = (location, room) => `${location.origin}${folderOf(location)}${hashOf(room)}`;
