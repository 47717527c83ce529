//! Addresses that strangers name: nothing inside is fetched.

use aws::{Config, client::HttpClient};
use bytes::Bytes;
use contract::SendErrorKind;
use tests::{Provider, provider};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn addresses_inside_are_not_fetched() {
    let inside = Provider::start(|_| provider::file("image/jpeg", Bytes::from_static(b"inside"))).await;
    let port = inside.origin().rsplit(':').next().unwrap().to_owned();
    let http = HttpClient::new(&Config::from_variables([]).unwrap());
    for url in [
        inside.origin().to_owned(),
        format!("https://127.0.0.1:{port}/a.jpg"),
        format!("http://localhost:{port}/a.jpg"),
        "https://127.0.0.1/a.jpg".to_owned(),
        "https://localhost/a.jpg".to_owned(),
        "https://localhost:8443/a.jpg".to_owned(),
        "https://[::1]/a.jpg".to_owned(),
        "https://[::ffff:127.0.0.1]/a.jpg".to_owned(),
        "https://0x7f000001/a.jpg".to_owned(),
        "https://10.0.0.1/a.jpg".to_owned(),
        "http://169.254.169.254/latest/meta-data/iam/security-credentials/".to_owned(),
        "https://169.254.169.254/latest/meta-data/".to_owned(),
        "http://127.0.0.1:9001/2018-06-01/runtime/invocation/next".to_owned(),
        "https://user:password@127.0.0.1/a.jpg".to_owned(),
        "file:///etc/passwd".to_owned(),
        "ftp://example.com/a.jpg".to_owned(),
        "not an address".to_owned(),
    ] {
        let refused = http.download("genesys-cloud", &url, Some("Bearer secret"), 1 << 20).await;
        let error = refused.expect_err(&url);
        assert_eq!(error.kind, SendErrorKind::MediaUnavailable, "{url}: {:?}", error.code);
        assert!(!error.retryable());
    }
    assert_eq!(inside.received().len(), 0);
}

/// What stands in for a provider is exempt, and it alone: another connector's address is not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_override_opens_one_connectors_way_only() {
    let inside = Provider::start(|_| provider::file("image/jpeg", Bytes::from_static(b"inside"))).await;
    let variables = [("UM_ENDPOINT_GENESYS_CLOUD".to_owned(), inside.origin().to_owned())];
    let http = HttpClient::new(&Config::from_variables(variables).unwrap());
    let url = "https://api-downloads.mypurecloud.jp/api/v2/downloads/1";
    let fetched = http.download("genesys-cloud", url, None, 1 << 20).await.unwrap();
    assert_eq!(&fetched.bytes[..], b"inside");
    let refused = http.download("line", &format!("{}/a", inside.origin()), None, 1 << 20).await;
    assert_eq!(refused.unwrap_err().kind, SendErrorKind::MediaUnavailable);
    let too_big = http.download("genesys-cloud", url, None, 3).await;
    assert_eq!(too_big.unwrap_err().kind, SendErrorKind::TooLarge);
}
