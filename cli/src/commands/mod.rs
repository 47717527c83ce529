//! What the commands do.

mod backup;
mod login;
mod messages;
mod restore;
mod tenants;

use clap::CommandFactory;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    arguments::{Arguments, Command, DeadLetters, Deliveries, General, Messages},
    client::{Call, Client, segment},
    failure::Failure,
    show,
};

/// Does what was asked for.
pub async fn run(arguments: Arguments) -> Result<(), Failure> {
    let Arguments { general, command } = arguments;
    if let Command::Completions { shell } = command {
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut Arguments::command(), "um", &mut script);
        return show::bytes(&script);
    }
    let mut client = Client::new(&general)?;
    let outcome = with(&mut client, &general, command).await;
    client.close().await;
    outcome
}

async fn with(client: &mut Client, general: &General, command: Command) -> Result<(), Failure> {
    match command {
        Command::Login => login::log_in(client, general).await,
        Command::Logout => login::log_out(client).await,
        Command::Backup(wanted) => backup::back_up(client, &wanted).await,
        Command::Restore(how) => restore::restore(client, general, &how).await,
        Command::Tenants(command) => tenants::run(client, general, command).await,
        Command::Messages(Messages::Send(what)) => messages::send(client, general, &what).await,
        Command::Deliveries(command) => deliveries(client, command).await,
        Command::DeadLetters(command) => dead_letters(client, general, command).await,
        Command::Health => health(client, general).await,
        // Needs no client.
        Command::Completions { .. } => Ok(()),
    }
}

async fn deliveries(client: &mut Client, command: Deliveries) -> Result<(), Failure> {
    let call = match command {
        Deliveries::Get { id } => Call::get(&format!("/api/v1/deliveries/{}", segment(&id))),
        Deliveries::Resend { id } => Call::new(Method::POST, &format!("/api/v1/deliveries/{}/resend", segment(&id))),
    };
    show::json(&client.call(call).await?.body)
}

async fn dead_letters(client: &mut Client, general: &General, command: DeadLetters) -> Result<(), Failure> {
    const PATH: &str = "/api/v1/dead-letters";
    match command {
        DeadLetters::List { queue } => {
            let mut call = Call::get(PATH).query("limit", "100");
            if let Some(queue) = queue {
                call = call.query("queue", queue);
            }
            let letters = client.list(call).await?;
            if general.json {
                return show::json(&Value::Array(letters));
            }
            let row = |it: &Value| ["id", "queue", "at", "state", "reason"].map(|name| show::text(&it[name])).to_vec();
            show::table(&["ID", "QUEUE", "AT", "STATE", "REASON"], &letters.iter().map(row).collect::<Vec<_>>())
        }
        DeadLetters::Redrive { id, queue } => {
            let call = match (id, queue) {
                (Some(id), _) => Call::new(Method::POST, &format!("{PATH}/{}/redrive", segment(&id))),
                (None, queue) => Call::post(&format!("{PATH}/redrive"), &json!({ "queue": queue })),
            };
            show::json(&client.call(call).await?.body)
        }
    }
}

/// Whether everything answers. Details are for those who are logged in, but nobody is asked to.
async fn health(client: &mut Client, general: &General) -> Result<(), Failure> {
    let call = Call::get("/api/v1/health");
    let known = client.has_token() || client.configuration.password.is_some();
    let outcome = if known { client.call(call).await } else { client.call_as(call, None).await };
    let answer = match outcome {
        Ok(answer) => answer,
        // Who may not log in may still ask.
        Err(failure) if failure.is_not_authorised() => client.call_as(Call::get("/api/v1/health"), None).await?,
        Err(failure) => return Err(failure),
    };
    if general.json {
        return show::json(&answer.body);
    }
    show::line(&show::text(&answer.body["status"]))?;
    let checks = answer.body["checks"].as_array().cloned().unwrap_or_default();
    let row = |it: &Value| ["name", "status", "latencyMs", "detail"].map(|name| show::text(&it[name])).to_vec();
    if checks.is_empty() {
        return Ok(());
    }
    show::table(&["WHAT", "STATUS", "MS", ""], &checks.iter().map(row).collect::<Vec<_>>())
}
