//! `GET /api/company/audit`: who did what, from which address, in which request.

use insta::assert_snapshot;
use lanyard::audit::{self, Origin};
use lanyard::base::OrganizationId;
use lanyard::login;
use lanyard::organization;
use lanyard::password::Password;
use serde_json::{Value, json};

use crate::support::server::secret;
use crate::support::{Organization, Server, on_both, table};

fn read(acme: &Organization<'_>, query: &str) -> Value {
    let answer = acme.get(&format!("/api/company/audit{query}")).send();
    answer.with_status(200).json()
}

fn actions(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().unwrap();
    items
        .iter()
        .map(|line| line["action"].as_str().unwrap())
        .collect()
}

on_both!(a_filter_with_a_character_that_no_line_has_finds_nothing);
fn a_filter_with_a_character_that_no_line_has_finds_nothing(server: &Server) {
    let acme = server.organization("acme");
    for name in ["actor", "target", "requestId"] {
        let page = read(&acme, &format!("?{name}=a%00b"));
        assert!(actions(&page).is_empty(), "{name}: {page}");
    }
}

on_both!(an_event_is_recorded_with_its_actor_address_and_request);
fn an_event_is_recorded_with_its_actor_address_and_request(server: &Server) {
    let acme = server.organization("acme");
    acme.post("/api/company/operators")
        .header("x-request-id", "the-request")
        .json(&json!({"name": "Lan"}))
        .from([127, 0, 0, 3])
        .send()
        .with_status(201);
    let answer = acme.get("/api/company/audit?limit=1").send();
    assert_snapshot!(answer, @r#"
    200
    {
      "items": [
        {
          "id": 5,
          "at": "2030-01-01T00:00:00Z",
          "actor": "company-token:[uuid]",
          "action": "operator.created",
          "target": "operator:1",
          "count": 1,
          "address": "127.0.0.3",
          "requestId": "the-request",
          "detail": null,
        },
      ],
      "nextCursor": "NQ",
    }
    "#);
    let jti = acme.get("/api/company/tokens").send().items()[0]["jti"].clone();
    let actor = format!("company-token:{}", jti.as_str().unwrap());
    assert_eq!(answer.items()[0]["actor"], actor.as_str());
}

on_both!(every_change_is_recorded_once);
fn every_change_is_recorded_once(server: &Server) {
    let acme = server.organization("acme");
    let (db, id) = (&server.app.db, OrganizationId(acme.id));
    let (origin, now) = (Origin::command_line(), server.app.clock.now());
    let lan = acme.operator("Lan");
    let path = format!("/api/company/operators/{lan}");
    let change = |body: Value| acme.patch(&path).json(&body).send().with_status(200).json();
    change(json!({"name": "Lan Anh"}));
    change(json!({"name": "Lan Anh"}));
    change(json!({"status": "inactive"}));
    change(json!({"status": "active", "role": "admin"}));
    let token = acme.token_for(lan);
    let own = acme.token_for(lan);
    acme.post("/api/operator/revoke-token")
        .json(&json!({"token": token}))
        .send()
        .with_status(204);
    server
        .post("/api/operator/revoke-token")
        .bearer(&own)
        .send()
        .with_status(204);
    acme.post(&format!("{path}/revoke-tokens"))
        .send()
        .with_status(204);
    acme.delete(&path).send().with_status(204);
    acme.patch("/api/company/organization")
        .json(&json!({"name": "Acme"}))
        .send()
        .with_status(200);
    acme.post("/api/company/revoke-token")
        .send()
        .with_status(204);
    let password = Password::new(secret("open acme")).unwrap();
    organization::set_password(db, id, &password, 4, &origin, now).unwrap();
    organization::suspend(db, id, &origin, now).unwrap();
    organization::resume(db, id, &origin, now).unwrap();
    server.follow();

    let acme = acme.log_in();
    let shown = read(&acme, "");
    let lines: Vec<_> = shown["items"]
        .as_array()
        .unwrap()
        .iter()
        .rev()
        .map(|line| {
            let text = |name: &str| line[name].as_str().unwrap_or("-").to_owned();
            let line = format!("{} {} {}", text("action"), text("actor"), text("target"));
            crate::support::answer::redact(&line)
        })
        .collect();
    assert_snapshot!(lines.join("\n"), @"
    organization.created command-line organization:1
    login.succeeded anonymous company-token:[uuid]
    operator.created company-token:[uuid] operator:1
    operator.updated company-token:[uuid] operator:1
    operator.deactivated company-token:[uuid] operator:1
    operator.updated company-token:[uuid] operator:1
    operator.activated company-token:[uuid] operator:1
    token.revoked company-token:[uuid] operator-token:[uuid]
    token.revoked operator:1 operator-token:[uuid]
    operator.tokens_revoked company-token:[uuid] operator:1
    operator.deleted company-token:[uuid] operator:1
    organization.updated company-token:[uuid] organization:1
    company_token.revoked company-token:[uuid] company-token:[uuid]
    organization.password_set command-line organization:1
    organization.suspended command-line organization:1
    organization.resumed command-line organization:1
    login.succeeded anonymous company-token:[uuid]
    ");
}

on_both!(pages_and_a_filter);
fn pages_and_a_filter(server: &Server) {
    let (acme, other) = (server.organization("acme"), server.organization("other"));
    other.operator("not ours");
    for number in 0..3 {
        acme.operator(&format!("Lan {number}"));
    }
    let first = read(&acme, "?limit=2");
    assert_eq!(actions(&first), ["operator.created"; 2]);
    let cursor = first["nextCursor"].as_str().unwrap();
    let second = read(&acme, &format!("?limit=9&cursor={cursor}"));
    assert_eq!(
        actions(&second),
        [
            "operator.created",
            "login.succeeded",
            "organization.created"
        ]
    );
    assert_eq!(second["nextCursor"], Value::Null);
    let logins = read(&acme, "?action=login.succeeded");
    assert_eq!(actions(&logins), ["login.succeeded"]);
    let both = read(&acme, "?action=login.succeeded&action=organization.created");
    assert_eq!(actions(&both), ["login.succeeded", "organization.created"]);
    let bad = [
        "action=token.revoked&action=nonsense",
        "actor=a&actor=b",
        "address=here",
        "from=yesterday",
        "action=nonsense",
        "limit=0",
        "cursor=x",
    ];
    let answers = table(bad, |query| {
        acme.get(&format!("/api/company/audit?{query}")).send()
    });
    assert_snapshot!(answers, @"
    action=token.revoked&action=nonsense → 400 invalid_request: action must be a word of the audit log such as token.revoked
    actor=a&actor=b → 400 invalid_request: actor occurs twice
    address=here → 400 invalid_request: address must be an IP address
    from=yesterday → 400 invalid_request: from must be an RFC 3339 instant with an offset, such as 2025-12-31T23:59:59Z
    action=nonsense → 400 invalid_request: action must be a word of the audit log such as token.revoked
    limit=0 → 400 invalid_request: limit must be a whole number from 1 to 1000
    cursor=x → 400 invalid_request: cursor must be a nextCursor of an earlier page, unchanged
    ");
}

on_both!(lines_are_found_by_each_member);
fn lines_are_found_by_each_member(server: &Server) {
    let acme = server.organization("acme");
    acme.operator("Lan");
    server.wait(60);
    acme.post("/api/company/operators")
        .header("x-request-id", "the-request")
        .json(&json!({"name": "Minh"}))
        .from([127, 0, 0, 3])
        .send()
        .with_status(201);
    let all = read(&acme, "");
    let newest = &all["items"][0];
    let actor = newest["actor"].as_str().unwrap();
    for (query, found) in [
        ("requestId=the-request", 1),
        ("address=127.0.0.3", 1),
        ("target=operator:2", 1),
        ("target=operator:3", 0),
        ("action=operator.created", 2),
        ("from=2030-01-01T00:01:00Z", 1),
        ("from=2030-01-01T00:01:01Z", 0),
        ("from=2030-01-01T00:00:00Z&to=2030-01-01T00:01:00Z", 3),
        ("to=2030-01-01T07:01:00%2B07:00&action=operator.created", 1),
        (&format!("actor={actor}"), 2),
        (&format!("actor={actor}&target=operator:1"), 1),
        ("actor=command-line", 1),
    ] {
        let page = read(&acme, &format!("?{query}"));
        assert_eq!(page["items"].as_array().unwrap().len(), found, "{query}");
    }
}

on_both!(
    a_flood_of_bad_logins_is_counted_and_not_stored_row_by_row,
    "login.throttle=false"
);
fn a_flood_of_bad_logins_is_counted_and_not_stored_row_by_row(server: &Server) {
    let acme = server.organization("acme");
    let guess = |from: [u8; 4]| {
        server
            .post("/api/company/get-token")
            .json(&json!({"login": "ACME", "password": "guess"}))
            .from(from)
            .send()
            .with_status(401);
    };
    for _ in 0..50 {
        guess([127, 0, 0, 2]);
    }
    guess([127, 0, 0, 3]);
    let failed = |acme: &Organization<'_>| -> Vec<(i64, String)> {
        let page = read(acme, "?action=login.failed");
        let items = page["items"].as_array().unwrap();
        let line = |line: &Value| {
            let address = line["address"].as_str().unwrap().to_owned();
            (line["count"].as_i64().unwrap(), address)
        };
        items.iter().map(line).collect()
    };
    let at = |count, address: &str| (count, address.to_owned());
    let app = &server.app;
    let record = || login::job::record_failed_logins(&app.db, &app.logins.failed, false).unwrap();
    assert_eq!(
        failed(&acme),
        [],
        "a refusal writes nothing while its caller waits"
    );
    assert_eq!(record(), 2);
    let mut first = failed(&acme);
    first.sort();
    assert_eq!(first, [at(1, "127.0.0.2"), at(1, "127.0.0.3")]);

    server.clock.jump(3_600_000_000);
    assert_eq!(record(), 0, "no minute has passed");
    server.clock.jump(-3_600_000_000);
    server.wait(60);
    assert_eq!(record(), 1);
    assert_eq!(failed(&acme)[0], at(49, "127.0.0.2"));
}

on_both!(what_is_refused_is_not_recorded_as_done);
fn what_is_refused_is_not_recorded_as_done(server: &Server) {
    let acme = server.organization("acme");
    let before = read(&acme, "");
    acme.post("/api/company/operators")
        .json(&json!({"name": ""}))
        .send()
        .with_status(400);
    acme.delete("/api/company/operators/999")
        .send()
        .with_status(404);
    acme.post("/api/operator/synchronize")
        .json(&json!([{"name": "Lan"}, {"name": ""}]))
        .send()
        .with_status(400);
    assert_eq!(read(&acme, ""), before);
}

on_both!(old_lines_go);
fn old_lines_go(server: &Server) {
    let acme = server.organization("acme");
    server.run(400 * 86_400);
    acme.operator("Lan");
    let app = &server.app;
    let retention = app.settings.retention.audit;
    let ticks = app.nodes.feed.index().ticks();
    let gone = audit::job::purge(&app.db, &app.nodes.duty, retention, &ticks).unwrap();
    // The signing key was made and became active at the very start, too.
    assert_eq!(gone, 4);
    assert_eq!(actions(&read(&acme, "")), ["operator.created"]);
}
