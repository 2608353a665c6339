//! The law: in whatever order entries are committed, applied and read, a reader receives each
//! revocation once and in order.

use proptest::prelude::*;

use super::*;
use crate::base::{EntryTag, KeyId, OperatorId, OrganizationId, Timestamp, TokenId};
use crate::feed::{Full, Listed, Listener, Readers, Record, Relay, Start};
use crate::token::{Life, TokenUse};

const OWN: OrganizationId = OrganizationId(1);

const MANY: Readers = Readers {
    most: 3,
    most_of_one: 2,
};

const NOWHERE: Start = Start {
    after: Sequence(0),
    through: Sequence(0),
};

/// A step of a history.
#[derive(Debug, Clone)]
enum Step {
    /// Other processes commit entries of these organizations.
    Commit(Vec<u8>),
    /// The node applies some of the committed entries.
    Apply(usize),
    /// The reader reads a page, if it is behind.
    Read,
    /// The reader takes one piece of news.
    Listen,
    /// The database loses something, and the node reads everything again.
    Anew,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => prop::collection::vec(0u8..5, 1..4).prop_map(Step::Commit),
        1 => prop::collection::vec(0u8..5, 1..300).prop_map(Step::Commit),
        5 => (1usize..5).prop_map(Step::Apply),
        1 => Just(Step::Apply(1_000)),
        2 => Just(Step::Read),
        2 => Just(Step::Listen),
    ]
}

fn entry(seq: i64, sort: u8) -> Entry {
    let fact = match sort {
        0 => Fact::Changed(Record::Operator(OperatorId(1))),
        1 => Fact::Revoked(Target::Operator(OperatorId(1))),
        4 => Fact::Revoked(Target::Key(KeyId::generate())),
        _ => Fact::Revoked(Target::Token(TokenId([sort; 16]))),
    };
    Entry {
        seq: Sequence(seq),
        mark: EntryTag(0),
        organization: match sort {
            3 => OrganizationId(2),
            4 => OrganizationId::SERVICE,
            _ => OWN,
        },
        fact,
        at: Timestamp::from_seconds(1),
        life: Life::Days(1),
        until: None,
    }
}

fn place(entries: usize) -> Sequence {
    Sequence(i64::try_from(entries).unwrap())
}

/// A node, its database, and one reader.
struct World {
    committed: Vec<Entry>,
    applied: usize,
    relay: std::sync::Arc<Relay>,
    reader: Reader,
    progress: Progress,
}

impl World {
    fn new(before: Vec<u8>, after: i64) -> Self {
        let relay = Relay::new(MANY);
        let mut world = Self {
            committed: Vec::new(),
            applied: 0,
            reader: relay.open(OWN, Listed::In01).unwrap(),
            relay,
            progress: Progress::new(NOWHERE),
        };
        world.step(&Step::Commit(before));
        world.applied = world.committed.len();
        world.step(&Step::Anew);
        // A reader that is opened before the node has read anything starts from the beginning.
        world.reader = world.relay.open(OWN, Listed::In01).unwrap();
        let start = world.reader.start_over(Sequence(after));
        world.progress = Progress::new(start);
        world
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Commit(sorts) => {
                for sort in sorts {
                    let Sequence(last) = place(self.committed.len());
                    self.committed.push(entry(last + 1, *sort));
                }
            }
            Step::Apply(most) => {
                let reached = self.committed.len().min(self.applied + most);
                let entries = &self.committed[self.applied..reached];
                self.relay.advanced(entries, place(reached));
                self.applied = reached;
            }
            Step::Read if self.progress.is_behind() => {
                let page: Vec<_> = self.own(self.progress.taken).take(100).collect();
                self.progress.take_page(&page);
            }
            // As in the stream: a reader takes news only after it has read everything from the
            // database.
            Step::Listen if !self.progress.is_behind() => match self.reader.try_next() {
                Some(News::Entries(entries)) => self.progress.take_news(&entries),
                Some(News::Missed) => {
                    let start = self.reader.start_over(self.progress.taken);
                    self.progress.start_over(start);
                }
                Some(News::Stopping) => panic!("nobody closed it"),
                None => {}
            },
            Step::Read | Step::Listen => {}
            Step::Anew => {
                self.relay.reset().unwrap();
                assert_eq!(self.reader.up_to_date(), None);
                self.relay.advanced(&[], place(self.applied));
            }
        }
    }

    /// The reader's revocations after `after` in the database.
    fn own(&self, after: Sequence) -> impl Iterator<Item = Entry> + '_ {
        let shown = self
            .committed
            .iter()
            .filter(|entry| entry.is_listed_for(OWN, Listed::In01));
        shown.filter(move |entry| entry.seq > after).copied()
    }

    fn settle(&mut self) {
        self.step(&Step::Apply(usize::MAX / 2));
        while self.progress.is_behind() || self.reader.up_to_date().is_none() {
            self.step(&Step::Read);
            self.step(&Step::Listen);
        }
    }
}

proptest! {
    #[test]
    fn each_revocation_is_received_once_and_in_order(
        before in prop::collection::vec(0u8..5, 0..250),
        after in 0i64..300,
        steps in prop::collection::vec(step(), 0..120),
    ) {
        let mut world = World::new(before, after);
        let start = world.progress.taken;
        for step in &steps {
            world.step(step);
            // Nothing is sent before it is applied.
            let applied = place(world.applied);
            prop_assert!(world.progress.held.iter().all(|entry| entry.seq <= applied));
            // A head that could be sent now is true.
            if let Some(head) = world.reader.up_to_date()
                && !world.progress.is_behind()
            {
                let due = world.own(start).filter(|entry| entry.seq <= head).count();
                prop_assert_eq!((head, world.progress.held.len()), (applied, due));
            }
        }
        world.settle();
        let expected: Vec<_> = world.own(start).collect();
        prop_assert_eq!(&world.progress.held, &expected);
    }

    #[test]
    fn after_a_loss_everything_is_received_again(
        before in prop::collection::vec(0u8..5, 0..250),
        steps in prop::collection::vec(step(), 0..40),
    ) {
        let mut world = World::new(before, i64::MAX);
        for step in &steps {
            world.step(step);
        }
        world.step(&Step::Anew);
        world.settle();
        let all: Vec<_> = world.own(Sequence(0)).collect();
        prop_assert!(world.progress.held.ends_with(&all));
    }
}

#[test]
fn readers_are_counted() {
    let relay = Relay::new(MANY);
    let first = relay.open(OWN, Listed::In01).unwrap();
    let _second = relay.open(OWN, Listed::All).unwrap();
    assert_eq!(
        relay.open(OWN, Listed::In01).err(),
        Some(Full::Organization)
    );
    let _third = relay.open(OrganizationId(2), Listed::All).unwrap();
    assert_eq!(
        relay.open(OrganizationId(3), Listed::In01).err(),
        Some(Full::Node)
    );
    drop(first);
    assert_eq!(relay.open_readers(), 2);
    let mut again = relay.open(OWN, Listed::In01).unwrap();
    relay.close();
    assert!(matches!(again.try_next(), Some(News::Stopping)));
    assert_eq!(relay.open(OWN, Listed::In01).err(), Some(Full::Node));
}

#[test]
fn an_entry_ends_the_streams_of_the_tokens_it_revokes() {
    let reader = Claims {
        jti: TokenId([9; 16]),
        organization: OWN,
        rev: Sequence(5),
        issued_at: Timestamp::from_seconds(1),
        token_use: TokenUse::Company { expires_at: None },
    };
    let ends = |seq, fact, standing| {
        let entry = Entry {
            fact,
            ..entry(seq, 1)
        };
        revokes(&entry, &reader, standing)
    };
    let (good, revoked) = (CredentialState::Valid, CredentialState::Revoked);
    let other = TokenId([8; 16]);
    assert!(ends(6, Fact::Revoked(Target::Organization), good));
    assert!(!ends(5, Fact::Revoked(Target::Organization), good));
    assert!(ends(
        6,
        Fact::Revoked(Target::CompanyToken(reader.jti)),
        good
    ));
    assert!(!ends(6, Fact::Revoked(Target::CompanyToken(other)), good));
    assert!(!ends(6, Fact::Revoked(Target::Token(reader.jti)), good));
    let key = Fact::Revoked(Target::Key(KeyId::generate()));
    assert!(!ends(6, key, good));
    assert!(ends(6, key, revoked));
}

#[test]
fn who_does_not_read_is_cut_off() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let pace = Pace {
        heartbeat: Duration::from_secs(1),
        patience: Duration::from_millis(1),
    };
    let (out, mut reader) = mpsc::channel(1);
    let said = || Said::Entries(vec![entry(1, 1)]);
    runtime.block_on(async {
        assert_eq!(send(said(), pace, &out).await, Ok(()));
        assert_eq!(send(said(), pace, &out).await, Err(End::Slow));
        assert_eq!(reader.recv().await, Some(said()));
        assert_eq!(send(said(), pace, &out).await, Ok(()));
        drop(reader);
        assert_eq!(send(said(), pace, &out).await, Err(End::Left));
    });
}
