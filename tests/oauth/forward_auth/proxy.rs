//! The proxies, each with its file of `examples/forward-auth`, in which only addresses are changed.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::example;
use crate::script;

/// How long a proxy may take to listen on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running proxy. It ends when this is dropped.
pub(crate) struct Proxy {
    pub(crate) name: &'static str,
    pub(crate) address: SocketAddr,
    child: Child,
    folder: TempDir,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A proxy that is being started.
struct Plan {
    name: &'static str,
    address: SocketAddr,
    folder: TempDir,
}

impl Plan {
    fn new(name: &'static str) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap();
        Self {
            name,
            address: port.local_addr().unwrap(),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// Writes an example with other addresses. Each must occur in it.
    fn write(&self, name: &str, addresses: &[(&str, &str)]) -> PathBuf {
        let mut text = std::fs::read_to_string(example(name)).unwrap();
        for (from, to) in addresses {
            assert!(text.contains(from), "there is no {from} in {name}");
            text = text.replace(from, to);
        }
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    fn start(self, mut command: Command) -> Proxy {
        let Self {
            name,
            address,
            folder,
        } = self;
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let mut child = command
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let end = Instant::now() + PATIENCE;
        while TcpStream::connect(address).is_err() {
            let log = || std::fs::read_to_string(folder.path().join("log"));
            assert!(child.try_wait().unwrap().is_none(), "{name}: {:?}", log());
            assert!(Instant::now() < end, "{name}: {:?}", log());
            std::thread::sleep(Duration::from_millis(50));
        }
        Proxy {
            name,
            address,
            child,
            folder,
        }
    }
}

impl Proxy {
    /// Returns its origin.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns what it has logged.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// nginx of this machine. `None` if it is not installed.
    pub(crate) fn nginx(lanyard: &str, service: &str) -> Option<Self> {
        if !script::interpreter("nginx", &["-v"]) {
            return None;
        }
        let plan = Plan::new("nginx");
        let site = plan.write(
            "nginx.conf",
            &[
                ("127.0.0.1:8000", &plan.address.to_string()),
                ("127.0.0.1:8080", lanyard),
                ("127.0.0.1:9000", service),
            ],
        );
        let folder = plan.folder.path().display().to_string();
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("{kind}_temp_path {folder}/{kind}; "))
            .concat();
        let main = format!(
            "daemon off; master_process off; pid {folder}/pid; error_log stderr; events {{}} \
             http {{ access_log off; {temporary} include {}; }}",
            site.display()
        );
        let path = plan.folder.path().join("main.conf");
        std::fs::write(&path, main).unwrap();
        let mut command = Command::new("nginx");
        command.arg("-c").arg(path).args(["-p", &folder]);
        Some(plan.start(command))
    }

    /// Caddy. `None` if it is not installed.
    pub(crate) fn caddy(lanyard: &str, service: &str) -> Option<Self> {
        let program = script::library("venv/bin/caddy")?;
        let plan = Plan::new("Caddy");
        let site = plan.write("Caddyfile", &[]);
        // Tests run side by side, and the administration would have one port.
        let text = std::fs::read_to_string(&site).unwrap();
        std::fs::write(&site, format!("{{\n\tadmin off\n}}\n{text}")).unwrap();
        let mut command = Command::new(program);
        command
            .args(["run", "--adapter", "caddyfile", "--config"])
            .arg(site)
            .env("SITE", format!("http://:{}", plan.address.port()))
            .env("LANYARD", lanyard)
            .env("SERVICE", service)
            .env("XDG_DATA_HOME", plan.folder.path())
            .env("XDG_CONFIG_HOME", plan.folder.path());
        Some(plan.start(command))
    }

    /// Envoy. `None` if it is not installed.
    pub(crate) fn envoy(lanyard: &str, service: &str) -> Option<Self> {
        let program = script::library("venv/bin/envoy")?;
        let plan = Plan::new("Envoy");
        let port = |address: &str| {
            let (_, port) = address.split_once(':').unwrap();
            format!("port_value: {port}")
        };
        let own = port(&plan.address.to_string());
        let site = plan.write(
            "envoy.yaml",
            &[
                ("port_value: 8000", &own),
                ("port_value: 8080", &port(lanyard)),
                ("http://127.0.0.1:8080", &format!("http://{lanyard}")),
                ("port_value: 9000", &port(service)),
            ],
        );
        let mut command = Command::new(program);
        command
            .args(["--disable-hot-restart", "--concurrency", "1", "-c"])
            .arg(site);
        Some(plan.start(command))
    }
}
