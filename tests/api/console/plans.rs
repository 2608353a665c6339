//! How the databases read what the pages show: never the whole ledger, nor all operators.
//!
//! The statements are noted while pages are opened, and the database is asked how it would run them. SQLite
//! has no statistics then, so its plan does not depend on the rows. PostgreSQL's plan does, so its tables are
//! filled first.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, Once};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use diesel::connection::{
    Instrumentation, InstrumentationEvent, SimpleConnection, set_default_instrumentation,
};
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel::{PgConnection, SqliteConnection, sql_query};
use lanyard::ledger;

use super::*;
use crate::support::database::Database;

/// The tables that grow without bound.
const LARGE: [&str; 4] = ["ledger", "operators", "audit", "feed"];

/// The pages, with what they are asked for.
const PAGES: [&str; 14] = [
    "/console",
    "/console/operators",
    "/console/operators?status=inactive",
    "/console/operators?status=all",
    "/console/operators?sort=name",
    "/console/operators?sort=name&status=deleted",
    "/console/operators?role=admin",
    "/console/operators?role=admin&status=all&sort=name",
    "/console/operators?unused=30",
    "/console/tokens",
    "/console/tokens?kind=operator",
    "/console/tokens?kind=company&operator=1",
    "/console/rotation",
    "/console/audit",
];

/// The databases whose statements are noted.
static WATCHED: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Statements, each with its database.
static NOTED: Mutex<Vec<(String, String)>> = Mutex::new(Vec::new());

/// Notes the statements of a connection to a database that is watched.
#[derive(Default)]
struct Notes {
    database: Option<String>,
}

impl Instrumentation for Notes {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartEstablishConnection { url, .. } => {
                let watched = WATCHED.lock().unwrap();
                let own = watched.iter().find(|one| is_of(url, one));
                self.database = own.cloned();
            }
            InstrumentationEvent::StartQuery { query, .. } => {
                if let Some(database) = &self.database {
                    let text = query.to_string();
                    let text = text.split(" -- binds").next().unwrap().to_owned();
                    NOTED.lock().unwrap().push((database.clone(), text));
                }
            }
            _ => {}
        }
    }
}

/// Whether a connection leads to a database. The service adds parameters to the address.
fn is_of(connection: &str, database: &str) -> bool {
    let rest = connection.strip_prefix(database);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('?'))
}

/// Begins to note the statements of a server that is started afterwards. Returns its database.
fn watch(url: &str) -> String {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        set_default_instrumentation(|| Some(Box::<Notes>::default())).unwrap();
    });
    let database = url.trim_start_matches("sqlite:").to_owned();
    WATCHED.lock().unwrap().push(database.clone());
    database
}

/// Opens the pages, and counts live tokens as the job does. Returns the statements about large tables.
fn statements(server: &Server, database: &str) -> Vec<String> {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    let lan = acme.operator("Lan");
    acme.token_for(lan);
    // So that all that revokes tokens is read.
    acme.post(&format!("/api/company/operators/{lan}/revoke-tokens"))
        .send()
        .with_status(204);
    NOTED.lock().unwrap().retain(|(of, _)| of != database);
    for page in PAGES {
        browser.open(server, page);
    }
    // Those of a client or a company token, and pages behind the first one.
    let client = acme.client(&json!({"name": "Shop", "grants": ["client_credentials"],
        "scopes": ["read"], "operatorId": lan}));
    let client = client["id"].as_str().unwrap();
    let company = super::tokens::jti(&acme.token);
    let of_client = format!("/console/oauth-clients/{client}");
    let (after, up_to) = (format!(">{company}"), format!("<{company}"));
    let (after, up_to) = (URL_SAFE_NO_PAD.encode(after), URL_SAFE_NO_PAD.encode(up_to));
    for page in [
        format!("{of_client}/disable"),
        format!("{of_client}/tokens"),
        format!("{of_client}/tokens?cursor={after}"),
        format!("{of_client}/tokens?cursor={up_to}"),
        format!("/console/rotation/{company}/revoke"),
        format!("/console/tokens?cursor={after}"),
        format!("/console/tokens?kind=company&cursor={after}"),
        format!("/console/tokens?kind=company&cursor={up_to}"),
        "/console/tokens?state=all".to_owned(),
        "/console/tokens?kind=console&state=all".to_owned(),
        format!("/console/tokens/{company}"),
    ] {
        browser.open(server, &page);
    }
    let now = server.app.clock.now();
    let count = |conn: &mut lanyard::db::Conn| ledger::count_live(conn, now);
    server.app.db.read_blocking(count).unwrap();
    let noted = NOTED.lock().unwrap();
    let own = noted.iter().filter(|(of, _)| of == database);
    let reads = own.filter(|(_, text)| text.starts_with("SELECT"));
    let found: BTreeSet<String> = reads
        .map(|(_, text)| text.clone())
        .filter(|text| {
            let names = |table: &str| {
                [
                    format!("{table}\""),
                    format!("{table}`"),
                    format!("FROM {table} "),
                ]
                .iter()
                .any(|name| text.contains(name))
            };
            LARGE.iter().any(|table| names(table))
        })
        .collect();
    assert!(found.len() > 15, "{found:#?}");
    found.into_iter().collect()
}

/// Checks that lines of the ledger are read by the index that finds the fewest of them.
fn check_index(statement: &str, plan: &[String]) {
    let unquoted = statement.replace(['"', '`'], "");
    for (condition, index) in [
        ("ledger.client_id = ", "ledger_client"),
        (".parent = ", "ledger_parent"),
        ("ledger.kind = 'company'", "ledger_company_tokens"),
        (" AS wanted", "feed_concerning"),
    ] {
        if unquoted.contains(condition) {
            let is_used = plan.iter().any(|line| line.contains(index));
            assert!(is_used, "{index}: {statement}\n{plan:#?}");
        }
    }
}

/// Returns how many statements a page needs.
fn reads(server: &Server, database: &str, browser: &Browser, page: &str) -> usize {
    NOTED.lock().unwrap().retain(|(of, _)| of != database);
    browser.open(server, page);
    let noted = NOTED.lock().unwrap();
    let is_read = |(of, text): &&(String, String)| of == database && text.starts_with("SELECT");
    noted.iter().filter(is_read).count()
}

/// Checks that a list of many tokens, of which some are revoked and others have expired, costs as many
/// statements as one of few.
fn check_number_of_statements(database: Arc<Database>) {
    let noted = watch(&database.url());
    let server = Server::start(database, &[]);
    let acme = server.organization("acme");
    operator(&acme, "olga", "admin");
    let (lan, minh) = (acme.operator("Lan"), acme.operator("Minh"));
    let issue_and_revoke = |times: usize| {
        for _ in 0..times {
            acme.token_for(minh);
            acme.post(&format!("/api/company/operators/{minh}/revoke-tokens"))
                .send()
                .with_status(204);
            let revoked = super::tokens::jti(&acme.token_for(lan));
            acme.post(&format!("/api/company/tokens/{revoked}/revoke"))
                .send()
                .with_status(204);
            acme.token_for(lan);
        }
    };
    issue_and_revoke(1);
    let page = "/console/tokens?state=all";
    let read = || {
        let browser = Browser::signed_in(&server, "acme/olga", PASSWORD);
        browser.open(&server, page);
        reads(&server, &noted, &browser, page)
    };
    let few = read();
    assert!(few > 1, "{few}");
    issue_and_revoke(9);
    assert_eq!(read(), few);
    server.wait(2 * 86_400);
    assert_eq!(read(), few, "of tokens that have expired");
}

#[test]
fn states_of_many_tokens_cost_as_many_statements_as_those_of_few_on_sqlite() {
    check_number_of_statements(Database::sqlite());
}

#[test]
fn states_of_many_tokens_cost_as_many_statements_as_those_of_few_on_postgres() {
    if let Some(database) = Database::postgres() {
        check_number_of_statements(database);
    }
}

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = Text)]
    detail: String,
}

#[test]
fn sqlite_reads_no_large_table_as_a_whole() {
    let database = Database::sqlite();
    let path = watch(&database.url());
    let server = Server::start(database, &[]);
    let statements = statements(&server, &path);
    let mut conn = SqliteConnection::establish(&path).unwrap();
    for statement in statements {
        let plan = sql_query(format!("EXPLAIN QUERY PLAN {statement}"));
        let plan: Vec<Step> = plan.load(&mut conn).unwrap();
        let plan: Vec<_> = plan.into_iter().map(|step| step.detail).collect();
        let whole = |step: &String| {
            let scanned = LARGE
                .iter()
                .any(|table| step.starts_with(&format!("SCAN {table}")));
            // Few lines are of company tokens.
            scanned && !step.contains("ledger_company_tokens")
        };
        assert!(!plan.iter().any(whole), "{statement}\n{plan:#?}");
        let sorts = |step: &String| step.starts_with("USE TEMP B-TREE FOR ORDER BY");
        // What is sorted was read as a whole before.
        assert!(!plan.iter().any(sorts), "{statement}\n{plan:#?}");
        check_index(&statement, &plan);
    }
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
    line: String,
}

/// Fills the large tables and updates the planner's statistics. Without this the plans would depend on
/// when PostgreSQL last analyzed the tables by itself. In the ledger, one line in ten belongs to a
/// client, and one in a thousand is a company token.
const FILL: &str = "
    INSERT INTO operators
        SELECT (jsonb_populate_record(NULL::operators, to_jsonb(one) || jsonb_build_object(
            'id', 1000 + n, 'name', 'Operator ' || n, 'external_id', NULL, 'email_key', NULL,
            'username_fold', NULL, 'status',
            CASE WHEN n % 20 = 0 THEN 'inactive' ELSE 'active' END))).*
        FROM (SELECT * FROM operators LIMIT 1) one, generate_series(1, 2000) n;
    INSERT INTO ledger
        SELECT (jsonb_populate_record(NULL::ledger, to_jsonb(one) || jsonb_build_object(
            'organization_id', n % 3 + 1,
            'jti', '\\x' || lpad(to_hex(n), 32, '0'),
            'kind', CASE WHEN n % 1000 = 0 THEN 'company' WHEN n % 10 = 0 THEN 'access' ELSE 'operator' END,
            'operator_id', 1000 + n % 2000,
            'client_id', CASE WHEN n % 10 = 0 THEN 'client ' || n % 970 END,
            'parent', CASE WHEN n % 10 > 0 THEN '\\x' || lpad(to_hex(n % 300 * 1000), 32, '0') END,
            'issued_at', one.issued_at + n,
            'expires_at', one.expires_at + n))).*
        FROM (SELECT * FROM ledger WHERE kind = 'operator' LIMIT 1) one, generate_series(1, 20000) n;
    INSERT INTO audit
        SELECT (jsonb_populate_record(NULL::audit, to_jsonb(one) || jsonb_build_object(
            'id', 1000 + n, 'at', one.at + n, 'target', 'operator:' || n % 2000))).*
        FROM (SELECT * FROM audit LIMIT 1) one, generate_series(1, 5000) n;
    ANALYZE";

#[test]
fn postgres_reads_no_large_table_as_a_whole() {
    let Some(database) = Database::new_postgres() else {
        return;
    };
    let watched = watch(&database.url());
    let server = Server::start(Arc::clone(&database), &[]);
    let statements = statements(&server, &watched);
    let mut conn = PgConnection::establish(&database.url()).unwrap();
    conn.batch_execute(FILL).unwrap();
    let mut run = |text: &str| sql_query(text).execute(&mut conn).unwrap();
    run("SET plan_cache_mode = force_generic_plan");
    // A scan of a table with few rows is cheaper than its index, but nothing follows for a large one.
    run("SET enable_seqscan = off");
    for (number, statement) in statements.iter().enumerate() {
        sql_query(format!("PREPARE s{number} AS {statement}"))
            .execute(&mut conn)
            .unwrap_or_else(|why| panic!("{why}: {statement}"));
        let parameters = (1..).take_while(|n| statement.contains(&format!("${n}")));
        let values = vec!["NULL"; parameters.count()].join(", ");
        let explain = if values.is_empty() {
            format!("EXPLAIN EXECUTE s{number}")
        } else {
            format!("EXPLAIN EXECUTE s{number}({values})")
        };
        let plan: Vec<Line> = sql_query(explain).load(&mut conn).unwrap();
        let plan: Vec<_> = plan.into_iter().map(|line| line.line).collect();
        let whole = |line: &String| {
            LARGE
                .iter()
                .any(|table| line.contains(&format!("Seq Scan on {table}")))
        };
        assert!(!plan.iter().any(whole), "{statement}\n{plan:#?}");
        check_index(statement, &plan);
    }
}
