//! Removing a WeChat app.

use super::{PATH, find, path_of};
use crate::console::answers::Page;
use crate::console::gate::{self, Answer, Needs};
use crate::console::page::{Effect, Form, Notice, Part};
use crate::console::sent::Sent;
use crate::console::visit::{Outcome, Signed};
use crate::db::Conn;
use crate::http::{Anyone, Call};
use crate::wechat;

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show_admin(call, async |signed: &Signed| {
        let app = find(signed, &signed.id).await?;
        let base = path_of(&app.app_id);
        let form = Form::new("confirm", format!("{base}/remove"), signed.csrf())
            .danger("remove", signed.text("remove"))
            .cancel(base, signed.text("cancel"));
        let parts = vec![
            Part::Effect(Effect {
                tokens: None,
                lines: vec![
                    signed.phrase("wechat-remove-effect"),
                    signed.phrase("wechat-remove-stays"),
                ],
            }),
            Part::Form(form),
        ];
        let heading = signed.around("wechat-remove-question", &app.app_id);
        signed
            .page(Page::new("wechat-confirm", heading, parts))
            .await
    })
    .await
}

pub(super) async fn post(call: Call<Anyone, Sent>) -> Answer {
    gate::act(call, Needs::Admin, remove).await
}

async fn remove(signed: &Signed) -> Outcome {
    if signed.sent.text("do") != "remove" {
        return gate::unknown_button();
    }
    let (organization, app_id) = (signed.organization(), signed.id.clone());
    let (origin, now) = (signed.origin.clone(), signed.now);
    let remove = move |conn: &mut Conn| wechat::remove(conn, (organization, &app_id), &origin, now);
    signed.app.db.write(remove).await?;
    let notice = Notice::new(signed.around("wechat-removed", &signed.id));
    signed.done(PATH, notice).await
}
