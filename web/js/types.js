/**
 * The wire's shapes and the client's own, for the type checker; no code.
 *
 * docs/protocol.md tells what they mean. `Command` is what the client says and
 * `Frame` what the server does; `Answers` tells which frame answers which command.
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
 * @typedef {object} Posted What every letter has.
 * @property {string} id
 * @property {string} room
 * @property {number} time when it was written, by the server's clock
 * @property {'queued' | 'sending' | 'sent' | 'failed'} state
 * @property {number} [seq] its place in the log, once acknowledged
 * @property {string} [code] why it failed: the error's code
 * @property {string} [reason] why it failed, in the server's words
 *
 * @typedef {{act: 'say', text: string, kind?: 'action', reply_to?: number, quote?: Quote, target?: undefined, emoji?: undefined, on?: undefined}} Saying
 * @typedef {{act: 'edit', target: number, text: string, kind?: undefined, reply_to?: undefined, quote?: undefined, emoji?: undefined, on?: undefined}} Editing
 * @typedef {{act: 'delete', target: number, text?: undefined, kind?: undefined, reply_to?: undefined, quote?: undefined, emoji?: undefined, on?: undefined}} Deleting
 * @typedef {{act: 'react', target: number, emoji: string, on: boolean, text?: undefined, kind?: undefined, reply_to?: undefined, quote?: undefined}} Reacting
 * @typedef {Saying | Editing | Deleting | Reacting} Errand
 * @typedef {Posted & Errand} Letter A durable command of mine on its way into the log.
 */

/**
 * What the client says. Any command may carry an `id`, and its answer carries the same.
 *
 * @typedef {{type: 'hello', name?: string, token?: string, key?: string}} Hello
 * @typedef {{type: 'join', room: string, limit?: number, since?: number, epoch?: string}} Join
 * @typedef {{type: 'leave', room: string}} Leave
 * @typedef {{type: 'say', room: string, text: string, kind?: 'action', reply_to?: number}} Say
 * @typedef {{type: 'edit', room: string, target: number, text: string}} Edit
 * @typedef {{type: 'delete', room: string, target: number}} Delete
 * @typedef {{type: 'react', room: string, target: number, emoji: string, on: boolean}} React
 * @typedef {{type: 'set', room: string, values: {topic?: string}}} SetRoom
 * @typedef {{type: 'read', room: string, seq: number}} Read
 * @typedef {{before?: number, after?: number, around?: number, limit?: number}} Where at most one of the first three
 * @typedef {{type: 'history', room: string} & Where} History
 * @typedef {{type: 'search', text: string, room?: string, from?: string, limit?: number}} Search
 * @typedef {{type: 'who', room: string, prefix?: string, after?: string, limit?: number}} AskWho
 * @typedef {{type: 'rooms', prefix?: string, after?: string, limit?: number}} AskRooms
 * @typedef {{type: 'rename', name: string}} Rename
 * @typedef {{type: 'ping'}} Ping
 *
 * @typedef {Say | Edit | Delete | React | SetRoom} Durable
 * @typedef {(Hello | Join | Leave | Durable | Read | History | Search | AskWho | AskRooms | Rename | Ping) & {id?: string}}
 *   Question a command that has an answer
 * @typedef {Question | {type: 'typing', room: string} | {type: 'pong'}} Command
 */

/**
 * What the server says in answer.
 *
 * @typedef {object} Welcome
 * @property {'welcome'} type
 * @property {string} [id]
 * @property {string} person
 * @property {string} name
 * @property {string} token
 * @property {string[]} rooms that I am a member of
 * @property {number} protocol
 * @property {string[]} features
 * @property {number} time milliseconds since the Unix epoch
 * @property {Limits} limits
 *
 * @typedef {object} Joined
 * @property {'joined'} type
 * @property {string} [id]
 * @property {string} room
 * @property {string} kind
 * @property {string} epoch
 * @property {number} seq
 * @property {{topic?: string}} settings
 * @property {boolean} recovered
 * @property {Message[]} events
 * @property {boolean} older
 * @property {Record<string, string[]>} mine my emoji at them, by `seq`
 * @property {Who[]} members
 * @property {number} count
 * @property {number} read
 * @property {number} unread
 * @property {number} mentions
 * @property {{role: string}} you
 *
 * @typedef {object} JoinedElsewhere News of my other connections: I became a member.
 * @property {'joined'} type
 * @property {string} room
 * @property {undefined} [epoch]
 * @property {undefined} [id]
 *
 * @typedef {object} Page
 * @property {'history'} type
 * @property {string} [id]
 * @property {string} room
 * @property {number} seq
 * @property {Message[]} events
 * @property {boolean} older
 * @property {boolean} newer
 * @property {Record<string, string[]>} mine
 *
 * @typedef {object} Ack
 * @property {'ack'} type
 * @property {string} [id]
 * @property {string} room
 * @property {number} [seq] absent when nothing changed
 * @property {number} [time]
 * @property {true} [duplicate]
 * @property {true} [unchanged]
 *
 * @typedef {object} ErrorFrame
 * @property {'error'} type
 * @property {string} [id]
 * @property {string} code
 * @property {string} reason
 * @property {number} [retry_after] seconds
 * @property {string} [suggest] a name that is free
 *
 * @typedef {{type: 'left', id?: string, room: string}} Left
 * @typedef {{type: 'read', id?: string, room: string, seq: number}} ReadMark
 * @typedef {{type: 'found', id?: string, events: Message[], next?: string}} Found
 * @typedef {{type: 'members', id?: string, room: string, members: Who[], count: number, more: boolean}} Members
 * @typedef {{room: string, topic: string, count: number, seq: number}} RoomInfo
 * @typedef {{type: 'rooms', id?: string, rooms: RoomInfo[], more: boolean}} Rooms
 * @typedef {{type: 'renamed', id?: string, name: string}} Renamed
 * @typedef {{type: 'pong', id?: string, time: number}} Pong
 *
 * @typedef {Welcome | Joined | Left | Ack | ReadMark | Page | Found | Members | Rooms | Renamed | Pong} Answer
 */

/**
 * @typedef {object} Answers by the type of the command
 * @property {Welcome} hello
 * @property {Joined} join
 * @property {Left} leave
 * @property {Ack} say
 * @property {Ack} edit
 * @property {Ack} delete
 * @property {Ack} react
 * @property {Ack} set
 * @property {ReadMark} read
 * @property {Page} history
 * @property {Found} search
 * @property {Members} who
 * @property {Rooms} rooms
 * @property {Renamed} rename
 * @property {Pong} ping
 */

/**
 * What the server says unasked. Entries are those that have a place in a room's log.
 *
 * @typedef {{room: string, seq: number, time: number, person: string, name: string}} Placed
 * @typedef {Message & {type: 'message'}} Said
 * @typedef {Placed & {type: 'edited', target: number, text?: string, mentions?: string[], deleted?: true}} Edited
 * @typedef {Placed & {type: 'deleted', target: number}} Deleted
 * @typedef {Placed & {type: 'reacted', target: number, emoji: string, on: boolean}} Reacted
 * @typedef {Placed & {type: 'set', values: {topic?: string}}} Changed
 * @typedef {Said | Edited | Deleted | Reacted | Changed} Entry
 *
 * @typedef {object} Presence Who came, went and is called otherwise; past a hundred people only how many there are.
 * @property {'presence'} type
 * @property {string} room
 * @property {Who[]} [joined]
 * @property {Who[]} [left]
 * @property {(Who & {was: string})[]} [renamed]
 * @property {number} count
 *
 * @typedef {{type: 'typing', room: string, person: string, name: string}} Typing
 * @typedef {{type: 'closing', code: number, reason: string, retry_after?: number}} Closing
 *
 * @typedef {Answer | ErrorFrame | JoinedElsewhere | Entry | Presence | Typing | Closing | Ping} Frame
 */

export {};
