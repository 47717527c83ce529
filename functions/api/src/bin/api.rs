//! Every function of the REST API; Lambda's handler says which one this is.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let handler = std::env::var("_HANDLER").unwrap_or_default();
    // Only an unknown name needs all of them, to list them.
    let functions = api::function_named(&handler).map_or_else(api::functions, |function| vec![function]);
    aws::lambda::run_one_of(functions).await
}
