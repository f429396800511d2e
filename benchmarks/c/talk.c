#define _GNU_SOURCE
#include "talk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"

struct group {
    uint32_t listeners;      /* they must hear what is said */
    uint64_t said, said_sum; /* messages, and the sum of their fingerprints */
    uint64_t seq;            /* the highest that anybody has seen */
};

struct message {
    uint64_t due_ns;
    uint32_t publisher;
    uint32_t awaited; /* so many have yet to hear it */
    bool acknowledged;
};

struct talk talk;
struct fault fault;

static struct group *groups;
static uint32_t talking_groups; /* those of the members who came first */
static struct message *messages;
static uint64_t message_count, message_space;
static uint64_t first_measured, end_measured;
static bool is_silent;
static char id_begin[32]; /* of all ids of this run, as it stands in a frame */

void make_groups(void)
{
    groups = calloc(members[option.members - 1].group + 1, sizeof *groups);
    if (!groups)
        quit(STATUS_USAGE, "out of memory");
    talking_groups = option.first ? members[option.first - 1].group + 1 : 0;
    /* Nobody who was here before has said anything with such an id. */
    snprintf(id_begin, sizeof id_begin, "\"id\":\"%llx-", (unsigned long long)now_ns());
}

static struct group *group_of(const struct member *member)
{
    return &groups[member->group];
}

/* ---- saying ---- */

/* Write *template*, filled in; return its length. */
static size_t fill_in(char *command, const char *template, const struct member *member, uint64_t id)
{
    static const size_t most_at_once = MAX_TEXT + sizeof id_begin;
    size_t length = 0;
    while (*template) {
        if (length + most_at_once > MAX_COMMAND)
            quit(STATUS_USAGE, "a template is too long");
        char *end = command + length;
        if (strncmp(template, "{i}", 3) == 0) {
            length += (size_t)sprintf(end, "%u", number_of(member));
        } else if (strncmp(template, "{g}", 3) == 0) {
            length += (size_t)sprintf(end, "%u", member->group);
        } else if (strncmp(template, "{id}", 4) == 0) {
            const char *without_field = strrchr(id_begin, '"') + 1;
            length += (size_t)sprintf(end, "%s%llu", without_field, (unsigned long long)id);
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

static void send_filled_in(struct member *member, const char *template, uint64_t id)
{
    char command[MAX_COMMAND];
    send_text(member, command, fill_in(command, template, member, id));
}

/* Nobody has to wait for the answer to `hello`; the protocol says so. */
void greet(struct member *member)
{
    if (option.bare) {
        group_of(member)->listeners += is_listener(member);
        be_in(member, now_ns());
        return;
    }
    send_filled_in(member, option.hello, 0);
    send_filled_in(member, option.join, 0);
}

struct member *nth_publisher(uint64_t number)
{
    uint64_t group = number % talking_groups, place = number / talking_groups;
    return &members[(group * option.group_size + place) % option.first];
}

/*
 * Sums tell, in whatever order, whether the same was heard as was said. The ids themselves
 * would not do: 1 + 4 = 2 + 3.
 */
static uint64_t fingerprint_of(uint64_t id)
{
    uint64_t mixed = (id + 1) * 0x9e3779b97f4a7c15u;
    return (mixed ^ mixed >> 29) * 0xbf58476d1ce4e5b9u;
}

static uint64_t new_message(struct message message)
{
    if (message_count == message_space) {
        message_space = message_space ? 2 * message_space : 4096;
        messages = realloc(messages, message_space * sizeof *messages);
        if (!messages)
            quit(STATUS_USAGE, "out of memory");
    }
    messages[message_count] = message;
    return message_count++;
}

void say(struct member *publisher, uint64_t due_ns)
{
    struct group *group = group_of(publisher);
    uint64_t id = new_message((struct message){
        .due_ns = due_ns,
        .publisher = number_of(publisher),
        .awaited = group->listeners,
    });
    group->said++;
    group->said_sum += fingerprint_of(id);
    talk.awaited += group->listeners;
    send_filled_in(publisher, option.say, id);
}

uint64_t said(void)
{
    return message_count;
}

void measure_talk(bool on)
{
    if (on)
        first_measured = message_count;
    end_measured = on ? UINT64_MAX : message_count;
}

static bool is_measured(const struct message *message)
{
    uint64_t id = (uint64_t)(message - messages);
    return id >= first_measured && id < end_measured;
}

void fall_silent(void)
{
    is_silent = true;
}

static void say_next(struct member *member, const struct message *last, enum occasion occasion)
{
    bool is_mine = last->publisher == number_of(member);
    if (option.rate == 0 && option.next == occasion && is_mine && !is_silent)
        say(member, now_ns());
}

/* ---- hearing ---- */

/*
 * Find the number behind *needle*. The frames of a run are built alike, so the place where
 * it stood last (*hint*) is tried first: at saturation a search would take most of the time.
 */
static bool find_number(const struct frame *frame, const char *needle, size_t *hint,
                        uint64_t *number)
{
    size_t length = strlen(needle);
    const char *end = frame->payload + frame->length;
    if (*hint + length > frame->length || memcmp(frame->payload + *hint, needle, length) != 0) {
        const char *found = memmem(frame->payload, frame->length, needle, length);
        if (!found)
            return false;
        *hint = (size_t)(found - frame->payload);
    }
    *number = 0;
    for (const char *at = frame->payload + *hint + length;
         at < end && *at >= '0' && *at <= '9'; at++)
        *number = *number * 10 + (uint64_t)(*at - '0');
    return true;
}

/* Return the message of this run that *frame* is about, NULL without one. */
static struct message *find_message(const struct frame *frame)
{
    static size_t hint;
    uint64_t id;
    if (!find_number(frame, id_begin, &hint, &id) || id >= message_count)
        return NULL;
    return &messages[id];
}

static void reach_seq(struct member *member, uint64_t seq)
{
    struct group *group = group_of(member);
    member->seq = seq;
    if (seq > group->seq)
        group->seq = seq;
}

static void check_seq(struct member *member, const struct frame *frame)
{
    static size_t hint;
    uint64_t seq;
    if (!find_number(frame, "\"seq\":", &hint, &seq) || seq <= member->seq) {
        fault.repeated++;
        return;
    }
    fault.skipped += seq - member->seq - 1;
    reach_seq(member, seq);
}

static void hear_message(struct member *member, const struct frame *frame, uint64_t heard_ns)
{
    if (member->numbered)
        check_seq(member, frame);
    struct message *message = find_message(frame);
    if (!message) {
        fault.strange++;
        return;
    }
    member->heard++;
    member->heard_sum += fingerprint_of((uint64_t)(message - messages));
    if (!is_listener(member))
        return;
    talk.deliveries++;
    bool is_last = message->awaited > 0 && --message->awaited == 0;
    if (is_measured(message)) {
        histogram_add(&talk.delivery, heard_ns - message->due_ns);
        if (is_last)
            histogram_add(&talk.last, heard_ns - message->due_ns);
    }
    say_next(member, message, ECHO);
}

static void hear_ack(struct member *member, const struct frame *frame, uint64_t heard_ns)
{
    struct message *message = find_message(frame);
    if (!message || message->acknowledged) {
        fault.strange++;
        return;
    }
    message->acknowledged = true;
    talk.acks++;
    if (is_measured(message))
        histogram_add(&talk.ack, heard_ns - message->due_ns);
    say_next(member, message, ACK);
}

static void hear_joined(struct member *member, const struct frame *frame, uint64_t heard_ns)
{
    size_t hint = 0;
    uint64_t seq;
    if (member->state != ENTERING)
        return; /* told to one person's other connections, too */
    member->numbered = find_number(frame, "\"seq\":", &hint, &seq);
    if (member->numbered)
        reach_seq(member, seq);
    group_of(member)->listeners += is_listener(member);
    be_in(member, heard_ns);
}

static void hear_closing(const struct frame *frame)
{
    size_t hint = 0;
    uint64_t code = 0;
    find_number(frame, "\"code\":", &hint, &code);
    talk.closing_slow += code == 1013;
    talk.closing_other += code != 1013;
}

static bool has_type(const struct frame *frame, const char *type)
{
    static const char begin[] = "{\"type\":\"";
    size_t skip = strlen(begin), length = strlen(type);
    return frame->length > skip + length && memcmp(frame->payload, begin, skip) == 0 &&
           memcmp(frame->payload + skip, type, length) == 0 &&
           frame->payload[skip + length] == '"';
}

void hear(struct member *member, const struct frame *frame, uint64_t heard_ns)
{
    static const char pong[] = "{\"type\":\"pong\"}";
    /* A server without rules gives `say` back as it came. */
    if (has_type(frame, "message") || has_type(frame, "say")) {
        hear_message(member, frame, heard_ns);
    } else if (has_type(frame, "ack")) {
        hear_ack(member, frame, heard_ns);
    } else if (has_type(frame, "joined")) {
        hear_joined(member, frame, heard_ns);
    } else if (has_type(frame, "ping")) {
        send_text(member, pong, strlen(pong));
    } else if (has_type(frame, "closing")) {
        hear_closing(frame);
    } else if (has_type(frame, "error")) {
        if (fault.refused++ == 0)
            fprintf(stderr, "load: %.*s\n", (int)frame->length, frame->payload);
    }
}

/* ---- the truth ---- */

/* A server that gives numbers gives acks. */
static uint64_t acks_due(void)
{
    return members[0].numbered ? message_count : talk.acks;
}

bool all_is_heard(void)
{
    return talk.deliveries >= talk.awaited && talk.acks >= acks_due();
}

static void check_member(const struct member *member)
{
    const struct group *group = group_of(member);
    if (member->slow || member->state != IN)
        return;
    if (member->numbered)
        fault.skipped += group->seq - member->seq;
    if (!is_listener(member) || member->heard_sum == group->said_sum)
        return;
    if (member->heard < group->said)
        fault.lost += group->said - member->heard;
    else if (member->heard > group->said)
        fault.doubled += member->heard - group->said;
    else
        fault.strange++;
}

void check_truth(void)
{
    for (uint32_t i = 0; i < option.members; i++)
        check_member(&members[i]);
    fault.unacknowledged = acks_due() - talk.acks;
}
