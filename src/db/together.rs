//! Group commit: what many callers want at the same time is done for all of them at once, by the
//! same statements, which wait for the disk once.
//!
//! The first caller that finds nobody at work starts a thread. It takes what waits, does it,
//! answers, and goes on until nothing waits. So one caller alone waits no longer than it would
//! without a group.

mod gather;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use parking_lot::{Condvar, Mutex, MutexGuard};
use tokio::sync::oneshot;

use super::{Conn, Db, Error, Party, Result};
use crate::base::clock;
use crate::base::fair_share::FairQueue;

use gather::Gather;

/// The largest number of callers in one group. Others wait meanwhile.
const MOST: usize = 64;

/// What is done for a group of callers.
pub trait Group: Send + Sync + 'static {
    /// What one caller wants.
    type Item: Send + 'static;
    /// What it gets.
    type Outcome: Send + 'static;

    /// How a group uses the database.
    const ACCESS: Access;

    /// Does it for all items, and returns an outcome for each, in their order. If it fails, it runs
    /// again for parts of the group: so an item that cannot be written spoils no other. But a
    /// [`Access::Statement`] on PostgreSQL runs once, since nobody knows whether it was committed. Items
    /// of one group may exclude one another: then one of them succeeds.
    ///
    /// # Errors
    /// Returns the errors of the database.
    fn run(&self, conn: &mut Conn, items: &[Self::Item]) -> Result<Vec<Self::Outcome>>;
}

/// How a group uses the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// It only reads.
    Read,
    /// On PostgreSQL, one statement writes. It needs no transaction there.
    Statement,
    /// It writes in a transaction.
    Transaction,
}

/// Does in groups what several callers want.
pub struct Together<G: Group> {
    db: Db,
    group: G,
    state: Mutex<State<G>>,
    /// Signals that [`State::wanted`] items wait.
    news: Condvar,
}

struct State<G: Group> {
    waiting: FairQueue<Party, Waiting<G>>,
    gather: Gather,
    /// From how many waiting items on a new one wakes a thread that gathers; 0 if none does.
    wanted: usize,
    /// How many threads are at work, which take what is added.
    at_work: usize,
}

type Answer<G> = oneshot::Sender<Result<<G as Group>::Outcome>>;

struct Waiting<G: Group> {
    item: G::Item,
    answer: Answer<G>,
}

impl<G: Group> Together<G> {
    /// Returns the groups of at most `queue` callers that wait. `db` is the database on behalf of the
    /// party that works for all of them.
    #[must_use]
    pub fn new(db: Db, queue: usize, group: G) -> Arc<Self> {
        Arc::new(Self {
            db,
            group,
            state: Mutex::new(State {
                waiting: FairQueue::new(queue),
                gather: Gather::default(),
                wanted: 0,
                at_work: 0,
            }),
            news: Condvar::new(),
        })
    }

    /// Returns how many groups may be under way. On PostgreSQL a second one uses the processor while
    /// the first waits for the disk. SQLite has one writer.
    fn most_at_work(&self) -> usize {
        match G::ACCESS {
            Access::Statement | Access::Transaction if self.db.is_postgres() => 2,
            _ => 1,
        }
    }

    /// Does it for `item`, in a group with those of other callers. Returns the outcome once it is
    /// committed.
    ///
    /// # Errors
    /// Returns [`Error::Busy`], at once if the party of the current request has its share of the
    /// queue; [`Error::Unavailable`], at once if waiting is pointless, and after [`Db::patience`],
    /// when it is unknown whether anything was committed; and the errors that the item alone has.
    pub async fn run(self: &Arc<Self>, item: G::Item) -> Result<G::Outcome> {
        self.db.check_reachable()?;
        let (answer, outcome) = oneshot::channel();
        let begins = {
            let mut state = self.state.lock();
            let added = state
                .waiting
                .push(Party::current(), Waiting { item, answer });
            added.map_err(|_| Error::Busy)?;
            if state.wanted > 0 && state.waiting.len() >= state.wanted {
                self.news.notify_one();
            }
            let begins = state.at_work < self.most_at_work();
            state.at_work += usize::from(begins);
            begins
        };
        if begins {
            let at_work = AtWork {
                together: Arc::clone(self),
                ended: false,
            };
            tokio::task::spawn_blocking(move || at_work.work());
        }
        match tokio::time::timeout(self.db.patience(), outcome).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Err(Error::Internal("the group was not run".to_owned())),
            Err(_) => Err(Error::Unavailable("it does not answer".to_owned())),
        }
    }

    /// Waits until enough items wait ([`Gather`]).
    fn gather(&self, state: &mut MutexGuard<'_, State<G>>) {
        let enough = state.gather.enough().min(MOST);
        if state.waiting.is_empty() || state.waiting.len() >= enough {
            return;
        }
        let until = clock::boot_time() + state.gather.patience();
        state.wanted = enough;
        while state.waiting.len() < enough {
            let left = until.saturating_sub(clock::boot_time());
            if left.is_zero() || self.news.wait_for(state, left).timed_out() {
                break;
            }
        }
        state.wanted = 0;
    }

    /// Whether a group is a statement that no transaction surrounds.
    fn is_bare(&self) -> bool {
        G::ACCESS == Access::Statement && self.db.is_postgres()
    }

    /// Does it for all items, and answers. If it fails, each half runs by itself, so that an item
    /// fails only if it alone cannot be written; a bare statement fails for all. A part whose callers have all gone meanwhile does
    /// not run: while the database is slow, the parts of one group would otherwise delay all later
    /// ones.
    fn run_all(&self, items: &[G::Item], mut answers: Vec<Answer<G>>) {
        if answers.iter().all(oneshot::Sender::is_closed) {
            return;
        }
        let mut failed = false;
        let body = |conn: &mut Conn| {
            let outcomes = self.run_caught(conn, items);
            failed = outcomes.is_err();
            outcomes
        };
        let outcomes = match G::ACCESS {
            Access::Read => self.db.read_blocking(body),
            Access::Statement => self.db.write_statement_blocking(body),
            Access::Transaction if items.len() > 1 => self.db.write_group_blocking(body),
            Access::Transaction => self.db.write_blocking(body),
        };
        match outcomes {
            // A caller that has gone in the meantime needs no answer.
            Ok(outcomes) => {
                for (answer, outcome) in answers.into_iter().zip(outcomes) {
                    let _ = answer.send(Ok(outcome));
                }
            }
            // A transaction has committed nothing.
            Err(_) if failed && items.len() > 1 && !self.is_bare() => {
                let (first, second) = items.split_at(items.len() / 2);
                let of_second = answers.split_off(first.len());
                self.run_all(first, answers);
                self.run_all(second, of_second);
            }
            // A statement without a transaction may have been committed although its answer was lost. It
            // would find its own rows if it ran again, as if an earlier call had written them.
            Err(why) => {
                for answer in answers {
                    let _ = answer.send(Err(why.clone()));
                }
            }
        }
    }

    fn run_caught(&self, conn: &mut Conn, items: &[G::Item]) -> Result<Vec<G::Outcome>> {
        let body = AssertUnwindSafe(|| self.group.run(conn, items));
        let outcomes = catch_unwind(body)
            .unwrap_or_else(|_| Err(Error::Internal("a group panicked".to_owned())))?;
        if outcomes.len() != items.len() {
            return Err(Error::Internal("a group without all outcomes".to_owned()));
        }
        Ok(outcomes)
    }
}

/// A thread at work. If it is dropped, another thread can begin: also if this one panicked, or did
/// not begin because the runtime is shutting down.
struct AtWork<G: Group> {
    together: Arc<Together<G>>,
    /// Whether the thread has found nothing that waits.
    ended: bool,
}

impl<G: Group> Drop for AtWork<G> {
    fn drop(&mut self) {
        if !self.ended {
            self.together.state.lock().at_work -= 1;
        }
    }
}

impl<G: Group> AtWork<G> {
    /// Runs groups until nothing waits.
    fn work(mut self) {
        loop {
            let (mut items, mut answers) = (Vec::new(), Vec::new());
            {
                let mut state = self.together.state.lock();
                self.together.gather(&mut state);
                while items.len() < MOST
                    && let Some(Waiting { item, answer }) = state.waiting.pop()
                {
                    // For a caller that has gone nothing is done.
                    if !answer.is_closed() {
                        items.push(item);
                        answers.push(answer);
                    }
                }
                if items.is_empty() {
                    // Under the lock, so that nothing is added that nobody takes.
                    state.at_work -= 1;
                    self.ended = true;
                    return;
                }
            }
            let began = clock::boot_time();
            self.together.run_all(&items, answers);
            let took = clock::boot_time().saturating_sub(began);
            self.together.state.lock().gather.note(items.len(), took);
        }
    }
}

#[cfg(test)]
mod tests;
