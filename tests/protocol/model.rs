//! The states of the protocol, and every step from one to the next.

use crate::laws::Laws;
use crate::registry::Row;

/// The length of a lease and the last instant of a history (ticks).
const LEASE: u8 = 2;
const END: u8 = 7;
/// One node is enough: nodes interact only through the registry, where a revoke waits for each node
/// separately.
const NODES: usize = 1;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Sync {
    Idle,
    Started { began: u8 },
    Read { began: u8, revoked: bool },
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Validation {
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

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct Node {
    /// Whether the index contains the revocation.
    pub(crate) applied: bool,
    pub(crate) lease: u8,
    pub(crate) row: Option<Row>,
    pub(crate) sync: Sync,
    pub(crate) validation: Validation,
}

pub(crate) const NEW: Node = Node {
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
pub(crate) enum Revoke {
    Not,
    Committed { at: u8 },
    Returned,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct State {
    pub(crate) now: u8,
    pub(crate) revoke: Revoke,
    pub(crate) nodes: [Node; NODES],
}

impl State {
    /// Nothing has happened yet.
    pub(crate) const FIRST: Self = Self {
        now: 0,
        revoke: Revoke::Not,
        nodes: [NEW; NODES],
    };

    fn committed(&self) -> bool {
        self.revoke != Revoke::Not
    }

    /// Returns every state that is one step away, or an error if the step breaks the promise. Any
    /// step may be late by any number of ticks, as with a suspended process or a slow network.
    pub(crate) fn next(&self, laws: Laws) -> Result<Vec<State>, State> {
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
                        sync: Sync::Started { began: now },
                        ..*node
                    });
                }
            }
            Sync::Started { began } => {
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
