//! A window of local time on one day.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::tools::Problems;

// A window of local time, both ends inclusive; either may be left open. The shape of a time is checked beside the schema:
// it stands there eight times a tool, and a pattern is most of what it would cost.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TimeRange {
    pub(crate) earliest: Option<String>,
    pub(crate) latest: Option<String>,
}

impl TimeRange {
    /// Adds a problem for each end that is no time of a day (CONTRACT 6.2), and if the window at `path` ends before it
    /// begins: none spans midnight.
    pub(crate) fn check(&self, path: &str, problems: &mut Problems) {
        let ends = [("earliest", &self.earliest), ("latest", &self.latest)];
        let misshapen = ends.iter().filter_map(|(name, time)| Some((name, time.as_deref()?)));
        let misshapen: Vec<_> = misshapen.filter(|(_, time)| !is_time(time)).collect();
        for (name, time) in &misshapen {
            let shown: String = time.chars().take(40).collect();
            problems.add(format!("{path}.{name}"), format!("`{shown}` is no time `HH:MM`"));
        }
        if !misshapen.is_empty() {
            return;
        }
        // Times of two digits each sort as text.
        if let (Some(earliest), Some(latest)) = (&self.earliest, &self.latest)
            && earliest > latest
        {
            problems.add(
                format!("{path}.latest"),
                format!("`{latest}` is before `earliest` `{earliest}`; a window lies within one day"),
            );
        }
    }
}

fn is_time(text: &str) -> bool {
    let is_shaped =
        matches!(text.as_bytes(), [h, i, b':', m, n] if [h, i, m, n].iter().all(|b| b.is_ascii_digit()));
    is_shaped && text < "24" && &text[3..] < "60"
}
