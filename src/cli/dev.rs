//! `lanyard dev`: runs the service without any setup, and prints commands to try it with.

use std::fmt::{Display, Write as _};
use std::path::Path;

use clap::Args;

use super::demo::{self, Demo};
use super::demo_client::{self, DemoClient};
use super::demo_data;
use super::listen::Listen;
use super::output::{Failure, say};
use super::signals::Signals;
use super::{Common, log, serve};
use crate::base::Clock;
use crate::config::{self, Config, Listen as Place, Origin, Url};
use crate::page::Language;

const EXAMPLES: &str = "\
The first start creates a database (SQLite), a master key, a signing key, an organization with a password and an \
operator, all in lanyard-data/; later starts keep them. The settings are those of `lanyard serve`, which is for \
production: dev shows a password on the screen, and listens on this machine only.

Examples:
  lanyard dev
  lanyard dev --listen 127.0.0.1:9000
  lanyard dev --set log.requests=all       (a line for every request)";

/// The log level unless `log.level` is given: warnings, and requests as `log.requests` says.
const LOG_LEVEL: &str = "warn,lanyard::http=info";

const FOLDER: &str = "lanyard-data";

/// If this is set, `?lang=en-XA` shows pages in [`Language::Pseudo`].
const PSEUDO: &str = "LANYARD_PSEUDO_LANGUAGE";

/// Try it out: no configuration, curl lines to paste
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Dev {
    #[command(flatten)]
    listen: Listen,
}

impl Dev {
    pub(super) fn run(&self, common: &Common) -> Result<(), Failure> {
        let signals = Signals::listen()?;
        let (mut config, origins) = common.load_with(self.listen.setting())?;
        if let Some(address) = config.http.listen.iter().find_map(config::Listen::exposed) {
            return Err(Failure::new(format_args!(
                "dev does not listen on {address}, which other machines can reach: it shows its password and is for trying \
                 things out. Take an address like 127.0.0.1:8080 (http.listen, --listen), or run `lanyard serve`"
            )));
        }
        if origins.of("log.level") == Origin::Unset {
            LOG_LEVEL.clone_into(&mut config.log.level);
        }
        if std::env::var_os(PSEUDO).is_some() {
            Language::allow_pseudo();
        }
        let _log = log::start(&config.log)?;
        serve::warn(&config);
        let folder = folder(&config.database.url);
        let Some(app) = serve::start(&config, &signals)? else {
            return Ok(());
        };
        // The page that the browser comes back to shows the API. The code is in its address.
        let oauth = config.oauth_issuer().map(|issuer| OAuth {
            redirect_uri: format!("{issuer}/docs/"),
            issuer,
        });
        // The data is made once this node follows the feed: some of it is in force only when each
        // node has applied an entry.
        serve::serve(&config, &app, &signals, |places| {
            let Some(place) = places.first() else {
                return Ok(());
            };
            let now = Clock::System.now();
            let demo = demo::ensure(&app.db, folder, config.login.bcrypt_cost, now)?;
            let client = |oauth: &OAuth| {
                let (keys, uri) = (&app.tokens.keys, &oauth.redirect_uri);
                demo_client::ensure(&app.db, keys, folder, demo.organization, uri, now)
            };
            let client = oauth.as_ref().map(client).transpose()?;
            if demo.is_new {
                demo_data::fill(&app, &demo, now)?;
            }
            let oauth = oauth.as_ref().zip(client.as_ref());
            say(welcome(&config, place, folder, &demo, oauth))
        })?;
        say("Stopped. `lanyard dev` goes on where this left off.")
    }
}

/// Returns the folder for dev's files: the folder of the SQLite database, or the default folder
/// with PostgreSQL.
fn folder(url: &Url) -> &Path {
    match url {
        Url::Sqlite(path) => match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        },
        Url::Postgres(_) => Path::new(FOLDER),
    }
}

/// Where the demo client's requests lead.
struct OAuth {
    issuer: String,
    redirect_uri: String,
}

/// Returns what to try with OAuth: a token for the client itself, and one for the operator, which needs
/// a browser.
fn try_oauth(curl: &str, base: &str, demo: &Demo, oauth: &OAuth, client: &DemoClient) -> String {
    let credential = quoted(format_args!("{}:{}", client.id, client.secret()));
    let redirect_uri = &oauth.redirect_uri;
    let mut query = form_urlencoded::Serializer::new(String::new());
    query
        .append_pair("response_type", "code")
        .append_pair("client_id", client.id.as_str())
        .append_pair("redirect_uri", redirect_uri)
        .append_pair("scope", demo_client::SCOPES);
    let (issuer, query) = (&oauth.issuer, query.finish());
    let mut text = format!(
        "\
OAuth: get a token for the demo client itself:

{curl} {base}/oauth/token -u {credential} \\
  -d grant_type=client_credentials; echo
"
    );
    if demo.signs_in {
        let _ = write!(
            text,
            "
Or for the operator: open this in a browser, and sign in as {login} with the same password:

{issuer}/oauth/authorize?{query}

The browser comes back with a code in its address. Within a minute:

{curl} {base}/oauth/token -u {credential} \\
  -d grant_type=authorization_code -d redirect_uri={redirect_uri} -d code=CODE; echo
",
            login = demo::LOGIN,
        );
    }
    text
}

fn welcome(
    config: &Config,
    place: &Place,
    folder: &Path,
    demo: &Demo,
    oauth: Option<(&OAuth, &DemoClient)>,
) -> String {
    let (base, curl) = match (place, &config.http.tls) {
        // The certificate is probably self-signed, so curl must not verify it (`-k`).
        (Place::Tcp(address), Some(_)) => (format!("https://{address}"), "curl -fsSk".to_owned()),
        (Place::Tcp(address), None) => (format!("http://{address}"), "curl -fsS".to_owned()),
        (Place::Unix(path), _) => (
            "http://localhost".to_owned(),
            format!("curl -fsS --unix-socket {}", quoted(path.display())),
        ),
    };
    let json = "-H 'Content-Type: application/json'";
    let login = quoted(serde_json::json!({"login": demo::LOGIN, "password": demo.password()}));
    let Demo {
        organization,
        operator,
        suspended,
        ..
    } = demo;
    let suspended = if *suspended {
        format!(
            "\n  It is suspended: `lanyard organization resume {organization}` lets it in again."
        )
    } else {
        String::new()
    };
    let password_file = demo::password_file(folder);
    let password_file = password_file.display();
    let data = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let data = match &config.database.url {
        // Only the folder that holds nothing but Lanyard's files may be deleted as a whole.
        Url::Sqlite(_) if folder.ends_with(FOLDER) => {
            format!("{}; remove it to begin anew", data.display())
        }
        Url::Sqlite(_) => data.display().to_string(),
        url @ Url::Postgres(_) => url.to_string(),
    };
    let oauth = match oauth {
        None => String::new(),
        Some((oauth, client)) => {
            let text = try_oauth(&curl, &base, demo, oauth, client);
            format!("{text}\n")
        }
    };
    format!(
        "\
Lanyard listens on {listens_on}, for this machine only.

  Console                {base}/console   sign in as {console_name}, password {password}
  API, to read and try   {base}/docs/
  Organization           {organization}, login {login_name}, password in {password_file}{suspended}
  Operator               {operator}
  Data                   {data}

Paste this into another shell. Log in:

COMPANY=$({curl} {base}/api/company/get-token {json} \\
  -d {login} | tr -d '\"')

Get a token for the operator:

OPERATOR=$({curl} {base}/api/operator/get-token {json} \\
  -H \"Authorization: Bearer $COMPANY\" -d '{{\"id\":{operator}}}' | tr -d '\"')

Ask whether it is valid:

{curl} {base}/api/operator/validate-token {json} \\
  -H \"Authorization: Bearer $COMPANY\" -d \"{{\\\"token\\\":\\\"$OPERATOR\\\"}}\"; echo

{oauth}Ctrl-C stops it.
",
        login_name = demo::LOGIN,
        password = demo.password(),
        console_name = if demo.has_admin {
            format!("{}/{}", demo::LOGIN, demo::ADMIN)
        } else {
            demo::LOGIN.to_owned()
        },
        listens_on = match place {
            Place::Tcp(_) => base.clone(),
            Place::Unix(_) => place.to_string(),
        },
    )
}

/// Returns a text quoted as one word for a shell.
fn quoted(text: impl Display) -> String {
    format!("'{}'", text.to_string().replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_in_a_password_stays_within_its_word() {
        assert_eq!(quoted("a'b"), r"'a'\''b'");
    }
}
