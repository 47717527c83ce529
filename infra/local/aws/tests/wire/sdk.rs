use std::time::Duration;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::DataKeySpec;
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_sqs::types::{
    MessageAttributeValue, MessageSystemAttributeName, QueueAttributeName, SendMessageBatchRequestEntry,
};
use serde_json::json;

use crate::serve;

#[tokio::test]
async fn sqs() {
    let (aws, config) = serve().await;
    let sqs = aws_sdk_sqs::Client::new(&config);
    let missing = sqs.get_queue_url().queue_name("q.fifo").send().await.unwrap_err().into_service_error();
    assert!(missing.is_queue_does_not_exist());
    assert_eq!(missing.meta().code(), Some("AWS.SimpleQueueService.NonExistentQueue"));

    let url = sqs.create_queue().queue_name("q.fifo").attributes(QueueAttributeName::FifoQueue, "true").send().await;
    let url = url.unwrap().queue_url.unwrap();
    assert!(url.starts_with(config.endpoint_url().unwrap()), "{url}");
    let attribute = MessageAttributeValue::builder().data_type("String").string_value("value").build().unwrap();
    let sent = sqs.send_message().queue_url(&url).message_body("hello あ").message_attributes("trace", attribute);
    let sent = sent.message_group_id("g").message_deduplication_id("1").send().await.unwrap();
    assert_eq!(sent.sequence_number.as_ref().unwrap().len(), 20);
    let received = sqs.receive_message().queue_url(&url).message_attribute_names("All");
    let received = received.message_system_attribute_names(MessageSystemAttributeName::All).send().await.unwrap();
    let message = &received.messages()[0];
    assert_eq!((message.body(), message.message_id()), (Some("hello あ"), sent.message_id()));
    assert_eq!(message.md5_of_message_attributes(), sent.md5_of_message_attributes());
    assert_eq!(message.message_attributes().unwrap()["trace"].string_value(), Some("value"));
    let system = message.attributes().unwrap();
    assert_eq!(system[&MessageSystemAttributeName::MessageGroupId], "g");
    assert_eq!(system[&MessageSystemAttributeName::ApproximateReceiveCount], "1");

    let entry = |id: &str, group: Option<&str>| {
        let entry = SendMessageBatchRequestEntry::builder().id(id).message_body(id).message_deduplication_id(id);
        entry.set_message_group_id(group.map(Into::into)).build().unwrap()
    };
    let batch = sqs.send_message_batch().queue_url(&url).entries(entry("a", Some("g"))).entries(entry("b", None));
    let batch = batch.send().await.unwrap();
    assert_eq!((batch.successful()[0].id(), batch.failed()[0].id()), ("a", "b"));
    assert_eq!(batch.failed()[0].code(), "MissingParameter");
    let twice = sqs.send_message_batch().queue_url(&url).entries(entry("c", Some("g"))).entries(entry("c", Some("g")));
    assert!(twice.send().await.unwrap_err().into_service_error().is_batch_entry_ids_not_distinct());

    sqs.delete_message().queue_url(&url).receipt_handle(message.receipt_handle().unwrap()).send().await.unwrap();
    let next = sqs.receive_message().queue_url(&url).wait_time_seconds(5).send().await.unwrap();
    assert_eq!(next.messages()[0].body(), Some("a"));
    assert_eq!(aws.sqs().depth("q.fifo").unwrap().in_flight, 1);
}

#[tokio::test]
async fn dynamodb() {
    let (aws, config) = serve().await;
    let table = json!({
        "TableName": "tab", "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{ "AttributeName": "pk", "KeyType": "HASH" }],
        "AttributeDefinitions": [{ "AttributeName": "pk", "AttributeType": "S" }],
    });
    for _ in 0..2 {
        aws.create_table(table.clone()).await.unwrap();
        aws.enable_ttl("tab", "ttl").await.unwrap();
    }
    let client = aws_sdk_dynamodb::Client::new(&config);
    let put = || {
        let put = client.put_item().table_name("tab").item("pk", AttributeValue::S("a".into()));
        let put = put.item("ttl", AttributeValue::N("1".into())).condition_expression("attribute_not_exists(pk)");
        put.return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld).send()
    };
    put().await.unwrap();
    let refused = put().await.unwrap_err().into_service_error();
    let aws_sdk_dynamodb::operation::put_item::PutItemError::ConditionalCheckFailedException(refused) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(refused.item.unwrap()["pk"], AttributeValue::S("a".into()));
    assert_eq!(aws.sweep_ttl().unwrap(), 1);
    put().await.unwrap();
    let missing = client.describe_table().table_name("other").send().await.unwrap_err().into_service_error();
    assert!(missing.is_resource_not_found_exception());
}

#[tokio::test]
async fn s3() {
    let (aws, config) = serve().await;
    for _ in 0..2 {
        aws.create_bucket("attachments").await.unwrap();
    }
    let config = aws_sdk_s3::config::Builder::from(&config).force_path_style(true).build();
    let s3 = aws_sdk_s3::Client::from_conf(config);
    let put = s3.put_object().bucket("attachments").key("t/c/1").body(ByteStream::from_static(b"hello"));
    let put = put.content_type("image/png").content_disposition("attachment; filename=\"a.png\"");
    put.metadata("tenant", "t").tagging("scan=clean").send().await.unwrap();
    let head = s3.head_object().bucket("attachments").key("t/c/1").send().await.unwrap();
    assert_eq!(head.content_type(), Some("image/png"));
    assert_eq!(head.content_disposition(), Some("attachment; filename=\"a.png\""));
    assert_eq!(head.metadata().unwrap()["tenant"], "t");
    let tags = s3.get_object_tagging().bucket("attachments").key("t/c/1").send().await.unwrap();
    assert_eq!(tags.tag_set()[0].value(), "clean");

    let presigning = PresigningConfig::expires_in(Duration::from_secs(60)).unwrap();
    let get = s3.get_object().bucket("attachments").key("t/c/1").response_content_disposition("inline");
    let url = get.presigned(presigning).await.unwrap().uri().to_owned();
    let answer = reqwest::get(&url).await.unwrap();
    assert_eq!((answer.status().as_u16(), &answer.headers()["content-disposition"]), (200, &"inline".parse().unwrap()));
    assert_eq!(answer.bytes().await.unwrap(), "hello");
    let (head, signature) = url.split_at(url.find("Signature=").unwrap() + 10);
    let flipped = if signature.starts_with('0') { "1" } else { "0" };
    let altered = format!("{head}{flipped}{}", &signature[1..]);
    for (label, url) in [
        ("altered signature", altered),
        ("another object", url.replace("/1?", "/2?")),
        ("no signature", url.split('?').next().unwrap().to_owned()),
    ] {
        assert_eq!(reqwest::get(url).await.unwrap().status().as_u16(), 403, "{label}");
    }

    let nowhere = s3.put_object().bucket("nowhere").key("x").body(ByteStream::from_static(b"x")).send().await;
    assert!(nowhere.is_err(), "a put does not create its bucket");
    let twice = || s3.put_object().bucket("attachments").key("once").if_none_match("*").send();
    assert!(twice().await.is_ok());
    assert!(twice().await.is_err());
    for key in ["t/c/1", "once"] {
        s3.delete_object().bucket("attachments").key(key).send().await.unwrap();
    }
    let gone = s3.get_object().bucket("attachments").key("t/c/1").send().await.unwrap_err().into_service_error();
    assert!(gone.is_no_such_key());
    s3.delete_bucket().bucket("attachments").send().await.expect("nothing is left of what was deleted");
}

#[tokio::test]
async fn kms() {
    let (aws, config) = serve().await;
    let key = aws.create_kms_key("alias/um").unwrap();
    assert_eq!(aws.create_kms_key("um").unwrap(), key);
    let kms = aws_sdk_kms::Client::new(&config);
    let sealed =
        kms.generate_data_key().key_id("alias/um").key_spec(DataKeySpec::Aes256).encryption_context("tenant", "1");
    let sealed = sealed.send().await.unwrap();
    let open = |tenant: &str| {
        let blob: Blob = sealed.ciphertext_blob.clone().unwrap();
        kms.decrypt().ciphertext_blob(blob).encryption_context("tenant", tenant).send()
    };
    assert_eq!(open("1").await.unwrap().plaintext, sealed.plaintext);
    assert!(open("2").await.unwrap_err().into_service_error().is_invalid_ciphertext_exception());
    assert!(
        kms.describe_key()
            .key_id("alias/other")
            .send()
            .await
            .unwrap_err()
            .into_service_error()
            .is_not_found_exception()
    );
}

#[tokio::test]
async fn claims() {
    let (aws, _) = serve().await;
    aws.create_bucket("bucket").await.unwrap();
    let signed = ("authorization", "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request");
    for (path, headers, claimed) in [
        ("/line/tenant", [].as_slice(), false),
        ("/", &[], false),
        ("/", &[("x-amz-target", "AmazonSQS.ListQueues")], true),
        ("/", &[signed], true),
        ("/api", &[("authorization", "Bearer x")], false),
        ("/other/key?X-Amz-Algorithm=AWS4-HMAC-SHA256", &[], true),
        ("/other/key?x=X-Amz-Algorithm", &[], false),
        ("/bucket", &[], true),
        ("/bucket/key", &[], true),
        ("/buckets/key", &[], false),
    ] {
        let mut request = http::Request::builder().uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        assert_eq!(aws.claims(&parts), claimed, "{path} {headers:?}");
    }
}
