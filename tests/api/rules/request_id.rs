//! Every answer has an `X-Request-Id` (the client of these tests checks it on each answer): the
//! caller's own if it is a plain word, otherwise one that the service makes.

use crate::support::{Server, on_both};

on_both!(a_plain_word_comes_back);
fn a_plain_word_comes_back(server: &Server) {
    let longest = "x".repeat(128);
    for id in [
        "a",
        "order-7.retry_2",
        "0190a3f0-0000-7000-8000-000000000000",
        &longest,
    ] {
        for path in [
            "/healthz",
            "/nowhere",
            "/api/company/organization",
            "/docs/",
        ] {
            let answer = server.get(path).header("x-request-id", id).send();
            assert_eq!(answer.header("x-request-id"), Some(id), "{path}");
        }
        let answer = server
            .call("PUT", "/healthz")
            .header("X-Request-ID", id)
            .send();
        assert_eq!(answer.with_status(405).header("x-request-id"), Some(id));
    }
}

on_both!(anything_else_is_replaced);
fn anything_else_is_replaced(server: &Server) {
    let longer = "x".repeat(129);
    for id in [
        "", " ", "a b", "a,b", "a/b", "a:b", "<script>", "ễ", &longer,
    ] {
        let answer = server
            .get("/healthz")
            .header("x-request-id", id)
            .send_by_hand();
        assert_ne!(answer.header("x-request-id"), Some(id));
    }
}

on_both!(the_services_own_are_each_used_once);
fn the_services_own_are_each_used_once(server: &Server) {
    let mut ids: Vec<_> = (0..20)
        .map(|_| {
            let answer = server.get("/healthz").send();
            answer.header("x-request-id").unwrap().to_owned()
        })
        .collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 20);
}
