//! Groups of callers whose statement has no transaction, on PostgreSQL: if its connection breaks, nobody
//! knows whether it was committed, so it does not run again, and each caller gets 503.

use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_query;
use futures_util::future::join_all;
use lanyard::config::Url;
use lanyard::db::{Access, Conn, Db, Error, Group, Options, Party, Result, Together};
use lanyard::on_backend;

use crate::support::database::Database;

/// Breaks its connection for every group but those of the first two callers, who wait until all others
/// are there.
#[derive(Default)]
struct Breaks {
    all_are_there: (Mutex<bool>, Condvar),
    runs: Mutex<Vec<Vec<usize>>>,
}

struct Breaking(Arc<Breaks>);

impl Group for Breaking {
    type Item = usize;
    type Outcome = ();
    const ACCESS: Access = Access::Statement;

    fn run(&self, conn: &mut Conn, items: &[usize]) -> Result<Vec<()>> {
        self.0.runs.lock().unwrap().push(items.to_vec());
        if items.iter().all(|item| *item < 2) {
            let (there, opened) = &self.0.all_are_there;
            let there = there.lock().unwrap();
            drop(opened.wait_while(there, |there| !*there).unwrap());
            return Ok(vec![(); items.len()]);
        }
        let end = "SELECT pg_terminate_backend(pg_backend_pid())";
        on_backend!(conn, c => sql_query(end).execute(c))?;
        Ok(vec![(); items.len()])
    }
}

#[tokio::test]
async fn a_group_whose_connection_breaks_does_not_run_again() {
    let Some(database) = Database::postgres() else {
        return;
    };
    let url: Url = database.url().parse().unwrap();
    let db = Db::open(&Options {
        url,
        pool_size: 4,
        acquire_timeout: Duration::from_secs(10),
    })
    .unwrap();
    let group = Arc::new(Breaks::default());
    let together = Together::new(
        db.on_behalf_of(Party::Ledger),
        1_000,
        Breaking(Arc::clone(&group)),
    );
    let all = join_all((0..12).map(|item| together.run(item)));
    let open = async {
        let (there, opened) = &group.all_are_there;
        *there.lock().unwrap() = true;
        opened.notify_all();
    };
    // Each caller queues before the last one opens.
    let (outcomes, ()) = tokio::join!(all, open);
    for (item, outcome) in outcomes.into_iter().enumerate() {
        match outcome {
            Ok(()) => assert!(item < 2, "{item}"),
            Err(Error::Unavailable(_)) => {}
            Err(other) => panic!("{item}: {other}"),
        }
    }
    let mut ran: Vec<usize> = group.runs.lock().unwrap().concat();
    ran.sort_unstable();
    assert_eq!(ran, (0..12).collect::<Vec<_>>(), "each item once");
}
