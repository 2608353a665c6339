//! `kill -9` of a node that accepts DPoP proofs and assertions: none that it accepted is accepted again.

use std::sync::Mutex;
use std::thread;

use serde_json::json;

use crate::crowd::is_unavailable;
use crate::database::{Database, on_both};
use crate::dice::Dice;
use crate::http::{Client, Outcome};
use crate::oauth::{App, ISSUER, TOKEN};
use crate::service::Installation;
use crate::signer::{Signer, with_proof};
use crate::wait;

const CONNECTIONS: usize = 8;

on_both!(
    no_proof_is_accepted_again_after_a_kill,
    no_assertion_is_accepted_again_after_a_kill,
);

fn no_proof_is_accepted_again_after_a_kill(database: &Database) {
    let refused = (400, "invalid_dpop_proof");
    accepted_once(database, "proofs", refused, |client, company| {
        let (app, signer) = (App::register(client, company, &json!({})), Signer::new());
        Box::new(move |jti| {
            let request = app.form(TOKEN, &[("grant_type", "client_credentials")]);
            with_proof(&request, &signer.proof(jti))
        })
    });
}

fn no_assertion_is_accepted_again_after_a_kill(database: &Database) {
    let refused = (401, "invalid_client");
    accepted_once(database, "assertions", refused, |client, company| {
        let signer = Signer::new();
        let id = signer.register(client, company);
        Box::new(move |jti| signer.request_with_assertion(&id, jti))
    });
}

/// Makes a request for a token from the id of what it has that is accepted once.
type Make = Box<dyn Fn(&str) -> String + Sync>;

/// Kills a node that accepts requests, and sends all of them again. `refused` is the answer then.
fn accepted_once(
    database: &Database,
    seed: &str,
    refused: (u16, &str),
    make: impl FnOnce(&mut Client, &str) -> Make,
) {
    let mut dice = Dice::roll(seed);
    let installation = Installation::new(&database.url(), &[ISSUER]);
    let mut service = installation.serve();
    installation.populate("acme");
    let mut client = service.client();
    let company = client.login("acme");
    let make = make(&mut client, &company);
    // Requests that were accepted, and those whose answer the kill took away.
    let (accepted, open) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()));

    let enough = usize::try_from(dice.within(50..300)).unwrap();
    let address = service.address;
    thread::scope(|scope| {
        for connection in 0..CONNECTIONS {
            let (accepted, open, make) = (&accepted, &open, &make);
            scope.spawn(move || {
                let mut client = Client::new(address);
                for number in 0.. {
                    let request = make(&format!("{connection}-{number}"));
                    match client.send(&request) {
                        Outcome::Answered(answer) if answer.status == 200 => {
                            accepted.lock().unwrap().push(request);
                        }
                        Outcome::Answered(answer) => {
                            assert!(is_unavailable(&answer), "{answer:?}");
                        }
                        Outcome::Nothing(_) | Outcome::Torn(_) => {
                            open.lock().unwrap().push(request);
                            break;
                        }
                    }
                }
            });
        }
        wait::until("requests are accepted", || {
            accepted.lock().unwrap().len() >= enough
        });
        service.kill();
    });

    let service = installation.serve();
    let mut client = service.client();
    let is_accepted = |client: &mut Client, request: &str| {
        let answer = client.send(request).answer();
        let error = answer.json()["error"].clone();
        assert!(
            answer.status == 200 || (answer.status == refused.0 && error == refused.1),
            "{answer:?}"
        );
        answer.status == 200
    };
    for request in accepted.into_inner().unwrap() {
        assert!(!is_accepted(&mut client, &request), "{request}");
    }
    // The killed node has used what such a request has, or not. From now on it is used.
    for request in open.into_inner().unwrap() {
        is_accepted(&mut client, &request);
        assert!(!is_accepted(&mut client, &request), "{request}");
    }
}
