//! The messages of the pages, in every language.

use std::borrow::Cow;
use std::sync::LazyLock;
use std::time::Duration;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};

use super::Language;

type Bundle = FluentBundle<FluentResource>;

/// Stands for a name while a message is formatted: a private character that no message has.
const NAME: &str = "\u{e000}";

/// A message around a name that somebody else gave. The name itself is put in by the template,
/// which escapes it and sets it apart (`<bdi>`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Around {
    /// The text before the name.
    pub before: String,
    /// The text after the name.
    pub after: String,
}

/// A value for a place of a message. What an organization or a client wrote is none.
#[derive(Debug, Clone, Copy)]
pub enum Value<'a> {
    /// A text of ours.
    Text(&'a str),
    /// A number, which chooses the plural. It is written without separators.
    Count(i64),
}

impl Language {
    /// Returns a number as it is written in the language: `1,234`, and `1.234` in Vietnamese.
    #[must_use]
    pub fn number(self, number: i64) -> String {
        let separator = match self {
            Self::English | Self::Chinese | Self::Pseudo => ',',
            Self::Vietnamese => '.',
        };
        let digits = number.unsigned_abs().to_string();
        let mut text = String::new();
        if number < 0 {
            text.push('-');
        }
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                text.push(separator);
            }
            text.push(digit);
        }
        text
    }

    fn args<'a>(values: &[(&'a str, Value<'a>)]) -> FluentArgs<'a> {
        let mut args = FluentArgs::new();
        for (name, value) in values {
            match value {
                Value::Text(text) => args.set(*name, (*text).to_owned()),
                Value::Count(count) => args.set(*name, *count),
            }
        }
        args
    }

    /// Returns the message `id` with these values.
    #[must_use]
    pub fn text_with(self, id: &str, values: &[(&str, Value<'_>)]) -> String {
        self.format(id, Some(&Self::args(values)))
    }

    /// Returns the message `id`, which is about a number of things.
    #[must_use]
    pub fn count(self, id: &str, count: i64) -> String {
        self.text_with(id, &[("count", Value::Count(count))])
    }

    /// Like [`Language::around`], with further values.
    #[must_use]
    pub fn around_with(self, id: &str, values: &[(&str, Value<'_>)]) -> Around {
        let mut args = Self::args(values);
        args.set("name", NAME);
        let text = self.format(id, Some(&args));
        let (before, after) = text.split_once(NAME).unwrap_or((&text, ""));
        Around {
            before: before.to_owned(),
            after: after.to_owned(),
        }
    }

    /// The file of this language's messages.
    pub(super) const fn source(self) -> &'static str {
        match self {
            Self::English | Self::Pseudo => concat!(
                include_str!("../../texts/en.ftl"),
                include_str!("../../texts/console/en.ftl")
            ),
            Self::Chinese => concat!(
                include_str!("../../texts/zh-CN.ftl"),
                include_str!("../../texts/console/zh-CN.ftl")
            ),
            Self::Vietnamese => concat!(
                include_str!("../../texts/vi.ftl"),
                include_str!("../../texts/console/vi.ftl")
            ),
        }
    }

    fn bundle(self) -> &'static Bundle {
        static ENGLISH: LazyLock<Bundle> = LazyLock::new(|| bundle(Language::English));
        static CHINESE: LazyLock<Bundle> = LazyLock::new(|| bundle(Language::Chinese));
        static VIETNAMESE: LazyLock<Bundle> = LazyLock::new(|| bundle(Language::Vietnamese));
        static PSEUDO: LazyLock<Bundle> = LazyLock::new(|| {
            let mut bundle = bundle(Language::Pseudo);
            bundle.set_transform(Some(longer));
            bundle
        });
        match self {
            Self::English => &ENGLISH,
            Self::Chinese => &CHINESE,
            Self::Vietnamese => &VIETNAMESE,
            Self::Pseudo => &PSEUDO,
        }
    }

    /// Returns the message `id`.
    #[must_use]
    pub fn text(self, id: &str) -> String {
        self.format(id, None)
    }

    /// Returns the message `id`, which is about `page`.
    pub(super) fn text_of_page(self, id: &str, page: &str) -> String {
        let mut args = FluentArgs::new();
        args.set("page", page.to_owned());
        self.format(id, Some(&args))
    }

    /// Returns the message `id`, which has the place `{ $name }` once.
    #[must_use]
    pub fn around(self, id: &str) -> Around {
        let mut args = FluentArgs::new();
        args.set("name", NAME);
        let text = self.format(id, Some(&args));
        let (before, after) = text.split_once(NAME).unwrap_or((&text, ""));
        Around {
            before: before.to_owned(),
            after: after.to_owned(),
        }
    }

    /// Returns the message `id`, which says to wait for `{ $wait }`: in seconds up to a minute and
    /// a half, else in minutes, rounded up.
    #[must_use]
    pub fn text_with_wait(self, id: &str, wait: Duration) -> String {
        let seconds = (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1);
        let (unit, count) = if seconds <= 90 {
            ("wait-seconds", seconds)
        } else {
            ("wait-minutes", seconds.div_ceil(60))
        };
        let mut args = FluentArgs::new();
        args.set("count", count);
        let wait = self.format(unit, Some(&args));
        let mut args = FluentArgs::new();
        args.set("wait", wait);
        self.format(id, Some(&args))
    }

    /// A message that is not there, or lacks a value, yields its id in brackets, which the tests
    /// look for.
    fn format(self, id: &str, args: Option<&FluentArgs>) -> String {
        let bundle = self.bundle();
        let missing = || format!("⟦{id}⟧");
        let Some(pattern) = bundle.get_message(id).and_then(|message| message.value()) else {
            return missing();
        };
        let mut errors = Vec::new();
        let text = bundle.format_pattern(pattern, args, &mut errors);
        if errors.is_empty() {
            text.into_owned()
        } else {
            missing()
        }
    }
}

/// Returns a text with accents on its vowels, longer by half: every second letter is there twice.
fn longer(text: &str) -> Cow<'_, str> {
    let mut long = String::with_capacity(text.len() * 2);
    let mut letters = 0_u32;
    for c in text.chars() {
        let accented = match c {
            'a' => 'á',
            'e' => 'é',
            'i' => 'í',
            'o' => 'ó',
            'u' => 'ú',
            'A' => 'Á',
            'E' => 'É',
            'I' => 'Í',
            'O' => 'Ó',
            'U' => 'Ú',
            other => other,
        };
        long.push(accented);
        if c.is_alphabetic() {
            letters += 1;
            if letters.is_multiple_of(2) {
                long.push(accented);
            }
        }
    }
    Cow::Owned(long)
}

/// What of a file cannot be read is left out here, and found by the tests.
fn bundle(language: Language) -> Bundle {
    // The plurals of the pseudo-language are those of English.
    let locale = match language {
        Language::Pseudo => Language::English,
        other => other,
    };
    let locale = locale.tag().parse().unwrap_or_default();
    let mut bundle = Bundle::new_concurrent(vec![locale]);
    // Names are set apart by `<bdi>`; invisible characters in texts would stand in the way of
    // searching and copying.
    bundle.set_use_isolating(false);
    let source = language.source().to_owned();
    let resource = FluentResource::try_new(source).unwrap_or_else(|(read, _)| read);
    let _ = bundle.add_resource(resource);
    bundle
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_said_in_seconds_or_minutes() {
        let wait = |seconds| {
            Language::English.text_with_wait("throttled", Duration::from_secs_f64(seconds))
        };
        assert_eq!(wait(0.0), "Too many attempts. Try again in 1 second.");
        assert_eq!(wait(59.2), "Too many attempts. Try again in 60 seconds.");
        assert_eq!(wait(91.0), "Too many attempts. Try again in 2 minutes.");
        assert_eq!(wait(3_600.0), "Too many attempts. Try again in 60 minutes.");
    }

    #[test]
    fn a_message_stands_around_a_name() {
        let around = Language::English.around("sign-in-for");
        assert_eq!(around.before, "to continue to ");
        assert_eq!(around.after, "");
    }

    #[test]
    fn the_pseudo_language_is_english_and_longer_by_half() {
        let text = Language::Pseudo.text("time-out");
        let english = Language::English.text("time-out");
        let letters = |text: &str| text.chars().filter(|c| c.is_alphabetic()).count();
        assert_eq!(letters(&text), letters(&english) * 3 / 2, "{text}");
        assert!(text.contains('ó'), "{text}");
        // What stands in a place of the text is left alone.
        let around = Language::Pseudo.around("sign-in-for");
        assert_eq!(
            (around.before.is_empty(), around.after.as_str()),
            (false, "")
        );
    }

    #[test]
    fn a_message_that_is_not_there_is_seen() {
        assert_eq!(Language::English.text("nothing"), "⟦nothing⟧");
        assert_eq!(Language::English.text("throttled"), "⟦throttled⟧");
    }
}
