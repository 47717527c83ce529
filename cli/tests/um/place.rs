//! A deployment, and a home to work from, of each test's own.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
};

use local::{Local, Options};
use serde_json::Value;
use tempfile::TempDir;
use tokio::{io::AsyncWriteExt, process::Command};

pub const PASSWORD: &str = "correct horse battery staple";
pub const PASSPHRASE: &str = "seven lamps under a green bridge";

/// What a command did.
#[derive(Debug)]
pub struct Done {
    pub code: i32,
    pub out: Vec<u8>,
    pub text: String,
    pub errors: String,
}

impl Done {
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}\n{}", self.text, self.errors);
        self
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }
}

pub struct Place {
    pub local: Local,
    home: TempDir,
}

impl Place {
    /// A deployment, and somebody who has not logged in.
    pub async fn new() -> Self {
        let options = Options { admin_password: Some(PASSWORD.to_owned()), ..Options::default() };
        Self { local: Local::start(options).await.unwrap(), home: TempDir::new().unwrap() }
    }

    /// A deployment, and an administrator who is logged in.
    pub async fn logged_in() -> Self {
        let place = Self::new().await;
        place.command(&["login"], &[("UM_PASSWORD", PASSWORD)], b"").await.expect(0);
        place
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// Runs `um` with these arguments.
    pub async fn um(&self, arguments: &[&str]) -> Done {
        self.command(arguments, &[], b"").await
    }

    /// Runs it with these variables and this on its standard input.
    pub async fn command(&self, arguments: &[&str], variables: &[(&str, &str)], input: &[u8]) -> Done {
        let root = self.local.root();
        let mut all = vec![("UM_URL", root.as_str())];
        all.extend_from_slice(variables);
        run(self.home.path(), arguments, &all, input).await
    }
}

/// Runs `um` from a home.
pub async fn run(home: &Path, arguments: &[&str], variables: &[(&str, &str)], input: &[u8]) -> Done {
    let mut child = Command::new(env!("CARGO_BIN_EXE_um"))
        .args(arguments)
        .env_clear()
        .env("HOME", home)
        .envs(variables.iter().copied())
        .current_dir(home)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    // Who does not read it is gone by then.
    let _ = pipe.write_all(input).await;
    drop(pipe);
    let output = child.wait_with_output().await.unwrap();
    Done {
        code: output.status.code().unwrap_or(-1),
        text: String::from_utf8_lossy(&output.stdout).into_owned(),
        errors: String::from_utf8_lossy(&output.stderr).into_owned(),
        out: output.stdout,
    }
}

/// A tenant in a file.
pub fn tenant(name: &str) -> String {
    format!(
        "name: {name}
enabled: true
messaging:
  connector: line
  settings:
    channelId: '2001234567'
    channelSecret: canary-of-{name}
    botBasicId: '@acme'
cxPlatform:
  connector: genesys-cloud
  customData: {{vip: 'yes'}}
  settings:
    region: mypurecloud.jp
    clientId: oauth-client
    clientSecret: canary-client-of-{name}
    integrationName: UM {name}
    integrationId: 5f7d7ad1-0000-4000-8000-5ba1cbe1a0de
    webhookToken: canary-webhook-token-of-{name}
"
    )
}
