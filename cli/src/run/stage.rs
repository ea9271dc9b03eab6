//! What a run acts on: its world and its commands, and where its outputs go.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;

use scn_interpreter::Registry;
use scn_plugin_host::Declared;
use scn_stdlib::LocalWorld;

use super::recorder::Recorder;
use crate::plugins;

/// A run's world, its commands, and where its outputs go once its record has begun.
pub struct Stage {
    /// The run's name.
    pub id: String,
    /// Its world.
    pub world: Rc<LocalWorld>,
    /// Its commands.
    pub registry: Registry,
    /// Its record, while there is one.
    pub record: Rc<RefCell<Option<Rc<Recorder>>>>,
}

impl Stage {
    /// For the run of that name.
    pub fn new(id: String) -> Self {
        let record: Rc<RefCell<Option<Rc<Recorder>>>> = Rc::default();
        let outputs = Rc::clone(&record);
        let world = LocalWorld::new(&id, move || match &*outputs.borrow() {
            Some(record) => Ok(record.folder()),
            None => Err(io::Error::other("the run has not begun")),
        });
        let registry = Registry::new();
        Self {
            id,
            world,
            registry,
            record,
        }
    }

    /// From here on it is the next run's, with the same commands: to be called only where the environment has
    /// no plug-ins, which live as long as a run.
    pub fn renew(&mut self, id: String) {
        self.world.renew(&id);
        self.id = id;
    }

    /// Its commands are these.
    pub fn know(&mut self, declared: &Declared) {
        self.registry = plugins::of_run(&self.world, declared);
    }
}
