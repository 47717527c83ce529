//! Which addresses may be fetched when a stranger names the URL: public ones, over https, checked at the moment of the
//! connection, so that a name cannot resolve to one thing when it is checked and to another when it is used. Inside a
//! Lambda function, 127.0.0.1:9001 is the Runtime API and 169.254/16 the way to credentials.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// Why a URL is not fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Not https.
    Scheme,
    /// An address inside, or none at all.
    Address,
    /// A port that no web server of a provider uses.
    Port,
}

impl Refusal {
    /// For the delivery log.
    pub fn word(self) -> &'static str {
        match self {
            Self::Scheme => "https only",
            Self::Address => "address not public",
            Self::Port => "port not allowed",
        }
    }
}

/// Checks what can be seen of a URL before its name is resolved.
pub fn check_url(url: &Url) -> Result<(), Refusal> {
    if url.scheme() != "https" {
        return Err(Refusal::Scheme);
    }
    if !matches!(url.port_or_known_default(), Some(443 | 8443)) {
        return Err(Refusal::Port);
    }
    match url.host() {
        Some(Host::Domain(_)) => Ok(()),
        Some(Host::Ipv4(address)) if is_public(address.into()) => Ok(()),
        Some(Host::Ipv6(address)) if is_public(address.into()) => Ok(()),
        _ => Err(Refusal::Address),
    }
}

/// Replaces scheme, host and port; path and query stay.
pub fn replace_origin(url: &mut Url, endpoint: &Url) {
    // None of these fails from one http(s) URL to another.
    let _ = url.set_scheme(endpoint.scheme());
    let _ = url.set_host(endpoint.host_str());
    let _ = url.set_port(endpoint.port());
}

/// Whether an address belongs to the public internet.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_broadcast()
        || address.is_documentation()
        || address.is_multicast()
        || address.is_unspecified()
        || a == 0
        || (a == 100 && (64..128).contains(&b)) // carrier-grade NAT
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (b == 18 || b == 19)) // benchmarks
        || a >= 240)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(v4) = address.to_ipv4_mapped() {
        return is_public_v4(v4);
    }
    let segments = address.segments();
    match segments {
        // NAT64 and 6to4 carry an IPv4 address inside.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => {
            let [a, b] = high.to_be_bytes();
            let [c, d] = low.to_be_bytes();
            is_public_v4(Ipv4Addr::new(a, b, c, d))
        }
        [0x2001, 0xdb8, ..] | [0x2001, 0, ..] => false,
        // Global unicast; everything else is loopback, unique local, link-local, multicast or reserved.
        [first, ..] => (0x2000..0x4000).contains(&first),
    }
}

/// A name that leads nowhere but inside.
#[derive(Debug, thiserror::Error)]
#[error("the name has no public address")]
pub struct NotPublic;

/// Resolves names, and forgets every address that is not public.
pub struct PublicResolver;

impl Resolve for PublicResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err(NotPublic.into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn addresses_inside_are_refused() {
        for address in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "224.0.0.1",
            "198.18.0.1",
            "192.0.2.1",
            "::1",
            "::",
            "fd00::1",
            "fe80::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001:db8::1",
        ] {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
        for address in ["8.8.8.8", "203.104.138.138", "2606:4700::1111", "::ffff:8.8.8.8"] {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn urls_that_are_refused() {
        for (url, refusal) in [
            ("http://example.com/a", Refusal::Scheme),
            ("ftp://example.com/a", Refusal::Scheme),
            ("https://127.0.0.1/a", Refusal::Address),
            ("https://[::1]/a", Refusal::Address),
            ("https://0x7f.1/a", Refusal::Address),
            ("https://2130706433/a", Refusal::Address),
            ("https://example.com:9001/a", Refusal::Port),
        ] {
            assert_eq!(check_url(&Url::parse(url).unwrap()), Err(refusal), "{url}");
        }
        assert_eq!(check_url(&Url::parse("https://api-downloads.usw2.pure.cloud/x?y=1").unwrap()), Ok(()));
    }

    #[test]
    fn an_override_keeps_path_and_query() {
        let mut url = Url::parse("https://api.line.me:8443/v2/bot?x=%20").unwrap();
        replace_origin(&mut url, &Url::parse("http://127.0.0.1:9101").unwrap());
        assert_eq!(url.as_str(), "http://127.0.0.1:9101/v2/bot?x=%20");
    }
}
