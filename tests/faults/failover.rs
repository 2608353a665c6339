//! PostgreSQL with a synchronous standby: the primary crashes under load and the standby replaces
//! it. Nothing that was confirmed to a client is lost, and the nodes find the new primary by
//! themselves.

use std::time::Duration;

use crate::cluster::{self, Options};
use crate::crowd::{Crowd, Errand, Promises, STORED};
use crate::dice::Dice;
use crate::outage::kept;
use crate::service::Installation;
use crate::tempdir::alone;
use crate::wait;

/// Every answer must arrive within this time.
const ANSWERED_WITHIN: Duration = Duration::from_secs(15);

const DATABASE: &str = "failover";

#[test]
fn a_standby_takes_over_under_load() {
    let _machine = alone();
    let options = Options {
        fsync: true,
        ..Options::default()
    };
    let Some(primary) = cluster::start_or_skip(options) else {
        return;
    };
    let standby = primary.with_standby();
    primary.create_database(DATABASE, None);
    let url = primary.url_of_either(&standby, DATABASE);
    let installations = [(); 2].map(|()| Installation::new(&url, &[]));
    let services = installations.each_ref().map(Installation::serve);
    let operator = installations[0].populate("acme");
    let dice = Dice::roll("failover");
    let [one, two] = [0, 1].map(|node| Crowd::new(&services[node], operator, &dice.fork(node)));
    let company = one.company().to_owned();

    let mut of_two = Promises::default();
    let of_one = one.run(|one| {
        of_two = two.run(|two| {
            let crowds = [one, two];
            for crowd in crowds {
                crowd.until_done(&STORED, 10);
            }
            primary.kill();
            for crowd in crowds {
                crowd.until_refused(&STORED, 10);
            }
            standby.promote();
            for service in &services {
                wait::until("it is ready again", || service.is_ready());
            }
            for crowd in crowds {
                crowd.until_done(&STORED, 10);
                crowd.until_done(&[Errand::Validate], 200);
            }
        });
    });

    for promises in [&of_one, &of_two] {
        assert!(promises.wrong.is_empty(), "{:#?}", promises.wrong);
        assert!(promises.slowest < ANSWERED_WITHIN, "{:?}", promises.slowest);
        // The other node keeps what one node confirmed.
        let [kept_by_one, kept_by_two] = services
            .each_ref()
            .map(|node| kept(node, &company, promises));
        assert_eq!(kept_by_one, kept_by_two);
    }
}

#[test]
fn validation_goes_on_while_the_standby_is_away() {
    let _machine = alone();
    let options = Options {
        fsync: true,
        ..Options::default()
    };
    let Some(primary) = cluster::start_or_skip(options) else {
        return;
    };
    let standby = primary.with_standby();
    primary.create_database(DATABASE, None);
    let installation = Installation::new(&primary.url(DATABASE), &[("FEED_LEASE", "2s")]);
    let mut service = installation.serve();
    let operator = installation.populate("acme");
    let crowd = Crowd::new(&service, operator, &Dice::roll("standby away"));
    let company = crowd.company().to_owned();

    let promises = crowd.run(|crowd| {
        crowd.until_done(&STORED, 5);
        standby.kill();
        // No write is confirmed; each of these calls waits for longer than the lease.
        crowd.until_refused(&STORED, 5);
        crowd.until_done(&[Errand::Validate], 500);
        standby.start_again();
        crowd.until_done(&STORED, 5);
    });

    assert!(promises.wrong.is_empty(), "{:#?}", promises.wrong);
    let before = kept(&service, &company, &promises);
    service.kill();
    service = installation.serve();
    assert_eq!(
        before,
        kept(&service, &company, &promises),
        "after a restart"
    );
}
