//! Warnings about settings that are allowed but unsafe.

use super::{Config, RequireTls};

impl Config {
    /// Returns warnings for the administrator, one sentence each. They do not stop the service from
    /// starting.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let http = &self.http;
        let exposed = http.listen.iter().find_map(super::Listen::exposed);
        let mut warnings = Vec::new();
        if self.login.bcrypt_cost < 10 {
            warnings.push(format!(
                "login.bcrypt_cost is {}: under 10, stolen password hashes are cheap to break",
                self.login.bcrypt_cost
            ));
        }
        if let Some(everyone) = http
            .trusted_proxies
            .iter()
            .find(|network| network.prefix_len() == 0)
        {
            warnings.push(format!(
                "http.trusted_proxies holds {everyone}: every client can claim any address, and TLS"
            ));
        }
        if let (Some(address), None) = (exposed, &http.tls) {
            if http.require_tls == RequireTls::Never {
                warnings.push(format!(
                    "http.require_tls is false: credentials sent to {address} may cross the network in the clear"
                ));
            } else if http.trusted_proxies.is_empty() {
                warnings.push(format!(
                    "http.listen holds {address}, but there is neither http.tls_certificate_file nor \
                     http.trusted_proxies: every credential from another machine will be refused"
                ));
            }
        }
        if self.wechat.base_url.starts_with("http:") {
            warnings.push(format!(
                "wechat.base_url is {}: the secrets of apps and the codes of people are sent there in the clear",
                self.wechat.base_url
            ));
        }
        warnings.extend(self.exposed_files());
        warnings
    }
}
