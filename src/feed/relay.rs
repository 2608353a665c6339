//! Passing on what the feed brings: who reads the revocation list as a stream hears it from memory, in the feed's order.
//!
//! The law: a reader that starts at a sequence hears of every revocation after it, in order; everything up to it is in the
//! database. Both are decided under one lock, so nothing falls in between. Who does not keep up is told to read the
//! database again: nothing here grows with a slow reader.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::{Semaphore, SemaphorePermit, broadcast};

use super::{Entry, Listener};
use crate::base::{OrganizationId, Sequence};
use crate::db;

/// News that a reader may be behind by before it is told to read the database.
const NEWS: usize = 32;

/// Entries in one piece of news; who would get more reads the database.
const ENTRIES: usize = 100;

/// Readers that read the database at the same time: a crowd that comes back must not keep requests from it.
const AT_THE_DATABASE: usize = 2;

/// How many may read at once.
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
    /// The node has as many as it takes, or is stopping.
    Node,
    /// The organization has.
    Organization,
}

/// What a reader hears.
#[derive(Debug, Clone)]
pub enum News {
    /// The next revocations, in order.
    Entries(Arc<[Entry]>),
    /// It missed some: it is to start over.
    Missed,
    /// The node is stopping.
    Over,
}

/// Passes on entries to the readers of each organization.
pub struct Relay {
    readers: Readers,
    state: Mutex<State>,
    database: Semaphore,
}

struct State {
    /// Everything up to here was passed on.
    reached: Sequence,
    /// Counts how often the feed was started anew.
    anew: u64,
    /// It was, and how far it reaches is not known yet.
    lost: bool,
    open: usize,
    closed: bool,
    channels: HashMap<OrganizationId, Channel>,
}

struct Channel {
    open: usize,
    news: broadcast::Sender<News>,
}

impl Relay {
    /// A relay with nobody listening.
    #[must_use]
    pub fn new(readers: Readers) -> Arc<Self> {
        Arc::new(Self {
            readers,
            state: Mutex::new(State {
                reached: Sequence(0),
                anew: 0,
                lost: false,
                open: 0,
                closed: false,
                channels: HashMap::new(),
            }),
            database: Semaphore::new(AT_THE_DATABASE),
        })
    }

    /// A place for one more reader.
    ///
    /// # Errors
    /// [`Full`].
    pub fn open(self: &Arc<Self>, organization: OrganizationId) -> Result<Reader, Full> {
        let mut state = self.state.lock();
        if state.closed || state.open >= self.readers.most {
            return Err(Full::Node);
        }
        let channel = state
            .channels
            .entry(organization)
            .or_insert_with(|| Channel {
                open: 0,
                news: broadcast::Sender::new(NEWS),
            });
        if channel.open >= self.readers.most_of_one {
            return Err(Full::Organization);
        }
        channel.open += 1;
        let news = channel.news.subscribe();
        state.open += 1;
        Ok(Reader {
            relay: Arc::clone(self),
            organization,
            anew: state.anew,
            news,
        })
    }

    /// How many read.
    #[must_use]
    pub fn open_readers(&self) -> usize {
        self.state.lock().open
    }

    /// Lets every reader go, and no more in.
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
            state.anew += 1;
            for channel in state.channels.values() {
                // Nobody may be there to hear it just now.
                let _ = channel.news.send(News::Missed);
            }
            return;
        }
        for (organization, channel) in &state.channels {
            let own = || {
                entries
                    .iter()
                    .filter(|entry| entry.is_listed_for(*organization))
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

/// One reader's place; free again when dropped.
pub struct Reader {
    relay: Arc<Relay>,
    organization: OrganizationId,
    anew: u64,
    news: broadcast::Receiver<News>,
}

/// Where a reader starts: what it is to read from the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Start {
    /// After this.
    pub after: Sequence,
    /// Up to and with this; what comes after is news.
    pub through: Sequence,
}

impl Reader {
    /// Starts over, having heard of everything up to `heard`. Whoever has heard of more than this node has (of another node,
    /// or of a database that lost it since) starts where this one is, and whoever heard it from a feed that was read anew
    /// starts from the beginning: hearing twice does no harm, missing one does.
    pub fn start_over(&mut self, heard: Sequence) -> Start {
        let state = self.relay.state.lock();
        if let Some(channel) = state.channels.get(&self.organization) {
            self.news = channel.news.subscribe();
        }
        let anew = std::mem::replace(&mut self.anew, state.anew) != state.anew;
        Start {
            after: if anew {
                Sequence(0)
            } else {
                heard.min(state.reached)
            },
            through: state.reached,
        }
    }

    /// How far the feed is, if all of it was heard.
    #[must_use]
    pub fn up_to_date(&self) -> Option<Sequence> {
        let state = self.relay.state.lock();
        let known = !state.lost && self.news.is_empty();
        known.then_some(state.reached)
    }

    /// The next news.
    pub async fn next(&mut self) -> News {
        match self.news.recv().await {
            Ok(news) => news,
            Err(RecvError::Lagged(_)) => News::Missed,
            Err(RecvError::Closed) => News::Over,
        }
    }

    /// The next news, if there is any.
    pub fn try_next(&mut self) -> Option<News> {
        match self.news.try_recv() {
            Ok(news) => Some(news),
            Err(TryRecvError::Lagged(_)) => Some(News::Missed),
            Err(TryRecvError::Closed) => Some(News::Over),
            Err(TryRecvError::Empty) => None,
        }
    }

    /// Waits for its turn at the database.
    pub async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        self.relay.database.acquire().await.ok()
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let mut state = self.relay.state.lock();
        state.open -= 1;
        if let Some(channel) = state.channels.get_mut(&self.organization) {
            channel.open -= 1;
            if channel.open == 0 {
                state.channels.remove(&self.organization);
            }
        }
    }
}
