//! The list of all jobs.

use std::time::Duration;

use super::Job;
use crate::{
    access, api_key, audit, company, feed, grant, ledger, login, operator, organization, platform,
    replay, session, signing_keys, usage, webhook,
};

/// Jobs that every node runs for itself, on its own memory.
pub const LOCAL: &[Job] = &[
    Job {
        name: "record_failed_logins",
        every: Duration::from_secs(1),
        run: |app, _| login::job::record_failed_logins(&app.db, &app.logins.failed, false),
    },
    Job {
        name: "tidy_throttle",
        every: Duration::from_mins(1),
        run: |app, _| Ok(app.logins.throttle.tidy()),
    },
    Job {
        name: "compare_hash_costs",
        every: Duration::from_mins(5),
        run: |app, _| {
            let dearest = organization::highest_cost(&app.db)?;
            Ok(usize::from(app.logins.hasher.expect(dearest)))
        },
    },
    Job {
        name: "forget_revocations",
        every: Duration::from_mins(5),
        run: |app, _| Ok(app.nodes.feed.index().purge()),
    },
    Job {
        name: "write_last_uses",
        every: Duration::from_mins(1),
        run: |app, _| ledger::job::write_uses(&app.db, &app.tokens.uses),
    },
    Job {
        name: "write_last_tokens",
        every: Duration::from_mins(1),
        run: |app, now| {
            operator::job::write_last_tokens(&app.db, app.tokens.issuer.last_tokens(), now)
        },
    },
    Job {
        name: "write_secret_uses",
        every: Duration::from_mins(1),
        run: |app, _| app.clients.secret_uses.write(&app.db),
    },
    Job {
        name: "write_api_key_uses",
        // How often the uses are written is a setting.
        every: Duration::from_secs(1),
        run: |app, _| {
            let (every, elapsed) = (app.settings.api_key_flush, app.clock.elapsed());
            app.keys.uses.write_if_due(&app.db, every, elapsed)
        },
    },
    Job {
        name: "gather_usage",
        every: Duration::from_secs(1),
        run: |app, now| {
            app.usage.gather(now);
            Ok(0)
        },
    },
    Job {
        name: "write_usage",
        every: Duration::from_mins(1),
        run: |app, now| {
            app.usage.gather(now);
            app.usage.write(&app.db)
        },
    },
    Job {
        name: "reload_rules",
        // In force within 5 s of a change: the runner looks for jobs that are due every second.
        every: Duration::from_secs(2),
        run: |app, _| {
            Ok(access::job::reload(
                &app.forward_auth.file,
                &app.metrics.authz_rules_valid,
            ))
        },
    },
    Job {
        name: "count_sessions",
        every: Duration::from_mins(1),
        run: |app, now| {
            let lives = session::Lives::of_browser(app);
            let open = session::job::count_open(&app.db, lives, now)?;
            app.metrics.sessions_open("browser", open);
            let lives = session::Lives::of_console(app);
            let open = session::job::count_open_consoles(&app.db, lives, now)?;
            app.metrics.sessions_open("console", open);
            Ok(0)
        },
    },
];

/// Jobs that run once for all nodes, on the node on duty.
pub const SERVICE: &[Job] = &[
    Job {
        name: "count_uptime",
        every: Duration::from_mins(1),
        run: |app, _| feed::tick(&app.db, &app.nodes.duty, &app.nodes.uptime, &app.clock),
    },
    Job {
        name: signing_keys::job::NAME,
        every: signing_keys::job::EVERY,
        run: |app, now| {
            signing_keys::job::follow_schedule(
                &app.db,
                &app.tokens.keys,
                app.nodes.feed.index(),
                now,
            )
        },
    },
    Job {
        name: company::job::NAME,
        every: company::job::EVERY,
        run: |app, now| {
            let defaults = &app.settings.company_tokens;
            company::job::attend(&app.db, &app.nodes.feed, defaults, now)
        },
    },
    Job {
        name: "deliver_webhooks",
        every: Duration::from_secs(1),
        run: |app, _| webhook::job::deliver(&app.webhooks),
    },
    Job {
        name: "purge_webhooks",
        every: Duration::from_hours(1),
        run: |app, _| {
            webhook::job::purge(&app.db, &app.nodes.duty, &app.nodes.feed.index().ticks())
        },
    },
    Job {
        name: "purge_ledger",
        every: Duration::from_mins(10),
        run: |app, _| {
            let (retention, ticks) = (
                app.settings.retention.ledger,
                app.nodes.feed.index().ticks(),
            );
            ledger::job::purge(&app.db, &app.nodes.duty, retention, &ticks)
        },
    },
    Job {
        name: "count_live_tokens",
        every: usage::job::LIVE_EVERY,
        run: |app, now| {
            // Without a ledger of operator tokens, the number is not known.
            if !app.tokens.issuer.writes_all() {
                return Ok(0);
            }
            let live = app.db.read_blocking(|conn| ledger::count_live(conn, now))?;
            usage::job::write_live(&app.db, &app.nodes.duty, &live, now)
        },
    },
    Job {
        name: "purge_usage",
        every: Duration::from_mins(10),
        run: |app, _| usage::job::purge(&app.db, &app.nodes.duty, &app.nodes.feed.index().ticks()),
    },
    Job {
        name: "purge_feed",
        every: Duration::from_mins(10),
        run: |app, _| feed::job::purge(&app.db, &app.nodes.duty, &app.nodes.feed.index().ticks()),
    },
    Job {
        name: "purge_replay",
        every: Duration::from_mins(10),
        run: |app, _| replay::job::purge(&app.db, &app.nodes.duty, &app.nodes.feed.index().ticks()),
    },
    Job {
        name: "purge_grants",
        every: Duration::from_mins(10),
        run: |app, _| grant::job::purge(&app.db, &app.nodes.duty, &app.nodes.feed.index().ticks()),
    },
    Job {
        name: "purge_browser_sessions",
        every: Duration::from_mins(10),
        run: |app, _| {
            let settings = &app.settings;
            let idle = (settings.oauth.session_idle, settings.console.session_idle);
            let ticks = app.nodes.feed.index().ticks();
            session::job::purge(&app.db, &app.nodes.duty, idle, &ticks)
        },
    },
    Job {
        name: "purge_platform_sessions",
        every: Duration::from_mins(10),
        run: |app, _| {
            let idle = app.settings.console.platform_session_idle;
            let ticks = app.nodes.feed.index().ticks();
            platform::job::purge(&app.db, &app.nodes.duty, idle, &ticks)
        },
    },
    Job {
        name: "import_operators",
        every: Duration::from_secs(1),
        run: |app, now| {
            let masters = app.tokens.keys.masters();
            let node = (&*app.nodes.feed, &*app.metrics);
            operator::import::job::go_on(&app.db, node, masters, now)
        },
    },
    Job {
        name: "fill_in_operator_words",
        every: Duration::from_mins(1),
        run: |app, _| operator::job::fill_in_words(&app.db, &app.nodes.duty),
    },
    Job {
        name: "purge_operator_imports",
        every: Duration::from_mins(10),
        run: |app, _| {
            let ticks = app.nodes.feed.index().ticks();
            operator::import::job::purge(&app.db, &app.nodes.duty, &ticks)
        },
    },
    Job {
        name: "purge_api_keys",
        every: Duration::from_hours(1),
        run: |app, _| {
            let (retention, ticks) = (app.settings.retention.audit, app.nodes.feed.index().ticks());
            api_key::job::purge(&app.db, &app.nodes.duty, retention, &ticks)
        },
    },
    Job {
        name: "seal_audit",
        every: Duration::from_secs(10),
        run: |app, now| audit::job::seal(&app.db, &app.nodes.duty, now),
    },
    Job {
        name: "check_audit",
        every: Duration::from_mins(10),
        run: |app, _| audit::job::check(&app.db, &app.nodes.duty),
    },
    Job {
        name: "purge_audit",
        every: Duration::from_hours(1),
        run: |app, _| {
            let (retention, ticks) = (app.settings.retention.audit, app.nodes.feed.index().ticks());
            let lines = audit::job::purge(&app.db, &app.nodes.duty, retention, &ticks)?;
            let addresses =
                login::job::forget_networks(&app.db, &app.nodes.duty, ticks.horizon(retention))?;
            Ok(lines + addresses)
        },
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule;

    #[test]
    fn the_schedule_is_that_of_the_jobs() {
        let jobs: Vec<_> = SERVICE.iter().map(|job| (job.name, job.every)).collect();
        let scheduled = schedule::SERVICE.iter();
        let scheduled: Vec<_> = scheduled.map(|job| (job.name, job.every)).collect();
        assert_eq!(jobs, scheduled);
    }
}
