//! The way from the queue to LINE's simulator, taken by the real deliver function.

use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};
use contract::Content;
use serde_json::{Map, Value, json};
use simulation::{Actor, Faults, Simulator};

use crate::world::{Call, World};

/// How IVRs log in at the tenants of [`World::ivr`].
pub const IVR: (&str, &str) = ("tenant_apiuser", "tenant_apipassword");

impl Call {
    /// With HTTP Basic.
    pub fn basic(self, user: &str, password: &str) -> Self {
        use base64::{Engine, prelude::BASE64_STANDARD};
        self.header("authorization", &format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{password}"))))
    }

    /// With the IVR's credentials.
    pub fn ivr(self) -> Self {
        self.basic(IVR.0, IVR.1)
    }
}

fn record(message: &Message) -> Value {
    let system = |name| message.attributes().and_then(|all| all.get(&name)).cloned().unwrap_or_default();
    let mut attributes = Map::new();
    for (name, value) in message.message_attributes().into_iter().flatten() {
        attributes.insert(name.clone(), json!({"dataType": "String", "stringValue": value.string_value()}));
    }
    json!({
        "messageId": message.message_id(), "receiptHandle": message.receipt_handle(), "body": message.body(),
        "attributes": {
            "MessageGroupId": system(MessageSystemAttributeName::MessageGroupId),
            "ApproximateReceiveCount": system(MessageSystemAttributeName::ApproximateReceiveCount),
        },
        "messageAttributes": attributes, "eventSource": "aws:sqs", "awsRegion": "us-east-1",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:outbound-line.fifo",
    })
}

impl World {
    /// A tenant with an API authentication; its id.
    pub async fn ivr(&self, name: &str) -> String {
        let mut tenant = self.tenant(name);
        tenant["apiAuthentication"] = json!({"type": "basic", "user": IVR.0, "password": IVR.1});
        self.create(&tenant).await["id"].as_str().unwrap().to_owned()
    }

    /// The ids of the deliveries that a request of an IVR leads to.
    pub async fn post(&self, body: &Value) -> Vec<String> {
        let answer = self.send(Call::post("/api/v1/messages", body).ivr()).await.expect(202).json();
        let deliveries = answer["deliveries"].as_array().unwrap().iter();
        deliveries.map(|delivery| delivery["id"].as_str().unwrap().to_owned()).collect()
    }

    async fn queued(&self, name: &str) -> Vec<Message> {
        let url = format!("{}{name}", self.context.config.queue_prefix);
        let receive = self.context.queues.sqs().receive_message().queue_url(url).max_number_of_messages(10);
        let all = receive.message_attribute_names("All").message_system_attribute_names("All".into());
        all.send().await.unwrap().messages.unwrap_or_default()
    }

    /// What waits for LINE, as tasks; leaves nothing.
    pub async fn outbox(&self) -> Vec<Value> {
        let mut tasks = Vec::new();
        loop {
            let messages = self.queued("outbound-line.fifo").await;
            if messages.is_empty() {
                return tasks;
            }
            for message in messages {
                tasks.push(serde_json::from_str(message.body().unwrap()).unwrap());
                self.drop_message(&message).await;
            }
        }
    }

    async fn drop_message(&self, message: &Message) {
        let url = self.context.queues.names().outbound("line").unwrap();
        let delete = self.context.queues.sqs().delete_message().queue_url(url);
        delete.receipt_handle(message.receipt_handle().unwrap()).send().await.unwrap();
    }

    /// Delivers what waits for LINE; how many messages were done with.
    pub async fn deliver(&self) -> usize {
        let mut done = 0;
        loop {
            let messages = self.queued("outbound-line.fifo").await;
            if messages.is_empty() {
                return done;
            }
            let event = json!({"Records": messages.iter().map(record).collect::<Vec<_>>()});
            let answer = registry::function("line-deliver").unwrap().invoke(&self.context, event).await.unwrap();
            let failures = answer["batchItemFailures"].as_array().unwrap();
            for message in &messages {
                if !failures.iter().any(|failure| failure["itemIdentifier"] == message.message_id().unwrap()) {
                    self.drop_message(message).await;
                    done += 1;
                }
            }
        }
    }

    /// LINE refuses everything for good, or not any more.
    pub fn line_refuses(&self, refuses: bool) {
        self.line.stage().set_faults(Faults { refuse: f64::from(u8::from(refuses)), ..Faults::default() });
    }

    /// What guests were shown.
    pub fn shown(&self) -> Vec<Content> {
        let past = self.line.stage().past().into_iter();
        past.filter(|scene| scene.actor == Actor::There).map(|scene| scene.content).collect()
    }

    /// How many messages wait for Genesys Cloud.
    pub async fn waiting_inbound(&self) -> usize {
        self.queued("inbound-genesys-cloud.fifo").await.len()
    }

    pub async fn delivery(&self, id: &str) -> Value {
        self.call(Call::get(&format!("/api/v1/deliveries/{id}"))).await.expect(200).json()
    }

    /// Posts to the tenant's LINE webhook; how many events were queued for Genesys Cloud so far.
    pub async fn line_webhook(&self, tenant: &str, body: &Value) -> u64 {
        use base64::{Engine, prelude::BASE64_STANDARD};
        let (body, path) = (body.to_string(), format!("/line/{tenant}"));
        let settings = self.line.demo_settings();
        let key = aws_lc_rs::hmac::Key::new(
            aws_lc_rs::hmac::HMAC_SHA256,
            settings["channelSecret"].as_str().unwrap().as_bytes(),
        );
        let signature = BASE64_STANDARD.encode(aws_lc_rs::hmac::sign(&key, body.as_bytes()));
        let event = json!({
            "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": "",
            "headers": {"x-line-signature": signature, "content-type": "application/json"},
            "requestContext": {"http": {"method": "POST", "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.7"}},
            "body": body, "isBase64Encoded": false,
        });
        let answer = registry::function("line-webhook").unwrap().invoke(&self.context, event).await.unwrap();
        assert_eq!(answer["statusCode"], 200);
        let url = self.context.queues.names().inbound("genesys-cloud").unwrap();
        let name = aws_sdk_sqs::types::QueueAttributeName::ApproximateNumberOfMessages;
        let ask = self.context.queues.sqs().get_queue_attributes().queue_url(url).attribute_names(name.clone());
        ask.send().await.unwrap().attributes.unwrap()[&name].parse().unwrap()
    }

    /// Delivers what waits for Genesys Cloud.
    pub async fn deliver_inbound(&self) {
        let messages = self.queued("inbound-genesys-cloud.fifo").await;
        let event = json!({"Records": messages.iter().map(record).collect::<Vec<_>>()});
        let answer = registry::function("genesys-cloud-deliver").unwrap().invoke(&self.context, event).await.unwrap();
        assert_eq!(answer["batchItemFailures"], json!([]));
    }
}
