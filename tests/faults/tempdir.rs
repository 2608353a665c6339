//! Who has the machine. Tests share it; one that sends a crowd against a database that crashes has it to itself, for beside
//! that a small machine does nothing else in time.

use std::cell::Cell;

use parking_lot::{RwLock, RwLockReadGuard, RwLockWriteGuard};

static MACHINE: RwLock<()> = RwLock::new(());

thread_local! {
    static IS_MINE: Cell<bool> = const { Cell::new(false) };
}

/// A place beside others.
#[derive(Debug)]
pub(crate) struct Room(
    #[allow(dead_code, reason = "held, not read")] Option<RwLockReadGuard<'static, ()>>,
);

/// Waits for a place; whoever has the machine needs none.
pub(crate) fn room() -> Room {
    let needed = !IS_MINE.get();
    Room(needed.then(|| MACHINE.read_recursive()))
}

/// The machine, until this is dropped.
pub(crate) struct Alone(
    #[allow(dead_code, reason = "held, not read")] RwLockWriteGuard<'static, ()>,
);

/// Waits until nobody else is at work.
pub(crate) fn alone() -> Alone {
    let machine = MACHINE.write();
    IS_MINE.set(true);
    Alone(machine)
}

impl Drop for Alone {
    fn drop(&mut self) {
        IS_MINE.set(false);
    }
}
