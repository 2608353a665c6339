//! The settings of a client that `lanyard client add` and `lanyard client set` take in the same way.

use clap::Args;

use crate::base::OperatorId;
use crate::client::Registration;

#[derive(Args)]
pub(super) struct SettingsGiven {
    /// How redirect URIs are compared: exact or same-site
    #[arg(long, value_name = "RULE")]
    redirect_match: Option<String>,
    /// What its access tokens are: jwt or opaque
    #[arg(long, value_name = "FORMAT")]
    token_format: Option<String>,
    /// What signs its access tokens: ES256, RS256 or EdDSA
    #[arg(long)]
    algorithm: Option<String>,
    /// How long an access token is valid
    #[arg(long, value_name = "SECONDS")]
    access_lifetime: Option<i64>,
    /// How long a refresh token is valid
    #[arg(long, value_name = "SECONDS")]
    refresh_lifetime: Option<i64>,
    /// The operator that its own tokens stand for
    #[arg(long, value_name = "ID")]
    operator: Option<OperatorId>,
    /// How long a used refresh token yields its successor: grace or until-used
    #[arg(long, value_name = "RULE")]
    refresh_retry: Option<String>,
    #[arg(
        long,
        value_name = "SECONDS",
        help = "That grace; a new client has that of oauth.refresh_grace"
    )]
    refresh_grace: Option<i64>,
    /// Whose tokens it may introspect: own or organization
    #[arg(long, value_name = "WHOSE")]
    introspect: Option<String>,
}

impl SettingsGiven {
    /// Writes what was given into a registration. What was not given stays.
    pub(super) fn edit(&self, wanted: &mut Registration) {
        let texts = [
            (&mut wanted.redirect_match, &self.redirect_match),
            (&mut wanted.token_format, &self.token_format),
            (&mut wanted.algorithm, &self.algorithm),
            (&mut wanted.refresh_retry, &self.refresh_retry),
            (&mut wanted.introspect, &self.introspect),
        ];
        for (member, given) in texts {
            if given.is_some() {
                member.clone_from(given);
            }
        }
        let operator = self.operator.map(|operator| operator.0);
        let numbers = [
            (&mut wanted.access_token_seconds, self.access_lifetime),
            (&mut wanted.refresh_token_seconds, self.refresh_lifetime),
            (&mut wanted.refresh_grace_seconds, self.refresh_grace),
            (&mut wanted.operator_id, operator),
        ];
        for (member, given) in numbers {
            *member = given.or(*member);
        }
    }
}
