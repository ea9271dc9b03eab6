/* A plug-in whose commands are those of the other tests here. */
#define _POSIX_C_SOURCE 200809L
#include "scn_plugin.h"

#include <stdio.h>
#include <time.h>

static void note(const char *what, const scn_text *name)
{
    FILE *log = fopen("log", "a");
    if (log) {
        fprintf(log, "%s %.*s\n", what, (int)name->length, name->data);
        fclose(log);
    }
}

static void rest(void)
{
    struct timespec nap = { 0, 20000000 };
    nanosleep(&nap, NULL);
}

static scn_status open_it(void *instance, const scn_call *call, const scn_context *context)
{
    (void)instance;
    note("open", &call->args[0].as.text);
    rest();
    return scn_give(context, call->args[0]);
}

static scn_status close_it(void *instance, const scn_call *call, const scn_context *context)
{
    (void)instance;
    note("begin", &call->args[0].as.text);
    rest();
    note("close", &call->args[0].as.text);
    return scn_give(context, call->args[0]);
}

static const scn_param params[] = { { .name = "name", .type = SCN_TYPE_TEXT } };

static const scn_command commands[] = {
    { .name = "open", .help = "Opens.", .run = open_it, SCN_PARAMS(params),
      .returns = SCN_TYPE_TEXT, .undo = "close" },
    { .name = "close", .help = "Closes.", .run = close_it, SCN_PARAMS(params),
      .returns = SCN_TYPE_TEXT },
};

static const scn_plugin plugin = {
    SCN_PLUGIN_ABI, .name = "system", .version = "1", SCN_COMMANDS(commands),
};

SCN_EXPORT const scn_plugin *scn_plugin_entry(uint32_t major, uint32_t minor)
{
    (void)major;
    (void)minor;
    return &plugin;
}
