//! Plug-ins for `scn` in Rust: a command is a typed function.
//!
//! ```
//! use scn_plugin::{Command, Context, Error, Map, Plugin, Result};
//!
//! /// What is kept between calls: here where the gateway is.
//! struct Gateway {
//!     address: String,
//! }
//!
//! fn open(config: &Map, _: &Context) -> Result<Gateway> {
//!     let address = config.get_as("gateway").map_err(Error::environment)?;
//!     Ok(Gateway { address })
//! }
//!
//! fn send_order(gateway: &Gateway, context: &Context, side: String, qty: i64) -> Result<Map> {
//!     if qty <= 0 {
//!         return Err(Error::scenario("an order is for at least one"));
//!     }
//!     context.info(format!("{side} {qty} at {}", gateway.address));
//!     Ok(Map::new().with("id", "A1").with("qty", qty))
//! }
//!
//! fn plugin() -> Plugin<Gateway> {
//!     Plugin::new("exchange", "1.0", open).command(
//!         Command::new("send_order", send_order)
//!             .help("Sends an order.")
//!             .param("side", "`buy` or `sell`")
//!             .optional("qty", 100, "how many")
//!             .returns("the order: its id, its quantity")
//!             .undo("cancel_order"),
//!     )
//! }
//!
//! scn_plugin::export!(plugin);
//!
//! // In a test, without scn:
//! let exchange = scn_plugin::testing::Harness::new(plugin()).config("gateway", "127.0.0.1:9000");
//! let sent = exchange.call("send_order").with("side", "buy").run();
//! assert_eq!(sent.value().get("qty"), Some(&100.into()));
//! ```
//!
//! The types of parameters and of what is returned are those of the function: see [`FromValue`]
//! and [`IntoValue`]. The crate is a `cdylib`; the environment names it:
//!
//! ```toml
//! [plugins.exchange]
//! path = "target/debug/exchange"
//! config = { gateway = "127.0.0.1:9000" }
//! ```
//!
//! What a function prints is the plug-in's log. One that panics is an ERROR of that step. Calls
//! may overlap, from a `parallel` for instance, so that what is kept between them is `Sync`.

mod command;
mod context;
mod convert;
mod decimal;
mod error;
mod plugin;
#[doc(hidden)]
#[expect(unsafe_code, reason = "here is where Rust and C meet")]
pub mod shim;
pub mod testing;
mod value;

pub use command::{Command, Function};
pub use context::{Context, Level, Stream};
pub use convert::{FromValue, IntoValue, Rest, Type};
pub use decimal::Decimal;
pub use error::{Blame, Error, Faults, Result};
pub use plugin::Plugin;
pub use value::{Bytes, Map, Percent, Size, Value};

/// What crosses to `scn`, as C has it.
pub use scn_plugin_abi as abi;

/// Makes the library a plug-in: exports what `scn` looks for. Takes the function that gives the
/// [`Plugin`]; stands once in a crate, which is a `cdylib`.
#[macro_export]
macro_rules! export {
    ($plugin:path) => {
        #[doc(hidden)]
        #[unsafe(no_mangle)]
        pub extern "C" fn scn_plugin_entry(major: u32, minor: u32) -> *const $crate::abi::Plugin {
            static EXPORTED: $crate::shim::Exported = $crate::shim::Exported::new();
            EXPORTED.entry(major, minor, || $plugin().erased())
        }
    };
}
