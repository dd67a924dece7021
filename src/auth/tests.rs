//! The room with a stub in the place of Jinko, in process: schedules that sockets cannot force, and floods.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::Request;
use http::StatusCode;
use tokio::sync::Notify;

use super::*;
use crate::clock::UnixMillis;
use crate::config::Environment;
use crate::error::Code;
use crate::upstream::Transport;

/// A Jinko that accepts the keys it is told to, counts, and can be held up.
#[derive(Default)]
struct Stub {
    accepted: Mutex<Vec<String>>,
    asked: AtomicUsize,
    status_for_others: Mutex<Option<u16>>,
    hold: Mutex<Option<Arc<Notify>>>,
}

impl Stub {
    fn accepting(keys: &[&str]) -> Arc<Self> {
        let stub = Self::default();
        *stub.accepted.lock().unwrap() = keys.iter().map(|key| format!("Bearer {key}")).collect();
        Arc::new(stub)
    }

    async fn answer(self: Arc<Self>, request: Request) -> (StatusCode, &'static str) {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let credential = request.headers()[AUTHORIZATION].to_str().unwrap().to_owned();
        // As Jinko does: judged on arrival, answered later.
        let is_accepted = self.accepted.lock().unwrap().contains(&credential);
        let hold = self.hold.lock().unwrap().clone();
        if let Some(hold) = hold.filter(|_| !credential.contains("impossible")) {
            hold.notified().await;
        }
        let other = self.status_for_others.lock().unwrap().unwrap_or(401);
        if is_accepted {
            (StatusCode::NOT_FOUND, r#"{"error":{"code":"NOT_FOUND","message":"no trip"}}"#)
        } else {
            (StatusCode::from_u16(other).unwrap(), r#"{"error":{"code":"UNAUTHORIZED","message":"no"}}"#)
        }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

struct World {
    auth: Arc<Auth>,
    stub: Arc<Stub>,
    clock: Clock,
    store: Store,
    _directory: tempfile::TempDir,
}

fn world(stub: Arc<Stub>, probe: KeyProbe) -> World {
    let directory = tempfile::tempdir().unwrap();
    let secret = FingerprintSecret::new(vec![7; 32]);
    let store = Store::open(directory.path(), &secret).unwrap();
    let clock = Clock::manual(UnixMillis(1_800_000_000_000));
    let place = Place { environment: Environment::Sandbox, custom_host: None };
    let answering = Arc::clone(&stub);
    let router = Router::new().fallback(move |request: Request| Arc::clone(&answering).answer(request));
    let upstream = Arc::new(Upstream::new(Transport::InProcess(router), None, place.clone()));
    let parts = Parts { place, secret, upstream, probe, store: store.clone(), clock: clock.clone() };
    World { auth: Arc::new(Auth::new(parts)), stub, clock, store, _directory: directory }
}

fn key(text: &str) -> ApiKey {
    ApiKey::new(text.to_owned())
}

const HERE: Option<IpAddr> = Some(IpAddr::V4(Ipv4Addr::LOCALHOST));

async fn code(world: &World, text: &str) -> Option<Code> {
    world.auth.verify(key(text), HERE).await.err().map(|error| error.code)
}

#[tokio::test]
async fn a_yes_is_kept_for_a_day_and_a_no_for_seconds() {
    let world = world(Stub::accepting(&["jnk_good"]), KeyProbe::Rest);
    for _ in 0..3 {
        assert_eq!(code(&world, "jnk_good").await, None);
        assert_eq!(code(&world, "jnk_bad").await, Some(Code::InvalidApiKey));
    }
    // The control, and one probe for each key.
    assert_eq!(world.stub.asked(), 3);
    world.stub.accepted.lock().unwrap().push("Bearer jnk_bad".into());
    world.clock.advance(Duration::from_secs(11));
    assert_eq!(code(&world, "jnk_bad").await, None, "a key that was made a moment later works soon");
    world.clock.advance(Duration::from_hours(25));
    assert_eq!(code(&world, "jnk_good").await, None);
    assert_eq!(world.stub.asked(), 5);
}

#[tokio::test]
async fn each_further_no_is_kept_twice_as_long_up_to_five_minutes() {
    let world = world(Stub::accepting(&[]), KeyProbe::Rest);
    let mut kept = Vec::new();
    for _ in 0..7 {
        let before = world.stub.asked();
        let mut seconds = 0;
        while world.stub.asked() == before {
            assert_eq!(code(&world, "jnk_bad").await, Some(Code::InvalidApiKey));
            world.clock.advance(Duration::from_secs(5));
            seconds += 5;
        }
        kept.push(seconds - 5);
    }
    assert_eq!(kept, [0, 10, 20, 40, 80, 160, 300].map(|s| if s == 0 { 0 } else { s - 5 }));
}

#[tokio::test]
async fn however_many_wait_one_probe_asks() {
    let world = world(Stub::accepting(&["jnk_good"]), KeyProbe::Rest);
    let hold = Arc::new(Notify::new());
    *world.stub.hold.lock().unwrap() = Some(Arc::clone(&hold));
    let waiting: Vec<_> = (0..200)
        .map(|_| {
            let auth = Arc::clone(&world.auth);
            tokio_util::task::TaskTracker::new()
                .spawn(async move { auth.verify(key("jnk_good"), HERE).await.is_ok() })
        })
        .collect();
    while world.stub.asked() < 2 {
        tokio::task::yield_now().await;
    }
    hold.notify_waiters();
    for task in waiting {
        assert!(task.await.unwrap());
    }
    assert_eq!(world.stub.asked(), 2, "the control and one probe");
}

/// A probe is answered yes at Jinko, then the key is deleted and a call meets its 401, then the probe's yes arrives.
#[tokio::test]
async fn a_probe_that_began_before_a_401_never_readmits() {
    let world = world(Stub::accepting(&["jnk_gone"]), KeyProbe::Rest);
    let hold = Arc::new(Notify::new());
    *world.stub.hold.lock().unwrap() = Some(Arc::clone(&hold));
    let auth = Arc::clone(&world.auth);
    let probing = tokio_util::task::TaskTracker::new()
        .spawn(async move { auth.verify(key("jnk_gone"), HERE).await.err() });
    while world.stub.asked() < 2 {
        tokio::task::yield_now().await;
    }
    world.stub.accepted.lock().unwrap().clear();
    *world.stub.hold.lock().unwrap() = None;
    let fingerprint = world.auth.secret.fingerprint(Environment::Sandbox, &key("jnk_gone"));
    let asked_at = world.clock.now();
    let caller = Caller { key: key("jnk_gone"), fingerprint, standing: Standing::Proven, asked_at };
    world.auth.observe(&caller, KeyEvidence::Refused);
    hold.notify_waiters();
    assert_eq!(probing.await.unwrap().map(|error| error.code), Some(Code::InvalidApiKey));
    assert_eq!(code(&world, "jnk_gone").await, Some(Code::InvalidApiKey));
    assert_eq!(world.store.verdict(&fingerprint).unwrap(), None);
}

/// Two calls are under way when the key is deleted: one meets its 401, then the other, which was sent before, is
/// answered well.
#[tokio::test]
async fn a_call_that_began_before_a_401_never_readmits() {
    let world = world(Stub::accepting(&["jnk_gone"]), KeyProbe::Rest);
    let caller = world.auth.verify(key("jnk_gone"), HERE).await.unwrap();
    world.stub.accepted.lock().unwrap().clear();
    world.auth.observe(&caller, KeyEvidence::Refused);
    world.auth.observe(&caller, KeyEvidence::Served);
    assert_eq!(code(&world, "jnk_gone").await, Some(Code::InvalidApiKey));
    // Behind the eviction in the store's queue.
    world.store.write(|_| Ok(())).await.unwrap();
    world.clock.advance(Duration::from_mins(10));
    assert_eq!(code(&world, "jnk_gone").await, Some(Code::InvalidApiKey));
    assert_eq!(world.store.verdict(&caller.fingerprint).unwrap(), None);
}

#[tokio::test]
async fn an_environment_that_cannot_be_asked_gives_no_verdict() {
    let world = world(Stub::accepting(&[]), KeyProbe::Rest);
    *world.stub.status_for_others.lock().unwrap() = Some(503);
    for _ in 0..30 {
        assert_eq!(code(&world, "jnk_any").await, Some(Code::VerificationUnavailable));
    }
    *world.stub.status_for_others.lock().unwrap() = None;
    world.stub.accepted.lock().unwrap().push("Bearer jnk_any".into());
    assert_eq!(code(&world, "jnk_any").await, None, "nothing was held against it");
}

#[tokio::test]
async fn a_probe_that_accepts_anything_proves_nothing() {
    let world = world(Stub::accepting(&[]), KeyProbe::Rest);
    *world.stub.status_for_others.lock().unwrap() = Some(200);
    let caller = world.auth.verify(key("jnk_any"), HERE).await.unwrap();
    assert_eq!(caller.standing, Standing::Unproven);
    assert_eq!(world.auth.require_fresh(&caller).await.unwrap_err().code, Code::VerificationUnavailable);
    world.auth.observe(&caller, KeyEvidence::Accepted);
    assert_eq!(world.auth.verify(key("jnk_any"), HERE).await.unwrap().standing, Standing::Unproven);
    world.auth.observe(&caller, KeyEvidence::Served);
    assert_eq!(world.auth.verify(key("jnk_any"), HERE).await.unwrap().standing, Standing::Proven);
    assert_eq!(world.stub.asked(), 1, "the control alone");
}

#[tokio::test]
async fn with_probes_off_the_first_call_decides() {
    let world = world(Stub::accepting(&[]), KeyProbe::Off);
    let caller = world.auth.verify(key("jnk_any"), HERE).await.unwrap();
    assert_eq!(caller.standing, Standing::Unproven);
    world.auth.observe(&caller, KeyEvidence::Refused);
    assert_eq!(code(&world, "jnk_any").await, Some(Code::InvalidApiKey));
    assert_eq!(world.stub.asked(), 0);
}

#[tokio::test]
async fn a_guest_route_wants_a_yes_of_the_last_five_minutes() {
    let world = world(Stub::accepting(&["jnk_good"]), KeyProbe::Rest);
    let caller = world.auth.verify(key("jnk_good"), HERE).await.unwrap();
    assert!(world.auth.require_fresh(&caller).await.is_ok());
    assert_eq!(world.stub.asked(), 2);
    world.clock.advance(Duration::from_mins(6));
    assert!(world.auth.require_fresh(&caller).await.is_ok());
    assert_eq!(world.stub.asked(), 3, "asked again");
    world.clock.advance(Duration::from_mins(6));
    world.stub.accepted.lock().unwrap().clear();
    assert_eq!(world.auth.require_fresh(&caller).await.unwrap_err().code, Code::InvalidApiKey);
}

#[tokio::test]
async fn guessing_is_throttled_and_good_keys_behind_the_same_address_are_not() {
    let world = world(Stub::accepting(&["jnk_good", "jnk_new"]), KeyProbe::Rest);
    assert_eq!(code(&world, "jnk_good").await, None);
    let mut refused = 0;
    for n in 0..100 {
        match world.auth.verify(key(&format!("jnk_guess_{n}")), HERE).await.unwrap_err() {
            error if error.code == Code::InvalidApiKey => refused += 1,
            error => {
                assert_eq!(error.code, Code::TooManyFailedAttempts);
                assert!((1..=3).contains(&error.retry_after_seconds.unwrap()));
            }
        }
    }
    assert_eq!(refused, 20);
    assert_eq!(code(&world, "jnk_good").await, None, "a key with a yes passes");
    let elsewhere = Some(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)));
    assert!(world.auth.verify(key("jnk_new"), elsewhere).await.is_ok(), "another address is not held up");
}

/// How many addresses the flood comes from.
const ADDRESSES: u32 = 2_000;

/// Tells a child of this test binary that it is one.
const FLOOD: &str = "AUTH_TEST_FLOOD";

/// What a flood of a million different keys costs: nothing at Jinko but the budget, nothing on disk, bounded memory.
/// In a process of its own, since the memory of this one is also that of the tests beside it.
#[test]
fn a_million_bad_keys_cost_next_to_nothing() {
    let name = format!("{}::a_flood", module_path!().split_once("::").unwrap().1);
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    let output = command.args([&name, "--exact", "--nocapture"]).env(FLOOD, "1").output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("the flood is over"), "{said}");
}

/// The child of the test above; in an ordinary run it is none and passes.
#[tokio::test]
async fn a_flood() {
    if !is_child() {
        return;
    }
    let world = world(Stub::accepting(&[]), KeyProbe::Rest);
    code(&world, "jnk_warm").await;
    let (before, size) = (resident_bytes(), world.store.path().metadata().unwrap().len());
    for n in 0..1_000_000_u32 {
        let address = IpAddr::V4(Ipv4Addr::from(n % ADDRESSES));
        let refused = world.auth.verify(key(&format!("jnk_flood_{n}")), Some(address)).await;
        assert!(refused.is_err());
    }
    let grown = resident_bytes().saturating_sub(before);
    assert!(grown < 16 * 1024 * 1024, "memory grew by {grown} bytes");
    assert_eq!(world.store.path().metadata().unwrap().len(), size, "something was written");
    let budget = usize::try_from(ADDRESSES).unwrap() * 20;
    assert!(world.stub.asked() <= budget + 2, "Jinko was asked {} times", world.stub.asked());
    assert!(world.store.windows(Environment::Sandbox).unwrap().is_empty());
    std::io::Write::write_all(&mut std::io::stdout(), b"\nthe flood is over\n").unwrap();
}

#[expect(clippy::disallowed_methods, reason = "a child of a test has no other way to be told")]
fn is_child() -> bool {
    std::env::var(FLOOD).is_ok()
}

/// The resident set of this process, as Linux tells it.
fn resident_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
}
