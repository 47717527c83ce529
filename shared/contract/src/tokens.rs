//! Access tokens, kept until they expire.

use std::{collections::HashMap, sync::Mutex};

use async_trait::async_trait;
use jiff::Timestamp;

use crate::{Clock, Secret, TenantId};

/// Keeps access tokens per tenant. `name` tells several of one tenant apart; put the account into it
/// (`genesys-cloud/mypurecloud.jp/<clientId>`), so that changed settings do not find the old account's token.
#[async_trait]
pub trait TokenCache: Send + Sync {
    /// The token, if one is kept that is still good for half a minute.
    async fn get(&self, tenant: &TenantId, name: &str) -> Option<Secret>;
    /// Keeps a token. Failing to is no error: the next call fetches another.
    async fn put(&self, tenant: &TenantId, name: &str, token: &Secret, expires: Timestamp);
    /// Forgets a token that was refused.
    async fn forget(&self, tenant: &TenantId, name: &str);
    /// What is kept by now in place of a token that was refused: read past this process's memory, since another function
    /// may have got a newer one. None when nothing newer is kept.
    async fn renewed(&self, tenant: &TenantId, name: &str, refused: &Secret) -> Option<Secret> {
        self.get(tenant, name).await.filter(|token| !token.matches(refused.expose()))
    }
    /// The names of a tenant's tokens that begin so: one for each workspace an app is installed in. None are known to a
    /// cache that cannot list.
    async fn names(&self, _tenant: &TenantId, _prefix: &str) -> Vec<String> {
        Vec::new()
    }
}

/// How long before its end a token is no longer handed out, in seconds: it must survive the call it is for.
const MARGIN_S: i64 = 30;

/// Keeps tokens as long as the process lives.
#[derive(Default)]
pub struct MemoryTokens {
    clock: Clock,
    tokens: Mutex<HashMap<(TenantId, String), (Secret, Timestamp)>>,
}

impl MemoryTokens {
    /// An empty cache on this clock.
    pub fn new(clock: Clock) -> Self {
        Self { clock, tokens: Mutex::default() }
    }

    fn with<T>(&self, f: impl FnOnce(&mut HashMap<(TenantId, String), (Secret, Timestamp)>) -> T) -> T {
        // Nothing in here panics half-way, so a poisoned lock still guards good data.
        f(&mut self.tokens.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

#[async_trait]
impl TokenCache for MemoryTokens {
    async fn get(&self, tenant: &TenantId, name: &str) -> Option<Secret> {
        let now = self.clock.now();
        self.with(|tokens| {
            let (token, expires) = tokens.get(&(tenant.clone(), name.to_owned()))?;
            (expires.as_second() - now.as_second() > MARGIN_S).then(|| token.clone())
        })
    }

    async fn put(&self, tenant: &TenantId, name: &str, token: &Secret, expires: Timestamp) {
        self.with(|tokens| tokens.insert((tenant.clone(), name.to_owned()), (token.clone(), expires)));
    }

    async fn forget(&self, tenant: &TenantId, name: &str) {
        self.with(|tokens| tokens.remove(&(tenant.clone(), name.to_owned())));
    }

    async fn names(&self, tenant: &TenantId, prefix: &str) -> Vec<String> {
        self.with(|tokens| {
            let mut names: Vec<String> = tokens
                .keys()
                .filter(|(of, name)| of == tenant && name.starts_with(prefix))
                .map(|(_, name)| name.clone())
                .collect();
            names.sort();
            names
        })
    }
}
