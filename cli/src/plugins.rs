//! The commands that there are: the standard library's, and those of an environment's plug-ins.

use std::rc::Rc;

use scn_interpreter::Registry;
use scn_plugin_host::{Declared, Starter};
use scn_process::{SpawnError, Spec};
use scn_stdlib::LocalWorld;

/// The commands that there are in every environment, as they are known without a run.
pub fn built_in() -> Registry {
    scn_stdlib::registry(&LocalWorld::without_a_run())
}

/// The commands as they are known without a run: they can be asked about themselves, and do nothing.
pub fn known(declared: &Declared) -> Registry {
    let mut registry = built_in();
    let starter: Starter = Rc::new(|_: &Spec| Err(SpawnError::NoProgram));
    declared.register(&mut registry, &starter);
    registry
}

/// The commands of a run in that world, whose end is that of the plug-ins too.
pub fn of_run(world: &Rc<LocalWorld>, declared: &Declared) -> Registry {
    of_run_seen(world, declared, |_| {})
}

/// The same; `seen` is told the process of each plug-in that is started.
pub fn of_run_seen(
    world: &Rc<LocalWorld>,
    declared: &Declared,
    seen: impl Fn(u32) + 'static,
) -> Registry {
    let mut registry = scn_stdlib::registry(world);
    let weak = Rc::downgrade(world);
    let starter: Starter = Rc::new(move |spec: &Spec| match weak.upgrade() {
        Some(world) => world.start_program(spec).inspect(|child| seen(child.pid())),
        None => Err(SpawnError::NoProgram),
    });
    let plugins = declared.register(&mut registry, &starter);
    world.at_end(move || Box::pin(async move { plugins.shutdown().await }));
    registry
}
