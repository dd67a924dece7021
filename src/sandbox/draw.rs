//! Seeded chance: every invented fact is drawn from the seed and the fact's own name.
//!
//! A draw is named by what it decides ("does AF fly CDG–BER"), not by its place in a sequence. So an airport,
//! airline or city added to a table changes no fact about the others, and nothing has to be drawn before it is asked for.
//!
//! The generator is `ChaCha8Rng`, whose output is part of its contract. The functions that turn its words into
//! numbers are our own: rand's `random_range` and `shuffle` may change their values between minor versions.

use rand::SeedableRng;
use rand::rand_core::Rng;
use rand::rngs::ChaCha8Rng;
use sha2::{Digest, Sha256};

/// The seed of one sandbox, spread to 256 bits.
#[derive(Clone, Copy)]
pub(crate) struct Seed([u8; 32]);

impl Seed {
    /// The seed of the world with this number.
    pub(crate) fn new(number: u64) -> Self {
        Self(Sha256::digest(number.to_le_bytes()).into())
    }

    /// A source of chance for the fact with this name. Equal names give equal sources.
    pub(crate) fn draw(&self, name: &[&str]) -> Draw {
        let mut generator = ChaCha8Rng::from_seed(self.0);
        generator.set_stream(fold(name));
        Draw(generator)
    }

    /// The first `digits` hex digits (at most 64) of a digest of the seed and `parts`, for tokens and ids:
    /// without a collision for all practical numbers, other than a [`Draw`]'s 64-bit name.
    pub(crate) fn token(&self, parts: &[&str], digits: usize) -> String {
        let mut digest = Sha256::new_with_prefix(self.0);
        for part in parts {
            digest.update(part.as_bytes());
            digest.update([0]);
        }
        let bytes: [u8; 32] = digest.finalize().into();
        bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).take(digits).map(hex_digit).collect()
    }
}

fn hex_digit(nibble: u8) -> char {
    char::from_digit(u32::from(nibble), 16).unwrap_or('0')
}

/// FNV-1a over the parts, each closed by a byte that no UTF-8 text holds.
fn fold(parts: &[&str]) -> u64 {
    const START: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let bytes = parts.iter().flat_map(|part| part.bytes().chain([0xff]));
    bytes.fold(START, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME))
}

/// A stream of chance for one fact.
pub(crate) struct Draw(ChaCha8Rng);

impl Draw {
    /// A number below `bound`, which must not be 0 (then 0 comes back).
    pub(crate) fn below(&mut self, bound: u32) -> u32 {
        let word = self.0.next_u64() >> 32;
        // The high half of a product of two 32-bit numbers: even to 1 in 2^32 / bound, which is enough here.
        u32::try_from((word * u64::from(bound)) >> 32).unwrap_or_default()
    }

    /// A number from `low` to `high`, both included. `low` when the range is empty.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = u32::try_from(high.saturating_sub(low).saturating_add(1)).unwrap_or(1);
        low + i64::from(self.below(width))
    }

    /// True in `percent` of a hundred cases.
    pub(crate) fn chance(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }

    /// A place on the line from −1 to 1, in steps of a thousandth.
    pub(crate) fn swing(&mut self) -> f64 {
        let thousandths = i32::try_from(self.between(-1000, 1000)).unwrap_or_default();
        f64::from(thousandths) / 1000.0
    }

    /// One of `choices`; nothing when there are none.
    pub(crate) fn pick<'a, T>(&mut self, choices: &'a [T]) -> Option<&'a T> {
        let index = self.below(u32::try_from(choices.len()).unwrap_or(u32::MAX));
        choices.get(index as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_the_generator_have_not_moved() {
        // If this fails, a dependency changed its stream and every invented fact with it.
        let mut draw = Seed::new(1).draw(&["a name"]);
        let drawn: Vec<u32> = (0..4).map(|_| draw.below(1000)).collect();
        assert_eq!(drawn, [344, 430, 64, 872]);
        assert_eq!(Seed::new(1).token(&["x"], 8), "8b900f63");
    }

    #[test]
    fn names_are_not_joined_without_a_seam() {
        assert_ne!(fold(&["ab", "c"]), fold(&["a", "bc"]));
        assert_ne!(Seed::new(1).token(&["ab", "c"], 8), Seed::new(1).token(&["a", "bc"], 8));
    }

    #[test]
    fn numbers_stay_in_their_range_and_reach_both_ends() {
        let mut draw = Seed::new(7).draw(&["range"]);
        let drawn: std::collections::BTreeSet<i64> = (0..200).map(|_| draw.between(-2, 2)).collect();
        assert_eq!(drawn.into_iter().collect::<Vec<_>>(), [-2, -1, 0, 1, 2]);
        assert_eq!(draw.between(5, 4), 5);
        assert!(draw.pick::<u8>(&[]).is_none());
    }
}
