//! Queues on disk.
//!
//! One thread owns the SQLite file. It writes whatever has piled up while it was busy in one transaction and only then
//! tells the waiting callers, so that an answer means "written" and a hundred senders at once cost one commit.
//! `synchronous=NORMAL` in WAL mode keeps every commit through the death of the process; a power cut may lose the last.

use std::path::Path;
use std::sync::mpsc;
use std::thread::JoinHandle;

use rusqlite::{Connection, params};
use tokio::sync::oneshot;

use super::deduplication::Remembered;
use super::message::Message;
use super::queue::{Change, Definition};

/// A line of the journal.
#[derive(Debug)]
pub(super) enum Entry {
    /// A queue is created or its settings change.
    Define(String, Box<Definition>),
    /// A queue is deleted with everything in it.
    Drop(String),
    /// Something happens in a queue.
    Change(String, Change),
}

struct Job {
    entries: Vec<Entry>,
    done: oneshot::Sender<bool>,
}

#[derive(Debug)]
pub(super) struct Journal {
    jobs: Option<mpsc::Sender<Job>>,
    writer: Option<JoinHandle<()>>,
}

/// A queue as it was found on disk.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) name: String,
    pub(super) definition: Definition,
    /// In order, with how often each was received.
    pub(super) messages: Vec<(u64, Message, u32)>,
    /// In the order of expiry.
    pub(super) seen: Vec<(String, Remembered)>,
}

const SCHEMA: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    CREATE TABLE IF NOT EXISTS queue (name TEXT PRIMARY KEY, definition TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS message (
        queue TEXT NOT NULL, sequence INTEGER NOT NULL, message TEXT NOT NULL, receives INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (queue, sequence));
    CREATE TABLE IF NOT EXISTS seen (
        queue TEXT NOT NULL, key TEXT NOT NULL, id TEXT NOT NULL, sequence INTEGER NOT NULL, until INTEGER NOT NULL,
        PRIMARY KEY (queue, key)) WITHOUT ROWID;
";

impl Journal {
    /// Opens or creates the file and reads what is in it.
    pub(super) fn open(path: &Path) -> rusqlite::Result<(Self, Vec<Found>)> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(std::time::Duration::from_secs(5))?;
        connection.execute_batch(SCHEMA)?;
        let found = load(&connection)?;
        let (jobs, queue) = mpsc::channel();
        let writer = std::thread::Builder::new()
            .name("sqs-journal".into())
            .spawn(move || write(connection, &queue))
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
        Ok((Self { jobs: Some(jobs), writer: Some(writer) }, found))
    }

    /// Hands entries to the writer; the receiver says whether they are on disk. Entries of one call stand or fall
    /// together, and calls are written in their order.
    pub(super) fn append(&self, entries: Vec<Entry>) -> oneshot::Receiver<bool> {
        let (done, written) = oneshot::channel();
        if let Some(jobs) = &self.jobs {
            // A writer that is gone drops `done`, which the caller sees as a failure.
            let _ = jobs.send(Job { entries, done });
        }
        written
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}

fn write(mut connection: Connection, queue: &mpsc::Receiver<Job>) {
    while let Ok(first) = queue.recv() {
        let mut jobs = vec![first];
        jobs.extend(queue.try_iter().take(1023));
        let written = commit(&mut connection, &jobs);
        if let Err(error) = &written {
            tracing::error!(%error, "queues cannot be written");
        }
        for job in jobs {
            let _ = job.done.send(written.is_ok());
        }
    }
}

fn commit(connection: &mut Connection, jobs: &[Job]) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    for entry in jobs.iter().flat_map(|job| &job.entries) {
        apply(&transaction, entry)?;
    }
    transaction.commit()
}

fn apply(connection: &Connection, entry: &Entry) -> rusqlite::Result<()> {
    let run = |sql: &str, values: &[&dyn rusqlite::ToSql]| connection.prepare_cached(sql)?.execute(values);
    match entry {
        Entry::Define(name, definition) => {
            run("INSERT OR REPLACE INTO queue VALUES (?1, ?2)", &[name, &json(definition)?])?;
        }
        Entry::Drop(name) => {
            run("DELETE FROM queue WHERE name = ?1", &[name])?;
            run("DELETE FROM message WHERE queue = ?1", &[name])?;
            run("DELETE FROM seen WHERE queue = ?1", &[name])?;
        }
        Entry::Change(name, change) => match change {
            Change::Insert { sequence, message } => {
                let sql = "INSERT OR REPLACE INTO message (queue, sequence, message) VALUES (?1, ?2, ?3)";
                run(sql, params![name, signed(*sequence), json(message.as_ref())?])?;
            }
            Change::Remove { sequence } => {
                run("DELETE FROM message WHERE queue = ?1 AND sequence = ?2", params![name, signed(*sequence)])?;
            }
            Change::Receives { sequence, receives } => {
                let sql = "UPDATE message SET receives = ?3 WHERE queue = ?1 AND sequence = ?2";
                run(sql, params![name, signed(*sequence), receives])?;
            }
            Change::Remember { key, entry } => {
                let sql = "INSERT OR REPLACE INTO seen VALUES (?1, ?2, ?3, ?4, ?5)";
                run(sql, params![name, key, entry.id, signed(entry.sequence), signed(entry.until)])?;
            }
            Change::Forget { key } => {
                run("DELETE FROM seen WHERE queue = ?1 AND key = ?2", params![name, key])?;
            }
            Change::Purge => {
                run("DELETE FROM message WHERE queue = ?1", params![name])?;
            }
        },
    }
    Ok(())
}

fn load(connection: &Connection) -> rusqlite::Result<Vec<Found>> {
    let mut queues = connection.prepare("SELECT name, definition FROM queue ORDER BY name")?;
    let mut messages =
        connection.prepare("SELECT sequence, message, receives FROM message WHERE queue = ?1 ORDER BY sequence")?;
    let mut seen =
        connection.prepare("SELECT key, id, sequence, until FROM seen WHERE queue = ?1 ORDER BY until, sequence")?;
    let queues = queues.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
    queues
        .map(|queue| {
            let (name, definition) = queue?;
            let messages = messages
                .query_map([&name], |row| {
                    Ok((unsigned(row.get(0)?), parse(1, &row.get::<_, String>(1)?)?, row.get(2)?))
                })?
                .collect::<rusqlite::Result<_>>()?;
            let seen = seen
                .query_map([&name], |row| {
                    let (sequence, until) = (unsigned(row.get(2)?), unsigned(row.get(3)?));
                    Ok((row.get(0)?, Remembered { id: row.get(1)?, sequence, until }))
                })?
                .collect::<rusqlite::Result<_>>()?;
            Ok(Found { definition: parse(1, &definition)?, name, messages, seen })
        })
        .collect()
}

fn json(value: &impl serde::Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

fn parse<T: serde::de::DeserializeOwned>(column: usize, text: &str) -> rusqlite::Result<T> {
    serde_json::from_str(text).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(error))
    })
}

// SQLite's integers are signed; the numbers here stay below 2^63 for some thousand years.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
