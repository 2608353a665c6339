//! `[wechat]`: the requests to WeChat that say which person a code stands for.

use std::time::Duration;

use ureq::http::Uri;

use super::{parse, reader::Reader, value::Value};

/// The longest base of a URL (bytes).
const LONGEST: usize = 255;

/// The requests to WeChat that say which person a code stands for.
#[derive(Clone, Debug)]
pub struct Wechat {
    /// What the URLs of WeChat's API begin with, without a final slash.
    pub base_url: String,
    /// How long WeChat may take to answer.
    pub timeout: Duration,
}

impl Wechat {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let bounds = Duration::from_millis(100)..=Duration::from_secs(30);
        Self {
            base_url: reader.setting(
                "wechat.base_url",
                "https://api.weixin.qq.com".to_owned(),
                base_url,
            ),
            timeout: reader.setting(
                "wechat.timeout",
                Duration::from_secs(5),
                parse::duration(bounds),
            ),
        }
    }
}

fn base_url(value: &Value) -> Result<String, String> {
    let text = value.text().map(|text| text.trim_end_matches('/'));
    let text = text.filter(|text| is_base_url(text));
    text.map(str::to_owned).ok_or_else(|| {
        format!(
            "is {}; it takes a URL like https://api.weixin.qq.com, of at most {LONGEST} bytes, without user name, query or \
             fragment; https, or http for a proxy in your own network",
            value.shown()
        )
    })
}

fn is_base_url(text: &str) -> bool {
    let plain = text.bytes().all(|byte| byte.is_ascii_graphic()) && text.len() <= LONGEST;
    if !plain || text.contains(['?', '#', '@', '\\', '"', '<', '>']) {
        return false;
    }
    let Ok(uri) = text.parse::<Uri>() else {
        return false;
    };
    let scheme_fits = matches!(uri.scheme_str(), Some("https" | "http"));
    scheme_fits && uri.host().is_some_and(|host| !host.is_empty())
}

#[cfg(test)]
mod tests {
    use super::is_base_url;

    #[test]
    fn which_urls_can_be_the_base() {
        for good in [
            "https://api.weixin.qq.com",
            "http://10.0.0.5:8080",
            "http://[::1]:80/wechat",
        ] {
            assert!(is_base_url(good), "{good}");
        }
        for bad in [
            "",
            "api.weixin.qq.com",
            "ftp://a.example",
            "https://user:password@a.example",
            "https://a.example?x=1",
            "https://a.example#x",
            "https://",
            "/sns",
        ] {
            assert!(!is_base_url(bad), "{bad}");
        }
    }
}
