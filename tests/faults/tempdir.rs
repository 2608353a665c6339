//! Decides which tests run at the same time. Tests share the machine; a test that sends many
//! requests to a database that crashes runs alone, because a small machine finishes nothing else in
//! time beside it.

use std::cell::Cell;

use parking_lot::{RwLock, RwLockReadGuard, RwLockWriteGuard};

static MACHINE: RwLock<()> = RwLock::new(());

thread_local! {
    static IS_MINE: Cell<bool> = const { Cell::new(false) };
}

/// A permit to run beside other tests.
#[derive(Debug)]
pub(crate) struct Room(
    #[allow(dead_code, reason = "held, not read")] Option<RwLockReadGuard<'static, ()>>,
);

/// Waits for a permit; a test that runs alone needs none.
pub(crate) fn room() -> Room {
    let needed = !IS_MINE.get();
    Room(needed.then(|| MACHINE.read_recursive()))
}

/// A permit to run alone, until it is dropped.
pub(crate) struct Alone(
    #[allow(dead_code, reason = "held, not read")] RwLockWriteGuard<'static, ()>,
);

/// Waits until no other test runs.
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
