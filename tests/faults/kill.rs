//! `kill -9` under issuing load: no token that a client received is missing from the ledger.

use std::sync::Mutex;
use std::thread;

use crate::crowd::is_unavailable;
use crate::database::{Database, on_both};
use crate::dice::Dice;
use crate::http::Outcome;
use crate::ledger;
use crate::service::Installation;
use crate::wait;

const ROUNDS: u32 = 3;
const CONNECTIONS: usize = 64;

on_both!(no_token_is_lost);

fn no_token_is_lost(database: &Database) {
    let mut dice = Dice::roll("kill");
    let installation = Installation::new(&database.url(), &[]);
    let mut service = installation.serve();
    let operator = installation.populate("acme");
    let company = service.client().login("acme");
    let received = Mutex::new(Vec::new());

    for round in 1..=ROUNDS {
        let enough =
            received.lock().unwrap().len() + usize::try_from(dice.within(100..1_500)).unwrap();
        let address = service.address;
        thread::scope(|scope| {
            for _ in 0..CONNECTIONS {
                scope.spawn(|| {
                    let mut client = crate::http::Client::new(address);
                    // An incomplete answer contains no token.
                    while let Outcome::Answered(answer) = client.try_issue(&company, operator) {
                        if !is_unavailable(&answer) {
                            let token = answer.string();
                            received.lock().unwrap().push(token);
                        }
                    }
                });
            }
            wait::until("tokens are issued", || {
                received.lock().unwrap().len() >= enough
            });
            // The last kill happens during a transaction that cannot be committed.
            let hand = (round == ROUNDS).then(|| database.hold());
            if hand.is_some() {
                let mut last = None;
                wait::until("the ledger stands still", || {
                    let now = service.metric("lanyard_ledger_batch_lines_count");
                    last.replace(now) == Some(now)
                });
            }
            service.kill();
        });
        service = installation.serve();
        ledger::holds_all(&mut service.client(), &company, &received.lock().unwrap());
    }
}
