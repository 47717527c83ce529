//! `um restore`.

use reqwest::Method;
use serde_json::Value;

use super::backup::{OTHERWISE, PASSPHRASE, passphrase};
use crate::{
    arguments::{General, Restore},
    client::{Call, Client},
    document,
    failure::Failure,
    packed, prompt,
    show::{self, Progress},
};

pub async fn restore(client: &mut Client, general: &General, how: &Restore) -> Result<(), Failure> {
    let read = document::bytes(how.input.as_deref())?;
    let cut = |error| Failure::failed(format!("the backup cannot be unpacked: it was cut or changed ({error})"));
    let backup = if packed::is_packed(&read) { packed::unpack(&read).map_err(cut)? } else { read };
    let document: Value = serde_json::from_slice(&backup)
        .map_err(|error| Failure::failed(format!("this is no backup, or it was cut: {error}")))?;
    let body = packed::pack(&backup).map_err(|error| Failure::failed(error.to_string()))?;
    let mut call = Call::new(Method::POST, "/api/v1/restore").body(body).header("content-encoding", "gzip");
    if document["secrets"].is_string() {
        let passphrase = match passphrase(client, how.passphrase_file.as_deref())? {
            Some(passphrase) => passphrase,
            None => prompt::ask("passphrase of the backup", OTHERWISE)?,
        };
        call = call.header(PASSPHRASE, &passphrase);
    }
    for (name, wanted) in [("dryRun", how.dry_run), ("provision", how.provision)] {
        if wanted {
            call = call.query(name, "true");
        }
    }
    client.authorise().await?;
    let progress = Progress::begin(client.quiet(), "restoring …");
    let report = client.call(call).await;
    drop(progress);
    // Some of it may be done: what is, is left as it is the next time.
    let report = report.map_err(|failure| failure.unless_reached("some of it may be restored: restore again"))?.body;
    if general.json {
        return show::json(&report);
    }
    for record in report["records"].as_array().into_iter().flatten().filter(|record| record["effect"] != "unchanged") {
        let name = record["name"].as_str().filter(|name| !name.is_empty()).map(|name| format!(" \"{name}\""));
        let (effect, resource, id) = (&record["effect"], &record["resource"], &record["id"]);
        let line =
            format!("{} {}{} {}", show::text(effect), show::text(resource), name.unwrap_or_default(), show::text(id));
        show::line(line.trim_end())?;
    }
    for warning in report["warnings"].as_array().into_iter().flatten() {
        eprintln!("um: {}", show::text(warning));
    }
    let mut records = report["records"].as_array().into_iter().flatten();
    let user = client.configuration.user.to_lowercase();
    let own = |it: &Value| it["resource"] == "users" && show::text(&it["id"]).to_lowercase() == user;
    if !how.dry_run && records.any(|it| own(it) && it["effect"] == "updated") {
        client.remark("your own user is as it was in the backup: log in again, with the password of then");
    }
    let would = if how.dry_run { "would be " } else { "" };
    let count = |name: &str| show::text(&report[name]);
    client.remark(&format!(
        "{} {would}created, {} {would}updated, {} unchanged",
        count("created"),
        count("updated"),
        count("unchanged")
    ));
    Ok(())
}
