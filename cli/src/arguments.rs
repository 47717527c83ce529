//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueHint};
use clap_complete::Shell;

use crate::failure::CODES;

const EXAMPLES: &str = "\
Examples:
  um login --url https://um.example.com --user admin
  um backup --output backup.json
  um backup --include-secrets | gzip > backup.json.gz
  zcat backup.json.gz | um restore --dry-run
  um tenants get \"Acme LINE\" --yaml > acme.yaml; um tenants apply -f acme.yaml
  um messages send --tenant \"Acme LINE\" --to U4af4980629 --text \"Your parcel has arrived.\"

Defaults come from $HOME/.config/um/config or $HOME/.um, in YAML:
  url: https://um.example.com
  user: admin
  passwordFile: /run/secrets/um     # or password:, token:, tokenFile:, passphraseFile:
and from the environment, which goes before: UM_URL, UM_USER, UM_PASSWORD, UM_TOKEN, UM_BACKUP_PASSPHRASE.
A password that is nowhere to be found is asked for on the terminal.";

/// The command line of Universal Messaging.
#[derive(Debug, Parser)]
#[command(name = "um", version, about, after_help = format!("{EXAMPLES}\n\n{CODES}"), max_term_width = 120)]
pub struct Arguments {
    #[command(flatten)]
    pub general: General,
    #[command(subcommand)]
    pub command: Command,
}

/// What every command takes.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "General options")]
pub struct General {
    /// Where the deployment is: https://um.example.com
    #[arg(long, global = true, env = "UM_URL", value_name = "URL", alias = "host", value_hint = ValueHint::Url)]
    pub url: Option<String>,
    /// The user to log in as [default: admin]
    #[arg(long, global = true, env = "UM_USER", value_name = "NAME")]
    pub user: Option<String>,
    /// Read the password from the first line of standard input
    #[arg(long, global = true)]
    pub password_stdin: bool,
    /// Another configuration file
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub config: Option<PathBuf>,
    /// Write a log of all requests, a line of JSON each; with DEBUG=1, more of them
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub log: Option<PathBuf>,
    /// Print results, and errors, as JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// No progress and no remarks
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Seconds to wait for an answer
    #[arg(long, global = true, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..))]
    pub timeout: u64,
}

/// What is to be done.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Log in, and keep the token for the commands that follow
    #[command(
        after_help = "The token is kept in $XDG_STATE_HOME/um (or $HOME/.local/state/um), for you alone to read."
    )]
    Login,
    /// Log out: the token that is kept is good for nothing any more
    Logout,
    /// Back up the configuration
    #[command(after_help = "\
Without --include-secrets there are no credentials and no passwords in the backup: it can be restored only over tenants
and users that are still there. With it, they are encrypted (age) under a passphrase: of --passphrase-file, of
UM_BACKUP_PASSPHRASE, of the configuration file, or asked for.

Examples:
  um backup --output backup.json
  um backup --include-secrets --passphrase-file /run/secrets/backup | gzip > backup-$(date +%Y%m%d%H%M%S).json.gz")]
    Backup(Backup),
    /// Restore a backup
    #[command(after_help = "\
Everything is validated before anything is written. What is not in the backup stays as it is.

Examples:
  um restore -i backup.json --dry-run
  zcat backup-20260805230406.json.gz | um restore")]
    Restore(Restore),
    /// Companies' channels joined to contact-centre platforms
    #[command(subcommand)]
    Tenants(Tenants),
    /// Write to guests, as an IVR does
    #[command(subcommand)]
    Messages(Messages),
    /// What became of messages
    #[command(subcommand)]
    Deliveries(Deliveries),
    /// Messages that were given up
    #[command(subcommand)]
    DeadLetters(DeadLetters),
    /// Whether everything behind the API answers
    Health,
    /// Print completions for a shell
    #[command(after_help = "Example:\n  um completions bash > ~/.local/share/bash-completion/completions/um")]
    Completions {
        /// Which
        shell: Shell,
    },
}

#[derive(Debug, Args)]
pub struct Backup {
    /// Where to write it [default: standard output]
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,
    /// With credentials and hashes of passwords, encrypted under a passphrase
    #[arg(long)]
    pub include_secrets: bool,
    /// The passphrase is the first line of this file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub passphrase_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Restore {
    /// The backup, as it is or compressed [default: standard input]
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub input: Option<PathBuf>,
    /// Only say what would happen
    #[arg(long)]
    pub dry_run: bool,
    /// Register the tenants with their networks again: for a deployment at another address
    #[arg(long)]
    pub provision: bool,
    /// The passphrase of the backup is the first line of this file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub passphrase_file: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub enum Tenants {
    /// List all tenants
    List {
        /// Only those on this channel or platform: line
        #[arg(long, value_name = "ID")]
        connector: Option<String>,
        /// Only those that are switched on (true) or off (false)
        #[arg(long)]
        enabled: Option<bool>,
    },
    /// Show a tenant, without what is secret
    Get {
        /// Its id or its name
        tenant: String,
        /// As YAML
        #[arg(long, conflicts_with = "json")]
        yaml: bool,
    },
    /// Create or update tenants from a file
    #[command(after_help = "\
The file is YAML (one or several documents) or JSON (an object, or a list of them), as `um tenants get` prints it and
as the API takes it. A tenant with an `id` is updated; one with a name that there is, too; any other is created. Secrets
that are left out stay as they are. With a `version`, a tenant that somebody else changed since is not overwritten.

Examples:
  um tenants apply -f acme.yaml --dry-run
  cat tenants/*.yaml | um tenants apply -f -")]
    Apply {
        /// The file; - for standard input
        #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath)]
        file: PathBuf,
        /// Only say what would fail; tries the credentials
        #[arg(long)]
        dry_run: bool,
    },
}

#[derive(Debug, Subcommand)]
pub enum Messages {
    /// Send messages to a guest
    #[command(after_help = "\
Where the tenant's API authentication is Basic, give --tenant-user; the password comes from UM_TENANT_PASSWORD, or is
asked for.

Examples:
  um messages send --tenant \"Acme LINE\" --to U4af4980629 --text \"Your parcel has arrived.\"
  um messages send --tenant-id 259bb4e2 --to +819012345678 --message '{\"type\":\"sticker\",\"packageId\":\"446\",\"stickerId\":\"1988\"}'")]
    Send(Send),
}

#[derive(Debug, Args)]
pub struct Send {
    /// The tenant's name
    #[arg(long, value_name = "NAME", required_unless_present = "tenant_id", conflicts_with = "tenant_id")]
    pub tenant: Option<String>,
    /// The tenant's id
    #[arg(long, value_name = "ID")]
    pub tenant_id: Option<String>,
    /// The guest: the id that the network gave them, or a telephone number with its country code
    #[arg(long, value_name = "USER", alias = "user-id")]
    pub to: String,
    /// A text; several are several messages
    #[arg(long, value_name = "TEXT", required_unless_present = "message")]
    pub text: Vec<String>,
    /// A message as JSON, after all texts
    #[arg(long, value_name = "JSON")]
    pub message: Vec<String>,
    /// The user of the tenant's API authentication
    #[arg(long, value_name = "NAME", env = "UM_TENANT_USER")]
    pub tenant_user: Option<String>,
    /// Makes it safe to send the same again: a text of your own, new for every new message
    #[arg(long, value_name = "KEY")]
    pub idempotency_key: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum Deliveries {
    /// Show a delivery and every exchange with the other side
    Get {
        /// Its id
        id: String,
    },
    /// Send a message that failed again
    Resend {
        /// Its delivery's id
        id: String,
    },
}

#[derive(Debug, Subcommand)]
pub enum DeadLetters {
    /// List dead letters
    List {
        /// Only those of this queue: outbound-line
        #[arg(long)]
        queue: Option<String>,
    },
    /// Move dead letters back to where they were given up
    Redrive {
        /// One of them
        #[arg(required_unless_present = "queue", conflicts_with = "queue")]
        id: Option<String>,
        /// All of this queue: outbound-line
        #[arg(long)]
        queue: Option<String>,
    },
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Arguments::command().debug_assert();
    }
}
