//! `oidc-provider`, the OpenID provider for Node.js, which some rows are compared with. `npm`
//! installs it into the scratch folder of this run; where that is not possible the rows are skipped.

use std::fs::{self, File};
use std::process::{Command, Stdio};

use crate::Fallible;
use crate::cluster;
use crate::http::{self, Sender};
use crate::lab::{Lab, Skipped};
use crate::oauth::OAuthClient;
use crate::process::{Server, cores, free_address};

pub(crate) const TOKEN: &str = "/token";
pub(crate) const INTROSPECT: &str = "/token/introspection";

/// What a client sends for a JWT that is for one resource.
pub(crate) const CLIENT_CREDENTIALS: &str =
    "grant_type=client_credentials&scope=read&resource=https%3A%2F%2Fapi.example.com";

const PROGRAM: &str = include_str!("oidc_provider/server.js");
const PACKAGE: &str = "oidc-provider@9.13.3";

/// A running provider with as many processes as the machine has cores, and its one client.
pub(crate) struct OidcProvider {
    pub(crate) server: Server,
    pub(crate) client: OAuthClient,
}

impl OidcProvider {
    /// Starts it with this many opaque access tokens, the texts of which are [`token`]'s.
    pub(crate) fn start(lab: &Lab, tokens: usize) -> Fallible<Self> {
        let [npm, node] = ["npm", "node"].map(cluster::program);
        let (npm, node) = npm
            .zip(node)
            .ok_or(Skipped("npm and node are not installed".into()))?;
        let folder = lab.folder("oidc-provider")?;
        if !folder.join("node_modules").exists() {
            fs::write(folder.join("package.json"), r#"{"type": "module"}"#)?;
            let installed = Command::new(npm)
                .args(["install", "--no-audit", "--no-fund", PACKAGE])
                .current_dir(&folder)
                .stdin(Stdio::null())
                .output()?;
            if !installed.status.success() {
                let why = String::from_utf8_lossy(&installed.stderr);
                return Err(Skipped(format!("npm cannot install {PACKAGE}: {why}")).into());
            }
        }
        fs::write(folder.join("server.js"), PROGRAM)?;
        let client = OAuthClient::new("bench", &"s".repeat(43));
        let address = free_address()?;
        let log = File::create(folder.join("log"))?;
        let child = Command::new(node)
            .arg("server.js")
            .args([address.port().to_string(), cores().to_string()])
            .args([&client.id, &client.secret, &tokens.to_string()])
            .current_dir(&folder)
            .env("NODE_ENV", "production")
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        let server = Server::new(address, child);
        http::wait_until_open(address)?;
        Ok(Self { server, client })
    }

    /// Makes one call as the client, with a body that must get status 200.
    pub(crate) fn call(&self, path: &str, body: &str) -> Fallible<http::Answer> {
        let request = Sender::Client(&self.client.credential).post(path, body);
        let mut connection = http::Connection::open(self.server.address)?;
        Ok(connection.call(&request)?.ok()?)
    }
}

/// Returns the text of an opaque access token that the provider begins with.
pub(crate) fn token(number: usize) -> String {
    format!("{:a>43}", number.to_string())
}
