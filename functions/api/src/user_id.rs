//! A guest as somebody outside names one: the network's own id, or a telephone number.

use crate::problem::Fault;

/// Longest id, in bytes. No network's is near.
const MAX: usize = 512;

/// The id as it is used: a telephone number without the signs that people put between its digits. Some networks address
/// guests by their numbers; what to make of one is for the channel to say.
pub fn read(text: &str, pointer: &str) -> Result<String, Fault> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Fault::at(pointer, "must not be empty"));
    }
    if text.len() > MAX || text.chars().any(char::is_control) {
        return Err(Fault::at(pointer, "is not an id of a guest"));
    }
    let Some(number) = text.strip_prefix('+') else { return Ok(text.to_owned()) };
    let digits: String = number.chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '(' | ')')).collect();
    let plausible = (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    if plausible && !digits.starts_with('0') {
        Ok(format!("+{digits}"))
    } else {
        Err(Fault::at(pointer, "is not a telephone number: + and the country code, then 7 to 15 digits in all"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_made_plain() {
        for (text, expected) in [
            ("123456789ancd", Some("123456789ancd")),
            (" U4af4980629 ", Some("U4af4980629")),
            ("+819012345678", Some("+819012345678")),
            ("+81 90-1234-5678", Some("+819012345678")),
            ("+1 (317) 872.3000", Some("+13178723000")),
            ("+0901234567", None),
            ("+81", None),
            ("+81x9012345678", None),
            ("+1234567890123456", None),
            ("", None),
            (" ", None),
            ("a\u{1}b", None),
        ] {
            assert_eq!(read(text, "/userId").ok().as_deref(), expected, "{text}");
        }
        assert!(read(&"x".repeat(513), "/userId").is_err());
    }
}
