/**
 * The wire's shapes and the client's own, for the type checker; no code.
 *
 * docs/protocol.md tells what they mean. `Command` is what the client says and
 * `Frame` what the server does; `Answers` tells which frame answers which command.
 *
 * @typedef {{person: string, name: string}} Who
 * @typedef {'member' | 'moderator' | 'owner'} Role
 * @typedef {Who & {role?: Role}} Member somebody in a room; without a role a member like others
 *
 * @typedef {object} Settings What a room is about, and what holds in it.
 * @property {string} [topic]
 * @property {number} [slow] seconds between two messages of a member
 * @property {boolean} [locked] nobody new comes in
 * @property {boolean} [read_only] members can read, not write
 * @property {boolean} [key] who is new needs the room's key
 *
 * @typedef {object} You How I stand in a room.
 * @property {Role} role
 * @property {number | true} [muted] until when, in milliseconds since the epoch; true: for good
 * @property {true} [read_only] guests can read here, not write
 *
 * @typedef {'kick' | 'ban' | 'unban' | 'mute' | 'unmute' | 'role' | 'purge'} Act what moderators do to people
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
 * @typedef {{type: 'hello', name?: string, token?: string, key?: string, password?: string}} Hello
 * @typedef {{type: 'join', room: string, limit?: number, since?: number, epoch?: string, key?: string}} Join
 * @typedef {{type: 'leave', room: string}} Leave
 * @typedef {{type: 'say', room: string, text: string, kind?: 'action', reply_to?: number}} Say
 * @typedef {{type: 'edit', room: string, target: number, text: string}} Edit
 * @typedef {{type: 'delete', room: string, target: number}} Delete
 * @typedef {{type: 'react', room: string, target: number, emoji: string, on: boolean}} React
 * @typedef {{topic?: string, slow?: number, locked?: boolean, read_only?: boolean, key?: string}} Wishes an empty key takes it away
 * @typedef {{type: 'set', room: string, values: Wishes}} SetRoom
 * @typedef {{type: 'kick', room: string, target: string, reason?: string}} Kick
 * @typedef {{type: 'ban', room?: string, target: string, seconds?: number, reason?: string, address?: boolean}} Ban without a room: from all
 * @typedef {{type: 'unban', room?: string, target: string}} Unban
 * @typedef {{type: 'mute', room: string, target: string, seconds?: number, reason?: string}} Mute
 * @typedef {{type: 'unmute', room: string, target: string}} Unmute
 * @typedef {{type: 'role', room?: string, target: string, role: Role}} GiveRole
 * @typedef {{type: 'purge', room: string, target: string, minutes: number, reason?: string}} Purge
 * @typedef {Kick | Ban | Unban | Mute | Unmute | GiveRole | Purge} Moderation
 * @typedef {{type: 'modlog', room?: string, before?: number, limit?: number}} AskModlog
 * @typedef {{type: 'claim', key: string}} Claim
 * @typedef {{type: 'read', room: string, seq: number}} Read
 * @typedef {{before?: number, after?: number, around?: number, limit?: number}} Where at most one of the first three
 * @typedef {{type: 'history', room: string} & Where} History
 * @typedef {{type: 'search', text: string, room?: string, from?: string, limit?: number}} Search
 * @typedef {{type: 'who', room: string, prefix?: string, after?: string, limit?: number}} AskWho
 * @typedef {{type: 'rooms', prefix?: string, after?: string, limit?: number}} AskRooms
 * @typedef {{type: 'rename', name: string}} Rename
 * @typedef {{type: 'ping'}} Ping
 *
 * @typedef {Say | Edit | Delete | React | SetRoom | Moderation} Durable
 * @typedef {(Hello | Join | Leave | Durable | AskModlog | Claim | Read | History | Search | AskWho | AskRooms | Rename | Ping) & {id?: string}}
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
 * @property {Role} [role] mine on the whole server
 * @property {boolean} [account] whether I have signed in
 *
 * @typedef {object} Joined
 * @property {'joined'} type
 * @property {string} [id]
 * @property {string} room
 * @property {string} kind
 * @property {string} epoch
 * @property {number} seq
 * @property {Settings} settings
 * @property {boolean} recovered
 * @property {Message[]} events
 * @property {boolean} older
 * @property {Record<string, string[]>} mine my emoji at them, by `seq`
 * @property {Member[]} members
 * @property {number} count
 * @property {number} read
 * @property {number} unread
 * @property {number} mentions
 * @property {You} you
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
 * @property {string} [room] absent when it was about the whole server
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
 * @typedef {{type: 'left', id?: string, room: string, reason?: string}} Left
 * @typedef {{type: 'read', id?: string, room: string, seq: number}} ReadMark
 * @typedef {{type: 'found', id?: string, events: Message[], next?: string}} Found
 * @typedef {{type: 'members', id?: string, room: string, members: Member[], count: number, more: boolean}} Members
 * @typedef {{room: string, topic: string, count: number, seq: number}} RoomInfo
 * @typedef {{type: 'rooms', id?: string, rooms: RoomInfo[], more: boolean}} Rooms
 * @typedef {{type: 'renamed', id?: string, name: string}} Renamed
 * @typedef {{type: 'pong', id?: string, time: number}} Pong
 * @typedef {{type: 'claimed', id?: string, role: Role}} Claimed
 *
 * @typedef {object} Deed One line of the moderation log: an act, a moderator's setting, a message of others that was deleted.
 * @property {number} number
 * @property {number} time
 * @property {string} person who did it
 * @property {string} name
 * @property {Act | 'set' | 'delete'} act
 * @property {string} [target] a person
 * @property {string} [target_name]
 * @property {string} [room]
 * @property {number} [until]
 * @property {string} [reason]
 * @property {Role} [role]
 * @property {Settings} [values]
 *
 * @typedef {{type: 'modlog', id?: string, room?: string, acts: Deed[], more: boolean}} Modlog newest first
 *
 * @typedef {Welcome | Joined | Left | Ack | Claimed | Modlog | ReadMark | Page | Found | Members | Rooms | Renamed | Pong} Answer
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
 * @property {Ack} kick
 * @property {Ack} ban
 * @property {Ack} unban
 * @property {Ack} mute
 * @property {Ack} unmute
 * @property {Ack} role
 * @property {Ack} purge
 * @property {Modlog} modlog
 * @property {Claimed} claim
 */

/**
 * What the server says unasked. Entries are those that have a place in a room's log.
 *
 * @typedef {{room: string, seq: number, time: number, person: string, name: string}} Placed
 * @typedef {Message & {type: 'message'}} Said
 * @typedef {Placed & {type: 'edited', target: number, text?: string, mentions?: string[], deleted?: true}} Edited
 * @typedef {Placed & {type: 'deleted', target: number}} Deleted
 * @typedef {Placed & {type: 'reacted', target: number, emoji: string, on: boolean}} Reacted
 * @typedef {Placed & {type: 'set', values: Settings}} Changed
 *
 * @typedef {object} Done What became of somebody.
 * @property {Act} act
 * @property {string} target a person
 * @property {string} target_name
 * @property {number} [until] milliseconds since the epoch; without it for good
 * @property {string} [reason]
 * @property {Role} [role] given
 * @property {number} [since] of a purge: what they said from then on is deleted
 *
 * @typedef {Placed & Done & {type: 'acted'}} Acted
 * @typedef {Said | Edited | Deleted | Reacted | Changed | Acted} Entry
 *
 * @typedef {object} Presence Who came, went and is called otherwise; past a hundred people only how many there are.
 * @property {'presence'} type
 * @property {string} room
 * @property {Member[]} [joined]
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
