/* A plug-in for version 1.0, which every 1.x loads: kept as it was. */
#include "scn_plugin.h"

static scn_status add(void *instance, const scn_call *call, const scn_context *context)
{
    int64_t *count = instance;
    scn_entry entries[2];
    entries[0] = scn_pair("sum", scn_int(call->args[0].as.integer + call->args[1].as.integer));
    entries[1] = scn_pair("count", scn_int(++*count));
    scn_log(context, SCN_INFO, "added");
    return scn_give(context, scn_map_of(entries, 2));
}

static scn_status left(void *instance, const scn_call *call, const scn_context *context)
{
    (void)instance;
    (void)call;
    return scn_fail(context, SCN_BLAME_SYSTEM, "nothing is left");
}

static scn_status start(const scn_value *config, const scn_context *context, void **instance)
{
    static int64_t count;
    const scn_value *from = scn_get(config, "from");
    (void)context;
    if (from)
        count = from->as.integer;
    *instance = &count;
    return SCN_OK;
}

static const scn_value one = { SCN_INT, 0, { 1 } };
static const scn_param params[] = {
    { .name = "a", .type = SCN_TYPE_INT },
    { .name = "b", .type = SCN_TYPE_INT, .default_value = &one },
};

/* Two of them: the second is found only if the first is taken to be as long as it is here. */
static const scn_command commands[] = {
    { .name = "add", .help = "Adds.", .run = add, .returns = SCN_TYPE_MAP,
      SCN_PARAMS(params) },
    { .name = "left", .help = "Says what is left.", .run = left },
};

static const scn_plugin plugin = {
    SCN_PLUGIN_ABI, .name = "adder", .version = "1.0", SCN_COMMANDS(commands), .open = start,
};

SCN_EXPORT const scn_plugin *scn_plugin_entry(uint32_t major, uint32_t minor)
{
    (void)minor;
    return major == 1 ? &plugin : NULL;
}
