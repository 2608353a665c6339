//! One node at a time is on duty.

use std::time::Duration;

use diesel::prelude::*;
use lanyard::db::schema::jobs as rows;
use lanyard::db::{Error, Result};
use lanyard::jobs::Job;

use super::{counted, runs, service};
use crate::support::{Server, on_both};

fn names(server: &Server) -> Vec<String> {
    let read = |conn: &mut lanyard::db::Conn| -> Result<Vec<String>> {
        Ok(rows::table
            .order(rows::name)
            .select(rows::name)
            .load(conn)?)
    };
    server.app.db.read_blocking(read).unwrap()
}

/// Writes a row as a job would.
fn write(server: &Server, name: &str) -> Result<()> {
    let app = &server.app;
    app.nodes.duty.write(&app.db, |conn| {
        diesel::insert_into(rows::table)
            .values((rows::name.eq(name), rows::failures.eq(0)))
            .execute(conn)?;
        Ok(())
    })
}

on_both!(a_late_holder_commits_nothing);
fn a_late_holder_commits_nothing(one: &Server) {
    let two = &one.another(&[]);
    let attend = |server: &Server| server.app.nodes.duty.attend(&server.app.db).unwrap();
    assert!(matches!(write(one, "early"), Err(Error::Unavailable(_))));
    let first = attend(one).unwrap();
    assert_eq!(attend(two), None);
    write(one, "by one").unwrap();
    // It stays on duty as long as its heartbeat continues, and a little longer.
    for _ in 0..10 {
        one.wait(10);
        assert_eq!(attend(one), Some(first));
        assert_eq!(attend(two), None);
    }
    one.wait(30);
    assert!(!one.app.nodes.duty.is_on());
    assert_eq!(
        attend(two),
        None,
        "the row was unchanged for less than twice the lease"
    );
    one.wait(1);
    assert_ne!(attend(two).unwrap(), first);
    assert!(two.app.nodes.duty.is_on());
    // The first node resumes in the middle of its work.
    assert!(matches!(write(one, "late"), Err(Error::Unavailable(_))));
    assert_eq!(attend(one), None);
    write(two, "by two").unwrap();
    assert_eq!(names(one), ["by one", "by two"]);
    // When a node leaves, another takes over at once.
    two.app.nodes.duty.leave(&two.app.db).unwrap();
    assert!(attend(one).is_some());
    assert!(matches!(write(two, "late"), Err(Error::Unavailable(_))));
}

const HOUR: Duration = Duration::from_hours(1);

static MIXED: &[Job] = &[
    Job {
        name: "panics",
        every: HOUR,
        run: |_, _| panic!("this job panics on purpose"),
    },
    Job {
        name: "fails",
        every: HOUR,
        run: |_, _| Err(Error::Busy),
    },
    Job {
        name: "hourly",
        every: HOUR,
        run: |_, _| Ok(2),
    },
    Job {
        name: "daily",
        every: Duration::from_hours(24),
        run: |_, _| Ok(0),
    },
];

on_both!(a_failing_job_keeps_no_other_from_running);
fn a_failing_job_keeps_no_other_from_running(server: &Server) {
    let mut node = service(server, MIXED);
    // Three days, in steps of ten minutes. Halfway the node restarts and continues where it was.
    for step in 0..3 * 144 {
        if step == 200 {
            node.leave();
            node = service(server, MIXED);
        }
        node.step();
        node.step();
        server.wait(600);
    }
    assert_eq!(runs(server, "hourly"), 72);
    assert_eq!(counted(server, "done", "hourly"), 144);
    assert_eq!(counted(server, "failures", "hourly"), 0);
    assert_eq!(runs(server, "daily"), 3);
    for job in ["fails", "panics"] {
        let runs = runs(server, job);
        assert_eq!(counted(server, "failures", job), runs);
        assert!(
            (73..90).contains(&runs),
            "it retries soon, then runs at its interval: {runs}"
        );
    }
}

static TORN: &[Job] = &[Job {
    name: "torn",
    every: HOUR,
    run: |app, _| app.nodes.duty.leave(&app.db).map(|()| 1),
}];

on_both!(a_job_that_was_broken_off_is_done_by_the_next);
fn a_job_that_was_broken_off_is_done_by_the_next(one: &Server) {
    let two = &one.another(&[]);
    // A node that runs this job loses the duty before the job can be recorded as done.
    service(one, TORN).step();
    assert_eq!(runs(one, "torn"), 1);
    service(two, TORN).step();
    assert_eq!(runs(two, "torn"), 1);
    assert_eq!(names(one), Vec::<String>::new());
}
