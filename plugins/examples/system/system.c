/* Probes of the machine that a scenario runs on: load, memory, disks and TCP ports.
 *
 * It keeps nothing between calls, so that they may overlap: `watch_system` goes on in the background
 * while others are called. Whatever waits looks at `cancelled`. */
#define _POSIX_C_SOURCE 200809L
#include "scn_plugin.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#define SECOND INT64_C(1000000000)

/* Between two attempts to connect, and at most between two looks at `cancelled`: in nanoseconds. */
#define PAUSE (SECOND / 20)

static int64_t monotonic(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * SECOND + now.tv_nsec;
}

/* Waits that long, or until the call is cancelled; whether it is. */
static int rest(const scn_context *context, int64_t nanoseconds)
{
    int64_t until = monotonic() + nanoseconds;
    while (!context->cancelled(context)) {
        int64_t left = until - monotonic();
        struct timespec nap = { 0, 0 };
        if (left <= 0)
            return 0;
        nap.tv_nsec = (long)(left < PAUSE ? left : PAUSE);
        nanosleep(&nap, NULL);
    }
    return 1;
}

static scn_status failed(const scn_context *context, const char *what)
{
    char message[256];
    snprintf(message, sizeof message, "%s: %s", what, strerror(errno));
    return scn_fail(context, SCN_BLAME_ENVIRONMENT, message);
}

/* `part` of `whole` in per cent, with one digit after the point. */
static const char *percent(char *text, size_t room, uint64_t part, uint64_t whole)
{
    uint64_t tenths = whole ? (uint64_t)((double)part / (double)whole * 1000 + 0.5) : 0;
    snprintf(text, room, "%" PRIu64 ".%u", tenths / 10, (unsigned)(tenths % 10));
    return text;
}

/* ---- load and memory ---- */

/* Three decimals, just as the system writes them. */
static int read_load(char load[3][16])
{
    FILE *file = fopen("/proc/loadavg", "r");
    int found;
    if (!file)
        return 0;
    found = fscanf(file, "%15s %15s %15s", load[0], load[1], load[2]);
    fclose(file);
    return found == 3;
}

static scn_status system_load(void *instance, const scn_call *call, const scn_context *context)
{
    char load[3][16];
    scn_entry entries[4];
    (void)instance;
    (void)call;
    if (!read_load(load))
        return failed(context, "/proc/loadavg");
    entries[0] = scn_pair("one", scn_decimal(load[0]));
    entries[1] = scn_pair("five", scn_decimal(load[1]));
    entries[2] = scn_pair("fifteen", scn_decimal(load[2]));
    entries[3] = scn_pair("cores", scn_int(sysconf(_SC_NPROCESSORS_ONLN)));
    return scn_give(context, scn_map_of(entries, 4));
}

typedef struct {
    uint64_t total, available; /* bytes */
} memory;

static int read_memory(memory *found)
{
    FILE *file = fopen("/proc/meminfo", "r");
    char line[128];
    uint64_t kilobytes;
    found->total = found->available = 0;
    if (!file)
        return 0;
    while (fgets(line, sizeof line, file)) {
        if (sscanf(line, "MemTotal: %" SCNu64, &kilobytes) == 1)
            found->total = kilobytes * 1024;
        if (sscanf(line, "MemAvailable: %" SCNu64, &kilobytes) == 1)
            found->available = kilobytes * 1024;
    }
    fclose(file);
    errno = ENODATA;
    return found->total > 0;
}

static scn_status system_memory(void *instance, const scn_call *call, const scn_context *context)
{
    memory found;
    char part[32];
    scn_entry entries[3];
    (void)instance;
    (void)call;
    if (!read_memory(&found))
        return failed(context, "/proc/meminfo");
    entries[0] = scn_pair("total", scn_size((int64_t)found.total));
    entries[1] = scn_pair("available", scn_size((int64_t)found.available));
    entries[2] = scn_pair("used", scn_percent(percent(part, sizeof part,
                                                      found.total - found.available, found.total)));
    return scn_give(context, scn_map_of(entries, 3));
}

static scn_status watch_system(void *instance, const scn_call *call, const scn_context *context)
{
    int64_t every = call->args[0].as.integer;
    (void)instance;
    do {
        char load[3][16], part[32];
        memory found;
        scn_value value;
        if (!read_load(load))
            return failed(context, "/proc/loadavg");
        value = scn_decimal(load[0]);
        context->metric(context, scn_str("System"), scn_str("LOAD"), &value, scn_str(""));
        if (!read_memory(&found))
            return failed(context, "/proc/meminfo");
        value = scn_percent(
            percent(part, sizeof part, found.total - found.available, found.total));
        context->metric(context, scn_str("System"), scn_str("MEMORY_USED"), &value, scn_str(""));
    } while (!rest(context, every));
    return SCN_OK;
}

/* ---- disks ---- */

static scn_status system_disk(void *instance, const scn_call *call, const scn_context *context)
{
    const char *path = call->args[0].as.text.data;
    struct statvfs found;
    char part[32];
    uint64_t total, available, used;
    scn_entry entries[3];
    (void)instance;
    if (statvfs(path, &found) != 0)
        return failed(context, path);
    total = (uint64_t)found.f_blocks * found.f_frsize;
    available = (uint64_t)found.f_bavail * found.f_frsize;
    used = (uint64_t)(found.f_blocks - found.f_bfree) * found.f_frsize;
    entries[0] = scn_pair("total", scn_size((int64_t)total));
    entries[1] = scn_pair("available", scn_size((int64_t)available));
    /* As df has it: what is kept for root counts on neither side. */
    entries[2] = scn_pair("used", scn_percent(percent(part, sizeof part, used, used + available)));
    return scn_give(context, scn_map_of(entries, 3));
}

/* ---- ports ---- */

/* Whether somebody takes a connection there within `limit`, and no less than a moment; sets errno
 * if not. */
static int connects(const struct addrinfo *to, const scn_context *context, int64_t limit)
{
    int64_t until = monotonic() + (limit < PAUSE ? PAUSE : limit);
    int error = 0, found = 0;
    socklen_t size = sizeof error;
    int fd = socket(to->ai_family, SOCK_STREAM, to->ai_protocol);
    struct pollfd poll_for = { 0, POLLOUT, 0 };
    if (fd < 0)
        return 0;
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    poll_for.fd = fd;
    error = connect(fd, to->ai_addr, to->ai_addrlen) == 0 ? 0 : errno;
    while (error == EINPROGRESS && !context->cancelled(context)) {
        if (monotonic() >= until) {
            error = ETIMEDOUT;
        } else if (poll(&poll_for, 1, (int)(PAUSE / 1000000)) > 0) {
            getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
        }
    }
    found = error == 0;
    close(fd);
    errno = error;
    return found;
}

/* The same, of any of a name's addresses. */
static int any_connects(const struct addrinfo *all, const scn_context *context, int64_t limit)
{
    int64_t until = monotonic() + limit;
    for (; all; all = all->ai_next)
        if (connects(all, context, until - monotonic()))
            return 1;
    return 0;
}

/* Waits until the port is as it is to be (open or not); gives how long that took. */
static scn_status port_is(const scn_call *call, const scn_context *context, int open)
{
    const char *host = call->args[0].as.text.data;
    int64_t port = call->args[1].as.integer, within = call->args[2].as.integer;
    int64_t began = monotonic();
    struct addrinfo wanted, *found = NULL;
    char text[24], message[256];
    int error;
    if (port < 1 || port > 65535)
        return scn_fail(context, SCN_BLAME_SCENARIO, "a port is 1 to 65535");
    memset(&wanted, 0, sizeof wanted);
    wanted.ai_socktype = SOCK_STREAM;
    snprintf(text, sizeof text, "%" PRId64, port);
    error = getaddrinfo(host, text, &wanted, &found);
    if (error) {
        snprintf(message, sizeof message, "%s: %s", host, gai_strerror(error));
        return scn_fail(context, SCN_BLAME_ENVIRONMENT, message);
    }
    for (;;) {
        int64_t left = began + within - monotonic();
        int is = any_connects(found, context, left > SECOND ? SECOND : left);
        error = errno;
        if (context->cancelled(context) || is == open)
            break;
        if (monotonic() - began >= within) {
            snprintf(message, sizeof message, "%s:%s %s", host, text,
                     open ? strerror(error) : "still takes connections");
            freeaddrinfo(found);
            return scn_fail(context, SCN_BLAME_SYSTEM, message);
        }
        rest(context, PAUSE);
    }
    freeaddrinfo(found);
    return scn_give(context, scn_duration(monotonic() - began));
}

static scn_status expect_port(void *instance, const scn_call *call, const scn_context *context)
{
    (void)instance;
    return port_is(call, context, 1);
}

static scn_status expect_no_port(void *instance, const scn_call *call, const scn_context *context)
{
    (void)instance;
    return port_is(call, context, 0);
}

/* ---- what it says of itself ---- */

static const scn_value half_a_second = { .kind = SCN_DURATION, .as.integer = SECOND / 2 };
static const scn_value ten_seconds = { .kind = SCN_DURATION, .as.integer = 10 * SECOND };

static const scn_param path[] = {
    { .name = "path", .type = SCN_TYPE_TEXT, .help = "a file or folder on the disk" },
};
static const scn_param every[] = {
    { .name = "every", .type = SCN_TYPE_DURATION, .default_value = &half_a_second,
      .help = "between two looks" },
};
static const scn_param port[] = {
    { .name = "host", .type = SCN_TYPE_TEXT, .help = "a name or an address" },
    { .name = "port", .type = SCN_TYPE_INT, .help = "1 to 65535" },
    { .name = "within", .type = SCN_TYPE_DURATION, .default_value = &ten_seconds,
      .help = "how long to wait for it" },
};

static const scn_example load_examples[] = {
    { "set load system_load\nassert load.one >= 0 and load.cores >= 1", NULL },
};
static const scn_example memory_examples[] = {
    { "set memory system_memory\nassert memory.available < memory.total and memory.used < 100%",
      NULL },
};
static const scn_example disk_examples[] = {
    { "set disk system_disk /\nassert disk.available <= disk.total", NULL },
};
static const scn_example port_examples[] = {
    { "set port = free_port()\nset found expect_port 127.0.0.1 #{port} within=0ms\n"
      "echo #{found.error}", NULL },
};
static const scn_example no_port_examples[] = {
    { "expect_no_port 127.0.0.1 #{free_port()}", NULL },
};
static const scn_example watch_examples[] = {
    { "background probe watch_system every=100ms\nwait until System.MEMORY_USED > 0% within 5s\n"
      "assert System.LOAD >= 0\ncancel probe", NULL },
};

static const scn_command commands[] = {
    { .name = "system_load", .help = "The machine's load.", .run = system_load,
      .returns = SCN_TYPE_MAP, .returns_help = "`one`, `five`, `fifteen` (minutes), and `cores`",
      .flags = SCN_REPEATABLE | SCN_QUICK, SCN_EXAMPLES(load_examples) },
    { .name = "system_memory", .help = "The machine's memory.", .run = system_memory,
      .returns = SCN_TYPE_MAP, .returns_help = "`total` and `available`, sizes; `used`, per cent",
      .flags = SCN_REPEATABLE | SCN_QUICK, SCN_EXAMPLES(memory_examples) },
    { .name = "system_disk", .help = "The disk that a path is on.", .run = system_disk,
      SCN_PARAMS(path), .returns = SCN_TYPE_MAP,
      .returns_help = "`total` and `available`, sizes; `used`, per cent",
      .flags = SCN_REPEATABLE, SCN_EXAMPLES(disk_examples) },
    { .name = "watch_system",
      .help = "Reports System.LOAD and System.MEMORY_USED until it is cancelled.\n"
              "To be started in the background.",
      .run = watch_system, SCN_PARAMS(every), .flags = SCN_REPEATABLE,
      SCN_EXAMPLES(watch_examples) },
    { .name = "expect_port", .help = "Waits until a TCP port takes connections.",
      .run = expect_port, SCN_PARAMS(port), .returns = SCN_TYPE_DURATION,
      .returns_help = "how long that took", .flags = SCN_REPEATABLE, SCN_EXAMPLES(port_examples) },
    { .name = "expect_no_port", .help = "Waits until a TCP port takes no connections any more.",
      .run = expect_no_port, SCN_PARAMS(port), .returns = SCN_TYPE_DURATION,
      .returns_help = "how long that took", .flags = SCN_REPEATABLE,
      SCN_EXAMPLES(no_port_examples) },
};

static const scn_plugin plugin = {
    SCN_PLUGIN_ABI,
    .name = "system",
    .version = "1.0",
    .flags = SCN_PLUGIN_CONCURRENT,
    SCN_COMMANDS(commands),
};

SCN_EXPORT const scn_plugin *scn_plugin_entry(uint32_t major, uint32_t minor)
{
    (void)major;
    (void)minor;
    return &plugin;
}
