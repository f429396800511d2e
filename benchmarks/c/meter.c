#define _GNU_SOURCE
#include "meter.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static uint64_t read_clock(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return (uint64_t)time.tv_sec * NS_PER_S + (uint64_t)time.tv_nsec;
}

uint64_t now_ns(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

uint64_t own_cpu_ns(void)
{
    return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

/*
 * Buckets are HISTOGRAM_STEPS to each power of two: a duration keeps its seven highest bits,
 * `shift` tells how many others were cut off.
 */
static int shift_of(uint64_t ns)
{
    return ns < 2 * HISTOGRAM_STEPS ? 0 : 63 - __builtin_clzll(ns) - 6;
}

void histogram_add(struct histogram *histogram, uint64_t ns)
{
    int shift = shift_of(ns);
    histogram->bucket[(uint64_t)shift * HISTOGRAM_STEPS + (ns >> shift)]++;
    histogram->count++;
    if (ns > histogram->max)
        histogram->max = ns;
}

static double middle_of(int bucket)
{
    if (bucket < 2 * HISTOGRAM_STEPS)
        return bucket;
    int shift = bucket / HISTOGRAM_STEPS - 1;
    uint64_t kept = (uint64_t)(bucket - shift * HISTOGRAM_STEPS);
    return ((double)kept + 0.5) * (double)(1ull << shift);
}

double histogram_at(const struct histogram *histogram, double part)
{
    if (histogram->count == 0)
        return 0;
    uint64_t rank = (uint64_t)(part * (double)(histogram->count - 1));
    uint64_t passed = 0;
    int bucket = 0;
    while ((passed += histogram->bucket[bucket]) <= rank)
        bucket++;
    double value = middle_of(bucket);
    return value < (double)histogram->max ? value : (double)histogram->max;
}

/* The kernel counts a thread's time in ns in the first field of its `schedstat`. */
static uint64_t cpu_of_thread(unsigned pid, const char *thread)
{
    char path[300];
    snprintf(path, sizeof path, "/proc/%u/task/%s/schedstat", pid, thread);
    unsigned long long ns = 0;
    FILE *file = fopen(path, "r");
    if (file) {
        if (fscanf(file, "%llu", &ns) != 1)
            ns = 0;
        fclose(file);
    }
    return ns;
}

static uint64_t cpu_of(unsigned pid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%u/task", pid);
    DIR *threads = opendir(path);
    if (!threads)
        return 0;
    uint64_t ns = 0;
    for (struct dirent *entry; (entry = readdir(threads));)
        if (entry->d_name[0] != '.')
            ns += cpu_of_thread(pid, entry->d_name);
    closedir(threads);
    return ns;
}

static uint64_t rss_of(unsigned pid)
{
    char path[64], line[256];
    snprintf(path, sizeof path, "/proc/%u/status", pid);
    FILE *file = fopen(path, "r");
    if (!file)
        return 0;
    unsigned long long kib = 0;
    while (fgets(line, sizeof line, file))
        if (sscanf(line, "VmRSS: %llu", &kib) == 1)
            break;
    fclose(file);
    return kib;
}

struct usage usage_of(unsigned pid)
{
    struct usage usage = {0};
    if (pid) {
        usage.cpu_ns = cpu_of(pid);
        usage.rss_kib = rss_of(pid);
    }
    return usage;
}
