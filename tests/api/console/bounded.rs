//! Numbers and lists that would cost much are cut off, and say so.

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Binary};
use lanyard::audit::Origin;
use lanyard::base::{KeyId, OrganizationId, TokenId};
use lanyard::db::{Conn, Result};
use lanyard::{on_backend, revocation, signing_keys};

use super::lists::{ids, link};
use super::tokens::jti;
use super::*;
use crate::support::on_both;

/// Adds copies of the line of a token, with ids that begin with this byte.
fn copy(server: &Server, token: &str, copies: i64, first: u8, expired: bool) {
    let id: TokenId = jti(token).parse().unwrap();
    let write = |conn: &mut Conn| -> Result<()> {
        let new_id = match conn {
            Conn::Sqlite(_) => format!("CAST(x'{first:02x}' || randomblob(15) AS BLOB)"),
            Conn::Postgres(_) => {
                format!("decode('{first:02x}' || substr(md5(n.i::text), 3), 'hex')")
            }
        };
        let (parameter, other) = match conn {
            Conn::Sqlite(_) => ("?", "?"),
            Conn::Postgres(_) => ("$1", "$2"),
        };
        let ends = if expired { "issued_at" } else { "expires_at" };
        let columns = "kind, operator_id, client_id, parent, kid, rev, issued_at, last_used_at, \
                       address, grant_id";
        let statement = format!(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {parameter}) \
             INSERT INTO ledger (organization_id, jti, expires_at, {columns}) \
             SELECT organization_id, {new_id}, {ends}, {columns} FROM ledger, n WHERE jti = {other}"
        );
        on_backend!(conn, c => sql_query(statement)
            .bind::<BigInt, _>(copies)
            .bind::<Binary, _>(id.0.to_vec())
            .execute(c))?;
        Ok(())
    };
    server.app.db.write_blocking(write).unwrap();
}

/// Adds a client that stands for an operator. Returns its id, and a token of it.
fn client_with_token(server: &Server, acme: &Organization<'_>, operator: i64) -> (String, String) {
    let client = acme.client(&json!({"name": "Shop", "grants": ["client_credentials"],
        "scopes": ["read"], "operatorId": operator}));
    let member = |name: &str| client[name].as_str().unwrap().to_owned();
    let answer = super::clients::token(server, &member("id"), &member("secret"));
    let token = answer.with_status(200).json()["access_token"].clone();
    (member("id"), token.as_str().unwrap().to_owned())
}

/// The pages that say how many tokens an act revokes, and what they say.
fn effects(server: &Server, browser: &Browser, paths: &[String]) -> Vec<(String, bool)> {
    let effect = |path: &String| {
        let page = browser.open(server, path);
        check_page(&page);
        let shown = page.text_of("effect").contains("1,000+");
        (page.data("effect", "data-tokens").unwrap(), shown)
    };
    paths.iter().map(effect).collect()
}

on_both!(tokens_are_counted_to_a_thousand);
fn tokens_are_counted_to_a_thousand(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    let token = acme.token_for(lan);
    let (id, access) = client_with_token(server, &acme, lan);
    let browser = admin(server, &acme);
    let operator = format!("/console/operators/{lan}");
    let company = format!("/console/rotation/{}/revoke", jti(&acme.token));
    let paths = [
        format!("{operator}/revoke"),
        format!("{operator}/deactivate"),
        format!("{operator}/delete"),
        format!("{operator}/erase"),
        format!("/console/operators/selected?do=revoke&operator={lan}"),
        "/console/organization/revoke-all".to_owned(),
        company,
        format!("/console/oauth-clients/{id}/disable"),
    ];
    copy(server, &token, 998, 0x7f, false);
    copy(server, &access, 999, 0x7e, false);
    let found = effects(server, &browser, &paths);
    // 999 operator tokens and 1,000 access tokens; 999 were issued with the company token.
    let cut = ("1000+".to_owned(), true);
    assert_eq!(found[..6], vec![cut.clone(); 6]);
    assert_eq!(
        found[6],
        ("1000".to_owned(), false),
        "the company token and 999"
    );
    assert_eq!(found[7], ("1000".to_owned(), false));
    copy(server, &token, 2, 0x7d, false);
    copy(server, &access, 1, 0x7c, false);
    assert_eq!(effects(server, &browser, &paths), vec![cut; 8]);
}

on_both!(tokens_whose_key_is_revoked_are_not_counted);
fn tokens_whose_key_is_revoked_are_not_counted(server: &Server) {
    let acme = server.organization("acme");
    let (id, token) = client_with_token(server, &acme, acme.operator("Lan"));
    let browser = admin(server, &acme);
    let path = format!("/console/oauth-clients/{id}/disable");
    let shown = || {
        let page = browser.open(server, &path);
        page.data("effect", "data-tokens").unwrap()
    };
    assert_eq!(shown(), "1");
    let app = &server.app;
    let line = format!("/api/company/tokens/{}", jti(&token));
    let kid = acme.get(&line).send().json()["kid"].clone();
    let kid: KeyId = kid.as_str().unwrap().parse().unwrap();
    let replacement = signing_keys::replacement(&app.db, kid).unwrap();
    let revoke = |conn: &mut Conn| {
        let (origin, now) = (Origin::command_line(), app.clock.now());
        signing_keys::revoke(conn, &app.tokens.keys, kid, replacement, &origin, now)
    };
    revocation::commit_from_cli(&app.db, revoke).unwrap();
    server.follow();
    assert_eq!(shown(), "0");
}

on_both!(tokens_behind_very_many_lines_are_not_looked_for);
fn tokens_behind_very_many_lines_are_not_looked_for(server: &Server) {
    let acme = server.organization("acme");
    let (lan, mai) = (acme.operator("Lan"), acme.operator("Mai"));
    let tokens = [acme.token_for(lan), acme.token_for(lan)];
    let busy = acme.token_for(mai);
    let browser = admin(server, &acme);
    let path = format!("/console/operators/{lan}/revoke");
    let shown = || {
        let page = browser.open(server, &path);
        page.data("effect", "data-tokens").unwrap()
    };
    assert_eq!(shown(), "2");
    // They are newer than every other line.
    copy(server, &busy, 20_000, 0x7f, true);
    assert_eq!(shown(), "0+");
    // The API goes on where a page without tokens has ended.
    let first = acme.get("/api/company/tokens").send().json();
    assert_eq!(first["items"].as_array().unwrap().len(), 0);
    let cursor = first["nextCursor"].as_str().unwrap();
    let next = format!("/api/company/tokens?cursor={cursor}");
    let next = acme.get(&next).send().json();
    assert_eq!(next["items"].as_array().unwrap().len(), 4);
    assert_eq!(next["nextCursor"], json!(null));
    // Those of a kind or a client are found by an index of their own.
    let companies = acme.get("/api/company/tokens?kind=company").send().json();
    assert_eq!(companies["items"][0]["jti"], jti(&acme.token));
    assert_eq!(companies["nextCursor"], json!(null));
    let (id, _) = client_with_token(server, &acme, lan);
    copy(server, &busy, 20_000, 0x7e, true);
    let of_client = format!("/api/company/tokens?kind=access&clientId={id}");
    let of_client = acme.get(&of_client).send().json();
    assert_eq!(of_client["items"].as_array().unwrap().len(), 1);
    assert_eq!(of_client["nextCursor"], json!(null));
    for token in tokens {
        assert_eq!(acme.judge(&token), "valid");
    }
}

on_both!(tokens_of_a_client_are_listed_page_by_page);
fn tokens_of_a_client_are_listed_page_by_page(server: &Server) {
    let acme = server.organization("acme");
    let client = acme.client(&json!({"name": "Shop", "grants": ["client_credentials"],
        "scopes": ["read"], "operatorId": acme.operator("Lan")}));
    let (id, secret) = (
        client["id"].as_str().unwrap(),
        client["secret"].as_str().unwrap(),
    );
    for number in 0..30 {
        super::clients::token(server, id, secret).with_status(200);
        if number % 10 == 0 {
            server.wait(1);
        }
    }
    let mut listed = Vec::new();
    let mut next = String::new();
    loop {
        let path = format!("/api/company/tokens?kind=access&clientId={id}&limit=7{next}");
        let page = acme.get(&path).send().json();
        let items = page["items"].as_array().unwrap();
        listed.extend(
            items
                .iter()
                .map(|line| line["jti"].as_str().unwrap().to_owned()),
        );
        let Some(cursor) = page["nextCursor"].as_str() else {
            break;
        };
        assert_eq!(items.len(), 7);
        next = format!("&cursor={cursor}");
    }
    assert_eq!(listed.len(), 30);
    assert!(listed.is_sorted_by(|newer, older| newer > older));
    let browser = admin(server, &acme);
    let path = format!("/console/oauth-clients/{id}/tokens?limit=25");
    let first = browser.open(server, &path);
    assert_eq!(ids(&first), listed[..25]);
    let second = browser.open(server, &link(&first, "next").unwrap());
    assert_eq!(ids(&second), listed[25..]);
    let back = browser.open(server, &link(&second, "prev").unwrap());
    assert_eq!(ids(&back), listed[..25]);
    // Company tokens have an index as well.
    server.wait(1);
    let late = acme.another_token();
    let path = "/api/company/tokens?kind=company&limit=1";
    let first = acme.get(path).send().json();
    assert_eq!(first["items"][0]["jti"], jti(&late));
    let cursor = first["nextCursor"].as_str().unwrap();
    let second = acme.get(&format!("{path}&cursor={cursor}")).send().json();
    assert_eq!(second["items"][0]["jti"], jti(&acme.token));
    assert_eq!(second["nextCursor"], json!(null));
}

on_both!(revoked_company_tokens_are_passed_over_in_pieces);
fn revoked_company_tokens_are_passed_over_in_pieces(server: &Server) {
    let acme = server.organization("acme");
    copy(server, &acme.token, 2_100, 0x00, false);
    let (db, now) = (&server.app.db, server.app.clock.now());
    let (id, origin) = (OrganizationId(acme.id), Origin::command_line());
    lanyard::organization::revoke_all(db, id, &origin, now).unwrap();
    server.follow();
    server.wait(60);
    let late = acme.another_token();
    let acme = acme.with_token(&late);
    let browser = admin(server, &acme);
    let page = browser.open(server, "/console/rotation?limit=25");
    check_page(&page);
    assert_eq!(ids(&page), [jti(&late)]);
    assert!(page.tag("looked-back").is_some());
    let last = browser.open(server, &link(&page, "next").unwrap());
    check_page(&last);
    assert!(ids(&last).is_empty() || last.tag("nothing").is_some());
    assert!(link(&last, "prev").is_some());
    let end = link(&last, "next");
    assert_eq!(end, None, "no more than two parts");
}

on_both!(keys_of_an_operator_are_named_up_to_a_hundred);
fn keys_of_an_operator_are_named_up_to_a_hundred(server: &Server) {
    let acme = server.organization("acme");
    let olga = operator(&acme, "olga", "admin");
    let browser = Browser::signed_in(server, "acme/olga", PASSWORD);
    let own = Browser::signed_in(server, "acme", &acme.password);
    for number in 0..101 {
        let name = format!("Key {number}");
        let fields = [
            ("name", name.as_str()),
            ("scope", "read"),
            ("expires", "90"),
            ("do", "create"),
        ];
        let made = browser.submit(server, "/console/api-keys/new", "api-key", &fields);
        made.with_status(200);
    }
    for act in ["deactivate", "delete"] {
        let page = own.open(server, &format!("/console/operators/{olga}/{act}"));
        check_page(&page);
        assert_eq!(ids(&page).len(), 100, "{act}");
        let said = "API keys that it has made: 101. These are the first 100.";
        assert!(page.html().contains(said), "{act}");
    }
}
