//! A look at the credentials, changing nothing: Apple is asked where a file of one byte could be uploaded.

use contract::{Io, SelfTest, SendError, http::Request};
use http::HeaderName;

use crate::{files, refusal, render::GATEWAY, settings::Settings};

pub(crate) async fn run(io: &Io<'_, Settings>) -> Result<SelfTest, SendError> {
    let request = files::authorized(io, Request::get(format!("{GATEWAY}/preUpload")))?
        .header(HeaderName::from_static("mmcs-size"), "1")
        .header(HeaderName::from_static("size"), "1");
    let answer = io.http.send(request).await?;
    if let Some(error) = refusal::of(&answer, io.now()) {
        return Err(error);
    }
    Ok(SelfTest {
        found: format!("Apple takes messages for the business {}", io.settings.business_id),
        warnings: vec![
            "Please see to it that the business has chosen this deployment as its messaging service provider at Apple: \
             that cannot be looked up."
                .to_owned(),
        ],
    })
}
