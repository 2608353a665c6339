//! Functions for the members of a JSON body, for `#[serde(deserialize_with = "…")]`. They refuse
//! values that serde would silently accept.

use std::fmt;
use std::marker::PhantomData;

use secrecy::SecretString;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// Reads a struct from an object only. By default serde would also read it from an array, member by
/// member.
///
/// # Errors
/// Returns the errors of the members, and an error if the value is not an object.
pub fn object<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    deserializer.deserialize_map(Members(PhantomData))
}

struct Members<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Members<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(members))
    }
}

/// A value that [`object`] reads, for use inside another type.
#[derive(Debug, Clone, Copy, Default)]
pub struct Object<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        object(deserializer).map(Self)
    }
}

/// Reads a member that may be absent, but not null. Use it with `#[serde(default)]`.
///
/// # Errors
/// Returns the errors of the value.
pub fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Reads a member that distinguishes absent, null and a value. Use it with `#[serde(default)]`.
///
/// # Errors
/// Returns the errors of the value.
pub fn settable<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// Reads a secret text that may be absent or null, as [`settable`] does. The error does not repeat
/// what was sent.
///
/// # Errors
/// Returns an error if the value is neither a string nor null.
pub fn settable_secret<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<SecretString>>, D::Error> {
    let text: Option<String> = Option::deserialize(deserializer)
        .map_err(|_| D::Error::custom("must be a text or null"))?;
    Ok(Some(text.map(SecretString::from)))
}

/// Reads a secret text that may be absent, but not null. The error does not repeat what was sent.
///
/// # Errors
/// Returns an error if the value is not a string.
pub fn given_secret<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<SecretString>, D::Error> {
    secret(deserializer).map(Some)
}

/// Reads a secret text. The error does not repeat what was sent.
///
/// # Errors
/// Returns an error if the value is not a string.
pub fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    String::deserialize(deserializer)
        .map(SecretString::from)
        .map_err(|_| D::Error::custom("must be a text"))
}
