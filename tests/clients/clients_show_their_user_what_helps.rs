//! Every client in every situation that its user may get into: what must hold is asserted, and what the user saw
//! becomes `docs/clients.md`.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::support::bridge::{Bridge, unknown_key};
use crate::support::client::Client;
use crate::support::front::Front;
use crate::support::install::folder;
use crate::support::job::{Job, Outcome, Report, Step};
use crate::support::page::{self, Cells};
use crate::support::sandbox;
use crate::support::situation::Situation;

/// So many sessions at a time: more would only wait for the processor, and for their own timeouts.
const AT_A_TIME: usize = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_each_client_shows_is_what_the_page_says() {
    let permits = Arc::new(Semaphore::new(AT_A_TIME));
    let mut sessions = JoinSet::new();
    for situation in Situation::ALL {
        for (row, client) in Client::ALL.into_iter().enumerate() {
            let permits = Arc::clone(&permits);
            sessions.spawn(async move {
                let _permit = permits.acquire().await.expect("the semaphore stays open");
                ((situation, row), meet(situation, client).await)
            });
        }
    }
    let mut cells = Cells::new();
    let mut faults = Vec::new();
    while let Some(session) = sessions.join_next().await {
        let ((situation, row), outcome) = session.expect("no session panics");
        match outcome {
            Ok(shown) => drop(cells.insert((situation, row), shown)),
            Err(fault) => faults.push(format!("{situation:?}, {}: {fault}", Client::ALL[row].title())),
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
    compare_with_the_page(&page::render(&cells));
}

/// Brings `client` into `situation`: what its user saw, or what did not hold.
async fn meet(situation: Situation, client: Client) -> Result<String, String> {
    match situation {
        Situation::Connects => connected(client).await,
        Situation::UnknownKey => {
            let key = Some(unknown_key().await);
            refused(client, key, "invalid_api_key: ", "`jinko-bridge keys create").await
        }
        Situation::KeyOfAnotherEnvironment => {
            refused(client, Some("jnk_t_x".to_owned()), "wrong_environment: ", "`--env sandbox`").await
        }
        // mcp-remote registers itself without what it never had; the answer there says what to send.
        Situation::NoKey if client.is_remote() => {
            refused(client, None, "access_denied", "send a jnk_ API key as Authorization: Bearer").await
        }
        Situation::NoKey => refused(client, None, "missing_api_key: ", "`Authorization: Bearer jnk_").await,
        Situation::KeyRevoked => revoked(client).await,
        Situation::QuotaExhausted => {
            let steps = [Step::search(), Step::search(), Step::usage()];
            with_bridge(client, &["--quota-limit", "1"], &steps, exhausted).await
        }
        Situation::LongCall => with_slow_bridge(client, Step::search_with_progress(), answered_late).await,
        Situation::GivenUp => with_slow_bridge(client, Step::search_within(3), raised_and_went_on).await,
        Situation::Cancelled => {
            with_slow_bridge(client, Step::search_cancelled_after(1), raised_and_went_on).await
        }
        Situation::Restart => restarted(client).await,
        Situation::Replicas => alternated(client).await,
    }
}

type Check = fn(&Report) -> Result<String, String>;

async fn with_slow_bridge(client: Client, step: Step, check: Check) -> Result<String, String> {
    with_bridge(client, &["--sandbox-latency", "6s"], &[step, Step::usage()], check).await
}

async fn with_bridge(client: Client, flags: &[&str], steps: &[Step], check: Check) -> Result<String, String> {
    let bridge = Bridge::start(flags).await;
    let job = Job::new(client, &bridge, Some(bridge.first_key()), steps);
    let report = client.run(&job, async {}).await?;
    let shown = check(&report);
    shown.map(|shown| page::redact(&shown, &job)).map_err(|fault| explain(&fault, &report, &[&bridge]))
}

fn explain(fault: &str, report: &Report, bridges: &[&Bridge]) -> String {
    let logs: String = bridges.iter().map(|bridge| bridge.log()).collect();
    // The answer to a search is long; what went wrong stands at its beginning.
    let report: String = format!("{report:?}").chars().take(2_000).collect();
    format!("{fault}\n{report}\nthe bridge:\n{logs}")
}

async fn connected(client: Client) -> Result<String, String> {
    let bridge = Bridge::start(&[]).await;
    // Not every client says which revision it speaks; the headers do.
    let front = Front::round_robin(&[bridge.address()]).await;
    let steps = [Step::List, Step::search(), Step::usage()];
    let job = Job::new(client, &bridge, Some(bridge.first_key()), &steps);
    let job = Job { url: front.url.clone(), ..job };
    let report = client.run(&job, async {}).await?;
    let verdict = (|| {
        let Some(Outcome::Listed { tools }) = report.steps.first() else {
            return Err("no list of tools".to_owned());
        };
        for tool in ["flight_search", "hotel_search", "usage"] {
            require(tools.iter().any(|listed| listed == tool), &format!("`{tool}` is not listed"))?;
        }
        require(report.answer(1)?.has_flights(), "no flights in the structured result")?;
        require(report.answer(2)?.used() == Some(1), "`usage` does not say that one unit is used")?;
        require_whole(&report)
    })();
    verdict.map(|()| front.revision()).map_err(|fault| explain(&fault, &report, &[&bridge]))
}

/// A key that is refused, or none: `code` and `fix` must be readable, wherever the client shows them.
async fn refused(client: Client, key: Option<String>, code: &str, fix: &str) -> Result<String, String> {
    let bridge = Bridge::start(&[]).await;
    let job = Job::new(client, &bridge, key, &[Step::List]);
    let report = client.run(&job, async {}).await?;
    let shown = report.failure();
    let missing = [code, fix].into_iter().find(|part| !shown.contains(part));
    match missing {
        Some(missing) => Err(explain(&format!("`{missing}` cannot be read: {shown}"), &report, &[&bridge])),
        None => Ok(page::redact(&shown, &job)),
    }
}

/// A key that was good when the session began.
async fn revoked(client: Client) -> Result<String, String> {
    let bridge = Bridge::start(&[]).await;
    let job =
        Job::new(client, &bridge, Some(bridge.first_key()), &[Step::usage(), Step::Wait, Step::usage()]);
    let report = client.run(&job, bridge.revoke_first_key()).await?;
    let shown = report.failure();
    let is_told = shown.contains("invalid_api_key: ") && shown.contains("`jinko-bridge keys create");
    let verdict = report.answer(0).and_then(|_| require(is_told, "code and fix cannot be read"));
    verdict.map(|()| page::redact(&shown, &job)).map_err(|fault| explain(&fault, &report, &[&bridge]))
}

fn exhausted(report: &Report) -> Result<String, String> {
    require(report.answer(0)?.has_flights(), "the one unit bought nothing")?;
    let refusal = report.answer(1)?;
    require(refusal.is_error, "the second search is no error")?;
    // LangChain shows only the text, PydanticAI only the structure: each must say everything.
    require(
        refusal.text.starts_with("quota_exhausted: ") && refusal.text.contains("\nFix: "),
        "the text has not code and fix",
    )?;
    require(
        refusal.at("/error/code") == "quota_exhausted" && refusal.at("/error/fix").is_string(),
        "the structure has not code and fix",
    )?;
    let usage = report.answer(2)?;
    require(!usage.is_error && usage.used() == Some(1), "`usage` does not work afterwards")?;
    require_whole(report)?;
    Ok(refusal.text.clone())
}

fn answered_late(report: &Report) -> Result<String, String> {
    let late = report.answer(0)?;
    require(late.has_flights(), "the late answer has no flights")?;
    require(late.progress > 0, "no progress came before it")?;
    require(report.answer(1)?.used() == Some(1), "`usage` does not work afterwards")?;
    require_whole(report)?;
    Ok("answered".to_owned())
}

fn raised_and_went_on(report: &Report) -> Result<String, String> {
    let raised = report.raised(0)?.to_owned();
    // Whether it was sent is known, whether it was carried out is not: unknown counts.
    require(report.answer(1)?.used() == Some(1), "`usage` does not work afterwards")?;
    require_whole(report)?;
    Ok(raised)
}

async fn restarted(client: Client) -> Result<String, String> {
    let mut bridge = Bridge::start(&[]).await;
    let steps = [Step::search(), Step::Wait, Step::search(), Step::usage()];
    let job = Job::new(client, &bridge, Some(bridge.first_key()), &steps);
    let report = client.run(&job, bridge.restart()).await?;
    let verdict = (|| {
        require(report.answer(0)?.has_flights() && report.answer(2)?.has_flights(), "no flights")?;
        require(report.answer(3)?.used() == Some(2), "the count did not survive")?;
        require_whole(&report)
    })();
    verdict.map(|()| "goes on".to_owned()).map_err(|fault| explain(&fault, &report, &[&bridge]))
}

async fn alternated(client: Client) -> Result<String, String> {
    let (upstream, _serving) = sandbox::start().await;
    let base = format!("http://{upstream}");
    let flags = ["--env", "sandbox", "--api-base", &base];
    let bridges = [Bridge::start(&flags).await, Bridge::start(&flags).await];
    let front = Front::round_robin(&bridges.each_ref().map(Bridge::address)).await;
    let steps = [Step::List, Step::search(), Step::usage(), Step::search(), Step::usage()];
    let job = Job::new(client, &bridges[0], Some(sandbox::KEY.to_owned()), &steps);
    let job = Job { url: front.url.clone(), ..job };
    let report = client.run(&job, async {}).await?;
    let verdict = (|| {
        require(report.answer(1)?.has_flights() && report.answer(3)?.has_flights(), "no flights")?;
        require(!report.answer(2)?.is_error && !report.answer(4)?.is_error, "`usage` fails")?;
        let requests = front.requests();
        require(requests.iter().all(|&count| count > 1), &format!("the replicas were given {requests:?}"))?;
        require_whole(&report)
    })();
    verdict.map(|()| "goes on".to_owned()).map_err(|fault| explain(&fault, &report, &bridges.each_ref()))
}

fn require(holds: bool, fault: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(fault.to_owned()) }
}

/// The session was closed by its user, not by a failure.
fn require_whole(report: &Report) -> Result<(), String> {
    report.ended.as_ref().map_or(Ok(()), |ended| Err(format!("the session died: {ended}")))
}

fn compare_with_the_page(seen: &str) {
    let new = folder().join("clients.md");
    fs::write(&new, seen).expect("the page is written");
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/clients.md");
    let committed = fs::read_to_string(committed).unwrap_or_default();
    let differs = seen.lines().zip(committed.lines()).find(|(new, old)| new != old);
    assert!(
        seen == committed,
        "docs/clients.md is not what the clients show. First difference (new, committed): {differs:?}\n\
         fix: read {new} and copy it to docs/clients.md if it is right",
        new = new.display()
    );
}
