//! Passwords: hashed with argon2id, refused when they are easy to guess.

use argon2::{
    Argon2, Params,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use zxcvbn::{Score, zxcvbn};

/// Longest password, in bytes: estimating a longer one would cost more than it tells.
pub const MAX: usize = 256;
/// The score of zxcvbn that a password needs, of 0 to 4: some 10^8 guesses.
const SCORE_MIN: Score = Score::Three;

/// What is verified for a user that does not exist, so that the answer takes as long: the hash of nobody's password, with
/// the parameters of every other.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5LW5vYm9keQ$UwpWxZTgtNmRnlNqJ0Oo1H1tXUPRrxIJVGJ0KXkRLQA";

/// A password cannot be hashed or compared: nothing of ours is in the error.
#[derive(Debug, thiserror::Error)]
#[error("the password cannot be hashed")]
pub struct HashError;

/// Why a password is refused, in words for its user; `None` when it is good enough. `known` is what an attacker would
/// try first: the user's name.
pub fn weakness(password: &str, known: &[&str]) -> Option<String> {
    if password.len() > MAX {
        return Some(format!("must not be longer than {MAX} bytes"));
    }
    let mut inputs = vec!["universal", "messaging"];
    inputs.extend_from_slice(known);
    let estimate = zxcvbn(password, &inputs);
    if estimate.score() >= SCORE_MIN {
        return None;
    }
    let mut text = format!("is too easy to guess: it scores {} of 4, and needs {SCORE_MIN}.", estimate.score());
    if let Some(feedback) = estimate.feedback() {
        let warning = feedback.warning().map(|warning| warning.to_string());
        for sentence in warning.into_iter().chain(feedback.suggestions().iter().map(ToString::to_string)) {
            text.push(' ');
            text.push_str(&sentence);
        }
    }
    Some(text)
}

/// Hashes a password, beside the runtime: it takes tens of milliseconds and 19 MiB.
pub async fn hash(password: &str) -> Result<String, HashError> {
    let password = password.to_owned();
    let hash = tokio::task::spawn_blocking(move || {
        Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string()).map_err(|_| HashError)
    });
    hash.await.map_err(|_| HashError)?
}

/// Whether a password is the hash's. Takes as long when there is no hash.
pub async fn matches(password: &str, hash: Option<&str>) -> Result<bool, HashError> {
    let exists = hash.is_some();
    let (password, hash) = (password.to_owned(), hash.unwrap_or(NOBODY).to_owned());
    let matches = tokio::task::spawn_blocking(move || {
        let hash = PasswordHash::new(&hash).map_err(|_| HashError)?;
        Ok(Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
    });
    Ok(matches.await.map_err(|_| HashError)?? && exists)
}

/// Whether a text is a hash at all.
pub fn is_hash(text: &str) -> bool {
    PasswordHash::new(text).is_ok_and(|hash| hash.algorithm.as_str().starts_with("argon2"))
}

/// Whether a hash was made with other parameters than new ones are, and should be made anew at the next login.
pub fn is_outdated(hash: &str) -> bool {
    let current = Params::default();
    let Ok(hash) = PasswordHash::new(hash) else { return true };
    Params::try_from(&hash).map_or(true, |params| {
        (params.m_cost(), params.t_cost(), params.p_cost()) != (current.m_cost(), current.t_cost(), current.p_cost())
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn easy_passwords_are_refused() {
        for (password, good) in [
            ("", false),
            ("s3cr3t", false),
            ("password1234", false),
            ("admin123!", false),
            ("universalmessaging", false),
            ("2024-12-24", false),
            ("correct horse battery staple", true),
            ("gT7$kw!p0Zr4", true),
            ("竹林の中で猫が踊るよ", true),
        ] {
            let weakness = weakness(password, &["admin"]);
            assert_eq!(weakness.is_none(), good, "{password}: {weakness:?}");
        }
        assert!(weakness(&"x7#".repeat(100), &[]).unwrap().contains("256"));
        assert!(weakness("password", &[]).unwrap().contains("common password"));
    }

    #[tokio::test]
    async fn hashes_are_told_apart() {
        let hash = hash("correct horse").await.unwrap();
        assert!(hash.starts_with("$argon2id$") && is_hash(&hash));
        assert!(!is_hash("correct horse") && !is_hash(""));
        assert!(matches("correct horse", Some(&hash)).await.unwrap());
        assert!(!matches("correct hors", Some(&hash)).await.unwrap());
        assert!(!is_outdated(&hash));
        assert!(!is_outdated(NOBODY), "nobody's takes as long as everybody's");
    }

    #[tokio::test]
    async fn nobody_has_a_password() {
        for password in ["", "nobody", "password"] {
            assert!(!matches(password, None).await.unwrap());
        }
    }
}
