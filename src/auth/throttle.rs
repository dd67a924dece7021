//! Guessing: how many refused keys one address may have asked about (DESIGN 6.6).
//!
//! The generic cell rate algorithm on the bridge's clock, one moment an address: a crate's limiter reads the system's
//! clock, so that a test would have to sleep, and cannot give a token back when a key turns out to be good.

use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use quick_cache::unsync::Cache;

use crate::clock::{Clock, UnixMillis};

/// Refused keys that an address may try at once.
const BURST: u32 = 20;
/// After that, one more each.
const EVERY: Duration = Duration::from_secs(3);
/// Addresses that are remembered; the one that was not seen for longest is forgotten first.
const ADDRESSES_MAX: usize = 16_384;

/// Who is charged: an IPv4 address, or an IPv6 network of 64 bits, which one household has whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Payer(u64, bool);

impl From<IpAddr> for Payer {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self(u64::from(address.to_bits()), false),
            IpAddr::V6(address) => Self(u64::try_from(address.to_bits() >> 64).unwrap_or(0), true),
        }
    }
}

/// Charges addresses for keys that Jinko had to be asked about and refused.
#[derive(Debug)]
pub(super) struct Throttle {
    clock: Clock,
    // The moment at which an address has its whole burst again.
    whole_again: Mutex<Cache<Payer, UnixMillis>>,
}

impl Throttle {
    pub(super) fn new(clock: Clock) -> Self {
        Self { clock, whole_again: Mutex::new(Cache::new(ADDRESSES_MAX)) }
    }

    /// Takes what one refused key costs, before the key is asked about, so that no number of parallel requests passes
    /// the limit. To be [given back](Self::give_back) unless the key is refused.
    ///
    /// # Errors
    /// How many seconds to wait, where nothing is left.
    pub(super) fn take(&self, address: IpAddr) -> Result<(), u64> {
        let now = self.clock.now();
        let mut whole_again = self.lock();
        let payer = Payer::from(address);
        let owed = whole_again.get(&payer).copied().unwrap_or(now).max(now);
        let over = owed.since(now).saturating_sub(EVERY * (BURST - 1));
        if !over.is_zero() {
            return Err(over.as_secs().max(1).min(EVERY.as_secs()));
        }
        whole_again.insert(payer, owed.plus(EVERY));
        Ok(())
    }

    /// Gives back what was taken: the key was good, or nothing was concluded.
    pub(super) fn give_back(&self, address: IpAddr) {
        let mut whole_again = self.lock();
        if let Some(mut owed) = whole_again.get_mut(&Payer::from(address)) {
            owed.0 = owed.0.saturating_sub(i64::try_from(EVERY.as_millis()).unwrap_or(0));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Cache<Payer, UnixMillis>> {
        self.whole_again.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn twenty_at_once_then_one_each_three_seconds() {
        let clock = Clock::manual(UnixMillis(1_000_000));
        let throttle = Throttle::new(clock.clone());
        let one = address("192.0.2.1");
        assert_eq!((0..100).filter(|_| throttle.take(one).is_ok()).count(), 20);
        assert!((1..=3).contains(&throttle.take(one).unwrap_err()));
        assert!(throttle.take(address("192.0.2.2")).is_ok(), "another address is not charged");
        clock.advance(Duration::from_secs(9));
        assert_eq!((0..100).filter(|_| throttle.take(one).is_ok()).count(), 3);
        clock.advance(Duration::from_hours(1));
        assert_eq!((0..100).filter(|_| throttle.take(one).is_ok()).count(), 20);
    }

    #[test]
    fn a_good_key_costs_nothing() {
        let throttle = Throttle::new(Clock::manual(UnixMillis(0)));
        let one = address("192.0.2.1");
        for _ in 0..1_000 {
            throttle.take(one).unwrap();
            throttle.give_back(one);
        }
    }

    #[test]
    fn a_household_has_one_purse() {
        let throttle = Throttle::new(Clock::manual(UnixMillis(0)));
        let taken = (0..100).filter(|n| throttle.take(address(&format!("2001:db8::{n:x}"))).is_ok()).count();
        assert_eq!(taken, 20);
        assert!(throttle.take(address("2001:db8:0:1::1")).is_ok());
        // The same address, seen over a socket of both families.
        let taken = (0..40).filter(|n| {
            let text = if n % 2 == 0 { "192.0.2.9" } else { "::ffff:192.0.2.9" };
            throttle.take(address(text)).is_ok()
        });
        assert_eq!(taken.count(), 20);
    }
}
