//! The deployment's address, as networks and browsers reach it.

use http::{HeaderMap, header};

use crate::Context;

impl Context {
    /// The configured address, else the one that the request came to; empty when that is no host's name. No slash at its
    /// end.
    pub fn root(&self, headers: &HeaderMap) -> String {
        if self.config.api_root.is_empty() { from_request(headers) } else { self.config.api_root.clone() }
    }
}

fn from_request(headers: &HeaderMap) -> String {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let host = text(header::HOST).filter(|host| {
        !host.is_empty()
            && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'[' | b']'))
    });
    let plain = text(header::HeaderName::from_static("x-forwarded-proto")) == Some("http");
    host.map(|host| format!("{}://{host}", if plain { "http" } else { "https" })).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_request_tells_where_it_came_in() {
        for (host, proto, expected) in [
            (Some("um.example"), None, "https://um.example"),
            (Some("um.example"), Some("https"), "https://um.example"),
            (Some("127.0.0.1:9000"), Some("http"), "http://127.0.0.1:9000"),
            (Some("[::1]:9000"), Some("http"), "http://[::1]:9000"),
            (Some("evil.example/path"), None, ""),
            (Some(""), None, ""),
            (None, None, ""),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(host) = host {
                headers.insert("host", host.parse().unwrap());
            }
            if let Some(proto) = proto {
                headers.insert("x-forwarded-proto", proto.parse().unwrap());
            }
            assert_eq!(from_request(&headers), expected);
        }
    }
}
