//! Tenants are strangers to each other, and come and go.

use http::Method;
use serde_json::json;
use tests::{
    Behaviour, INBOUND, INBOUND_DEAD_LETTERS, OUTBOUND_DEAD_LETTERS, Platform, genesys, line, tenant_document, until,
    until_async,
};

/// The same LINE account and guest, the same Genesys organization: only the webhook's address differs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_tenants_with_the_same_account_do_not_meet() {
    let platform = Platform::start().await;
    let (mut one, mut two) = (tenant_document("one"), tenant_document("two"));
    two["messaging"] = one["messaging"].clone();
    one["cxPlatform"]["settings"]["integrationId"] = "11111111-0000-4000-8000-000000000001".into();
    two["cxPlatform"]["settings"]["integrationId"] = "22222222-0000-4000-8000-000000000002".into();
    let (one, two) = (platform.create_tenant(&one).await, platform.create_tenant(&two).await);
    let ann = line::user("ann");
    let event = line::text(&ann, "For one.");
    platform.line(&one, std::slice::from_ref(&event)).await;
    // The very same event at the other is another event.
    platform.line(&two, &[event]).await;
    until("both messages", 10, || (platform.genesys.messages().len() == 2).then_some(())).await;
    let at = |integration: &str| {
        platform.genesys.messages().iter().filter(|message| message.path.contains(integration)).count()
    };
    assert_eq!((at(&one.integration), at(&two.integration)), (1, 1));
    platform.rest(10).await;

    // One's question is not the other's: the same tap is an answer here and a text there.
    let option = json!({ "contentType": "QuickReply", "quickReply": { "text": "Yes", "payload": "yes-of-one", "action": "Message" } });
    let question =
        genesys::message(&one.integration, &ann, json!({ "type": "Structured", "text": "Well?", "content": [option] }));
    platform.genesys(&one, &question).await;
    until("the question", 10, || platform.line.shown().pop()).await;
    platform.rest(10).await;
    platform.line(&one, &[line::postback(&ann, "yes-of-one")]).await;
    platform.line(&two, &[line::postback(&ann, "yes-of-one")]).await;
    let answer = until("the answer", 10, || platform.genesys.taken_at("/structured/response").pop()).await;
    assert!(answer.path.contains(&one.integration));
    until("the text", 10, || (at(&two.integration) == 2).then_some(())).await;
    assert_eq!(platform.genesys.taken_at("/structured/response").len(), 1);

    // Whose token signs decides, not whose integration a body names.
    let forged = genesys::text(&two.integration, &ann, "Not from two.").to_string().into_bytes();
    let signature = genesys::sign(&one.webhook_token, &forged);
    let headers =
        [(http::HeaderName::from_static("x-hub-signature-256"), signature.parse().unwrap())].into_iter().collect();
    let (status, _) = platform.post(&format!("/openmessaging/{}", two.id), headers, forged).await;
    assert_eq!(status.as_u16(), 401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_of_a_tenant_that_is_deleted_ends_with_it() {
    let platform = Platform::start().await;
    // The other has the same account at LINE, and the same guest.
    let mut document = tenant_document("other");
    document["messaging"] = tenant_document("gone")["messaging"].clone();
    document["cxPlatform"]["settings"]["integrationId"] = "22222222-0000-4000-8000-000000000002".into();
    let (gone, other) = (platform.tenant("gone").await, platform.create_tenant(&document).await);
    let ann = line::user("ann");
    platform.genesys.script(|request| match request.path.ends_with("/inbound/open/message") {
        true => Behaviour::Answer(503, Some(2), json!({ "message": "down", "status": 503 })),
        false => Behaviour::Take,
    });
    platform.line.script(|request| match request.path.contains("/bot/message/") {
        true => Behaviour::Answer(429, Some(2), json!({ "message": "Too many requests" })),
        false => Behaviour::Take,
    });
    let event = line::text(&ann, "In flight.");
    platform.line(&gone, std::slice::from_ref(&event)).await;
    let ben = line::user("ben");
    let answer = platform.genesys(&gone, &genesys::text(&gone.integration, &ben, "In flight, too.")).await;
    until("first attempts", 10, || {
        let tried = !platform.genesys.received_at("/inbound/open/message").is_empty();
        (tried && platform.line.received().iter().any(|r| r.path.contains("/bot/message/"))).then_some(())
    })
    .await;

    let (status, _) = platform.call(Method::DELETE, &format!("/api/v1/tenants/{}", gone.id), None).await;
    assert!(status.is_success(), "{status}");
    platform.genesys.heal();
    platform.line.heal();

    for (event, dead_letters) in
        [(event["webhookEventId"].as_str().unwrap(), INBOUND_DEAD_LETTERS), (&answer, OUTBOUND_DEAD_LETTERS)]
    {
        let delivery = until_async("its end", 20, || async {
            platform.delivery_of(event).await.filter(|delivery| delivery.state == "failed")
        })
        .await;
        assert_eq!(delivery.error["kind"], "tenantGone");
        let letters = platform.messages_in(dead_letters);
        assert!(letters.iter().any(|letter| letter.body.contains(event)), "a dead letter");
    }
    // The API tells what became of them, and why.
    let (status, letters) = platform.call(Method::GET, "/api/v1/dead-letters", None).await;
    let letters = letters.as_array().unwrap_or_else(|| panic!("{status}: {letters}"));
    assert_eq!(letters.len(), 2);
    for letter in letters {
        assert_eq!(letter["tenantId"], gone.id.as_str());
        let path = format!("/api/v1/deliveries/{}", letter["deliveryId"].as_str().unwrap());
        let (_, delivery) = platform.call(Method::GET, &path, None).await;
        assert_eq!((&delivery["state"], &delivery["error"]["kind"]), (&json!("failed"), &json!("tenantGone")));
        assert!(delivery["error"]["sentence"].as_str().is_some_and(|why| !why.is_empty()), "{delivery}");
    }
    platform.rest(20).await;
    assert_eq!(platform.genesys.messages().len(), 0, "nothing goes to anybody");
    assert_eq!(platform.line.shown().len(), 0);
    let status = platform.try_line(&gone, &[line::text(&ann, "Anybody?")]).await.unwrap();
    assert_eq!(status.as_u16(), 404);

    platform.line(&other, &[line::text(&ann, "Hello?")]).await;
    until("the other tenant's", 10, || (platform.genesys.texts() == ["Hello?"]).then_some(())).await;
    assert!(platform.genesys.messages().iter().all(|message| message.path.contains(&other.integration)));
    let path = format!("/api/v1/conversations?tenantId={}", other.id);
    let (_, conversations) = platform.call(Method::GET, &path, None).await;
    assert_eq!(conversations.as_array().map(Vec::len), Some(1), "the one that wrote to it: {conversations}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_that_is_switched_off_takes_and_forgets() {
    let platform = Platform::start().await;
    let tenant = platform.tenant("acme").await;
    let path = format!("/api/v1/tenants/{}", tenant.id);
    let (status, shown) = platform.call(Method::PATCH, &path, Some(&json!({ "enabled": false }))).await;
    assert!(status.is_success(), "{shown}");
    let ann = line::user("ann");
    platform.line(&tenant, &[line::text(&ann, "Hello?")]).await;
    platform.genesys(&tenant, &genesys::text(&tenant.integration, &ann, "Hello!")).await;
    assert_eq!(platform.depth(INBOUND), 0);
    platform.rest(10).await;
    assert_eq!((platform.genesys.messages().len(), platform.line.shown().len()), (0, 0));
    assert_eq!(platform.deliveries().await, []);

    let (status, _) = platform.call(Method::PATCH, &path, Some(&json!({ "enabled": true }))).await;
    assert!(status.is_success());
    // What a webhook's function believes of a tenant may be a second old.
    until_async("a message again", 10, || async {
        platform.line(&tenant, &[line::text(&ann, "Hello again?")]).await;
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        platform.genesys.messages().pop()
    })
    .await;
}
