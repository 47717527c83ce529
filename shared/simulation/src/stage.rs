//! What a simulator's people see.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use contract::{Content, ReceiptStatus};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::broadcast;

use crate::Faults;

/// Who put something on the stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Actor {
    /// The person at this simulator.
    Here,
    /// The other side, through Universal Messaging.
    There,
    /// The simulated system itself.
    System,
}

/// Something that appears, or changes, on a simulator's screen.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Scene {
    /// The simulator: its connector's id.
    pub connector: String,
    /// The chat: the guest's id.
    pub guest: String,
    /// The message's id on this side; a scene with the same id replaces the earlier one.
    pub id: String,
    /// Who.
    pub actor: Actor,
    /// What.
    pub content: Content,
    /// When.
    pub at: Timestamp,
    /// How far it got, as this side was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<ReceiptStatus>,
    /// The reason, when it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Shown beside it: participant data at the agent's, `reply` or `push` at the guest's.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub detail: Value,
}

/// What a simulator shows: the last scenes, and those to come.
#[derive(Clone)]
pub struct Stage {
    past: Arc<Mutex<VecDeque<Scene>>>,
    live: broadcast::Sender<Scene>,
    faults: Arc<Mutex<Faults>>,
}

impl Default for Stage {
    fn default() -> Self {
        Self { past: Arc::default(), live: broadcast::channel(1024).0, faults: Arc::default() }
    }
}

impl Stage {
    /// How many scenes are kept for who joins later.
    const KEPT: usize = 500;

    /// Puts a scene on.
    pub fn show(&self, scene: Scene) {
        let mut past = self.past.lock().unwrap_or_else(PoisonError::into_inner);
        if scene.content.is_message() {
            match past.iter_mut().find(|old| old.id == scene.id && old.connector == scene.connector) {
                Some(old) => *old = scene.clone(),
                None => past.push_back(scene.clone()),
            }
            if past.len() > Self::KEPT {
                past.pop_front();
            }
        }
        drop(past);
        // Nobody watching is no error.
        let _ = self.live.send(scene);
    }

    /// Changes what became of a message; nothing happens if it was never shown.
    pub fn mark(&self, id: &str, status: ReceiptStatus, reason: Option<String>) {
        let found = {
            let mut past = self.past.lock().unwrap_or_else(PoisonError::into_inner);
            past.iter_mut().find(|scene| scene.id == id).map(|scene| {
                scene.status = Some(status);
                scene.reason = reason;
                scene.clone()
            })
        };
        if let Some(scene) = found {
            let _ = self.live.send(scene);
        }
    }

    /// The scenes so far, oldest first.
    pub fn past(&self) -> Vec<Scene> {
        self.past.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// The scenes from now on.
    pub fn watch(&self) -> broadcast::Receiver<Scene> {
        self.live.subscribe()
    }

    /// The faults in force.
    pub fn faults(&self) -> Faults {
        *self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts faults in force, or takes them away with `Faults::default()`.
    pub fn set_faults(&self, faults: Faults) {
        *self.faults.lock().unwrap_or_else(PoisonError::into_inner) = faults;
    }
}
