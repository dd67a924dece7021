//! Several processes on one data directory, and processes that die: this test binary started again, as a child.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;
use tokio::task::JoinSet;

use super::super::{Admission, Limit, Quota};
use super::{KEY, READ, open, policy, used};
use crate::clock::Clock;
use crate::store::StoreError;

/// Names the data directory to a child, and thereby that it is one.
const DIRECTORY: &str = "QUOTA_TEST_DIRECTORY";
/// How many units there are, for all children together.
const LIMIT: &str = "QUOTA_TEST_LIMIT";
/// Tasks of a child that reserve at once.
const TASKS: u64 = 8;

/// The child: reserves until it is refused, says `ack` for each unit, then `refused`, or `poisoned` where the disk
/// failed. In an ordinary run, where no directory is named, it is no child and passes.
#[test]
fn a_child() {
    let Some((directory, limit)) = settings() else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let quota = Quota::embedded(open(Path::new(&directory)), Clock::system());
    let said = runtime.block_on(async {
        let mut tasks = JoinSet::new();
        for _ in 0..TASKS {
            tasks.spawn(reserve_until_refused(quota.clone(), limit));
        }
        tasks.join_all().await
    });
    say(if said.iter().all(Option::is_none) { "refused" } else { "poisoned" });
}

async fn reserve_until_refused(quota: Quota, limit: u64) -> Option<StoreError> {
    loop {
        match quota.reserve(KEY, &policy(Limit::Cap(limit)), READ).await {
            Ok(Admission::Admitted(_)) => say("ack"),
            Ok(Admission::Refused(_)) => return None,
            Err(error @ StoreError::Poisoned { .. }) => return Some(error),
            Err(error) => panic!("cannot {error}"),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a child of a test has no other way to be told")]
fn settings() -> Option<(String, u64)> {
    Some((std::env::var(DIRECTORY).ok()?, std::env::var(LIMIT).ok()?.parse().unwrap()))
}

/// One line, written at once and past the test harness, on a line of its own.
fn say(what: &str) {
    std::io::stdout().lock().write_all(format!("\n{what}\n").as_bytes()).unwrap();
}

/// This test binary, told to run the child alone.
fn child(directory: &Path, limit: u64) -> Command {
    let module = module_path!();
    let name = module.split_once("::").unwrap().1;
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([&format!("{name}::a_child"), "--exact", "--nocapture"]);
    command.env(DIRECTORY, directory).env(LIMIT, limit.to_string());
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

/// What a child said until it ended.
fn heard(child: &mut Child) -> (u64, bool, bool) {
    let mut heard = (0, false, false);
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        match line.unwrap().as_str() {
            "ack" => heard.0 += 1,
            "refused" => heard.1 = true,
            "poisoned" => heard.2 = true,
            _ => {}
        }
    }
    child.wait().unwrap();
    heard
}

async fn counted(directory: &Path) -> u64 {
    let quota = Quota::embedded(open(directory), Clock::system());
    used(&quota, &policy(Limit::Off)).await
}

#[tokio::test]
async fn processes_on_one_directory_count_exactly() {
    let directory = TempDir::new().unwrap();
    let mut children: Vec<_> = (0..4).map(|_| child(directory.path(), 1_500).spawn().unwrap()).collect();
    let said: Vec<_> = children.iter_mut().map(heard).collect();
    assert!(said.iter().all(|(_, is_refused, _)| *is_refused), "{said:?}");
    assert_eq!(said.iter().map(|(acks, ..)| acks).sum::<u64>(), 1_500, "{said:?}");
    assert_eq!(counted(directory.path()).await, 1_500);
}

#[tokio::test]
async fn a_killed_process_has_lost_nothing_that_it_acknowledged() {
    let directory = TempDir::new().unwrap();
    let mut before = 0;
    for round in 1..=4 {
        let mut victim = child(directory.path(), u64::MAX).spawn().unwrap();
        let out = victim.stdout.take().unwrap();
        let reader = std::thread::spawn(move || {
            let lines = BufReader::new(out).lines().map_while(Result::ok);
            lines.filter(|line| line == "ack").count() as u64
        });
        // Reserving when it dies: the count moves, and then some.
        let other = Quota::embedded(open(directory.path()), Clock::system());
        while used(&other, &policy(Limit::Off)).await <= before + round * 50 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        victim.kill().unwrap();
        victim.wait().unwrap();
        let acks = reader.join().unwrap();
        drop(other);
        let after = counted(directory.path()).await;
        assert!(after >= before + acks, "round {round}: {acks} acknowledged, {} counted", after - before);
        assert!(
            after <= before + acks + TASKS,
            "round {round}: {acks} acknowledged, {} counted",
            after - before
        );
        before = after;
    }
}

/// A disk that takes no more: the shell forbids the child files beyond 200 KB, which its log soon reaches.
#[cfg(unix)]
#[tokio::test]
async fn a_disk_that_fails_admits_nothing_and_loses_nothing() {
    let directory = TempDir::new().unwrap();
    let plain = child(directory.path(), u64::MAX);
    let mut limited = Command::new("sh");
    limited.args(["-c", r#"trap '' XFSZ; ulimit -f 400; exec "$0" "$@""#]).arg(plain.get_program());
    limited.args(plain.get_args()).env(DIRECTORY, directory.path()).env(LIMIT, u64::MAX.to_string());
    let mut limited = limited.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let (acks, is_refused, is_poisoned) = heard(&mut limited);
    assert!(is_poisoned && !is_refused && acks > 0, "{acks} acknowledged");
    let after = counted(directory.path()).await;
    assert!((acks..=acks + TASKS).contains(&after), "{acks} acknowledged, {after} counted");
}
