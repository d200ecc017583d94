//! Random numbers that are the same everywhere: each purpose, and each object, has a sequence of its own, so that what
//! one object draws never moves another.

use uuid::{Builder, Uuid};

/// What random numbers are for. A number is never used again for another purpose.
#[derive(Clone, Copy)]
pub(crate) enum Purpose {
    /// A partner's ids.
    Partner = 1,
    /// Its name.
    PartnerName = 2,
    /// Who serves how many, and through whom.
    Layout = 3,
    /// A reseller's partnerships.
    Consent = 4,
    /// A customer.
    Customer = 5,
    /// A partner's accounts that watch live streams.
    Watchers = 6,
    /// An incident.
    Incident = 7,
    /// Which incidents affect a customer.
    Affected = 8,
    /// A customer's service health.
    Health = 9,
    /// A support request.
    Case = 10,
    /// What the benchmark asks for.
    Choices = 100,
}

/// Random numbers that are the same everywhere: splitmix64 (Steele, Lea and Flood, 2014).
pub(crate) struct Random(u64);

impl Random {
    /// The sequence of one object: what for, and which.
    pub(crate) fn of(seed: u64, purpose: Purpose, number: u64) -> Self {
        let purpose = Random(seed).draw() ^ purpose as u64;
        Random(Random(purpose).draw() ^ number)
    }

    fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `end`, which is above 0.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.draw() % end
    }

    /// A number from `first` to `last`.
    pub(crate) fn between(&mut self, first: i64, last: i64) -> i64 {
        first + self.below((last - first + 1) as u64) as i64
    }

    /// True so many times in a hundred.
    pub(crate) fn per_cent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }

    /// One of a list, with `, ` between its words.
    pub(crate) fn pick(&mut self, list: &'static str) -> &'static str {
        let place = self.below(list.split(", ").count() as u64) as usize;
        list.split(", ").nth(place).unwrap_or(list)
    }

    /// An id that looks as random as any.
    pub(crate) fn id(&mut self) -> Uuid {
        let bits = (u128::from(self.draw()) << 64) | u128::from(self.draw());
        Builder::from_random_bytes(bits.to_be_bytes()).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sequence_depends_on_seed_purpose_and_number_and_on_nothing_else() {
        let drawn = |seed, purpose, number| {
            let mut random = Random::of(seed, purpose, number);
            (random.id(), random.below(1000), random.between(-5, 5))
        };
        let one = drawn(1, Purpose::Partner, 3);
        assert_eq!(drawn(1, Purpose::Partner, 3), one);
        for (seed, purpose, number) in
            [(2, Purpose::Partner, 3), (1, Purpose::Customer, 3), (1, Purpose::Partner, 4)]
        {
            assert_ne!(drawn(seed, purpose, number), one);
        }
    }
}
