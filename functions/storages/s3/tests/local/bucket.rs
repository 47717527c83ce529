//! Putting, linking, deleting.

use std::{sync::Arc, time::Duration};

use aws::{
    Context,
    storage::{StorageProvider, object_key},
};
use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rsa::{KeyPair, KeySize},
};
use axum::{
    extract::{Path, RawQuery, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use contract::{SendErrorKind, TenantId};
use s3::S3;
use serde_json::json;

use crate::{OWN, TENANTS, World, file, serve, settings};

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn a_file_is_put_linked_and_deleted() {
    let world = World::new(&[]).await;
    for (storage, bucket, prefix) in [
        (world.own(), OWN, ""),
        (world.tenants(json!({})), TENANTS, ""),
        (world.tenants(json!({"prefix": "um/files"})), TENANTS, "um/files/"),
    ] {
        let key = object_key(&TenantId::from("t"), world.context.now(), "請求書 6.pdf");
        storage.put(&key, &file("content", "application/pdf", "請求書 6.pdf")).await.unwrap();
        assert_eq!(world.files(bucket).await, [format!("{prefix}{key}")]);

        let url = storage.url(&key, HOUR).await.unwrap();
        let answer = reqwest::get(&url).await.unwrap();
        assert_eq!(answer.status(), 200, "{url}");
        assert_eq!(answer.headers()["content-type"], "application/pdf");
        let disposition = "attachment; filename*=UTF-8''%E8%AB%8B%E6%B1%82%E6%9B%B8%206.pdf";
        assert_eq!(answer.headers()["content-disposition"], disposition);
        assert_eq!(answer.text().await.unwrap(), "content");

        storage.delete(&key).await.unwrap();
        storage.delete(&key).await.unwrap();
        assert_eq!(reqwest::get(&url).await.unwrap().status(), 404);
        assert!(world.files(bucket).await.is_empty());
    }
}

#[tokio::test]
async fn a_link_is_for_one_file_and_for_a_time() {
    let world = World::new(&[]).await;
    let storage = world.own();
    storage.put("t/a.txt", &file("a", "text/plain", "a.txt")).await.unwrap();
    storage.put("t/b.txt", &file("b", "text/plain", "b.txt")).await.unwrap();
    let url = storage.url("t/a.txt", HOUR).await.unwrap();
    assert!(url.contains("X-Amz-Expires=3600&"));
    assert!(url.contains("X-Amz-SignedHeaders=host&"), "a reader sends no other header: {url}");
    assert_eq!(reqwest::get(url.replace("a.txt", "b.txt")).await.unwrap().status(), 403);
    assert_eq!(reqwest::get(url.split('?').next().unwrap()).await.unwrap().status(), 403);
    for (lives, expires) in [(Duration::ZERO, 1), (90 * 24 * HOUR, 604_800)] {
        assert!(storage.url("t/a.txt", lives).await.unwrap().contains(&format!("X-Amz-Expires={expires}&")));
    }
}

#[tokio::test]
async fn a_file_is_never_put_over_another() {
    let world = World::new(&[]).await;
    let storage = world.own();
    storage.put("t/a.txt", &file("first", "text/plain", "a.txt")).await.unwrap();
    // The same file: an answer that was lost.
    storage.put("t/a.txt", &file("first", "text/plain", "a.txt")).await.unwrap();
    let error = storage.put("t/a.txt", &file("another", "text/plain", "a.txt")).await.unwrap_err();
    assert_eq!(error.kind, SendErrorKind::InvalidMessage, "{error:?}");
    let url = storage.url("t/a.txt", HOUR).await.unwrap();
    assert_eq!(reqwest::get(&url).await.unwrap().text().await.unwrap(), "first");
}

#[tokio::test]
async fn a_big_file_arrives_whole() {
    let world = World::new(&[]).await;
    let storage = world.own();
    let mut big = file("", "video/mp4", "a.mp4");
    big.bytes = (0..5_000_000u32).map(|i| (i % 251) as u8).collect::<Vec<u8>>().into();
    storage.put("t/a.mp4", &big).await.unwrap();
    let answer = reqwest::get(storage.url("t/a.mp4", HOUR).await.unwrap()).await.unwrap();
    assert!(answer.headers()["content-disposition"].to_str().unwrap().starts_with("inline"));
    assert_eq!(answer.bytes().await.unwrap(), big.bytes);
}

#[tokio::test]
async fn a_self_test_leaves_nothing() {
    let world = World::new(&[]).await;
    for (storage, bucket) in [(world.own(), OWN), (world.tenants(json!({"prefix": "um"})), TENANTS)] {
        let result = storage.self_test().await.unwrap();
        assert!(result.found.contains(bucket), "{}", result.found);
        assert_eq!(result.warnings.len(), 1);
        assert!(world.files(bucket).await.is_empty());
    }
}

#[tokio::test]
async fn wrong_settings_are_told() {
    let world = World::new(&[]).await;
    for (label, change, kind) in [
        ("secret", json!({"secretAccessKey": "wrong"}), SendErrorKind::Unauthorized),
        ("key id", json!({"accessKeyId": "AKIAWRONG"}), SendErrorKind::Unauthorized),
        ("bucket", json!({"bucket": "no-such-bucket"}), SendErrorKind::Forbidden),
    ] {
        let storage = world.tenants(change);
        let error = storage.put("t/a.txt", &file("a", "text/plain", "a.txt")).await.unwrap_err();
        assert_eq!(error.kind, kind, "{label}: {error:?}");
        assert!(!error.retryable());
        let error = storage.self_test().await.unwrap_err();
        assert_eq!(error.kind, kind, "{label}: {error:?}");
        assert!(error.sentence.starts_with("A test file could not be stored"), "{label}: {error:?}");
        assert!(!format!("{error:?}").contains("wrong"), "{label}: {error:?}");
    }
    let opened = S3.open(&world.context, &settings(json!({"region": "x"})));
    assert_eq!(opened.err().unwrap().kind, SendErrorKind::TenantGone);
}

#[tokio::test]
async fn a_storage_that_cannot_be_reached_is_tried_again() {
    let world = World::new(&[("UM_ENDPOINT_S3", "http://127.0.0.1:9")]).await;
    let storage = world.tenants(json!({}));
    let error = storage.put("t/a.txt", &file("a", "text/plain", "a.txt")).await.unwrap_err();
    assert_eq!(error.kind, SendErrorKind::Connection, "{error:?}");
    assert!(error.retryable());
}

/// CloudFront in front of the tenants' bucket: it asks for a signature or not.
async fn cloudfront(signed: bool) -> (World, String) {
    let world = World::new(&[]).await;
    let router = axum::Router::new().route("/{*key}", get(distribute)).with_state((world.context.clone(), signed));
    (world, serve(router).await)
}

async fn distribute(
    State((context, signed)): State<(Arc<Context>, bool)>,
    Path(key): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let query = query.unwrap_or_default();
    if signed && !query.contains("&Key-Pair-Id=K2JCJMDEHXQW5F&Hash-Algorithm=SHA256") {
        return (StatusCode::FORBIDDEN, "MissingKey").into_response();
    }
    match context.s3.get_object().bucket(TENANTS).key(key).send().await {
        Ok(object) => object.body.collect().await.unwrap().into_bytes().into_response(),
        Err(_) => StatusCode::FORBIDDEN.into_response(),
    }
}

fn private_key() -> String {
    let der: Pkcs8V1Der = KeyPair::generate(KeySize::Rsa2048).unwrap().as_der().unwrap();
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(der.as_ref()))
}

#[tokio::test]
async fn links_go_through_cloudfront() {
    let domain = json!({"cloudFrontDomain": "d111.cloudfront.net"});
    let mut key = domain.clone();
    key["cloudFrontKeyPairId"] = json!("K2JCJMDEHXQW5F");
    key["cloudFrontPrivateKey"] = json!(private_key());
    for (label, settings, asks, warnings) in [
        ("signed", &key, true, Some(0)),
        ("open", &domain, false, Some(1)),
        ("no key, but asked for", &domain, true, None),
    ] {
        let (backing, endpoint) = cloudfront(asks).await;
        // The storage's functions see S3 where it is, and CloudFront where its stand-in is.
        let s3 = backing.context.aws.endpoint_url().unwrap().to_owned();
        let world = World::new(&[("UM_ENDPOINT_CLOUDFRONT", &endpoint), ("UM_ENDPOINT_S3", &s3)]).await;
        let storage = world.tenants(settings.clone());
        let url = storage.url("t/請求書.pdf", HOUR).await.unwrap();
        assert!(url.starts_with("https://d111.cloudfront.net/t/%E8%AB%8B%E6%B1%82%E6%9B%B8.pdf"), "{label}: {url}");
        assert_eq!(url.contains("&Signature="), label == "signed", "{label}: {url}");
        match (storage.self_test().await, warnings) {
            (Ok(result), Some(expected)) => assert_eq!(result.warnings.len(), expected, "{label}: {result:?}"),
            (Err(error), None) => assert!(error.sentence.contains("d111.cloudfront.net"), "{label}: {error:?}"),
            (other, _) => panic!("{label}: {other:?}"),
        }
        assert!(backing.files(TENANTS).await.is_empty(), "{label}");
    }
}
