//! A plug-in that touches all that the SDK has: its library is loaded by the tests of what loads
//! libraries, also where each access to memory is looked at.

use scn_plugin::{Bytes, Command, Context, Error, Map, Plugin, Rest, Result, Stream, Value};

struct Kept {
    greeting: String,
}

fn open(config: &Map, context: &Context) -> Result<Kept> {
    context.info("opened");
    let greeting = config.get_as("greeting").map_err(Error::environment)?;
    Ok(Kept { greeting })
}

fn give(_: &Kept, _: &Context, value: Value) -> Result<Value> {
    Ok(value)
}

fn greet(kept: &Kept, _: &Context, name: String, times: i64, rest: Rest<String>) -> Result<Map> {
    let all: Vec<String> = rest
        .0
        .into_iter()
        .map(|more| format!("{name} {more}"))
        .collect();
    Ok(Map::new()
        .with(
            "greeting",
            kept.greeting
                .repeat(usize::try_from(times).unwrap_or_default()),
        )
        .with("all", all))
}

fn observe(_: &Kept, context: &Context, bytes: Bytes) -> Result<i64> {
    context.metric("System", "LENGTH", 3);
    context.event("System", "SEEN", Map::new().with("n", 1));
    context.output(Stream::Stdout, &bytes.0)?;
    context.warning("seen");
    Ok(i64::try_from(bytes.0.len()).unwrap_or_default())
}

fn secret(_: &Kept, context: &Context, name: String) -> Result<bool> {
    Ok(context.secret(&name).is_ok())
}

fn panics(_: &Kept, _: &Context) -> Result<()> {
    panic!("it was to come to this")
}

fn plugin() -> Plugin<Kept> {
    Plugin::new("every", "1.0", open)
        .command(Command::new("give", give).param("value", "anything"))
        .command(
            Command::new("greet", greet)
                .param("name", "whom")
                .optional("times", 2, "how often")
                .rest("more", "others"),
        )
        .command(Command::new("observe", observe).param("bytes", "what to write"))
        .command(Command::new("secret", secret).param("name", "which"))
        .command(Command::new("panics", panics))
}

scn_plugin::export!(plugin);
