//! The command line. The commands are [`Command`], a variant each; the settings are arguments made from the
//! table, accepted before and after the command.

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Command as Tree, FromArgMatches as _, Subcommand};

use super::fault::Layer;
use super::layers::Given;
use super::settings::{Setting, TABLE};

/// What the program is asked to do. **Adding a command is one variant**: its doc comment is its help.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Run the HTTP server until SIGINT or SIGTERM, then drain [what `jinko-bridge` alone does]
    Serve,
    /// Serve one MCP client on stdin and stdout, for clients that start a program
    Stdio,
    /// Look at configuration, data directory, upstream and key, and say how to mend what is wrong
    Check {
        /// Print JSON, for programs
        #[arg(long)]
        json: bool,
    },
    /// Ask the running server with the same settings whether it is ready; exit 0 or 1
    Health,
    /// Make, list and revoke the keys of `local`
    #[command(subcommand)]
    Keys(Keys),
    /// Show what each key has used of its quota
    Usage {
        /// Print JSON, for programs
        #[arg(long)]
        json: bool,
    },
}

/// What is done to the keys of `local`.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Keys {
    /// Make a key and print it, this once, alone on stdout
    Create {
        /// Whose key it is: shown by `keys list` and `usage`
        #[arg(long)]
        name: String,
    },
    /// List the keys: id, name, when made, whether revoked; never the key itself
    List,
    /// Revoke a key for good; it stops with its next request
    Revoke {
        /// The id that `keys list` shows
        id: String,
    },
}

/// A command line that was understood. The settings' texts are not parsed yet: [`load`](super::load) does that.
#[derive(Debug, Clone)]
pub struct Arguments {
    /// What to do.
    pub command: Command,
    settings: Vec<Given>,
}

impl Arguments {
    pub(super) fn settings(&self) -> &[Given] {
        &self.settings
    }
}

/// Why there is no command to run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArgumentsError {
    /// Help or version was asked for: the text belongs on stdout, and all is well (exit code 0).
    #[error("{0}")]
    Answered(String),
    /// The command line was not understood: the text belongs on stderr (exit code 2).
    #[error("{0}")]
    Refused(String),
}

/// Reads the command line, the program's name first. Reads nothing else: no variable, no file.
///
/// # Errors
/// The text to print and, by its variant, where.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Arguments, ArgumentsError> {
    let tree = tree();
    read(tree, arguments).map_err(|error| {
        let text = without_keys(&error.render().to_string());
        if error.exit_code() == 0 { ArgumentsError::Answered(text) } else { ArgumentsError::Refused(text) }
    })
}

fn read(mut tree: Tree, arguments: impl IntoIterator<Item = OsString>) -> Result<Arguments, clap::Error> {
    let matches = tree.try_get_matches_from_mut(arguments)?;
    let command = match matches.subcommand() {
        None => Command::Serve,
        Some(_) => Command::from_arg_matches(&matches)?,
    };
    let mut settings = Vec::new();
    for setting in TABLE.all() {
        let given = given(setting, &matches);
        if !setting.is_repeatable && given.len() > 1 {
            let message = format!("the argument '--{}' cannot be used multiple times", setting.flag);
            return Err(tree.error(ErrorKind::ArgumentConflict, message));
        }
        settings.extend(given);
    }
    Ok(Arguments { command, settings })
}

/// A setting's texts of every level. clap's own global arguments would let the last level win without a word:
/// `--env production serve --env local` must not start.
fn given(setting: &'static Setting, matches: &ArgMatches) -> Vec<Given> {
    let mut found = Vec::new();
    let mut level = Some(matches);
    while let Some(matches) = level {
        let texts: Vec<String> = if setting.value.is_none() {
            matches.get_flag(setting.flag).then(|| "true".to_owned()).into_iter().collect()
        } else {
            matches.get_many(setting.flag).into_iter().flatten().cloned().collect()
        };
        found.extend(texts.into_iter().map(|text| Given::new(setting.flag, Layer::Flag, text)));
        level = matches.subcommand().map(|(_, inner)| inner);
    }
    found
}

/// A key that lands where clap expects a command or a flag would be quoted in its error.
fn without_keys(text: &str) -> String {
    const PREFIX: &str = "jnk_";
    let mut pieces = text.split(PREFIX);
    let mut clean = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let end =
            piece.find(|character: char| matches!(character, '\'' | '`' | '"') || character.is_whitespace());
        clean.push_str(PREFIX);
        clean.push('…');
        clean.push_str(&piece[end.unwrap_or(piece.len())..]);
    }
    clean
}

const ABOUT: &str = "Lets MCP clients use the travel platform Jinko with an API key";

const LONG_ABOUT: &str = "\
Lets MCP clients use the travel platform Jinko with an API key.

Without a command it serves MCP over HTTP. Without settings it serves `local`: an embedded sandbox whose data \
is invented and in which nothing is really booked. A setting is a flag, else a variable, else a key of the \
TOML file, else its default.";

const EXAMPLES: &str = "\
Examples:
  Start with the embedded sandbox:
    jinko-bridge
  Make another key for it:
    jinko-bridge keys create --name laptop
  Serve Jinko's sandbox to the whole network, by its public name:
    jinko-bridge --env sandbox --listen 0.0.0.0:8787 --public-url https://bridge.example.com
  Point a client at it, here Claude Code:
    claude mcp add --transport http jinko http://127.0.0.1:8787/mcp \\
      --header \"Authorization: Bearer $JINKO_API_KEY\"

Exit codes: 0 done, 1 failed at run time, 2 usage or configuration.";

/// The whole command line, as clap sees it.
pub(super) fn tree() -> Tree {
    // The commands first: clap takes the doc comment of their enum for the help of the whole.
    let tree = Command::augment_subcommands(Tree::new("jinko-bridge"))
        .version(env!("CARGO_PKG_VERSION"))
        .about(ABOUT)
        .long_about(LONG_ABOUT)
        .after_long_help(EXAMPLES)
        .after_help("`--help` says more, and names the variables.")
        .max_term_width(100);
    with_settings(tree, true)
}

/// Adds the settings to a command and all below it, and shows them where they matter most.
fn with_settings(tree: Tree, are_shown: bool) -> Tree {
    let tree = TABLE.all().into_iter().fold(tree, |tree, setting| tree.arg(argument(setting, are_shown)));
    tree.mut_subcommands(|inner| {
        let are_shown = inner.get_name() == "serve";
        let inner = with_settings(inner, are_shown);
        if are_shown {
            inner
        } else {
            inner.after_help("Takes every setting that `jinko-bridge --help` shows, such as `--data-dir`.")
        }
    })
}

fn argument(setting: &'static Setting, is_shown: bool) -> Arg {
    let argument = Arg::new(setting.flag)
        .long(setting.flag)
        .help_heading(setting.group.heading())
        .help(setting.sentence())
        .long_help(setting.long_help())
        .hide(!is_shown);
    match setting.value {
        None => argument.action(ArgAction::SetTrue),
        // `--quota-limit -5` is a bad limit, not a strange flag.
        Some(name) if setting.is_repeatable => {
            // As a variable has them: repeated, or separated by commas.
            argument.value_name(name).action(ArgAction::Append).value_delimiter(',')
        }
        Some(name) => argument.value_name(name).allow_negative_numbers(true).action(ArgAction::Set),
    }
}
