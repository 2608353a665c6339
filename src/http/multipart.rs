//! Forms with files: `multipart/form-data` (RFC 7578).

use actix_multipart::Multipart as Parser;
use actix_web::HttpRequest;
use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use actix_web::web::Bytes;
use futures_util::{StreamExt, stream};

use super::body::{content_type, is_plain};
use super::{ApiError, Body};

/// The parser reads the body in pieces of this size (bytes).
const PIECE: usize = 16 * 1024;

/// The largest number of fields.
const FIELDS: usize = 64;

/// The body of a form with files, of at most `LIMIT` bytes. The handler parses it.
#[derive(Debug)]
pub struct Multipart<const LIMIT: usize> {
    content_type: HeaderValue,
    bytes: Vec<u8>,
}

/// A field of such a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MultipartField {
    /// Its name.
    pub name: String,
    /// What was sent in it.
    pub bytes: Vec<u8>,
}

impl<const LIMIT: usize> Body for Multipart<LIMIT> {
    const LIMIT: Option<usize> = Some(LIMIT);

    fn parse(request: &HttpRequest, bytes: &[u8]) -> Result<Self, ApiError> {
        if !is_plain(request) {
            return Err(ApiError::unsupported_encoding());
        }
        let sent = request.headers().get(CONTENT_TYPE);
        let is_multipart = content_type(request, |essence| essence == "multipart/form-data");
        match sent.filter(|_| is_multipart) {
            Some(content_type) => Ok(Self {
                content_type: content_type.clone(),
                bytes: bytes.to_vec(),
            }),
            None => Err(ApiError::not_a_multipart_form()),
        }
    }
}

impl<const LIMIT: usize> Multipart<LIMIT> {
    /// Returns the fields, in their order.
    ///
    /// # Errors
    /// 400 if the body is no such form, or has more than 64 fields.
    pub async fn fields(self) -> Result<Vec<MultipartField>, ApiError> {
        let wrong = || ApiError::invalid_request("the body is no form of type multipart/form-data");
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, self.content_type);
        let mut rest = Bytes::from(self.bytes);
        let pieces = std::iter::from_fn(move || {
            let piece = rest.split_to(rest.len().min(PIECE));
            (!piece.is_empty()).then_some(Ok::<_, PayloadError>(piece))
        });
        let mut parser = Parser::new(&headers, stream::iter(pieces));
        let mut fields = Vec::new();
        while let Some(field) = parser.next().await {
            let mut field = field.map_err(|_| wrong())?;
            let name = field.name().ok_or_else(wrong)?.to_owned();
            let bytes = field.bytes(LIMIT).await.map_err(|_| wrong())?;
            let bytes = bytes.map_err(|_| wrong())?.to_vec();
            fields.push(MultipartField { name, bytes });
            if fields.len() > FIELDS {
                return Err(wrong());
            }
        }
        Ok(fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn sent(content_type: &str, body: &str) -> Result<Multipart<100_000>, ApiError> {
        let request = TestRequest::post().insert_header((CONTENT_TYPE, content_type));
        Multipart::parse(&request.to_http_request(), body.as_bytes())
    }

    #[actix_web::test]
    async fn fields_and_files_are_read_whatever_their_size() {
        let table = "name\r\n".repeat(10_000);
        let body = format!(
            "--b\r\nContent-Disposition: form-data; name=\"do\"\r\n\r\ncheck\r\n\
             --b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\
             Content-Type: text/csv\r\n\r\n{table}\r\n--b--\r\n"
        );
        let form = sent("multipart/form-data; boundary=b", &body).unwrap();
        let fields = form.fields().await.unwrap();
        let found: Vec<_> = fields
            .iter()
            .map(|field| (field.name.as_str(), field.bytes.len()))
            .collect();
        assert_eq!(found, [("do", 5), ("file", table.len())]);
    }

    #[actix_web::test]
    async fn what_is_no_such_form_is_refused() {
        let other = sent("application/x-www-form-urlencoded", "a=b").unwrap_err();
        assert_eq!(other.status, 415);
        for (content_type, body) in [
            ("multipart/form-data", "--b\r\n\r\n"),
            ("multipart/form-data; boundary=b", "a=b"),
            (
                "multipart/form-data; boundary=b",
                "--b\r\nContent-Disposition: form-data; name=\"do\"\r\n\r\nche",
            ),
        ] {
            let form = sent(content_type, body).unwrap();
            let refused = form.fields().await;
            assert!(refused.is_err(), "{content_type} {body:?}: {refused:?}");
        }
    }
}
