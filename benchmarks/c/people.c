#define _GNU_SOURCE
#include "people.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "options.h"
#include "talk.h"

enum { RECEIVE_BYTES = 1 << 20, SLOW_RECEIVE_BYTES = 4096, EVENTS = 1024 };

struct member *members;
struct people people;

static int poll_fd;
static bool slow_are_awake;

uint32_t number_of(const struct member *member)
{
    return (uint32_t)(member - members);
}

bool is_listener(const struct member *member)
{
    return number_of(member) < option.first && !member->slow;
}

static void watch(struct member *member, int operation, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = member};
    if (epoll_ctl(poll_fd, operation, member->fd, &event) != 0)
        quit(STATUS_USAGE, "epoll_ctl: %s", strerror(errno));
}

static void lose(struct member *member)
{
    if (member->state != IN)
        quit(STATUS_REFUSED, "the server hung up on member %u, which was not in yet",
             number_of(member));
    member->state = GONE;
    people.gone++;
    people.cut += !member->slow;
    close(member->fd);
}

/* ---- sending ---- */

static void keep_unsent(struct member *member, const char *bytes, size_t size)
{
    if (member->unsent_size == 0)
        watch(member, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
    member->unsent = realloc(member->unsent, member->unsent_size + size);
    if (!member->unsent)
        quit(STATUS_USAGE, "out of memory");
    memcpy(member->unsent + member->unsent_size, bytes, size);
    member->unsent_size += size;
}

static void send_bytes(struct member *member, const char *bytes, size_t size)
{
    if (member->state == GONE)
        return;
    ssize_t taken = 0;
    if (member->unsent_size == 0)
        taken = send(member->fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (taken < 0)
        taken = 0; /* full; or broken, which shows when it is read */
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
        watch(member, EPOLL_CTL_MOD, EPOLLIN);
}

void send_text(struct member *member, const char *text, size_t length)
{
    static char frame[MAX_COMMAND + FRAME_OVERHEAD];
    send_bytes(member, frame, wire_text(member->dialect, frame, text, length));
}

/* ---- coming in ---- */

void begin_to_come(struct member *member, uint64_t due_ns)
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
    watch(member, EPOLL_CTL_ADD, EPOLLOUT);
}

static void shake_hands(struct member *member)
{
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(member->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error)
        quit(STATUS_REFUSED, "connect: %s", strerror(error));
    member->state = SHAKING_HANDS;
    watch(member, EPOLL_CTL_MOD, EPOLLIN);
    char request[1024];
    send_bytes(member, request,
               wire_request(member->dialect, request, sizeof request, option.port, option.path));
}

void be_in(struct member *member, uint64_t at_ns)
{
    member->state = IN;
    people.entered++;
    histogram_add(&people.entry, at_ns - member->came_ns);
    if (member->slow)
        watch(member, EPOLL_CTL_MOD, 0); /* that it was cut off is told all the same */
}

void wake_the_slow(void)
{
    slow_are_awake = true;
    for (uint32_t i = 0; i < option.members; i++)
        if (members[i].slow && members[i].state == IN)
            watch(&members[i], EPOLL_CTL_MOD, EPOLLIN);
}

/* ---- reading ---- */

static void take(struct member *member, const struct frame *frame, uint64_t heard_ns)
{
    char pong[125 + FRAME_OVERHEAD];
    if (frame->kind == TEXT)
        hear(member, frame, heard_ns);
    else if (frame->kind == PING)
        send_bytes(member, pong, wire_pong(pong, frame->payload, frame->length));
    else if (frame->kind == CLOSE)
        lose(member);
}

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
        member->state = ENTERING;
        greet(member);
    }
    struct frame frame;
    while (member->state != GONE && wire_next(member->dialect, bytes + at, size - at, &frame)) {
        take(member, &frame, heard_ns);
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
    if (size)
        memcpy(bytes, member->partial, size);
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
    if (!(events & ~(uint32_t)EPOLLOUT))
        return;
    if (member->slow && member->state == IN && !slow_are_awake)
        lose(member); /* nothing else would wake it */
    else
        read_on(member);
}

void turn(uint64_t until_ns)
{
    static struct epoll_event events[EVENTS];
    uint64_t now = now_ns();
    uint64_t wait_ns = until_ns > now ? until_ns - now : 0;
    struct timespec timeout = {
        .tv_sec = (time_t)(wait_ns / NS_PER_S),
        .tv_nsec = (long)(wait_ns % NS_PER_S),
    };
    int ready = epoll_pwait2(poll_fd, events, EVENTS, &timeout, NULL);
    for (int i = 0; i < ready; i++)
        happen(events[i].data.ptr, events[i].events);
}

/* ---- the beginning ---- */

static void allow_many_files(void)
{
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
}

static uint32_t group_at(uint32_t number)
{
    if (!option.apart)
        return number / option.group_size;
    return number < option.first ? 0 : 1 + (number - option.first) / option.group_size;
}

void make_people(void)
{
    allow_many_files();
    poll_fd = epoll_create1(0);
    uint64_t count = option.members, hixie = option.hixie;
    members = calloc(count, sizeof *members);
    if (!members)
        quit(STATUS_USAGE, "out of memory");
    for (uint32_t i = 0; i < count; i++) {
        /* Up to any number i, i * hixie / count speak it: so they are spread evenly. */
        bool speaks_hixie = i * hixie / count != (i + 1) * hixie / count;
        members[i] = (struct member){
            .dialect = speaks_hixie ? HIXIE76 : RFC6455,
            .slow = i >= count - option.slow,
            .group = group_at(i),
        };
    }
}
