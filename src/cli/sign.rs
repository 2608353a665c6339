//! `lanyard sign`: signs one request (RFC 9421) and prints the curl line that sends it.

use std::path::PathBuf;

use clap::Args;

use super::output::{Failure, say};
use crate::api_key::text::is_signing_secret;
use crate::authn::signature::{Fields, Message, Signer, digest_of, sign};
use crate::base::{ApiKeyId, Clock, random};

const EXAMPLES: &str = "\
The printed line can be run once, within five minutes: a signature has a time and a nonce. Nothing is sent, and the \
secret is not in the line.

Examples:
  lanyard sign --key-id KEY --secret-file secret.txt https://lanyard.example.com/v1/profile
  lanyard sign --key-id KEY --secret-file secret.txt -d '{\"a\": 1}' https://api.example.com/v1/a | sh";

/// Sign a request with an API key, and print the curl line that sends it
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Sign {
    /// The id of the key
    #[arg(long, value_name = "KEY")]
    key_id: ApiKeyId,
    /// The file with the signing secret (hs_…)
    #[arg(long, value_name = "FILE")]
    secret_file: PathBuf,
    /// The method [default: GET, or POST with a body]
    #[arg(short = 'X', long = "request", value_name = "METHOD")]
    method: Option<String>,
    /// The body
    #[arg(short = 'd', long = "data", value_name = "BODY")]
    body: Option<String>,
    /// The URL, as it is sent
    #[arg(value_name = "URL")]
    url: String,
}

/// The field that a signature covers, if there is a body.
struct Digest(Option<String>);

impl Fields for Digest {
    fn lines(&self, name: &str) -> Vec<&[u8]> {
        let value = self.0.as_deref().filter(|_| name == "content-digest");
        value.into_iter().map(str::as_bytes).collect()
    }
}

impl Sign {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let place = self.secret_file.display();
        let secret = std::fs::read_to_string(&self.secret_file)
            .map_err(|why| Failure::new(format_args!("cannot read {place}: {why}")))?;
        let secret = secret.trim();
        if !is_signing_secret(secret) {
            return Err(Failure::new(format_args!(
                "{place} has no signing secret: it begins with hs_live_ or hs_test_, has 46 characters, and is shown \
                 when a key is made with --signing"
            )));
        }
        let mut nonce = String::new();
        random::push_base62(&mut nonce, 32);
        let key = self.key_id.to_string();
        let signer = Signer {
            key: &key,
            secret,
            now: Clock::System.now(),
            nonce: &nonce,
        };
        say(self.line(&signer)?)
    }

    /// Returns the curl line.
    fn line(&self, signer: &Signer<'_>) -> Result<String, Failure> {
        let url = Url::of(&self.url).map_err(|why| Failure::new(why).code(2))?;
        let given = self.method.as_deref();
        let method = given.unwrap_or(if self.body.is_some() { "POST" } else { "GET" });
        if method.is_empty() || !method.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            return Err(Failure::new("a method has letters only, such as GET").code(2));
        }
        let has_digest = self.body.is_some() || ["POST", "PUT", "PATCH"].contains(&method);
        let body = self.body.as_deref().unwrap_or_default();
        let digest = Digest(has_digest.then(|| digest_of(body.as_bytes())));
        let message = Message {
            method,
            scheme: url.scheme,
            authority: Some(url.authority),
            path_and_query: &url.path_and_query,
            request_target: &url.path_and_query,
            fields: &digest,
            has_body: !body.is_empty(),
        };
        let (input, signature) = sign(&message, signer).map_err(Failure::new)?;
        let mut line = vec!["curl --globoff --path-as-is".to_owned()];
        line.push(match method {
            "HEAD" => "--head".to_owned(),
            method => format!("-X {method}"),
        });
        if let Some(digest) = &digest.0 {
            line.push(format!(
                "-H {}",
                quoted(&format!("Content-Digest: {digest}"))
            ));
        }
        line.push(format!(
            "-H {}",
            quoted(&format!("Signature-Input: {input}"))
        ));
        line.push(format!("-H {}", quoted(&format!("Signature: {signature}"))));
        if has_digest {
            if serde_json::from_str::<serde::de::IgnoredAny>(body).is_ok() {
                line.push("-H 'Content-Type: application/json'".to_owned());
            }
            line.push(format!("--data-raw {}", quoted(body)));
        }
        line.push(quoted(&format!(
            "{}://{}{}",
            url.scheme, url.authority, url.path_and_query
        )));
        Ok(line.join(" "))
    }
}

/// The parts of a URL, as curl sends them.
struct Url<'a> {
    scheme: &'a str,
    authority: &'a str,
    path_and_query: String,
}

impl<'a> Url<'a> {
    fn of(text: &'a str) -> Result<Self, &'static str> {
        const WRONG: &str = "the URL must begin with http:// or https:// and a host, without a user, and be ASCII without \
                             spaces: encode other characters";
        let plain = text.bytes().all(|byte| byte.is_ascii_graphic());
        let (scheme, rest) = text.split_once("://").filter(|_| plain).ok_or(WRONG)?;
        let scheme = ["http", "https"]
            .into_iter()
            .find(|own| scheme.eq_ignore_ascii_case(own));
        // curl does not send a fragment.
        let rest = rest.split('#').next().unwrap_or_default();
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(end);
        if authority.is_empty() || authority.contains('@') {
            return Err(WRONG);
        }
        let slash = if target.starts_with('/') { "" } else { "/" };
        Ok(Self {
            scheme: scheme.ok_or(WRONG)?,
            authority,
            path_and_query: format!("{slash}{target}"),
        })
    }
}

/// Returns a text as one word of a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_cut_as_curl_cuts_it() {
        for (text, expected) in [
            ("https://A.example", Some(("A.example", "/"))),
            ("HTTP://a:80?x=1#y", Some(("a:80", "/?x=1"))),
            ("https://a/b%2f?c=%2F&c", Some(("a", "/b%2f?c=%2F&c"))),
            ("ftp://a/", None),
            ("https:///a", None),
            ("https://u@a/", None),
            ("https://a/ b", None),
            ("/a", None),
        ] {
            let found = Url::of(text).ok();
            let found = found
                .as_ref()
                .map(|url| (url.authority, &*url.path_and_query));
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn a_word_of_a_shell_is_whatever_it_contains() {
        assert_eq!(quoted("a'b $c"), r"'a'\''b $c'");
    }
}
