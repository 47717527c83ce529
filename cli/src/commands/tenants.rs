//! `um tenants`.

use std::path::Path;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    arguments::{General, Tenants},
    client::{Call, Client, segment},
    document,
    failure::Failure,
    show,
};

const PATH: &str = "/api/v1/tenants";

pub async fn run(client: &mut Client, general: &General, command: Tenants) -> Result<(), Failure> {
    match command {
        Tenants::List { connector, enabled } => list(client, general, connector, enabled).await,
        Tenants::Get { tenant, yaml } => {
            let found = find(client, &tenant).await?;
            if yaml { show::yaml(&found) } else { show::json(&found) }
        }
        Tenants::Apply { file, dry_run } => apply(client, general, &file, dry_run).await,
    }
}

async fn list(
    client: &mut Client,
    general: &General,
    connector: Option<String>,
    enabled: Option<bool>,
) -> Result<(), Failure> {
    let mut call = Call::get(PATH).query("limit", "200");
    if let Some(connector) = connector {
        call = call.query("connector", connector);
    }
    if let Some(enabled) = enabled {
        call = call.query("enabled", enabled.to_string());
    }
    let tenants = client.list(call).await?;
    if general.json {
        return show::json(&Value::Array(tenants));
    }
    let row = |tenant: &Value| {
        vec![
            show::text(&tenant["id"]),
            show::text(&tenant["name"]),
            show::text(&tenant["messaging"]["connector"]),
            show::text(&tenant["cxPlatform"]["connector"]),
            if tenant["enabled"] == true { "on" } else { "off" }.to_owned(),
        ]
    };
    show::table(&["ID", "NAME", "CHANNEL", "PLATFORM", ""], &tenants.iter().map(row).collect::<Vec<_>>())
}

/// A tenant by its id, else by its name.
async fn find(client: &mut Client, tenant: &str) -> Result<Value, Failure> {
    match client.call(Call::get(&format!("{PATH}/{}", segment(tenant)))).await {
        Ok(answer) => return Ok(answer.body),
        Err(failure) if failure.is_not_found() => {}
        Err(failure) => return Err(failure),
    }
    match by_name(client, tenant).await? {
        Some(found) => Ok(found),
        None => Err(Failure::not_found(format!("there is no tenant of the id or name \"{tenant}\""))),
    }
}

async fn by_name(client: &mut Client, name: &str) -> Result<Option<Value>, Failure> {
    Ok(client.list(Call::get(PATH).query("name", name)).await?.into_iter().next())
}

async fn apply(client: &mut Client, general: &General, file: &Path, dry_run: bool) -> Result<(), Failure> {
    let bytes = document::bytes(Some(file))?;
    let text = String::from_utf8(bytes).map_err(|_| Failure::usage("the file is not UTF-8"))?;
    let documents = document::objects(&text)?;
    let (mut results, mut refused) = (Vec::new(), 0);
    let several = documents.len() > 1;
    for document in documents {
        let name = show::text(&document["name"]);
        let result = one(client, &document, dry_run).await.inspect_err(|_| {
            // Those before it are done: say which one it was.
            if several && !general.json {
                eprintln!("um: at tenant \"{name}\":");
            }
        })?;
        if !general.json {
            print(&name, &result)?;
        }
        refused += result["checks"].as_array().into_iter().flatten().filter(|check| check["ok"] == false).count();
        results.push(result);
    }
    if general.json {
        show::json(&Value::Array(results))?;
    }
    if refused > 0 { Err(Failure::failed("credentials were refused")) } else { Ok(()) }
}

/// Creates or updates one tenant. What became of it, with its document or what was tried.
async fn one(client: &mut Client, document: &Value, dry_run: bool) -> Result<Value, Failure> {
    let id = match (document["id"].as_str(), document["name"].as_str()) {
        (Some(id), _) => Some(id.to_owned()),
        (None, Some(name)) => by_name(client, name).await?.and_then(|found| found["id"].as_str().map(str::to_owned)),
        (None, None) => None,
    };
    let mut call = match &id {
        Some(id) => Call::new(Method::PUT, &format!("{PATH}/{}", segment(id))).json(document),
        None => Call::post(PATH, document),
    };
    if let (Some(version), Some(_)) = (document["version"].as_u64(), &id) {
        call = call.header("if-match", &format!("\"{version}\""));
    }
    if dry_run {
        call = call.query("dryRun", "true");
    }
    let answer = client.call(call).await?;
    let effect = match (dry_run, id) {
        (true, Some(_)) => "would be updated",
        (true, None) => "would be created",
        (false, _) if answer.status == StatusCode::CREATED => "created",
        (false, _) => "updated",
    };
    let (tenant, trial) = if dry_run { (Value::Null, answer.body) } else { (answer.body, Value::Null) };
    let warnings = if dry_run { &trial["warnings"] } else { &tenant["warnings"] };
    Ok(json!({ "effect": effect, "warnings": warnings, "checks": trial["checks"], "tenant": tenant }))
}

fn print(name: &str, result: &Value) -> Result<(), Failure> {
    let id = show::text(&result["tenant"]["id"]);
    show::line(format!("{} \"{name}\" {id}", show::text(&result["effect"])).trim_end())?;
    for check in result["checks"].as_array().into_iter().flatten() {
        let word = if check["ok"] == true { "ok" } else { "refused" };
        show::line(&format!("  {} {word}: {}", show::text(&check["connector"]), show::text(&check["detail"])))?;
    }
    for warning in result["warnings"].as_array().into_iter().flatten() {
        eprintln!("um: {}", show::text(warning));
    }
    for half in ["messaging", "cxPlatform"] {
        let status = &result["tenant"][half]["status"];
        if status["state"] == "failed" {
            eprintln!("um: {}: {}", show::text(&result["tenant"][half]["connector"]), show::text(&status["detail"]));
        }
    }
    Ok(())
}
