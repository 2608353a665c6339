//! Enums of which each variant is one word, in the database and on the wire.

/// Declares an enum whose variants are words: `ALL`, `as_str`, `Display`, `FromStr` (exact
/// spelling), `Serialize` and `Deserialize`.
macro_rules! words {
    (
        $(#[$doc:meta])*
        pub enum $name:ident {
            $($(#[$variant_doc:meta])* $variant:ident = $word:literal),+ $(,)?
        }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$variant_doc])* $variant),+ }

        impl $name {
            /// Every variant, in the order of declaration.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$variant),+];

            /// Returns the word of the variant.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::base::words::UnknownWord;

            fn from_str(text: &str) -> ::std::result::Result<Self, Self::Err> {
                match text {
                    $($word => Ok(Self::$variant),)+
                    _ => Err($crate::base::words::UnknownWord),
                }
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::std::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::std::result::Result<Self, D::Error> {
                let word = <::std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                word.parse().map_err(|_| {
                    let words: &[&str] = &[$($word),+];
                    ::serde::de::Error::custom(format_args!("must be one of {}", words.join(", ")))
                })
            }
        }
    };
}

pub(crate) use words;

/// The text is none of the words, in exactly their spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownWord;

#[cfg(test)]
mod tests {
    #![allow(unreachable_pub, reason = "the macro declares public enums")]

    use super::UnknownWord;

    words! {
        /// Two words.
        pub enum Answer {
            /// The default.
            Yes = "yes",
            /// With a character that no variant could have.
            NotYet = "not-yet",
        }
    }

    #[test]
    fn a_word_is_read_back_in_its_own_spelling_only() {
        for answer in Answer::ALL {
            assert_eq!(answer.as_str().parse(), Ok(answer));
            assert_eq!(answer.to_string(), answer.as_str());
        }
        assert_eq!(
            serde_json::to_string(&Answer::NotYet).unwrap(),
            "\"not-yet\""
        );
        for text in ["", "YES", " yes", "no"] {
            assert_eq!(text.parse::<Answer>(), Err(UnknownWord), "{text}");
        }
    }
}
