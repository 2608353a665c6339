//! The OAuth clients of a world, and the names with which operators sign in.

use serde_json::json;

use super::{Organization, World};
use crate::history::AppNumber;
use crate::http::Client;
use crate::oauth;

/// An OAuth client.
pub(crate) struct App {
    /// The number of its organization.
    pub(crate) organization: usize,
    pub(crate) credential: oauth::App,
    /// Whether it has no grace: presenting a used refresh token ends the grant.
    pub(crate) strict: bool,
}

/// What the clients of an organization are registered with: JWTs, opaque tokens, and no grace.
const MEMBERS: [(&str, bool); 3] = [("jwt", false), ("opaque", false), ("jwt", true)];

/// Returns the name with which an operator signs in, the organization's `number`th.
pub(crate) fn username(number: usize) -> String {
    format!("operator-{number}")
}

impl World<'_> {
    /// Registers the clients of an organization, and gives every operator a name and a password.
    /// `company` is a company token.
    pub(super) fn equip(
        &mut self,
        client: &mut Client,
        organization: &Organization,
        company: &str,
    ) {
        for (number, operator) in organization.operators.iter().enumerate() {
            oauth::set_credentials(client, company, *operator, &username(number));
        }
        for (format, strict) in MEMBERS {
            // A history lasts much less than an hour, also on a machine that is busy.
            let grace = if strict { 0 } else { 3_600 };
            let members = json!({"tokenFormat": format, "refreshGraceSeconds": grace});
            self.apps.push(App {
                organization: organization.number,
                credential: oauth::App::register(client, company, &members),
                strict,
            });
        }
        self.machines.push(self.signer.register(client, company));
    }

    /// Returns the client with a number.
    pub(crate) fn app(&self, number: AppNumber) -> &App {
        &self.apps[number]
    }
}
