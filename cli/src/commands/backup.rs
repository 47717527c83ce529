//! `um backup`.

use serde_json::Value;

use crate::{
    arguments::Backup,
    client::{Call, Client},
    configuration::{Hidden, first_line},
    failure::Failure,
    packed, prompt, session,
    show::{self, Progress},
};

/// Carries the passphrase.
pub const PASSPHRASE: &str = "um-backup-passphrase";
/// What to do when there is none.
pub const OTHERWISE: &str = "give --passphrase-file, or set UM_BACKUP_PASSPHRASE";

pub async fn back_up(client: &mut Client, wanted: &Backup) -> Result<(), Failure> {
    let mut call = Call::get("/api/v1/backup").header("accept-encoding", "gzip");
    if wanted.include_secrets {
        let passphrase = match passphrase(client, wanted.passphrase_file.as_deref())? {
            Some(passphrase) => passphrase,
            None => prompt::ask_twice("passphrase for the backup", OTHERWISE)?,
        };
        call = call.query("includeSecrets", "true").header(PASSPHRASE, &passphrase);
    } else {
        client.remark("without --include-secrets this backup restores only what is still there");
    }
    client.authorise().await?;
    let progress = Progress::begin(client.quiet(), "backing up …");
    let mut response = client.open(&call).await?;
    if !response.status().is_success() {
        return client.answer(response).await.map(|_| ());
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        bytes.extend_from_slice(&chunk);
        progress.say(&format!("backing up … {} KiB", bytes.len() / 1024));
    }
    drop(progress);
    let cut = |_| Failure::failed("the answer was cut on its way: try again");
    let backup = if packed::is_packed(&bytes) { packed::unpack(&bytes).map_err(cut)? } else { bytes };
    let document: Value = serde_json::from_slice(&backup)
        .map_err(|_| Failure::failed("the deployment did not answer with a backup: is the address right?"))?;
    match &wanted.output {
        Some(path) => {
            let fault = |error| Failure::failed(format!("{}: {error}", path.display()));
            session::write_private(path, &backup).map_err(fault)?;
        }
        None => show::bytes(&backup)?,
    }
    let count = |name: &str| document["records"][name].as_array().map_or(0, Vec::len);
    client.remark(&format!(
        "backed up the settings; tenants: {}, storages: {}, registrations: {}, users: {}",
        count("tenants"),
        count("storages"),
        count("registrations"),
        count("users"),
    ));
    Ok(())
}

/// The passphrase that is known.
pub fn passphrase(client: &Client, file: Option<&std::path::Path>) -> Result<Option<Hidden>, Failure> {
    match file {
        Some(path) => first_line(path).map(Some),
        None => Ok(client.configuration.passphrase.clone()),
    }
}
