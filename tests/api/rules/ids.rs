//! Ids in paths.

use serde_json::json;

use crate::support::{Server, on_both};

on_both!(what_is_no_operators_id_names_nothing);
fn what_is_no_operators_id_names_nothing(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    let get = |id: &str| acme.get(&format!("/api/company/operators/{id}")).send();
    get(&lan.to_string()).with_status(200);
    let unknown = get("999");
    assert_eq!(unknown.status, 404);
    for id in [
        "0",
        "-1",
        "9007199254740991",
        "9007199254740992",
        "9223372036854775807",
        "9223372036854775808",
        "99999999999999999999999",
        "1.5",
        "1e0",
        "abc",
        "%00",
        "%FF",
        "1%20",
        "1%2F",
        "..%2F1",
        "'1'",
        &"1".repeat(10_000),
    ] {
        assert_eq!(get(id).bytes(), unknown.bytes(), "{id}");
    }
}

on_both!(ids_grow_and_are_not_used_again);
fn ids_grow_and_are_not_used_again(server: &Server) {
    let (acme, other) = (server.organization("acme"), server.organization("other"));
    assert_eq!((acme.id, other.id), (1, 2));
    let first = acme.operator("Lan");
    let second = other.operator("Minh");
    acme.delete(&format!("/api/company/operators/{first}"))
        .send()
        .with_status(204);
    let third = acme.operator("Lan");
    assert_eq!(
        (first, second, third),
        (1, 2, 3),
        "unique over the whole service"
    );
}

// Every path of the `OpenAPI` document that has an id or a name in it.
on_both!(no_text_in_a_path_is_a_fault_of_the_service);
fn no_text_in_a_path_is_a_fault_of_the_service(server: &Server) {
    let acme = server.organization("acme");
    let document = server.get("/openapi.json").send().json();
    let paths = document["paths"].as_object().unwrap();
    let named = paths.iter().filter(|(path, _)| path.contains('{'));
    let mut asked = 0;
    for (path, of_path) in named {
        let (before, rest) = path.split_once('{').unwrap();
        let (_, after) = rest.split_once('}').unwrap();
        for method in of_path.as_object().unwrap().keys() {
            for text in [
                "%00",
                "a%00b",
                "%FF",
                "%ED%A0%80",
                "%F0%9F%98%80",
                "-1",
                "9223372036854775808",
                "00000000-0000-0000-0000-000000000000",
                "'",
                &"x".repeat(3_000),
            ] {
                let url = format!("{before}{text}{after}");
                for body in [None, Some(json!({}))] {
                    let call = acme.call(&method.to_uppercase(), &url);
                    let call = match &body {
                        Some(body) => call.json(body),
                        None => call,
                    };
                    let status = call.send().status;
                    assert!((400..500).contains(&status), "{method} {url}: {status}");
                    asked += 1;
                }
            }
        }
    }
    assert!(asked > 500, "{asked}");
}
