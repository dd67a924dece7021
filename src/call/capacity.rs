//! How many calls may be in flight: 256 in all, 32 of one key (`bridge_busy`).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::{Code, Error};
use crate::key::Fingerprint;

const CALLS_MAX: u32 = 256;
const CALLS_PER_KEY_MAX: u32 = 32;

/// Counts the calls in flight. Nobody queues here: what does not fit is refused, so that no wait is without a bound.
#[derive(Debug, Clone, Default)]
pub struct Capacity(Arc<Mutex<InFlight>>);

#[derive(Debug, Default)]
struct InFlight {
    all: u32,
    // Only keys with a call in flight stand here, so it is bounded by `CALLS_MAX`.
    by_key: HashMap<Fingerprint, u32>,
}

/// A place among the calls in flight, given back when dropped.
#[derive(Debug)]
pub struct Slot {
    capacity: Capacity,
    key: Fingerprint,
}

impl Capacity {
    /// Nothing in flight.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a place for a call of `key`.
    ///
    /// # Errors
    /// `bridge_busy`, naming which of the two limits is reached.
    pub fn enter(&self, key: Fingerprint) -> Result<Slot, Error> {
        let mut in_flight = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of_key = in_flight.by_key.get(&key).copied().unwrap_or(0);
        if of_key >= CALLS_PER_KEY_MAX {
            return Err(busy(&format!(
                "{CALLS_PER_KEY_MAX} calls of this key are in flight, which is the most."
            )));
        }
        if in_flight.all >= CALLS_MAX {
            return Err(busy(&format!("{CALLS_MAX} calls are in flight in this bridge, which is the most.")));
        }
        in_flight.all += 1;
        in_flight.by_key.insert(key, of_key + 1);
        Ok(Slot { capacity: self.clone(), key })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut in_flight = self.capacity.0.lock().unwrap_or_else(PoisonError::into_inner);
        in_flight.all = in_flight.all.saturating_sub(1);
        if let Some(count) = in_flight.by_key.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                in_flight.by_key.remove(&self.key);
            }
        }
    }
}

fn busy(message: &str) -> Error {
    Error::new(Code::BridgeBusy, format!("{message} Nothing was sent and nothing was counted."))
        .retry_after(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(n: u8) -> Fingerprint {
        Fingerprint::from_bytes([n; 32])
    }

    #[test]
    fn one_key_cannot_take_all_places_and_places_come_back() {
        let capacity = Capacity::new();
        let mut slots: Vec<_> = (0..CALLS_PER_KEY_MAX).map(|_| capacity.enter(key(1)).unwrap()).collect();
        assert_eq!(capacity.enter(key(1)).unwrap_err().code, Code::BridgeBusy);
        slots.extend(
            (2..=8)
                .flat_map(|n| (0..CALLS_PER_KEY_MAX).map(move |_| key(n)))
                .map(|k| capacity.enter(k).unwrap()),
        );
        assert!(capacity.enter(key(9)).unwrap_err().message.contains("256"));
        drop(slots);
        assert!(capacity.enter(key(1)).is_ok());
        assert!(capacity.0.lock().unwrap().by_key.is_empty());
    }
}
