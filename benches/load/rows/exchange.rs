//! Company tokens exchanged for operator tokens (RFC 8693), with the durable ledger, compared with
//! `get-token`, which issues the same tokens.

use crate::Fallible;
use crate::generator::{Bodies, Load};
use crate::http::Sender;
use crate::lab::Lab;
use crate::oauth::{ISSUER, OAuthClient, TOKEN};
use crate::report::{Row, Target};
use crate::service::{Caller, ISSUE, Installation, Service, issue_body};

use super::{CONNECTIONS, HS256};

/// A served installation, with a client that may exchange tokens.
struct Side {
    service: Service,
    caller: Caller,
    client: OAuthClient,
}

impl Side {
    fn new(lab: &Lab, name: &str, database: Option<String>) -> Fallible<Self> {
        let settings = [ISSUER, HS256];
        let installation = Installation::new(&lab.folder(name)?, database, &settings)?;
        let service = installation.serve()?;
        let caller = installation.populate(&service)?;
        let options = ["--grant", "token_exchange"];
        let client = installation.add_client(caller.organization, &options)?;
        Ok(Self {
            service,
            caller,
            client,
        })
    }

    fn per_second(
        &self,
        lab: &Lab,
        path: &'static str,
        sender: Sender<'_>,
        body: String,
    ) -> Fallible<f64> {
        let load = Load {
            path,
            sender,
            bodies: Bodies::Same(body),
            connections: CONNECTIONS,
            time: lab.arguments.time,
        };
        Ok(lab.measure(&self.service.server, &load)?.per_second)
    }

    fn row(&self, lab: &Lab, database: &str) -> Fallible<Vec<Row>> {
        let Caller {
            credential,
            operator,
            ..
        } = &self.caller;
        let exchange = format!(
            "grant_type=urn:ietf:params:oauth:grant-type:token-exchange&operator_id={operator}\
             &subject_token_type=urn:ietf:params:oauth:token-type:access_token\
             &subject_token={credential}"
        );
        let rates = lab.in_turn(
            |_| self.per_second(lab, TOKEN, self.client.sender(), exchange.clone()),
            |_| {
                self.per_second(
                    lab,
                    ISSUE,
                    Sender::Company(credential),
                    issue_body(*operator),
                )
            },
        )?;
        let what = format!("exchange, company token to operator token, {database}");
        let target = Target::AtLeast(0.9);
        Ok(vec![Row::ratio(&what, "1/s", &rates, "get-token", target)])
    }
}

pub(crate) fn sqlite(lab: &Lab) -> Fallible<Vec<Row>> {
    Side::new(lab, "exchange-sqlite", None)?.row(lab, "SQLite")
}

pub(crate) fn postgres(lab: &Lab) -> Fallible<Vec<Row>> {
    const DATABASE: &str = "exchange";
    let cluster = lab.postgres()?;
    cluster.create_database(DATABASE, None);
    let url = cluster.url(DATABASE);
    Side::new(lab, "exchange-postgres", Some(url))?.row(lab, "PostgreSQL")
}
