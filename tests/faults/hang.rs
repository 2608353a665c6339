//! A PostgreSQL that hangs: its connections stay open and it sends nothing. The service must not
//! hang with it.

use std::time::Duration;

use crate::crowd::{Crowd, Errand, STORED};
use crate::database::Database;
use crate::dice::Dice;
use crate::outage::kept;
use crate::proxy::Proxy;
use crate::service::Installation;
use crate::wait;

/// Every answer must arrive within this time. Calls that are in progress when the hang begins get
/// time to finish; later calls are refused at once.
const ANSWERED_WITHIN: Duration = Duration::from_secs(15);

#[test]
fn a_silent_database_is_not_waited_for() {
    let Some(database) = Database::postgres() else {
        return;
    };
    let proxy = Proxy::before(&database.url());
    let installation = Installation::new(&proxy.url(&database.url()), &[]);
    let mut service = installation.serve();
    let operator = installation.populate("acme");
    let crowd = Crowd::new(&service, operator, &Dice::roll("hang"));
    let company = crowd.company().to_owned();

    let promises = crowd.run(|crowd| {
        crowd.until_done(&STORED, 20);
        proxy.fall_silent();
        crowd.until_refused(&STORED, 20);
        assert!(!service.is_ready());
        // Answers from memory continue for as long as the lease, and no longer.
        crowd.until_refused(&[Errand::Validate], 20);
        proxy.speak_again();
        wait::until("it is ready again", || service.is_ready());
        crowd.until_done(&STORED, 20);
        crowd.until_done(&[Errand::Validate], 200);
    });

    assert!(promises.wrong.is_empty(), "{:#?}", promises.wrong);
    assert!(promises.slowest < ANSWERED_WITHIN, "{:?}", promises.slowest);
    let before = kept(&service, &company, &promises);
    service.kill();
    service = installation.serve();
    assert_eq!(
        before,
        kept(&service, &company, &promises),
        "after a restart"
    );
}

#[test]
fn it_stops_though_the_database_is_silent() {
    let Some(database) = Database::postgres() else {
        return;
    };
    let proxy = Proxy::before(&database.url());
    let installation = Installation::new(
        &proxy.url(&database.url()),
        &[("HTTP_SHUTDOWN_TIMEOUT", "3s")],
    );
    let mut service = installation.serve();
    let operator = installation.populate("acme");
    let company = service.client().login("acme");
    proxy.fall_silent();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| service.client().try_issue(&company, operator));
        }
        wait::until("it is not ready", || !service.is_ready());
        service.terminate();
    });
    assert!(service.wait().success());
}
