//! Passes entries from the node's follower to the open streams of the revocation list, from memory
//! and in the order of the feed.
//!
//! The law: a reader that starts at a sequence receives every revocation after it, in order;
//! everything up to it is in the database. Both are decided under one lock, so no entry is left
//! out. A reader that falls behind reads the database again: no buffer here grows with a slow
//! reader.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::{Semaphore, SemaphorePermit, broadcast};

use super::{Entry, Listed, Listener};
use crate::base::{OrganizationId, Sequence};
use crate::db;

/// News that a reader may be behind by, before it must read the database.
const NEWS: usize = 32;

/// The most entries in one piece of news. A reader that would get more reads the database.
const ENTRIES: usize = 100;

/// Readers that read the database at the same time: many streams that reconnect at once must not
/// take it from requests.
const AT_THE_DATABASE: usize = 2;

/// The most readers at the same time.
#[derive(Debug, Clone, Copy)]
pub struct Readers {
    /// On this node.
    pub most: usize,
    /// Of one organization.
    pub most_of_one: usize,
}

/// Why there is no room for one more reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Full {
    /// The node has its maximum of readers, or is stopping.
    Node,
    /// The organization has its maximum of readers.
    Organization,
}

/// What a reader receives.
#[derive(Debug, Clone)]
pub enum News {
    /// The next revocations, in order.
    Entries(Arc<[Entry]>),
    /// The reader has missed some: it must start over.
    Missed,
    /// The node is stopping.
    Stopping,
}

/// Passes entries to the readers of each organization.
pub struct Relay {
    readers: Readers,
    state: Mutex<State>,
    database: Semaphore,
}

struct State {
    /// Everything up to this sequence was passed on.
    reached: Sequence,
    /// How often the feed was reset.
    resets: u64,
    /// The feed was reset, and its new position has not been announced yet.
    lost: bool,
    open: usize,
    closed: bool,
    channels: HashMap<(OrganizationId, Listed), Channel>,
}

struct Channel {
    open: usize,
    news: broadcast::Sender<News>,
}

impl Relay {
    /// Returns a relay without readers.
    #[must_use]
    pub fn new(readers: Readers) -> Arc<Self> {
        Arc::new(Self {
            readers,
            state: Mutex::new(State {
                reached: Sequence(0),
                resets: 0,
                lost: false,
                open: 0,
                closed: false,
                channels: HashMap::new(),
            }),
            database: Semaphore::new(AT_THE_DATABASE),
        })
    }

    /// Adds a reader of the kinds in `listed`.
    ///
    /// # Errors
    /// Returns [`Full`] if there is no room for one more.
    pub fn open(
        self: &Arc<Self>,
        organization: OrganizationId,
        listed: Listed,
    ) -> Result<Reader, Full> {
        let mut state = self.state.lock();
        if state.closed || state.open >= self.readers.most {
            return Err(Full::Node);
        }
        let own = [Listed::In01, Listed::All].map(|listed| (organization, listed));
        let open = |key: &_| state.channels.get(key).map_or(0, |channel| channel.open);
        if own.iter().map(open).sum::<usize>() >= self.readers.most_of_one {
            return Err(Full::Organization);
        }
        let of = (organization, listed);
        let channel = state.channels.entry(of).or_insert_with(|| Channel {
            open: 0,
            news: broadcast::Sender::new(NEWS),
        });
        channel.open += 1;
        let news = channel.news.subscribe();
        state.open += 1;
        Ok(Reader {
            relay: Arc::clone(self),
            of,
            resets: state.resets,
            news,
        })
    }

    /// Returns the number of readers.
    #[must_use]
    pub fn open_readers(&self) -> usize {
        self.state.lock().open
    }

    /// Disconnects every reader, and accepts no more.
    pub fn close(&self) {
        let mut state = self.state.lock();
        state.closed = true;
        state.channels.clear();
    }
}

impl Listener for Relay {
    fn apply(&self, _: &Entry) -> db::Result<()> {
        Ok(())
    }

    fn reset(&self) -> db::Result<()> {
        self.state.lock().lost = true;
        Ok(())
    }

    fn advanced(&self, entries: &[Entry], reached: Sequence) {
        let mut state = self.state.lock();
        state.reached = reached;
        if std::mem::take(&mut state.lost) {
            state.resets += 1;
            for channel in state.channels.values() {
                // The channel may have no receiver at this moment.
                let _ = channel.news.send(News::Missed);
            }
            return;
        }
        for ((organization, listed), channel) in &state.channels {
            let own = || {
                entries
                    .iter()
                    .filter(|entry| entry.is_listed_for(*organization, *listed))
            };
            let news = match own().take(ENTRIES + 1).count() {
                0 => continue,
                1..=ENTRIES => News::Entries(own().copied().collect()),
                _ => News::Missed,
            };
            let _ = channel.news.send(news);
        }
    }
}

/// One reader. Its place is free again when it is dropped.
pub struct Reader {
    relay: Arc<Relay>,
    of: (OrganizationId, Listed),
    resets: u64,
    news: broadcast::Receiver<News>,
}

/// The sequences that a reader must read from the database when it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Start {
    /// It reads the entries after this sequence.
    pub after: Sequence,
    /// It reads up to and including this sequence. Later entries come as news.
    pub through: Sequence,
}

impl Reader {
    /// Returns the kinds that it asks for.
    #[must_use]
    pub const fn listed(&self) -> Listed {
        self.of.1
    }

    /// Starts over, after the reader has received everything up to `received`. A reader that has
    /// received more than this node has (from another node, or from a database that lost it since)
    /// starts at this node's position. A reader from before a reset of the feed starts at the
    /// beginning: receiving an entry twice does no harm, missing one does.
    pub fn start_over(&mut self, received: Sequence) -> Start {
        let state = self.relay.state.lock();
        if let Some(channel) = state.channels.get(&self.of) {
            self.news = channel.news.subscribe();
        }
        let was_reset = std::mem::replace(&mut self.resets, state.resets) != state.resets;
        Start {
            after: if was_reset {
                Sequence(0)
            } else {
                received.min(state.reached)
            },
            through: state.reached,
        }
    }

    /// Returns the position of the feed. `None` if the reader has not received everything up to it.
    #[must_use]
    pub fn up_to_date(&self) -> Option<Sequence> {
        let state = self.relay.state.lock();
        let known = !state.lost && self.news.is_empty();
        known.then_some(state.reached)
    }

    /// Waits for the next news.
    pub async fn next(&mut self) -> News {
        match self.news.recv().await {
            Ok(news) => news,
            Err(RecvError::Lagged(_)) => News::Missed,
            Err(RecvError::Closed) => News::Stopping,
        }
    }

    /// Returns the next news. `None` if there is none yet.
    pub fn try_next(&mut self) -> Option<News> {
        match self.news.try_recv() {
            Ok(news) => Some(news),
            Err(TryRecvError::Lagged(_)) => Some(News::Missed),
            Err(TryRecvError::Closed) => Some(News::Stopping),
            Err(TryRecvError::Empty) => None,
        }
    }

    /// Waits for permission to read the database. `None` if the semaphore is closed.
    pub async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        self.relay.database.acquire().await.ok()
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let mut state = self.relay.state.lock();
        state.open -= 1;
        if let Some(channel) = state.channels.get_mut(&self.of) {
            channel.open -= 1;
            if channel.open == 0 {
                state.channels.remove(&self.of);
            }
        }
    }
}
