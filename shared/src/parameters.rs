//! Secrets of the deployment that lie in Systems Manager's Parameter Store: a variable `UM_X=ssm:/name` stands for the
//! parameter's value, which is fetched once, before the function answers anything. So no secret stands in a function's
//! configuration, which more people may read than should know it.
//! <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html>

use aws_config::SdkConfig;
use aws_sdk_ssm::error::ProvideErrorMetadata;

use crate::{
    Secret,
    config::{Config, ConfigError},
};

/// A parameter's value, decrypted. Fails with AWS's code (`ParameterNotFound`), or without one when AWS does not answer.
pub async fn read(aws: &SdkConfig, name: &str) -> Result<Secret, Option<String>> {
    let client = aws_sdk_ssm::Client::new(aws);
    let answer = client.get_parameter().name(name).with_decryption(true).send().await;
    let answer = answer.map_err(|error| error.code().map(str::to_owned))?;
    Ok(Secret::new(answer.parameter.and_then(|parameter| parameter.value).unwrap_or_default()))
}

/// Fetches what a function's variables refer to. A function without such variables asks nobody.
pub(crate) async fn fetch(config: &mut Config, aws: &SdkConfig) -> Result<(), ConfigError> {
    for (variable, parameter) in config.references() {
        let value = read(aws, &parameter).await.map_err(|code| {
            let code = code.as_deref().unwrap_or("no answer");
            ConfigError::new(&variable, format!("the SSM parameter {parameter} cannot be read: {code}"))
        })?;
        config.resolve(&variable, value);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use aws_config::{BehaviorVersion, Region};
    use aws_credential_types::Credentials;
    use axum::{Json, Router, http::StatusCode, response::IntoResponse, routing::post};
    use serde_json::{Value, json};

    use super::*;

    /// Parameter Store with one parameter in it.
    async fn store() -> SdkConfig {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let answer = |body: axum::body::Bytes| async move {
            let asked: Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(asked["WithDecryption"], true);
            match asked["Name"].as_str() {
                Some("/um/amb") => {
                    Json(json!({ "Parameter": { "Name": "/um/amb", "Value": "c2VjcmV0" } })).into_response()
                }
                _ => (StatusCode::BAD_REQUEST, Json(json!({ "__type": "ParameterNotFound" }))).into_response(),
            }
        };
        tokio::spawn(async move { axum::serve(listener, Router::new().route("/", post(answer))).await });
        aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::for_tests())
            .endpoint_url(origin)
            .load()
            .await
    }

    fn config(secret: &str) -> Config {
        Config::from_variables([("UM_AMB_MSP_SECRET".to_owned(), secret.to_owned())]).unwrap()
    }

    #[tokio::test]
    async fn references_are_followed_and_a_lost_parameter_is_named() {
        let aws = store().await;
        let mut good = config("ssm:/um/amb");
        fetch(&mut good, &aws).await.unwrap();
        let laid = good.lay_over(&[("mspSecret", "UM_AMB_MSP_SECRET")], &json!({})).into_owned();
        assert_eq!(laid, json!({ "mspSecret": "c2VjcmV0" }));

        let error = fetch(&mut config("ssm:/um/lost"), &aws).await.unwrap_err().to_string();
        assert!(error.contains("UM_AMB_MSP_SECRET: the SSM parameter /um/lost"), "{error}");
        assert!(error.contains("ParameterNotFound"), "{error}");
    }
}
