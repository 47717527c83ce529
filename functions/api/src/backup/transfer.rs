//! How backups travel. API Gateway passes on what Lambda takes: 6 MB a request or answer, base64 and escapes included.
//! <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
//!
//! Compressed, a backup of some ten thousand tenants fits. What does not is refused in words, and nothing is cut.

use std::io::{Read, Write};

use axum::{
    body::Body,
    extract::{FromRequest, Request},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use http::{HeaderMap, HeaderValue, header};

use crate::problem::{Problem, ProblemKind};

/// Longest answer, in bytes: what is left of 6 MB when it is written as base64 or as a JSON text.
const ANSWER_MAX: usize = 4 << 20;
/// Longest backup once it is unpacked, in bytes: what a function's memory takes.
pub const INFLATED_MAX: usize = 64 << 20;

/// Sends a backup, compressed for those who say that they understand it.
pub fn answer(bytes: Vec<u8>, headers: &HeaderMap, name: &str) -> Result<Response, Problem> {
    let zipped = accepts_gzip(headers);
    let bytes = if zipped { gzip(&bytes) } else { bytes };
    if bytes.len() > ANSWER_MAX {
        let advice = if zipped { "" } else { " Ask for it compressed: Accept-Encoding: gzip." };
        let detail =
            format!("The backup has more than {} MiB, which is too much for one answer.{advice}", ANSWER_MAX >> 20);
        return Err(Problem::new(ProblemKind::TooLarge, detail));
    }
    let disposition = format!("attachment; filename=\"{name}\"");
    let mut answer = bytes.into_response();
    let fields = answer.headers_mut();
    fields.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    fields.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    fields.extend(HeaderValue::from_str(&disposition).ok().map(|value| (header::CONTENT_DISPOSITION, value)));
    if zipped {
        fields.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    Ok(answer)
}

fn accepts_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepted.split(',').any(|one| {
        let mut parts = one.split(';').map(str::trim);
        let refused = |weight: &str| weight.strip_prefix("q=").and_then(|q| q.parse::<f32>().ok()) == Some(0.0);
        parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip")) && !parts.any(refused)
    })
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    // Writing to memory does not fail.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

/// A backup as it was sent, unpacked.
pub struct BackupBody(pub Bytes);

impl<S: Send + Sync> FromRequest<S> for BackupBody {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let text =
            |name| parts.headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok()).unwrap_or_default();
        let essence = text(header::CONTENT_TYPE).split(';').next().unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case("application/json") {
            return Err(Problem::new(
                ProblemKind::UnsupportedMediaType,
                "The body must be a backup, and the header Content-Type must say so: application/json.",
            ));
        }
        let bytes = read(body).await?;
        match text(header::CONTENT_ENCODING).trim().to_ascii_lowercase().as_str() {
            "" | "identity" => Ok(Self(bytes)),
            "gzip" => gunzip(&bytes).map(|bytes| Self(bytes.into())),
            _ => Err(Problem::new(
                ProblemKind::UnsupportedMediaType,
                "Of all encodings of a body, only gzip is understood.",
            )),
        }
    }
}

async fn read(body: Body) -> Result<Bytes, Problem> {
    axum::body::to_bytes(body, INFLATED_MAX).await.map_err(|_| too_large())
}

fn gunzip(bytes: &[u8]) -> Result<Vec<u8>, Problem> {
    let (mut unpacked, limit) = (Vec::new(), u64::try_from(INFLATED_MAX).unwrap_or(u64::MAX));
    let cut = |error| {
        Problem::new(ProblemKind::Malformed, format!("The body cannot be unpacked: it was cut or changed ({error})."))
    };
    GzDecoder::new(bytes).take(limit + 1).read_to_end(&mut unpacked).map_err(cut)?;
    if unpacked.len() > INFLATED_MAX { Err(too_large()) } else { Ok(unpacked) }
}

fn too_large() -> Problem {
    Problem::new(ProblemKind::TooLarge, format!("A backup may have {} MiB at most.", INFLATED_MAX >> 20))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn who_understands_gzip_gets_it() {
        for (accepted, zipped) in [
            (None, false),
            (Some("gzip"), true),
            (Some("br, GZIP;q=0.5"), true),
            (Some("gzip;q=0"), false),
            (Some("deflate"), false),
        ] {
            let mut headers = HeaderMap::new();
            headers.extend(accepted.map(|value| (header::ACCEPT_ENCODING, value.parse().unwrap())));
            let answer = answer(b"{}".repeat(99), &headers, "a.json").unwrap();
            assert_eq!(answer.headers().contains_key("content-encoding"), zipped, "{accepted:?}");
        }
        let long = b"0123456789abcdef".repeat(ANSWER_MAX / 16 + 1);
        assert!(answer(long.clone(), &HeaderMap::new(), "").is_err());
        let headers = HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"))]);
        assert!(answer(long, &headers, "").is_ok());
    }

    #[test]
    fn what_is_packed_is_unpacked() {
        let packed = gzip(b"{\"a\":1}");
        assert_eq!(gunzip(&packed).unwrap(), b"{\"a\":1}");
        assert!(gunzip(&packed[..packed.len() - 3]).is_err());
        assert_eq!(gunzip(&gzip(&vec![0; INFLATED_MAX + 1])).unwrap_err().kind, ProblemKind::TooLarge);
    }
}
