use super::*;
use crate::config::LogRequests;
use crate::metrics::Metrics;
use proptest::prelude::*;
use std::sync::Arc;
use tokio::io::AsyncWriteExt;

const DATE: &str = "Thu, 26 Nov 2026 19:15:00 GMT";

fn bare(status: &str, connection: &str) -> String {
    format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n{connection}date: {DATE}\r\n\r\n")
}

/// A connection that accepts at most so many bytes at a time, and none every other time.
#[derive(Default)]
struct Slow {
    most: usize,
    taken: Vec<u8>,
    rest: bool,
}

impl AsyncWrite for Slow {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.rest = !self.rest;
        if self.rest {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let count = bytes.len().min(self.most);
        self.taken.extend_from_slice(&bytes[..count]);
        Poll::Ready(Ok(count))
    }
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// Returns what arrives at the other end of a connection that accepts so many bytes at a time.
fn arrives(bytes: &[u8], most: usize) -> String {
    let observer = Observer {
        metrics: Arc::new(Metrics::new()),
        log: LogRequests::None,
        drain: Arc::default(),
    };
    let slow = Slow {
        most,
        ..Slow::default()
    };
    let mut whole = CompleteResponses::new(slow, observer);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        whole.write_all(bytes).await.unwrap();
        whole.flush().await.unwrap();
    });
    String::from_utf8(whole.io.taken).unwrap()
}

#[test]
fn what_the_server_refuses_by_itself_is_made_whole() {
    for (status, code) in [
        ("400 Bad Request", "invalid_request"),
        ("408 Request Timeout", "invalid_request"),
        ("431 Request Header Fields Too Large", "invalid_request"),
        ("500 Internal Server Error", "server_error"),
    ] {
        for connection in ["connection: close\r\n", ""] {
            let answer = arrives(bare(status, connection).as_bytes(), 1_000);
            let (head, body) = answer.split_once("\r\n\r\n").unwrap();
            assert!(
                head.starts_with(&format!("HTTP/1.1 {status}\r\n")),
                "{head}"
            );
            assert!(head.contains("\r\nx-request-id: "), "{head}");
            assert!(head.contains("\r\nconnection: close\r\n"), "{head}");
            assert!(head.ends_with(DATE), "{head}");
            assert!(head.contains(&format!("content-length: {}\r\n", body.len())));
            let body: serde_json::Value = serde_json::from_str(body).unwrap();
            assert_eq!(body["error"], code);
        }
    }
}

#[test]
fn everything_else_passes_as_it_is() {
    let with_id = bare("400 Bad Request", "x-request-id: a\r\n");
    let found = bare("200 OK", "connection: close\r\n");
    let body = "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n{}\n";
    for other in [
        &with_id,
        &found,
        body,
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 204 No Content\r\nx-request-id: a\r\n\r\n",
        "\r\n\r\n",
        "",
    ] {
        assert_eq!(arrives(other.as_bytes(), 7), *other);
    }
}

proptest! {
    #[test]
    fn however_it_is_written_the_answers_before_it_come_first(
        before in prop::collection::vec("[a-z{}\r\n ]{0,300}", 0..3),
        most in 1usize..400,
    ) {
        let before: Vec<_> = before
            .iter()
            .map(|body| format!("HTTP/1.1 200 OK\r\nx-request-id: a\r\ncontent-length: {}\r\n\r\n{body}", body.len()))
            .collect();
        let before = before.concat();
        let answer = arrives((before.clone() + &bare("400 Bad Request", "")).as_bytes(), most);
        prop_assert!(answer.starts_with(&before));
        let last = &answer[before.len()..];
        prop_assert!(last.starts_with("HTTP/1.1 400 Bad Request\r\n"));
        prop_assert_eq!(last.chars().last(), Some('}'));
        prop_assert_eq!(last.matches("x-request-id").count(), 1);
    }

    #[test]
    fn any_bytes_pass_without_a_panic(bytes in any::<Vec<u8>>()) {
        let _ = Bare::at_the_end_of(&bytes);
        let _ = Bare::at_the_end_of(&[&bytes, b"HTTP/1.1 400\r\n\r\n".as_slice()].concat());
    }
}
