//! How a function is deployed, said beside what it does: its room's part of the infrastructure is generated from this.
//!
//! What is not said has a default, so that a plain channel says nothing.

/// What a function does for its connector. It decides who calls the function, what the function may use, and its limits
/// where nothing else is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Takes what a network or a platform posts, and queues it.
    Webhook,
    /// Takes the connector's queue and delivers what is in it.
    Deliver,
    /// Asks a CX platform, every so often, what it does not tell.
    Watch,
    /// Answers other requests: a page for customers, a file to install.
    Page,
}

/// What a function may do beyond what its [`Purpose`] takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grant {
    /// Keep and forget access tokens, which all instances share. A delivery always may.
    Tokens,
    /// Keep what customers ask for on public pages.
    Registrations,
    /// Call the network: the deployment's limit of time for such calls applies. A delivery and a watch always do.
    OutgoingRequests,
}

/// An environment variable whose value the operator gives to the whole deployment, as a parameter of the template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// `UM_AMB_MSP_ID`.
    pub variable: &'static str,
    /// The template's parameter: `AmbMspId`. For a secret, it is the name of a SecureString in Systems Manager.
    pub parameter: &'static str,
    /// Whether it is a secret.
    pub secret: bool,
}

/// How a function is deployed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// What it does.
    pub purpose: Purpose,
    /// The binary it is in; the function's own name when none. Functions that share one are told apart by `_HANDLER`.
    pub binary: Option<&'static str>,
    /// What operators read of it. By default it is made of the purpose and the connector's name.
    pub description: Option<&'static str>,
    /// Method and path of each route. By default a webhook takes `POST {connector's path}/{tenantId}`.
    pub routes: Vec<(&'static str, &'static str)>,
    /// How long one run may take, in seconds. API Gateway waits for 30.
    pub timeout: u32,
    /// Memory in MiB; processor time comes with it.
    pub memory: u32,
    /// What else it may do.
    pub grants: Vec<Grant>,
    /// What the operator tells it.
    pub settings: Vec<Setting>,
    /// When it runs by itself: `rate(1 minute)`.
    pub schedule: Option<&'static str>,
}

impl Deployment {
    /// With the limits of a purpose.
    pub fn of(purpose: Purpose) -> Self {
        let (timeout, memory) = match purpose {
            Purpose::Webhook | Purpose::Page => (10, 256),
            // A file of some megabytes goes through it, to a network that may be slow.
            Purpose::Deliver => (60, 512),
            // Shorter than the time between two runs, so that they never overlap.
            Purpose::Watch => (50, 256),
        };
        Self {
            purpose,
            binary: None,
            description: None,
            routes: Vec::new(),
            timeout,
            memory,
            grants: Vec::new(),
            settings: Vec::new(),
            schedule: (purpose == Purpose::Watch).then_some("rate(1 minute)"),
        }
    }
}

/// What is said where the defaults do not fit.
impl Deployment {
    /// What operators read of it.
    #[must_use]
    pub fn description(mut self, description: &'static str) -> Self {
        self.description = Some(description);
        self
    }

    /// A route that leads to it. The first one takes the place of a webhook's default.
    #[must_use]
    pub fn route(mut self, method: &'static str, path: &'static str) -> Self {
        self.routes.push((method, path));
        self
    }

    /// How long one run may take, in seconds.
    #[must_use]
    pub fn timeout(mut self, seconds: u32) -> Self {
        self.timeout = seconds;
        self
    }

    /// Memory in MiB.
    #[must_use]
    pub fn memory(mut self, mebibytes: u32) -> Self {
        self.memory = mebibytes;
        self
    }

    /// May do this, too.
    #[must_use]
    pub fn grant(mut self, grant: Grant) -> Self {
        self.grants.push(grant);
        self
    }

    /// Is told a setting of the deployment.
    #[must_use]
    pub fn setting(mut self, variable: &'static str, parameter: &'static str) -> Self {
        self.settings.push(Setting { variable, parameter, secret: false });
        self
    }

    /// Is told where a secret of the deployment is: `parameter` names a SecureString in Systems Manager.
    #[must_use]
    pub fn secret_setting(mut self, variable: &'static str, parameter: &'static str) -> Self {
        self.settings.push(Setting { variable, parameter, secret: true });
        self
    }
}
