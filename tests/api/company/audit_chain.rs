//! The chain over the audit log: what was sealed cannot be changed unnoticed.

use diesel::prelude::*;
use lanyard::audit::chain::Fault;
use lanyard::audit::verify::{Finding, Known, What, verify};
use lanyard::audit::{self, LOOKED_AT, job, seal};
use lanyard::base::OrganizationId;
use lanyard::db::schema::{audit as lines, audit_batches, audit_chain, deliveries};
use lanyard::db::{Conn, Error};
use serde_json::json;

use crate::support::{Server, on_both};

fn write<T>(server: &Server, body: impl FnOnce(&mut Conn) -> QueryResult<T>) -> T {
    let written = server
        .app
        .db
        .write_blocking(|conn| Ok::<_, Error>(body(conn)?));
    written.unwrap()
}

/// Seals what is not sealed. Returns the number of lines.
fn seal_all(server: &Server) -> usize {
    let app = &server.app;
    app.nodes.duty.attend(&app.db).unwrap().unwrap();
    job::seal(&app.db, &app.nodes.duty, app.clock.now()).unwrap()
}

/// Returns the faults, each with its batch.
fn faults(server: &Server, known: &[Known]) -> Vec<(i64, What)> {
    let report = verify(&server.app.db, known).unwrap();
    let fault = |finding: &Finding| (finding.batch, finding.fault);
    report.faults.iter().map(fault).collect()
}

fn newest(server: &Server) -> Known {
    let state = server
        .app
        .db
        .read_blocking(|conn| seal::state(conn, None))
        .unwrap();
    let newest = state.newest.unwrap();
    (newest.batch, newest.hash)
}

fn ids(server: &Server) -> Vec<i64> {
    write(server, |conn| {
        lines::table.order(lines::id).select(lines::id).load(conn)
    })
}

on_both!(lines_are_sealed_once_and_late_ones_go_into_the_next_batch);
fn lines_are_sealed_once_and_late_ones_go_into_the_next_batch(server: &Server) {
    let acme = server.organization("acme");
    acme.operator("Lan");
    let count = ids(server).len();
    assert_eq!(seal_all(server), count);
    assert_eq!(seal_all(server), 0, "nothing is sealed twice");
    let first = newest(server);
    // A transaction that took a low id may commit after one with a high id.
    let at = |id: i64| {
        write(server, |conn| {
            diesel::insert_into(lines::table)
                .values((
                    lines::id.eq(id),
                    lines::at.eq(1),
                    lines::actor.eq("system"),
                    lines::action.eq("key.created"),
                    lines::occurrences.eq(1),
                    lines::detail.eq("late"),
                ))
                .execute(conn)
        })
    };
    at(5_000);
    assert_eq!(seal_all(server), 1);
    at(4_000);
    assert_eq!(seal_all(server), 1);
    assert_eq!(newest(server).0, first.0 + 2);
    let report = verify(&server.app.db, &[first, newest(server)]).unwrap();
    assert_eq!(report.faults, []);
    assert_eq!((report.batches, report.compared), (3, 2));
    assert_eq!(report.lines, count as u64 + 2);
    assert_eq!(report.state.unsealed, 0);
}

on_both!(whatever_is_done_to_sealed_lines_is_found_and_named);
fn whatever_is_done_to_sealed_lines_is_found_and_named(server: &Server) {
    let acme = server.organization("acme");
    acme.operator("Lan");
    seal_all(server);
    let (batch, _) = newest(server);
    let ids = ids(server);
    let (one, next) = (ids[2], ids[3]);
    let detail = |id: i64, text: Option<&str>| {
        let text = text.map(str::to_owned);
        write(server, |conn| {
            diesel::update(lines::table.find(id))
                .set(lines::detail.eq(text))
                .execute(conn)
        });
    };
    detail(one, Some("never happened"));
    assert_eq!(
        faults(server, &[]),
        [(batch, What::Batch(Fault::Line(one)))]
    );
    detail(one, None);
    assert_eq!(faults(server, &[]), []);

    let sealed_in = |id: i64, batch: Option<i64>| {
        write(server, |conn| {
            diesel::update(lines::table.find(id))
                .set(lines::batch.eq(batch))
                .execute(conn)
        });
    };
    // As if it had not been sealed.
    sealed_in(one, None);
    assert_eq!(
        faults(server, &[]),
        [(batch, What::Batch(Fault::Line(next)))]
    );
    sealed_in(one, Some(batch + 7));
    assert!(faults(server, &[]).contains(&(batch, What::Astray(one))));
    sealed_in(one, Some(batch));
    assert_eq!(faults(server, &[]), []);

    // The job finds it too, and the console says so.
    detail(one, Some("never happened"));
    let app = &server.app;
    job::check(&app.db, &app.nodes.duty).unwrap();
    let broken = || {
        let state = app.db.read_blocking(|conn| seal::state(conn, None));
        state.unwrap().broken
    };
    assert_eq!(broken(), Some(batch));
    detail(one, None);
    job::check(&app.db, &app.nodes.duty).unwrap();
    assert_eq!(broken(), None);

    // It keeps the first batch at fault, also if it finds a later one before.
    acme.operator("Minh");
    seal_all(server);
    let later = newest(server).0;
    let minh = write(server, |conn| {
        let of_later = lines::table.filter(lines::batch.eq(later));
        of_later.select(lines::id).first::<i64>(conn)
    });
    detail(minh, Some("never happened"));
    job::check(&app.db, &app.nodes.duty).unwrap();
    assert_eq!(broken(), Some(later));
    detail(one, Some("never happened"));
    job::check(&app.db, &app.nodes.duty).unwrap();
    assert_eq!(broken(), Some(batch));
    detail(one, None);
    detail(minh, None);

    let last = *ids.last().unwrap();
    write(server, |conn| {
        diesel::delete(lines::table.find(last)).execute(conn)
    });
    assert_eq!(faults(server, &[]), [(batch, What::Batch(Fault::Removed))]);
}

on_both!(only_a_hash_that_is_kept_elsewhere_shows_that_the_end_was_cut_off);
fn only_a_hash_that_is_kept_elsewhere_shows_that_the_end_was_cut_off(server: &Server) {
    let acme = server.organization("acme");
    seal_all(server);
    let before = newest(server);
    acme.operator("Lan");
    seal_all(server);
    let cut = newest(server);
    write(server, |conn| {
        diesel::delete(lines::table.filter(lines::batch.eq(cut.0))).execute(conn)?;
        diesel::delete(audit_batches::table.find(cut.0)).execute(conn)?;
        diesel::update(audit_chain::table)
            .set((
                audit_chain::batch.eq(before.0),
                audit_chain::hash.eq(before.1.0.to_vec()),
            ))
            .execute(conn)
    });
    assert_eq!(faults(server, &[before]), []);
    assert_eq!(faults(server, &[before, cut]), [(cut.0, What::Short)]);
    // Something else was sealed in its place.
    acme.operator("Minh");
    seal_all(server);
    assert_eq!(faults(server, &[before, cut]), [(cut.0, What::Unlike)]);
}

on_both!(a_purge_keeps_the_hash_that_the_rest_begins_with);
fn a_purge_keeps_the_hash_that_the_rest_begins_with(server: &Server) {
    let acme = server.organization("acme");
    seal_all(server);
    server.run(400 * 86_400);
    acme.operator("Lan");
    seal_all(server);
    let app = &server.app;
    let retention = app.settings.retention.audit;
    let ticks = app.nodes.feed.index().ticks();
    let gone = job::purge(&app.db, &app.nodes.duty, retention, &ticks).unwrap();
    assert_eq!(gone, 4);
    let report = verify(&app.db, &[newest(server)]).unwrap();
    assert_eq!(report.faults, []);
    assert_eq!((report.purged, report.batches, report.lines), (1, 1, 1));
    // The chain goes on although everything was purged.
    server.run(3_600);
    server.run(401 * 86_400);
    let ticks = app.nodes.feed.index().ticks();
    job::purge(&app.db, &app.nodes.duty, retention, &ticks).unwrap();
    assert_eq!(ids(server), [0; 0]);
    acme.operator("Minh");
    seal_all(server);
    let report = verify(&app.db, &[]).unwrap();
    assert_eq!(report.faults, []);
    assert_eq!((report.purged, report.lines), (2, 1));
}

on_both!(
    the_newest_hash_goes_to_webhooks_every_hour,
    "webhooks.allow_private=true"
);
fn the_newest_hash_goes_to_webhooks_every_hour(server: &Server) {
    let acme = server.organization("acme");
    acme.post("/api/company/webhooks")
        .json(&json!({"url": "http://127.0.0.1:9/", "events": ["audit.sealed"]}))
        .send()
        .with_status(201);
    seal_all(server);
    let (batch, hash) = newest(server);
    acme.operator("Lan");
    seal_all(server);
    let sent = || -> Vec<String> {
        write(server, |conn| {
            let sealed = deliveries::table.filter(deliveries::event.eq("audit.sealed"));
            sealed.select(deliveries::body).load(conn)
        })
    };
    let expected = format!(
        "{{\"type\":\"audit.sealed\",\"timestamp\":\"2030-01-01T00:00:00Z\",\"data\":{{\"batch\":{batch},\"hash\":\"{hash}\",\
         \"sealedAt\":\"2030-01-01T00:00:00Z\"}}}}"
    );
    assert_eq!(sent(), [expected]);
    server.wait(3_600);
    acme.operator("Minh");
    seal_all(server);
    assert_eq!(sent().len(), 2);
}

on_both!(a_search_reads_a_bounded_number_of_lines_and_goes_on_from_there);
fn a_search_reads_a_bounded_number_of_lines_and_goes_on_from_there(server: &Server) {
    let acme = server.organization("acme");
    acme.operator("Lan");
    let (organization, now) = (OrganizationId(acme.id), server.app.clock.now());
    let event = audit::Event::of(
        &audit::Origin::command_line(),
        audit::Action::SignInFailed,
        now,
        organization,
    );
    let many = vec![event; usize::try_from(LOOKED_AT).unwrap()];
    let written = server.app.db.write_blocking(|conn| {
        many.chunks(1_000)
            .try_for_each(|some| audit::record_all(conn, some))
    });
    written.unwrap();
    let read = |query: &str| {
        let answer = acme.get(&format!("/api/company/audit?{query}")).send();
        answer.with_status(200).json()
    };
    let first = read("action=operator.created");
    assert_eq!(first["items"], json!([]));
    let cursor = first["nextCursor"].as_str().unwrap();
    let second = read(&format!("action=operator.created&cursor={cursor}"));
    assert_eq!(second["items"].as_array().unwrap().len(), 1);
    assert_eq!(second["nextCursor"], json!(null));
    // An index finds lines by actor and by subject, however old.
    assert_eq!(
        read("target=operator:1")["items"].as_array().unwrap().len(),
        1
    );
}
