//! OAuth clients: the panel of guide 001, tokens, and what ends them.

use super::*;
use crate::support::{Answer, on_both};

const NEW: &str = "/console/oauth-clients/new";

/// Adds a client for client credentials by its page. Returns its id and its secret.
pub(super) fn add(server: &Server, browser: &Browser, operator: i64) -> (String, String) {
    let operator = operator.to_string();
    let fields = [
        ("name", "Nightly"),
        ("operator", operator.as_str()),
        ("scope", "read"),
        ("do", "create"),
    ];
    let path = format!("{NEW}?grant=client_credentials");
    let answer = browser.submit(server, &path, "oauth-client", &fields);
    answer.with_status(200);
    let page = Page { answer };
    check_page(&page);
    let id = page.html().split("data-testid=\"client-id\"").nth(1);
    let id = id.unwrap().split("<code>").nth(1).unwrap();
    let id = id.split('<').next().unwrap().to_owned();
    (id, page.text_of("secret"))
}

/// Asks for a token as guide 001's client does.
pub(super) fn token(server: &Server, id: &str, secret: &str) -> Answer {
    let body = json!({"grant_type": "client_credentials", "client_id": id,
        "client_secret": secret});
    let call = server.post("/Api/access_token").json(&body);
    call.header("accept", "application/vnd.api+json").send()
}

fn wrong_fields(answer: &Answer) -> Vec<&'static str> {
    answer.with_status(422);
    let fields = [
        "name",
        "operator",
        "scope",
        "redirect_uris",
        "redirect_match",
        "format",
        "access_seconds",
    ];
    let is_wrong = |field: &&str| answer.text().contains(&format!("href=\"#{field}\""));
    fields.into_iter().filter(is_wrong).collect()
}

on_both!(a_client_of_the_guide_is_added_and_gets_a_token);
fn a_client_of_the_guide_is_added_and_gets_a_token(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    let lan = acme.operator("Lan");
    let list = browser.open(server, "/console/oauth-clients");
    check_page(&list);
    assert!(list.tag("empty").is_some());
    for text in [
        "New Client Credentials Client",
        "New Password Client",
        "New Authorization Code Client",
    ] {
        assert!(list.html().contains(text), "{text}");
    }
    let page = browser.open(server, &format!("{NEW}?grant=client_credentials"));
    check_page(&page);
    let form = page.form("oauth-client");
    let operator = lan.to_string();
    let fields = [
        ("name", "Nightly"),
        ("operator", operator.as_str()),
        ("profile", "suitecrm"),
        ("scope", "read"),
        ("do", "create"),
    ];
    let answer = browser.send(server, &form, &fields);
    answer.with_status(200);
    let page = Page { answer };
    check_page(&page);
    let secret = page.text_of("secret");
    let curl = page.text_of("curl");
    assert!(
        curl.contains("/Api/access_token") && curl.contains(&secret),
        "{curl}"
    );
    let clients = acme.get("/api/company/clients").send().items();
    assert_eq!(clients.len(), 1);
    let id = clients[0]["id"].as_str().unwrap();
    assert_eq!(clients[0]["profile"], "suitecrm");
    assert_eq!(clients[0]["algorithm"], "RS256");
    assert_eq!(clients[0]["operatorId"], lan);
    assert_eq!(clients[0]["grants"], json!(["client_credentials"]));
    assert!(page.html().contains(id));
    assert_eq!(audit(&acme, 1)[0].0, "client.created");
    token(server, id, &secret).with_status(200);
    // The same form again: no second client, and no secret.
    let again = browser.send(server, &form, &fields);
    let record = browser.follow(server, &again);
    check_page(&record);
    assert_eq!(record.name(), "oauth-client");
    assert!(record.text_of("done").contains("was shown then"));
    assert!(!record.html().contains(&secret));
    assert_eq!(acme.get("/api/company/clients").send().items().len(), 1);
    let list = browser.open(server, "/console/oauth-clients");
    check_page(&list);
    assert!(list.html().contains(id) && !list.html().contains(&secret));
}

on_both!(each_panel_has_its_fields_and_every_fault_is_said_at_once);
fn each_panel_has_its_fields_and_every_fault_is_said_at_once(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    let send = |grant: &str, fields: &[(&str, &str)]| {
        let path = format!("{NEW}?grant={grant}");
        let all = [fields, &[("do", "create")]].concat();
        browser.submit(server, &path, "oauth-client", &all)
    };
    let nothing = send("client_credentials", &[]);
    assert_eq!(wrong_fields(&nothing), ["name", "operator"]);
    assert!(!nothing.text().contains("name=\"redirect_uris\""));
    let nobody = send(
        "client_credentials",
        &[("name", "x"), ("operator", "nobody")],
    );
    assert_eq!(wrong_fields(&nobody), ["operator"]);
    assert_eq!(wrong_fields(&send("password", &[])), ["name"]);
    let uris = "https://a.example/cb\r\n\r\nhttp://b.example\r\nhttps://c.example/#x";
    let fields = [
        ("name", "x"),
        ("redirect_uris", uris),
        ("confidential", "1"),
        ("access_seconds", "0"),
    ];
    let many = send("authorization_code", &fields);
    assert_eq!(wrong_fields(&many), ["redirect_uris", "access_seconds"]);
    for line in ["Line 3:", "Line 4:"] {
        assert!(many.text().contains(line), "{line}");
    }
    assert!(!many.text().contains("Line 1:"));
    // What was typed stays.
    assert!(many.text().contains("http://b.example"));
    assert_eq!(
        wrong_fields(&send(
            "password",
            &[("name", "x"), ("access_seconds", "soon")]
        )),
        ["access_seconds"]
    );
    browser
        .get(server, &format!("{NEW}?grant=implicit"))
        .with_status(404);
    assert_eq!(acme.get("/api/company/clients").send().items().len(), 0);

    // A public one has no secret.
    let fields = [("name", "App"), ("redirect_uris", "http://127.0.0.1/cb")];
    let page = browser.follow(server, &send("authorization_code", &fields));
    assert!(page.text_of("done").contains("App"));
    let clients = acme.get("/api/company/clients").send().items();
    assert_eq!(clients[0]["authMethod"], "none");
    assert_eq!(
        clients[0]["grants"],
        json!(["authorization_code", "refresh_token"])
    );
}

on_both!(settings_are_changed_and_nothing_that_the_form_does_not_show);
fn settings_are_changed_and_nothing_that_the_form_does_not_show(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    let members = json!({"name": "Shop", "redirectUris": ["https://shop.example/cb"],
        "scopes": ["read"], "requirePkce": true, "refreshGraceSeconds": 5,
        "postLogoutRedirectUris": ["https://shop.example/out"]});
    let made = acme.client(&members);
    let id = made["id"].as_str().unwrap();
    let path = format!("/console/oauth-clients/{id}");
    let page = browser.open(server, &path);
    check_page(&page);
    assert_eq!(page.value("access_seconds"), "3600");
    let form = page.form("save");
    let fields = [
        ("name", "Shop 2"),
        ("confidential", "1"),
        ("scope", "read"),
        ("scope", "write"),
        ("redirect_uris", "https://shop.example/cb"),
        ("redirect_match", "exact"),
        ("consent", "ask"),
        ("profile", "psdm"),
        ("format", "jwt"),
        ("access_seconds", "3600"),
        ("refresh_seconds", "2592000"),
        ("do", "save"),
    ];
    let saved = browser.follow(server, &browser.send(server, &form, &fields));
    assert!(saved.text_of("done").contains("Shop 2"));
    let now = acme
        .get(&format!("/api/company/clients/{id}"))
        .send()
        .json();
    assert_eq!(now["name"], "Shop 2");
    assert_eq!(now["scopes"], json!(["read", "write"]));
    // The other profile has its own kind of tokens.
    assert_eq!(now["tokenFormat"], "opaque");
    assert_eq!(now["accessTokenSeconds"], 31_536_000);
    for member in [
        "requirePkce",
        "refreshGraceSeconds",
        "postLogoutRedirectUris",
    ] {
        assert_eq!(now[member], made[member], "{member}");
    }
    // The page was opened before the change.
    let answer = browser.send(server, &form, &fields);
    answer.with_status(409);
    let page = Page { answer };
    check_page(&page);
    assert!(page.tag("newest").is_some());
    // More scopes need a proof of late, fewer do not.
    server.wait(16 * 60);
    let scopes = |scopes: &[&'static str]| {
        let page = browser.open(server, &path);
        let mut fields: Vec<_> = fields[..2].to_vec();
        fields.extend(scopes.iter().map(|scope| ("scope", *scope)));
        fields.extend_from_slice(&[
            ("redirect_uris", "https://shop.example/cb"),
            ("redirect_match", "exact"),
            ("consent", "ask"),
            ("profile", "psdm"),
            ("do", "save"),
        ]);
        browser.send(server, &page.form("save"), &fields)
    };
    scopes(&["read"]).with_status(303);
    let answer = scopes(&["read", "write"]);
    answer.with_status(403);
    assert_eq!(Page { answer }.name(), "re-authenticate");
}

on_both!(disabling_says_how_many_tokens_and_revokes_them);
fn disabling_says_how_many_tokens_and_revokes_them(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    let (id, secret) = add(server, &browser, acme.operator("Lan"));
    let access = || {
        let answer = token(server, &id, &secret);
        answer.with_status(200);
        answer.json()["access_token"].as_str().unwrap().to_owned()
    };
    let works = |token: &str| server.get("/v1/profile").bearer(token).send().status == 200;
    let (one, two) = (access(), access());
    let base = format!("/console/oauth-clients/{id}");
    let tokens = browser.open(server, &format!("{base}/tokens"));
    check_page(&tokens);
    assert_eq!(tokens.html().matches("<tr data-id=").count(), 2);
    let refresh = browser.open(server, &format!("{base}/tokens?kind=refresh"));
    assert!(refresh.tag("nothing").is_some());

    let page = browser.open(server, &format!("{base}/disable"));
    check_page(&page);
    assert_eq!(page.data("effect", "data-tokens").unwrap(), "2");
    server.wait(16 * 60);
    let answer = browser.send(server, &page.form("confirm"), &[("do", "disable")]);
    let done = browser.follow(server, &answer);
    check_page(&done);
    assert!(done.tag("receipt").is_some());
    assert!(!works(&one) && !works(&two));
    token(server, &id, &secret).with_status(401);
    // Once more: there is nothing left to do.
    let answer = browser.send(server, &page.form("confirm"), &[("do", "disable")]);
    assert!(answer.text().contains("nothing left to do"));
    let enable = format!("{base}/enable");
    let answer = browser.submit(server, &enable, "confirm", &[("do", "enable")]);
    browser.follow(server, &answer);
    assert!(!works(&one));
    let three = access();

    let revoke = format!("{base}/revoke-all");
    let page = browser.open(server, &revoke);
    assert_eq!(page.data("effect", "data-tokens").unwrap(), "1");
    let answer = browser.send(server, &page.form("confirm"), &[("do", "revoke-all")]);
    browser.follow(server, &answer);
    assert!(!works(&three));
    access();

    let delete = format!("{base}/delete");
    let answer = browser.submit(server, &delete, "confirm", &[("do", "delete")]);
    let record = browser.follow(server, &answer);
    check_page(&record);
    assert!(!record.has_form("save"));
    assert!(!browser.open(server, &delete).has_form("confirm"));
    browser
        .get(server, &format!("{base}/secrets"))
        .with_status(409);
}
