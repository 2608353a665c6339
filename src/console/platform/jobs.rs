//! The jobs that are done once for all nodes.

use super::gate;
use super::visit::Admin;
use crate::console::answers::Page;
use crate::console::gate::Answer;
use crate::console::page::{Cell, Notice, Part, Row, Table, Tone};
use crate::console::sent::Sent;
use crate::console::shown;
use crate::console::visit::Outcome;
use crate::db::Conn;
use crate::http::{Anyone, Call, Endpoint};
use crate::schedule::{self, Listed};

pub(super) const PATH: &str = "/console/platform/jobs";

/// The endpoints of this page.
pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::page(PATH, get), Endpoint::form(PATH, post)]
}

async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::watch(call, show).await
}

async fn show(admin: &Admin) -> Outcome {
    let listed = admin.app.db.read(schedule::list).await?;
    let parts = vec![
        Part::Lead(admin.phrase("platform-jobs-lead")),
        Part::Table(table(admin, &listed)),
    ];
    let heading = admin.phrase("platform-jobs");
    let waits = listed.iter().any(|job| job.wanted_at.is_some());
    let page = Page::new("platform-jobs", heading, parts);
    // It shows by itself that the job has run.
    admin.page(page.reloading(waits)).await
}

fn table(admin: &Admin, listed: &[Listed]) -> Table {
    let heads = [
        "platform-job",
        "platform-job-what",
        "platform-job-every",
        "platform-job-last",
        "platform-job-next",
        "acts",
    ];
    Table {
        id: "jobs",
        caption: admin.text("platform-jobs-caption"),
        heads: heads.iter().map(|id| admin.text(id)).collect(),
        rows: listed.iter().map(|job| row(admin, job)).collect(),
    }
}

fn row(admin: &Admin, job: &Listed) -> Row {
    let what = meaning(job.name).map(|id| Cell::Text(admin.text(id)));
    let next = match (job.wanted_at, job.is_noted, job.next_at) {
        (Some(_), ..) => vec![admin.badge("platform-job-wanted", Tone::Caution)],
        (None, false, _) => vec![Cell::Quiet(admin.text("platform-job-not-noted"))],
        (None, true, None) => vec![Cell::Quiet(admin.text("platform-job-now"))],
        (None, true, Some(at)) => vec![admin.ago(at)],
    };
    let label = admin.text("platform-job-run");
    Row {
        id: job.name.to_owned(),
        cells: vec![
            vec![Cell::Word(job.name.to_owned())],
            what.into_iter().collect(),
            vec![Cell::Text(shown::span(job.every, admin.language()))],
            last(admin, job),
            next,
            vec![Cell::Button {
                action: PATH.to_owned(),
                csrf: admin.csrf(),
                verb: "run",
                name: format!("{label}: {}", job.name),
                label,
                danger: false,
                hidden: ("job", job.name.to_owned()),
            }],
        ],
    }
}

/// The last run, and whether it failed.
fn last(admin: &Admin, job: &Listed) -> Vec<Cell> {
    if !job.is_noted {
        return vec![Cell::Quiet(admin.text("platform-job-not-noted"))];
    }
    let mut cells = admin.ago_or(job.ran_at, "never");
    if let Some(at) = job.failed_at {
        cells.extend([
            Cell::Break,
            admin.badge("platform-job-failed", Tone::Bad),
            Cell::Text(" ".to_owned()),
            admin.ago(at),
            Cell::Break,
            Cell::Text(admin.count("platform-job-failures", job.failures)),
        ]);
    }
    cells
}

/// The message that says what a job does.
fn meaning(name: &str) -> Option<&'static str> {
    Some(match name {
        "count_uptime" => "job-count-uptime",
        "rotate_signing_keys" => "job-rotate-signing-keys",
        "attend_company_tokens" => "job-attend-company-tokens",
        "deliver_webhooks" => "job-deliver-webhooks",
        "purge_webhooks" => "job-purge-webhooks",
        "purge_ledger" => "job-purge-ledger",
        "count_live_tokens" => "job-count-live-tokens",
        "purge_usage" => "job-purge-usage",
        "purge_feed" => "job-purge-feed",
        "purge_replay" => "job-purge-replay",
        "purge_grants" => "job-purge-grants",
        "purge_browser_sessions" => "job-purge-browser-sessions",
        "import_operators" => "job-import-operators",
        "fill_in_operator_words" => "job-fill-in-operator-words",
        "purge_operator_imports" => "job-purge-operator-imports",
        "purge_api_keys" => "job-purge-api-keys",
        "purge_platform_sessions" => "job-purge-platform-sessions",
        "seal_audit" => "job-seal-audit",
        "check_audit" => "job-check-audit",
        "purge_audit" => "job-purge-audit",
        _ => return None,
    })
}

async fn post(call: Call<Anyone, Sent>) -> Answer {
    gate::act(call, run).await
}

async fn run(admin: &Admin) -> Outcome {
    if admin.sent.text("do") != "run" {
        return gate::unknown_button();
    }
    let name = admin.sent.text("job").to_owned();
    let (asked, origin, now) = (name.clone(), admin.origin.clone(), admin.now);
    let request = move |conn: &mut Conn| schedule::request(conn, &asked, &origin, now);
    admin.app.db.write(request).await?;
    let notice = Notice::new(admin.around("platform-job-asked", &name));
    admin.done(PATH, notice).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_job_says_what_it_does() {
        for job in schedule::SERVICE {
            assert!(meaning(job.name).is_some(), "{}", job.name);
        }
    }
}
