//! Comparing names as people type them.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Lower case, without accents, words parted by single spaces: `São  Paulo!` is `sao paulo`.
pub(crate) fn normalized(name: &str) -> String {
    let mut words = String::with_capacity(name.len());
    if name.is_ascii() {
        // Most names, and thousands of them in the first search by a hotel's name.
        name.chars().for_each(|letter| push(&mut words, letter.to_ascii_lowercase()));
        words.truncate(words.trim_end().len());
        return words;
    }
    for letter in name.nfkd().filter(|letter| !is_combining_mark(*letter)).flat_map(char::to_lowercase) {
        push(&mut words, letter);
    }
    words.truncate(words.trim_end().len());
    words
}

fn push(words: &mut String, letter: char) {
    match letter {
        'ß' => words.push_str("ss"),
        'ø' => words.push('o'),
        'ł' => words.push('l'),
        'ı' => words.push('i'),
        '\'' | '’' => {}
        _ if letter.is_alphanumeric() => words.push(letter),
        _ if words.is_empty() || words.ends_with(' ') => {}
        _ => words.push(' '),
    }
}

/// Whether the words of `part` stand in `whole` one after the other. Both [`normalized`].
pub(crate) fn has_words(whole: &str, part: &str) -> bool {
    !part.is_empty() && format!(" {whole} ").contains(&format!(" {part} "))
}

/// The neighbouring bytes of a [`normalized`] name, sorted: what its likeness to another one is measured by.
///
/// Sorted once and kept, so that a name can be held against thousands. Such names are mostly ASCII, so bytes do
/// for letters.
pub(crate) struct LetterPairs(Vec<u16>);

impl LetterPairs {
    /// The pairs of a name.
    pub(crate) fn of(name: &str) -> Self {
        // As numbers, since those sort several times faster than arrays.
        let pairs = name.bytes().zip(name.bytes().skip(1));
        let mut pairs: Vec<u16> = pairs.map(|(left, right)| u16::from_be_bytes([left, right])).collect();
        pairs.sort_unstable();
        Self(pairs)
    }

    /// 0 to 1: the share of pairs that both have (Sørensen–Dice). 1 for equal names.
    pub(crate) fn likeness(&self, other: &Self) -> f64 {
        let total = f64::from(u32::try_from(self.0.len() + other.0.len()).unwrap_or(u32::MAX)).max(1.0);
        2.0 * f64::from(self.shared(other)) / total
    }

    /// How many pairs both have, doubles as often as both have them.
    fn shared(&self, other: &Self) -> u32 {
        let (mut left, mut right, mut count) = (self.0.iter().peekable(), other.0.iter().peekable(), 0);
        while let (Some(one), Some(another)) = (left.peek(), right.peek()) {
            let order = one.cmp(another);
            count += u32::from(order.is_eq());
            if order.is_le() {
                left.next();
            }
            if order.is_ge() {
                right.next();
            }
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_that_people_vary_is_levelled() {
        assert_eq!(normalized("  São   Paulo! "), "sao paulo");
        assert_eq!(normalized("KØBENHAVN"), "kobenhavn");
        assert_eq!(normalized("Quayside Inn – O’Connell's"), "quayside inn oconnells");
        assert_eq!(normalized("!?"), "");
    }

    #[test]
    fn likeness_is_the_share_of_letter_pairs() {
        let likeness = |one, other| LetterPairs::of(one).likeness(&LetterPairs::of(other));
        assert!((likeness("night", "nacht") - 0.25).abs() < 1e-9);
        assert!((likeness("aaaa", "aa") - 0.5).abs() < 1e-9, "doubles count as often as both have them");
        assert!((likeness("paris", "paris") - 1.0).abs() < 1e-9);
        assert!(likeness("", "paris").abs() < 1e-9);
    }

    #[test]
    fn whole_words_count_only() {
        assert!(has_words("hotels in rome italy", "rome"));
        assert!(!has_words("hotels in romero", "rome"));
        assert!(!has_words("rome", ""));
    }
}
