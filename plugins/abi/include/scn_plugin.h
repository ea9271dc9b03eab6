/* scn_plugin.h: what a plug-in of scn is, in C.
 *
 * A plug-in is a shared library that exports one function, scn_plugin_entry. That function gives
 * a description: a name, a version and commands, each with its parameters and the function that
 * does it. scn reads the description before anything runs, so that scenarios are checked against
 * it; opens the plug-in when the first of its commands is needed; calls commands; and closes it
 * when the run is over:
 *
 *     scn_plugin_entry  ->  open(config)  ->  run(values, context), any number of times  ->  close
 *
 * The smallest one:
 *
 *     #include "scn_plugin.h"
 *
 *     static scn_status add(void *instance, const scn_call *call, const scn_context *context)
 *     {
 *         (void)instance;
 *         int64_t sum = call->args[0].as.integer + call->args[1].as.integer;
 *         return scn_give(context, scn_int(sum));
 *     }
 *
 *     static const scn_param add_params[] = {
 *         { .name = "a", .type = SCN_TYPE_INT }, { .name = "b", .type = SCN_TYPE_INT },
 *     };
 *
 *     static const scn_command commands[] = {
 *         { .name = "add", .help = "Adds two whole numbers.", .run = add, SCN_PARAMS(add_params),
 *           .returns = SCN_TYPE_INT },
 *     };
 *
 *     static const scn_plugin plugin = {
 *         SCN_PLUGIN_ABI, .name = "adder", .version = "1.0", SCN_COMMANDS(commands),
 *     };
 *
 *     SCN_EXPORT const scn_plugin *scn_plugin_entry(uint32_t major, uint32_t minor)
 *     {
 *         (void)major; (void)minor;
 *         return &plugin;
 *     }
 *
 *     cc -shared -fPIC -o libadder.so adder.c
 *
 * It is C++ as well, from C++20 on (g++ -std=c++20 -shared -fPIC -o libadder.so adder.cpp), where
 * fields have to be named in the order of their structure, and a field of a field has braces of its
 * own: `scn_value one = { .kind = SCN_INT, .as = { .integer = 1 } };`.
 *
 * Memory. Nothing that one side allocates is ever freed by the other. What scn hands in is scn's,
 * and lasts as is said where it is handed in, mostly until the function returns. What the plug-in
 * hands over in a call is copied before that call returns, so that it may stand on the stack.
 * The description alone is read where it stands: it has to last as long as the process.
 *
 * Text is UTF-8. Where scn hands in text or bytes, the byte after the last one is a NUL that is
 * not counted, so that it can be read as a C string (unless it has a NUL itself). What the plug-in
 * hands over needs no NUL where a length is told; a `const char *` ends with one. A text that is
 * no UTF-8 becomes bytes, and bytes that are UTF-8 become text: look at the kind, or take both.
 *
 * Numbers have the units that scn_kind tells: nanoseconds, bytes, per cent.
 *
 * Threads. scn opens, calls and closes a plug-in one call at a time, but not always on the same
 * thread. With SCN_PLUGIN_CONCURRENT calls of one instance may overlap, on different threads.
 * The functions of a context may be called from any thread, also several at once, until the
 * function that was given the context returns; after that they must not be called any more.
 *
 * Errors. A function that can fail returns a scn_status. One that was not done calls
 * scn_context.fail, which says why and whose fault it was, and returns SCN_FAILED. No exception of
 * C++, and no longjmp, may leave a function that scn calls: it ends the process. Catch it there, and
 * call fail.
 *
 * Isolation. Unless the environment says `isolate = false` the library is loaded into a process
 * of its own. Whatever it does there (crash, hang, exit) ends that process and not the run; what
 * it prints is its log. With `isolate = false` it shares the interpreter's process, and fate.
 *
 * Versions. SCN_ABI_MAJOR changes when older plug-ins would be misunderstood: scn loads plug-ins
 * of its own major version alone. SCN_ABI_MINOR changes when something is added, always at the
 * end of scn_plugin, scn_command, scn_param, scn_call or scn_context. The plug-in tells scn the
 * sizes of the first three as it knows them, and scn takes what lies beyond as zero: a plug-in
 * for an older minor version loads for ever. scn tells the sizes of the other two: a plug-in
 * that is to run on an older scn looks with SCN_HAS before it uses what came later.
 * scn_text, scn_value, scn_entry and scn_example never change within a major version.
 */
#ifndef SCN_PLUGIN_H
#define SCN_PLUGIN_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of this header. */
#define SCN_ABI_MAJOR 1
#define SCN_ABI_MINOR 1

/* Whether a structure that scn handed in is so new that it has this field. */
#define SCN_HAS(structure, field)                                                                  \
    ((structure)->size >= (size_t)((const char *)(&(structure)->field + 1) - (const char *)(structure)))

#if defined(_WIN32)
#define SCN_EXPORT __declspec(dllexport)
#elif defined(__GNUC__)
#define SCN_EXPORT __attribute__((visibility("default")))
#else
#define SCN_EXPORT
#endif

/* ---- values ---------------------------------------------------------------------------------- */

/* Text or bytes. `data` may be NULL where `length` is 0. */
typedef struct scn_text {
    const char *data;
    size_t length; /* in bytes, without a NUL that may follow */
} scn_text;

/* What a value is; beside each, where in scn_value.as it is. */
typedef uint32_t scn_kind;
enum {
    SCN_NONE = 0,     /* no value */
    SCN_BOOL = 1,     /* integer: 0 or 1 */
    SCN_INT = 2,      /* integer */
    SCN_DECIMAL = 3,  /* text: an exact decimal of at most 28 digits, such as "-10.50" */
    SCN_TEXT = 4,     /* text: UTF-8 */
    SCN_BYTES = 5,    /* text: any bytes; those that are UTF-8 come, and are taken, as SCN_TEXT */
    SCN_LIST = 6,     /* list */
    SCN_MAP = 7,      /* map; its order is kept, and no key is there twice */
    SCN_DURATION = 8, /* integer: nanoseconds */
    SCN_SIZE = 9,     /* integer: bytes */
    SCN_PERCENT = 10, /* text: a decimal, "15" for 15% */
    SCN_MOMENT = 11   /* integer: nanoseconds since 1970-01-01T00:00Z */
};

typedef struct scn_value scn_value;
typedef struct scn_entry scn_entry;

typedef struct scn_list {
    const scn_value *items;
    size_t length;
} scn_list;

typedef struct scn_map {
    const scn_entry *entries;
    size_t length;
} scn_map;

/* One value. What stands in it is to be read only. A secret is in clear: it must not be logged. */
struct scn_value {
    scn_kind kind;
    uint32_t reserved; /* 0 */
    union {
        int64_t integer;
        scn_text text;
        scn_list list;
        scn_map map;
    } as;
};

struct scn_entry {
    scn_text key;
    scn_value value;
};

/* The type of a parameter, or of what is returned. scn reads words as that type, so that a command
 * is only ever called with values that are of it: SCN_TYPE_INT is always an SCN_INT, and so on,
 * but that a default of SCN_NONE stays SCN_NONE, SCN_TYPE_TEXT may be SCN_BYTES, and
 * SCN_TYPE_ANY is any.
 *
 * A command that returns bytes declares SCN_TYPE_TEXT, one that returns a moment SCN_TYPE_ANY, and one
 * that returns nothing may declare any. What is an SCN_INT may be returned as SCN_TYPE_DECIMAL. */
typedef uint32_t scn_type;
enum {
    SCN_TYPE_ANY = 0,
    SCN_TYPE_TEXT = 1,
    SCN_TYPE_INT = 2,
    SCN_TYPE_DECIMAL = 3,
    SCN_TYPE_BOOL = 4,
    SCN_TYPE_DURATION = 5,
    SCN_TYPE_SIZE = 6,
    SCN_TYPE_PERCENT = 7,
    SCN_TYPE_LIST = 8,
    SCN_TYPE_MAP = 9
};

/* ---- a call ---------------------------------------------------------------------------------- */

/* How a function went. */
typedef int32_t scn_status;
enum {
    SCN_OK = 0,
    SCN_FAILED = 1 /* it was not done; `fail` said why */
};

/* Whose fault it was. */
typedef uint32_t scn_blame;
enum {
    SCN_BLAME_SYSTEM = 1,      /* the system under test did not do what was asked: FAIL */
    SCN_BLAME_PLUGIN = 2,      /* the plug-in could not do it: ERROR, as are the next two */
    SCN_BLAME_ENVIRONMENT = 3, /* what surrounds it: a wrong address, a wrong configuration */
    SCN_BLAME_SCENARIO = 4     /* what was asked for makes no sense */
};

typedef uint32_t scn_level;
enum { SCN_DEBUG = 1, SCN_INFO = 2, SCN_WARNING = 3, SCN_ERROR = 4 };

typedef uint32_t scn_stream;
enum { SCN_STDOUT = 1, SCN_STDERR = 2 };

/* What a command is called with. It lasts until the command returns. */
typedef struct scn_call {
    size_t size;           /* of this structure, as scn knows it */
    const scn_value *args; /* a value for each parameter, in their order, defaults filled in */
    size_t args_length;
    const scn_value *rest; /* the words beyond them, where the command takes any */
    size_t rest_length;
    const scn_value *input; /* what the scenario's `input` gives; NULL if it gives nothing */
    scn_text run;           /* the run's name */
    uint64_t step;          /* the step's number in it */
    const void *data;       /* scn_command.data of the command */
} scn_call;

/* What the plug-in can reach while it is called. It lasts until the function that was given it
 * returns. Every function takes the context itself first. */
typedef struct scn_context scn_context;
struct scn_context {
    size_t size; /* of this structure, as scn knows it */
    void *host;  /* scn's own */

    /* A line for the log. */
    void (*log)(const scn_context *context, scn_level level, scn_text message);

    /* A metric of a component: `subject` is its name in the environment, or "System"; `name` is
     * letters, digits and `_`. `unit` is that of a value that is a plain number ("us", "MB", "%"),
     * and else empty. What no scenario could read is told in the record, as a warning. */
    void (*metric)(const scn_context *context, scn_text subject, scn_text name,
                   const scn_value *value, scn_text unit);

    /* An event of a component, for `wait event` and watches. `data` is a map that comes with it,
     * or NULL. */
    void (*event)(const scn_context *context, scn_text subject, scn_text message,
                  const scn_value *data);

    /* What the step writes: its `stdout` or `stderr`. Any bytes, of any size, cut anywhere; all
     * of it is kept, in order. Waits while scn cannot take more. Fails if nobody can take it, or
     * if there is no such stream. */
    scn_status (*output)(const scn_context *context, scn_stream stream, const void *data,
                         size_t length);

    /* A secret that the environment granted to this plug-in (`secrets = ["NAME"]`), as a text
     * that lasts as long as the context. Fails, and leaves `secret` as it was, if it was not
     * granted. */
    scn_status (*secret)(const scn_context *context, const char *name, scn_text *secret);

    /* 1 once the call is to end soon: its time is up, or its result is no longer wanted. It then
     * has 5 s to return, whatever it returns, before its process is ended. */
    int (*cancelled)(const scn_context *context);

    /* What the command returns: called before it returns SCN_OK. The last one counts; without any
     * it returns `none`. Only in a command. */
    void (*give)(const scn_context *context, const scn_value *value);

    /* Why the function was not done: called before it returns SCN_FAILED. The last one counts.
     * `code` is a number of the plug-in's own, which is shown to nobody who does not ask. */
    void (*fail)(const scn_context *context, scn_blame blame, int64_t code, scn_text message);

    /* Since 1.1. How long until the call is cancelled because its time is up, in nanoseconds, 0
     * once it is; -1 if nothing limits it. */
    int64_t (*time_left)(const scn_context *context);
};

/* ---- the description ------------------------------------------------------------------------- */

typedef struct scn_param {
    const char *name;               /* `name=value` binds to it: letters, digits and `_` */
    const char *help;               /* what it is for, in one line; or NULL */
    scn_type type;
    const scn_value *default_value; /* NULL: it has to be given */
} scn_param;

/* A scenario that shows a command, and what `echo` says in it. */
typedef struct scn_example {
    const char *scenario;
    const char *output; /* NULL: nothing is compared */
} scn_example;

/* In scn_command.flags. */
#define SCN_REPEATABLE 1u /* a call that was cut in the middle may be made again without asking */
#define SCN_QUICK 2u      /* it returns at once and never waits: it gets no thread of its own, so that
                             it costs less, and all else waits for it. An interrupt does not reach it; that its
                             time is up it finds by `cancelled` and `time_left` alone */

typedef struct scn_command {
    const char *name; /* letters, digits, `_`, `-` and `.` */
    const char *help; /* the first line stands alone in lists; or NULL */

    /* Does it. `instance` is what `open` gave, NULL if there is no `open`. */
    scn_status (*run)(void *instance, const scn_call *call, const scn_context *context);

    const scn_param *params; /* in their order; those with defaults last */
    size_t params_length;
    const scn_param *rest; /* it takes any number of words more, of this type; or NULL */
    size_t rest_least;     /* at least this many of them */
    scn_type returns;
    uint32_t flags;
    const char *returns_help; /* what it returns, in words; or NULL */
    const char *undo;         /* the command line that undoes it, a name alone with the same words; or NULL */
    const void *data;         /* the plug-in's own: where one function does several commands */

    /* Since 1.1. Shown in its help, and tried by `scn plugin check --examples`. */
    const scn_example *examples;
    size_t examples_length;
} scn_command;

/* In scn_plugin.flags: calls of one instance may overlap. */
#define SCN_PLUGIN_CONCURRENT 1u

typedef struct scn_plugin {
    /* These three stay where they are in every major version. SCN_PLUGIN_ABI fills them. */
    size_t size;
    uint32_t abi_major;
    uint32_t abi_minor;
    size_t command_size; /* SCN_PLUGIN_ABI fills these two */
    size_t param_size;

    const char *name;    /* what it calls itself */
    const char *version; /* its own version */
    uint32_t flags;
    const scn_command *commands;
    size_t commands_length;

    /* Makes an instance, with `config` of the environment (a map, {} if there is none), which
     * lasts until it returns. Called before the first command; if it fails, that command fails
     * with its reason, and the next one opens again. `*instance` is the plug-in's own, and may
     * stay NULL. May be NULL itself. */
    scn_status (*open)(const scn_value *config, const scn_context *context, void **instance);

    /* Ends an instance. No call is open then, and none follows. What it leaves open (threads,
     * descriptors, memory) is a leak. May be NULL. */
    void (*close)(void *instance);
} scn_plugin;

#define SCN_PLUGIN_ABI                                                                             \
    .size = sizeof(scn_plugin), .abi_major = SCN_ABI_MAJOR, .abi_minor = SCN_ABI_MINOR,            \
    .command_size = sizeof(scn_command), .param_size = sizeof(scn_param)

/* Fields with the length of an array. */
#define SCN_COMMANDS(array) .commands = (array), .commands_length = sizeof(array) / sizeof(*(array))
#define SCN_PARAMS(array) .params = (array), .params_length = sizeof(array) / sizeof(*(array))
#define SCN_EXAMPLES(array) .examples = (array), .examples_length = sizeof(array) / sizeof(*(array))

/* What the library exports. `major` and `minor` are scn's own version of this header. Called once,
 * before anything else; must not touch the system. NULL says that it cannot be used. */
SCN_EXPORT const scn_plugin *scn_plugin_entry(uint32_t major, uint32_t minor);

/* ---- short forms ----------------------------------------------------------------------------- */

static inline scn_text scn_str(const char *text)
{
    scn_text made;
    made.data = text;
    made.length = text ? strlen(text) : 0;
    return made;
}

/* A value of a kind that is an integer. */
static inline scn_value scn_of_integer(scn_kind kind, int64_t integer)
{
    scn_value value;
    memset(&value, 0, sizeof value);
    value.kind = kind;
    value.as.integer = integer;
    return value;
}

/* A value of a kind that is text; the text is not copied. */
static inline scn_value scn_of_text(scn_kind kind, const char *data, size_t length)
{
    scn_value value;
    memset(&value, 0, sizeof value);
    value.kind = kind;
    value.as.text.data = data;
    value.as.text.length = length;
    return value;
}

static inline scn_value scn_none(void) { return scn_of_integer(SCN_NONE, 0); }
static inline scn_value scn_bool(int truth) { return scn_of_integer(SCN_BOOL, truth != 0); }
static inline scn_value scn_int(int64_t number) { return scn_of_integer(SCN_INT, number); }
static inline scn_value scn_duration(int64_t nanoseconds)
{
    return scn_of_integer(SCN_DURATION, nanoseconds);
}
static inline scn_value scn_size(int64_t bytes) { return scn_of_integer(SCN_SIZE, bytes); }
static inline scn_value scn_moment(int64_t nanoseconds)
{
    return scn_of_integer(SCN_MOMENT, nanoseconds);
}
static inline scn_value scn_string(const char *text)
{
    return scn_of_text(SCN_TEXT, text, strlen(text));
}
static inline scn_value scn_decimal(const char *digits)
{
    return scn_of_text(SCN_DECIMAL, digits, strlen(digits));
}
static inline scn_value scn_percent(const char *digits)
{
    return scn_of_text(SCN_PERCENT, digits, strlen(digits));
}
static inline scn_value scn_bytes(const void *data, size_t length)
{
    return scn_of_text(SCN_BYTES, (const char *)data, length);
}
static inline scn_value scn_list_of(const scn_value *items, size_t length)
{
    scn_value value = scn_none();
    value.kind = SCN_LIST;
    value.as.list.items = items;
    value.as.list.length = length;
    return value;
}
static inline scn_value scn_map_of(const scn_entry *entries, size_t length)
{
    scn_value value = scn_none();
    value.kind = SCN_MAP;
    value.as.map.entries = entries;
    value.as.map.length = length;
    return value;
}
static inline scn_entry scn_pair(const char *key, scn_value value)
{
    scn_entry entry;
    entry.key = scn_str(key);
    entry.value = value;
    return entry;
}

/* The value of that key; NULL if the value is no map or has no such key. */
static inline const scn_value *scn_get(const scn_value *map, const char *key)
{
    size_t at, length = strlen(key);
    if (!map || map->kind != SCN_MAP)
        return NULL;
    for (at = 0; at < map->as.map.length; at++) {
        const scn_entry *entry = &map->as.map.entries[at];
        if (entry->key.length == length && memcmp(entry->key.data, key, length) == 0)
            return &entry->value;
    }
    return NULL;
}

/* Gives a value, and is done: `return scn_give(context, scn_int(1));` */
static inline scn_status scn_give(const scn_context *context, scn_value value)
{
    context->give(context, &value);
    return SCN_OK;
}

/* Says why, and has failed: `return scn_fail(context, SCN_BLAME_SYSTEM, "rejected");` */
static inline scn_status scn_fail(const scn_context *context, scn_blame blame, const char *message)
{
    context->fail(context, blame, 1, scn_str(message));
    return SCN_FAILED;
}

static inline void scn_log(const scn_context *context, scn_level level, const char *message)
{
    context->log(context, level, scn_str(message));
}

#ifdef __cplusplus
}
#endif

#endif
