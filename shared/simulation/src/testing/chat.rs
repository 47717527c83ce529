//! A guest's chat: a channel against its simulated network.

use std::{
    ops::{Deref, DerefMut},
    sync::Mutex,
};

use contract::{Channel, Content, Inbound, Outbound, SendContext, SendErrorKind, Sent, parse_settings};
use jiff::Timestamp;
use serde_json::Value;

use super::joined::{Joined, faults};
use crate::{Action, Faults, Network};

/// A guest's chat with one tenant.
pub struct Chat<C: Channel, N: Network> {
    joined: Joined<C, N, Inbound>,
    /// The newest reply context of the guest's, and when it came.
    reply: Mutex<Option<(Value, Timestamp)>>,
}

impl<C: Channel, N: Network> Deref for Chat<C, N> {
    type Target = Joined<C, N, Inbound>;

    fn deref(&self) -> &Self::Target {
        &self.joined
    }
}

impl<C: Channel, N: Network> DerefMut for Chat<C, N> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.joined
    }
}

impl<C: Channel, N: Network> Chat<C, N> {
    /// A network where nothing has happened yet, and its demo tenant.
    pub async fn open(channel: C, network: N) -> Self {
        Self { joined: Joined::open(channel, network, C::parse).await, reply: Mutex::default() }
    }

    /// Does something as the guest: the last event that came of it.
    pub async fn act(&self, action: Action) -> Inbound {
        let events = self.act_as(&self.guest, action).await.expect("the guest can do that");
        let event = events.into_iter().next_back().expect("the webhook took an event");
        if let Some(reply) = &event.reply_context {
            *self.reply.lock().unwrap() = Some((reply.clone(), event.at));
        }
        event
    }

    /// Does what the guest cannot do: what the guest is told.
    pub async fn refused(&self, action: Action) -> String {
        self.act_as(&self.guest, action).await.expect_err("the guest cannot do that")
    }

    /// A message of the agent's to the guest.
    pub fn message(&self, id: &str, contents: Vec<Content>) -> Outbound {
        Outbound {
            message_id: id.into(),
            at: self.now(),
            to: self.guest.as_str().into(),
            platform_conversation_id: None,
            agent_name: None,
            contents,
        }
    }

    /// A context to send in that answers nothing.
    pub fn context(&self) -> SendContext {
        SendContext { now: self.now(), ..SendContext::default() }
    }

    /// A context to send in that answers this event.
    pub fn answering(&self, event: &Inbound) -> SendContext {
        SendContext { reply: event.reply_context.clone().map(|reply| (reply, event.at)), ..self.context() }
    }

    /// A context to send in as the engine has it: answering what the guest last did by [`Chat::act`].
    pub fn in_turn(&self) -> SendContext {
        SendContext { reply: self.reply.lock().unwrap().clone(), ..self.context() }
    }

    /// Renders and sends a message: what became of each call.
    pub async fn send(&self, message: &Outbound, context: &SendContext) -> Vec<Result<Sent, SendErrorKind>> {
        let settings = parse_settings(&self.settings).expect("the settings are valid");
        let io = self.typed_io(&settings);
        let mut outcomes = Vec::new();
        for step in &compose::compose(&*self.connector, message, &settings, context).steps {
            outcomes.push(self.connector.send(&io, step).await.map_err(|error| error.kind));
        }
        outcomes
    }

    /// Says something as the agent, in turn: the messages it became, or the first error.
    pub async fn say(&self, content: Content) -> Result<Vec<Sent>, SendErrorKind> {
        self.send(&self.message("m-1", vec![content]), &self.in_turn()).await.into_iter().collect()
    }

    /// Says something that becomes one message: its id.
    pub async fn said(&self, content: Content) -> String {
        let ids: Vec<String> = self.say(content).await.unwrap().into_iter().flat_map(|sent| sent.message_ids).collect();
        assert_eq!(ids.len(), 1, "one message");
        ids[0].clone()
    }

    /// Each fault strikes, and is understood; then there are none. The message is the same each time.
    pub async fn faults_strike(&self, message: &Outbound, context: &SendContext) {
        for (faults, expected) in faults() {
            self.set_faults(faults);
            assert_eq!(self.send(message, context).await, [Err(expected)], "{faults:?}");
        }
        self.set_faults(Faults::default());
    }
}
