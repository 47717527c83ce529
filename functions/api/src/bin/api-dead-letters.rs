//! The Lambda function `api-dead-letters`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    aws::lambda::run(api::dead_letters()).await
}
