use std::time::Duration;

use diesel::prelude::*;
use futures_util::FutureExt;
use futures_util::future::join_all;

use super::*;
use crate::config::Url;
use crate::db::schema::sequences;
use crate::db::{Options, migrate};

/// Counts up for each item. An item may be one that fails, or panics.
struct CountUp;

#[derive(Clone, Copy)]
enum Item {
    Good,
    Fails(i32),
    Panics,
}

impl Group for CountUp {
    type Item = Item;
    type Outcome = i64;
    const ACCESS: Access = Access::Transaction;

    fn run(&self, conn: &mut Conn, items: &[Item]) -> Result<Vec<i64>> {
        let mut values = Vec::new();
        for item in items {
            values.push(count_up(conn)?);
            match item {
                Item::Good => {}
                Item::Fails(number) => return Err(Error::Internal(number.to_string())),
                Item::Panics => panic!("this one panics on purpose"),
            }
        }
        Ok(values)
    }
}

fn together(folder: &tempfile::TempDir) -> (Db, Arc<Together<CountUp>>) {
    let url = Url::Sqlite(folder.path().join("test.db"));
    migrate(&url).unwrap();
    let db = Db::open(&Options {
        url,
        pool_size: 2,
        acquire_timeout: Duration::from_secs(5),
    })
    .unwrap();
    let together = Together::new(db.on_behalf_of(Party::Ledger), 1_000, CountUp);
    (db, together)
}

fn count_up(conn: &mut Conn) -> Result<i64> {
    Ok(diesel::update(sequences::table.find("operators"))
        .set(sequences::value.eq(sequences::value + 1))
        .returning(sequences::value)
        .get_result(conn)?)
}

fn value(db: &Db) -> i64 {
    db.read_blocking(|conn| {
        let row = sequences::table.find("operators");
        Ok::<_, Error>(row.select(sequences::value).first(conn)?)
    })
    .unwrap()
}

#[tokio::test]
async fn each_caller_gets_its_own_outcome_once_it_is_committed() {
    let folder = tempfile::tempdir().unwrap();
    let (db, together) = together(&folder);
    let before = value(&db);
    let all = join_all((0..200).map(|_| together.run(Item::Good))).await;
    let mut values: Vec<i64> = all.into_iter().map(Result::unwrap).collect();
    values.sort_unstable();
    assert_eq!(values, (before + 1..=before + 200).collect::<Vec<_>>());
    assert_eq!(value(&db), before + 200);
    // And again, after nobody was at work.
    assert_eq!(together.run(Item::Good).await.unwrap(), before + 201);
}

#[tokio::test]
async fn one_that_fails_undoes_its_own_writes_only() {
    let folder = tempfile::tempdir().unwrap();
    let (db, together) = together(&folder);
    let before = value(&db);
    let item = |number| match number % 10 {
        3 => Item::Fails(number),
        _ => Item::Good,
    };
    let all = join_all((0..100).map(|number| together.run(item(number)))).await;
    for (number, outcome) in all.into_iter().enumerate() {
        match outcome {
            Ok(_) => assert_ne!(number % 10, 3),
            Err(why) => assert!(matches!(why, Error::Internal(text) if text == number.to_string())),
        }
    }
    assert_eq!(value(&db), before + 90);
}

#[tokio::test]
async fn one_that_panics_fails_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (db, together) = together(&folder);
    let before = value(&db);
    let item = |number| match number {
        33 => Item::Panics,
        _ => Item::Good,
    };
    let all = join_all((0..100).map(|number| together.run(item(number)))).await;
    for (number, outcome) in all.into_iter().enumerate() {
        match outcome {
            Ok(_) => assert_ne!(number, 33),
            Err(why) => assert!(number == 33 && matches!(why, Error::Internal(_))),
        }
    }
    assert_eq!(value(&db), before + 99);
    assert_eq!(together.run(Item::Good).await.unwrap(), before + 100);
}

#[test]
fn a_runtime_that_is_shutting_down_leaves_no_thread_at_work() {
    let folder = tempfile::tempdir().unwrap();
    let (db, together) = together(&folder);
    let before = value(&db);
    let runtime = || {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_time().build().unwrap()
    };
    let ending = runtime();
    let handle = ending.handle().clone();
    ending.shutdown_background();
    let entered = handle.enter();
    // The thread never begins. Tokio's timer may panic, because its runtime is gone.
    let _ = catch_unwind(AssertUnwindSafe(|| together.run(Item::Good).now_or_never()));
    drop(entered);
    assert_eq!(together.state.lock().at_work, 0);
    // That caller has gone, so nothing is done for it.
    let next = runtime().block_on(together.run(Item::Good));
    assert_eq!(next.unwrap(), before + 1);
}

#[tokio::test]
async fn a_party_that_has_its_share_of_the_queue_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let (db, _) = together(&folder);
    let together = Together::new(db.on_behalf_of(Party::Ledger), 0, CountUp);
    let refused = together.run(Item::Good).await;
    assert!(matches!(refused, Err(Error::Busy)));
    assert_eq!(together.state.lock().at_work, 0);
}
