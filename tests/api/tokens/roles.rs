//! Keys for other algorithms and purposes than those of company and operator tokens: they are made
//! when they are required, and exist side by side.

use lanyard::audit::Actor;
use lanyard::signing_keys::{NewKey, Role, missing, require};
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

/// Requires keys for a role. Returns whether one was made.
fn required(server: &Server, role: Role) -> bool {
    let app = &server.app;
    let (fresh, now) = (vec![NewKey::make(role).unwrap()], app.clock.now());
    let require = |conn: &mut _| require(conn, &app.tokens.keys, fresh, &Actor::System, now);
    let ((), entries) = app.db.write_blocking(require).unwrap();
    server.follow();
    !entries.is_empty()
}

fn is_missing(server: &Server, role: Role) -> bool {
    let found = server.app.db.read_blocking(|conn| missing(conn, &[role]));
    found.unwrap() == [role]
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
    for role in roles {
        assert!(is_missing(server, role) && !signs(server, role), "{role}");
        assert!(required(server, role), "{role}");
        assert!(signs(server, role), "the first key signs at once: {role}");
        assert!(!required(server, role), "once is enough");
        assert!(!is_missing(server, role), "{role}");
    }
    assert_eq!(published(server), 3);
    assert_eq!(server.rotate_keys(), 0);
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
    assert!(!required(server, ES256));
}

on_both!(a_change_of_the_algorithm_leaves_the_keys_that_are_required);
fn a_change_of_the_algorithm_leaves_the_keys_that_are_required(server: &Server) {
    required(server, RS256);
    let changed = server.another(&["tokens.algorithm=ES256"]);
    server.wait(86_400);
    // HS256 is no longer needed: the node that has the new setting replaces its key.
    assert_eq!(changed.rotate_keys(), 1);
    assert!(signs(&changed, ES256) && signs(&changed, RS256));
    assert!(!signs(&changed, Algorithm::Hs256.into()));
}
