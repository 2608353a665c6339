//! How many connections this process can hold, by its limit of file descriptors.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// The most connections of one worker.
const CONNECTIONS: u64 = 25_000;

/// File descriptors reserved for the database, the log, certificates and webhooks.
const KEPT_BACK: u64 = 256;

/// Raises the soft limit of file descriptors to the hard one. Service managers set the soft one to
/// 1,024 for programs that use `select`, which this one does not.
pub fn raise_descriptor_limit() {
    let limit = getrlimit(Resource::Nofile);
    if limit.current == limit.maximum {
        return;
    }
    let raised = Rlimit {
        current: limit.maximum,
        ..limit
    };
    if let Err(why) = setrlimit(Resource::Nofile, raised) {
        tracing::warn!(%why, limit = ?limit.current, "the limit of file descriptors could not be raised");
    }
}

/// Returns the maximum number of connections of each of `workers` workers, so that some descriptors
/// are left for everything else. At the limit new connections wait in the backlog.
pub(super) fn connections_a_worker(workers: usize) -> usize {
    share(getrlimit(Resource::Nofile).current, workers)
}

fn share(descriptors: Option<u64>, workers: usize) -> usize {
    let workers = u64::try_from(workers.max(1)).unwrap_or(u64::MAX);
    let share = descriptors.map_or(CONNECTIONS, |all| {
        all.saturating_sub(KEPT_BACK.min(all / 2)) / workers
    });
    usize::try_from(share.clamp(1, CONNECTIONS)).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_soft_limit_becomes_the_hard_one() {
        raise_descriptor_limit();
        let limit = getrlimit(Resource::Nofile);
        assert_eq!(limit.current, limit.maximum);
    }

    proptest! {
        #[test]
        fn connections_leave_descriptors_for_everything_else(all in 4u64..2_000_000, workers in 1usize..64) {
            let each = share(Some(all), workers);
            prop_assert!((1..=25_000).contains(&each));
            let taken = each as u64 * workers as u64;
            prop_assert!(taken <= all.saturating_sub(KEPT_BACK.min(all / 2)).max(workers as u64));
        }
    }
}
