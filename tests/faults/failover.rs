//! PostgreSQL with a synchronous standby: the primary dies under load and the standby takes over. Nothing that a client was
//! told is lost, and the nodes find the new primary by themselves.

use std::time::Duration;

use crate::cluster::{self, Options};
use crate::crowd::{Crowd, Errand, Promises, STORED};
use crate::dice::Dice;
use crate::outage::kept;
use crate::service::Installation;
use crate::wait;

/// No answer may take longer.
const ANSWERED_WITHIN: Duration = Duration::from_secs(15);

const DATABASE: &str = "failover";

#[test]
fn a_standby_takes_over_under_load() {
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
                crowd.until_done(&STORED, 20);
            }
            primary.kill();
            for crowd in crowds {
                crowd.until_refused(&STORED, 20);
            }
            standby.promote();
            for service in &services {
                wait::until("it is ready again", || service.is_ready());
            }
            for crowd in crowds {
                crowd.until_done(&STORED, 20);
                crowd.until_done(&[Errand::Validate], 200);
            }
        });
    });

    for told in [&of_one, &of_two] {
        assert!(told.wrong.is_empty(), "{:#?}", told.wrong);
        assert!(told.slowest < ANSWERED_WITHIN, "{:?}", told.slowest);
        // What one node promised the other keeps.
        let [kept_by_one, kept_by_two] = services.each_ref().map(|node| kept(node, &company, told));
        assert_eq!(kept_by_one, kept_by_two);
    }
}
