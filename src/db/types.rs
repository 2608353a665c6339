//! How the domain types are stored in columns, the same on both databases. The types themselves
//! contain no SQL.

use diesel::sql_types::{BigInt, Binary, Text};

use crate::base::{
    ApiKeyId, ClientId, ClientTag, Digest, EntryTag, GrantId, ImportId, KeyId, OperatorId,
    OrganizationId, PlatformAdminId, Sequence, Timestamp, TokenId, WebhookId,
};
use crate::token::{Algorithm, Kind, Purpose};

/// Features call this in their stores, so it names every path in full.
/// `column!(Noun as SqlType, stored as Inner: |noun| &inner, |inner| Result<Noun>)`
macro_rules! column {
    ($noun:ty as $sql:ty, $inner:ty => $owned:ty, $out:expr, $back:expr) => {
        impl<DB: ::diesel::backend::Backend> ::diesel::serialize::ToSql<$sql, DB> for $noun
        where
            $inner: ::diesel::serialize::ToSql<$sql, DB>,
        {
            fn to_sql<'b>(&'b self, out: &mut ::diesel::serialize::Output<'b, '_, DB>) -> ::diesel::serialize::Result {
                let convert: fn(&'b $noun) -> &'b $inner = $out;
                ::diesel::serialize::ToSql::<$sql, DB>::to_sql(convert(self), out)
            }
        }

        impl<DB: ::diesel::backend::Backend> ::diesel::serialize::ToSql<::diesel::sql_types::Nullable<$sql>, DB> for $noun
        where
            $noun: ::diesel::serialize::ToSql<$sql, DB>,
        {
            fn to_sql<'b>(&'b self, out: &mut ::diesel::serialize::Output<'b, '_, DB>) -> ::diesel::serialize::Result {
                ::diesel::serialize::ToSql::<$sql, DB>::to_sql(self, out)
            }
        }

        impl<DB: ::diesel::backend::Backend> ::diesel::deserialize::FromSql<$sql, DB> for $noun
        where
            $owned: ::diesel::deserialize::FromSql<$sql, DB>,
        {
            fn from_sql(raw: DB::RawValue<'_>) -> ::diesel::deserialize::Result<Self> {
                let convert: fn($owned) -> ::diesel::deserialize::Result<$noun> = $back;
                convert(<$owned as ::diesel::deserialize::FromSql<$sql, DB>>::from_sql(raw)?)
            }
        }

        impl<DB: ::diesel::backend::Backend, ST> ::diesel::deserialize::Queryable<ST, DB> for $noun
        where
            $noun: ::diesel::deserialize::FromSql<ST, DB>,
            ST: ::diesel::sql_types::SingleValue,
        {
            type Row = Self;
            fn build(row: Self) -> ::diesel::deserialize::Result<Self> {
                Ok(row)
            }
        }

        $crate::db::column!(@expression $noun, $sql);
        $crate::db::column!(@expression $noun, ::diesel::sql_types::Nullable<$sql>);
    };
    (@expression $noun:ty, $sql:ty) => {
        impl ::diesel::expression::AsExpression<$sql> for $noun {
            type Expression = ::diesel::internal::derives::as_expression::Bound<$sql, Self>;
            fn as_expression(self) -> Self::Expression {
                ::diesel::internal::derives::as_expression::Bound::new(self)
            }
        }

        impl<'a> ::diesel::expression::AsExpression<$sql> for &'a $noun {
            type Expression = ::diesel::internal::derives::as_expression::Bound<$sql, Self>;
            fn as_expression(self) -> Self::Expression {
                ::diesel::internal::derives::as_expression::Bound::new(self)
            }
        }
    };
}

column!(Timestamp as BigInt, i64 => i64, |at| &at.0, |micros| Ok(Timestamp(micros)));
column!(OrganizationId as BigInt, i64 => i64, |id| &id.0, |id| Ok(Self(id)));
column!(OperatorId as BigInt, i64 => i64, |id| &id.0, |id| Ok(Self(id)));
column!(PlatformAdminId as BigInt, i64 => i64, |id| &id.0, |id| Ok(Self(id)));
column!(ImportId as BigInt, i64 => i64, |id| &id.0, |id| Ok(Self(id)));
column!(WebhookId as BigInt, i64 => i64, |id| &id.0, |id| Ok(Self(id)));
column!(EntryTag as BigInt, i64 => i64, |mark| &mark.0, |mark| Ok(Self(mark)));
column!(Sequence as BigInt, i64 => i64, |seq| &seq.0, |seq| Ok(Self(seq)));
column!(TokenId as Binary, [u8] => Vec<u8>, |id| &id.0, |bytes| {
    Ok(TokenId(bytes.try_into().map_err(|_| "a token id is 16 bytes")?))
});

column!(ApiKeyId as Text, str => String, |id| id.as_str(), |text| {
    text.parse().map_err(|_| format!("{text:?} is no id of an API key").into())
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

/// Stores types that have a fixed set of words as the word. Each feature calls this in its store.
macro_rules! word_column {
    ($($noun:ty),+) => {$(
        $crate::db::column!($noun as ::diesel::sql_types::Text, str => String, |word| word.as_str(), |text| {
            text.parse().map_err(|_| format!("unknown {}: {text}", stringify!($noun)).into())
        });
    )+};
}

pub(crate) use {column, word_column};

word_column!(Kind, Algorithm, Purpose);
