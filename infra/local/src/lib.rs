//! The local environment: every function of the template in one process, on the AWS services of [`local_aws`], with
//! routes, queues, tables, schedules and event sources read from the template that is deployed.
//!
//! The functions do not know: they are called with real Lambda events and talk to AWS through its SDK.

mod demo;
mod gateway;
mod lambda_api;
mod playground;
mod pollers;
mod server;
mod simulators;
mod stack;
mod wire;

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use local_aws::Aws;
use tokio::{net::TcpListener, task::JoinSet};

pub use stack::Deployed;

/// How to start.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The port; 0 takes a free one.
    pub port: u16,
    /// Where state is kept; in memory when none.
    pub data: Option<PathBuf>,
    /// Whether to make a demo tenant on simulators.
    pub demo: bool,
    /// The administrator's password; made up when none.
    pub admin_password: Option<String>,
    /// Variables laid over those of the template, for every function: `UM_ENDPOINT_…`, `UM_DELIVERY_ATTEMPTS` …
    pub variables: BTreeMap<String, String>,
}

/// A running local environment. Dropped, it stops.
pub struct Local {
    port: u16,
    ready_after: Duration,
    aws: Aws,
    deployed: Arc<Deployed>,
    simulators: Vec<(String, String)>,
    demo: bool,
    admin_password: AdminPassword,
    _tasks: JoinSet<()>,
}

enum AdminPassword {
    Given,
    Made(String),
    Kept,
}

async fn set_administrator(context: &aws::Context, password: &str) -> anyhow::Result<()> {
    let set = api::set_first_administrator(context, password).await;
    set.map(|_| ()).map_err(|error| anyhow::anyhow!("UM_ADMIN_PASSWORD is not accepted: {error}"))
}

impl Local {
    /// Starts everything; when it returns, requests are answered.
    pub async fn start(options: Options) -> anyhow::Result<Self> {
        let started = Instant::now();
        let listener = TcpListener::bind(("127.0.0.1", options.port))
            .await
            .with_context(|| format!("port {} is not free; choose another with --port", options.port))?;
        let port = listener.local_addr()?.port();
        let root = format!("http://127.0.0.1:{port}");
        let aws = Aws::open(local_aws::Options {
            data: options.data.clone(),
            endpoint: Some(root.clone()),
            ..local_aws::Options::default()
        })
        .await
        .context("the AWS services cannot be started")?;

        let mut tasks = JoinSet::new();
        let simulators = simulators::Simulators::start(&mut tasks, &options.variables).await?;
        let mut variables = simulators.variables();
        variables.extend(options.variables.clone());
        let deployed = Arc::new(Deployed::new(&root, &aws, &variables).await?);
        server::start(
            &mut tasks,
            listener,
            server::App::router(aws.clone(), deployed.clone(), simulators.clone(), options.demo),
        )
        .await?;
        pollers::start(&mut tasks, &aws, &deployed);
        pollers::start_schedules(&mut tasks, &aws, &deployed);

        let administrator = deployed.context("api-auth").context("the template has no api-auth function")?;
        let admin_password = match options.admin_password {
            Some(password) => {
                set_administrator(administrator, &password).await?;
                AdminPassword::Given
            }
            None if api::has_first_administrator(administrator).await? => AdminPassword::Kept,
            None => {
                let password = demo::made_up_password()?;
                set_administrator(administrator, &password).await?;
                AdminPassword::Made(password)
            }
        };
        if options.demo {
            demo::make_tenants(&deployed, &simulators).await.context("the demo tenant cannot be made")?;
        }
        Ok(Self {
            port,
            ready_after: started.elapsed(),
            aws,
            deployed,
            simulators: simulators.origins(),
            demo: options.demo,
            admin_password,
            _tasks: tasks,
        })
    }

    /// Where everything is reached.
    pub fn root(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// How long it took to start.
    pub fn ready_after(&self) -> Duration {
        self.ready_after
    }

    /// The AWS services, for tests that look inside.
    pub fn aws(&self) -> &Aws {
        &self.aws
    }

    /// What the template was made into.
    pub fn deployed(&self) -> &Arc<Deployed> {
        &self.deployed
    }

    /// The simulated networks and where they are reached.
    pub fn simulators(&self) -> &[(String, String)] {
        &self.simulators
    }

    /// Whether there is a demo tenant.
    pub fn has_demo(&self) -> bool {
        self.demo
    }

    /// The administrator's password if it was made up here, else where it comes from.
    pub fn admin_password_hint(&self) -> &str {
        match &self.admin_password {
            AdminPassword::Given => "as given",
            AdminPassword::Made(password) => password,
            AdminPassword::Kept => "as before (set UM_ADMIN_PASSWORD to change it)",
        }
    }
}
