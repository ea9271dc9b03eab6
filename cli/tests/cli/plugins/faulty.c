/* A plug-in that does all that a plug-in should not, and what it should. */
#define _GNU_SOURCE
#include "scn_plugin.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct {
    char greeting[64];
    int calls;
} state;

static void nap(long milliseconds)
{
    struct timespec time = { milliseconds / 1000, milliseconds % 1000 * 1000000 };
    nanosleep(&time, NULL);
}

/* ---- what it should ---- */

static scn_status give(void *instance, const scn_call *call, const scn_context *context)
{
    (void)instance;
    return scn_give(context, call->args[0]);
}

static scn_status kinds(void *instance, const scn_call *call, const scn_context *context)
{
    size_t at, length = call->args[0].as.list.length;
    const scn_value *items = call->args[0].as.list.items;
    scn_value *found = calloc(length + 1, sizeof *found);
    (void)instance;
    for (at = 0; at < length; at++)
        found[at] = scn_int(items[at].kind);
    context->give(context, &(scn_value){ .kind = SCN_LIST, .as.list = { found, length } });
    free(found);
    return SCN_OK;
}

static scn_status typed(void *instance, const scn_call *call, const scn_context *context)
{
    scn_entry entries[] = {
        scn_pair("qty", call->args[0]),
        scn_pair("limit", call->args[1]),
        scn_pair("rest", scn_list_of(call->rest, call->rest_length)),
        scn_pair("input", call->input ? *call->input : scn_none()),
        scn_pair("run", scn_of_text(SCN_TEXT, call->run.data, call->run.length)),
    };
    (void)instance;
    return scn_give(context, scn_map_of(entries, 5));
}

static scn_status observe(void *instance, const scn_call *call, const scn_context *context)
{
    scn_value ten = scn_int(10);
    scn_entry entries[] = { scn_pair("id", scn_string("A1")) };
    scn_value data = scn_map_of(entries, 1);
    (void)instance;
    (void)call;
    context->metric(context, scn_str("System"), scn_str("LATENCY"), &ten, scn_str("us"));
    context->event(context, scn_str("System"), scn_str("FILL 100"), &data);
    context->output(context, SCN_STDOUT, "printed\xff\0", 9);
    context->output(context, SCN_STDERR, "complained", 10);
    scn_log(context, SCN_WARNING, "logged by the plug-in");
    return scn_give(context, data);
}

static scn_status large(void *instance, const scn_call *call, const scn_context *context)
{
    static char piece[5000000];
    (void)instance;
    (void)call;
    memset(piece, 'a', sizeof piece);
    return context->output(context, SCN_STDOUT, piece, sizeof piece);
}

static scn_status secret(void *instance, const scn_call *call, const scn_context *context)
{
    scn_text found = { NULL, 0 };
    (void)instance;
    if (context->secret(context, call->args[0].as.text.data, &found) != SCN_OK)
        return scn_fail(context, SCN_BLAME_ENVIRONMENT, "it was not granted");
    return scn_give(context, scn_of_text(SCN_TEXT, found.data, found.length));
}

static scn_status reject(void *instance, const scn_call *call, const scn_context *context)
{
    (void)instance;
    return scn_fail(context, (scn_blame)call->args[0].as.integer, "it did not work");
}

static scn_status greet(void *instance, const scn_call *call, const scn_context *context)
{
    state *own = instance;
    char text[100];
    (void)call;
    snprintf(text, sizeof text, "%s %d", own->greeting, ++own->calls);
    return scn_give(context, scn_string(text));
}

static scn_status patient(void *instance, const scn_call *call, const scn_context *context)
{
    (void)instance;
    (void)call;
    while (!context->cancelled(context))
        nap(10);
    return scn_give(context, scn_int(7));
}

static scn_status left(void *instance, const scn_call *call, const scn_context *context)
{
    (void)instance;
    (void)call;
    return scn_give(context, scn_duration(context->time_left(context)));
}

static scn_status noop(void *instance, const scn_call *call, const scn_context *context)
{
    (void)instance;
    (void)call;
    (void)context;
    return SCN_OK;
}

/* ---- what it should not ---- */

static void *rest(void *unused)
{
    (void)unused;
    pause();
    return NULL;
}

static scn_status leak(void *instance, const scn_call *call, const scn_context *context)
{
    pthread_t thread;
    void *taken;
    (void)instance;
    switch (call->args[0].as.integer) {
    case 0:
        return dup(0) < 0 ? SCN_FAILED : SCN_OK;
    case 1:
        return pthread_create(&thread, NULL, rest, NULL) ? SCN_FAILED : SCN_OK;
    case 2:
        taken = malloc(1 << 18);
        return taken && memset(taken, 1, 1 << 18) ? SCN_OK : SCN_FAILED;
    }
    return scn_fail(context, SCN_BLAME_SCENARIO, "0, 1 or 2");
}

static scn_status crash(void *instance, const scn_call *call, const scn_context *context)
{
    (void)instance;
    (void)call;
    (void)context;
    printf("about to crash\n");
    *(volatile int *)8 = 1;
    return SCN_OK;
}

static scn_status give_up(void *instance, const scn_call *call, const scn_context *context)
{
    (void)instance;
    (void)call;
    scn_log(context, SCN_ERROR, "giving up");
    abort();
}

static scn_status leave(void *instance, const scn_call *call, const scn_context *context)
{
    (void)instance;
    (void)context;
    exit((int)call->args[0].as.integer);
}

static scn_status forever(void *instance, const scn_call *call, const scn_context *context)
{
    (void)instance;
    (void)call;
    (void)context;
    for (volatile long turns = 0; turns >= 0; turns += 0)
        ;
    return SCN_OK;
}

static scn_status deadlock(void *instance, const scn_call *call, const scn_context *context)
{
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    (void)instance;
    (void)call;
    (void)context;
    pthread_mutex_lock(&mutex);
    pthread_mutex_lock(&mutex);
    return SCN_OK;
}

static scn_status eat(void *instance, const scn_call *call, const scn_context *context)
{
    long megabytes = 0;
    (void)instance;
    (void)call;
    for (;; megabytes++) {
        char *taken = malloc(1 << 20);
        if (!taken) {
            fprintf(stderr, "no memory after %ld MB\n", megabytes);
            abort();
        }
        memset(taken, 1, 1 << 20);
        if (megabytes == 4000)
            return scn_fail(context, SCN_BLAME_PLUGIN, "nobody stopped it");
    }
}

static scn_status garbage(void *instance, const scn_call *call, const scn_context *context)
{
    (void)instance;
    (void)call;
    printf("Hello, world\n");
    fflush(stdout);
    if (write(1, "{\"jsonrpc\":\"2.0\",\"id\":99}\n", 26) != 26)
        return SCN_FAILED;
    return scn_give(context, scn_string("unharmed"));
}

static scn_status hang_up(void *instance, const scn_call *call, const scn_context *context)
{
    int fd;
    (void)instance;
    (void)call;
    for (fd = 3; fd < 1024; fd++)
        close(fd);
    return scn_give(context, scn_string("who hears it?"));
}

static const scn_context *kept;

static void *stay(void *unused)
{
    (void)unused;
    while (kept) {
        nap(1);
        scn_log(kept, SCN_INFO, "still here");
    }
    return NULL;
}

static void *fall(void *unused)
{
    (void)unused;
    nap(200);
    *(volatile int *)8 = 1;
    return NULL;
}

static scn_status stray(void *instance, const scn_call *call, const scn_context *context)
{
    pthread_t thread;
    (void)instance;
    kept = context;
    pthread_create(&thread, NULL, call->args[0].as.integer ? fall : stay, NULL);
    pthread_detach(thread);
    return scn_give(context, scn_string("left behind"));
}

static void spin(int signal)
{
    (void)signal;
    for (;;)
        ;
}

static scn_status handlers(void *instance, const scn_call *call, const scn_context *context)
{
    (void)instance;
    (void)call;
    (void)context;
    signal(SIGSEGV, spin);
    signal(SIGTERM, spin);
    signal(SIGINT, spin);
    signal(SIGPIPE, spin);
    *(volatile int *)8 = 1;
    return SCN_OK;
}

static scn_status wrong(void *instance, const scn_call *call, const scn_context *context)
{
    static scn_value circle;
    (void)instance;
    circle = scn_list_of(&circle, 1);
    switch (call->args[0].as.integer) {
    case 0:
        return scn_give(context, scn_of_integer(77, 0));
    case 1:
        return scn_give(context, scn_decimal("one"));
    case 2:
        return scn_give(context, scn_list_of(NULL, 3));
    case 3:
        return scn_give(context, circle);
    case 4:
        return SCN_FAILED;
    case 5:
        return -7;
    case 6:
        return scn_give(context, scn_string("no number"));
    }
    return SCN_OK;
}

static void bye(void) { fprintf(stderr, "at exit\n"); }

static scn_status opened(const scn_value *config, const scn_context *context, void **instance)
{
    const scn_value *greeting = scn_get(config, "greeting");
    const scn_value *refuse = scn_get(config, "refuse");
    state *own;
    if (refuse)
        return scn_fail(context, SCN_BLAME_ENVIRONMENT, "nobody answers at that address");
    own = calloc(1, sizeof *own);
    snprintf(own->greeting, sizeof own->greeting, "%s",
             greeting ? greeting->as.text.data : "hello");
    atexit(bye);
    scn_log(context, SCN_INFO, "opened");
    *instance = own;
    return SCN_OK;
}

static void closed(void *instance)
{
    state *own = instance;
    fprintf(stderr, "closed\n");
    if (strcmp(own->greeting, "and crash") == 0)
        *(volatile int *)8 = 1;
    free(own);
}

/* ---- the description ---- */

static const scn_value quarter = { .kind = SCN_DURATION, .as.integer = 250000000 };
static const scn_param any[] = { { .name = "value", .type = SCN_TYPE_ANY, .help = "anything" } };
static const scn_param list[] = { { .name = "values", .type = SCN_TYPE_LIST } };
static const scn_param text[] = { { .name = "name", .type = SCN_TYPE_TEXT } };
static const scn_param number[] = { { .name = "n", .type = SCN_TYPE_INT } };
static const scn_param order[] = {
    { .name = "qty", .type = SCN_TYPE_INT },
    { .name = "limit", .type = SCN_TYPE_DURATION, .default_value = &quarter },
};
static const scn_example leaking[] = { { "leak 0", NULL }, { "leak 1", NULL }, { "leak 2", NULL } };
static const scn_example greeting[] = { { "set g greet\necho #{g}", "hello 1" } };

#define FAULT(command, does) { .name = command, .run = does }
static const scn_command commands[] = {
    { .name = "give", .help = "Gives what it gets.\nMore of it.", .run = give, SCN_PARAMS(any) },
    { .name = "kinds", .run = kinds, SCN_PARAMS(list), .returns = SCN_TYPE_LIST },
    { .name = "typed", .run = typed, SCN_PARAMS(order), .rest = any, .returns = SCN_TYPE_MAP },
    { .name = "observe", .run = observe, .returns = SCN_TYPE_MAP },
    { .name = "large", .run = large },
    { .name = "secret", .run = secret, SCN_PARAMS(text) },
    { .name = "reject", .run = reject, SCN_PARAMS(number) },
    { .name = "greet", .help = "Greets.", .run = greet, .returns = SCN_TYPE_TEXT,
      .flags = SCN_REPEATABLE, SCN_EXAMPLES(greeting) },
    { .name = "leak", .run = leak, SCN_PARAMS(number), .flags = SCN_REPEATABLE,
      SCN_EXAMPLES(leaking) },
    { .name = "patient", .run = patient },
    { .name = "left", .run = left },
    { .name = "begin", .run = noop, .rest = any, .undo = "finish" },
    { .name = "finish", .run = noop, .rest = any },
    { .name = "quick", .run = give, SCN_PARAMS(any), .flags = SCN_QUICK },
    { .name = "quick_forever", .run = forever, .flags = SCN_QUICK },
    FAULT("crash", crash), FAULT("give_up", give_up), FAULT("forever", forever),
    FAULT("deadlock", deadlock), FAULT("eat", eat), FAULT("garbage", garbage),
    FAULT("hang_up", hang_up), FAULT("handlers", handlers),
    { .name = "leave", .run = leave, SCN_PARAMS(number) },
    { .name = "stray", .run = stray, SCN_PARAMS(number) },
    { .name = "wrong", .run = wrong, SCN_PARAMS(number), .returns = SCN_TYPE_INT },
};

static const scn_plugin plugin = {
    SCN_PLUGIN_ABI, .name = "faulty", .version = "0.9", SCN_COMMANDS(commands),
    .open = opened, .close = closed,
};

SCN_EXPORT const scn_plugin *scn_plugin_entry(uint32_t major, uint32_t minor)
{
    (void)minor;
    return major == SCN_ABI_MAJOR ? &plugin : NULL;
}
