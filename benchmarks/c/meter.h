/*
 * What is measured with: a clock, a histogram, and what the kernel says about a process.
 */
#ifndef METER_H
#define METER_H

#include <stdint.h>

#define NS_PER_S 1000000000ull

uint64_t now_ns(void); /* monotonic */

/* Durations in buckets 1.6% wide, of any length. */
enum { HISTOGRAM_STEPS = 64, HISTOGRAM_BUCKETS = 59 * HISTOGRAM_STEPS };

struct histogram {
    uint64_t bucket[HISTOGRAM_BUCKETS];
    uint64_t count;
    uint64_t max;
};

void histogram_add(struct histogram *histogram, uint64_t ns);

/* Return the duration that *part* (0 to 1) of all do not exceed, in ns; 0 if there are none. */
double histogram_at(const struct histogram *histogram, double part);

struct usage {
    uint64_t cpu_ns;  /* of all threads that live, user and system */
    uint64_t rss_kib; /* resident memory */
};

/* Ask about process *pid*; without one (0) everything is 0. */
struct usage usage_of(unsigned pid);

/* The processor time of this process. */
uint64_t own_cpu_ns(void);

#endif
