//! `[http]`: the addresses that accept requests, and which proxies are trusted.

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    thread,
    time::Duration,
};

use ipnet::IpNet;

use super::{
    Listen,
    parse::{self, Parsed},
    reader::Reader,
    value::Value,
};

/// The addresses that accept requests, and which proxies are trusted.
#[derive(Clone, Debug)]
pub struct Http {
    /// The addresses to listen on: at least one, no duplicates. If the service manager passes open
    /// sockets (`LISTEN_FDS`), they replace all of these.
    pub listen: Vec<Listen>,
    /// The number of worker threads that handle requests.
    pub workers: Threads,
    /// Whether credentials over plain HTTP are refused.
    pub require_tls: RequireTls,
    /// The proxies whose forwarding headers are trusted.
    pub trusted_proxies: Vec<IpNet>,
    /// The header that those proxies write.
    pub client_address_header: AddressHeader,
    /// The certificate and its key; `None` if Lanyard does not serve TLS itself.
    pub tls: Option<TlsFiles>,
    /// How long a connection may be idle between two requests.
    pub keep_alive: Duration,
    /// How long the service goes on serving after SIGTERM, so that proxies can close their
    /// connections. It ends earlier when no connection is open.
    pub drain_timeout: Duration,
    /// How long requests in flight may take after the drain.
    pub shutdown_timeout: Duration,
}

/// The headers in which proxies name their clients. Only one kind is read: a proxy passes headers
/// on that it does not handle, so a client could write the other kind itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AddressHeader {
    /// `X-Forwarded-For` and `X-Forwarded-Proto`.
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239), with `for` and `proto`.
    Forwarded,
}

impl AddressHeader {
    /// The values of the setting, by name.
    const NAMES: [(&str, Self); 2] = [
        ("x-forwarded-for", Self::XForwardedFor),
        ("forwarded", Self::Forwarded),
    ];

    /// Returns the value of the setting.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::XForwardedFor => "x-forwarded-for",
            Self::Forwarded => "forwarded",
        }
    }
}

/// When credentials over plain HTTP are refused. The header of a trusted proxy decides first:
/// `https` is accepted like TLS, and `http` is refused, on loopback too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequireTls {
    /// Always.
    Always,
    /// Unless the connection comes from the same machine.
    ExceptLoopback,
    /// Never.
    Never,
}

/// PEM files. They were readable when the configuration was loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate, followed by its chain.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// A number of threads. 0 means one for each core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Threads(u16);

impl Threads {
    /// One thread for each core.
    pub const ONE_A_CORE: Self = Self(0);

    /// Parses a number from 0 to 1,024.
    pub(super) fn parse(value: &Value) -> Parsed<Self> {
        parse::whole(0..=1_024)(value).map(Self)
    }

    /// Returns the number as configured.
    pub(super) fn given(self) -> u16 {
        self.0
    }

    /// Returns the number of threads, at least 1.
    #[must_use]
    pub fn count(self) -> usize {
        match self.0 {
            0 => thread::available_parallelism().map_or(1, Into::into),
            count => count.into(),
        }
    }
}

impl Http {
    pub(super) fn read(reader: &mut Reader) -> Self {
        Self {
            listen: reader.setting(
                "http.listen",
                vec![Listen::Tcp(SocketAddr::from(([127, 0, 0, 1], 8080)))],
                listen,
            ),
            workers: reader.setting("http.workers", Threads::ONE_A_CORE, Threads::parse),
            require_tls: reader.setting(
                "http.require_tls",
                RequireTls::ExceptLoopback,
                require_tls,
            ),
            trusted_proxies: reader.setting(
                "http.trusted_proxies",
                Vec::new(),
                parse::list("an address or CIDR range like \"10.0.0.0/8\"", network),
            ),
            client_address_header: reader.setting(
                "http.client_address_header",
                AddressHeader::default(),
                parse::choice(&AddressHeader::NAMES),
            ),
            tls: tls(reader),
            keep_alive: reader.setting(
                "http.keep_alive",
                Duration::from_secs(75),
                parse::duration(Duration::from_secs(1)..=Duration::from_hours(1)),
            ),
            drain_timeout: reader.setting(
                "http.drain_timeout",
                Duration::from_secs(3),
                parse::duration(Duration::ZERO..=Duration::from_hours(1)),
            ),
            shutdown_timeout: reader.setting(
                "http.shutdown_timeout",
                Duration::from_secs(10),
                parse::duration(Duration::ZERO..=Duration::from_hours(1)),
            ),
        }
    }
}

fn listen(value: &Value) -> Parsed<Vec<Listen>> {
    let of =
        "an address with its port, like \"127.0.0.1:8080\" or \"[::]:8080\", or unix: and a path";
    let addresses: Vec<Listen> = parse::list(of, |text| text.parse().ok())(value)?;
    if addresses.is_empty() {
        return Err(format!("is empty; it takes {of}, one or a list"));
    }
    let mut seen = Vec::new();
    for address in &addresses {
        let is_chosen = address.tcp().is_none_or(|address| address.port() != 0);
        if is_chosen && seen.contains(&address) {
            return Err(format!("holds {address} twice"));
        }
        seen.push(address);
    }
    Ok(addresses)
}

fn require_tls(value: &Value) -> Parsed<RequireTls> {
    if value.text() == Some("except-loopback") {
        return Ok(RequireTls::ExceptLoopback);
    }
    match parse::boolean(value) {
        Ok(true) => Ok(RequireTls::Always),
        Ok(false) => Ok(RequireTls::Never),
        Err(_) => Err(format!(
            "is {}; it takes true, false or \"except-loopback\"",
            value.shown()
        )),
    }
}

fn network(text: &str) -> Option<IpNet> {
    let address = || text.parse::<IpAddr>().ok().map(IpNet::from);
    text.parse::<IpNet>()
        .ok()
        .or_else(address)
        .map(|network| network.trunc())
}

fn tls(reader: &mut Reader) -> Option<TlsFiles> {
    const CERTIFICATE: &str = "http.tls_certificate_file";
    const KEY: &str = "http.tls_key_file";
    let certificate = reader.optional(CERTIFICATE, parse::readable_file);
    let key = reader.optional(KEY, parse::readable_file);
    for (one, other) in [(CERTIFICATE, KEY), (KEY, CERTIFICATE)] {
        if reader.given(one) && !reader.given(other) && reader.sound(&[]) {
            reader.refuse(
                one,
                format!("is given without {other}; it takes both or none"),
            );
        }
    }
    Some(TlsFiles {
        certificate: certificate?,
        key: key?,
    })
}
