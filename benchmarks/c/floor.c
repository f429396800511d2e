/*
 * floor - the least that a server can do: it gives each message to everybody in its room.
 *
 *   floor PORT send       one system call for each message and member
 *   floor PORT coalesce   one for each member and turn, with all that came in that turn
 *
 * What any server adds to this is its own; what this takes is the kernel's. So it does
 * without all that a server needs otherwise: rules, a log, names, bounds on what waits. It
 * serves `load` and nobody else, on loopback.
 *
 *   cc -O2 -o floor floor.c
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire.h"

enum { MAX_ROOMS = 25000, RECEIVE_BYTES = 1 << 18, EVENTS = 1024, ACCEPTED_A_TURN = 64 };

struct bytes {
    char *start;
    size_t size, space;
};

struct room {
    struct connection **members;
    size_t count, space;
    struct bytes batch; /* what this turn brought, when coalescing */
    bool is_due;
};

struct connection {
    int fd;
    bool is_open; /* the handshake is done */
    struct room *room;
    size_t place; /* in the room */
    struct bytes partial, unsent;
};

static struct room rooms[MAX_ROOMS];
static struct room *due[MAX_ROOMS];
static size_t due_count;
static bool coalesces;
static int poll_fd;

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void append(struct bytes *bytes, const char *more, size_t size)
{
    if (bytes->size + size > bytes->space) {
        bytes->space = 2 * (bytes->size + size);
        bytes->start = realloc(bytes->start, bytes->space);
        if (!bytes->start)
            die("realloc");
    }
    memcpy(bytes->start + bytes->size, more, size);
    bytes->size += size;
}

static void discard(struct bytes *bytes, size_t size)
{
    bytes->size -= size;
    memmove(bytes->start, bytes->start + size, bytes->size);
}

/* ---- rooms ---- */

static void leave(struct connection *connection)
{
    struct room *room = connection->room;
    if (!room)
        return;
    struct connection *last = room->members[--room->count];
    room->members[connection->place] = last;
    last->place = connection->place;
    connection->room = NULL;
}

static void join(struct connection *connection, struct room *room)
{
    leave(connection);
    if (room->count == room->space) {
        room->space = room->space ? 2 * room->space : 16;
        room->members = realloc(room->members, room->space * sizeof *room->members);
        if (!room->members)
            die("realloc");
    }
    connection->room = room;
    connection->place = room->count;
    room->members[room->count++] = connection;
}

/* ---- sending ---- */

static void watch(struct connection *connection, int operation, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = connection};
    if (epoll_ctl(poll_fd, operation, connection->fd, &event) != 0)
        die("epoll_ctl");
}

static void send_to(struct connection *connection, const char *bytes, size_t size)
{
    ssize_t taken = 0;
    if (connection->unsent.size == 0)
        taken = send(connection->fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (taken < 0)
        taken = 0; /* full; or broken, which shows when it is read */
    if ((size_t)taken == size)
        return;
    if (connection->unsent.size == 0)
        watch(connection, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
    append(&connection->unsent, bytes + taken, size - (size_t)taken);
}

static void send_unsent(struct connection *connection)
{
    struct bytes *unsent = &connection->unsent;
    ssize_t taken = send(connection->fd, unsent->start, unsent->size, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (taken > 0)
        discard(unsent, (size_t)taken);
    if (unsent->size == 0)
        watch(connection, EPOLL_CTL_MOD, EPOLLIN);
}

static void send_to_all(struct room *room, const char *bytes, size_t size)
{
    for (size_t i = 0; i < room->count; i++)
        send_to(room->members[i], bytes, size);
}

static void broadcast(struct room *room, const char *frame, size_t size)
{
    if (!coalesces) {
        send_to_all(room, frame, size);
        return;
    }
    append(&room->batch, frame, size);
    if (!room->is_due)
        due[due_count++] = room;
    room->is_due = true;
}

static void end_turn(void)
{
    while (due_count) {
        struct room *room = due[--due_count];
        send_to_all(room, room->batch.start, room->batch.size);
        room->batch.size = 0;
        room->is_due = false;
    }
}

/* ---- receiving ---- */

/* A server's frame of text: not masked. */
static size_t frame_of(char *frame, const char *payload, size_t length)
{
    size_t at = 0;
    frame[at++] = (char)0x81;
    if (length < 126) {
        frame[at++] = (char)length;
    } else {
        frame[at++] = 126;
        frame[at++] = (char)(length >> 8);
        frame[at++] = (char)length;
    }
    memcpy(frame + at, payload, length);
    return at + length;
}

static bool begins_with(const char *payload, size_t length, const char *prefix)
{
    return length >= strlen(prefix) && memcmp(payload, prefix, strlen(prefix)) == 0;
}

/* The rooms of `load` are called r0, r1, r2... */
static struct room *room_of(const char *payload, size_t length)
{
    static const char name[] = "\"room\":\"r";
    const char *found = memmem(payload, length, name, strlen(name));
    size_t number = found ? strtoul(found + strlen(name), NULL, 10) : 0;
    return &rooms[number < MAX_ROOMS ? number : 0];
}

static void hear(struct connection *connection, const char *payload, size_t length)
{
    static const char joined[] = "{\"type\":\"joined\"}";
    char frame[UINT16_MAX + FRAME_OVERHEAD];
    if (begins_with(payload, length, "{\"type\":\"join\"")) {
        join(connection, room_of(payload, length));
        send_to(connection, frame, frame_of(frame, joined, strlen(joined)));
    } else if (begins_with(payload, length, "{\"type\":\"say\"") && connection->room) {
        broadcast(connection->room, frame, frame_of(frame, payload, length));
    }
}

static void drop(struct connection *connection)
{
    leave(connection);
    close(connection->fd);
    free(connection->partial.start);
    free(connection->unsent.start);
    free(connection);
}

/* `load` always sends the same key, so the answer is always the same. */
static size_t shake_hands(struct connection *connection, const char *bytes, size_t size)
{
    static const char answer[] = "HTTP/1.1 101 Switching Protocols\r\n"
                                 "Upgrade: websocket\r\n"
                                 "Connection: Upgrade\r\n"
                                 "Sec-WebSocket-Accept: " RFC6455_ACCEPT "\r\n\r\n";
    const char *end = memmem(bytes, size, "\r\n\r\n", 4);
    if (!end)
        return 0;
    connection->is_open = true;
    send_to(connection, answer, strlen(answer));
    return (size_t)(end + 4 - bytes);
}

/* Read one frame, unmasking it where it stands; return its size, 0 if it is not complete. */
static size_t read_frame(struct connection *connection, char *bytes, size_t size)
{
    const uint8_t *head = (const uint8_t *)bytes;
    if (size < 6)
        return 0;
    size_t length = head[1] & 0x7f, at = 2;
    if (length == 126) {
        length = (size_t)head[2] << 8 | head[3];
        at = 4;
    }
    if (size < at + 4 + length)
        return 0;
    const char *mask = bytes + at;
    char *payload = bytes + at + 4;
    for (size_t i = 0; i < length; i++)
        payload[i] ^= mask[i % 4];
    if ((head[0] & 0x0f) == 1)
        hear(connection, payload, length);
    return at + 4 + length;
}

static void read_on(struct connection *connection)
{
    static char bytes[RECEIVE_BYTES];
    struct bytes *partial = &connection->partial;
    size_t size = partial->size, done = 0;
    memcpy(bytes, size ? partial->start : "", size);
    ssize_t received = recv(connection->fd, bytes + size, sizeof bytes - size, 0);
    if (received < 0 && errno == EAGAIN)
        return;
    if (received <= 0) {
        drop(connection);
        return;
    }
    size += (size_t)received;
    if (!connection->is_open)
        done = shake_hands(connection, bytes, size);
    if (connection->is_open)
        for (size_t frame; (frame = read_frame(connection, bytes + done, size - done));)
            done += frame;
    partial->size = 0;
    if (done < size)
        append(partial, bytes + done, size - done);
}

/* ---- listening ---- */

static int listen_on(int port)
{
    int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, SOMAXCONN))
        die("listen");
    return fd;
}

static void accept_some(int listener)
{
    int on = 1;
    for (int i = 0; i < ACCEPTED_A_TURN; i++) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
        if (fd < 0)
            return;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        struct connection *connection = calloc(1, sizeof *connection);
        if (!connection)
            die("calloc");
        connection->fd = fd;
        watch(connection, EPOLL_CTL_ADD, EPOLLIN);
    }
}

static void serve(int listener)
{
    static struct epoll_event events[EVENTS];
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    epoll_ctl(poll_fd, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        int ready = epoll_wait(poll_fd, events, EVENTS, -1);
        for (int i = 0; i < ready; i++) {
            struct connection *connection = events[i].data.ptr;
            if (!connection) {
                accept_some(listener);
                continue;
            }
            if (events[i].events & EPOLLOUT && connection->unsent.size)
                send_unsent(connection);
            if (events[i].events & ~(uint32_t)EPOLLOUT)
                read_on(connection);
        }
        end_turn();
    }
}

int main(int argc, char **argv)
{
    if (argc != 3 || (strcmp(argv[2], "send") != 0 && strcmp(argv[2], "coalesce") != 0)) {
        fprintf(stderr, "usage: floor PORT send|coalesce\n");
        return 1;
    }
    coalesces = strcmp(argv[2], "coalesce") == 0;
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    poll_fd = epoll_create1(0);
    serve(listen_on(atoi(argv[1])));
}
