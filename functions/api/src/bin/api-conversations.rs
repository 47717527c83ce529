//! The Lambda function `api-conversations`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    shared::lambda::run(api::conversations()).await
}
