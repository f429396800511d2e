/*
 * What is said, who hears it, and whether it is the truth.
 */
#ifndef TALK_H
#define TALK_H

#include "people.h"

extern struct talk {
    uint64_t awaited, deliveries; /* to be made, and made; those to members who came first */
    uint64_t acks;
    uint64_t closing_slow, closing_other; /* so many were told `closing`, with 1013 or not */
    struct histogram delivery, last, ack; /* of the messages that are measured */
} talk;

extern struct fault {
    uint64_t lost, doubled;     /* by the count of what a member heard */
    uint64_t strange;           /* the count is right, but it was something else */
    uint64_t skipped, repeated; /* by the numbers that the server gave */
    uint64_t unacknowledged;
    uint64_t refused;
} fault;

void make_groups(void);

/* Return who says the message with this number: each group has its turn, then each member. */
struct member *nth_publisher(uint64_t number);

/* Say a message that was due at *due_ns*. */
void say(struct member *publisher, uint64_t due_ns);
uint64_t said(void);

/* What is said from now on is measured, or is not. */
void measure_talk(bool on);

/* Without a rate: nobody says anything new. */
void fall_silent(void);

/* Tell whether everybody has heard everything. */
bool all_is_heard(void);

/* Count what each member has not heard as it was said. */
void check_truth(void);

/* A member has come as far as to say who it is. */
void greet(struct member *member);

/* A member got a text. */
void hear(struct member *member, const struct frame *frame, uint64_t heard_ns);

#endif
