//! The first page: figures, what needs attention, what the organization did, and the last lines of
//! the audit log.

mod attention;
mod plots;

use super::answers::Page;
use super::audit_log;
use super::cells::{capped, counted};
use super::gate::{self, Answer};
use super::page::{Figure, Part, Step};
use super::sent::Sent;
use super::visit::{Outcome, Signed};
use super::{account, operators, organization, rotation, tokens};
use crate::access::Roles;
use crate::audit;
use crate::base::Seek;
use crate::db;
use crate::http::{Anyone, Call};
use crate::ledger::{self, COUNTED};
use crate::operator;
use crate::organization::{self as record, ConsoleSignIn};
use crate::usage::{self, Count, Range};

pub(super) const PATH: &str = "/console";

/// The roles that may use the console.
const WITH_ACCOUNT: [&str; 2] = [Roles::ADMIN, Roles::AUDITOR];

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show(call, show).await
}

async fn show(signed: &Signed) -> Outcome {
    let (organization, now) = (signed.organization(), signed.now);
    let mut ignored = Vec::new();
    let range = plots::range(signed, &mut ignored);
    let due = record::due_tokens(&signed.app, &signed.found.organization).await?;
    let recent = ledger::recent(&signed.app, organization).await?;
    let page = audit::Page {
        organization: Some(organization),
        filter: audit::Filter::default(),
        seek: Seek::First,
        limit: 10,
    };
    let read = move |conn: &mut _| {
        let lines = audit::page(conn, &page)?.page.rows;
        let series = usage::read(conn, organization, range, now)?;
        let month = usage::read(conn, organization, Range::Month, now)?;
        let people = People {
            operators: operator::count_up_to(conn, organization, COUNTED + 1)?,
            has_account: operator::has_account(conn, organization, &WITH_ACCOUNT)?,
            has_factor: operator::has_factor(conn, organization)?,
        };
        Ok::<_, db::Error>((lines, people, series, month))
    };
    let (lines, people, series, month) = signed.app.db.read(read).await?;
    let attention = attention::list(signed, due).await?;
    let [issued, refused] = plots::figures(signed, &series);
    let mut parts = Vec::new();
    parts.extend(signed.ignored(&ignored));
    parts.push(Part::Figures(vec![
        Figure {
            id: "figure-live",
            label: signed.text("figure-live"),
            value: counted(signed, recent.live),
            href: Some(tokens::PATH.to_owned()),
        },
        issued,
        refused,
        Figure {
            id: "figure-operators",
            label: signed.text("operators"),
            value: capped(signed, people.operators),
            href: Some(operators::PATH.to_owned()),
        },
        Figure {
            id: "figure-due",
            label: signed.text("figure-due"),
            value: signed
                .language()
                .number(i64::try_from(due).unwrap_or(i64::MAX)),
            href: Some(format!("{}?due=1", rotation::PATH)),
        },
    ]));
    // Besides valid tokens, the counts of a month: a step stays done when its token has expired.
    let taken = Taken {
        token: recent.has_operator_token || month.sum(&[Count::IssuedOperator]) > 0,
        validated: recent.has_used_operator_token || month.sum(&[Count::Valid]) > 0,
    };
    let rule = signed.found.organization.console_sign_in;
    let steps = steps(signed, &taken, &people, rule);
    if steps.iter().any(|step| !step.done) {
        parts.push(Part::Heading(signed.text("first-steps")));
        parts.push(Part::Steps(steps));
    }
    parts.push(Part::Heading(signed.text("attention")));
    if attention.is_empty() {
        parts.push(Part::Text(signed.phrase("attention-none")));
    } else {
        parts.push(Part::Attention(attention));
    }
    parts.extend(plots::parts(signed, &series));
    parts.push(Part::Heading(signed.text("last-acts")));
    parts.push(Part::Table(audit_log::table(signed, &lines)));
    let heading = signed.phrase("overview");
    signed.page(Page::new("overview", heading, parts)).await
}

/// The operators of the organization.
struct People {
    /// Their number, at most one more than [`COUNTED`].
    operators: i64,
    /// One has an account for the console.
    has_account: bool,
    /// One has a second factor.
    has_factor: bool,
}

/// Which of the first steps with tokens are done.
struct Taken {
    /// An operator token was issued.
    token: bool,
    /// An operator token was validated, and it was valid.
    validated: bool,
}

fn steps(signed: &Signed, taken: &Taken, people: &People, rule: ConsoleSignIn) -> Vec<Step> {
    let People {
        has_account,
        has_factor,
        ..
    } = *people;
    let step = |id: &str, href: &str, done: bool| Step {
        text: signed.text(id),
        href: href.to_owned(),
        done,
        state: signed.text(if done { "step-done" } else { "step-open" }),
    };
    let for_factor = match signed.found.operator() {
        Some(_) => account::PATH,
        None => operators::PATH,
    };
    let mut steps = vec![
        step("step-operator", operators::NEW, people.operators > 0),
        step("step-token", operators::PATH, taken.token),
        step("step-validate", operators::PATH, taken.validated),
        step("step-account", operators::PATH, has_account),
        step("step-factor", for_factor, has_factor),
    ];
    if has_account {
        let done = rule == ConsoleSignIn::Operators;
        steps.push(step("step-sign-in", organization::PATH, done));
    }
    steps
}
