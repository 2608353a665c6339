//! What is remembered of keys: a bounded number of them, however many there are.

use actix_web::rt::System;
use lanyard::api_key::{Environment, KeyText, KnownKeys, Prefix};
use lanyard::base::Digest;
use serde_json::json;

use super::{make, text};
use crate::support::{Server, on_both};

const KEYS: u64 = 60;
const BOUND: usize = 10;

on_both!(memory_is_bounded_and_what_is_forgotten_is_looked_up_again);
fn memory_is_bounded_and_what_is_forgotten_is_looked_up_again(server: &Server) {
    let acme = server.organization("acme");
    let keys: Vec<_> = (0..KEYS).map(|_| make(&acme, &json!({}))).collect();
    let known = KnownKeys::bounded(BOUND, BOUND);
    let app = &server.app;
    let by = (&app.db, &app.clock, app.metrics.as_ref());
    let find = |text: &str| {
        let found = System::new().block_on(known.find(by, Digest::of(text)));
        found.unwrap().map(|stored| stored.key.id.to_string())
    };
    let lookups = || app.metrics.api_key_lookups.get();
    let before = lookups();
    // Whatever is remembered, the answer is right.
    for _ in 0..2 {
        for key in &keys {
            assert_eq!(find(text(key, "key")).as_deref(), Some(text(key, "id")));
        }
    }
    // Those that are remembered are the only ones that the second round does not look up.
    let bound = u64::try_from(BOUND).unwrap();
    let looked_up = lookups() - before;
    assert!(looked_up >= 2 * KEYS - bound, "{looked_up}");
    // One that was just used is remembered.
    let last = text(&keys[0], "key");
    find(last);
    let before = lookups();
    find(last);
    assert_eq!(lookups(), before);

    // The same for texts of no key.
    let unknown: Vec<_> = (0..KEYS)
        .map(|_| KeyText::draw(Prefix::Ak, Environment::Live))
        .collect();
    let before = lookups();
    for _ in 0..2 {
        for key in &unknown {
            assert_eq!(find(key.text()), None);
        }
    }
    let looked_up = lookups() - before;
    assert!(looked_up >= 2 * KEYS - bound, "{looked_up}");
}
