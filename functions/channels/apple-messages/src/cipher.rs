//! How Apple encrypts files: AES-256 in counter mode with a counter from zero, and a key of its own for every file.
//! <https://developer.apple.com/documentation/businesschatapi/authorizing_an_attachment_for_upload>

use aes::Aes256;
use ctr::{
    Ctr128BE,
    cipher::{KeyIvInit, StreamCipher},
};

/// A file's key. Never used twice: with a counter from zero, a second file would give both away.
pub(crate) struct Key([u8; 32]);

impl Key {
    /// A new one; none without randomness.
    pub(crate) fn generate() -> Option<Self> {
        let mut key = [0; 32];
        getrandom::fill(&mut key).ok()?;
        Some(Self(key))
    }

    /// From its text: `00` and 32 bytes, all in hexadecimal.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let bytes = hex::decode(text.trim()).ok()?;
        let key = match bytes.as_slice() {
            [0, key @ ..] if key.len() == 32 => key,
            key => key,
        };
        key.try_into().ok().map(Self)
    }

    /// Its text.
    pub(crate) fn text(&self) -> String {
        format!("00{}", hex::encode(self.0))
    }

    /// Encrypts or decrypts, which is the same.
    pub(crate) fn apply(&self, bytes: &mut [u8]) {
        Ctr128BE::<Aes256>::new(&self.0.into(), &[0; 16].into()).apply_keystream(bytes);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// `printf 'hello, world' | openssl enc -aes-256-ctr -K 0001…1f -iv 0 -nopad`, and a block's boundary.
    #[test]
    fn openssl_agrees() {
        let key = Key::parse("00000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f").unwrap();
        let mut bytes = *b"hello, world";
        key.apply(&mut bytes);
        assert_eq!(hex::encode(bytes), "9af56cda4565bfa7c681f60e");
        key.apply(&mut bytes);
        assert_eq!(&bytes, b"hello, world");
        let mut zeros = [0; 40];
        key.apply(&mut zeros);
        assert_eq!(
            hex::encode(zeros),
            "f29000b62a499fd0a9f39a6add2e7780f05d76ae4ab99fe5a6f69b3148c2363d0ebcb5deb52c83bd"
        );
    }

    #[test]
    fn keys_as_text() {
        let key = Key::generate().unwrap();
        assert_eq!(key.text().len(), 66);
        assert_eq!(Key::parse(&key.text()).unwrap().0, key.0);
        assert_eq!(Key::parse(&hex::encode([7; 32])).unwrap().0, [7; 32]);
        for bad in ["", "00", "zz", &hex::encode([1; 33]), &hex::encode([0; 34])] {
            assert!(Key::parse(bad).is_none(), "{bad}");
        }
    }
}
