//! Everything that runs every so often; Lambda's handler says which one this is.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    aws::lambda::run_one_of(registry::schedules()).await
}
