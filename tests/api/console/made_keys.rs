//! The API keys that an operator has made, when the operator is deactivated or deleted.

use super::*;
use crate::support::on_both;

on_both!(the_page_names_the_keys_that_an_operator_has_made_and_offers_to_revoke_them);
fn the_page_names_the_keys_that_an_operator_has_made_and_offers_to_revoke_them(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    let others = json!({"name": "Of the organization"});
    let others = acme.post("/api/v1/api-keys").json(&others).send().json();
    let status = |key: &serde_json::Value| {
        let path = format!("/api/v1/api-keys/{}", key["id"].as_str().unwrap());
        let key = acme.get(&path).send().with_status(200).json();
        key["status"].as_str().unwrap().to_owned()
    };
    for (number, (act, with_keys)) in [
        ("deactivate", false),
        ("deactivate", true),
        ("delete", false),
        ("delete", true),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("maker-{number}");
        let id = operator(&acme, &name, "admin");
        let path = format!("/console/operators/{id}/{act}");
        let before = browser.open(server, &path);
        assert!(!before.html().contains("made-keys"), "it has made none");
        assert!(!before.html().contains("name=\"with_keys\""));
        let session = acme.session(&name, PASSWORD);
        let make = |name: &str| {
            let call = server.post("/api/v1/api-keys").bearer(&session);
            let made = call.json(&json!({"name": name})).send();
            made.with_status(201).json()
        };
        let (till, gone) = (make("Till 3"), make("Gone"));
        let gone_path = format!("/api/v1/api-keys/{}", gone["id"].as_str().unwrap());
        acme.delete(&gone_path).send().with_status(204);
        let page = browser.open(server, &path);
        check_page(&page);
        let table = page.html().split("made-keys").nth(1).unwrap();
        assert!(table.contains(till["id"].as_str().unwrap()) && table.contains("Till 3"));
        for other in [&others, &gone] {
            assert!(!page.html().contains(other["id"].as_str().unwrap()));
        }
        let mut fields = vec![("do", act)];
        if with_keys {
            fields.push(("with_keys", "1"));
        }
        let done = browser.send(server, &page.form("confirm"), &fields);
        done.with_status(303);
        let expected = if with_keys { "revoked" } else { "active" };
        assert_eq!(status(&till), expected, "{act} {with_keys}");
        assert_eq!(status(&others), "active");
        let profile = server
            .get("/v1/profile")
            .bearer(till["key"].as_str().unwrap());
        assert_eq!(profile.send().status, if with_keys { 401 } else { 200 });
    }
}
