//! Bodies as callers send them: in an accepted body no member appears twice, at any depth.

#![no_main]

use std::fmt;

use actix_web::HttpRequest;
use actix_web::test::TestRequest;
use lanyard::http::{Body, Json, JsonBody};
use libfuzzer_sys::fuzz_target;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// Any object.
#[derive(Deserialize)]
#[serde(transparent)]
struct Any(serde_json::Map<String, Value>);

impl JsonBody for Any {}

/// The number of members of all objects of a text together, including duplicates.
struct Members(usize);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Members(0))
    }
}

impl<'de> Visitor<'de> for Members {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
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
    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<Self, A::Error> {
        while let Some(Members(more)) = items.next_element()? {
            self.0 += more;
        }
        Ok(self)
    }
    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<Self, A::Error> {
        while let Some((_, Members(more))) = members.next_entry::<String, Members>()? {
            self.0 += more + 1;
        }
        Ok(self)
    }
}

fn distinct(value: &Value) -> usize {
    match value {
        Value::Object(members) => members.len() + members.values().map(distinct).sum::<usize>(),
        Value::Array(items) => items.iter().map(distinct).sum(),
        _ => 0,
    }
}

thread_local! {
    static REQUEST: HttpRequest = TestRequest::post()
        .insert_header(("content-type", "application/json"))
        .to_http_request();
}

fuzz_target!(|bytes: &[u8]| {
    let taken = REQUEST.with(|request| Json::<Any>::parse(request, bytes));
    let all = serde_json::from_slice::<Members>(bytes);
    match (taken, all) {
        (Ok(Json(Any(object))), Ok(Members(all))) => {
            assert_eq!(distinct(&Value::Object(object)), all);
        }
        (Ok(_), Err(why)) => panic!("accepted, but not JSON: {why}"),
        (Err(_), Ok(Members(all))) => {
            // An object whose members are all distinct is accepted.
            if let Ok(value @ Value::Object(_)) = serde_json::from_slice::<Value>(bytes) {
                assert_ne!(distinct(&value), all);
            }
        }
        (Err(_), Err(_)) => {}
    }
});
