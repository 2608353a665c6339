//! Changing the master key while nodes run: none of them fails meanwhile, and a node that was left
//! behind refuses.

use std::io::Write;

use lanyard::app::App;
use lanyard::audit::{Actor, Origin};
use lanyard::base::Clock;
use lanyard::config::Config;
use lanyard::revocation;
use lanyard::seal;
use lanyard::signing_keys::{self, NewKey, Role};
use lanyard::token::Algorithm;
use serde_json::json;
use tempfile::NamedTempFile;

use crate::support::{Server, on_both};

const NEW: &str = "master_key=3232323232323232323232323232323232323232323232323232323232323232";

/// Returns the harness's own master key in a file.
fn old_file() -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all("31".repeat(32).as_bytes()).unwrap();
    file
}

fn publish(server: &Server) {
    let app = &server.app;
    let fresh = NewKey::make(Algorithm::Hs256).unwrap();
    revocation::commit_from_cli(&app.db, |conn| {
        signing_keys::publish(
            conn,
            &app.tokens.keys,
            fresh,
            &Origin::command_line(),
            app.clock.now(),
        )
    })
    .unwrap();
}

fn reseal(server: &Server) -> usize {
    let app = &server.app;
    let (masters, now) = (app.tokens.keys.masters(), app.clock.now());
    let body = |conn: &mut _| seal::reseal(conn, masters, &Actor::CommandLine, now);
    app.db.write_blocking(body).unwrap().total()
}

/// Returns why a node does not start.
fn refused(server: &Server, settings: &[(&str, String)]) -> String {
    let mut flags = vec![("database.url".to_owned(), server.database_url())];
    for (key, value) in settings {
        flags.push(((*key).to_owned(), value.clone()));
    }
    let config = Config::load(None, [], flags).unwrap();
    let fault = App::start(&config, Clock::Manual(server.clock.clone())).err();
    fault.unwrap().to_string()
}

on_both!(the_master_key_is_changed_node_by_node);
fn the_master_key_is_changed_node_by_node(server: &Server) {
    let acme = server.organization("acme");
    let token = acme.token_for(acme.operator("Lan"));
    let old = old_file();
    let previous = format!("previous_master_key_files={}", old.path().display());

    let configured = server.another(&[NEW, &previous]);
    publish(&configured);
    server.follow();
    assert_eq!(
        server.keys(),
        configured.keys(),
        "the old key seals until every node has the new one"
    );
    assert_eq!(server.keys().len(), 2);

    assert_eq!(reseal(&configured), 2);
    assert_eq!(reseal(&configured), 0);
    for node in [server, &configured, &server.another(&[NEW])] {
        let judged = node
            .post("/api/operator/validate-token")
            .bearer(&acme.token)
            .json(&json!({"token": token}))
            .send();
        assert_eq!(judged.with_status(200).json()["isValid"], true);
    }
    let why = refused(server, &[("master_key", "31".repeat(32))]);
    assert!(why.contains("not the master key of this database"), "{why}");
}

on_both!(keys_of_id_tokens_are_resealed_as_well);
fn keys_of_id_tokens_are_resealed_as_well(server: &Server) {
    let (app, old) = (&server.app, old_file());
    let previous = format!("previous_master_key_files={}", old.path().display());
    let fresh = vec![NewKey::make(Role::ID_TOKENS).unwrap()];
    revocation::commit_from_cli(&app.db, |conn| {
        let (keys, now) = (&app.tokens.keys, app.clock.now());
        signing_keys::require(conn, keys, fresh, &Actor::CommandLine, now)
    })
    .unwrap();
    let configured = server.another(&[NEW, &previous]);
    assert_eq!(reseal(&configured), 2);
    let renewed = server.another(&[NEW]);
    let ring = renewed.app.tokens.validator.ring();
    assert!(ring.signer(Role::ID_TOKENS).is_some());
}

on_both!(
    a_node_that_cannot_open_a_new_key_refuses,
    "feed.lease=500ms",
    "feed.poll=100ms"
);
fn a_node_that_cannot_open_a_new_key_refuses(server: &Server) {
    let old = old_file();
    let previous = format!("previous_master_key_files={}", old.path().display());
    let configured = server.another(&[NEW, &previous]);
    reseal(&configured);
    server.get("/.well-known/jwks.json").send().with_status(200);
    let applied = server.app.nodes.feed.applied();
    // Returns when the node that does not have the new key has lost its lease.
    publish(&configured);
    assert!(server.app.nodes.feed.sync().is_err());
    assert_eq!(server.app.nodes.feed.applied(), applied);
    assert!(!server.app.nodes.feed.holds_lease());
    server.get("/.well-known/jwks.json").send().with_status(503);
    configured
        .get("/.well-known/jwks.json")
        .send()
        .with_status(200);
}
