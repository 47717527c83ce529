//! The simulated networks: each on a port of its own, which `UM_ENDPOINT_…` names to the functions.

use std::{collections::BTreeMap, sync::Arc};

use axum::serve::ListenerExt;
use shared::descriptor::endpoint_variable;
use simulation::Simulator;
use tokio::{net::TcpListener, task::JoinSet};

use crate::wire::Wire;

/// The simulators that are running. Cheap to clone.
#[derive(Clone)]
pub struct Simulators {
    running: Arc<Vec<(Arc<dyn Simulator>, String)>>,
    /// What goes to and fro.
    pub wire: Wire,
}

impl Simulators {
    /// Starts those that nothing of the user's stands in for: a given `UM_ENDPOINT_…` wins.
    pub async fn start(tasks: &mut JoinSet<()>, variables: &BTreeMap<String, String>) -> anyhow::Result<Self> {
        let (mut running, wire) = (Vec::new(), Wire::default());
        for simulator in connectors::simulators() {
            if variables.contains_key(&endpoint_variable(simulator.connector())) {
                continue;
            }
            let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
            let origin = format!("http://{}", listener.local_addr()?);
            simulator.mounted(&origin);
            let router = wire.around(simulator.connector(), simulator.router());
            let listener = listener.tap_io(|connection| {
                let _ = connection.set_nodelay(true);
            });
            tasks.spawn(async move {
                if let Err(error) = axum::serve(listener, router).await {
                    tracing::error!(%error, "a simulator stopped");
                }
            });
            running.push((simulator, origin));
        }
        Ok(Self { running: Arc::new(running), wire })
    }

    /// The variables that lead the functions here, and those of a deployment that these networks know.
    pub fn variables(&self) -> BTreeMap<String, String> {
        let here = |(simulator, origin): &(Arc<dyn Simulator>, String)| {
            let mut variables = simulator.variables();
            variables.push((endpoint_variable(simulator.connector()), origin.clone()));
            variables
        };
        self.running.iter().flat_map(here).collect()
    }

    /// Connector and origin of each.
    pub fn origins(&self) -> Vec<(String, String)> {
        self.running.iter().map(|(simulator, origin)| (simulator.connector().to_owned(), origin.clone())).collect()
    }

    /// A connector's simulator.
    pub fn find(&self, connector: &str) -> Option<&Arc<dyn Simulator>> {
        self.iter().find(|simulator| simulator.connector() == connector)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<dyn Simulator>> {
        self.running.iter().map(|(simulator, _)| simulator)
    }
}
