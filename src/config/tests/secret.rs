//! The secret's file: made once however many start at once, and never open to others.

use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Barrier;

use secrecy::ExposeSecret as _;

use super::super::Config;
use super::super::secret::{LoadedSecret, SecretFault, SecretFrom, load_or_create};
use super::World;

fn config(data_dir: &Path) -> Config {
    World::new().flags(&["--data-dir", data_dir.to_str().unwrap()]).config()
}

fn load(data_dir: &Path) -> Result<LoadedSecret, SecretFault> {
    load_or_create(&config(data_dir))
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn write(path: &Path, text: &str, mode: u32) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn the_first_start_makes_it_and_the_next_reads_it() {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("a/b");
    let first = load(&directory).unwrap();
    let path = directory.join("secret");
    assert_eq!(first.from, SecretFrom::NewFile(path.clone()));
    assert!(first.bytes.expose_secret().len() >= 32);
    assert_eq!((mode(&directory), mode(&path)), (0o700, 0o600));
    assert_eq!(fs::read_dir(&directory).unwrap().count(), 1, "a temporary file stayed");

    let second = load(&directory).unwrap();
    assert_eq!(second.from, SecretFrom::File(path));
    assert_eq!(second.bytes.expose_secret(), first.bytes.expose_secret());
    assert!(!format!("{second:?}").contains(std::str::from_utf8(second.bytes.expose_secret()).unwrap()));
}

#[test]
fn of_many_that_start_at_once_one_makes_it_and_all_have_it() {
    const PROCESSES: usize = 16;
    for _ in 0..20 {
        let home = tempfile::tempdir().unwrap();
        let config = config(&home.path().join("data"));
        let barrier = Barrier::new(PROCESSES);
        let start = || {
            barrier.wait();
            load_or_create(&config).unwrap()
        };
        let loaded: Vec<LoadedSecret> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..PROCESSES).map(|_| scope.spawn(start)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let different: HashSet<&[u8]> = loaded.iter().map(|secret| secret.bytes.expose_secret()).collect();
        let makers = loaded.iter().filter(|secret| matches!(secret.from, SecretFrom::NewFile(_))).count();
        assert_eq!((different.len(), makers), (1, 1));
        assert_eq!(fs::read_dir(&config.data_dir).unwrap().count(), 1, "a temporary file stayed");
    }
}

#[test]
fn a_copied_file_means_the_same_as_the_setting() {
    let home = tempfile::tempdir().unwrap();
    let made = load(home.path()).unwrap();
    let text = fs::read_to_string(home.path().join("secret")).unwrap();
    let world = World::new().file("/run/s", &text).variable("JINKO_BRIDGE_SECRET_FILE", "/run/s");
    let given = load_or_create(&world.config()).unwrap();
    assert_eq!(given.bytes.expose_secret(), made.bytes.expose_secret());
    assert_eq!(given.from.to_string(), "`/run/s` (from `JINKO_BRIDGE_SECRET_FILE`)");
}

#[test]
fn a_given_secret_touches_no_directory() {
    let secret = "canary-0123456789abcdef0123456789abcdef";
    let world = World::new().flags(&["--data-dir", "/proc/nowhere", "--secret", secret]);
    let loaded = load_or_create(&world.config()).unwrap();
    assert_eq!(loaded.bytes.expose_secret(), secret.as_bytes());
    assert_eq!(loaded.from.to_string(), "`--secret`");
    assert!(!format!("{loaded:?}").contains("canary"));
}

#[test]
fn a_file_that_others_may_read_is_refused() {
    for open in [0o640, 0o604, 0o620, 0o644, 0o666] {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("secret");
        write(&path, &"x".repeat(48), open);
        let fault = load(home.path()).unwrap_err();
        assert_eq!(
            fault.to_string(),
            format!("the secret `{}` is open to other users (mode {open:04o})", path.display())
        );
        assert_eq!(fault.fix(), format!("chmod 600 {}", path.display()));
        assert_eq!(mode(&path), open, "what others may have read is not made good in silence");
    }
}

#[test]
fn a_file_that_is_no_secret_is_told_and_kept() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("secret");
    for text in ["", "\n", "canary\n"] {
        write(&path, text, 0o600);
        let fault = load(home.path()).unwrap_err();
        assert!(fault.to_string().ends_with("bytes long, at least 32 are needed"), "{fault}");
        assert!(!fault.to_string().contains("canary"));
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
    assert!(matches!(load(home.path()).unwrap_err(), SecretFault::Unreadable { .. }));
}

#[test]
fn a_directory_that_cannot_be_is_told_with_the_setting() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("file");
    fs::write(&file, "").unwrap();
    for directory in [file.join("data"), Path::new("/proc/nowhere").to_owned()] {
        let fault = load(&directory).unwrap_err();
        assert!(fault.to_string().contains(directory.to_str().unwrap()), "{fault}");
        assert!(fault.fix().contains("--data-dir") || fault.fix().contains("--secret"));
    }
}
