//! What the platform logs in this process, at the default level, for tests that look for what must not be there.

use std::{
    io::{self, Write},
    sync::{Mutex, PoisonError},
};

use tracing_subscriber::{EnvFilter, fmt, prelude::*};

/// The functions' default, without what only the local environment has: S3's server logs whole requests.
pub const DEFAULT: &str = "info,s3s=error,s3s_fs=error";

static LINES: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Kept;

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LINES.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Begins to keep what is logged; more than once does no harm. Metrics are counted only.
pub fn keep() {
    aws::metrics::silence();
    let layer = fmt::layer().json().flatten_event(true).with_current_span(true).with_writer(|| Kept);
    let _ = tracing_subscriber::registry().with(EnvFilter::new(DEFAULT)).with(layer).try_init();
}

/// Everything logged so far, by all tests of this process.
pub fn text() -> String {
    String::from_utf8_lossy(&LINES.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
}

/// The last warnings and errors.
pub fn complaints() -> String {
    let text = text();
    let loud =
        text.lines().rev().filter(|line| line.contains(r#""level":"WARN""#) || line.contains(r#""level":"ERROR""#));
    let mut last: Vec<&str> = loud.take(8).collect();
    last.reverse();
    last.join("\n")
}
