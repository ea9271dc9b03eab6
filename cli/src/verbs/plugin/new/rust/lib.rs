//! A plug-in of scn: what it does for scenarios is here, how it is used is in `hello.scn`.

use scn_plugin::{Command, Context, Error, Map, Plugin, Result};

/// What is kept between the calls of a run: a connection, mostly.
struct Greeter {
    greeting: String,
}

/// Called before the first command, with `config` of the environment.
fn open(config: &Map, _: &Context) -> Result<Greeter> {
    let greeting: Option<String> = config.get_as("greeting").map_err(Error::environment)?;
    Ok(Greeter {
        greeting: greeting.unwrap_or_else(|| "Hello".to_owned()),
    })
}

fn greet(greeter: &Greeter, context: &Context, who: String, times: u32) -> Result<String> {
    if who.is_empty() {
        return Err(Error::scenario("nobody is to be greeted"));
    }
    context.info(format!("greeting {who}"));
    let greeting = format!("{}, {who}!", greeter.greeting);
    Ok(vec![greeting; times as usize].join(" "))
}

fn plugin() -> Plugin<Greeter> {
    Plugin::new("__NAME__", env!("CARGO_PKG_VERSION"), open).command(
        Command::new("greet", greet)
            .help("Greets somebody.")
            .param("who", "who is greeted")
            .optional("times", 1, "how often")
            .returns("the greeting")
            .repeatable()
            .example("set text greet Ada times=2\necho #{text}", "Hello, Ada! Hello, Ada!"),
    )
}

scn_plugin::export!(plugin);

#[cfg(test)]
mod tests {
    use scn_plugin::testing::Harness;

    use super::*;

    #[test]
    fn it_greets_as_often_as_it_is_told() {
        let greeter = Harness::new(plugin()).config("greeting", "Good day");
        let called = greeter.call("greet").with("who", "Ada").with("times", 2).run();
        assert_eq!(*called.value(), "Good day, Ada! Good day, Ada!".into());
        assert!(called.said("greeting Ada"));
    }

    #[test]
    fn nobody_is_a_mistake_of_the_scenario() {
        let called = Harness::new(plugin()).call("greet").with("who", "").run();
        assert_eq!(*called.error(), Error::scenario("nobody is to be greeted"));
    }
}
