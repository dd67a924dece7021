//! Calls that take longer than a client's patience with silence.

use crate::support::bridge::Bridge;
use crate::support::client::Client;
use crate::support::job::{Job, Step};

/// A search may take up to two minutes at Jinko; httpx, and with it the Python SDKs, gives up after 5 s of silence.
#[tokio::test]
async fn python_with_a_read_timeout_of_5_s_waits_90_s() {
    let bridge = Bridge::start(&["--sandbox-latency", "90s"]).await;
    let steps = [Step::search(), Step::usage()];
    let job = |client| Job::new(client, &bridge, Some(bridge.first_key()), &steps);
    let wait = async |client: Client| client.run(&job(client), async {}).await;
    let (one, two, two_legacy) =
        tokio::join!(wait(Client::PythonOne), wait(Client::PythonTwo), wait(Client::PythonTwoLegacy));
    for report in [one, two, two_legacy] {
        let report = report.unwrap();
        assert!(report.answer(0).unwrap().has_flights(), "{report:?}\n{}", bridge.log());
        assert!(!report.answer(1).unwrap().is_error && report.ended.is_none(), "{:?}", report.ended);
    }
}
