//! The list of WeChat apps.

use super::{NEW, on_unknown, path_of};
use crate::base::{Leaf, Seek};
use crate::console::answers::Page;
use crate::console::gate::{self, Answer};
use crate::console::page::{Action, Cell, Empty, Part, Row, Table};
use crate::console::sent::Sent;
use crate::console::visit::{Outcome, Signed};
use crate::http::{Anyone, Call};
use crate::session::console::Right;
use crate::wechat::{self, WechatApp};

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show(call, show).await
}

async fn show(signed: &Signed) -> Outcome {
    let mut ignored = Vec::new();
    let limit = signed.limit(&mut ignored);
    let organization = signed.organization();
    let seek: Seek<String> = signed.seek();
    // PostgreSQL does not accept every text.
    let is_known = seek.key().is_none_or(|id| wechat::is_app_id(id));
    let seek = if is_known { seek } else { Seek::First };
    let asked = seek.clone();
    let read = move |conn: &mut _| wechat::list(conn, organization, &asked, limit + 1);
    let read = signed.app.db.read(read).await?;
    let found = Leaf::of(seek, read, limit, |app| app.app_id.clone());
    let may_add = signed.found.right == Right::Admin;
    let mut parts = vec![Part::Lead(signed.phrase("wechat-lead"))];
    if may_add {
        parts.push(Part::Actions(vec![Action {
            link: signed.link(NEW, "wechat-new"),
            primary: true,
        }]));
    }
    parts.extend(signed.ignored(&ignored));
    if found.rows.is_empty() {
        parts.push(Part::Empty(Empty {
            text: signed.text("wechat-empty"),
            action: may_add.then(|| signed.link(NEW, "wechat-new")),
            command: Some(format!(
                "lanyard wechat-app add --organization {organization} --app-id ID --secret-file \
                 FILE"
            )),
        }));
    } else {
        parts.push(Part::Table(table(signed, &found.rows)));
    }
    parts.push(Part::Pages(signed.pages(&found)));
    let heading = signed.phrase("wechat");
    signed.page(Page::new("wechat", heading, parts)).await
}

fn table(signed: &Signed, found: &[WechatApp]) -> Table {
    let heads = ["wechat-app-id", "wechat-unknown", "wechat-role", "added"];
    let row = |app: &WechatApp| Row {
        id: app.app_id.clone(),
        cells: vec![
            vec![Cell::Link {
                href: path_of(&app.app_id),
                name: app.app_id.clone(),
            }],
            vec![Cell::Text(signed.text(on_unknown(app.on_unknown)))],
            vec![Cell::Code(app.role.clone())],
            vec![signed.ago(app.created_at)],
        ],
    };
    Table {
        id: "wechat-apps",
        caption: signed.text("wechat-caption"),
        heads: heads.iter().map(|id| signed.text(id)).collect(),
        rows: found.iter().map(row).collect(),
    }
}
