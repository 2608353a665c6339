//! Several nodes on one PostgreSQL: whether each of them adds throughput in proportion to its
//! processor time.

use rustix::process::Signal;

use crate::Fallible;
use crate::cluster::Cluster;
use crate::generator::{Bodies, Load};
use crate::http::Connection;
use crate::http::Sender;
use crate::lab::Lab;
use crate::process::Server;
use crate::report::{Row, Target};
use crate::service::{Caller, Installation, Service, VALIDATE};
use crate::threads::threads;
use crate::tokens;

use super::{CONNECTIONS, THROTTLE_OFF};

/// There are many logins, and none of them is measured.
const CHEAP_PASSWORDS: (&str, &str) = ("LANYARD_LOGIN_BCRYPT_COST", "4");

const TOKENS_IN_TURN: usize = 10_000;

/// Nodes that serve one database.
pub(super) struct Nodes<'a> {
    services: Vec<Service>,
    pub(super) caller: Caller,
    pub(super) url: String,
    cluster: &'a Cluster,
    database: String,
}

impl<'a> Nodes<'a> {
    pub(super) fn start(lab: &'a Lab, name: &str, number: usize) -> Fallible<Self> {
        let cluster = lab.postgres()?;
        let database = name.replace('-', "_");
        cluster.create_database(&database, None);
        let url = cluster.url(&database);
        let mut services = Vec::new();
        let mut caller = None;
        for node in 0..number {
            let folder = lab.folder(name)?.join(format!("node-{node}"));
            let settings = [THROTTLE_OFF, CHEAP_PASSWORDS];
            let installation = Installation::new(&folder, Some(url.clone()), &settings)?;
            let service = installation.serve()?;
            if node == 0 {
                caller = Some(installation.populate(&service)?);
            }
            services.push(service);
        }
        Ok(Self {
            services,
            caller: caller.ok_or("no nodes")?,
            url,
            cluster,
            database,
        })
    }

    #[allow(clippy::indexing_slicing, reason = "there is one at least")]
    pub(super) fn first(&self) -> &Service {
        &self.services[0]
    }

    /// Opens a connection to each node.
    pub(super) fn connect(&self) -> Fallible<Vec<Connection>> {
        let open = |service: &Service| Ok(Connection::open(service.server.address)?);
        self.services.iter().map(open).collect()
    }

    pub(super) fn sql(&self, statements: &str) {
        self.cluster.sql(&self.database, statements);
    }

    /// Suspends the last node, like a machine that hangs.
    pub(super) fn stop_last(&self) -> Fallible<&Server> {
        let server = &self.services.last().ok_or("no nodes")?.server;
        server.signal(Signal::STOP);
        Ok(server)
    }
}

pub(crate) fn validate(lab: &Lab) -> Fallible<Vec<Row>> {
    let nodes = Nodes::start(lab, "validate-3-nodes", 3)?;
    let folder = lab.folder("validate-3-nodes")?;
    let tokens = tokens::fetch(nodes.first(), &nodes.caller, TOKENS_IN_TURN)?;
    let file = tokens::write_bodies(&folder, "bodies", &tokens, 1)?.remove(0);
    let load = Load {
        path: VALIDATE,
        sender: Sender::Company(&nodes.caller.credential),
        bodies: Bodies::InTurn(file),
        connections: CONNECTIONS,
        time: lab.arguments.time,
    };
    let generator = &lab.generator;
    // The number of requests per second of processor time that the nodes used.
    let drive = |number: usize| -> Fallible<f64> {
        let driven: Vec<_> = nodes.services.iter().take(number).collect();
        let spent = || {
            driven
                .iter()
                .map(|node| node.server.cpu_seconds())
                .sum::<Option<f64>>()
        };
        let before = spent();
        let answered = threads(number, |place| {
            let server = &driven.get(place).ok_or("no such node")?.server;
            let scratch = folder.join(format!("driver-{place}"));
            std::fs::create_dir_all(&scratch)?;
            Ok(generator.drive(server.address, &load, &scratch)?.requests)
        })?;
        let spent = spent().zip(before).map(|(after, before)| after - before);
        Ok(answered.iter().sum::<f64>() / spent.ok_or("no /proc to read processor time from")?)
    };
    let rounds = lab.in_turn(|_| drive(3), |_| drive(1))?;
    Ok(vec![Row::ratio(
        "validate on 3 nodes, requests a second of their processors",
        "1/s",
        &rounds,
        "on one",
        Target::AtLeast(0.9),
    )])
}
