//! Distances on the globe.

/// A place on the globe, in degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Point {
    pub(crate) latitude: f64,
    pub(crate) longitude: f64,
}

const EARTH_RADIUS_KM: f64 = 6371.0;
const KM_PER_DEGREE: f64 = 111.2;

impl Point {
    /// The point in two table cells, if both are numbers.
    pub(crate) fn parse(latitude: &str, longitude: &str) -> Option<Self> {
        Some(Self { latitude: latitude.parse().ok()?, longitude: longitude.parse().ok()? })
    }

    /// The great-circle distance (haversine), in kilometres.
    pub(crate) fn km_to(self, other: Self) -> f64 {
        let (from, to) = (self.latitude.to_radians(), other.latitude.to_radians());
        let half_height = ((to - from) / 2.0).sin().powi(2);
        let half_width = ((other.longitude - self.longitude).to_radians() / 2.0).sin().powi(2);
        2.0 * EARTH_RADIUS_KM * (half_height + from.cos() * to.cos() * half_width).sqrt().min(1.0).asin()
    }

    /// How many degrees `other` lies to the east, from −180 (west) to 180, the shorter way round.
    pub(crate) fn degrees_east_to(self, other: Self) -> f64 {
        (other.longitude - self.longitude + 540.0).rem_euclid(360.0) - 180.0
    }

    /// The point some kilometres north and east of this one. For city distances; not across a pole.
    pub(crate) fn moved(self, north_km: f64, east_km: f64) -> Self {
        let width = KM_PER_DEGREE * self.latitude.to_radians().cos().max(0.01);
        Self {
            latitude: self.latitude + north_km / KM_PER_DEGREE,
            longitude: self.longitude + east_km / width,
        }
    }
}

/// Rounds to a whole number that is not negative.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates, and distances and minutes of this globe are far below the limit"
)]
pub(crate) fn whole(number: f64) -> u32 {
    number.round() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARIS: Point = Point { latitude: 49.0097, longitude: 2.5478 };
    const NEW_YORK: Point = Point { latitude: 40.6398, longitude: -73.7789 };
    const SYDNEY: Point = Point { latitude: -33.9461, longitude: 151.1772 };
    const LOS_ANGELES: Point = Point { latitude: 33.9425, longitude: -118.4081 };

    #[test]
    fn known_distances_come_out() {
        assert_eq!(whole(PARIS.km_to(NEW_YORK) / 10.0) * 10, 5830);
        assert!((PARIS.km_to(NEW_YORK) - NEW_YORK.km_to(PARIS)).abs() < 1e-9);
        assert!(PARIS.km_to(PARIS) < 1e-9);
    }

    #[test]
    fn east_is_the_shorter_way_round_across_the_date_line() {
        assert!(PARIS.degrees_east_to(NEW_YORK) < -70.0);
        assert!(SYDNEY.degrees_east_to(LOS_ANGELES) > 80.0);
    }

    #[test]
    fn a_moved_point_is_as_far_as_it_was_moved() {
        let moved = PARIS.moved(3.0, 4.0);
        assert!((PARIS.km_to(moved) - 5.0).abs() < 0.05, "{}", PARIS.km_to(moved));
    }
}
