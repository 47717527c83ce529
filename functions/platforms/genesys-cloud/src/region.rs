//! The regions of Genesys Cloud: each is a domain under which its API, its login and its user interface stand.

use std::{borrow::Cow, fmt};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// The regions: AWS region, domain.
/// Source: <https://developer.genesys.cloud/platform/api/#regions>.
pub const REGIONS: [(&str, &str); 17] = [
    ("us-east-1", "mypurecloud.com"),
    ("us-east-2", "use2.us-gov-pure.cloud"),
    ("us-west-2", "usw2.pure.cloud"),
    ("ca-central-1", "cac1.pure.cloud"),
    ("sa-east-1", "sae1.pure.cloud"),
    ("mx-central-1", "mxc1.pure.cloud"),
    ("eu-west-1", "mypurecloud.ie"),
    ("eu-west-2", "euw2.pure.cloud"),
    ("eu-central-1", "mypurecloud.de"),
    ("eu-central-2", "euc2.pure.cloud"),
    ("me-central-1", "mec1.pure.cloud"),
    ("ap-northeast-1", "mypurecloud.jp"),
    ("ap-northeast-2", "apne2.pure.cloud"),
    ("ap-northeast-3", "apne3.pure.cloud"),
    ("ap-south-1", "aps1.pure.cloud"),
    ("ap-southeast-1", "apse1.pure.cloud"),
    ("ap-southeast-2", "mypurecloud.com.au"),
];

/// A region, by its domain. Only domains of Genesys's own are taken, since the client secret is sent there.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Region(String);

/// A text that names no region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownRegion;

impl fmt::Display for UnknownRegion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "is not a region of Genesys Cloud: it is the domain you log in at, such as mypurecloud.jp or \
             usw2.pure.cloud",
        )
    }
}

impl std::error::Error for UnknownRegion {}

impl Region {
    /// Its domain: `mypurecloud.jp`.
    pub fn domain(&self) -> &str {
        &self.0
    }

    /// A URL of its API; `path` begins with a slash.
    pub fn api(&self, path: &str) -> String {
        format!("https://api.{}{path}", self.0)
    }

    /// Where access tokens are given out.
    pub fn token_url(&self) -> String {
        format!("https://login.{}/oauth/token", self.0)
    }
}

impl TryFrom<String> for Region {
    type Error = UnknownRegion;

    fn try_from(text: String) -> Result<Self, UnknownRegion> {
        let domain = text.trim().to_ascii_lowercase();
        if REGIONS.iter().any(|(_, known)| *known == domain) || follows_the_pattern(&domain) {
            Ok(Self(domain))
        } else {
            Err(UnknownRegion)
        }
    }
}

/// Regions that opened after this table was written: `<name>.pure.cloud`, `mypurecloud.<country>`.
fn follows_the_pattern(domain: &str) -> bool {
    if let Some(name) = domain.strip_suffix(".pure.cloud").or_else(|| domain.strip_suffix(".us-gov-pure.cloud")) {
        return (1..=20).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric());
    }
    let country = |label: &str| (2..=3).contains(&label.len()) && label.bytes().all(|b| b.is_ascii_lowercase());
    domain.strip_prefix("mypurecloud.").is_some_and(|end| end.split('.').count() <= 2 && end.split('.').all(country))
}

impl From<Region> for String {
    fn from(region: Region) -> Self {
        region.0
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Region({})", self.0)
    }
}

impl JsonSchema for Region {
    fn schema_name() -> Cow<'static, str> {
        "Region".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "minLength": 1,
            "maxLength": 64,
            "examples": REGIONS.map(|(_, domain)| domain),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions() {
        for (text, domain) in [
            ("mypurecloud.jp", Some("mypurecloud.jp")),
            (" MyPureCloud.COM ", Some("mypurecloud.com")),
            ("mypurecloud.com.au", Some("mypurecloud.com.au")),
            ("use2.us-gov-pure.cloud", Some("use2.us-gov-pure.cloud")),
            ("apne9.pure.cloud", Some("apne9.pure.cloud")),
            ("mypurecloud.fr", Some("mypurecloud.fr")),
            ("", None),
            ("pure.cloud", None),
            ("evil.example", None),
            ("evil.example/.pure.cloud", None),
            ("a.b.pure.cloud", None),
            ("mypurecloud.jp.evil.example", None),
            ("mypurecloud.jp/", None),
            ("https://api.mypurecloud.jp", None),
            ("ap-northeast-1", None),
            ("evilpure.cloud", None),
        ] {
            let region = Region::try_from(text.to_owned()).ok();
            assert_eq!(region.as_ref().map(Region::domain), domain, "{text:?}");
        }
    }
}
