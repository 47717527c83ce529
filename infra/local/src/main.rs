//! `cargo run -p local`: the whole platform on one machine.
#![allow(clippy::print_stdout)]

use std::path::PathBuf;

use clap::Parser;
use local::{Local, Options};

/// Universal Messaging on one machine, with nothing else installed: the functions, the AWS services they use, and
/// simulated networks.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// The port everything is reached at; 0 takes a free one.
    #[arg(long, default_value_t = 9000)]
    port: u16,
    /// The directory that keeps tenants, conversations, queues and files.
    #[arg(long, default_value = ".data", conflicts_with = "ephemeral")]
    data: PathBuf,
    /// Keep nothing: everything is in memory and gone at the end.
    #[arg(long)]
    ephemeral: bool,
    /// Make no demo tenant.
    #[arg(long)]
    no_demo: bool,
    /// The administrator's password (user `admin`); it must score 3 or more on zxcvbn. One is made up when none is given.
    #[arg(long, env = "UM_ADMIN_PASSWORD", hide_env_values = true)]
    admin_password: Option<String>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    aws::telemetry::start_for_terminal("warn,engine=info,local=info,s3s_fs=error,s3s=error");
    let options = Options {
        port: arguments.port,
        data: (!arguments.ephemeral).then_some(arguments.data),
        demo: !arguments.no_demo,
        admin_password: arguments.admin_password,
        variables: std::env::vars().filter(|(name, _)| name.starts_with("UM_")).collect(),
    };
    let kept = options.data.clone();
    let local = Local::start(options).await?;
    let root = local.root();
    println!("Universal Messaging is ready at {root} ({} ms)\n", local.ready_after().as_millis());
    if local.has_demo() {
        println!("  {root}/playground        chat as a guest and as an agent");
    }
    println!("  {root}/api/v1            REST API: user admin, password {}", local.admin_password_hint());
    println!("  {root}                   AWS endpoint: DynamoDB, SQS, S3, KMS (AWS_ENDPOINT_URL)");
    println!(
        "  cargo lambda invoke --invoke-port {} <function> --data-file events/<function>/<event>.json",
        local.port()
    );
    for (connector, origin) in local.simulators() {
        println!("  {origin}    {connector}, simulated");
    }
    match kept {
        Some(directory) => println!("\nState is kept in {}. Ctrl-C ends it.", directory.display()),
        None => println!("\nNothing is kept. Ctrl-C ends it."),
    }
    tokio::signal::ctrl_c().await?;
    Ok(())
}
