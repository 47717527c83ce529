//! `--log FILE`: a line of JSON for each request, as Bunyan's readers take them. Nothing of what is sent, and no secrets.

use std::{
    fs::{File, OpenOptions},
    io::Write,
    path::Path,
    sync::Mutex,
};

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::failure::Failure;

/// How much is wanted. Bunyan's numbers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Debug = 20,
    Info = 30,
    Error = 50,
}

/// Where it goes.
#[derive(Default)]
pub struct Log {
    file: Option<Mutex<File>>,
    debug: bool,
}

impl Log {
    /// A log in this file, after what is there.
    pub fn open(path: Option<&Path>) -> Result<Self, Failure> {
        let debug = std::env::var("DEBUG").is_ok_and(|value| !value.is_empty() && value != "0");
        let file = path
            .map(|path| {
                let file = OpenOptions::new().create(true).append(true).open(path);
                file.map_err(|error| Failure::usage(format!("{}: {error}", path.display())))
            })
            .transpose()?;
        Ok(Self { file: file.map(Mutex::new), debug })
    }

    /// Writes a line.
    pub fn write(&self, level: Level, message: &str, fields: Value) {
        let Some(file) = &self.file else { return };
        if level == Level::Debug && !self.debug {
            return;
        }
        let mut line = json!({
            "v": 0, "name": "um", "pid": std::process::id(), "hostname": "", "level": level as u8, "msg": message,
            "time": Timestamp::now().to_string(),
        });
        if let (Some(line), Value::Object(fields)) = (line.as_object_mut(), fields) {
            line.extend(fields);
        }
        if let Ok(mut file) = file.lock() {
            // A disk that is full is no reason to lose a backup.
            let _ = writeln!(file, "{line}");
        }
    }
}
