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
 * @property {string} [text] absent when it is deleted
 * @property {string} [id] the author's own number for it
 * @property {'action'} [kind]
 * @property {number} [reply_to]
 * @property {Quote} [quote]
 * @property {string[]} [mentions] persons
 * @property {number} [edited] when it was said otherwise
 * @property {true} [deleted]
 * @property {Reaction[]} [reactions]
 *
 * @typedef {object} Reaction An emoji at a message.
 * @property {string} emoji
 * @property {number} count of the people who put it there
 * @property {Who[]} people the first ten of them
 * @property {boolean} [mine] I am one of them
 *
 * @typedef {object} Limits
 * @property {number} text_chars
 * @property {number} name_chars
 *
 * @typedef {Record<string, any> & {type: string}} Frame Any JSON object of the wire.
 *
 * @typedef {'queued'|'sending'|'sent'|'failed'} LetterState
 *
 * @typedef {object} Letter A durable command of mine on its way into the log.
 * @property {string} id
 * @property {'say' | 'edit' | 'delete' | 'react'} act
 * @property {string} room
 * @property {number} time when it was written, by the server's clock
 * @property {LetterState} state
 * @property {string} [text] of `say` and `edit`
 * @property {number} [target] the message that is changed
 * @property {string} [emoji] of `react`
 * @property {boolean} [on] of `react`
 * @property {number} [reply_to]
 * @property {Quote} [quote]
 * @property {number} [seq] its place in the log, once acknowledged
 * @property {string} [code] why it failed: the error's code
 * @property {string} [reason] why it failed, in the server's words
 */

export {};
