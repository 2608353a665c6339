//! Pieces of tables and lists that several pages have.

use super::page::{Cell, Effect, Link, Pages, Phrase, Tone};
use super::shown::{self, Instant};
use super::visit::Visit;
use super::{operators, tokens};
use crate::base::{Leaf, OperatorId, Seek, Timestamp, TokenId};
use crate::ledger::{COUNTED, Counted};
use crate::page::Value;
use form_urlencoded::Serializer;
use std::fmt::Display;
use std::str::FromStr;

impl Visit {
    /// An instant in the person's zone.
    pub(crate) fn time(&self, at: Timestamp) -> Cell {
        Cell::Time(Instant {
            utc: at.to_string(),
            shown: shown::local(at, self.preferences.zone),
        })
    }

    /// How long ago an instant was, or in how long it will be.
    pub(crate) fn ago(&self, at: Timestamp) -> Cell {
        Cell::Time(Instant {
            utc: at.to_string(),
            shown: shown::relative(at, self.now, self.language()),
        })
    }

    /// An instant in both ways.
    pub(crate) fn time_and_ago(&self, at: Timestamp) -> Vec<Cell> {
        vec![self.time(at), Cell::Break, self.ago(at)]
    }

    /// An instant, or the message `id` if there is none.
    pub(crate) fn time_or(&self, at: Option<Timestamp>, id: &str) -> Vec<Cell> {
        match at {
            Some(at) => vec![self.time(at)],
            None => vec![Cell::Quiet(self.text(id))],
        }
    }

    /// How long ago an instant was, or the message `id` if there is none.
    pub(crate) fn ago_or(&self, at: Option<Timestamp>, id: &str) -> Vec<Cell> {
        match at {
            Some(at) => vec![self.ago(at)],
            None => vec![Cell::Quiet(self.text(id))],
        }
    }

    pub(crate) fn phrase(&self, id: &str) -> Phrase {
        Phrase::plain(self.text(id))
    }

    pub(crate) fn around(&self, id: &str, name: &str) -> Phrase {
        Phrase::around(self.language(), id, name)
    }

    /// The message `id` about a number of things.
    pub(crate) fn count(&self, id: &str, count: i64) -> String {
        self.language().count(id, count)
    }

    /// The message `id` with a text of ours.
    pub(crate) fn text_with(&self, id: &str, name: &str, text: &str) -> String {
        self.language().text_with(id, &[(name, Value::Text(text))])
    }

    pub(crate) fn link(&self, href: impl Into<String>, id: &str) -> Link {
        Link {
            href: href.into(),
            label: self.text(id),
        }
    }

    pub(crate) fn badge(&self, id: &str, tone: Tone) -> Cell {
        Cell::Badge {
            word: self.text(id),
            tone,
        }
    }

    /// Which page of a list was asked for. An unknown cursor is the first page.
    pub(crate) fn seek<K: FromStr>(&self) -> Seek<K> {
        Seek::of_cursor(self.asked("cursor"))
    }

    /// The links to the pages before and after a page of a list.
    pub(crate) fn pages<T, K: Display>(&self, leaf: &Leaf<T, K>) -> Pages {
        let link = |seek: &Seek<K>, id: &str| {
            let mut query = Serializer::new(String::new());
            for (name, value) in &self.query {
                if name != "cursor" {
                    query.append_pair(name, value);
                }
            }
            if let Some(cursor) = seek.cursor() {
                query.append_pair("cursor", &cursor);
            }
            self.link(format!("{}?{}", self.path, query.finish()), id)
        };
        Pages {
            previous: leaf
                .previous
                .as_ref()
                .map(|seek| link(seek, "pages-previous")),
            next: leaf.next.as_ref().map(|seek| link(seek, "pages-next")),
        }
    }

    /// Returns how many rows a list has at most. A query for another number than those that there are
    /// is added to what was ignored.
    pub(crate) fn limit(&self, ignored: &mut Vec<&str>) -> i64 {
        match self.asked("limit") {
            "" | "50" => 50,
            "25" => 25,
            "100" => 100,
            _ => {
                ignored.push("limit");
                50
            }
        }
    }

    /// Says which parameters were ignored. `None` if none was.
    pub(crate) fn ignored(&self, names: &[&str]) -> Option<super::page::Part> {
        if names.is_empty() {
            return None;
        }
        let text = self.text_with("ignored", "names", &names.join(", "));
        Some(super::page::Part::Ignored(text))
    }
}

/// Returns a number of tokens; one that was cut off says so.
pub(crate) fn counted(signed: &Visit, counted: Counted) -> String {
    let number = signed.language().number(counted.tokens);
    if counted.or_more {
        format!("{number}+")
    } else {
        number
    }
}

/// Returns a number, which is cut off at [`COUNTED`] and then says so.
pub(crate) fn capped(visit: &Visit, count: i64) -> String {
    let tokens = count.min(COUNTED);
    let or_more = count > COUNTED;
    counted(visit, Counted { tokens, or_more })
}

/// Returns a number of tokens as `data-tokens` has it: for programs, in any language.
pub(crate) fn data_tokens(counted: Counted) -> String {
    let plus = if counted.or_more { "+" } else { "" };
    format!("{}{plus}", counted.tokens)
}

/// Returns what a message says of a number of tokens.
pub(crate) fn tokens_values(shown: &str, counted: Counted) -> [(&'static str, Value<'_>); 2] {
    [
        ("count", Value::Count(counted.tokens)),
        ("number", Value::Text(shown)),
    ]
}

/// Returns the effect of an act that revokes so many tokens. What stays is to be added.
pub(crate) fn revoked_tokens(visit: &Visit, tokens: Counted) -> Effect {
    let shown = counted(visit, tokens);
    let values = tokens_values(&shown, tokens);
    let text = visit.language().text_with("effect-tokens", &values);
    let mut lines = vec![Phrase::plain(text)];
    if !visit.app.tokens.issuer.writes_all() {
        lines.push(visit.phrase("effect-ledger-off"));
    }
    Effect {
        tokens: Some(data_tokens(tokens)),
        lines,
    }
}

/// A link to an operator.
pub(crate) fn operator_link(id: OperatorId) -> Cell {
    Cell::Link {
        href: format!("{}/{id}", operators::PATH),
        name: id.to_string(),
    }
}

/// A link to a token.
pub(crate) fn token_link(id: TokenId) -> Cell {
    Cell::IdLink {
        href: format!("{}/{id}", tokens::PATH),
        short: short(id),
        whole: id.to_string(),
    }
}

/// Returns the beginning and the end of an id. The beginning is a time, so tokens that were issued
/// together have the same.
pub(crate) fn short(id: TokenId) -> String {
    let text = id.to_string();
    let (start, end) = (text.get(..8), text.get(text.len().saturating_sub(4)..));
    format!("{}…{}", start.unwrap_or_default(), end.unwrap_or_default())
}
