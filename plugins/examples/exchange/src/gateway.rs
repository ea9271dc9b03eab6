//! The connection to whichever engine serves.

use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use exchange::client::Trader;
use scn_plugin::{Context, Error, Map, Result};

/// How long is waited before it is looked whether the call was cancelled; longer than an engine
/// with a slow disk takes.
const SLICE: Duration = Duration::from_secs(2);

/// What is kept between steps.
pub(crate) struct Gateway {
    component: String,
    within: Duration,
    trader: Mutex<Option<Trader>>,
}

impl Gateway {
    /// Before the first command: nothing is connected to yet.
    pub(crate) fn open(config: &Map, _: &Context) -> Result<Self> {
        let component: Option<String> = config.get_as("component").map_err(Error::environment)?;
        let within: Option<String> = config.get_as("within").map_err(Error::environment)?;
        let within = within
            .map(|within| humantime::parse_duration(&within))
            .transpose();
        let within =
            within.map_err(|why| Error::environment(format!("config's `within`: {why}")))?;
        Ok(Self {
            component: component.unwrap_or_else(|| "System".to_owned()),
            within: within.unwrap_or(Duration::from_secs(10)),
            trader: Mutex::default(),
        })
    }

    /// Whose events and metrics they are.
    pub(crate) fn component(&self) -> &str {
        &self.component
    }

    /// Uses these engines from here on.
    pub(crate) fn connect(&self, targets: &[String]) -> Result<()> {
        let targets: Vec<SocketAddr> = targets.iter().map(address).collect::<Result<_>>()?;
        if targets.is_empty() {
            return Err(Error::scenario("no engine is named"));
        }
        *self.lock() = Some(Trader::new(targets, Instant::now()));
        Ok(())
    }

    /// Asks until there is an answer, of whichever engine serves by then.
    pub(crate) fn ask(&self, context: &Context, request: &str) -> Result<Vec<String>> {
        let end = Instant::now() + self.within;
        let mut trader = self.lock();
        let trader = trader.as_mut().ok_or_else(|| {
            Error::environment("there is no engine to ask: `connect HOST:PORT…` comes first")
        })?;
        loop {
            trader.give_up_at(end.min(Instant::now() + SLICE));
            match trader.ask(request) {
                Ok(lines) => return Ok(lines),
                Err(_) if context.is_cancelled() => return Err(Error::plugin("cancelled")),
                Err(reason) if Instant::now() + SLICE / 10 >= end => {
                    return Err(Error::system(reason));
                }
                Err(_) => {}
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Trader>> {
        self.trader.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn address(text: &String) -> Result<SocketAddr> {
    let found = text.to_socket_addrs().ok().and_then(|mut all| all.next());
    found.ok_or_else(|| Error::scenario(format!("`{text}` is no HOST:PORT")))
}
