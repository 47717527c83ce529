//! `um login`, `um logout`.

use crate::{arguments::General, client::Client, failure::Failure, session, show};

pub async fn log_in(client: &mut Client, general: &General) -> Result<(), Failure> {
    let (token, expires) = client.log_in().await?;
    session::keep(&client.configuration.url, &client.configuration.user, &token, expires)?;
    client.keep();
    let who = &client.configuration;
    if general.json {
        let shown = serde_json::json!({ "url": who.url, "user": who.user, "expiresAt": expires.to_string() });
        return show::json(&shown);
    }
    client.remark(&format!("logged in to {} as {} until {expires}", who.url, who.user));
    Ok(())
}

pub async fn log_out(client: &mut Client) -> Result<(), Failure> {
    let (url, user) = (client.configuration.url.clone(), client.configuration.user.clone());
    if !client.has_token() {
        client.remark(&format!("{user} was not logged in to {url}"));
        return Ok(());
    }
    // Whatever the deployment says, the token is not used here any more.
    session::forget(&url, &user)?;
    client.end_session().await?;
    client.remark(&format!("logged out of {url}"));
    Ok(())
}
