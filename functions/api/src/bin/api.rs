//! Every function of the REST API; Lambda's handler says which one this is.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    aws::lambda::run_one_of(api::functions()).await
}
