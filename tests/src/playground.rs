//! The playground's API: the platform with its demo tenants and simulators, and a guest's chat on one of the channels.

use http::{Method, StatusCode};
use local::{Local, Options};
use serde_json::{Value, json};

use crate::{ADMIN_PASSWORD, Api, logs, until_async};

/// How long anything may take to appear, in seconds.
const PATIENCE: u64 = 20;

/// The platform with its playground.
pub struct Playground {
    api: Api,
    _local: Local,
}

/// One guest's chat on one channel, with the agent's desk at its other end.
pub struct Chat<'a> {
    playground: &'a Playground,
    /// The channel's connector id.
    pub channel: String,
    tenant: String,
    /// The guest's id.
    pub guest: String,
    /// What the channel can do, as its descriptor says.
    pub capabilities: Value,
}

impl Playground {
    /// Starts it, on a port of its own.
    pub async fn start() -> Self {
        logs::keep();
        let options = Options { demo: true, admin_password: Some(ADMIN_PASSWORD.to_owned()), ..Options::default() };
        let local = Local::start(options).await.unwrap();
        let api = Api::log_in(&local.root()).await;
        Self { api, _local: local }
    }

    /// The administrator's way in.
    pub fn api(&self) -> &Api {
        &self.api
    }

    /// Everything that is on the screens.
    pub async fn state(&self) -> Value {
        let (status, state) = self.api.call(Method::GET, "/playground/api/state", None).await;
        assert_eq!(status, StatusCode::OK);
        state
    }

    /// The first guest's chat on every channel there is.
    pub async fn chats(&self) -> Vec<Chat<'_>> {
        let state = self.state().await;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let chat = |channel: &Value| Chat {
            playground: self,
            channel: text(&channel["connector"]),
            tenant: text(&channel["tenantId"]),
            guest: text(&channel["guests"][0]["id"]),
            capabilities: channel["capabilities"].clone(),
        };
        state["channels"].as_array().unwrap().iter().map(chat).collect()
    }

    /// The first guest's chat on a channel.
    pub async fn chat(&self, channel: &str) -> Chat<'_> {
        self.chats().await.into_iter().find(|chat| chat.channel == channel).unwrap()
    }
}

impl Chat<'_> {
    /// Lets the guest (`channel`) or the agent (`platform`) do something.
    pub async fn act(&self, side: &str, action: Value) {
        let act = json!({
            "side": side, "connector": self.channel, "tenantId": self.tenant, "guest": self.guest, "action": action,
        });
        let (status, body) = self.playground.api.call(Method::POST, "/playground/api/act", Some(&act)).await;
        assert_eq!(status, StatusCode::NO_CONTENT, "{}, {side}: {body}", self.channel);
    }

    /// Waits for a scene of this chat at a connector that fits.
    pub async fn until(&self, connector: &str, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
        let what = format!("{what} at {connector}, of {} on {}", self.guest, self.channel);
        until_async(&what, PATIENCE, || async {
            let state = self.playground.state().await;
            let mut scenes = state["scenes"].as_array().unwrap().iter().rev();
            let here = |scene: &&Value| scene["connector"] == connector && scene["guest"] == self.guest.as_str();
            scenes.find(|scene| here(scene) && fits(scene)).cloned()
        })
        .await
    }

    /// Waits for a scene of a text with this status.
    pub async fn scene(&self, connector: &str, text: &str, status: Value) -> Value {
        let what = format!("{text:?}, {status}");
        self.until(connector, &what, |scene| scene["content"]["text"] == text && scene["status"] == status).await
    }
}
