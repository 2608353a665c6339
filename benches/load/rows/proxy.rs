//! What `auth_request` of nginx adds to a request: with Lanyard, and with a bare server that answers
//! the same headers.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::Fallible;
use crate::baseline;
use crate::cluster;
use crate::http::{self, Sender};
use crate::lab::{Lab, Skipped};
use crate::paced;
use crate::process::{Server, free_address};
use crate::report::{Row, Target};
use crate::statistics::percentile;

use crate::service::AUTHZ;

use super::authz::Guarded;

/// Far below what one core can do, so that no queue is measured.
const PER_SECOND: u32 = 300;

/// The smallest time that is distinguished from none (milliseconds).
const LEAST: f64 = 0.01;

/// Three sites with the same content: one without `auth_request`, and one for each of two servers
/// that decide.
struct Sites {
    bare: SocketAddr,
    lanyard: SocketAddr,
    empty: SocketAddr,
    _nginx: Server,
}

/// Returns the configuration of a site. `decides` is the name and the address of the server that
/// decides about its requests; `None` if there is no such server.
fn site(listen: SocketAddr, folder: &Path, decides: Option<(&str, SocketAddr)>) -> String {
    let folder = folder.display();
    let content = format!("root {folder}; try_files /content =404;");
    let Some((name, at)) = decides else {
        return format!("server {{ listen {listen}; location / {{ {content} }} }}\n");
    };
    format!(
        "upstream {name} {{ server {at}; keepalive 32; }}
         server {{
             listen {listen};
             proxy_http_version 1.1;
             location / {{ auth_request /_authz; {content} }}
             location = /_authz {{
                 internal;
                 proxy_pass http://{name}{AUTHZ};
                 proxy_pass_request_body off;
                 proxy_set_header Content-Length \"\";
                 proxy_set_header Connection \"\";
                 proxy_set_header X-Forwarded-For $remote_addr;
                 proxy_set_header X-Forwarded-Method $request_method;
                 proxy_set_header X-Forwarded-Proto https;
                 proxy_set_header X-Forwarded-Host api.example.com;
                 proxy_set_header X-Forwarded-Uri $request_uri;
             }}
         }}\n"
    )
}

impl Sites {
    fn start(folder: &Path, lanyard: SocketAddr, empty: SocketAddr) -> Fallible<Self> {
        let program = cluster::program("nginx").ok_or(Skipped("nginx is not installed".into()))?;
        let addresses = [free_address()?, free_address()?, free_address()?];
        let sites = [
            site(addresses[0], folder, None),
            site(addresses[1], folder, Some(("lanyard", lanyard))),
            site(addresses[2], folder, Some(("empty", empty))),
        ];
        std::fs::write(folder.join("content"), "ok\n")?;
        let own = folder.display();
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("{kind}_temp_path {own}/{kind}; "));
        let main = format!(
            "daemon off; master_process off; pid {own}/pid; error_log stderr; events {{}}
             http {{ access_log off; {} {} }}",
            temporary.concat(),
            sites.concat()
        );
        let path = folder.join("nginx.conf");
        std::fs::write(&path, main)?;
        let child = Command::new(program)
            .arg("-c")
            .arg(&path)
            .arg("-p")
            .arg(folder)
            .stdin(Stdio::null())
            .spawn()?;
        let nginx = Server::new(addresses[0], child);
        for address in addresses {
            http::wait_until_open(address)?;
        }
        Ok(Self {
            bare: addresses[0],
            lanyard: addresses[1],
            empty: addresses[2],
            _nginx: nginx,
        })
    }
}

pub(crate) fn nginx(lab: &Lab) -> Fallible<Vec<Row>> {
    let guarded = Guarded::start(lab, "nginx-auth-request", &[], |command| command)?;
    let key = guarded.api_keys(1)?.remove(0);
    let answer = guarded.admitted(&key)?;
    let empty = baseline::start_authz(&answer)?;
    let lanyard = guarded.service.server.address;
    let sites = Sites::start(&guarded.folder, lanyard, empty.address)?;
    let header = format!("Authorization: Bearer {key}");
    let request = Sender::Headers.post("/api/v1/customers/12345", &header);
    let measure = |address| -> Fallible<[f64; 2]> {
        let time = lab.arguments.time;
        let mut latencies = paced::latencies(address, &request, PER_SECOND, time)?;
        Ok([0.5, 0.99].map(|part| percentile(&mut latencies, part)))
    };
    let rounds = lab.rotated([&|| measure(sites.bare), &|| measure(sites.lanyard), &|| {
        measure(sites.empty)
    }])?;
    let added = |part: usize| -> Vec<(f64, f64)> {
        let one = |round: &[[f64; 2]; 3]| {
            let at = |site: usize| round.get(site).and_then(|both| both.get(part)).copied();
            let over = |site: usize| {
                let added = at(site).unwrap_or(f64::NAN) - at(0).unwrap_or(f64::NAN);
                added.max(LEAST)
            };
            (over(1), over(2))
        };
        rounds.iter().map(one).collect()
    };
    let against = "an empty 200";
    Ok(vec![
        Row::ratio(
            "auth_request of nginx adds, p50",
            "ms",
            &added(0),
            against,
            Target::AtMost(1.3),
        ),
        Row::ratio(
            "auth_request of nginx adds, p99",
            "ms",
            &added(1),
            against,
            Target::AtMost(2.0),
        ),
    ])
}
