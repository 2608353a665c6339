//! The first page: figures, what needs attention, what the organization did, and the last lines of
//! the audit log.

mod attention;
mod plots;

use super::answers::Page;
use super::audit_log;
use super::gate::{self, Answer};
use super::page::{Figure, Part, Step};
use super::sent::Sent;
use super::visit::{Outcome, Signed, Visit};
use super::{account, operators, organization, rotation, tokens};
use crate::audit;
use crate::db;
use crate::http::{Anyone, Call};
use crate::ledger;
use crate::operator::{self, Filter, Operator};
use crate::organization::{self as record, ConsoleSignIn};
use crate::session::console::right_of;
use crate::token::Kind;
use crate::usage::{self, Count, Range};

pub(super) const PATH: &str = "/console";

/// The largest number that is counted exactly.
const MOST: i64 = 1_000;

/// How many operators are read to find out whether one has an account for the console.
const LOOKED_AT: i64 = 100;

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show(call, show).await
}

async fn show(signed: &Signed) -> Outcome {
    let (organization, now) = (signed.organization(), signed.now);
    let mut ignored = Vec::new();
    let range = plots::range(signed, &mut ignored);
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
        let series = usage::read(conn, organization, range, now)?;
        let month = usage::read(conn, organization, Range::Month, now)?;
        Ok::<_, db::Error>((lines, operator::list(conn, &some)?, series, month))
    };
    let (lines, some, series, month) = signed.app.db.read(read).await?;
    let attention = attention::list(signed, profile.due_tokens).await?;
    let [issued, refused] = plots::figures(signed, &series);
    let mut parts = Vec::new();
    parts.extend(signed.ignored(&ignored));
    parts.push(Part::Figures(vec![
        Figure {
            id: "figure-live",
            label: signed.text("figure-live"),
            value: capped(signed, i64::try_from(live.len()).unwrap_or(i64::MAX)),
            href: Some(tokens::PATH.to_owned()),
        },
        issued,
        refused,
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
            href: Some(format!("{}?due=1", rotation::PATH)),
        },
    ]));
    let is_of_operator = |line: &&ledger::Line| line.claims.kind() == Kind::Operator;
    // Besides valid tokens, the counts of a month: a step stays done when its token has expired.
    let taken = Taken {
        operators: profile.operator_count > 0,
        token: live.iter().any(|line| is_of_operator(&line))
            || month.sum(&[Count::IssuedOperator]) > 0,
        validated: live
            .iter()
            .filter(is_of_operator)
            .any(|line| line.last_used_at.is_some())
            || month.sum(&[Count::Valid]) > 0,
    };
    let rule = profile.organization.console_sign_in;
    let steps = steps(signed, &taken, &some, rule);
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

/// Returns a number, which is cut off at [`MOST`].
pub(super) fn capped(signed: &Visit, count: i64) -> String {
    if count > MOST {
        format!("{}+", signed.language().number(MOST))
    } else {
        signed.language().number(count)
    }
}

/// Which of the first steps that need no account are done.
struct Taken {
    /// The organization has an operator.
    operators: bool,
    /// An operator token was issued.
    token: bool,
    /// An operator token was validated, and it was valid.
    validated: bool,
}

fn steps(signed: &Signed, taken: &Taken, some: &[Operator], rule: ConsoleSignIn) -> Vec<Step> {
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
    let for_factor = match signed.found.operator() {
        Some(_) => account::PATH,
        None => operators::PATH,
    };
    let mut steps = vec![
        step("step-operator", operators::NEW, taken.operators),
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
