//! The Lambda function `api-first-administrator`.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    aws::lambda::run(api::first_administrator()).await
}
