//! Files both ways: each side gets an address that works, and after the end there is nothing left.

use std::time::Duration;

use http::{StatusCode, header};
use image::GenericImageView;
use serde_json::{Value, json};
use tests::{Platform, Tenant, files, genesys, line, until};

const MEGABYTE: usize = 1 << 20;

async fn chat(platform: &Platform) -> (Tenant, String) {
    let tenant = platform.tenant("acme").await;
    let ann = line::user("ann");
    platform.line(&tenant, &[line::text(&ann, "Hello?")]).await;
    until("a message at Genesys", 10, || platform.genesys.messages().pop()).await;
    platform.rest(10).await;
    (tenant, ann)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guests_picture_reaches_genesys_and_vanishes_after_the_end() {
    let platform = Platform::with(&[("UM_PURGE_DELAY_SECONDS", "0")]).await;
    let (tenant, ann) = chat(&platform).await;
    let picture = files::jpeg(4 * MEGABYTE);
    let id = line::digits();
    platform.line.keep_file(&id, "image/jpeg", picture.clone());

    platform.line(&tenant, &[line::image(&ann, &id)]).await;
    until("a picture at Genesys", 20, || (platform.genesys.messages().len() == 2).then_some(())).await;
    let message = platform.genesys.messages().pop().unwrap().json();
    let [element] = &message["content"].as_array().unwrap()[..] else { panic!("one element: {message}") };
    assert_eq!(element["contentType"], "Attachment");
    let attachment = &element["attachment"];
    assert_eq!((&attachment["mediaType"], &attachment["mime"]), (&json!("Image"), &json!("image/jpeg")));
    let url = attachment["url"].as_str().unwrap();
    let (status, headers, bytes) = platform.get(url).await;
    assert_eq!((status, &headers[header::CONTENT_TYPE]), (StatusCode::OK, &"image/jpeg".parse().unwrap()));
    assert!(bytes == picture, "the same bytes");
    let (status, _, _) = platform.get(url.split('?').next().unwrap()).await;
    assert!(status.is_client_error(), "nobody gets in without a signature: {status}");

    // The agent hangs up. Nobody tells; it is found out by asking.
    platform.rest(10).await;
    platform.genesys.end(&ann);
    make_due(&platform).await;
    let did = platform.invoke("genesys-cloud-watch", &json!({})).await;
    assert_eq!(did["did"]["closed"], 1, "{did}");
    purged(&platform, &[url]).await;

    // The next message opens a new conversation.
    platform.line(&tenant, &[line::text(&ann, "I am back.")]).await;
    until("a message after the end", 10, || platform.genesys.texts().contains(&"I am back.".to_owned()).then_some(()))
        .await;
}

/// Lets the time pass after which open conversations are asked about.
async fn make_due(platform: &Platform) {
    for item in platform.items("um-dev-conversations").await {
        if item["sk"]["S"] == "CONVERSATION" {
            let request = json!({
                "TableName": "um-dev-conversations",
                "Key": { "pk": item["pk"], "sk": item["sk"] },
                "UpdateExpression": "SET dueAt = :past",
                "ExpressionAttributeValues": { ":past": { "S": "2020-01-01T00:00:00.000Z" } },
            });
            platform.local.aws().call_dynamodb("UpdateItem", request).await.unwrap();
        }
    }
}

async fn purged(platform: &Platform, urls: &[&str]) {
    let begun = std::time::Instant::now();
    loop {
        platform.invoke("attachments-purge", &json!({})).await;
        if platform.attachments().await.is_empty() {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(10), "still there: {:?}", platform.attachments().await);
    }
    for url in urls {
        let (status, _, _) = platform.get(url).await;
        assert!(matches!(status.as_u16(), 403 | 404), "{url}: {status}");
    }
    let left = platform.items("um-dev-conversations").await;
    assert!(!left.iter().any(|item| item["sk"]["S"].as_str().unwrap().starts_with("A#")), "the index forgets as well");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agents_files_reach_line_and_vanish_after_the_end() {
    let platform = Platform::with(&[("UM_PURGE_DELAY_SECONDS", "0")]).await;
    let (tenant, ann) = chat(&platform).await;
    let (big, small) = (files::jpeg(3 * MEGABYTE), files::jpeg(900_000));
    let sounds = (files::mp3(100), files::m4a(2_345));
    let mut shown = 0;
    let mut urls: Vec<String> = Vec::new();
    let send = async |kind: &str, mime: &str, name: &str, bytes: &[u8]| {
        let url = platform.genesys.keep_file(mime, bytes.to_vec());
        let message = genesys::attachment(&tenant.integration, &ann, kind, &url, mime, name);
        platform.genesys(&tenant, &message).await
    };
    let mut next = async || -> Value {
        shown += 1;
        until("another message at LINE", 20, || platform.line.shown_messages().get(shown - 1).cloned()).await
    };

    send("Image", "image/jpeg", "big.jpg", &big).await;
    let message = next().await;
    assert_eq!(message["type"], "image");
    let (original, preview) = (text(&message, "originalContentUrl"), text(&message, "previewImageUrl"));
    let (status, headers, bytes) = platform.get(&original).await;
    assert_eq!((status, &headers[header::CONTENT_TYPE]), (StatusCode::OK, &"image/jpeg".parse().unwrap()));
    assert!(bytes == big, "the same bytes");
    let (status, headers, bytes) = platform.get(&preview).await;
    assert_eq!((status, &headers[header::CONTENT_TYPE]), (StatusCode::OK, &"image/jpeg".parse().unwrap()));
    assert!(bytes.len() <= MEGABYTE, "{} bytes", bytes.len());
    let dimensions = image::load_from_memory(&bytes).unwrap().dimensions();
    assert!(dimensions.0 > 100 && dimensions.1 > 75, "{dimensions:?}");
    urls.extend([original, preview]);

    send("Image", "image/jpeg", "small.jpg", &small).await;
    let message = next().await;
    assert_eq!(message["type"], "image");
    assert_eq!(message["originalContentUrl"], message["previewImageUrl"], "small enough to be its own preview");
    urls.push(text(&message, "originalContentUrl"));

    send("File", "application/pdf", "Menu 1.pdf", &files::pdf()).await;
    let message = next().await;
    assert_eq!(message["type"], "text", "LINE has no message for files");
    let words = text(&message, "text");
    assert!(words.contains("Menu 1.pdf"), "{words}");
    let url = words.split_whitespace().find(|word| word.starts_with("http")).unwrap().to_owned();
    let (status, headers, bytes) = platform.get(&url).await;
    assert_eq!((status, &headers[header::CONTENT_TYPE]), (StatusCode::OK, &"application/pdf".parse().unwrap()));
    assert!(bytes == files::pdf());
    urls.push(url);

    for (mime, name, bytes, expected) in
        [("audio/mpeg", "a.mp3", &sounds.0, 2_612u64), ("audio/mp4", "b.m4a", &sounds.1, 2_345)]
    {
        send("Audio", mime, name, bytes).await;
        let message = next().await;
        assert_eq!(message["type"], "audio", "{name}");
        assert!(message["duration"].as_u64().unwrap().abs_diff(expected) <= 60, "{name}: {}", message["duration"]);
        let (status, _, found) = platform.get(&text(&message, "originalContentUrl")).await;
        assert!(status == StatusCode::OK && found == **bytes, "{name}");
        urls.push(text(&message, "originalContentUrl"));
    }

    // Should Genesys Cloud come to tell that a conversation is over, it is believed.
    platform.rest(10).await;
    let presence = json!([{ "eventType": "Presence", "presence": { "type": "Disconnect" } }]);
    platform
        .genesys(&tenant, &genesys::message(&tenant.integration, &ann, json!({ "type": "Event", "events": presence })))
        .await;
    platform.rest(10).await;
    purged(&platform, &urls.iter().map(String::as_str).collect::<Vec<_>>()).await;
}

fn text(message: &Value, name: &str) -> String {
    message[name].as_str().unwrap_or_default().to_owned()
}

/// A file that LINE does not have any more is told in words, and holds nothing up.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_gone_is_told_in_words() {
    let platform = Platform::start().await;
    let (tenant, ann) = chat(&platform).await;
    platform.line(&tenant, &[line::image(&ann, "404404"), line::text(&ann, "Did you get it?")]).await;
    until("both", 10, || (platform.genesys.texts().len() == 3).then_some(())).await;
    let texts = platform.genesys.texts();
    assert!(texts[1].contains("file") && texts[1].contains("image"), "{}", texts[1]);
    assert_eq!(texts[2], "Did you get it?");

    let url = "https://api-downloads.mypurecloud.jp/api/v2/downloads/gone";
    let message = genesys::attachment(&tenant.integration, &ann, "Image", url, "image/jpeg", "gone.jpg");
    let id = platform.genesys(&tenant, &message).await;
    let receipt = until("a receipt", 10, || platform.genesys.receipts_of(&id).pop()).await;
    assert_eq!(receipt["status"], "Failed");
    assert_eq!(platform.attachments().await, Vec::<String>::new());
}
