/*
 * What `load` was asked for.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

enum { STATUS_USAGE = 1, STATUS_REFUSED = 2, STATUS_VOID = 3 };
enum { MAX_MEMBERS = 25000, MAX_SECONDS = 120, MAX_TEXT = 4000 };

enum mode { TALK, CONNECT, STORM };
enum occasion { ECHO, ACK };

struct options {
    enum mode mode;
    uint32_t port;
    const char *path;
    uint32_t pid; /* of the server, 0 if it is not to be measured */
    uint32_t members, first, group_size;
    bool apart;
    uint32_t hixie, slow;
    uint32_t publishers;
    double rate;        /* messages a second in all, or 0: */
    enum occasion next; /* upon this a publisher says its next one */
    uint32_t text;
    uint32_t concurrency;
    double warmup_s, duration_s, settle_s, spread_s, patience_s;
    const char *hello, *join, *say;
    bool bare;
};

/* See `usage` in options.c. */
extern struct options option;

void read_options(int argc, char **argv);

/* End with a line of complaint. */
_Noreturn void quit(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
