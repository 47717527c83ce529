//! Guessing passwords takes time: after five failures in a row, each further attempt has to wait twice as long as the one
//! before. Counted per address and per user, in the configuration table, so that it holds on every instance.
//!
//! An attempt is counted before the password is looked at, and each record is written over the version that was read:
//! attempts at the same time cannot get past each other. An attempt that comes too early is not counted.

use std::{
    net::{IpAddr, Ipv6Addr},
    time::Duration,
};

use aws::{
    Context,
    store::{ItemExt, StoreError, number, text},
};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

/// Failures without consequence.
const FREE: u64 = 5;
/// The wait after the first failure that has one.
const WAIT_FIRST: Duration = Duration::from_secs(2);
/// The longest wait of an address.
const WAIT_MAX_ADDRESS: Duration = Duration::from_secs(15 * 60);
/// The longest wait of a user: somebody else's guesses must not keep its owner out for long.
const WAIT_MAX_USER: Duration = Duration::from_secs(60);
/// When failures are forgotten, after the last of them.
const FORGOTTEN_AFTER: SignedDuration = SignedDuration::from_mins(30);
/// How often a record is tried to be written over others'.
const TRIES: u32 = 4;

/// What attempts are counted by.
#[derive(Clone, Debug)]
pub struct Counter {
    key: String,
    wait_max: Duration,
}

impl Counter {
    /// By where it comes from: an address, or the /64 network of an IPv6 address, which one customer has to themselves.
    pub fn of_address(address: &str) -> Self {
        Self { key: format!("LOGIN#ADDRESS#{}", network(address)), wait_max: WAIT_MAX_ADDRESS }
    }

    /// By which tenant's credentials are tried, and from where: many tenants' IVRs may share an address. The wait is
    /// short, since an IVR that is given the right password must not be kept out for long.
    pub fn of_tenant(tenant: Option<&str>, address: &str) -> Self {
        let key = format!("LOGIN#TENANT#{}#{}", tenant.unwrap_or("?"), network(address));
        Self { key, wait_max: WAIT_MAX_USER }
    }

    /// By whom it claims to be. Hashed: whatever is typed into the field, a password by mistake, is not stored.
    pub fn of_user(user: &str) -> Self {
        let hash = hex::encode(Sha256::digest(user.trim().to_lowercase().as_bytes()));
        Self { key: format!("LOGIN#USER#{hash}"), wait_max: WAIT_MAX_USER }
    }

    /// The wait after so many failures in a row.
    fn wait(&self, failures: u64) -> Option<Duration> {
        let beyond = failures.checked_sub(FREE)?;
        let doublings = u32::try_from(beyond).unwrap_or(u32::MAX).min(16);
        Some(WAIT_FIRST.saturating_mul(1 << doublings).min(self.wait_max))
    }
}

fn network(address: &str) -> String {
    match address.parse::<IpAddr>() {
        Ok(IpAddr::V6(v6)) if v6.to_ipv4_mapped().is_none() => {
            Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64).to_string()
        }
        _ => address.to_owned(),
    }
}

/// An attempt that was let through, and counted as a failure until it is known to be none.
pub struct Attempt {
    counter: Counter,
    failures: u64,
}

/// Whether an attempt may be made now.
pub enum Verdict {
    /// It may be made now.
    Go(Attempt),
    /// Not before this time has passed.
    Wait(Duration),
}

/// How long to wait before the next attempt, if there was a failure that has this consequence; counts nothing.
pub async fn waiting(context: &Context, counter: &Counter) -> Result<Option<Duration>, StoreError> {
    let (client, table) = context.configuration.raw();
    let answer = client
        .get_item()
        .table_name(table)
        .key("pk", text(&counter.key))
        .key("sk", text("ATTEMPTS"))
        .send()
        .await
        .map_err(StoreError::aws)?;
    let (stored, now) = (answer.item.unwrap_or_default(), context.now());
    let left = stored.number("notBefore").unwrap_or(0) - now.as_millisecond();
    Ok((!stored.expired(now) && left > 0).then(|| Duration::from_millis(left.unsigned_abs())))
}

/// Asks whether an attempt may be made, and counts it.
pub async fn admit(context: &Context, counter: Counter) -> Result<Verdict, StoreError> {
    let (client, table) = context.configuration.raw();
    for _ in 0..TRIES {
        let now = context.now();
        let answer = client
            .get_item()
            .table_name(table)
            .key("pk", text(&counter.key))
            .key("sk", text("ATTEMPTS"))
            .consistent_read(true)
            .send()
            .await
            .map_err(StoreError::aws)?;
        let stored = answer.item.unwrap_or_default();
        let (failures, version) = (stored.number("failures").unwrap_or(0), stored.number("version").unwrap_or(0));
        let failures = if stored.expired(now) { 0 } else { failures.unsigned_abs() };
        let left = stored.number("notBefore").unwrap_or(0) - now.as_millisecond();
        if failures > 0 && left > 0 {
            return Ok(Verdict::Wait(Duration::from_millis(left.unsigned_abs())));
        }
        let failures = failures + 1;
        let written = client
            .put_item()
            .table_name(table)
            .item("pk", text(&counter.key))
            .item("sk", text("ATTEMPTS"))
            .item("failures", number(failures))
            .item("notBefore", number(not_before(&counter, failures, now)))
            .item("version", number(version + 1))
            .item("expiresAt", number((now + FORGOTTEN_AFTER).as_second()))
            .condition_expression("attribute_not_exists(pk) OR version = :version")
            .expression_attribute_values(":version", number(version))
            .send()
            .await;
        match written {
            Ok(_) => return Ok(Verdict::Go(Attempt { counter, failures })),
            Err(error) if error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => {}
            Err(error) => return Err(StoreError::aws(error)),
        }
    }
    // So many at once from one address, or for one user, are no person.
    Ok(Verdict::Wait(WAIT_FIRST))
}

fn not_before(counter: &Counter, failures: u64, now: Timestamp) -> i64 {
    let wait = counter.wait(failures).map_or(0, |wait| i64::try_from(wait.as_millis()).unwrap_or(i64::MAX));
    now.as_millisecond().saturating_add(wait)
}

impl Attempt {
    /// It failed: the wait begins now, however long verifying the password took.
    pub async fn failed(&self, context: &Context) -> Result<(), StoreError> {
        if self.counter.wait(self.failures).is_none() {
            return Ok(());
        }
        let until = not_before(&self.counter, self.failures, context.now());
        self.change(context, "SET notBefore = :value ADD version :one", until).await
    }

    /// It succeeded: its user's failures are forgotten.
    pub async fn forget(&self, context: &Context) -> Result<(), StoreError> {
        let (client, table) = context.configuration.raw();
        client
            .delete_item()
            .table_name(table)
            .key("pk", text(&self.counter.key))
            .key("sk", text("ATTEMPTS"))
            .send()
            .await
            .map(|_| ())
            .map_err(StoreError::aws)
    }

    /// It succeeded: it is not counted. What failed before it from the same address is: else an attacker with an account
    /// of their own would log in now and then.
    pub async fn uncount(&self, context: &Context) -> Result<(), StoreError> {
        self.change(context, "SET notBefore = :value ADD failures :minus, version :one", 0).await
    }

    async fn change(&self, context: &Context, expression: &str, not_before: i64) -> Result<(), StoreError> {
        let (client, table) = context.configuration.raw();
        let mut update = client
            .update_item()
            .table_name(table)
            .key("pk", text(&self.counter.key))
            .key("sk", text("ATTEMPTS"))
            .update_expression(expression)
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":value", number(not_before))
            .expression_attribute_values(":one", number(1));
        if expression.contains(":minus") {
            update = update.expression_attribute_values(":minus", number(-1));
        }
        match update.send().await {
            Ok(_) => Ok(()),
            Err(error) if error.as_service_error().is_some_and(|e| e.is_conditional_check_failed_exception()) => Ok(()),
            Err(error) => Err(StoreError::aws(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_limit() {
        let (address, user) = (Counter::of_address("192.0.2.1"), Counter::of_user("admin"));
        let seconds = |counter: &Counter, failures| counter.wait(failures).map(|wait| wait.as_secs());
        for (failures, of_address, of_user) in [
            (0, None, None),
            (4, None, None),
            (5, Some(2), Some(2)),
            (6, Some(4), Some(4)),
            (9, Some(32), Some(32)),
            (10, Some(64), Some(60)),
            (14, Some(900), Some(60)),
            (u64::MAX, Some(900), Some(60)),
        ] {
            assert_eq!((seconds(&address, failures), seconds(&user, failures)), (of_address, of_user), "{failures}");
        }
    }

    #[test]
    fn counters_are_one_for_each_network_and_user() {
        let address = |text| Counter::of_address(text).key;
        assert_eq!(address("2001:db8:1:2::7"), address("2001:db8:1:2:ffff::1"));
        assert_ne!(address("2001:db8:1:2::7"), address("2001:db8:1:3::7"));
        assert_ne!(address("192.0.2.1"), address("192.0.2.2"));
        assert_eq!(Counter::of_user(" Admin").key, Counter::of_user("admin").key);
        assert!(!Counter::of_user("hunter2").key.contains("hunter2"));
    }
}
