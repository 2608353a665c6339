//! What is stored lives as long as it is needed, and no longer.

use diesel::prelude::*;
use lanyard::db::schema::{codes, consents, grants, ledger, opaque_tokens, refresh_tokens};
use lanyard::db::{Conn, Result};
use lanyard::jobs::SERVICE;
use lanyard::token::Kind;
use serde_json::json;

use super::world::{client, error, organization, tokens};
use crate::support::{Server, on_both};

const DAY: u64 = 86_400;

fn rows(server: &Server) -> [i64; 6] {
    let count = |conn: &mut Conn| -> Result<[i64; 6]> {
        Ok([
            codes::table.count().get_result(conn)?,
            grants::table.count().get_result(conn)?,
            refresh_tokens::table.count().get_result(conn)?,
            opaque_tokens::table.count().get_result(conn)?,
            consents::table.count().get_result(conn)?,
            ledger::table
                .filter(ledger::kind.eq_any(Kind::OF_A_CLIENT))
                .count()
                .get_result(conn)?,
        ])
    };
    server.app.db.read_blocking(count).unwrap()
}

/// Runs the purges as the node on duty does.
fn sweep(server: &Server) {
    server.count_uptime();
    for job in SERVICE.iter().filter(|job| job.name.starts_with("purge_")) {
        (job.run)(&server.app, server.app.clock.now()).unwrap();
    }
}

on_both!(
    after_its_longest_life_nothing_is_left_of_a_grant,
    "ledger.retention=1d"
);
fn after_its_longest_life_nothing_is_left_of_a_grant(server: &Server) {
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    let life = json!({"refreshTokenSeconds": 2 * DAY, "accessTokenSeconds": DAY});
    let mut opaque = life.clone();
    opaque["tokenFormat"] = json!("opaque");
    for members in [life, opaque] {
        let shop = client(server, &acme, &members);
        let code = shop.code(lan, "read");
        shop.code(lan, "read");
        let (_, first) = tokens(&shop.redeem(&code));
        let mut refresh = tokens(&shop.refresh(&first)).1;
        // It is refreshed for ten days; what it has used up is forgotten by and by.
        for _ in 0..10 {
            server.run(DAY);
            sweep(server);
            refresh = tokens(&shop.refresh(&refresh)).1;
        }
        let kept = rows(server);
        assert_eq!(kept[1], 1);
        assert!(kept[2] <= 6, "{kept:?}");
        // The code is still recognized, and its replay revokes the grant.
        assert!(shop.is_active(&refresh));
        assert_eq!(error(&shop.redeem(&code)).0, 400);
        assert!(!shop.is_active(&refresh));
        for _ in 0..6 {
            server.run(DAY);
        }
        sweep(server);
        sweep(server);
        assert_eq!(rows(server), [0; 6]);
    }
}
