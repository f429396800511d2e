/*
 * load - the people in a room: any number of connections, in one process, on loopback.
 *
 *   load talk     everybody comes in, some talk, all listen
 *   load connect  some are in, the others come: what does a connection cost?
 *   load storm    some are in and talk, the others come all at once
 *
 * It speaks the protocol of the chat, tells in one line of JSON what it measured, and ends
 * by itself. Whatever a server leaves out, doubles or puts out of order makes a run void:
 * then the status is 3.
 *
 *   cc -O2 -o load load.c talk.c people.c options.c wire.c meter.c
 *   ./load talk --port 9108 --members 1000 --rate 20
 *
 * What takes long counts from when it was due, not from when it was begun: a load generator
 * that is held up by a slow server must not make the server look fast.
 */
#include <stdio.h>
#include <unistd.h>

#include "options.h"
#include "talk.h"

/* ---- time ---- */

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

/* Something that is due again and again. */
struct schedule {
    uint64_t start_ns;
    double each_s; /* from one to the next */
    uint64_t done;
};

static uint64_t next_due(const struct schedule *schedule)
{
    return after(schedule->start_ns, (double)schedule->done * schedule->each_s);
}

/* ---- what people do ---- */

static void check_patience(uint64_t deadline_ns)
{
    if (now_ns() > deadline_ns)
        quit(STATUS_REFUSED, "after %d s only %u are in", MAX_SECONDS, people.entered);
}

/* Let the members from *from* up to *to* come in, so many at a time. */
static void come(uint32_t from, uint32_t to)
{
    uint64_t deadline = after(now_ns(), MAX_SECONDS);
    for (uint32_t next = from; people.entered < to; check_patience(deadline)) {
        while (next < to && next - people.entered < option.concurrency)
            begin_to_come(&members[next++], now_ns());
        turn(deadline);
    }
}

static struct schedule begin_to_talk(void)
{
    struct schedule schedule = {.start_ns = now_ns()};
    if (option.rate > 0)
        schedule.each_s = 1 / option.rate;
    else
        for (uint32_t number = 0; number < option.publishers; number++)
            say(nth_publisher(number), now_ns());
    return schedule;
}

/* Say what is due, then let something happen, until the next message is due or *until_ns*. */
static void talk_on(struct schedule *schedule, uint64_t until_ns)
{
    if (option.rate > 0) {
        for (uint64_t due; (due = next_due(schedule)) <= now_ns(); schedule->done++)
            say(nth_publisher(schedule->done % option.publishers), due);
        if (next_due(schedule) < until_ns)
            until_ns = next_due(schedule);
    }
    turn(until_ns);
}

static void talk_until(struct schedule *schedule, uint64_t until_ns)
{
    while (now_ns() < until_ns)
        talk_on(schedule, until_ns);
}

static void hear_the_rest(void)
{
    fall_silent();
    uint64_t deadline = after(now_ns(), option.patience_s);
    while (!all_is_heard() && now_ns() < deadline)
        turn(deadline);
    wake_the_slow();
    idle(0.2); /* for what comes twice */
}

/* ---- the figures ---- */

static struct {
    struct usage before, after; /* of the server */
    uint64_t begin_ns, end_ns, own_cpu_ns;
    uint64_t deliveries, messages;
} figures;

static void begin_figures(void)
{
    measure_talk(true);
    people.entry = (struct histogram){0};
    figures.deliveries = talk.deliveries;
    figures.messages = said();
    figures.own_cpu_ns = own_cpu_ns();
    figures.before = usage_of(option.pid);
    figures.begin_ns = now_ns();
}

static void end_figures(void)
{
    figures.end_ns = now_ns();
    figures.after = usage_of(option.pid);
    figures.own_cpu_ns = own_cpu_ns() - figures.own_cpu_ns;
    figures.deliveries = talk.deliveries - figures.deliveries;
    figures.messages = said() - figures.messages;
    measure_talk(false);
}

/* ---- the three modes ---- */

static void run_talk(void)
{
    come(0, option.members);
    idle(option.settle_s);
    struct schedule schedule = begin_to_talk();
    /* Half between two messages, so that what comes of each is on one side. */
    uint64_t begin = after(schedule.start_ns, option.warmup_s + schedule.each_s / 2);
    talk_until(&schedule, begin);
    begin_figures();
    talk_until(&schedule, after(begin, option.duration_s));
    end_figures();
}

static void run_connect(void)
{
    come(0, option.first);
    idle(option.settle_s);
    begin_figures();
    come(option.first, option.members);
    end_figures();
    idle(option.settle_s);
    figures.after.rss_kib = usage_of(option.pid).rss_kib;
}

static void run_storm(void)
{
    uint32_t newcomers = option.members - option.first;
    come(0, option.first);
    idle(option.settle_s);
    struct schedule schedule = begin_to_talk();
    talk_until(&schedule, after(schedule.start_ns, option.warmup_s));
    begin_figures();
    uint64_t deadline = after(now_ns(), MAX_SECONDS);
    struct schedule storm = {.start_ns = now_ns(), .each_s = option.spread_s / newcomers};
    for (; people.entered < option.members; check_patience(deadline)) {
        for (; storm.done < newcomers && next_due(&storm) <= now_ns(); storm.done++)
            begin_to_come(&members[option.first + storm.done], next_due(&storm));
        talk_on(&schedule, storm.done < newcomers ? next_due(&storm) : deadline);
    }
    /* That they are in has yet to be told to each other. */
    talk_until(&schedule, after(now_ns(), option.settle_s));
    end_figures();
}

/* ---- the report ---- */

typedef unsigned long long ull; /* what printf knows */

static double ratio(double part, uint64_t whole)
{
    return whole ? part / (double)whole : 0;
}

static double seconds_measured(void)
{
    return (double)(figures.end_ns - figures.begin_ns) / (double)NS_PER_S;
}

static double server_cpu_us(void)
{
    return (double)(figures.after.cpu_ns - figures.before.cpu_ns) / 1000;
}

static void print_durations(const char *name, const struct histogram *histogram)
{
    printf(", \"%s_us\": {\"count\": %llu, \"p50\": %.0f, \"p99\": %.0f, \"max\": %.0f}", name,
           (ull)histogram->count, histogram_at(histogram, 0.5) / 1000,
           histogram_at(histogram, 0.99) / 1000, (double)histogram->max / 1000);
}

static void print_talk(void)
{
    double seconds = seconds_measured();
    printf("\"seconds\": %.3f, \"messages\": %llu, \"deliveries\": %llu, "
           "\"deliveries_per_s\": %.0f, \"load_busy\": %.3f",
           seconds, (ull)figures.messages, (ull)figures.deliveries,
           (double)figures.deliveries / seconds,
           (double)figures.own_cpu_ns / (double)NS_PER_S / seconds);
    print_durations("entry", &people.entry);
    print_durations("delivery", &talk.delivery);
    print_durations("last", &talk.last);
    print_durations("ack", &talk.ack);
}

static void print_server(void)
{
    double cpu_us = server_cpu_us();
    printf(", \"server\": {\"cpu_s\": %.4f, \"busy\": %.3f, \"cpu_us_per_delivery\": %.4f, "
           "\"cpu_us_per_message\": %.2f, \"rss_kib_before\": %llu, \"rss_kib_after\": %llu}",
           cpu_us / 1e6, cpu_us / 1e6 / seconds_measured(), ratio(cpu_us, figures.deliveries),
           ratio(cpu_us, figures.messages), (ull)figures.before.rss_kib,
           (ull)figures.after.rss_kib);
}

static void print_newcomers(void)
{
    uint32_t count = option.members - option.first;
    double rss_kib = (double)figures.after.rss_kib - (double)figures.before.rss_kib;
    printf(", \"newcomers\": {\"count\": %u, \"cpu_us_each\": %.2f, \"rss_kib_each\": %.3f}", count,
           ratio(server_cpu_us(), count), ratio(rss_kib, count));
}

static void print_losses(void)
{
    printf(", \"slow\": {\"members\": %u, \"gone\": %u}", option.slow, people.gone - people.cut);
    printf(", \"closing\": {\"slow\": %llu, \"other\": %llu}", (ull)talk.closing_slow,
           (ull)talk.closing_other);
    printf(", \"faults\": {\"lost\": %llu, \"doubled\": %llu, \"strange\": %llu, "
           "\"skipped\": %llu, \"repeated\": %llu, \"unacknowledged\": %llu, "
           "\"refused\": %llu, \"cut\": %u}",
           (ull)fault.lost, (ull)fault.doubled, (ull)fault.strange, (ull)fault.skipped,
           (ull)fault.repeated, (ull)fault.unacknowledged, (ull)fault.refused, people.cut);
}

static void print_report(void)
{
    printf("{");
    print_talk();
    if (option.pid)
        print_server();
    if (option.first < option.members)
        print_newcomers();
    print_losses();
    printf("}\n");
}

static bool is_void(void)
{
    return fault.lost || fault.doubled || fault.strange || fault.skipped || fault.repeated ||
           fault.unacknowledged || fault.refused || people.cut;
}

int main(int argc, char **argv)
{
    static void (*const run[])(void) = {
        [TALK] = run_talk,
        [CONNECT] = run_connect,
        [STORM] = run_storm,
    };
    read_options(argc, argv);
    alarm(4 * MAX_SECONDS); /* come what may, it ends */
    make_people();
    make_groups();
    run[option.mode]();
    hear_the_rest();
    check_truth();
    print_report();
    return is_void() ? STATUS_VOID : 0;
}
