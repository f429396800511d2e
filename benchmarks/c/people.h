/*
 * The members: who is there, how they come in, and what goes over their connections.
 */
#ifndef PEOPLE_H
#define PEOPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "meter.h"
#include "wire.h"

enum { MAX_COMMAND = 8192 }; /* bytes of a text that is sent */

enum state { AWAY, CONNECTING, SHAKING_HANDS, ENTERING, IN, GONE };

struct member {
    int fd;
    enum state state;
    enum dialect dialect;
    bool slow;
    uint32_t group;
    uint64_t came_ns; /* when it came, or was due to */
    char *partial;    /* of a frame, what has come so far */
    char *unsent;     /* what the kernel did not take */
    size_t partial_size, unsent_size;
    bool numbered;      /* the server gives messages a `seq` */
    uint64_t seq;       /* of the newest message */
    uint64_t heard;     /* messages */
    uint64_t heard_sum; /* of their fingerprints */
};

extern struct member *members;

extern struct people {
    uint32_t entered, gone;
    uint32_t cut; /* those among the gone who did read */
    struct histogram entry; /* from when they came to when they were in */
} people;

void make_people(void);
uint32_t number_of(const struct member *member);

/* Those who came first and read hear whatever is said; who comes later, from then on. */
bool is_listener(const struct member *member);

/* Let a member begin to come in, which it should have done at *due_ns*. */
void begin_to_come(struct member *member, uint64_t due_ns);

/* The member is in the room. */
void be_in(struct member *member, uint64_t at_ns);

/* Let the slow ones read what there is for them. */
void wake_the_slow(void);

void send_text(struct member *member, const char *text, size_t length);

/* Let happen what happens until *until_ns*; return as soon as something did. */
void turn(uint64_t until_ns);

#endif
