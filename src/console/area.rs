//! The two areas of the console: of an organization, and of the platform. Their sessions have cookies
//! of their own.

use super::{overview, platform, reauthenticate, second_factor, sign_in};
use crate::session::console::CookieName;

/// An area of the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Area {
    /// The pages of an organization.
    Organization,
    /// The pages of the platform.
    Platform,
}

impl Area {
    /// Returns the area that a path belongs to.
    pub(super) fn of(path: &str) -> Self {
        if is_at_or_below(path, platform::HOME) {
            Self::Platform
        } else {
            Self::Organization
        }
    }

    /// The first page after the sign-in.
    pub(super) const fn home(self) -> &'static str {
        match self {
            Self::Organization => overview::PATH,
            Self::Platform => platform::HOME,
        }
    }

    pub(super) const fn sign_in(self) -> &'static str {
        match self {
            Self::Organization => sign_in::PATH,
            Self::Platform => platform::SIGN_IN,
        }
    }

    pub(super) const fn second_factor(self) -> &'static str {
        match self {
            Self::Organization => second_factor::PATH,
            Self::Platform => platform::SECOND_FACTOR,
        }
    }

    pub(super) const fn reauthenticate(self) -> &'static str {
        match self {
            Self::Organization => reauthenticate::PATH,
            Self::Platform => platform::REAUTHENTICATE,
        }
    }

    pub(super) const fn cookie(self) -> CookieName {
        match self {
            Self::Organization => CookieName::Session,
            Self::Platform => CookieName::PlatformSession,
        }
    }

    /// Returns one of two texts.
    pub(super) const fn pick(
        self,
        of_organization: &'static str,
        of_platform: &'static str,
    ) -> &'static str {
        match self {
            Self::Organization => of_organization,
            Self::Platform => of_platform,
        }
    }

    /// Returns where to go after the sign-in: a page of this area that the browser asked for, else the
    /// first one.
    pub(super) fn next_of(self, text: &str) -> &str {
        let clean = text.bytes().all(|byte| byte.is_ascii_graphic()) && !text.contains(['\\', '#']);
        let around = text.contains("/../")
            || text.ends_with("/..")
            || text.starts_with(sign_in::PATH)
            || text.starts_with(platform::SIGN_IN);
        if is_at_or_below(text, self.home()) && clean && !around {
            text
        } else {
            self.home()
        }
    }
}

/// Whether a path is this one, with or without a query, or below it.
fn is_at_or_below(path: &str, top: &str) -> bool {
    let rest = path.strip_prefix(top);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_one_of_the_console() {
        for good in [
            "/console",
            "/console/tokens?state=all",
            "/console?tz=UTC",
            "/console/operators/7",
        ] {
            assert_eq!(Area::Organization.next_of(good), good);
        }
        for bad in [
            "",
            "/",
            "//evil.example",
            "/consoles",
            "/console/../oauth/login",
            "/console/..",
            "/console/sign-in?next=/console",
            "https://evil.example/console/",
            "/console/\\evil.example",
            "/console/a b",
            "/console/\r\nSet-Cookie: a=b",
        ] {
            assert_eq!(Area::Organization.next_of(bad), "/console", "{bad}");
        }
    }

    #[test]
    fn the_next_page_of_the_platform_is_one_of_the_platform() {
        for good in ["/console/platform", "/console/platform/nodes?tz=UTC"] {
            assert_eq!(Area::Platform.next_of(good), good);
        }
        for bad in [
            "/console",
            "/console/tokens",
            "/console/platforms",
            "/console/platform/sign-in",
            "/console/platform/../tokens",
        ] {
            assert_eq!(Area::Platform.next_of(bad), "/console/platform", "{bad}");
        }
    }

    #[test]
    fn a_path_belongs_to_one_area() {
        for path in ["/console/platform", "/console/platform/nodes"] {
            assert_eq!(Area::of(path), Area::Platform);
        }
        for path in ["/console", "/console/platforms", "/console/tokens", "/"] {
            assert_eq!(Area::of(path), Area::Organization);
        }
    }
}
