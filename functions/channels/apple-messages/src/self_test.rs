//! Tries the credentials, changing nothing: Apple is asked where a file of one byte could be uploaded.

use contract::{Io, SelfTest, SendError};

use crate::{api, settings::Settings};

pub(crate) async fn run(io: &Io<'_, Settings>) -> Result<SelfTest, SendError> {
    api::pre_upload(io, 1).await?;
    Ok(SelfTest {
        found: format!("Apple takes messages for the business {}", io.settings.business_id),
        warnings: vec![
            "Please see to it that the business has chosen this deployment as its messaging service provider at Apple: \
             that cannot be looked up."
                .to_owned(),
        ],
    })
}
