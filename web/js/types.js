/**
 * The wire's shapes and the client's own, for the type checker; no code.
 *
 * @typedef {{person: string, name: string}} Who
 *
 * @typedef {object} Quote The beginning of the message that another replies to.
 * @property {string} person
 * @property {string} name
 * @property {string} [text] absent when that message was deleted
 *
 * @typedef {object} Message One message of a room's log, as it now stands.
 * @property {string} room
 * @property {number} seq
 * @property {number} time milliseconds since the Unix epoch, by the server's clock
 * @property {string} person
 * @property {string} name the author's at that time
 * @property {string} text
 * @property {string} [id] the author's own number for it
 * @property {'action'} [kind]
 * @property {number} [reply_to]
 * @property {Quote} [quote]
 * @property {string[]} [mentions] persons
 *
 * @typedef {object} Limits
 * @property {number} text_chars
 * @property {number} name_chars
 *
 * @typedef {Record<string, any> & {type: string}} Frame Any JSON object of the wire.
 *
 * @typedef {'queued'|'sending'|'sent'|'failed'} LetterState
 *
 * @typedef {object} Letter A message of mine on its way into the log.
 * @property {string} id
 * @property {string} room
 * @property {string} text
 * @property {number} time when it was written, by the server's clock
 * @property {LetterState} state
 * @property {number} [reply_to]
 * @property {Quote} [quote]
 * @property {number} [seq] its place in the log, once acknowledged
 * @property {string} [code] why it failed: the error's code
 * @property {string} [reason] why it failed, in the server's words
 */

export {};
