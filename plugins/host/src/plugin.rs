//! A plug-in in a run: its session, begun when it is first needed, and begun again after a crash.

use std::cell::{Cell, OnceCell};
use std::rc::Rc;

use scn_interpreter::Context;
use scn_process::{Child, SpawnError, Spec};
use scn_protocol::plugin::Declaration;
use tokio::sync::Mutex;

use crate::cache::Entry;
use crate::declare;
use crate::inside::Inside;
use crate::launch::{Launch, Variables};
use crate::session::{Over, Session};

/// A plug-in that so often in a row did not come up is not started again in this run.
const STARTS: u32 = 5;

/// Starts the programs of a run.
pub type Starter = Rc<dyn Fn(&Spec) -> Result<Child, SpawnError>>;

/// A plug-in in a run.
pub(crate) struct Plugin {
    pub(crate) launch: Launch,
    pub(crate) secrets: Vec<String>,
    declared: Rc<Declaration>,
    starter: Starter,
    session: Mutex<Option<Rc<Session>>>,
    failed: Cell<u32>,
    /// How often in a row it ended while it was up, with no call answered in between.
    crashed: Cell<u32>,
    inside: OnceCell<Result<Inside, String>>,
}

impl Plugin {
    pub(crate) fn new(
        launch: Launch,
        secrets: Vec<String>,
        declared: Rc<Declaration>,
        starter: Starter,
    ) -> Self {
        Self {
            launch,
            secrets,
            declared,
            starter,
            session: Mutex::default(),
            failed: Cell::new(0),
            crashed: Cell::new(0),
            inside: OnceCell::new(),
        }
    }

    /// The library, loaded into this process. What goes wrong is said after the plug-in's name.
    pub(crate) fn inside(&self) -> &Result<Inside, String> {
        self.inside
            .get_or_init(|| Inside::load(&self.launch, &self.declared))
    }

    /// The session, where there is one that goes on.
    pub(crate) fn running(&self) -> Option<Rc<Session>> {
        let slot = self.session.try_lock().ok()?;
        slot.clone().filter(|session| !session.is_ending())
    }

    /// The session, begun if there is none. What goes wrong is said after the plug-in's name.
    pub(crate) async fn session(&self, context: &dyn Context) -> Result<Rc<Session>, Rc<Over>> {
        let mut slot = self.session.lock().await;
        let mut ended = None;
        if let Some(session) = &*slot {
            if !session.is_ending() {
                return Ok(Rc::clone(session));
            }
            // Two of them at once might be in each other's way.
            let over = session.until_over().await;
            let crashed = match session.has_answered() {
                true => 1,
                false => self.crashed.get().saturating_add(1),
            };
            self.crashed.set(crashed);
            let unseen = session.ended_unseen();
            *slot = None;
            // What it kept is lost: what comes next would be judged without it, as if the system had failed. Where
            // a call was open that was an ERROR already; and what is owed is done all the same.
            if unseen && over.is_bad() && !context.is_cleaning_up() {
                let what = format!("had ended before this was asked of it: it {}", over.what);
                return Err(Rc::new(Over {
                    what,
                    ..(*over).clone()
                }));
            }
            ended = Some(over);
        }
        let crashed = self.crashed.get();
        if crashed > self.launch.restarts {
            let times = match crashed {
                1 => "once".to_owned(),
                _ => format!("{crashed} times in a row"),
            };
            let text = format!(
                "ended {times}, and is not started again in this run: `restarts` in the environment sets another number"
            );
            return Err(Rc::new(Over::refused(text)));
        }
        if self.failed.get() >= STARTS {
            let text = format!(
                "did not come up {STARTS} times in a row, and is not started again in this run"
            );
            return Err(Rc::new(Over::refused(text)));
        }
        // Counted before, so that a start that is given up counts too.
        self.failed.set(self.failed.get() + 1);
        let variables = self
            .variables(context)
            .map_err(|text| Rc::new(Over::refused(text)))?;
        let start = |spec: &Spec| (self.starter)(spec);
        let detached = context.detached();
        let (session, said) = Session::open(&self.launch, &variables, &start, detached).await?;
        let said = declare::read(&said);
        let checked = &self.declared.commands;
        if said.as_ref().map(|said| &said.commands) != Ok(checked) {
            // Whoever checks next asks it.
            Entry::of(&self.launch).drop_it();
        }
        let wrong = match &said {
            // What it has beyond those that were checked is named by nothing in this run.
            Ok(said) if checked.iter().all(|one| said.commands.contains(one)) => None,
            Ok(said) => Some(declare::parted(&self.declared, said)),
            Err(wrong) => Some(format!("declares what cannot be used: {wrong}")),
        };
        if let Some(text) = wrong {
            let _ = session.shutdown().await;
            return Err(Rc::new(Over::refused(text)));
        }
        self.failed.set(0);
        *slot = Some(Rc::clone(&session));
        if let Some(over) = ended {
            let (plugin, what) = (&self.launch.plugin, &over.what);
            let text = format!(
                "the plug-in `{plugin}` was started again, and what it kept is lost: it {what}"
            );
            context.log("warning", &text);
        }
        Ok(session)
    }

    /// The run is over. Gives a line if it did not end as it should.
    pub(crate) async fn shutdown(&self) -> Option<String> {
        if let Some(Ok(inside)) = self.inside.get() {
            inside.close().await;
        }
        let session = self.session.lock().await.take()?;
        let over = session.shutdown().await?;
        Some(format!(
            "the plug-in `{}`, as it was to end: {over}",
            self.launch.plugin
        ))
    }

    fn variables(&self, context: &dyn Context) -> Result<Variables, String> {
        let granted = self.secrets.iter().map(|name| {
            let value = context.secret(name);
            let value = value.ok_or_else(|| {
                format!("could not be started: the secret `{name}` could not be had")
            })?;
            let bytes = value.reveal().to_raw().into_owned();
            Ok((name.to_uppercase(), bytes))
        });
        Ok(Variables {
            run: Some(context.run().to_owned()),
            hidden: context.hidden_variables(),
            granted: granted.collect::<Result<_, String>>()?,
        })
    }
}
