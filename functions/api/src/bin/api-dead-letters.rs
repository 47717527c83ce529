//! The Lambda function `api-dead-letters`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    shared::lambda::run(api::dead_letters()).await
}
