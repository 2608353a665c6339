//! The feed-and-lease protocol as a state machine, searched exhaustively for small sizes: in no
//! history does a validation that starts after a revoke returned answer "valid". Each law is a
//! switch. With any one of them off, the search finds a history that breaks the promise, so every
//! law is necessary.
#![allow(clippy::indexing_slicing)]
#![allow(clippy::struct_excessive_bools, reason = "each law is a switch")]

use std::collections::{HashSet, VecDeque};

/// The length of a lease and the last instant of a history (ticks).
const LEASE: u8 = 2;
const END: u8 = 7;
/// One node is enough: nodes interact only through the registry, where a revoke waits for each node
/// separately.
const NODES: usize = 1;

/// The laws, each of which can be switched off.
#[derive(Clone, Copy)]
struct Laws {
    /// A revoke waits for nodes that have not confirmed, until their leases must have expired.
    wait: bool,
    /// A node applies before it confirms.
    apply_then_confirm: bool,
    /// A lease counts from before the sync's request.
    lease_from_before: bool,
    /// A sync that grants a lease began after the registration was committed.
    register_then_sync: bool,
    /// The lease that is checked was taken before the index was read.
    taken_before_index: bool,
    /// A row leaves the registry only after it was unchanged for a lease.
    cleared_after_lease: bool,
    /// Observations of a row before a crash of the database do not count after it.
    watched_anew_after_crash: bool,
}

const ALL: Laws = Laws {
    wait: true,
    apply_then_confirm: true,
    lease_from_before: true,
    register_then_sync: true,
    taken_before_index: true,
    cleared_after_lease: true,
    watched_anew_after_crash: true,
};

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
enum Sync {
    Idle,
    Asked { began: u8 },
    Read { began: u8, revoked: bool },
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
enum Validation {
    None,
    /// The end of the lease was read, and the index was not read yet.
    Took {
        lease: u8,
        after_return: bool,
    },
    /// The index has been read.
    Looked {
        lease: u8,
        after_return: bool,
        revoked: bool,
    },
}

/// A row of the registry. Observers can distinguish any two versions of it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
struct Version {
    applied: bool,
    /// Whether this is the version that another node saw at its last look.
    seen: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
struct Row {
    now: Version,
    /// The version that a crash restores: a confirmation does not wait until it is on the disk.
    disk: Version,
    /// Since when the other node has seen the version that it last saw.
    since: u8,
}

impl Row {
    fn new() -> Self {
        let version = Version {
            applied: false,
            seen: false,
        };
        Self {
            now: version,
            disk: version,
            since: 0,
        }
    }

    fn confirmed(self, applied: bool) -> Self {
        let now = Version {
            applied,
            seen: false,
        };
        Self { now, ..self }
    }

    /// Another node reads the row. If the disk has the same version, the one on the disk is seen as
    /// well.
    fn looked_at(self, at: u8) -> Self {
        let on_disk = self.now == self.disk;
        let mut row = self;
        row.now.seen = true;
        row.disk.seen = on_disk;
        row.since = at;
        row
    }

    fn written(self) -> Self {
        Self {
            disk: self.now,
            ..self
        }
    }

    fn crashed(self, laws: Laws) -> Self {
        let mut row = Self {
            now: self.disk,
            ..self
        };
        if laws.watched_anew_after_crash {
            row.now.seen = false;
            row.disk.seen = false;
        }
        row
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
struct Node {
    /// Whether the index contains the revocation.
    applied: bool,
    lease: u8,
    row: Option<Row>,
    sync: Sync,
    validation: Validation,
}

const NEW: Node = Node {
    applied: false,
    lease: 0,
    row: None,
    sync: Sync::Idle,
    validation: Validation::None,
};

impl Node {
    fn with_row(&self, row: Row) -> Self {
        Self {
            row: Some(row),
            ..*self
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
enum Revoke {
    Not,
    Committed { at: u8 },
    Returned,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
struct State {
    now: u8,
    revoke: Revoke,
    nodes: [Node; NODES],
}

impl State {
    fn committed(&self) -> bool {
        self.revoke != Revoke::Not
    }

    /// Returns every state that is one step away, or an error if the step breaks the promise. Any
    /// step may be late by any number of ticks, as with a suspended process or a slow network.
    fn next(&self, laws: Laws) -> Result<Vec<State>, State> {
        let mut next = Vec::new();
        if self.now < END {
            next.push(State {
                now: self.now + 1,
                ..*self
            });
        }
        match self.revoke {
            Revoke::Not => next.push(State {
                revoke: Revoke::Committed { at: self.now },
                ..*self
            }),
            Revoke::Committed { at } => {
                let confirmed = self
                    .nodes
                    .iter()
                    .all(|node| node.row.is_none_or(|row| row.now.applied));
                if !laws.wait || confirmed || self.now > at + LEASE {
                    next.push(State {
                        revoke: Revoke::Returned,
                        ..*self
                    });
                }
            }
            Revoke::Returned => {}
        }
        for (place, node) in self.nodes.iter().enumerate() {
            for node in self.steps(node, laws)? {
                let mut state = *self;
                state.nodes[place] = node;
                next.push(state);
            }
        }
        Ok(next)
    }

    #[allow(clippy::too_many_lines, reason = "the whole of what a node can do")]
    fn steps(&self, node: &Node, laws: Laws) -> Result<Vec<Node>, State> {
        let now = self.now;
        let mut next = Vec::new();
        // The node crashes and starts again, or deregisters; after a crash its row remains.
        next.push(Node {
            row: node.row,
            ..NEW
        });
        if let Some(row) = node.row {
            let stood_still = row.now.seen && now > row.since + LEASE;
            if stood_still || !laws.cleared_after_lease {
                next.push(Node { row: None, ..*node });
            }
            if !row.now.seen {
                next.push(node.with_row(row.looked_at(now)));
            }
            next.push(node.with_row(row.written()));
            next.push(node.with_row(row.crashed(laws)));
        }
        match node.sync {
            Sync::Idle => {
                if node.row.is_none() {
                    next.push(Node {
                        row: Some(Row::new()),
                        ..*node
                    });
                }
                if node.row.is_some() || !laws.register_then_sync {
                    next.push(Node {
                        sync: Sync::Asked { began: now },
                        ..*node
                    });
                }
            }
            Sync::Asked { began } => {
                let revoked = self.committed();
                let row = match node.row {
                    Some(row) if !laws.apply_then_confirm => Some(row.confirmed(revoked)),
                    row => row,
                };
                next.push(Node {
                    sync: Sync::Read { began, revoked },
                    row,
                    ..*node
                });
            }
            Sync::Read { began, revoked } => {
                if node.applied != revoked && revoked {
                    // The entry is applied and the row is not written yet: the database may be
                    // slow.
                    next.push(Node {
                        applied: true,
                        ..*node
                    });
                }
                if node.applied == revoked || !laws.apply_then_confirm {
                    let from = if laws.lease_from_before { began } else { now };
                    // The row was deleted meanwhile: the node has no lease and starts again.
                    next.push(if node.row.is_none() && laws.register_then_sync {
                        Node {
                            lease: 0,
                            sync: Sync::Idle,
                            ..*node
                        }
                    } else {
                        Node {
                            lease: node.lease.max(from + LEASE),
                            row: Some(node.row.unwrap_or_else(Row::new).confirmed(revoked)),
                            sync: Sync::Idle,
                            ..*node
                        }
                    });
                }
            }
        }
        match node.validation {
            Validation::None => {
                let lease = node.lease;
                let after_return = self.revoke == Revoke::Returned;
                next.push(Node {
                    validation: Validation::Took {
                        lease,
                        after_return,
                    },
                    ..*node
                });
            }
            Validation::Took {
                lease,
                after_return,
            } => {
                let validation = Validation::Looked {
                    lease,
                    after_return,
                    revoked: node.applied,
                };
                next.push(Node {
                    validation,
                    ..*node
                });
            }
            Validation::Looked {
                lease,
                after_return,
                revoked,
            } => {
                let lease = if laws.taken_before_index {
                    lease
                } else {
                    node.lease
                };
                if now < lease && !revoked && after_return {
                    return Err(*self);
                }
                next.push(Node {
                    validation: Validation::None,
                    ..*node
                });
            }
        }
        Ok(next)
    }
}

/// Searches every history. Returns the number of states, or a state that breaks the promise.
fn search(laws: Laws) -> Result<usize, State> {
    let first = State {
        now: 0,
        revoke: Revoke::Not,
        nodes: [NEW; NODES],
    };
    let mut seen = HashSet::from([first]);
    let mut waiting = VecDeque::from([first]);
    while let Some(state) = waiting.pop_front() {
        for mut state in state.next(laws)? {
            // The nodes are alike: one order of them represents all.
            state.nodes.sort_unstable();
            if seen.insert(state) {
                waiting.push_back(state);
            }
        }
    }
    Ok(seen.len())
}

#[test]
fn with_every_law_no_history_breaks_the_promise() {
    match search(ALL) {
        Ok(states) => assert!(
            states > 10_000,
            "only {states} states: the model is too small to prove anything"
        ),
        Err(state) => panic!("{state:#?}"),
    }
}

#[test]
fn without_any_one_law_some_history_breaks_it() {
    for (name, laws) in [
        ("wait", Laws { wait: false, ..ALL }),
        (
            "apply_then_confirm",
            Laws {
                apply_then_confirm: false,
                ..ALL
            },
        ),
        (
            "lease_from_before",
            Laws {
                lease_from_before: false,
                ..ALL
            },
        ),
        (
            "register_then_sync",
            Laws {
                register_then_sync: false,
                ..ALL
            },
        ),
        (
            "taken_before_index",
            Laws {
                taken_before_index: false,
                ..ALL
            },
        ),
        (
            "cleared_after_lease",
            Laws {
                cleared_after_lease: false,
                ..ALL
            },
        ),
        (
            "watched_anew_after_crash",
            Laws {
                watched_anew_after_crash: false,
                ..ALL
            },
        ),
    ] {
        assert!(
            search(laws).is_err(),
            "the promise holds without the law {name}"
        );
    }
}
