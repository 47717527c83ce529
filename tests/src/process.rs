//! The platform as a process of its own, to be killed.

use std::{path::Path, process::Stdio, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    process::{Child, Command},
    sync::Mutex,
    task::JoinHandle,
};

/// The local environment, in a process.
pub struct Process {
    child: Child,
    root: String,
    output: Arc<Mutex<Vec<u8>>>,
    readers: Vec<JoinHandle<()>>,
}

impl Process {
    /// Starts the program on a data directory, with nothing in its environment but these variables, and waits until it is
    /// ready.
    pub async fn start(program: &str, data: &Path, variables: &[(&str, &str)]) -> Self {
        let mut command = Command::new(program);
        command.arg(data).env_clear().envs(variables.iter().copied());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let output = Arc::new(Mutex::new(Vec::new()));
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut stderr = child.stderr.take().unwrap();
        let mut root = String::new();
        let ready = async {
            let mut line = String::new();
            while stdout.read_line(&mut line).await.unwrap() > 0 {
                if let Some(found) = line.strip_prefix("ready at ") {
                    found.trim().clone_into(&mut root);
                    return;
                }
                output.lock().await.extend_from_slice(line.as_bytes());
                line.clear();
            }
        };
        let in_time = tokio::time::timeout(Duration::from_secs(30), ready).await.is_ok();
        if !in_time || root.is_empty() {
            let _ = child.start_kill();
            let mut error = String::new();
            let _ = stderr.read_to_string(&mut error).await;
            panic!("the platform did not start: {error}");
        }
        let readers = vec![follow(stdout, output.clone()), follow(stderr, output.clone())];
        Self { child, root, output, readers }
    }

    /// Where it is reached.
    pub fn root(&self) -> &str {
        &self.root
    }

    /// `kill -9`. Gives all it printed.
    pub async fn kill(mut self) -> String {
        self.child.kill().await.unwrap();
        for reader in self.readers {
            let _ = reader.await;
        }
        String::from_utf8_lossy(&self.output.lock().await).into_owned()
    }
}

fn follow(mut from: impl AsyncReadExt + Unpin + Send + 'static, to: Arc<Mutex<Vec<u8>>>) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut chunk = [0; 8192];
        while let Ok(count @ 1..) = from.read(&mut chunk).await {
            to.lock().await.extend_from_slice(&chunk[..count]);
        }
    })
}
