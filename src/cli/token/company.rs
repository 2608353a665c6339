//! `lanyard token add`, `rotate`, `retire` and `label`: company tokens, without the organization's
//! password.

use std::time::Duration;

use clap::Args;
use serde::Serialize;

use super::check;
use crate::audit::Origin;
use crate::base::{Clock, OrganizationId, Timestamp, TokenId};
use crate::cli::Common;
use crate::cli::output::{Failure, say, say_json};
use crate::cli::receipt::{ReceiptView, describe};
use crate::company::{self, ByAdmin, Change, ChangeError, NewToken, NewTokenError, RotateError};
use crate::db::Conn;
use crate::feed;
use crate::ledger::{self, Label, Record};
use crate::revocation;
use crate::token::Kind;
use crate::usage;

/// Issue a further company token, and print it; it is shown only once
#[derive(Args)]
pub(in crate::cli) struct Add {
    /// The organization's id
    #[arg(long, value_name = "ID")]
    organization: OrganizationId,
    /// A name for people, such as that of the program that uses it
    #[arg(long, value_name = "TEXT")]
    label: Option<Label>,
    /// A note that the ledger keeps with the token, such as why it was issued
    #[arg(long, value_name = "TEXT")]
    note: Option<Label>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Issue the successor of a company token, and print it; the present one stays valid for a while
#[derive(Args)]
pub(in crate::cli) struct Rotate {
    /// The id of the company token
    jti: TokenId,
    /// How long the present token stays valid: no longer than the organization's policy allows, which
    /// is the default
    #[arg(long, value_name = "SECONDS")]
    overlap: Option<u64>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// End a company token now; the tokens that are derived from it stay valid
#[derive(Args)]
pub(in crate::cli) struct Retire {
    /// The id of the company token
    jti: TokenId,
    /// When it ends, instead of now: RFC 3339 with an offset
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    at: Option<Timestamp>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Give a company token a label, or take it away with an empty text
#[derive(Args)]
pub(in crate::cli) struct SetLabel {
    /// The id of the company token
    jti: TokenId,
    /// A name for people, such as that of the program that uses it
    text: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

fn instant(text: &str) -> Result<Timestamp, &'static str> {
    Timestamp::parse(text)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Issued<'a> {
    jti: TokenId,
    token: &'a str,
    expires_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    previous_expires_at: Option<Timestamp>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Changed {
    jti: TokenId,
    organization_id: OrganizationId,
    label: Option<String>,
    ends_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    revocation: Option<ReceiptView>,
}

impl Add {
    pub(super) fn run(&self, common: &Common) -> Result<(), Failure> {
        let (config, db) = common.existing_database()?;
        // The sequence comes before every record.
        let rev = db.read_blocking(feed::head)?;
        let ring = check::ring(&db, &config).map_err(Failure::new)?;
        let new = NewToken {
            organization: self.organization,
            label: self.label.clone(),
            note: self.note.clone(),
            session: None,
            rev,
            kid: ring.active().kid,
        };
        let (origin, now) = (Origin::command_line(), Clock::System.now());
        let issue = |conn: &mut Conn| {
            let recorded = company::issue(conn, &new, &origin, now)?;
            usage::record_issued(conn, self.organization, Kind::Company, now)?;
            Ok::<_, NewTokenError>(recorded)
        };
        let recorded = db.write_blocking(issue);
        let recorded = recorded.map_err(|error: NewTokenError| Failure::new(error))?;
        let text = recorded
            .sign(&ring, &config.tokens.issuer)
            .map_err(Failure::new)?;
        if self.json {
            return say_json(&Issued {
                jti: recorded.claims().jti,
                token: &text,
                expires_at: recorded.claims().expires_at(),
                previous_expires_at: None,
            });
        }
        say(&text)
    }
}

impl Rotate {
    pub(super) fn run(&self, common: &Common) -> Result<(), Failure> {
        let (config, db) = common.existing_database()?;
        let rev = db.read_blocking(feed::head)?;
        let ring = check::ring(&db, &config).map_err(Failure::new)?;
        let (origin, now) = (Origin::command_line(), Clock::System.now());
        let found = db.read_blocking(|conn| ledger::find_anywhere(conn, self.jti))?;
        let found = found.ok_or_else(|| Failure::new(RotateError::Unknown))?;
        let wanted = ByAdmin {
            token: (found.line.claims.organization, self.jti),
            overlap: self.overlap.map(Duration::from_secs),
            session: None,
            rev,
            kid: ring.active().kid,
            defaults: config.company_tokens.clone(),
        };
        // Other nodes must apply the end before this returns.
        let always = |_: &_| true;
        let rotated = revocation::enforce_from_cli(&db, always, |conn: &mut Conn| {
            let organization = wanted.token.0;
            let rotated = company::rotate_by_admin(conn, wanted, &origin, now)?;
            usage::record_issued(conn, organization, Kind::Company, now)?;
            Ok::<_, RotateError>(rotated)
        });
        let (rotation, _) = rotated.map_err(|error: RotateError| Failure::new(error))?;
        let text = rotation
            .successor
            .sign(&ring, &config.tokens.issuer)
            .map_err(Failure::new)?;
        if self.json {
            let claims = rotation.successor.claims();
            return say_json(&Issued {
                jti: claims.jti,
                token: &text,
                expires_at: claims.expires_at(),
                previous_expires_at: Some(rotation.end),
            });
        }
        say(&text)
    }
}

impl Retire {
    pub(super) fn run(&self, common: &Common) -> Result<(), Failure> {
        let (_, db) = common.existing_database()?;
        let (origin, now) = (Origin::command_line(), Clock::System.now());
        let change = Change {
            ends_at: Some(self.at.unwrap_or(now)),
            ..Change::default()
        };
        let changed = company::change_from_cli(&db, self.jti, &change, &origin, now);
        let (record, receipt) = changed.map_err(|error: ChangeError| Failure::new(error))?;
        if self.json {
            return say_changed(record, receipt.map(ReceiptView::from));
        }
        match record.line.ends_at.filter(|end| *end > now) {
            Some(end) => say(format_args!("company token {} ends at {end}", self.jti))?,
            None => say(format_args!("company token {} has ended", self.jti))?,
        }
        say(describe(receipt))
    }
}

impl SetLabel {
    pub(super) fn run(&self, common: &Common) -> Result<(), Failure> {
        let (_, db) = common.existing_database()?;
        let (origin, now) = (Origin::command_line(), Clock::System.now());
        let label = if self.text.trim().is_empty() {
            None
        } else {
            let label = self.text.parse::<Label>();
            Some(label.map_err(|why| Failure::new(format_args!("a label {why}")))?)
        };
        let change = Change {
            label: Some(label),
            ..Change::default()
        };
        let changed = company::change_from_cli(&db, self.jti, &change, &origin, now);
        let (record, _) = changed.map_err(|error: ChangeError| Failure::new(error))?;
        if self.json {
            return say_changed(record, None);
        }
        match &record.line.label {
            Some(label) => say(format_args!("company token {} is “{label}”", self.jti)),
            None => say(format_args!("company token {} has no label", self.jti)),
        }
    }
}

fn say_changed(record: Record, revocation: Option<ReceiptView>) -> Result<(), Failure> {
    say_json(&Changed {
        jti: record.line.claims.jti,
        organization_id: record.line.claims.organization,
        label: record.line.label,
        ends_at: record.line.ends_at,
        revocation,
    })
}
