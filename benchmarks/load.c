/*
 * load - the people in a room: any number of connections, in one process, on loopback.
 *
 *   load talk     everybody comes in, some talk, all listen
 *   load connect  some are in, the others come: what does a connection cost?
 *   load storm    some are in and talk, the others all come at once
 *
 * It speaks the protocol of the chat, tells in one line of JSON what it measured, and ends
 * by itself. Whatever a server leaves out, doubles or puts out of order makes a run void:
 * then the status is 3.
 *
 *   cc -O2 -o load load.c wire.c meter.c
 *   load talk --port 9108 --members 1000 --rate 20
 *
 * Durations count from when a message was due, not from when it was sent: a load generator
 * that is held up by a slow server must not make the server look fast.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "meter.h"
#include "wire.h"

enum { STATUS_USAGE = 1, STATUS_REFUSED = 2, STATUS_VOID = 3 };
enum { MAX_MEMBERS = 25000, MAX_SECONDS = 120, MAX_TEXT = 4000, MAX_COMMAND = 8192 };
enum { RECEIVE_BYTES = 1 << 20, SLOW_RECEIVE_BYTES = 4096, EVENTS = 1024 };

/* ---- what was asked for ---- */

enum mode { TALK, COME, STORM };
enum next { BY_ECHO, BY_ACK };

static struct {
    enum mode mode;
    int port;
    const char *path;
    uint32_t members, group_size, hixie, slow; /* of members: speak hixie-76; never read */
    uint32_t first;                            /* come in before anything is measured */
    uint32_t publishers, concurrency;
    enum next next; /* without a rate a publisher says its next message on... */
    double rate;    /* messages a second in all */
    double warmup_s, duration_s, settle_s, spread_s, patience_s;
    uint32_t text;
    const char *hello, *join, *say; /* {i} member, {g} group, {id}, {text} */
    bool bare;                      /* no hello, no join: who is connected is in */
    int pid;
} option = {
    .path = "/chat",
    .members = 100,
    .publishers = 1,
    .concurrency = 64,
    .warmup_s = 1,
    .duration_s = 5,
    .settle_s = 1,
    .spread_s = 1,
    .patience_s = 10,
    .text = 200,
    .hello = "{\"type\":\"hello\",\"name\":\"u{i}\",\"key\":\"the-key-of-member-{i}\"}",
    .join = "{\"type\":\"join\",\"room\":\"r{g}\"}",
    .say = "{\"type\":\"say\",\"id\":\"{id}\",\"room\":\"r{g}\",\"text\":\"{text}\"}",
};

/* ---- who is there, and what was said ---- */

enum state { AWAY, CONNECTING, SHAKING_HANDS, ENTERING, IN, GONE };

struct member {
    int fd;
    enum state state;
    enum dialect dialect;
    bool slow;
    uint64_t came_ns;                 /* when it began, or was due, to come */
    char *partial, *unsent;           /* what came of a frame; what the kernel did not take */
    size_t partial_size, unsent_size;
    bool numbered;                    /* the server gives its messages a `seq` */
    uint64_t seq;                     /* of the newest message */
    uint64_t heard, heard_sum;        /* messages, and the sum of their fingerprints */
};

struct group {
    uint32_t listeners;       /* who must hear what is said */
    uint64_t said, said_sum;  /* as in `member` */
    uint64_t seq;             /* the highest that anybody has seen */
};

struct message {
    uint64_t due_ns;
    uint32_t publisher;
    uint32_t awaited; /* so many have yet to hear it */
    bool acknowledged;
};

static struct member *members;
static struct group *groups;
static struct message *messages;
static size_t message_count, message_space;
static char id_prefix[64]; /* of the ids of this run, with the quote before */

/* ---- what was counted ---- */

static struct {
    uint32_t entered, gone;
    uint64_t deliveries, acks, awaited; /* awaited: deliveries that are due */
    bool on;                            /* what is said now is measured */
    size_t first_measured, end_measured;
    struct histogram delivery, last, ack, entry;
    uint64_t closing[3]; /* told `closing` with 1013, with 1001, with another code */
} count;

static struct {
    uint64_t lost, doubled, disordered, unasked, refused, cut;
} fault;

static int poll_fd;
static bool is_ending; /* nobody says anything new */

static void quit(int status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "load: ");
    vfprintf(stderr, format, arguments);
    fprintf(stderr, "\n");
    va_end(arguments);
    exit(status);
}

static uint32_t number_of(const struct member *member)
{
    return (uint32_t)(member - members);
}

static struct group *group_of(const struct member *member)
{
    return &groups[number_of(member) / option.group_size];
}

/* Those who came first and read hear whatever is said; who comes later, from then on. */
static bool is_listener(const struct member *member)
{
    return number_of(member) < option.first && !member->slow;
}

/* ---- sending ---- */

static void watch(struct member *member, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = member};
    if (epoll_ctl(poll_fd, EPOLL_CTL_MOD, member->fd, &event) != 0)
        quit(STATUS_USAGE, "epoll_ctl: %s", strerror(errno));
}

static void lose(struct member *member)
{
    if (member->state == GONE)
        return;
    if (member->state != IN)
        quit(STATUS_REFUSED, "member %u was not let in", number_of(member));
    if (!member->slow)
        fault.cut++;
    count.gone++;
    member->state = GONE;
    close(member->fd);
}

static void keep_unsent(struct member *member, const char *bytes, size_t size)
{
    if (member->unsent_size == 0)
        watch(member, EPOLLIN | EPOLLOUT);
    member->unsent = realloc(member->unsent, member->unsent_size + size);
    if (!member->unsent)
        quit(STATUS_USAGE, "out of memory");
    memcpy(member->unsent + member->unsent_size, bytes, size);
    member->unsent_size += size;
}

static void send_bytes(struct member *member, const char *bytes, size_t size)
{
    ssize_t taken = 0;
    if (member->unsent_size == 0)
        taken = send(member->fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (taken < 0)
        taken = 0; /* what is wrong with the connection shows when it is read */
    if ((size_t)taken < size)
        keep_unsent(member, bytes + taken, size - (size_t)taken);
}

static void send_unsent(struct member *member)
{
    ssize_t taken = send(member->fd, member->unsent, member->unsent_size,
                         MSG_DONTWAIT | MSG_NOSIGNAL);
    if (taken <= 0)
        return;
    member->unsent_size -= (size_t)taken;
    memmove(member->unsent, member->unsent + taken, member->unsent_size);
    if (member->unsent_size == 0)
        watch(member, EPOLLIN);
}

/* Fill *template* in for a member; {text} becomes as many letters as were asked for. */
static size_t fill_in(char *command, const char *template, const struct member *member, size_t id)
{
    size_t length = 0;
    while (*template && length < MAX_COMMAND - MAX_TEXT - sizeof id_prefix) {
        char *end = command + length;
        if (strncmp(template, "{i}", 3) == 0) {
            length += (size_t)sprintf(end, "%u", number_of(member));
        } else if (strncmp(template, "{g}", 3) == 0) {
            length += (size_t)sprintf(end, "%u", number_of(member) / option.group_size);
        } else if (strncmp(template, "{id}", 4) == 0) {
            length += (size_t)sprintf(end, "%s%zu", id_prefix + 1, id);
        } else if (strncmp(template, "{text}", 6) == 0) {
            memset(end, 'x', option.text);
            length += option.text;
        } else {
            command[length++] = *template++;
            continue;
        }
        template = strchr(template, '}') + 1;
    }
    return length;
}

static size_t frame_of(char *frame, const char *template, const struct member *member, size_t id)
{
    char command[MAX_COMMAND];
    size_t length = fill_in(command, template, member, id);
    return wire_text(member->dialect, frame, command, length);
}

/*
 * Sums tell, whatever the order, whether two sets of messages are the same; small numbers
 * would add up to the same too often (1 + 4 = 2 + 3).
 */
static uint64_t fingerprint_of(size_t id)
{
    uint64_t mixed = (id + 1) * 0x9e3779b97f4a7c15u;
    return (mixed ^ mixed >> 29) * 0xbf58476d1ce4e5b9u;
}

static struct message *new_message(void)
{
    if (message_count == message_space) {
        message_space = message_space ? 2 * message_space : 4096;
        messages = realloc(messages, message_space * sizeof *messages);
        if (!messages)
            quit(STATUS_USAGE, "out of memory");
    }
    return &messages[message_count++];
}

static void say(struct member *publisher, uint64_t due_ns)
{
    size_t id = message_count;
    struct group *group = group_of(publisher);
    *new_message() = (struct message){
        .due_ns = due_ns,
        .publisher = number_of(publisher),
        .awaited = group->listeners,
    };
    group->said++;
    group->said_sum += fingerprint_of(id);
    count.awaited += group->listeners;
    char frame[MAX_COMMAND + FRAME_OVERHEAD];
    send_bytes(publisher, frame, frame_of(frame, option.say, publisher, id));
}

/* Publishers are spread over the groups: the first of each, then the second of each... */
static struct member *publisher(uint32_t number)
{
    uint32_t group_count = (option.first + option.group_size - 1) / option.group_size;
    uint32_t place = number / group_count, group = number % group_count;
    return &members[(group * option.group_size + place) % option.first];
}

/* ---- hearing ---- */

/*
 * Return what stands behind *needle*, NULL if it is not there. All frames of a run are built
 * alike, so where it stood last (*hint*) is worth a look: searching costs ten times as much.
 */
static const char *behind(const char *bytes, size_t size, const char *needle, size_t length,
                          size_t *hint)
{
    if (*hint + length <= size && memcmp(bytes + *hint, needle, length) == 0)
        return bytes + *hint + length;
    const char *found = memmem(bytes, size, needle, length);
    if (!found)
        return NULL;
    *hint = (size_t)(found - bytes);
    return found + length;
}

static uint64_t digits(const char *bytes, const char *end)
{
    uint64_t number = 0;
    while (bytes < end && *bytes >= '0' && *bytes <= '9')
        number = number * 10 + (uint64_t)(*bytes++ - '0');
    return number;
}

static bool find_number(const struct frame *frame, const char *needle, size_t *hint,
                        uint64_t *number)
{
    const char *found = behind(frame->payload, frame->length, needle, strlen(needle), hint);
    if (found)
        *number = digits(found, frame->payload + frame->length);
    return found != NULL;
}

static bool find_seq(const struct frame *frame, uint64_t *seq)
{
    static size_t hint;
    return find_number(frame, "\"seq\":", &hint, seq);
}

/* Return the message of this run that *frame* is about. */
static struct message *find_message(const struct frame *frame)
{
    static size_t hint;
    uint64_t id;
    if (!find_number(frame, id_prefix, &hint, &id) || id >= message_count)
        return NULL;
    return &messages[id];
}

static bool is_measured(const struct message *message)
{
    size_t id = (size_t)(message - messages);
    return id >= count.first_measured && id < count.end_measured;
}

static void say_next(struct member *member, const struct message *last, enum next occasion)
{
    bool is_mine = last->publisher == number_of(member);
    if (option.rate == 0 && option.next == occasion && is_mine && !is_ending)
        say(member, now_ns());
}

static void reach_seq(struct member *member, uint64_t seq)
{
    struct group *group = group_of(member);
    member->seq = seq;
    if (seq > group->seq)
        group->seq = seq;
}

static void check_seq(struct member *member, uint64_t seq)
{
    if (seq == member->seq) {
        fault.doubled++;
    } else if (seq < member->seq) {
        fault.disordered++;
    } else {
        fault.lost += seq - member->seq - 1;
        reach_seq(member, seq);
    }
}

static void hear_message(struct member *member, const struct frame *frame, uint64_t heard_ns)
{
    uint64_t seq;
    if (member->numbered && find_seq(frame, &seq))
        check_seq(member, seq);
    struct message *message = find_message(frame);
    if (!message) {
        fault.unasked++;
        return;
    }
    member->heard++;
    member->heard_sum += fingerprint_of((size_t)(message - messages));
    if (!is_listener(member))
        return;
    count.deliveries++;
    uint64_t took_ns = heard_ns - message->due_ns;
    bool is_last = message->awaited > 0 && --message->awaited == 0;
    if (is_measured(message)) {
        histogram_add(&count.delivery, took_ns);
        if (is_last)
            histogram_add(&count.last, took_ns);
    }
    say_next(member, message, BY_ECHO);
}

static void hear_ack(struct member *member, const struct frame *frame, uint64_t heard_ns)
{
    struct message *message = find_message(frame);
    if (!message)
        return;
    fault.doubled += message->acknowledged;
    message->acknowledged = true;
    count.acks++;
    if (is_measured(message))
        histogram_add(&count.ack, heard_ns - message->due_ns);
    say_next(member, message, BY_ACK);
}

static void be_in(struct member *member, uint64_t at_ns)
{
    if (member->state == IN)
        return;
    member->state = IN;
    count.entered++;
    histogram_add(&count.entry, at_ns - member->came_ns);
    if (is_listener(member))
        group_of(member)->listeners++;
    if (member->slow)
        watch(member, 0); /* that it was cut off is told all the same */
}

static void hear_joined(struct member *member, const struct frame *frame, uint64_t heard_ns)
{
    uint64_t seq;
    member->numbered = find_seq(frame, &seq);
    if (member->numbered)
        reach_seq(member, seq);
    be_in(member, heard_ns);
}

static void hear_closing(const struct frame *frame)
{
    size_t hint = 0;
    uint64_t code = 0;
    find_number(frame, "\"code\":", &hint, &code);
    count.closing[code == 1013 ? 0 : code == 1001 ? 1 : 2]++;
}

static void answer_ping(struct member *member)
{
    static const char pong[] = "{\"type\":\"pong\"}";
    char frame[sizeof pong + FRAME_OVERHEAD];
    send_bytes(member, frame, wire_text(member->dialect, frame, pong, strlen(pong)));
}

static bool has_type(const struct frame *frame, const char *type)
{
    static const char begin[] = "{\"type\":\"";
    size_t skip = strlen(begin), length = strlen(type);
    return frame->length > skip + length && memcmp(frame->payload, begin, skip) == 0 &&
           memcmp(frame->payload + skip, type, length) == 0 && frame->payload[skip + length] == '"';
}

static void hear_text(struct member *member, const struct frame *frame, uint64_t heard_ns)
{
    /* A server without rules of its own gives `say` back as it came. */
    if (has_type(frame, "message") || has_type(frame, "say")) {
        hear_message(member, frame, heard_ns);
    } else if (has_type(frame, "ack")) {
        hear_ack(member, frame, heard_ns);
    } else if (has_type(frame, "joined")) {
        hear_joined(member, frame, heard_ns);
    } else if (has_type(frame, "ping")) {
        answer_ping(member);
    } else if (has_type(frame, "closing")) {
        hear_closing(frame);
    } else if (has_type(frame, "error")) {
        if (fault.refused++ == 0)
            fprintf(stderr, "load: %.*s\n", (int)frame->length, frame->payload);
    }
}

static void hear(struct member *member, const struct frame *frame, uint64_t heard_ns)
{
    if (frame->kind == TEXT) {
        hear_text(member, frame, heard_ns);
    } else if (frame->kind == PING) {
        char pong[125 + FRAME_OVERHEAD];
        send_bytes(member, pong, wire_pong(pong, frame->payload, frame->length));
    } else if (frame->kind == CLOSE) {
        lose(member);
    }
}

/* ---- coming in ---- */

static void begin_to_come(struct member *member, uint64_t due_ns)
{
    int on = 1, small = SLOW_RECEIVE_BYTES;
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)option.port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    member->came_ns = due_ns;
    member->state = CONNECTING;
    member->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (member->fd < 0)
        quit(STATUS_USAGE, "socket: %s", strerror(errno));
    setsockopt(member->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (member->slow)
        setsockopt(member->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    if (connect(member->fd, (struct sockaddr *)&address, sizeof address) && errno != EINPROGRESS)
        quit(STATUS_REFUSED, "connect: %s", strerror(errno));
    struct epoll_event event = {.events = EPOLLOUT, .data.ptr = member};
    if (epoll_ctl(poll_fd, EPOLL_CTL_ADD, member->fd, &event) != 0)
        quit(STATUS_USAGE, "epoll_ctl: %s", strerror(errno));
}

static void shake_hands(struct member *member)
{
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(member->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error)
        quit(STATUS_REFUSED, "connect: %s", strerror(error));
    member->state = SHAKING_HANDS;
    watch(member, EPOLLIN);
    char request[1024];
    size_t length = wire_request(member->dialect, request, sizeof request, option.port,
                                 option.path);
    send_bytes(member, request, length);
}

/* Hello and join go out together: the protocol says that nobody needs to wait. */
static void enter(struct member *member)
{
    member->state = ENTERING;
    if (option.bare) {
        be_in(member, now_ns());
        return;
    }
    char frames[2 * (MAX_COMMAND + FRAME_OVERHEAD)];
    size_t size = frame_of(frames, option.hello, member, 0);
    size += frame_of(frames + size, option.join, member, 0);
    send_bytes(member, frames, size);
}

/* ---- reading ---- */

/* Read what is complete in *bytes*; return how much that was. */
static size_t read_frames(struct member *member, const char *bytes, size_t size, uint64_t heard_ns)
{
    size_t at = 0;
    if (member->state == SHAKING_HANDS) {
        long answer = wire_answer(member->dialect, bytes, size);
        if (answer < 0)
            quit(STATUS_REFUSED, "no handshake: %.*s", (int)(size < 200 ? size : 200), bytes);
        if (answer == 0)
            return 0;
        at = (size_t)answer;
        enter(member);
    }
    struct frame frame;
    while (member->state != GONE && wire_next(member->dialect, bytes + at, size - at, &frame)) {
        hear(member, &frame, heard_ns);
        at += frame.size;
    }
    return at;
}

static void keep_partial(struct member *member, const char *bytes, size_t size)
{
    if (size > member->partial_size)
        member->partial = realloc(member->partial, size);
    if (size && !member->partial)
        quit(STATUS_USAGE, "out of memory");
    if (size)
        memcpy(member->partial, bytes, size);
    member->partial_size = size;
}

static void read_on(struct member *member)
{
    static char bytes[RECEIVE_BYTES];
    size_t size = member->partial_size;
    if (size == sizeof bytes)
        quit(STATUS_VOID, "a frame without end");
    memcpy(bytes, size ? member->partial : "", size);
    ssize_t received = recv(member->fd, bytes + size, sizeof bytes - size, MSG_DONTWAIT);
    if (received < 0 && errno == EAGAIN)
        return;
    if (received <= 0) {
        lose(member);
        return;
    }
    size += (size_t)received;
    size_t done = read_frames(member, bytes, size, now_ns());
    keep_partial(member, bytes + done, size - done);
}

static void happen(struct member *member, uint32_t events)
{
    if (member->state == CONNECTING) {
        shake_hands(member);
        return;
    }
    if (events & EPOLLOUT && member->unsent_size)
        send_unsent(member);
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
        if (member->slow && member->state == IN && !is_ending)
            lose(member); /* what it never read stays unread */
        else
            read_on(member);
    }
}

/* Let happen what happens until *until_ns*; return as soon as something did. */
static void turn(uint64_t until_ns)
{
    static struct epoll_event events[EVENTS];
    uint64_t now = now_ns();
    uint64_t wait_ns = until_ns > now ? until_ns - now : 0;
    struct timespec timeout = {
        .tv_sec = (time_t)(wait_ns / NS_PER_S),
        .tv_nsec = (long)(wait_ns % NS_PER_S),
    };
    int ready = epoll_pwait2(poll_fd, events, EVENTS, &timeout, NULL);
    for (int i = 0; i < ready; i++) {
        struct member *member = events[i].data.ptr;
        if (member->state != GONE)
            happen(member, events[i].events);
    }
}

static uint64_t after(uint64_t start_ns, double seconds)
{
    return start_ns + (uint64_t)(seconds * (double)NS_PER_S);
}

static void idle(double seconds)
{
    uint64_t end = after(now_ns(), seconds);
    while (now_ns() < end)
        turn(end);
}

/* ---- the three modes ---- */

/* Let the members from *from* up to *to* come in, so many at a time. */
static void come(uint32_t from, uint32_t to)
{
    uint32_t next = from;
    uint64_t deadline = after(now_ns(), MAX_SECONDS);
    while (count.entered < to) {
        while (next < to && next - count.entered < option.concurrency)
            begin_to_come(&members[next++], now_ns());
        turn(deadline);
        if (now_ns() > deadline)
            quit(STATUS_REFUSED, "after %d s only %u are in", MAX_SECONDS, count.entered);
    }
}

/* Messages and members that are due at certain times. */
struct schedule {
    uint64_t start_ns;
    double each_s; /* between two */
    uint64_t done;
};

static uint64_t next_due(const struct schedule *schedule)
{
    return after(schedule->start_ns, (double)schedule->done * schedule->each_s);
}

/* Say what is due, then let things happen until the next message is, or *until_ns*. */
static void talk_on(struct schedule *talk, uint64_t until_ns)
{
    if (option.rate > 0) {
        for (uint64_t due; (due = next_due(talk)) <= now_ns(); talk->done++)
            say(publisher((uint32_t)(talk->done % option.publishers)), due);
        if (next_due(talk) < until_ns)
            until_ns = next_due(talk);
    }
    turn(until_ns);
}

static void talk_until(struct schedule *talk, uint64_t until_ns)
{
    while (now_ns() < until_ns)
        talk_on(talk, until_ns);
}

static struct schedule begin_to_talk(void)
{
    struct schedule talk = {.start_ns = now_ns()};
    if (option.rate > 0)
        talk.each_s = 1 / option.rate;
    else
        for (uint32_t number = 0; number < option.publishers; number++)
            say(publisher(number), now_ns());
    return talk;
}

static void measure(bool on)
{
    if (on)
        count.first_measured = message_count;
    count.end_measured = on ? SIZE_MAX : message_count;
}

/* Let all hear what was said, those as well who have not listened so far. */
static void end_talk(void)
{
    is_ending = true;
    uint64_t deadline = after(now_ns(), option.patience_s);
    while (count.deliveries < count.awaited && now_ns() < deadline)
        turn(deadline);
    for (uint32_t i = 0; i < option.members; i++)
        if (members[i].slow && members[i].state == IN)
            watch(&members[i], EPOLLIN);
    idle(0.2); /* for what comes twice, and the last acks */
}

/* ---- what comes of it ---- */

struct figures {
    struct usage before, after;
    uint64_t begin_ns, end_ns, own_cpu_ns;
    uint64_t deliveries, messages;
};

static struct figures begin_figures(void)
{
    return (struct figures){
        .before = usage_of(option.pid),
        .begin_ns = now_ns(),
        .own_cpu_ns = own_cpu_ns(),
        .deliveries = count.deliveries,
        .messages = message_count,
    };
}

static void end_figures(struct figures *figures)
{
    figures->after = usage_of(option.pid);
    figures->end_ns = now_ns();
    figures->own_cpu_ns = own_cpu_ns() - figures->own_cpu_ns;
    figures->deliveries = count.deliveries - figures->deliveries;
    figures->messages = message_count - figures->messages;
}

/* Each member that reads must have heard all that was said since it came. */
static void check_members(void)
{
    for (uint32_t i = 0; i < option.members; i++) {
        const struct member *member = &members[i];
        const struct group *group = group_of(member);
        if (member->slow || member->state != IN)
            continue;
        if (member->numbered)
            fault.lost += group->seq - member->seq;
        if (!is_listener(member))
            continue;
        if (member->heard < group->said && !member->numbered)
            fault.lost += group->said - member->heard;
        else if (member->heard > group->said && !member->numbered)
            fault.doubled += member->heard - group->said;
        else if (member->heard_sum != group->said_sum)
            fault.doubled++; /* as many as were said, but not the same */
    }
}

static bool is_void(void)
{
    return fault.lost || fault.doubled || fault.disordered || fault.unasked || fault.refused ||
           fault.cut;
}

static double seconds_of(const struct figures *figures)
{
    return (double)(figures->end_ns - figures->begin_ns) / (double)NS_PER_S;
}

static double ratio(double part, uint64_t whole)
{
    return whole ? part / (double)whole : 0;
}

static void print_durations(const char *name, const struct histogram *histogram)
{
    printf(", \"%s_us\": {\"count\": %llu, \"p50\": %.0f, \"p99\": %.0f, \"max\": %.0f}", name,
           (unsigned long long)histogram->count, histogram_at(histogram, 0.5) / 1000,
           histogram_at(histogram, 0.99) / 1000, (double)histogram->max / 1000);
}

static void print_server(const struct figures *figures)
{
    double cpu_us = (double)(figures->after.cpu_ns - figures->before.cpu_ns) / 1000;
    printf(", \"server\": {\"cpu_s\": %.4f, \"busy\": %.3f, \"cpu_us_per_delivery\": %.4f, "
           "\"cpu_us_per_message\": %.2f, \"rss_kib_before\": %llu, \"rss_kib_after\": %llu}",
           cpu_us / 1e6, cpu_us / 1e6 / seconds_of(figures), ratio(cpu_us, figures->deliveries),
           ratio(cpu_us, figures->messages), (unsigned long long)figures->before.rss_kib,
           (unsigned long long)figures->after.rss_kib);
}

static void print_newcomers(const struct figures *figures)
{
    uint32_t newcomers = option.members - option.first;
    double cpu_us = (double)(figures->after.cpu_ns - figures->before.cpu_ns) / 1000;
    double rss_kib = (double)figures->after.rss_kib - (double)figures->before.rss_kib;
    printf(", \"newcomers\": {\"count\": %u, \"cpu_us_each\": %.2f, \"rss_kib_each\": %.3f}",
           newcomers, ratio(cpu_us, newcomers), ratio(rss_kib, newcomers));
}

static void print_report(const struct figures *figures)
{
    static const char *const modes[] = {"talk", "connect", "storm"};
    double seconds = seconds_of(figures);
    printf("{\"mode\": \"%s\", \"members\": %u, \"hixie\": %u, \"groups_of\": %u, "
           "\"publishers\": %u, \"rate\": %g, \"seconds\": %.3f, \"messages\": %llu, "
           "\"deliveries\": %llu, \"deliveries_per_s\": %.0f, \"load_busy\": %.3f",
           modes[option.mode], option.members, option.hixie, option.group_size, option.publishers,
           option.rate, seconds, (unsigned long long)figures->messages,
           (unsigned long long)figures->deliveries, (double)figures->deliveries / seconds,
           (double)figures->own_cpu_ns / (double)NS_PER_S / seconds);
    print_durations("entry", &count.entry);
    print_durations("delivery", &count.delivery);
    print_durations("last", &count.last);
    print_durations("ack", &count.ack);
    if (option.pid)
        print_server(figures);
    if (option.first < option.members)
        print_newcomers(figures);
    printf(", \"slow\": {\"members\": %u, \"gone\": %u}", option.slow,
           count.gone - (uint32_t)fault.cut);
    printf(", \"closing\": {\"1013\": %llu, \"1001\": %llu, \"other\": %llu}",
           (unsigned long long)count.closing[0], (unsigned long long)count.closing[1],
           (unsigned long long)count.closing[2]);
    printf(", \"faults\": {\"lost\": %llu, \"doubled\": %llu, \"disordered\": %llu, "
           "\"unasked\": %llu, \"refused\": %llu, \"cut\": %llu}}\n",
           (unsigned long long)fault.lost, (unsigned long long)fault.doubled,
           (unsigned long long)fault.disordered, (unsigned long long)fault.unasked,
           (unsigned long long)fault.refused, (unsigned long long)fault.cut);
}

static struct figures run_talk(void)
{
    come(0, option.members);
    idle(option.settle_s);
    struct schedule talk = begin_to_talk();
    /* Half between two messages: the deliveries of each lie on one side. */
    uint64_t begin = after(talk.start_ns, option.warmup_s + talk.each_s / 2);
    talk_until(&talk, begin);
    measure(true);
    struct figures figures = begin_figures();
    talk_until(&talk, after(begin, option.duration_s));
    end_figures(&figures);
    measure(false);
    end_talk();
    return figures;
}

static struct figures run_connect(void)
{
    come(0, option.first);
    idle(option.settle_s);
    count.entry = (struct histogram){0};
    struct figures figures = begin_figures();
    come(option.first, option.members);
    end_figures(&figures);
    idle(option.settle_s);
    figures.after.rss_kib = usage_of(option.pid).rss_kib;
    end_talk();
    return figures;
}

static struct figures run_storm(void)
{
    come(0, option.first);
    idle(option.settle_s);
    struct schedule talk = begin_to_talk();
    talk_until(&talk, after(talk.start_ns, option.warmup_s));
    measure(true);
    count.entry = (struct histogram){0};
    struct figures figures = begin_figures();
    uint32_t newcomers = option.members - option.first;
    struct schedule storm = {
        .start_ns = figures.begin_ns,
        .each_s = option.spread_s / (newcomers ? newcomers : 1),
    };
    uint64_t deadline = after(storm.start_ns, MAX_SECONDS);
    while (count.entered < option.members) {
        for (; storm.done < newcomers && next_due(&storm) <= now_ns(); storm.done++)
            begin_to_come(&members[option.first + storm.done], next_due(&storm));
        talk_on(&talk, storm.done < newcomers ? next_due(&storm) : deadline);
        if (now_ns() > deadline)
            quit(STATUS_REFUSED, "after %d s only %u are in", MAX_SECONDS, count.entered);
    }
    end_figures(&figures);
    measure(false);
    end_talk();
    return figures;
}

/* ---- setting up ---- */

static const char usage[] =
    "usage: load talk|connect|storm --port PORT [option...]\n"
    "  --path PATH         of the room [/chat]\n"
    "  --members N         how many there are [100]\n"
    "  --group-size N      so many share a room, {g} [all]\n"
    "  --first N           so many come in before anything is measured [all; connect, storm: 0]\n"
    "  --hixie N|P%        so many speak hixie-76, spread evenly\n"
    "  --slow N            so many, the last ones, never read\n"
    "  --publishers N      so many talk, spread over the groups [1]\n"
    "  --rate R            messages a second in all [as soon as...]\n"
    "  --next echo|ack     ...the last one comes back, or its ack does [echo]\n"
    "  --text N            characters of a message [200]\n"
    "  --warmup, --duration, --settle, --spread, --patience SECONDS [1, 5, 1, 1, 10]\n"
    "  --concurrency N     so many come in at a time; a storm has no such bound [64]\n"
    "  --hello, --join, --say TEMPLATE    {i} is the member, {g} its group\n"
    "  --bare              no hello and no join: for a server without rules\n"
    "  --pid PID           of the server: its processor time and memory\n";

static double number(const char *text, double least, double most)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end || !(value >= least && value <= most))
        quit(STATUS_USAGE, "%s is no number from %g to %g", text, least, most);
    return value;
}

static uint32_t whole(const char *text, double least)
{
    return (uint32_t)number(text, least, MAX_MEMBERS);
}

static double seconds(const char *text)
{
    return number(text, 0, MAX_SECONDS);
}

/* A count, or a part of the members: 10%. */
static uint32_t share(const char *text)
{
    size_t length = strlen(text);
    if (length == 0 || text[length - 1] != '%')
        return whole(text, 0);
    char part[32];
    snprintf(part, sizeof part, "%.*s", (int)length - 1, text);
    return (uint32_t)(number(part, 0, 100) / 100 * option.members + 0.5);
}

static enum mode mode_of(const char *text)
{
    if (text && strcmp(text, "talk") == 0)
        return TALK;
    if (text && strcmp(text, "connect") == 0)
        return COME;
    if (text && strcmp(text, "storm") == 0)
        return STORM;
    fputs(usage, stderr);
    exit(STATUS_USAGE);
}

static void read_options(int argc, char **argv)
{
    enum { GROUP_SIZE = 256, FIRST, HIXIE, SLOW, PUBLISHERS, RATE, NEXT, TEXT_SIZE, WARMUP,
           DURATION, SETTLE, SPREAD, PATIENCE, CONCURRENCY, HELLO, JOIN, SAY, BARE, PID, PORT,
           PATH, MEMBERS };
    static const struct option known[] = {
        {"group-size", 1, NULL, GROUP_SIZE}, {"first", 1, NULL, FIRST},
        {"hixie", 1, NULL, HIXIE},           {"slow", 1, NULL, SLOW},
        {"publishers", 1, NULL, PUBLISHERS}, {"rate", 1, NULL, RATE},
        {"next", 1, NULL, NEXT},             {"text", 1, NULL, TEXT_SIZE},
        {"warmup", 1, NULL, WARMUP},         {"duration", 1, NULL, DURATION},
        {"settle", 1, NULL, SETTLE},         {"spread", 1, NULL, SPREAD},
        {"patience", 1, NULL, PATIENCE},     {"concurrency", 1, NULL, CONCURRENCY},
        {"hello", 1, NULL, HELLO},           {"join", 1, NULL, JOIN},
        {"say", 1, NULL, SAY},               {"bare", 0, NULL, BARE},
        {"pid", 1, NULL, PID},               {"port", 1, NULL, PORT},
        {"path", 1, NULL, PATH},             {"members", 1, NULL, MEMBERS},
        {0},
    };
    const char *hixie = "0", *first = NULL;
    option.mode = mode_of(argv[1]);
    for (int name; (name = getopt_long(argc - 1, argv + 1, "", known, NULL)) != -1;) {
        switch (name) {
        case PORT: option.port = (int)number(optarg, 1, 65535); break;
        case PATH: option.path = optarg; break;
        case MEMBERS: option.members = whole(optarg, 1); break;
        case GROUP_SIZE: option.group_size = whole(optarg, 1); break;
        case FIRST: first = optarg; break;
        case HIXIE: hixie = optarg; break;
        case SLOW: option.slow = whole(optarg, 0); break;
        case PUBLISHERS: option.publishers = whole(optarg, 1); break;
        case RATE: option.rate = number(optarg, 0.01, 1e5); break;
        case NEXT: option.next = strcmp(optarg, "ack") == 0 ? BY_ACK : BY_ECHO; break;
        case TEXT_SIZE: option.text = (uint32_t)number(optarg, 1, MAX_TEXT); break;
        case WARMUP: option.warmup_s = seconds(optarg); break;
        case DURATION: option.duration_s = seconds(optarg); break;
        case SETTLE: option.settle_s = seconds(optarg); break;
        case SPREAD: option.spread_s = seconds(optarg); break;
        case PATIENCE: option.patience_s = seconds(optarg); break;
        case CONCURRENCY: option.concurrency = whole(optarg, 1); break;
        case HELLO: option.hello = optarg; break;
        case JOIN: option.join = optarg; break;
        case SAY: option.say = optarg; break;
        case BARE: option.bare = true; break;
        case PID: option.pid = (int)number(optarg, 1, 1 << 22); break;
        default: fputs(usage, stderr); exit(STATUS_USAGE);
        }
    }
    if (!option.port)
        quit(STATUS_USAGE, "--port is missing");
    option.first = first ? whole(first, 0) : option.mode == TALK ? option.members : 0;
    if (option.first > option.members || option.slow >= option.members)
        quit(STATUS_USAGE, "more than there are members");
    if (option.mode == TALK && option.first != option.members)
        quit(STATUS_USAGE, "to talk, all come first");
    if (option.mode == STORM && option.first == 0)
        quit(STATUS_USAGE, "a storm needs somebody who talks: --first");
    if (option.mode != COME && option.publishers > option.first - option.slow)
        quit(STATUS_USAGE, "more publishers than people to hear");
    if (!option.group_size)
        option.group_size = option.members;
    option.hixie = share(hixie);
}

static void make_members(void)
{
    uint32_t n = option.members;
    members = calloc(n, sizeof *members);
    groups = calloc(n / option.group_size + 1, sizeof *groups);
    if (!members || !groups)
        quit(STATUS_USAGE, "out of memory");
    for (uint32_t i = 0; i < n; i++) {
        uint64_t hixie = option.hixie; /* up to member i come i * hixie / n of them */
        members[i].dialect = i * hixie / n != (i + 1) * hixie / n ? HIXIE76 : RFC6455;
        members[i].slow = i >= n - option.slow;
    }
}

int main(int argc, char **argv)
{
    read_options(argc, argv);
    /* Come what may, it ends. */
    alarm(4 * MAX_SECONDS);
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    poll_fd = epoll_create1(0);
    snprintf(id_prefix, sizeof id_prefix, "\"%llx-", (unsigned long long)now_ns());
    make_members();
    struct figures figures = option.mode == TALK    ? run_talk()
                             : option.mode == COME ? run_connect()
                                                    : run_storm();
    check_members();
    print_report(&figures);
    return is_void() ? STATUS_VOID : 0;
}
