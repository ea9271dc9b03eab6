/* A plug-in of scn: what it does for scenarios is here, how it is used is in hello.scn. */
#include "scn_plugin.h"

#include <stdio.h>
#include <stdlib.h>

/* What is kept between the calls of a run: a connection, mostly. */
typedef struct {
    char greeting[64];
} greeter;

/* Called before the first command, with `config` of the environment. */
static scn_status open_greeter(const scn_value *config, const scn_context *context, void **instance)
{
    const scn_value *greeting = scn_get(config, "greeting");
    greeter *own;
    if (greeting && greeting->kind != SCN_TEXT)
        return scn_fail(context, SCN_BLAME_ENVIRONMENT, "`greeting` is to be a text");
    own = calloc(1, sizeof *own);
    if (!own)
        return scn_fail(context, SCN_BLAME_PLUGIN, "there is no memory left");
    snprintf(own->greeting, sizeof own->greeting, "%s",
             greeting ? greeting->as.text.data : "Hello");
    *instance = own;
    return SCN_OK;
}

static void close_greeter(void *instance) { free(instance); }

static scn_status greet(void *instance, const scn_call *call, const scn_context *context)
{
    const greeter *own = instance;
    scn_text who = call->args[0].as.text;
    int64_t times = call->args[1].as.integer, at;
    size_t most, length = 0;
    char *text;
    if (who.length == 0)
        return scn_fail(context, SCN_BLAME_SCENARIO, "nobody is to be greeted");
    if (times < 1 || times > 1000)
        return scn_fail(context, SCN_BLAME_SCENARIO, "`times` is 1 to 1000");
    most = (size_t)times * (sizeof own->greeting + who.length + 5) + 1;
    text = malloc(most);
    if (!text)
        return scn_fail(context, SCN_BLAME_PLUGIN, "there is no memory left");
    for (at = 0; at < times; at++)
        length += (size_t)snprintf(text + length, most - length, "%s%s, %s!", at ? " " : "",
                                   own->greeting, who.data);
    scn_log(context, SCN_INFO, "greeted");
    scn_give(context, scn_of_text(SCN_TEXT, text, length));
    free(text);
    return SCN_OK;
}

static const scn_value once = { .kind = SCN_INT, .as.integer = 1 };

static const scn_param greet_params[] = {
    { .name = "who", .type = SCN_TYPE_TEXT, .help = "who is greeted" },
    { .name = "times", .type = SCN_TYPE_INT, .help = "how often", .default_value = &once },
};

static const scn_example greet_examples[] = {
    { .scenario = "set text greet Ada times=2\necho #{text}",
      .output = "Hello, Ada! Hello, Ada!" },
};

static const scn_command commands[] = {
    {
        .name = "greet",
        .help = "Greets somebody.",
        .run = greet,
        SCN_PARAMS(greet_params),
        .returns = SCN_TYPE_TEXT,
        .returns_help = "the greeting",
        .flags = SCN_REPEATABLE,
        SCN_EXAMPLES(greet_examples),
    },
};

static const scn_plugin plugin = {
    SCN_PLUGIN_ABI,
    .name = "__NAME__",
    .version = "0.1",
    SCN_COMMANDS(commands),
    .open = open_greeter,
    .close = close_greeter,
};

SCN_EXPORT const scn_plugin *scn_plugin_entry(uint32_t major, uint32_t minor)
{
    (void)major;
    (void)minor;
    return &plugin;
}
