//! Ids as networks form them, drawn from a seed. Nothing here is fit for a secret.

use jiff::Timestamp;
use uuid::{Builder, Uuid};

/// Draws ids: the same seed gives the same ids in the same order.
pub struct Ids {
    random: fastrand::Rng,
    last: u64,
}

impl Ids {
    pub(crate) fn new(seed: u64) -> Self {
        Self { random: fastrand::Rng::with_seed(seed), last: 0 }
    }

    /// A UUID of version 4.
    pub fn uuid(&mut self) -> Uuid {
        Builder::from_random_bytes(self.random.u128(..).to_ne_bytes()).into_uuid()
    }

    /// A UUID of version 4 as 36 characters.
    pub fn text(&mut self) -> String {
        self.uuid().to_string()
    }

    /// A UUID of version 4 as 32 hexadecimal digits.
    pub fn hex(&mut self) -> String {
        self.uuid().simple().to_string()
    }

    /// Capital letters and digits.
    pub fn capitals(&mut self, length: usize) -> String {
        let digit = |_| char::from_digit(self.random.u32(..36), 36).unwrap_or('0').to_ascii_uppercase();
        (0..length).map(digit).collect()
    }

    /// 26 characters that sort by time: 48 bits of milliseconds and 80 of chance, in Crockford's base 32.
    pub fn ulid(&mut self, at: Timestamp) -> String {
        const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        let chance = self.random.u128(..) & ((1 << 80) - 1);
        let value = (u128::from(at.as_millisecond().unsigned_abs()) << 80) | chance;
        (0..26).rev().map(|digit| char::from(DIGITS[(value >> (digit * 5)) as usize & 31])).collect()
    }

    /// A number above all before it, and at least this. With a time as the least, numbers are new after a restart, too.
    pub fn number(&mut self, least: u64) -> u64 {
        self.last = (self.last + 1).max(least);
        self.last
    }

    /// From 0 up to 1.
    pub(crate) fn share(&mut self) -> f64 {
        self.random.f64()
    }
}
