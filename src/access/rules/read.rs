//! Reads the rules from TOML.

use std::collections::BTreeMap;

use super::fault::Faults;
use super::members::{Document, Members, Placed};
use super::pattern::Pattern;
use super::{Access, Demand, Resource, Rule, Rules, WantedEnvironment};
use crate::access::bearer::BearerKind;
use crate::access::denial::ErrorShape;
use crate::access::original::{is_method, normal_host};
use crate::access::scope::{self, Scope};
use crate::base::OrganizationId;

/// The largest id of an organization on the wire.
const LARGEST_ID: i64 = (1 << 53) - 1;

/// The members of a rule that make no sense for a public one.
const OF_CREDENTIALS: [&str; 7] = [
    "scopes",
    "roles",
    "kinds",
    "environment",
    "organization",
    "resource",
    "signed",
];

/// A rule that was read, and where it begins in the file.
struct Read {
    at: usize,
    rule: Option<Rule>,
}

/// Reads rules.
///
/// # Errors
/// Returns everything that is wrong, with its lines.
pub(super) fn read(text: &str) -> Result<Rules, Faults> {
    Document::read(text, |document, members| {
        let errors = members.text(document, "errors", shape);
        let errors = errors.map_or(ErrorShape::Flat, |found| found.value);
        let mut names = BTreeMap::new();
        let all = document.tables(members, "rule", |document, members| Read {
            at: members.start(),
            rule: rule(document, members, errors, &mut names),
        });
        find_hidden(document, &all);
        Rules {
            errors,
            rules: all.into_iter().filter_map(|read| read.rule).collect(),
        }
    })
}

/// Notes each rule that can never decide, because an earlier one matches everything that it
/// matches.
fn find_hidden(document: &mut Document<'_>, all: &[Read]) {
    for (place, Read { at, rule }) in all.iter().enumerate() {
        let Some(rule) = rule else { continue };
        let earlier = all.iter().take(place).filter_map(|read| read.rule.as_ref());
        if let Some(other) = earlier.into_iter().find(|earlier| earlier.hides(rule)) {
            let why = format!(
                "{} never decides: {} before it matches the same requests; put the narrower rule first",
                rule.name, other.name
            );
            document.refuse(*at, "rule", why);
        }
    }
}

fn rule<'a>(
    document: &mut Document<'a>,
    members: &mut Members<'a, '_>,
    errors: ErrorShape,
    names: &mut BTreeMap<String, usize>,
) -> Option<Rule> {
    let (start, has_name) = (members.start(), members.has("name"));
    let name = members.text(document, "name", name);
    if !has_name {
        document.refuse(start, "name", "is missing");
    }
    if let Some(Placed { value, at }) = &name
        && names.insert(value.clone(), *at).is_some()
    {
        document.refuse(
            *at,
            "name",
            format!("{value} is the name of an earlier rule"),
        );
    }
    let host = members.text(document, "host", host);
    let methods = members.texts(document, "methods", method);
    not_empty(document, "methods", methods.as_ref());
    let has_path = members.has("path");
    let path = members.text(document, "path", |text| {
        Pattern::read(text).map_err(|why| why.to_string())
    });
    if !has_path {
        document.refuse(start, "path", "is missing");
    }
    let own = members.text(document, "errors", shape);
    let access = access(document, members);
    Some(Rule {
        name: name?.value.into(),
        host: host.map(|found| found.value.into()),
        methods: methods.map(|found| found.value),
        path: path?.value,
        errors: own.map_or(errors, |own| own.value),
        access,
    })
}

fn access<'a>(document: &mut Document<'a>, members: &mut Members<'a, '_>) -> Access {
    let public = members.text(document, "access", |text| match text {
        "public" => Ok(()),
        _ => Err("must be \"public\", or be left out".to_owned()),
    });
    let demand = demand(document, members);
    let Some(Placed { at, .. }) = public else {
        return Access::Credential(demand);
    };
    let given: Vec<_> = OF_CREDENTIALS
        .into_iter()
        .filter(|name| members.has(name))
        .collect();
    if !given.is_empty() {
        let why = format!(
            "is \"public\", so no credential is judged; leave out {}",
            given.join(", ")
        );
        document.refuse(at, "access", why);
    }
    Access::Public
}

fn demand<'a>(document: &mut Document<'a>, members: &mut Members<'a, '_>) -> Demand {
    let scopes = members.texts(document, "scopes", |text| {
        text.parse::<Scope>()
            .map_err(|_| format!("{text:?} is no name of a scope"))
    });
    let roles = members.texts(document, "roles", |text| {
        let role = scope::is_name(text).then(|| text.into());
        role.ok_or_else(|| format!("{text:?} is no name of a role"))
    });
    not_empty(document, "roles", roles.as_ref());
    let kinds = members.texts(document, "kinds", |text| {
        word(text, &BearerKind::ALL.map(BearerKind::as_str))
    });
    not_empty(document, "kinds", kinds.as_ref());
    let environment = members.text(document, "environment", |text| {
        word(text, &WantedEnvironment::ALL.map(WantedEnvironment::as_str))
    });
    let organization = members.number(document, "organization", LARGEST_ID);
    let resource = members.text(document, "resource", |text| {
        Resource::read(text).ok_or_else(|| {
            "must be an absolute URL in ASCII, without query and fragment".to_owned()
        })
    });
    if let Some(Placed { at, .. }) = resource
        && !members.has("organization")
    {
        let why = "is of an organization: the rule must name that too (organization = …)";
        document.refuse(at, "resource", why);
    }
    Demand {
        scopes: scopes.map(|found| found.value).unwrap_or_default(),
        roles: roles.map(|found| found.value).unwrap_or_default(),
        kinds: kinds.map_or_else(|| Demand::USUAL_KINDS.to_vec(), |found| found.value),
        environment: environment.map_or(WantedEnvironment::Live, |found| found.value),
        organization: organization.map(|found| OrganizationId(found.value)),
        resource: resource.map(|found| found.value),
        signed: members
            .boolean(document, "signed")
            .is_some_and(|found| found.value),
    }
}

fn not_empty<T>(document: &mut Document<'_>, name: &str, found: Option<&Placed<Vec<T>>>) {
    if let Some(Placed { value, at }) = found
        && value.is_empty()
    {
        document.refuse(*at, name, "is empty, so the rule would admit nothing");
    }
}

fn shape(text: &str) -> Result<ErrorShape, String> {
    word(text, &ErrorShape::ALL.map(ErrorShape::as_str))
}

/// Reads one of the words of an enum.
fn word<T: std::str::FromStr>(text: &str, words: &[&str]) -> Result<T, String> {
    text.parse()
        .map_err(|_| format!("is {text:?}; it must be one of {}", words.join(", ")))
}

fn name(text: &str) -> Result<String, String> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if (1..=64).contains(&text.len()) && text.bytes().all(fits) {
        Ok(text.to_owned())
    } else {
        Err("must have 1 to 64 of the characters A-Z a-z 0-9 . _ -".to_owned())
    }
}

fn host(text: &str) -> Result<String, String> {
    let host = normal_host(text).filter(|host| host.eq_ignore_ascii_case(text));
    let host = host.map(std::borrow::Cow::into_owned);
    host.ok_or_else(|| "must be a host, such as api.example.com, without a port".to_owned())
}

fn method(text: &str) -> Result<Box<str>, String> {
    if is_method(text) && !text.bytes().any(|byte| byte.is_ascii_lowercase()) {
        Ok(text.into())
    } else {
        Err(format!("{text:?} is no method, such as GET, in capitals"))
    }
}
