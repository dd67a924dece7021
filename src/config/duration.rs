//! Durations as people write them: `30d`, `1h30m`, `250ms`.

use std::time::Duration;

use jiff::{Span, SpanRelativeTo};

use super::fault::Problem;

const DAY: Duration = Duration::from_hours(24);

/// A quota window: whole seconds, from one second to 366 days.
pub(super) fn window(text: &str) -> Result<Duration, Problem> {
    const EXAMPLES: &str = "write it as `30d`, `2w`, `12h` or `90m`";
    let length = read(text, EXAMPLES)?;
    if length < Duration::from_secs(1) || length > 366 * DAY {
        return Err(Problem::new(": a window is 1 second to 366 days long", EXAMPLES));
    }
    if length.subsec_nanos() != 0 {
        // The wire counts in whole seconds (`w=` of RateLimit-Policy): a fraction could not be shown.
        return Err(Problem::new(": a window is counted in whole seconds", EXAMPLES));
    }
    Ok(length)
}

/// How long each answer of the embedded sandbox waits: up to ten minutes.
pub(super) fn latency(text: &str) -> Result<Duration, Problem> {
    const EXAMPLES: &str = "write it as `250ms`, `2s` or `0s`";
    let length = read(text, EXAMPLES)?;
    if length > Duration::from_mins(10) {
        return Err(Problem::new(": at most 10 minutes are possible", EXAMPLES));
    }
    Ok(length)
}

/// Reads a span in which a day has 24 hours.
///
/// jiff's own errors are about spans and zones, so everything that a person is likely to type is told here.
fn read(text: &str, examples: &str) -> Result<Duration, Problem> {
    if !text.is_empty() && text.chars().all(|character| character.is_ascii_digit()) {
        let fix = format!("give it a unit: `{text}s`, `{text}m`, `{text}h` or `{text}d`");
        return Err(Problem::new(", which has no unit", fix));
    }
    let no_duration = || Problem::new(", which is no duration", examples);
    let span: Span = text.trim().parse().map_err(|_| no_duration())?;
    if span.get_months() != 0 || span.get_years() != 0 {
        let complaint = ": months and years have no fixed length";
        return Err(Problem::new(
            complaint,
            "count in days, as in `30d` or `365d` (minutes are `m`, as in `30m`)",
        ));
    }
    let signed = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| no_duration())?;
    Duration::try_from(signed).map_err(|_| Problem::new(", which is below zero", examples))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_read_with_days_of_24_hours() {
        for (text, seconds) in [
            ("30d", 2_592_000),
            ("12h", 43_200),
            ("90m", 5_400),
            ("2w", 1_209_600),
            ("1s", 1),
            ("1h30m", 5_400),
            ("30 days", 2_592_000),
            ("P30D", 2_592_000),
            ("1.5h", 5_400),
            ("366d", 31_622_400),
        ] {
            assert_eq!(window(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
    }

    #[test]
    fn what_is_no_window_is_told_in_clear_words() {
        for (text, complaint) in [
            ("30", ", which has no unit"),
            ("-5s", ", which is below zero"),
            ("5s ago", ", which is below zero"),
            ("1mo", ": months and years have no fixed length"),
            ("1y", ": months and years have no fixed length"),
            ("P1M", ": months and years have no fixed length"),
            ("soon", ", which is no duration"),
            ("30dd", ", which is no duration"),
            ("0s", ": a window is 1 second to 366 days long"),
            ("500ms", ": a window is 1 second to 366 days long"),
            ("367d", ": a window is 1 second to 366 days long"),
            ("99999999999999999999d", ", which is no duration"),
            ("1500ms", ": a window is counted in whole seconds"),
        ] {
            assert_eq!(window(text).unwrap_err().to_string(), complaint, "{text}");
        }
        assert_eq!(window("30").unwrap_err().fix(), "give it a unit: `30s`, `30m`, `30h` or `30d`");
    }

    #[test]
    fn a_latency_may_be_nothing_and_has_an_end() {
        assert_eq!(latency("0s"), Ok(Duration::ZERO));
        assert_eq!(latency("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(latency("10m"), Ok(Duration::from_mins(10)));
        assert_eq!(latency("601s").unwrap_err().to_string(), ": at most 10 minutes are possible");
        assert_eq!(latency("0").unwrap_err().to_string(), ", which has no unit");
    }
}
