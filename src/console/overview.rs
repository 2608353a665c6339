//! The first page: what is there, what needs attention, and what was done last.

use super::answers::Page;
use super::audit_log;
use super::gate::{self, Answer};
use super::page::{Figure, Part, Step};
use super::sent::Sent;
use super::visit::{Outcome, Signed};
use super::{operators, organization, tokens};
use crate::audit;
use crate::db;
use crate::http::{Anyone, Call};
use crate::ledger;
use crate::operator::{self, Filter, Operator};
use crate::organization as record;
use crate::session::console::right_of;
use crate::token::Kind;

pub(super) const PATH: &str = "/console";

/// The largest number that is counted exactly.
const MOST: i64 = 1_000;

/// How many operators are looked at to find out whether one has an account for the console.
const LOOKED_AT: i64 = 100;

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show(call, show).await
}

async fn show(signed: &Signed) -> Outcome {
    let organization = signed.organization();
    let profile = record::read(&signed.app, organization).await?;
    let filter = ledger::Filter {
        organization,
        operator: None,
        client: None,
        kind: None,
        before: None,
        limit: MOST + 1,
    };
    let live = ledger::unrevoked(&signed.app, filter).await?;
    let page = audit::Page {
        organization: Some(organization),
        filter: audit::Filter::default(),
        before: None,
        limit: 10,
    };
    let some = Filter {
        organization,
        status: None,
        external_id: None,
        after: None,
        limit: LOOKED_AT,
    };
    let read = move |conn: &mut _| {
        let lines = audit::page(conn, page)?.lines;
        Ok::<_, db::Error>((lines, operator::list(conn, &some)?))
    };
    let (lines, some) = signed.app.db.read(read).await?;
    let mut parts = vec![Part::Figures(vec![
        Figure {
            id: "figure-live",
            label: signed.text("figure-live"),
            value: capped(signed, i64::try_from(live.len()).unwrap_or(i64::MAX)),
            href: Some(tokens::PATH.to_owned()),
        },
        Figure {
            id: "figure-operators",
            label: signed.text("operators"),
            value: signed.language().number(profile.operator_count),
            href: Some(operators::PATH.to_owned()),
        },
        Figure {
            id: "figure-due",
            label: signed.text("figure-due"),
            value: signed
                .language()
                .number(i64::try_from(profile.due_tokens).unwrap_or(i64::MAX)),
            href: Some(format!("{}?kind=company", tokens::PATH)),
        },
    ])];
    let has_token = live.iter().any(|line| line.claims.kind() == Kind::Operator);
    let steps = steps(signed, profile.operator_count, has_token, &some);
    if steps.iter().any(|step| !step.done) {
        parts.push(Part::Heading(signed.text("first-steps")));
        parts.push(Part::Steps(steps));
    }
    parts.push(Part::Heading(signed.text("last-acts")));
    parts.push(Part::Table(audit_log::table(signed, &lines)));
    let heading = signed.phrase("overview");
    signed.page(Page::new("overview", heading, parts)).await
}

/// Returns a number, which is cut off at [`MOST`].
pub(super) fn capped(signed: &Signed, count: i64) -> String {
    if count > MOST {
        format!("{}+", signed.language().number(MOST))
    } else {
        signed.language().number(count)
    }
}

fn steps(signed: &Signed, operators: i64, has_token: bool, some: &[Operator]) -> Vec<Step> {
    let has_account = some.iter().any(|operator| {
        operator.password.is_some() && right_of(operator.profile.role.as_deref()).is_some()
    });
    let has_factor = some.iter().any(|operator| operator.second_factor);
    let step = |id: &str, href: &str, done: bool| Step {
        text: signed.text(id),
        href: href.to_owned(),
        done,
        state: signed.text(if done { "step-done" } else { "step-open" }),
    };
    vec![
        step("step-operator", operators::NEW, operators > 0),
        step("step-token", operators::PATH, has_token),
        step("step-account", operators::PATH, has_account),
        step("step-factor", organization::PATH, has_factor),
    ]
}
