//! The command line: what is understood, what is suggested, what the help says.

use super::super::arguments::tree;
use super::super::{Arguments, ArgumentsError, Command, Keys, parse};
use super::World;

fn run(line: &str) -> Result<Arguments, ArgumentsError> {
    parse(std::iter::once("jinko-bridge").chain(line.split_whitespace()).map(Into::into))
}

fn refused(line: &str) -> String {
    match run(line) {
        Err(ArgumentsError::Refused(text)) => text,
        other => panic!("`{line}` gave {other:?}"),
    }
}

fn answered(line: &str) -> String {
    match run(line) {
        Err(ArgumentsError::Answered(text)) => text,
        other => panic!("`{line}` gave {other:?}"),
    }
}

#[test]
fn each_command_is_understood() {
    for (line, command) in [
        ("", Command::Serve),
        ("serve", Command::Serve),
        ("health", Command::Health),
        ("keys create --name ci", Command::Keys(Keys::Create { name: "ci".to_owned() })),
        ("keys list", Command::Keys(Keys::List)),
        ("keys revoke k1", Command::Keys(Keys::Revoke { id: "k1".to_owned() })),
        ("usage", Command::Usage { json: false }),
        ("usage --json", Command::Usage { json: true }),
    ] {
        assert_eq!(run(line).unwrap().command, command, "{line}");
    }
}

#[test]
fn a_setting_may_stand_anywhere() {
    for line in [
        &["--env", "sandbox", "keys", "list"][..],
        &["keys", "--env", "sandbox", "list"],
        &["keys", "list", "--env", "sandbox"],
        &["--env=sandbox"],
    ] {
        assert_eq!(World::new().flags(line).config().title(), "sandbox");
    }
}

#[test]
fn a_setting_stands_once_wherever_it_stands() {
    for line in ["--env local --env sandbox", "--env production serve --env local"] {
        let text = refused(line);
        assert!(text.contains("'--env") && text.contains("cannot be used multiple times"), "{text}");
    }
}

#[test]
fn a_negative_number_is_a_value() {
    let faults = World::new().flags(&["--quota-limit", "-5"]).faults();
    assert!(faults.starts_with("error: `--quota-limit` is `-5`: a whole number above 0"), "{faults}");
}

#[test]
fn a_slip_gets_a_suggestion() {
    for (line, suggestion) in [
        ("--lisen x", "'--listen'"),
        ("serve --quota-limt 5", "'--quota-limit'"),
        ("serv", "'serve'"),
        ("keys crate", "'create'"),
    ] {
        let text = refused(line);
        assert!(text.contains("tip: a similar") && text.contains(suggestion), "{text}");
    }
    assert!(refused("keys").contains("Usage: jinko-bridge keys <COMMAND>"));
    assert!(refused("keys create").contains("--name <NAME>"));
}

#[test]
fn a_key_in_the_wrong_place_is_not_repeated() {
    for line in ["jnk_canary", "usage jnk_canary", "--env=local --jnk_canary", "keys list jnk_canary --x"] {
        let text = refused(line);
        assert!(!text.contains("canary"), "{text}");
    }
}

#[test]
fn the_version_is_the_packages() {
    assert_eq!(answered("--version"), format!("jinko-bridge {}\n", env!("CARGO_PKG_VERSION")));
}

/// A default of clap's would pass for a flag, and win over variable and file.
#[test]
fn no_argument_has_a_default_of_claps() {
    fn walk(tree: &clap::Command) {
        for argument in tree.get_arguments() {
            // A switch is off by clap's own doing, which is no layer: it counts as not given.
            let is_switch = matches!(argument.get_action(), clap::ArgAction::SetTrue);
            assert!(is_switch || argument.get_default_values().is_empty());
        }
        tree.get_subcommands().for_each(walk);
    }
    let mut tree = tree();
    tree.build();
    tree.clone().debug_assert();
    walk(&tree);
}

#[test]
fn a_small_command_shows_its_own_options() {
    insta::assert_snapshot!(answered("keys create --help"), @"
    Make a key and print it, this once, alone on stdout

    Usage: jinko-bridge keys create --name <NAME>

    Options:
          --name <NAME>  Whose key it is: shown by `keys list` and `usage`
      -h, --help         Print help

    Takes every setting that `jinko-bridge --help` shows, such as `--data-dir`.
    ");
}

#[test]
fn the_short_help() {
    insta::assert_snapshot!(tree().term_width(100).render_help(), @"
    Lets MCP clients use the travel platform Jinko with an API key

    Usage: jinko-bridge [OPTIONS] [COMMAND]

    Commands:
      serve   Run the HTTP server until SIGINT or SIGTERM, then drain [what `jinko-bridge` alone does]
      stdio   Serve one MCP client on stdin and stdout, for clients that start a program
      check   Look at configuration, data directory, upstream and key, and say how to mend what is wrong
      health  Ask the running server with the same settings whether it is ready; exit 0 or 1
      keys    Make, list and revoke the keys of `local`
      usage   Show what each key has used of its quota
      help    Print this message or the help of the given subcommand(s)

    Options:
      -h, --help     Print help (see more with '--help')
      -V, --version  Print version

    Environment:
          --env <NAME>      The Jinko that this process is bound to: `local` (an embedded sandbox, all
                            data invented), `sandbox` (Jinko's test environment) or `production` (alias
                            `prod`; bookings are real)
          --config <FILE>   A TOML file with settings: the flags as keys, spelled with `_`
          --data-dir <DIR>  The directory for the secret, the counts and the local keys

    Listening:
          --listen <ADDRESS>        The address that MCP clients connect to
          --admin-listen <ADDRESS>  The address for metrics and health, or `off`
          --public-url <URL>        What the world calls this bridge, where it stands behind a proxy
          --allow-origin <ORIGIN>   The origin of a web page that may call, as in
                                    `https://app.example.com`
          --trust-proxy <CIDR>      The network of a proxy whose `X-Forwarded-For` is believed, as in
                                    `10.0.0.0/8`

    Upstream:
          --api-base <URL>              Another REST server in the place of the environment's own
          --mcp-base <URL>              Jinko's hosted MCP server, or `off`
          --allow-insecure-upstream     Lets `--api-base` be `http` although its host is not this
                                        machine
          --sandbox-latency <DURATION>  How long each answer of the embedded sandbox waits, up to 10
                                        minutes, as in `250ms`

    Keys and quota:
          --local-key <KEY>          A key to accept in `local`, for tests that need a key they know
                                     beforehand
          --api-key-file <FILE>      A file with the API key that `stdio` and `check` use; without it
                                     they take `JINKO_API_KEY`
          --key-probe <HOW>          How a key is checked before its first call: `rest` (a read of a
                                     trip that cannot exist), `mcp` (the tool list of Jinko's hosted MCP
                                     server) or `off` (its first call decides)
          --auth-errors <HOW>        How a refused key is told: `http` (status 401) or `tool` (the
                                     client may list, and each call answers with the reason, so that the
                                     model reads it)
          --quota-limit <NUMBER>     The requests that each key has in a window; `off` counts without a
                                     limit
          --quota-window <DURATION>  How long a window is, from 1 second to 366 days, as in `30d` or
                                     `12h`
          --secret <SECRET>          What the fingerprints of keys are made with, at least 32 bytes

    Tools:
          --toolsets <NAME>       The toolsets that may be used: `flights`, `hotels`, `trips`,
                                  `bookings`, `account`, `ground`, `cars`
          --tools <NAME>          A tool that may be used, beside the toolsets; without any of these,
                                  the only ones
          --exclude-tools <NAME>  A tool that may not be used, whatever the other two say

    Logs:
          --log <FILTER>         Which log lines are written: `error`, `warn`, `info`, `debug`, `trace`,
                                 or a filter for each part
          --log-format <FORMAT>  How log lines are written: `text` or `json`

    `--help` says more, and names the variables.
    ");
}

#[test]
#[expect(clippy::too_many_lines, reason = "the text is long, the test is one line")]
fn the_long_help() {
    insta::assert_snapshot!(tree().term_width(100).render_long_help(), @r#"
    Lets MCP clients use the travel platform Jinko with an API key.

    Without a command it serves MCP over HTTP. Without settings it serves `local`: an embedded sandbox
    whose data is invented and in which nothing is really booked. A setting is a flag, else a variable,
    else a key of the TOML file, else its default.

    Usage: jinko-bridge [OPTIONS] [COMMAND]

    Commands:
      serve   Run the HTTP server until SIGINT or SIGTERM, then drain [what `jinko-bridge` alone does]
      stdio   Serve one MCP client on stdin and stdout, for clients that start a program
      check   Look at configuration, data directory, upstream and key, and say how to mend what is wrong
      health  Ask the running server with the same settings whether it is ready; exit 0 or 1
      keys    Make, list and revoke the keys of `local`
      usage   Show what each key has used of its quota
      help    Print this message or the help of the given subcommand(s)

    Options:
      -h, --help
              Print help (see a summary with '-h')

      -V, --version
              Print version

    Environment:
          --env <NAME>
              The Jinko that this process is bound to: `local` (an embedded sandbox, all data invented),
              `sandbox` (Jinko's test environment) or `production` (alias `prod`; bookings are real).
              [default: local]
              [variable: JINKO_BRIDGE_ENV, JINKO_ENV]

          --config <FILE>
              A TOML file with settings: the flags as keys, spelled with `_`. A flag or a variable
              overrides it.
              [default: none]
              [variable: JINKO_BRIDGE_CONFIG]

          --data-dir <DIR>
              The directory for the secret, the counts and the local keys. Several processes may share
              it.
              [default: `jinko-bridge` in the platform's data directory]
              [variable: JINKO_BRIDGE_DATA_DIR]

    Listening:
          --listen <ADDRESS>
              The address that MCP clients connect to. `0.0.0.0:8787` listens on every interface.
              [default: 127.0.0.1:8787]
              [variable: JINKO_BRIDGE_LISTEN]

          --admin-listen <ADDRESS>
              The address for metrics and health, or `off`.
              [default: 127.0.0.1:8788]
              [variable: JINKO_BRIDGE_ADMIN_LISTEN]

          --public-url <URL>
              What the world calls this bridge, where it stands behind a proxy.
              [default: from `--listen`]
              [variable: JINKO_BRIDGE_PUBLIC_URL]

          --allow-origin <ORIGIN>
              The origin of a web page that may call, as in `https://app.example.com`. May be given more
              than once; the variable takes a list with commas.
              [default: none]
              [variable: JINKO_BRIDGE_ALLOW_ORIGIN]

          --trust-proxy <CIDR>
              The network of a proxy whose `X-Forwarded-For` is believed, as in `10.0.0.0/8`. May be
              given more than once; the variable takes a list with commas.
              [default: none]
              [variable: JINKO_BRIDGE_TRUST_PROXY]

    Upstream:
          --api-base <URL>
              Another REST server in the place of the environment's own. In `local`: a sandbox that
              several bridges share.
              [default: by environment]
              [variable: JINKO_BRIDGE_API_BASE, JINKO_API_BASE]

          --mcp-base <URL>
              Jinko's hosted MCP server, or `off`.
              [default: by environment; `off` with `--api-base`]
              [variable: JINKO_BRIDGE_MCP_BASE, JINKO_MCP_URL]

          --allow-insecure-upstream
              Lets `--api-base` be `http` although its host is not this machine. Keys then travel in
              clear text.
              [default: off]
              [variable: JINKO_BRIDGE_ALLOW_INSECURE_UPSTREAM]

          --sandbox-latency <DURATION>
              How long each answer of the embedded sandbox waits, up to 10 minutes, as in `250ms`.
              [default: 0s]
              [variable: JINKO_BRIDGE_SANDBOX_LATENCY]

    Keys and quota:
          --local-key <KEY>
              A key to accept in `local`, for tests that need a key they know beforehand. May be given
              more than once; the variable takes a list with commas.
              [default: none]
              [variable: JINKO_BRIDGE_LOCAL_KEY, JINKO_BRIDGE_LOCAL_KEY_FILE (a path)]

          --api-key-file <FILE>
              A file with the API key that `stdio` and `check` use; without it they take
              `JINKO_API_KEY`.
              [default: the variable `JINKO_API_KEY`]
              [variable: JINKO_BRIDGE_API_KEY_FILE]

          --key-probe <HOW>
              How a key is checked before its first call: `rest` (a read of a trip that cannot exist),
              `mcp` (the tool list of Jinko's hosted MCP server) or `off` (its first call decides).
              [default: rest]
              [variable: JINKO_BRIDGE_KEY_PROBE]

          --auth-errors <HOW>
              How a refused key is told: `http` (status 401) or `tool` (the client may list, and each
              call answers with the reason, so that the model reads it).
              [default: http]
              [variable: JINKO_BRIDGE_AUTH_ERRORS]

          --quota-limit <NUMBER>
              The requests that each key has in a window; `off` counts without a limit. Given, it is a
              cap that always holds; the default mirrors Jinko's free tier, and there Jinko has the last
              word.
              [default: 1000]
              [variable: JINKO_BRIDGE_QUOTA_LIMIT]

          --quota-window <DURATION>
              How long a window is, from 1 second to 366 days, as in `30d` or `12h`. A key's first
              request opens it.
              [default: 30d]
              [variable: JINKO_BRIDGE_QUOTA_WINDOW]

          --secret <SECRET>
              What the fingerprints of keys are made with, at least 32 bytes. Replicas that count
              together share it.
              [default: made at the first start, kept in the data directory]
              [variable: JINKO_BRIDGE_SECRET, JINKO_BRIDGE_SECRET_FILE (a path)]

    Tools:
          --toolsets <NAME>
              The toolsets that may be used: `flights`, `hotels`, `trips`, `bookings`, `account`,
              `ground`, `cars`. What lies outside is neither listed nor can it be called. May be given
              more than once; the variable takes a list with commas.
              [default: all that the environment offers]
              [variable: JINKO_BRIDGE_TOOLSETS]

          --tools <NAME>
              A tool that may be used, beside the toolsets; without any of these, the only ones. May be
              given more than once; the variable takes a list with commas.
              [default: those of `--toolsets`]
              [variable: JINKO_BRIDGE_TOOLS]

          --exclude-tools <NAME>
              A tool that may not be used, whatever the other two say. May be given more than once; the
              variable takes a list with commas.
              [default: none]
              [variable: JINKO_BRIDGE_EXCLUDE_TOOLS]

    Logs:
          --log <FILTER>
              Which log lines are written: `error`, `warn`, `info`, `debug`, `trace`, or a filter for
              each part.
              [default: info]
              [variable: JINKO_BRIDGE_LOG]

          --log-format <FORMAT>
              How log lines are written: `text` or `json`.
              [default: `text` on a terminal, else `json`]
              [variable: JINKO_BRIDGE_LOG_FORMAT]

    Examples:
      Start with the embedded sandbox:
        jinko-bridge
      Make another key for it:
        jinko-bridge keys create --name laptop
      Serve Jinko's sandbox to the whole network, by its public name:
        jinko-bridge --env sandbox --listen 0.0.0.0:8787 --public-url https://bridge.example.com
      Point a client at it, here Claude Code:
        claude mcp add --transport http jinko http://127.0.0.1:8787/mcp \
          --header "Authorization: Bearer $JINKO_API_KEY"

    Exit codes: 0 done, 1 failed at run time, 2 usage or configuration.
    "#);
}
