//! The data that an organization sets for an operator, and the rules for them.

use crate::base::caseless::is_invisible;
use crate::base::name::is_name;
use crate::login::LoginKey;

/// The data that the organization sets for an operator.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Profile {
    /// The display name: 1 to 200 characters.
    pub name: String,
    /// The id that the chat platform gave the operator, unique within the organization: 1 to 200
    /// characters.
    pub external_id: Option<String>,
    /// An email address, unique within the organization without regard to case and Unicode
    /// composition.
    pub email: Option<String>,
    /// The name of a role: 1 to 64 characters of `A-Z a-z 0-9 . _ : -`.
    pub role: Option<String>,
    /// The name that it signs in with: 1 to 200 visible characters without `/`. Usernames and
    /// emails of an organization are one name space.
    pub username: Option<String>,
    /// Its tier, in the organization's own words: 1 to 200 characters.
    pub tier: Option<String>,
    /// Its picture, such as a URL: 1 to 2,048 visible characters.
    pub avatar: Option<String>,
}

/// The longest avatar (characters).
const LONGEST_AVATAR: usize = 2_048;

/// The member of a profile that is invalid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProfileError {
    /// `name`.
    Name,
    /// `externalId`.
    ExternalId,
    /// `email`.
    Email,
    /// `role`.
    Role,
    /// `username`.
    Username,
    /// `tier`.
    Tier,
    /// `avatar`.
    Avatar,
}

impl ProfileError {
    /// Returns the error text for the caller.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Name => {
                "name must have 1 to 200 characters, at least one of them visible, and no control characters"
            }
            Self::ExternalId => {
                "externalId must have 1 to 200 characters, at least one of them visible, and no control characters, or be null"
            }
            Self::Email => {
                "email must be an address such as a@example.com of at most 254 bytes, all of it visible, or null"
            }
            Self::Role => {
                "role must have 1 to 64 of the characters A-Z a-z 0-9 . _ : -, or be null"
            }
            Self::Username => {
                "username must have 1 to 200 characters, all of them visible, and no /, or be null"
            }
            Self::Tier => {
                "tier must have 1 to 200 characters, at least one of them visible, and no control characters, or be null"
            }
            Self::Avatar => {
                "avatar must have 1 to 2048 characters, all of them visible, or be null"
            }
        }
    }
}

impl Profile {
    /// Checks every member that differs from `before`. A value that an older release accepted stays
    /// allowed.
    ///
    /// # Errors
    /// Returns the first invalid member.
    pub fn check_change(&self, before: &Self) -> Result<(), ProfileError> {
        first(self.faults_of_change(before))
    }

    /// Checks every member.
    ///
    /// # Errors
    /// Returns the first invalid member.
    pub fn check(&self) -> Result<(), ProfileError> {
        first(self.faults())
    }

    /// Returns the invalid members among those that differ from `before`.
    #[must_use]
    pub fn faults_of_change(&self, before: &Self) -> Vec<ProfileError> {
        let new =
            |now: &Option<String>, before: &Option<String>| now.clone().filter(|_| now != before);
        let name = if self.name == before.name {
            "unchanged"
        } else {
            &self.name
        };
        let changed = Self {
            name: name.to_owned(),
            external_id: new(&self.external_id, &before.external_id),
            email: new(&self.email, &before.email),
            role: new(&self.role, &before.role),
            username: new(&self.username, &before.username),
            tier: new(&self.tier, &before.tier),
            avatar: new(&self.avatar, &before.avatar),
        };
        changed.faults()
    }

    /// Returns the invalid members.
    #[must_use]
    pub fn faults(&self) -> Vec<ProfileError> {
        let role = |role: &str| {
            (1..=64).contains(&role.len())
                && role
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"._:-".contains(&b))
        };
        let fits =
            |text: &Option<String>, rule: &dyn Fn(&str) -> bool| text.as_deref().is_none_or(rule);
        let members = [
            (is_name(&self.name), ProfileError::Name),
            (fits(&self.external_id, &is_name), ProfileError::ExternalId),
            (fits(&self.email, &is_email), ProfileError::Email),
            (fits(&self.role, &role), ProfileError::Role),
            (fits(&self.username, &is_username), ProfileError::Username),
            (fits(&self.tier, &is_name), ProfileError::Tier),
            (fits(&self.avatar, &is_avatar), ProfileError::Avatar),
        ];
        let wrong = members.into_iter().filter(|(is_right, _)| !is_right);
        wrong.map(|(_, fault)| fault).collect()
    }
}

fn first(faults: Vec<ProfileError>) -> Result<(), ProfileError> {
    faults.into_iter().next().map_or(Ok(()), Err)
}

/// Returns whether a text has the form of an email address: one `@` with text on both sides, and no
/// invisible character. This does not prove that the address receives mail.
fn is_email(text: &str) -> bool {
    let shape = text.split_once('@').is_some_and(|(local, host)| {
        !local.is_empty()
            && !host.is_empty()
            && !host.contains('@')
            && !host.starts_with('.')
            && !host.ends_with('.')
    });
    shape && text.len() <= 254 && !text.chars().any(is_invisible)
}

/// Returns whether a text can become a username. A login of an organization has the same form.
fn is_username(text: &str) -> bool {
    LoginKey::of_new(text).is_some()
}

fn is_avatar(text: &str) -> bool {
    (1..=LONGEST_AVATAR).contains(&text.chars().count()) && !text.chars().any(is_invisible)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_older_release_took_stays_and_is_not_taken_anew() {
        let old = Profile {
            name: "\u{200b}".to_owned(),
            email: Some("a\u{200b}@b".to_owned()),
            ..Profile::default()
        };
        let changed = Profile {
            role: Some("admin".to_owned()),
            ..old.clone()
        };
        assert_eq!(changed.check_change(&old), Ok(()));
        assert_eq!(changed.check(), Err(ProfileError::Name));
        let blank = Profile {
            name: "\u{3164}".to_owned(),
            ..old.clone()
        };
        assert_eq!(blank.check_change(&old), Err(ProfileError::Name));
        let cleared = Profile {
            email: None,
            ..old.clone()
        };
        assert_eq!(cleared.check_change(&old), Ok(()));
    }

    #[test]
    fn a_profile_is_checked_member_by_member() {
        let good = Profile {
            name: "Lan".to_owned(),
            external_id: Some("u-1".to_owned()),
            email: Some("lan@example.com".to_owned()),
            role: Some("marketing".to_owned()),
            username: Some("lan".to_owned()),
            tier: Some("gold".to_owned()),
            avatar: Some("https://example.com/lan.png".to_owned()),
        };
        assert_eq!(good.check(), Ok(()));
        for username in ["", "a b", "a/b", "a\u{200b}", &"x".repeat(201)] {
            let bad = Profile {
                username: Some(username.to_owned()),
                ..good.clone()
            };
            assert_eq!(bad.check(), Err(ProfileError::Username), "{username:?}");
        }
        for (tier, avatar, error) in [
            ("", "x", ProfileError::Tier),
            ("gold", "", ProfileError::Avatar),
            ("gold", "a\nb", ProfileError::Avatar),
        ] {
            let bad = Profile {
                tier: Some(tier.to_owned()),
                avatar: Some(avatar.to_owned()),
                ..good.clone()
            };
            assert_eq!(bad.check(), Err(error));
        }
        assert_eq!(
            Profile {
                name: " ".to_owned(),
                ..good.clone()
            }
            .check(),
            Err(ProfileError::Name)
        );
        assert_eq!(
            Profile {
                name: "é".repeat(201),
                ..good.clone()
            }
            .check(),
            Err(ProfileError::Name)
        );
        assert_eq!(
            Profile {
                name: "é".repeat(200),
                ..good.clone()
            }
            .check(),
            Ok(())
        );
        assert_eq!(
            Profile {
                external_id: Some(String::new()),
                ..good.clone()
            }
            .check(),
            Err(ProfileError::ExternalId)
        );
        for email in [
            "",
            "a",
            "@b",
            "a@",
            "a@b@c",
            "a b@c",
            "a@.c",
            "a\u{200b}@c",
            "a@c\u{202e}",
        ] {
            assert_eq!(
                Profile {
                    email: Some(email.to_owned()),
                    ..good.clone()
                }
                .check(),
                Err(ProfileError::Email),
                "{email}"
            );
        }
        assert_eq!(
            Profile {
                role: Some("a b".to_owned()),
                ..good
            }
            .check(),
            Err(ProfileError::Role)
        );
    }
}
