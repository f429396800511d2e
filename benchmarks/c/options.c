#include "options.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: load talk|connect|storm --port PORT [option...]\n"
    "  --path PATH         of the room [/chat]\n"
    "  --pid PID           of the server, whose processor time and memory are measured\n"
    "  --members N         so many come [100]\n"
    "  --first N           so many of them before anything is measured [talk: all, else none]\n"
    "  --group-size N      so many share a room [all]\n"
    "  --apart             those who come first have a room of their own\n"
    "  --hixie N|P%        so many speak hixie-76, spread evenly [0]\n"
    "  --slow N            so many, the last ones, never read [0]\n"
    "  --publishers N      so many talk, spread over the rooms [1]\n"
    "  --rate R            messages a second in all [0, as soon as...]\n"
    "  --next echo|ack     ...a publisher hears its last one, or its ack [echo]\n"
    "  --text N            characters of a message [200]\n"
    "  --concurrency N     so many come in at a time; a storm has no such bound [64]\n"
    "  --warmup S          seconds of talk before the measurement [1]\n"
    "  --duration S        seconds of measured talk [5]\n"
    "  --settle S          seconds of silence after people came in [1]\n"
    "  --spread S          seconds in which all of a storm begin to come [1]\n"
    "  --patience S        seconds that the last messages may take [10]\n"
    "  --hello TEMPLATE    {i} becomes the member's number,\n"
    "  --join TEMPLATE     {g} the number of its room,\n"
    "  --say TEMPLATE      {id} an id, {text} the text\n"
    "  --bare              say no hello and no join: for servers without rules\n";

struct options option = {
    .path = "/chat",
    .members = 100,
    .publishers = 1,
    .text = 200,
    .concurrency = 64,
    .warmup_s = 1,
    .duration_s = 5,
    .settle_s = 1,
    .spread_s = 1,
    .patience_s = 10,
    .hello = "{\"type\":\"hello\",\"name\":\"u{i}\",\"key\":\"the-key-of-member-{i}\"}",
    .join = "{\"type\":\"join\",\"room\":\"r{g}\"}",
    .say = "{\"type\":\"say\",\"id\":\"{id}\",\"room\":\"r{g}\",\"text\":\"{text}\"}",
};

/* What becomes of an option's value; one of the pointers is set. */
struct rule {
    const char *name;
    uint32_t *whole;
    double *real;
    const char **text;
    bool *flag;
    double least, most;
};

static const char *first, *hixie = "0", *next = "echo";

static const struct rule rules[] = {
    {"port", .whole = &option.port, .least = 1, .most = UINT16_MAX},
    {"path", .text = &option.path},
    {"pid", .whole = &option.pid, .least = 1, .most = 1 << 22},
    {"members", .whole = &option.members, .least = 1, .most = MAX_MEMBERS},
    {"first", .text = &first},
    {"group-size", .whole = &option.group_size, .least = 1, .most = MAX_MEMBERS},
    {"apart", .flag = &option.apart},
    {"hixie", .text = &hixie},
    {"slow", .whole = &option.slow, .most = MAX_MEMBERS},
    {"publishers", .whole = &option.publishers, .least = 1, .most = MAX_MEMBERS},
    {"rate", .real = &option.rate, .most = 1e5},
    {"next", .text = &next},
    {"text", .whole = &option.text, .least = 1, .most = MAX_TEXT},
    {"concurrency", .whole = &option.concurrency, .least = 1, .most = MAX_MEMBERS},
    {"warmup", .real = &option.warmup_s, .most = MAX_SECONDS},
    {"duration", .real = &option.duration_s, .most = MAX_SECONDS},
    {"settle", .real = &option.settle_s, .most = MAX_SECONDS},
    {"spread", .real = &option.spread_s, .most = MAX_SECONDS},
    {"patience", .real = &option.patience_s, .most = MAX_SECONDS},
    {"hello", .text = &option.hello},
    {"join", .text = &option.join},
    {"say", .text = &option.say},
    {"bare", .flag = &option.bare},
};

enum { RULES = sizeof rules / sizeof *rules };

_Noreturn void quit(int status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "load: ");
    vfprintf(stderr, format, arguments);
    fprintf(stderr, "\n");
    va_end(arguments);
    exit(status);
}

static double number(const char *text, double least, double most)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end || !(value >= least && value <= most))
        quit(STATUS_USAGE, "%s is no number from %g to %g", text, least, most);
    return value;
}

/* A count, or with a % a part of the members. */
static uint32_t share(const char *text)
{
    char digits[32];
    size_t length = strlen(text);
    if (length == 0 || length >= sizeof digits || text[length - 1] != '%')
        return (uint32_t)number(text, 0, option.members);
    memcpy(digits, text, length - 1);
    digits[length - 1] = '\0';
    return (uint32_t)(number(digits, 0, 100) / 100 * option.members + 0.5);
}

static void follow(const struct rule *rule, const char *value)
{
    if (rule->text)
        *rule->text = value;
    else if (rule->flag)
        *rule->flag = true;
    else if (rule->whole)
        *rule->whole = (uint32_t)number(value, rule->least, rule->most);
    else
        *rule->real = number(value, rule->least, rule->most);
}

static _Noreturn void misuse(void)
{
    fputs(usage, stderr);
    exit(STATUS_USAGE);
}

static enum mode mode_of(const char *text)
{
    if (text && strcmp(text, "talk") == 0)
        return TALK;
    if (text && strcmp(text, "connect") == 0)
        return CONNECT;
    if (text && strcmp(text, "storm") == 0)
        return STORM;
    misuse();
}

/* What follows from several options, or makes no sense together. */
static void conclude(void)
{
    option.next = strcmp(next, "ack") == 0 ? ACK : ECHO;
    option.hixie = share(hixie);
    option.first = first ? share(first) : option.mode == TALK ? option.members : 0;
    if (!option.group_size)
        option.group_size = option.members;
    if (!option.port)
        quit(STATUS_USAGE, "--port is missing");
    if (option.slow >= option.members)
        quit(STATUS_USAGE, "somebody has to read");
    if (option.mode == TALK && option.first != option.members)
        quit(STATUS_USAGE, "to talk, all come first");
    if (option.mode == STORM && (option.first == 0 || option.first == option.members))
        quit(STATUS_USAGE, "a storm needs some who talk first, and others");
    if (option.mode != CONNECT && option.publishers > option.first - option.slow)
        quit(STATUS_USAGE, "more talk than listen");
}

void read_options(int argc, char **argv)
{
    struct option known[RULES + 1] = {0};
    for (int i = 0; i < RULES; i++)
        known[i] = (struct option){
            .name = rules[i].name,
            .has_arg = rules[i].flag ? no_argument : required_argument,
            .val = i,
        };
    option.mode = mode_of(argv[1]);
    for (int i; (i = getopt_long(argc - 1, argv + 1, "", known, NULL)) != -1;) {
        if (i >= RULES)
            misuse();
        follow(&rules[i], optarg);
    }
    conclude();
}
