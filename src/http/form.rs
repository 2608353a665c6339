//! Forms: bodies of type `application/x-www-form-urlencoded`, as the endpoints of OAuth receive
//! them (RFC 6749, appendix B).

use actix_web::HttpRequest;

use super::body::{is_form, is_plain};
use super::{ApiError, Body, Expected, Parameters, Unknown};

/// The type of a form: its parameters, and its maximum size.
pub trait FormBody: Sized {
    /// The names of the parameters.
    const NAMES: &'static [&'static str];

    /// What happens to other parameters. RFC 6749, section 3.1, requires that they are ignored.
    const UNKNOWN: Unknown = Unknown::Ignored;

    /// The maximum size of the body in bytes.
    const LIMIT: usize = 64 * 1024;

    /// The maximum size of one decoded value in bytes.
    const LONGEST: usize = 16 * 1024;

    /// Reads the form from its parameters.
    ///
    /// # Errors
    /// 400 with the name of the parameter that is wrong.
    fn read(parameters: &Parameters<'_>) -> Result<Self, ApiError>;
}

/// A form. An absent body is a form without parameters, and needs no content type.
#[derive(Debug)]
pub struct Form<T>(pub T);

impl<T: FormBody> Body for Form<T> {
    const LIMIT: Option<usize> = Some(T::LIMIT);

    fn parse(request: &HttpRequest, bytes: &[u8]) -> Result<Self, ApiError> {
        if !bytes.is_empty() {
            if !is_plain(request) {
                return Err(ApiError::unsupported_encoding());
            }
            if !is_form(request) {
                return Err(ApiError::not_a_form());
            }
        }
        let expected = Expected {
            names: T::NAMES,
            unknown: T::UNKNOWN,
            longest: T::LONGEST,
        };
        T::read(&Parameters::read(bytes, expected)?).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[derive(Debug, PartialEq)]
    struct Code(Option<String>);

    impl FormBody for Code {
        const NAMES: &'static [&'static str] = &["code"];
        fn read(parameters: &Parameters<'_>) -> Result<Self, ApiError> {
            Ok(Self(parameters.get("code").map(str::to_owned)))
        }
    }

    fn parse(headers: &[(&str, &str)], bytes: &[u8]) -> Result<Option<String>, String> {
        let request = headers.iter().fold(TestRequest::post(), |request, header| {
            request.append_header(*header)
        });
        let parsed = Form::<Code>::parse(&request.to_http_request(), bytes);
        parsed
            .map(|Form(Code(code))| code)
            .map_err(|why| why.to_string()[..3].to_owned())
    }

    #[test]
    fn a_form_is_read_if_it_says_that_it_is_one() {
        const TYPE: &str = "application/x-www-form-urlencoded";
        let good = Ok(Some("a b".to_owned()));
        for media in [
            TYPE,
            "Application/X-WWW-Form-Urlencoded",
            "application/x-www-form-urlencoded; charset=utf-8",
            "application/x-www-form-urlencoded;charset=\"UTF-8\"",
        ] {
            assert_eq!(parse(&[("content-type", media)], b"code=a+b&x=y&x=z"), good);
        }
        for media in [
            "application/json",
            "",
            "text/plain",
            "application/x-www-form-urlencoded; charset=latin1",
        ] {
            assert_eq!(
                parse(&[("content-type", media)], b"code=a"),
                Err("415".to_owned()),
                "{media}"
            );
        }
        assert_eq!(parse(&[], b"code=a"), Err("415".to_owned()));
        assert_eq!(parse(&[], b""), Ok(None));
        let compressed = [("content-type", TYPE), ("content-encoding", "gzip")];
        assert_eq!(parse(&compressed, b"code=a"), Err("415".to_owned()));
        assert_eq!(
            parse(&[("content-type", TYPE)], b"code=a&code=a"),
            Err("400".to_owned())
        );
    }
}
