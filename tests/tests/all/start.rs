//! The start.

use tests::Platform;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_platform_is_ready_soon() {
    let platform = Platform::start().await;
    let ready = platform.local.ready_after();
    println!("ready after {ready:?}");
    // The promise is one second; this build is not optimised, and its machine may be busy.
    assert!(ready.as_secs() < 5, "{ready:?}");
}
