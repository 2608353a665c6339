//! One's own second factor. A new secret is in force after a correct code of it was entered.

use std::fmt::Write;
use std::time::Duration;

use actix_web::http::StatusCode;
use fast_qr::QRBuilder;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{PATH, TOTP};
use crate::access::totp::TotpSecret;
use crate::console::answers::Page;
use crate::console::gate::{self, Answer, Needs};
use crate::console::page::{Cell, Form, FormError, Notice, Part, Picture};
use crate::console::refusal::Problem;
use crate::console::sealed;
use crate::console::second_factor::code_field;
use crate::console::sent::Sent;
use crate::console::visit::{Outcome, Signed, Visit};
use crate::db::Conn;
use crate::http::{Anyone, ApiError, Call};
use crate::operator::second_factor::Own;
use crate::operator::{ManageError, second_factor};
use crate::session::console;

const PURPOSE: &str = "console totp";

/// How long a secret can be confirmed after it was shown.
const LIFETIME: Duration = Duration::from_mins(15);

/// A secret that waits for a code of it, as the page carries it sealed.
#[derive(Serialize, Deserialize)]
struct Waiting {
    secret: Vec<u8>,
    until: i64,
}

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show(call, async |signed: &Signed| {
        let operator = signed.found.operator().ok_or(Problem::NotFound)?;
        if operator.second_factor {
            return signed.answer(&removal(signed));
        }
        set_up(signed, TotpSecret::generate(), StatusCode::OK, Vec::new()).await
    })
    .await
}

/// The page on which a second factor is removed.
fn removal(signed: &Signed) -> Page {
    let form = Form::new("confirm", TOTP, signed.csrf())
        .danger("disable", signed.text("totp-remove"))
        .cancel(PATH, signed.text("cancel"));
    let parts = vec![
        Part::Lead(signed.phrase("totp-remove-lead")),
        Part::Form(form),
    ];
    Page::new("account-totp", signed.phrase("totp-remove-question"), parts)
}

/// The session that a sealed secret belongs to.
fn subject(signed: &Signed) -> String {
    signed.found.session.jti.to_string()
}

/// The page with a new secret.
async fn set_up(
    signed: &Signed,
    secret: TotpSecret,
    status: StatusCode,
    errors: Vec<FormError>,
) -> Outcome {
    let (organization, id) = (
        signed.organization(),
        signed.found.operator_id().ok_or(Problem::NotFound)?,
    );
    let read = move |conn: &mut _| second_factor::names(conn, organization, id);
    let (issuer, account) = signed.app.db.read(read).await?;
    let uri = secret.uri(&issuer, &account);
    let waiting = Waiting {
        secret: secret.as_bytes().to_vec(),
        until: signed.now.plus(LIFETIME).as_seconds(),
    };
    let sealed = sealed::seal(&signed.app, PURPOSE, &subject(signed), &waiting);
    let sealed = sealed.ok_or_else(ApiError::internal)?;
    let form = Form::new("totp", TOTP, signed.csrf())
        .hidden("sealed", sealed)
        .field(
            code_field(signed)
                .required()
                .hinted(signed.text("totp-code-hint")),
        )
        .button("enable", signed.text("totp-enable"))
        .cancel(PATH, signed.text("cancel"))
        .errors(errors);
    let mut parts = vec![Part::Lead(signed.phrase("totp-lead"))];
    parts.extend(picture(signed, &uri).map(Part::Picture));
    parts.push(Part::Facts(
        "totp-secret",
        vec![(
            signed.text("totp-secret"),
            vec![Cell::Code(secret.text().to_string())],
        )],
    ));
    parts.push(Part::Form(form));
    let heading = signed.phrase("totp-set-up");
    signed.answer(&Page::new("account-totp", heading, parts).with_status(status))
}

/// Draws a text as a QR code, with a quiet zone of four modules (ISO/IEC 18004). `None` if it is too
/// long.
pub(in crate::console) fn picture(visit: &Visit, text: &str) -> Option<Picture> {
    const QUIET: usize = 4;
    let code = QRBuilder::new(text).build().ok()?;
    let mut path = String::new();
    for (y, row) in code.data.chunks(code.size).take(code.size).enumerate() {
        for (x, module) in row.iter().enumerate() {
            if module.value() {
                let _ = write!(path, "M{} {}h1v1h-1z", x + QUIET, y + QUIET);
            }
        }
    }
    Some(Picture {
        label: visit.text("totp-picture"),
        size: code.size + 2 * QUIET,
        path,
    })
}

pub(super) async fn post(call: Call<Anyone, Sent>) -> Answer {
    gate::act(call, Needs::Proof, async |signed: &Signed| {
        match signed.sent.text("do") {
            "enable" => enable(signed).await,
            "disable" => disable(signed).await,
            _ => gate::unknown_button(),
        }
    })
    .await
}

async fn enable(signed: &Signed) -> Outcome {
    let (organization, id) = (
        signed.organization(),
        signed.found.operator_id().ok_or(Problem::NotFound)?,
    );
    let sealed = signed.sent.text("sealed");
    let waiting: Option<Waiting> = sealed::open(&signed.app, PURPOSE, &subject(signed), sealed);
    let waiting = waiting.filter(|waiting| signed.now.as_seconds() < waiting.until);
    let Some(waiting) = waiting else {
        let error = FormError::of(signed.language(), None, "totp-over");
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return set_up(signed, TotpSecret::generate(), status, vec![error]).await;
    };
    let secret = TotpSecret::from_bytes(Zeroizing::new(waiting.secret));
    let code = signed.sent.text("code").to_owned();
    let (keys, origin, now) = (
        signed.app.tokens.keys.clone(),
        signed.origin.clone(),
        signed.now,
    );
    let (mine, session) = (secret.clone(), signed.found.session.clone());
    let write = move |conn: &mut Conn| {
        let of = (organization, id);
        let masters = keys.masters();
        let own = Own {
            code: &code,
            session: session.jti,
        };
        let made = second_factor::enable(conn, masters, of, mine, own, &origin, now)?;
        if made.is_some() {
            console::keep_factor(conn, &session)?;
        }
        Ok::<_, ManageError>(made)
    };
    let Some(made) = signed.app.db.write(write).await? else {
        let error = FormError::of(signed.language(), Some("code"), "code-wrong");
        return set_up(
            signed,
            secret,
            StatusCode::UNPROCESSABLE_ENTITY,
            vec![error],
        )
        .await;
    };
    let codes = made.recovery_codes.iter();
    let codes = codes.map(|code| code.text().to_owned()).collect();
    let parts = vec![
        Part::Warning(signed.phrase("secret-once")),
        Part::Codes("recovery-codes", signed.text("recovery-codes"), codes),
        Part::Actions(vec![crate::console::page::Action {
            link: signed.link(PATH, "secret-stored"),
            primary: true,
        }]),
    ];
    let heading = signed.phrase("totp-enabled");
    signed.answer(&Page::new("account-recovery-codes", heading, parts))
}

async fn disable(signed: &Signed) -> Outcome {
    let (organization, id) = (
        signed.organization(),
        signed.found.operator_id().ok_or(Problem::NotFound)?,
    );
    let (origin, now) = (signed.origin.clone(), signed.now);
    let session = signed.found.session.clone();
    let write = move |conn: &mut Conn| {
        let of = (organization, id);
        second_factor::disable(conn, of, session.jti, &origin, now)?;
        console::keep_factor(conn, &session)?;
        Ok::<_, ManageError>(())
    };
    signed.app.db.write(write).await?;
    let notice = Notice::new(signed.phrase("totp-removed"));
    signed.done(PATH, notice).await
}
