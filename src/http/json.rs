//! Parses JSON strictly (RFC 8259): no member may occur twice, errors name wrong types, nesting is
//! bounded.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{ApiError, JsonBody};

/// Parses a body.
///
/// # Errors
/// 400, with the name of the member that is wrong.
pub(super) fn parse<T: JsonBody>(bytes: &[u8]) -> Result<T, ApiError> {
    if let Some(value) = T::read_usual(bytes) {
        return Ok(value);
    }
    let As(value) = serde_json::from_slice::<As<T>>(bytes).map_err(|_| explain::<T>(bytes))?;
    if is_flat_with_one_member_at_most(bytes) {
        return Ok(value);
    }
    match serde_json::from_slice::<NoMemberTwice>(bytes) {
        Ok(NoMemberTwice) => Ok(value),
        Err(why) => Err(ApiError::invalid_request(format!(
            "the body is invalid: {why}"
        ))),
    }
}

/// Whether the text has fewer than two colons and no bracket. Each member has a colon, so no member
/// of it can occur twice, and nothing in it is nested: the second pass over it can be left out.
fn is_flat_with_one_member_at_most(bytes: &[u8]) -> bool {
    let first = bytes.iter().position(|byte| *byte == b':');
    let rest = first.and_then(|first| bytes.get(first + 1..));
    rest.is_none_or(|rest| !rest.contains(&b':')) && !bytes.contains(&b'[')
}

/// A value that is read with [`JsonBody::read`].
struct As<T>(T);

impl<'de, T: JsonBody> Deserialize<'de> for As<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::read(deserializer).map(Self)
    }
}

/// Parses the body again, more slowly, to find out which member is wrong.
fn explain<T: JsonBody>(bytes: &[u8]) -> ApiError {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let Err(why) = serde_path_to_error::deserialize::<_, As<T>>(&mut deserializer) else {
        return ApiError::invalid_request("there is something after the end of the JSON value");
    };
    let path = why.path().to_string();
    let cause = why.into_inner();
    if bytes.is_empty() {
        return ApiError::invalid_request("the body is empty; it must be a JSON value");
    }
    let cause = clip(&in_json_words(&cause.to_string()));
    ApiError::invalid_request(if path == "." || path == "?" {
        format!("the body is invalid: {cause}")
    } else {
        format!("{}: {cause}", clip(&path))
    })
}

/// Replaces the names of Rust's types in the parser's messages by those of JSON's.
fn in_json_words(cause: &str) -> String {
    [
        ("expected i64", "expected a whole number of 64 bits"),
        ("expected a sequence", "expected an array"),
        ("type: map", "type: object"),
        ("type: sequence", "type: array"),
        (": floating point `", ": number `"),
        (": integer `", ": number `"),
        ("missing field `", "missing member `"),
    ]
    .iter()
    .fold(cause.to_owned(), |text, (rust, json)| {
        text.replace(rust, json)
    })
}

/// Shortens the caller's own text in a message to at most 200 characters.
pub(super) fn clip(text: &str) -> String {
    const MOST: usize = 200;
    if text.chars().count() <= MOST {
        text.to_owned()
    } else {
        text.chars().take(MOST).chain("…".chars()).collect()
    }
}

/// The name of a member, copied only if it contains escapes.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// Any JSON value in which no object has the same member twice.
struct NoMemberTwice;

impl<'de> Deserialize<'de> for NoMemberTwice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NoMemberTwice)
    }
}

impl<'de> Visitor<'de> for NoMemberTwice {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }
    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }
    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }
    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }
    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }
    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self, A::Error> {
        while items.next_element::<Self>()?.is_some() {}
        Ok(self)
    }
    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self, A::Error> {
        let Some(Name(first)) = members.next_key()? else {
            return Ok(self);
        };
        members.next_value::<Self>()?;
        let Some(Name(mut next)) = members.next_key()? else {
            return Ok(self);
        };
        let mut seen = HashSet::from([first]);
        loop {
            if seen.contains(&next) {
                let _ = members.next_value::<IgnoredAny>();
                return Err(serde::de::Error::custom(format_args!(
                    "the member {} occurs twice",
                    clip(&next)
                )));
            }
            members.next_value::<Self>()?;
            seen.insert(next);
            match members.next_key()? {
                Some(Name(name)) => next = name,
                None => return Ok(self),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Body {
        id: i64,
        #[serde(default)]
        list: Vec<i64>,
    }

    impl JsonBody for Body {}

    proptest! {
        /// Leaving out the second pass never changes the answer.
        #[test]
        fn what_skips_the_second_pass_would_pass_it(text in r#"[\[\]{}:",a1\\ ]{0,24}"#) {
            let whole = serde_json::from_str::<IgnoredAny>(&text).is_ok();
            if whole && is_flat_with_one_member_at_most(text.as_bytes()) {
                prop_assert!(serde_json::from_str::<NoMemberTwice>(&text).is_ok(), "{}", text);
            }
        }
    }

    fn refusal(text: &str) -> String {
        parse::<Body>(text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn says_what_is_wrong_and_where() {
        insta::assert_snapshot!(refusal(r#"{"id":"7"}"#), @r#"400 invalid_request: id: invalid type: string "7", expected a whole number of 64 bits at line 1 column 9"#);
        insta::assert_snapshot!(refusal(r#"{"id":1,"list":[1,"a"]}"#), @r#"400 invalid_request: list[1]: invalid type: string "a", expected a whole number of 64 bits at line 1 column 21"#);
        insta::assert_snapshot!(refusal("{}"), @"400 invalid_request: the body is invalid: missing member `id` at line 1 column 2");
        insta::assert_snapshot!(refusal("[1]"), @"400 invalid_request: the body is invalid: invalid type: array, expected an object at line 1 column 0");
        insta::assert_snapshot!(refusal(""), @"400 invalid_request: the body is empty; it must be a JSON value");
        insta::assert_snapshot!(refusal(r#"{"id":1} x"#), @"400 invalid_request: there is something after the end of the JSON value");
        insta::assert_snapshot!(refusal(r#"{"id":1,"x":2,"x":3}"#), @"400 invalid_request: the body is invalid: the member x occurs twice at line 1 column 20");
        insta::assert_snapshot!(refusal(r#"{"id":1,"x":{"a":1,"a":1}}"#), @"400 invalid_request: the body is invalid: the member a occurs twice at line 1 column 25");
        assert!(
            refusal(&format!("{}{}", "[".repeat(10_000), "]".repeat(10_000))).starts_with("400")
        );
        assert!(
            refusal(&format!(
                r#"{{"id":1,"x":{}{}}}"#,
                "[".repeat(10_000),
                "]".repeat(10_000)
            ))
            .starts_with("400")
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered_without_a_panic(bytes in any::<Vec<u8>>()) {
            let _ = parse::<Body>(&bytes);
        }

        #[test]
        fn a_value_with_distinct_members_is_read(id in any::<i64>(), other in "[a-h]{3,8}") {
            let text = format!(r#"{{"{other}":[{{}},null,1.5],"id":{id}}}"#);
            prop_assert_eq!(parse::<Body>(text.as_bytes()).unwrap(), Body { id, list: vec![] });
        }
    }
}
