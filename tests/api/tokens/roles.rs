//! Keys for other algorithms and purposes than those of company and operator tokens: they are made
//! when they are required, and exist side by side.

use lanyard::audit::Actor;
use lanyard::base::Timestamp;
use lanyard::signing_keys::{NewKey, Role, require};
use lanyard::token::{Algorithm, Purpose, Typ};
use serde_json::Value;

use crate::support::{Server, on_both};

const ES256: Role = Role {
    purpose: Purpose::Tokens,
    algorithm: Algorithm::Es256,
};
const RS256: Role = Role {
    purpose: Purpose::Tokens,
    algorithm: Algorithm::Rs256,
};
const ID_TOKENS: Role = Role {
    purpose: Purpose::IdTokens,
    algorithm: Algorithm::Rs256,
};

/// Requires keys for a role. Returns from when on one signs.
fn required(server: &Server, role: Role) -> Timestamp {
    let app = &server.app;
    let (fresh, now) = (NewKey::make(role).unwrap(), app.clock.now());
    let require = |conn: &mut _| require(conn, &app.tokens.keys, fresh, &Actor::System, now);
    let (signs_from, _) = app.db.write_blocking(require).unwrap();
    server.follow();
    signs_from
}

fn published(server: &Server) -> usize {
    let set: Value = server.get("/.well-known/jwks.json").send().json();
    set["keys"].as_array().unwrap().len()
}

fn signs(server: &Server, role: Role) -> bool {
    server.app.tokens.validator.ring().signer(role).is_some()
}

on_both!(keys_of_three_algorithms_and_two_purposes_live_side_by_side);
fn keys_of_three_algorithms_and_two_purposes_live_side_by_side(server: &Server) {
    let acme = server.organization("acme");
    let token = acme.token_for(acme.operator("Lan"));
    let roles = [ES256, RS256, ID_TOKENS];
    let now = server.app.clock.now();
    for role in roles {
        // Five minutes for copies of the published keys (keys.jwks_cache_time), two minutes for
        // clocks that differ.
        let from = required(server, role);
        assert_eq!(from.as_seconds() - now.as_seconds(), 420, "{role}");
        assert_eq!(required(server, role), from, "once is enough");
        assert!(!signs(server, role), "it is published first");
    }
    assert_eq!(published(server), 3);
    server.wait(419);
    assert_eq!(server.rotate_keys(), 0);
    server.wait(1);
    assert_eq!(server.rotate_keys(), 3);
    let states: Vec<_> = server.keys().into_iter().map(|(_, state)| state).collect();
    assert_eq!(states, ["active"; 4], "one for each role");

    let ring = server.app.tokens.validator.ring();
    let keys = roles.map(|role| ring.signer(role).unwrap());
    assert_ne!(keys[1].kid, keys[2].kid);
    assert_eq!(
        keys.map(|key| key.header(Typ::AccessToken).is_some()),
        [true, true, false]
    );
    // The key that signs company and operator tokens stays the same.
    assert_eq!(ring.active().secret.algorithm(), Algorithm::Hs256);
    assert_eq!(acme.judge(&token), "valid");
    assert_eq!(required(server, ES256), server.app.clock.now());
}

on_both!(a_change_of_the_algorithm_leaves_the_keys_that_are_required);
fn a_change_of_the_algorithm_leaves_the_keys_that_are_required(server: &Server) {
    required(server, RS256);
    server.wait(420);
    server.rotate_keys();
    let changed = server.another(&["tokens.algorithm=ES256"]);
    server.wait(86_400);
    // HS256 is no longer needed: the node that has the new setting replaces its key.
    assert_eq!(changed.rotate_keys(), 1);
    assert!(signs(&changed, ES256) && signs(&changed, RS256));
    assert!(!signs(&changed, Algorithm::Hs256.into()));
}
