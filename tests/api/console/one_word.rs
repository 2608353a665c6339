//! One word for the state of a token: the list, its own page, explaining it, the API and the commands say
//! the same, on every node, for as long as anything is known about the token.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::Arc;

use lanyard::audit::Origin;
use lanyard::base::{KeyId, OrganizationId};
use lanyard::jobs::{LOCAL, Runner};
use lanyard::{feed, organization, revocation, signing_keys};

use super::tokens::jti;
use super::*;
use crate::oauth::world;
use crate::support::on_both;

const DAY: u64 = 86_400;

/// Another node on the same database.
const SECOND_NODE: &[&str] = &["oauth.issuer=http://localhost:8080"];

const KINDS: [&str; 6] = [
    "company", "operator", "access", "refresh", "session", "console",
];

/// What the lists of a node say about all tokens of an organization, by id.
fn listed(node: &Server, browser: &Browser) -> BTreeMap<String, String> {
    let mut states = BTreeMap::new();
    for kind in KINDS {
        let page = browser.open(node, &format!("/console/tokens?kind={kind}&state=all"));
        for row in page.html().split("<tr data-id=\"").skip(1) {
            let id = row.split('"').next().unwrap().to_owned();
            let cell = row.split("data-label=\"Status\">").nth(1).unwrap();
            let word = cell.split('>').nth(1).unwrap();
            states.insert(id, word.split('<').next().unwrap().to_owned());
        }
    }
    states
}

/// Checks that all places say the same about every token that the list has. Returns what they say about
/// those that have a name here.
fn agreed<'a>(
    node: &Server,
    acme: &Organization<'_>,
    named: &[(&'a str, String)],
    when: &str,
) -> Vec<(&'a str, String)> {
    node.follow();
    let browser = Browser::signed_in(node, &format!("{}/olga", acme.login), PASSWORD);
    // The key that signed the last one may be revoked.
    let company = {
        let body = json!({"login": acme.login, "password": acme.password});
        let answer = node.post("/api/company/get-token").json(&body).send();
        answer.with_status(200).string()
    };
    let listed = listed(node, &browser);
    for (id, word) in &listed {
        let page = browser.open(node, &format!("/console/tokens/{id}"));
        let of_page = page.data("verdict", "data-status").unwrap();
        let fields = [("token", id.as_str()), ("do", "explain")];
        let answer = browser.submit(node, "/console/tokens/explain", "explain", &fields);
        let explained = Page { answer }.data("verdict", "data-status").unwrap();
        let api = node
            .get(&format!("/api/company/tokens/{id}"))
            .bearer(&company)
            .send();
        let api = api.with_status(200).json();
        let api = api["status"].as_str().unwrap();
        let name = named.iter().find(|(_, named)| named == id);
        assert_eq!(
            [word.as_str(), &of_page, &explained],
            [api; 3],
            "the list, the page, explaining, and the API, of {name:?} {when}"
        );
    }
    let word = |(name, id): &(&'a str, String)| (*name, listed[id].clone());
    named.iter().map(word).collect()
}

/// Runs a command about a token, with the machine's clock. Returns what it prints.
fn run(server: &Server, command: &str, token: &str) -> serde_json::Value {
    let outcome = Command::new(env!("CARGO_BIN_EXE_lanyard"))
        .env("LANYARD_DATABASE_URL", server.database_url())
        .env("LANYARD_MASTER_KEY", "31".repeat(32))
        .env("LANYARD_OAUTH_ISSUER", world::ISSUER)
        .args(["token", command, token, "--json"])
        .output()
        .unwrap();
    let printed = serde_json::from_slice(&outcome.stdout);
    printed.unwrap_or_else(|why| panic!("{why}: {outcome:?}"))
}

/// Checks that the command explains every one of these as revoked.
fn check_explained(server: &Server, named: &[(&str, String)], when: &str) {
    for (name, id) in named {
        let explained = run(server, "explain", id);
        assert_eq!(explained["status"], "revoked", "{name} {when}");
    }
}

/// Drops from memory whatever is needed no longer.
fn purge(server: &Server) {
    Runner::local(Arc::clone(&server.app), LOCAL).step();
}

/// Returns the names of the tokens of which a word is said.
fn of<'a>(said: &[(&'a str, String)], word: &str) -> Vec<&'a str> {
    let of = said.iter().filter(|(_, said)| said == word);
    of.map(|(name, _)| *name).collect()
}

/// Exchanges a token.
fn exchanged(client: &world::Client<'_>, subject: &str) -> String {
    let answer = client.token(&[
        (
            "grant_type",
            "urn:ietf:params:oauth:grant-type:token-exchange",
        ),
        ("subject_token", subject),
        (
            "subject_token_type",
            "urn:ietf:params:oauth:token-type:access_token",
        ),
    ]);
    world::text(&answer, "access_token")
}

/// Issues tokens of every kind, and revokes each in one of the ways there are.
fn revoked_in_every_way<'a>(server: &Server, acme: &Organization<'_>) -> Vec<(&'a str, String)> {
    let (lan, minh) = (acme.operator("Lan"), acme.operator("Minh"));
    acme.operator_who_signs_in("hoa", PASSWORD);
    let parent = acme.another_token();
    let shop = world::client(server, acme, &json!({}));
    let gateway = json!({"name": "Gateway", "grants": ["token_exchange"]});
    let gateway = world::client(server, acme, &gateway);
    let mill = json!({"name": "Mill", "grants": ["client_credentials"]});
    let mill = world::client(server, acme, &mill);
    let credentials = [("grant_type", "client_credentials"), ("scope", "read")];
    let machine = |client: &world::Client<'_>| {
        let answer = client.token(&credentials);
        jti(&world::text(&answer, "access_token"))
    };
    let (subject, _) = world::tokens(&shop.redeem(&shop.code(lan, "read")));
    let exchanged = jti(&exchanged(&gateway, &subject));
    let (of_grant, refresh) = world::tokens(&shop.redeem(&shop.code(lan, "read")));
    let named = vec![
        ("token", jti(&acme.token_for(lan))),
        ("operator", jti(&acme.token_for(minh))),
        ("company", jti(&parent)),
        ("parent", jti(&acme.with_token(&parent).token_for(lan))),
        ("client", machine(&mill)),
        ("subject", jti(&subject)),
        ("exchanged", exchanged),
        ("grant", jti(&of_grant)),
        ("session", jti(&acme.session("hoa", PASSWORD))),
    ];
    let id_of = |name: &str| {
        let (_, id) = named.iter().find(|(named, _)| *named == name).unwrap();
        id.clone()
    };
    for name in ["token", "company", "subject", "session"] {
        let path = format!("/api/company/tokens/{}/revoke", id_of(name));
        acme.post(&path).send().with_status(204);
    }
    for path in [
        format!("/api/company/operators/{minh}/revoke-tokens"),
        format!("/api/company/clients/{}/revoke-tokens", mill.id),
    ] {
        acme.post(&path).send().with_status(204);
    }
    shop.post("/oauth/revoke", &[("token", &refresh)])
        .with_status(200);
    named
}

on_both!(every_place_says_the_same_word_about_a_token);
fn every_place_says_the_same_word_about_a_token(server: &Server) {
    let acme = world::organization(server, "acme");
    operator(&acme, "olga", "admin");
    let revoked = revoked_in_every_way(server, &acme);
    let lan = acme.operator("Lanh");
    let mut named = revoked.clone();
    named.push(("expired", jti(&acme.token_for(lan))));
    let expected: Vec<_> = revoked.iter().map(|(name, _)| *name).collect();
    let everywhere = |when: &str| {
        let here = agreed(server, &acme, &named, when);
        let started = server.another(SECOND_NODE);
        let there = agreed(&started, &acme, &named, &format!("{when}, on a new node"));
        assert_eq!(here, there, "{when}");
        here
    };
    let said = everywhere("at once");
    assert_eq!(of(&said, "revoked"), expected);
    check_explained(server, &revoked, "at once");
    assert_eq!(of(&said, "valid"), ["expired"]);
    // The clocks say that the tokens have expired; everything is still in memory.
    server.wait(2 * DAY);
    let said = everywhere("by the clock");
    assert_eq!(of(&said, "revoked"), expected);
    assert_eq!(of(&said, "expired"), ["expired"]);
    // What revokes tokens of a day leaves the memory, and is still in the database.
    server.run(3_700);
    let held = server.app.nodes.feed.index().len();
    server.run(DAY + 3_600);
    purge(server);
    assert!(server.app.nodes.feed.index().len() < held);
    let said = everywhere("by uptime");
    assert_eq!(of(&said, "revoked"), expected);
    // So does what revokes tokens that live for longer.
    server.run(DAY);
    server.run(400 * DAY);
    let held = server.app.nodes.feed.index().len();
    purge(server);
    assert!(server.app.nodes.feed.index().len() < held);
    let said = everywhere("after a year");
    assert_eq!(of(&said, "revoked"), expected);
    check_explained(server, &revoked, "after a year");
    // Of what the database has deleted too, every place says that it has expired.
    server.run(DAY);
    let app = &server.app;
    let ticks = app.nodes.feed.index().ticks();
    let deleted = feed::job::purge(&app.db, &app.nodes.duty, &ticks);
    assert!(deleted.unwrap() > 5);
    let said = everywhere("after the purge");
    assert_eq!(of(&said, "revoked"), ["company", "parent"]);
}

on_both!(the_command_inspects_an_exchanged_token_with_its_subject);
fn the_command_inspects_an_exchanged_token_with_its_subject(server: &Server) {
    let acme = world::organization(server, "acme");
    let shop = world::client(server, &acme, &json!({}));
    let gateway = json!({"name": "Gateway", "grants": ["token_exchange"]});
    let gateway = world::client(server, &acme, &gateway);
    let code = shop.code(acme.operator("Lan"), "read");
    let (subject, _) = world::tokens(&shop.redeem(&code));
    let exchanged = exchanged(&gateway, &subject);
    let path = format!("/api/company/tokens/{}/revoke", jti(&subject));
    acme.post(&path).send().with_status(204);
    for token in [&subject, &exchanged] {
        let inspected = run(server, "inspect", token);
        let reasons = inspected["reasons"].as_array().unwrap();
        let is_revoked = reasons.iter().any(|reason| reason["code"] == "revoked");
        assert!(is_revoked, "{inspected}");
    }
}

on_both!(every_place_says_the_same_word_after_everything_was_revoked);
fn every_place_says_the_same_word_after_everything_was_revoked(server: &Server) {
    let acme = world::organization(server, "acme");
    operator(&acme, "olga", "admin");
    let lan = acme.operator("Lan");
    let mut named = vec![
        ("company", jti(&acme.token)),
        ("operator", jti(&acme.token_for(lan))),
    ];
    let app = &server.app;
    let (origin, now) = (Origin::command_line(), app.clock.now());
    organization::revoke_all(&app.db, OrganizationId(acme.id), &origin, now).unwrap();
    server.follow();
    // A key is retired once everything that it signed has expired or is revoked.
    let acme = acme.log_in();
    let policy = json!({"tokenPolicy": {"companyTokenLifetimeSeconds": 3_600}});
    let changed = acme.patch("/api/company/organization").json(&policy).send();
    changed.with_status(200);
    acme.post("/api/company/revoke-token")
        .send()
        .with_status(204);
    let acme = acme.log_in();
    let token = acme.token_for(lan);
    named.push(("key", jti(&token)));
    let kid: KeyId = world::decoded(&token).0["kid"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let replacement = signing_keys::replacement(&app.db, kid).unwrap();
    revocation::commit_from_cli(&app.db, |conn| {
        signing_keys::revoke(conn, &app.tokens.keys, kid, replacement, &origin, now)
    })
    .unwrap();
    server.follow();
    let expected: Vec<_> = named.iter().map(|(name, _)| *name).collect();
    for (when, days) in [("at once", 0), ("a day later", 1), ("a month later", 30)] {
        if days > 0 {
            server.run(3_700);
            server.run(days * DAY + 3_600);
            while server.rotate_keys() > 0 {}
            purge(server);
        }
        let here = agreed(server, &acme, &named, when);
        assert_eq!(of(&here, "revoked"), expected, "{when}");
        let started = server.another(SECOND_NODE);
        assert_eq!(agreed(&started, &acme, &named, when), here);
        check_explained(server, &named, when);
        let inspected = run(server, "inspect", &token);
        let reasons = inspected["reasons"].as_array().unwrap();
        let revoked = reasons.iter().filter(|reason| reason["code"] == "revoked");
        assert_eq!(revoked.count(), 1, "{inspected} {when}");
    }
    assert!(
        (server.keys().iter()).all(|(name, _)| *name != kid.to_string()),
        "the key is retired"
    );
}
