//! Secrets that are typed, or piped.

use std::io::{IsTerminal, Read, stderr, stdin};

use zeroize::Zeroizing;

use crate::{configuration::Hidden, failure::Failure};

/// Asks on the terminal, or says what to do where there is none.
pub fn ask(what: &str, otherwise: &str) -> Result<Hidden, Failure> {
    // Standard input may be a backup: a terminal is asked for by its own name.
    if !stdin().is_terminal() && !stderr().is_terminal() {
        return Err(Failure::not_authorised(format!("no {what}, and no terminal to ask on: {otherwise}")));
    }
    let typed = rpassword::prompt_password(format!("{what}: "));
    let typed = typed.map_err(|error| Failure::not_authorised(format!("no {what}: {error}")))?;
    if typed.is_empty() { Err(Failure::not_authorised(format!("no {what}"))) } else { Ok(Zeroizing::new(typed)) }
}

/// Asks twice, for what cannot be had again.
pub fn ask_twice(what: &str, otherwise: &str) -> Result<Hidden, Failure> {
    let once = ask(what, otherwise)?;
    if *once == *ask(&format!("{what}, again"), otherwise)? {
        Ok(once)
    } else {
        Err(Failure::usage(format!("that was another {what}")))
    }
}

/// The first line of standard input, byte by byte: what follows is somebody else's.
pub fn first_line_of_stdin() -> Result<Hidden, Failure> {
    let mut line = Zeroizing::new(Vec::new());
    let mut byte = [0];
    let mut input = stdin().lock();
    loop {
        match input.read(&mut byte) {
            Ok(0) => break,
            Ok(_) if byte[0] == b'\n' => break,
            Ok(_) => line.push(byte[0]),
            Err(error) => return Err(Failure::usage(format!("standard input: {error}"))),
        }
    }
    let text = std::str::from_utf8(&line).map_err(|_| Failure::usage("the password is not UTF-8"))?;
    match text.trim_end_matches('\r') {
        "" => Err(Failure::usage("no password on standard input")),
        text => Ok(Zeroizing::new(text.to_owned())),
    }
}
