//! How the domain types are stored in columns, the same on both databases. The types themselves
//! contain no SQL.

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, Queryable};
use diesel::expression::AsExpression;
use diesel::internal::derives::as_expression::Bound;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::{BigInt, Binary, Nullable, Text};

use crate::audit::Action;
use crate::base::{
    ClientId, ClientTag, Digest, EntryTag, GrantId, KeyId, OperatorId, OrganizationId, Sequence,
    Timestamp, TokenId, WebhookId,
};
use crate::client::ClientStatus;
use crate::feed::EntryKind;
use crate::grant::CodeState;
use crate::operator::OperatorStatus;
use crate::organization::OrganizationStatus;
use crate::outbox::{DeliveryStatus, EventKind};
use crate::session::SessionState;
use crate::signing_keys::KeyState;
use crate::token::{Algorithm, Kind, Purpose};
use crate::webhook::WebhookStatus;

/// `column!(Noun as SqlType, stored as Inner: |noun| &inner, |inner| Result<Noun>)`
macro_rules! column {
    ($noun:ty as $sql:ty, $inner:ty => $owned:ty, $out:expr, $back:expr) => {
        impl<DB: Backend> ToSql<$sql, DB> for $noun
        where
            $inner: ToSql<$sql, DB>,
        {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
                let convert: fn(&'b $noun) -> &'b $inner = $out;
                convert(self).to_sql(out)
            }
        }

        impl<DB: Backend> ToSql<Nullable<$sql>, DB> for $noun
        where
            $noun: ToSql<$sql, DB>,
        {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
                ToSql::<$sql, DB>::to_sql(self, out)
            }
        }

        impl<DB: Backend> FromSql<$sql, DB> for $noun
        where
            $owned: FromSql<$sql, DB>,
        {
            fn from_sql(raw: DB::RawValue<'_>) -> deserialize::Result<Self> {
                let convert: fn($owned) -> deserialize::Result<$noun> = $back;
                convert(<$owned>::from_sql(raw)?)
            }
        }

        impl<DB: Backend, ST> Queryable<ST, DB> for $noun
        where
            $noun: FromSql<ST, DB>,
            ST: diesel::sql_types::SingleValue,
        {
            type Row = Self;
            fn build(row: Self) -> deserialize::Result<Self> {
                Ok(row)
            }
        }

        column!(@expression $noun, $sql);
        column!(@expression $noun, Nullable<$sql>);
    };
    (@expression $noun:ty, $sql:ty) => {
        impl AsExpression<$sql> for $noun {
            type Expression = Bound<$sql, Self>;
            fn as_expression(self) -> Self::Expression {
                Bound::new(self)
            }
        }

        impl<'a> AsExpression<$sql> for &'a $noun {
            type Expression = Bound<$sql, Self>;
            fn as_expression(self) -> Self::Expression {
                Bound::new(self)
            }
        }
    };
}

column!(Timestamp as BigInt, i64 => i64, |at| &at.0, |micros| Ok(Timestamp(micros)));
column!(OrganizationId as BigInt, i64 => i64, |id| &id.0, |id| Ok(Self(id)));
column!(OperatorId as BigInt, i64 => i64, |id| &id.0, |id| Ok(Self(id)));
column!(WebhookId as BigInt, i64 => i64, |id| &id.0, |id| Ok(Self(id)));
column!(EntryTag as BigInt, i64 => i64, |mark| &mark.0, |mark| Ok(Self(mark)));
column!(Sequence as BigInt, i64 => i64, |seq| &seq.0, |seq| Ok(Self(seq)));
column!(TokenId as Binary, [u8] => Vec<u8>, |id| &id.0, |bytes| {
    Ok(TokenId(bytes.try_into().map_err(|_| "a token id is 16 bytes")?))
});

column!(GrantId as Binary, [u8] => Vec<u8>, |id| &id.0.0, |bytes| {
    let id = bytes.try_into().map_err(|_| "the id of a grant is 16 bytes")?;
    Ok(GrantId(TokenId(id)))
});
column!(Digest as Binary, [u8] => Vec<u8>, |digest| &digest.0, |bytes| {
    Ok(Digest(bytes.try_into().map_err(|_| "a digest is 32 bytes")?))
});
column!(ClientTag as BigInt, i64 => i64, |tag| &tag.0, |tag| Ok(Self(tag)));
column!(ClientId as Text, str => String, |id| id.as_str(), |text| {
    text.parse().map_err(|_| format!("{text} is no id of a client").into())
});
column!(KeyId as Text, str => String, |kid| kid.as_str(), |text| {
    text.parse().map_err(|_| format!("{text} is no key's name").into())
});

/// A type with a fixed set of words, stored as the word.
macro_rules! word_column {
    ($($noun:ty),+) => {$(
        column!($noun as Text, str => String, |word| word.as_str(), |text| {
            text.parse().map_err(|_| format!("unknown {}: {text}", stringify!($noun)).into())
        });
    )+};
}

word_column!(
    Kind,
    Algorithm,
    OrganizationStatus,
    OperatorStatus,
    EntryKind,
    KeyState,
    Purpose,
    Action,
    EventKind,
    DeliveryStatus,
    WebhookStatus,
    ClientStatus,
    CodeState,
    SessionState
);
