//! The id of a request.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};

use crate::base::random::Unique;

/// The id of a request: the caller's own if it consists of at most 128 plain characters, or else a
/// new one.
#[derive(Debug, Clone)]
pub struct RequestId(Id);

#[derive(Debug, Clone)]
enum Id {
    Fresh(Unique),
    Given(Rc<str>),
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

thread_local! {
    /// The id of the request that this thread works on. A tracing span for each request would serve
    /// the same purpose at a hundred times the cost.
    static CURRENT: RefCell<Option<RequestId>> = const { RefCell::new(None) };
}

impl RequestId {
    /// The header that contains it, in requests and in responses.
    pub(super) const HEADER: HeaderName = HeaderName::from_static("x-request-id");

    /// Returns the id of a request with these headers.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let given = headers
            .get(Self::HEADER)
            .and_then(|value| value.to_str().ok())
            .filter(|text| {
                (1..=128).contains(&text.len())
                    && text
                        .bytes()
                        .all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
            });
        given.map_or_else(Self::fresh, |given| Self(Id::Given(Rc::from(given))))
    }

    /// Returns a new id.
    pub(super) fn fresh() -> Self {
        Self(Id::Fresh(Unique::next()))
    }

    /// Returns the text of the id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Id::Fresh(digits) => digits.as_str(),
            Id::Given(text) => text,
        }
    }

    /// Returns the id as the value of a header.
    pub(super) fn header_value(&self) -> Option<HeaderValue> {
        let bytes = match &self.0 {
            Id::Fresh(digits) => digits.as_bytes(),
            Id::Given(text) => text.as_bytes(),
        };
        HeaderValue::from_bytes(bytes).ok()
    }

    /// Returns the id of the request that this thread works on. `None` if it works on none.
    #[must_use]
    pub fn current() -> Option<Self> {
        CURRENT.with_borrow(Clone::clone)
    }

    /// Runs `work` as part of this request.
    pub(super) fn scope<T>(&self, work: impl FnOnce() -> T) -> T {
        struct Restore(Option<RequestId>);
        impl Drop for Restore {
            fn drop(&mut self) {
                CURRENT.set(self.0.take());
            }
        }
        let _restore = Restore(CURRENT.replace(Some(self.clone())));
        work()
    }
}
