#include "scn_plugin.h"

static scn_status reply(void *instance, const scn_call *call, const scn_context *context)
{
    (void)instance;
    return scn_give(context, call->args[1]);
}
static const scn_param reply_params[] = {
    { .name = "order", .type = SCN_TYPE_MAP }, { .name = "text", .type = SCN_TYPE_TEXT },
};
static const scn_command commands[] = {
    { .name = "reply", .help = "Gives its text back.", .run = reply, .returns = SCN_TYPE_TEXT,
      .flags = SCN_QUICK, SCN_PARAMS(reply_params) },
};
static const scn_plugin plugin = {
    SCN_PLUGIN_ABI, .name = "reply", .version = "1.0", SCN_COMMANDS(commands),
};
SCN_EXPORT const scn_plugin *scn_plugin_entry(uint32_t major, uint32_t minor)
{
    (void)major; (void)minor;
    return &plugin;
}
