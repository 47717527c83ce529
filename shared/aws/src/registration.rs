//! Registrations in the configuration table.

use contract::Registration;

use crate::store::Document;

impl Document for Registration {
    const KIND: &'static str = "REGISTRATION";

    fn id(&self) -> &str {
        &self.id
    }

    /// Its id too: an account registers once on a channel, and two customers may well have one name.
    fn name(&self) -> &str {
        &self.id
    }
}
