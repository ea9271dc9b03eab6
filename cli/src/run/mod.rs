//! What a run needs of this machine: time, a record, and what interrupts it.

pub mod clock;
pub mod conditions;
pub mod drive;
pub mod interrupts;
pub mod kept;
pub mod perform;
pub mod recorder;
pub mod stage;
