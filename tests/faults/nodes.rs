//! Revoking while another node, or the registry of nodes, cannot be reached: who is told "revoked" can rely on it, and
//! whoever asks is told something.

use std::thread;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};

use crate::call::Verdict;
use crate::crowd::{is_stale, is_unavailable};
use crate::database::Database;
use crate::proxy::Proxy;
use crate::service::Installation;
use crate::wait;

/// The lease, a statement's longest life, and room for a busy machine.
const TOLD_WITHIN: Duration = Duration::from_secs(20);

#[test]
fn who_revokes_again_waits_for_the_others_too() {
    let Some(database) = Database::postgres() else {
        return;
    };
    let proxy = Proxy::before(&database.url());
    let settings = [("FEED_LEASE", "3s")];
    let near = Installation::new(&database.url(), &settings);
    let far = Installation::new(&proxy.url(&database.url()), &settings);
    let (near_service, far_service) = (near.serve(), far.serve());
    let operator = near.populate("acme");
    let mut client = near_service.client();
    let company = client.login("acme");
    let token = client.issue(&company, operator);
    assert_eq!(
        far_service.client().validate(&company, &token),
        Verdict::Valid
    );

    proxy.fall_silent();
    thread::scope(|scope| {
        scope.spawn(|| {
            let answer = near_service.client().try_revoke(&company, &token).answer();
            assert_eq!(answer.status, 204, "{answer:?}");
        });
        wait::until("the near node holds it", || {
            client.validate(&company, &token) == Verdict::revoked()
        });
        let answer = client.try_revoke(&company, &token).answer();
        assert_eq!(answer.status, 204, "{answer:?}");
        let far = far_service.client().try_validate(&company, &token).answer();
        assert!(is_stale(&far), "{far:?}");
    });
}

#[test]
fn a_registry_that_falls_silent_is_not_waited_for() {
    let Some(database) = Database::postgres() else {
        return;
    };
    let proxy = Proxy::before(&database.url());
    let settings = [("FEED_LEASE", "1s"), ("DATABASE_ACQUIRE_TIMEOUT", "500ms")];
    let installation = Installation::new(&proxy.url(&database.url()), &settings);
    let service = installation.serve();
    let operator = installation.populate("acme");
    let mut client = service.client();
    let company = client.login("acme");
    let token = client.issue(&company, operator);

    let mut hand = PgConnection::establish(&database.url()).unwrap();
    hand.batch_execute("BEGIN; LOCK TABLE nodes IN ACCESS EXCLUSIVE MODE")
        .unwrap();
    let begun = Instant::now();
    let answer = thread::scope(|scope| {
        let asked = scope.spawn(|| service.client().try_revoke(&company, &token).answer());
        wait::until("the revocation is committed", || {
            database.count("feed") == 1
        });
        proxy.fall_silent();
        hand.batch_execute("ROLLBACK").unwrap();
        asked.join().unwrap()
    });
    assert!(is_unavailable(&answer), "{answer:?}");
    assert!(begun.elapsed() < TOLD_WITHIN, "{:?}", begun.elapsed());

    proxy.speak_again();
    let mut client = service.client();
    wait::until("it can be told that it is revoked", || {
        client.try_revoke(&company, &token).answer().status == 204
    });
    assert_eq!(client.validate(&company, &token), Verdict::revoked());
}
