//! Many calls at once, on two nodes: what works once works once.

use std::collections::BTreeSet;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use diesel::prelude::*;
use lanyard::base::{Digest, GrantId};
use lanyard::db::schema::{codes, grants, ledger, opaque_tokens, refresh_tokens};
use lanyard::db::{Conn, Result};
use serde_json::json;

use super::world::{CALLBACK, Client, FORM, VERIFIER, client, error, organization, tokens};
use crate::support::{Answer, Server, on_both};

/// Runs `call` on `threads` threads at once, each with its number.
pub(crate) fn at_once(threads: usize, call: impl Fn(usize) -> Answer + Sync) -> Vec<Answer> {
    let barrier = Barrier::new(threads);
    thread::scope(|scope| {
        let running: Vec<_> = (0..threads)
            .map(|number| {
                let (barrier, call) = (&barrier, &call);
                scope.spawn(move || {
                    barrier.wait();
                    call(number)
                })
            })
            .collect();
        running.into_iter().map(|one| one.join().unwrap()).collect()
    })
}

on_both!(fifty_redemptions_at_once_yield_one_answer_which_is_revoked);
fn fifty_redemptions_at_once_yield_one_answer_which_is_revoked(server: &Server) {
    let other = &server.another(&["oauth.issuer=http://localhost:8080"]);
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    let shop = client(server, &acme, &json!({}));
    other.follow();
    let code = shop.code(lan, "read");
    let answers = at_once(50, |number| {
        let node = if number % 2 == 0 { server } else { other };
        shop.post_to(
            node,
            "/oauth/token",
            &[
                ("grant_type", "authorization_code"),
                ("code", &code),
                ("redirect_uri", super::world::CALLBACK),
                ("code_verifier", super::world::VERIFIER),
            ],
        )
    });
    let good: Vec<_> = answers.iter().filter(|one| one.status == 200).collect();
    assert_eq!(good.len(), 1);
    let busy = answers.iter().filter(|one| one.status == 503).count();
    assert!(busy < 25, "{busy}");
    for answer in answers
        .iter()
        .filter(|one| ![200, 503].contains(&one.status))
    {
        assert_eq!(error(answer), (400, "invalid_grant".to_owned()));
    }
    let (access, refresh) = tokens(good[0]);
    assert!(!shop.is_active(&access) && !shop.is_active(&refresh));
}

/// Uses the grant of one code for another code as well: what the second yields cannot be written.
fn spoil(server: &Server, spoilt: &str, by: &str) {
    let [spoilt, by] = [spoilt, by].map(Digest::of);
    let change = |conn: &mut Conn| -> Result<usize> {
        let of = codes::table.filter(codes::digest.eq(by));
        let grant: GrantId = of.select(codes::grant_id).first(conn)?;
        let spoilt = codes::table.filter(codes::digest.eq(spoilt));
        Ok(diesel::update(spoilt)
            .set(codes::grant_id.eq(grant))
            .execute(conn)?)
    };
    assert_eq!(server.app.db.write_blocking(change).unwrap(), 1);
}

/// How many rows there are that redemptions and refreshes write.
fn written(server: &Server) -> [i64; 4] {
    let count = |conn: &mut Conn| -> Result<[i64; 4]> {
        Ok([
            grants::table.count().get_result(conn)?,
            refresh_tokens::table.count().get_result(conn)?,
            opaque_tokens::table.count().get_result(conn)?,
            ledger::table.count().get_result(conn)?,
        ])
    };
    server.app.db.read_blocking(count).unwrap()
}

on_both!(requests_of_one_group_have_their_own_outcomes);
fn requests_of_one_group_have_their_own_outcomes(server: &Server) {
    let other = &server.another(&["oauth.issuer=http://localhost:8080"]);
    let (acme, umbrella) = (
        organization(server, "acme"),
        organization(server, "umbrella"),
    );
    let (lan, mai) = (acme.operator("Lan"), umbrella.operator("Mai"));
    let shop = client(server, &acme, &json!({}));
    let opaque = client(server, &umbrella, &json!({"tokenFormat": "opaque"}));
    other.follow();
    let redeemed = shop.code(lan, "read");
    let (_, refresh) = tokens(&shop.redeem(&redeemed));
    let good: Vec<_> = (0..8).map(|_| shop.code(lan, "read")).collect();
    let good_opaque: Vec<_> = (0..8).map(|_| opaque.code(mai, "read")).collect();
    let (twice, spoilt) = (shop.code(lan, "read"), shop.code(lan, "read"));
    spoil(server, &spoilt, &redeemed);
    let before = written(server);
    let answers = at_once(32, |number| {
        let node = if number % 2 == 0 { server } else { other };
        let redeem = |client: &Client<'_>, code: &str| {
            let sent = [
                ("grant_type", "authorization_code"),
                ("code", code),
                ("redirect_uri", CALLBACK),
                ("code_verifier", VERIFIER),
            ];
            client.post_to(node, "/oauth/token", &sent)
        };
        match number {
            0..8 => redeem(&shop, &good[number]),
            8..16 => redeem(&opaque, &good_opaque[number - 8]),
            16..20 => redeem(&shop, &twice),
            20..24 => redeem(&shop, &spoilt),
            // Another client's code.
            24..28 => redeem(&opaque, &good[number - 24]),
            _ => {
                let sent = [
                    ("grant_type", "refresh_token"),
                    ("refresh_token", refresh.as_str()),
                ];
                shop.post_to(node, "/oauth/token", &sent)
            }
        }
    });
    let (of_good, rest) = answers.split_at(16);
    for (number, answer) in of_good.iter().enumerate() {
        let client = if number < 8 { &shop } else { &opaque };
        let (access, refresh) = tokens(answer);
        assert!(client.is_active(&access) && client.is_active(&refresh));
    }
    let (of_twice, rest) = rest.split_at(4);
    let once: Vec<_> = of_twice.iter().filter(|one| one.status == 200).collect();
    assert_eq!(once.len(), 1);
    assert!(!shop.is_active(&tokens(once[0]).0));
    let (of_spoilt, rest) = rest.split_at(4);
    assert!(of_spoilt.iter().all(|one| one.status >= 500));
    let (of_others, of_refresh) = rest.split_at(4);
    for answer in of_others {
        assert_eq!(error(answer), (400, "invalid_grant".to_owned()));
    }
    let successors: BTreeSet<_> = of_refresh.iter().map(|one| tokens(one).1).collect();
    assert_eq!(successors.len(), 1);
    // Of what was refused nothing was written: 17 grants; a refresh token of each and a successor; and
    // beside them an access token of each grant and of each refresh.
    let after = written(server);
    let more: Vec<_> = after
        .iter()
        .zip(before)
        .map(|(after, before)| after - before)
        .collect();
    assert_eq!(more, [17, 18, 8, 17 + 18 + 4]);
}

on_both!(many_refreshes_at_once_have_one_successor);
fn many_refreshes_at_once_have_one_successor(server: &Server) {
    let other = &server.another(&["oauth.issuer=http://localhost:8080"]);
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    let shop = client(server, &acme, &json!({}));
    other.follow();
    let (_, refresh) = tokens(&shop.redeem(&shop.code(lan, "read")));
    let answers = at_once(40, |number| {
        let node = if number % 2 == 0 { server } else { other };
        let sent = [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh.as_str()),
        ];
        shop.post_to(node, "/oauth/token", &sent)
    });
    let good: Vec<_> = answers.iter().filter(|one| one.status == 200).collect();
    assert!(!good.is_empty());
    for answer in &answers {
        assert!([200, 503].contains(&answer.status), "{answer}");
    }
    let successors: BTreeSet<_> = good.iter().map(|one| tokens(one).1).collect();
    assert_eq!(successors.len(), 1);
    for answer in good {
        assert!(shop.is_active(&tokens(answer).0));
    }
    let successor = successors.into_iter().next().unwrap();
    shop.refresh(&successor).with_status(200);
}

on_both!(what_a_refresh_returns_while_the_family_is_revoked_is_revoked);
fn what_a_refresh_returns_while_the_family_is_revoked_is_revoked(server: &Server) {
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    let shop = client(server, &acme, &json!({}));
    for _ in 0..5 {
        let (_, refresh) = tokens(&shop.redeem(&shop.code(lan, "read")));
        let answers = at_once(8, |number| {
            if number == 0 {
                shop.post("/oauth/revoke", &[("token", &refresh)])
            } else {
                shop.refresh(&refresh)
            }
        });
        answers[0].with_status(200);
        for answer in answers.iter().skip(1) {
            match answer.status {
                200 => {
                    let (access, refresh) = tokens(answer);
                    assert!(!shop.is_active(&access) && !shop.is_active(&refresh));
                }
                400 => assert_eq!(error(answer), (400, "invalid_grant".to_owned())),
                other => panic!("{other}"),
            }
        }
    }
}

on_both!(a_node_that_stops_in_the_middle_makes_no_second_successor);
fn a_node_that_stops_in_the_middle_makes_no_second_successor(server: &Server) {
    let other = server.another(&[]);
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    let shop = client(server, &acme, &json!({}));
    other.follow();
    let (_, refresh) = tokens(&shop.redeem(&shop.code(lan, "read")));
    let body = shop.body(&[("grant_type", "refresh_token"), ("refresh_token", &refresh)]);
    let answered = AtomicUsize::new(0);
    let answers: Vec<Answer> = thread::scope(|scope| {
        let callers: Vec<_> = (0..200)
            .map(|number| {
                let (node, body) = (if number % 2 == 0 { server } else { &other }, &body);
                let answered = &answered;
                scope.spawn(move || {
                    let call = node.post("/oauth/token").body(FORM, body.as_str());
                    // The node that stops answers some callers, and closes the others' connections.
                    let answer = call.try_send();
                    answered.fetch_add(1, Ordering::Relaxed);
                    answer
                })
            })
            .collect();
        while answered.load(Ordering::Relaxed) < 50 {
            thread::yield_now();
        }
        other.stop_serving();
        let done = callers.into_iter().filter_map(|one| one.join().unwrap());
        done.collect()
    });
    drop(other);
    for answer in &answers {
        // More callers of one organization than the node lets wait for the database get 503.
        assert!([200, 503].contains(&answer.status), "{answer}");
    }
    let good = answers.iter().filter(|one| one.status == 200);
    let successors: BTreeSet<_> = good.map(|one| tokens(one).1).collect();
    assert_eq!(successors.len(), 1);
    let successor = successors.into_iter().next().unwrap();
    assert_eq!(tokens(&shop.refresh(&refresh)).1, successor);
    shop.refresh(&successor).with_status(200);
}
