//! The partners of the generated world: who they are, how many customers each serves, and through whom.
//!
//! Ids of a partner, its accounts and its groups depend on its number alone, so that a token needs no look into a
//! database. Whether a world has that partner, its database knows.

use super::random::{Purpose, Random};
use entity::PartnerId;
use uuid::Uuid;

/// Large indirect providers: the first partners.
pub(super) const PROVIDERS: usize = 4;
/// Per cent of all customers that each provider has downstream; the last share is direct-bill partners'.
const SHARES: [u64; PROVIDERS + 1] = [50, 20, 12, 8, 10];
/// Number of the first partner after the providers, and its customers, whatever the world's size.
const SMALL: u64 = PROVIDERS as u64 + 1;
const SMALL_SIZE: u64 = 48;

/// Name, display name, group and its role of each partner's accounts.
pub(super) const ACCOUNTS: [(&str, &str, &str, Option<&str>); 3] = [
    ("admin", "Admin", "Admin agents", Some("admin_agents")),
    ("helpdesk", "Helpdesk", "Helpdesk agents", Some("helpdesk_agents")),
    ("support", "Support", "Delegated support", None),
];
/// The group of those who watch live streams, and how many they are at each of two partners: one account may have
/// only so many streams.
pub(super) const WATCHERS_GROUP: usize = 1;
const WATCHERS: usize = 10;

/// Words that names of partners and of customers begin with.
pub(super) const FIRST_WORDS: &str = "Alpine, Amber, Arctic, Autumn, Bright, Cedar, Clear, Coastal, Copper, Coral, \
    Crystal, Eastern, Forest, Golden, Granite, Harbor, Highland, Island, Lakeside, Liberty, Lunar, Maple, Meadow, \
    Midland, Northern, Oak, Pacific, Prairie, River, Silver, Southern, Summit, Western";
const BUSINESSES: &str = "Cloud, IT, Managed Services, Systems";

/// The account of a name such as `admin@p00001`: its tenant and object id. Whether a world has that partner, its
/// database knows.
pub fn account(name: &str) -> Option<(Uuid, Uuid)> {
    let (account, key) = name.split_once('@')?;
    let partner = Partner::new(number_of(key)?);
    let object = match ACCOUNTS.iter().position(|(name, ..)| *name == account) {
        Some(place) => partner.accounts[place].1,
        None => partner.watchers().into_iter().find(|watcher| watcher.name == account)?.object,
    };
    Some((partner.tenant, object))
}

/// The row of the partner with that key, such as `p00001`.
pub fn source(key: &str) -> Option<PartnerId> {
    number_of(key).map(|number| PartnerId(Partner::new(number).id))
}

/// Helpdesk agents for live streams: of the largest provider and of the small partner, in turn.
pub fn watchers() -> Vec<String> {
    let at = |place: usize| {
        [largest_provider(), small_partner()].map(|key| format!("{}@{key}", watcher_name(place)))
    };
    (0..WATCHERS).flat_map(at).collect()
}

/// The partner through which half of all customers are served.
pub fn largest_provider() -> String {
    key(1)
}

/// A reseller of the largest provider with 48 customers, or all there are if they are fewer.
pub fn small_partner() -> String {
    key(SMALL)
}

pub(super) fn key(number: u64) -> String {
    format!("p{number:05}")
}

fn number_of(key: &str) -> Option<u64> {
    let digits = key.strip_prefix('p').filter(|digits| digits.len() == 5)?;
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|number| is_plain && *number > 0)
}

fn watcher_name(place: usize) -> String {
    format!("watch{place:02}")
}

/// A partner and the customers that it serves itself. Its ids depend on its number alone.
pub(super) struct Partner {
    /// From 1.
    pub(super) number: u64,
    pub(super) tenant: Uuid,
    pub(super) id: Uuid,
    /// Row and object id of each account and of its group, as in [`ACCOUNTS`].
    pub(super) accounts: [(Uuid, Uuid); 3],
    pub(super) groups: [(Uuid, Uuid); 3],
    /// Number of its first customer.
    pub(super) first: u64,
    pub(super) size: u64,
    /// Places of its providers, the main one first: none for a provider and for a direct-bill partner.
    pub(super) providers: Vec<usize>,
}

/// An account for live streams.
pub(super) struct Watcher {
    pub(super) name: String,
    pub(super) row: Uuid,
    pub(super) object: Uuid,
}

impl Partner {
    /// Without customers and providers.
    fn new(number: u64) -> Self {
        let mut random = Random::of(0, Purpose::Partner, number);
        Partner {
            number,
            tenant: random.id(),
            id: random.id(),
            accounts: std::array::from_fn(|_| (random.id(), random.id())),
            groups: std::array::from_fn(|_| (random.id(), random.id())),
            first: 0,
            size: 0,
            providers: Vec::new(),
        }
    }

    /// The largest provider and the small partner have some, no other partner has any.
    pub(super) fn watchers(&self) -> Vec<Watcher> {
        if ![1, SMALL].contains(&self.number) {
            return Vec::new();
        }
        let mut random = Random::of(0, Purpose::Watchers, self.number);
        let watcher = |place| Watcher { name: watcher_name(place), row: random.id(), object: random.id() };
        (0..WATCHERS).map(watcher).collect()
    }

    pub(super) fn kind(&self) -> &'static str {
        match (self.number, self.providers.len()) {
            (1..=4, _) => "indirect_provider",
            (_, 0) => "direct_bill",
            _ => "indirect_reseller",
        }
    }

    pub(super) fn name(&self) -> String {
        let mut random = Random::of(0, Purpose::PartnerName, self.number);
        let (first, second) = (random.pick(FIRST_WORDS), random.pick(BUSINESSES));
        format!("{first} {second} {}", key(self.number))
    }

    pub(super) fn mpn_id(&self) -> String {
        (5_000_000 + self.number).to_string()
    }

    /// The place of a customer among its own.
    pub(super) fn place_of(&self, customer: u64) -> u64 {
        customer - self.first
    }

    /// The numbers of its customers.
    pub(super) fn customers(&self) -> std::ops::Range<u64> {
        self.first..self.first + self.size
    }

    /// Through which of its providers it serves a customer: a second one has the last three of each ten.
    pub(super) fn provider_of(&self, customer: u64) -> Option<usize> {
        let second = usize::from(self.place_of(customer) % 10 >= 7);
        self.providers.get(second).or(self.providers.first()).copied()
    }

    /// Whether a customer gave it DAP: two of each three did, so that health is read for most of them.
    pub(super) fn has_dap(&self, customer: u64) -> bool {
        self.place_of(customer) % 3 < 2
    }
}

/// Customers of a reseller: many small ones, few large, fifty on average.
fn reseller_size(random: &mut Random) -> u64 {
    let (first, last) = match random.below(100) {
        0..45 => (3, 14),
        45..75 => (15, 49),
        75..93 => (50, 119),
        _ => (120, 500),
    };
    first + random.below(last - first + 1)
}

/// Resellers are added until they serve all customers; each goes to whoever is furthest behind its share, and one in
/// five to the next provider too. The first one is small and keeps to one: what is measured on it stays simple.
pub(super) fn layout(customers: u64, seed: u64) -> Vec<Partner> {
    let mut random = Random::of(seed, Purpose::Layout, 0);
    let mut partners: Vec<Partner> = (1..=PROVIDERS as u64).map(Partner::new).collect();
    let (mut have, mut first) = ([0; SHARES.len()], 0);
    while first < customers {
        let mut partner = Partner::new(partners.len() as u64 + 1);
        let drawn = [reseller_size(&mut random), SMALL_SIZE][usize::from(first == 0)];
        (partner.first, partner.size) = (first, drawn.min(customers - first));
        first += partner.size;
        let behind = |place: &usize| (SHARES[*place] * first) as i64 - 100 * have[*place];
        let place = (0..SHARES.len()).max_by_key(behind).unwrap_or(0);
        have[place] += partner.size as i64;
        if place < PROVIDERS {
            partner.providers.push(place);
            if random.per_cent(20) && partner.first > 0 {
                let next = (place + 1) % PROVIDERS;
                partner.providers.push(next);
                let is_moved = |customer: &u64| partner.provider_of(*customer) == Some(next);
                let moved = (partner.first..first).filter(is_moved).count() as i64;
                have[place] -= moved;
                have[next] += moved;
            }
        }
        partners.push(partner);
    }
    partners
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_largest_provider_serves_half_and_resellers_have_3_to_500_customers() {
        let partners = layout(200_000, 3);
        assert!((3_500..4_700).contains(&partners.len()), "{}", partners.len());
        let mut counts = [0_u64; SHARES.len()];
        for partner in &partners[PROVIDERS..] {
            for customer in partner.customers() {
                counts[partner.provider_of(customer).unwrap_or(PROVIDERS)] += 1;
            }
        }
        for (count, share) in counts.into_iter().zip(SHARES) {
            assert!(count.abs_diff(share * 2_000) < 1_000, "{counts:?}");
        }
        let sizes = partners[PROVIDERS..partners.len() - 1].iter().map(|p| p.size);
        assert!(sizes.clone().all(|size| (3..=500).contains(&size)) && sizes.max() > Some(400));
    }

    #[test]
    fn two_thirds_of_each_partners_customers_gave_it_dap_through_whichever_provider() {
        let mut through_second = [0; 2];
        for partner in &layout(20_000, 3)[PROVIDERS..] {
            let count = partner.customers().filter(|customer| partner.has_dap(*customer)).count() as u64;
            assert!(count * 3 >= partner.size * 2, "{count} of {}", partner.size);
            assert!(count < partner.size || partner.size < 3);
            let second = partner.providers.get(1).copied();
            for customer in
                partner.customers().filter(|c| second.is_some() && partner.provider_of(*c) == second)
            {
                through_second[usize::from(partner.has_dap(customer))] += 1;
            }
        }
        assert!(through_second[1] > through_second[0] && through_second[0] > 0, "{through_second:?}");
    }

    #[test]
    fn only_names_of_the_generated_form_are_accounts() {
        assert!(account("admin@p00005").is_some());
        for other in ["p00000", "p5", "p000005", "p+0005", "northwind"] {
            assert!(account(&format!("admin@{other}")).is_none(), "{other}");
            assert!(source(other).is_none(), "{other}");
        }
        assert!(account("owner@p00005").is_none());
    }

    #[test]
    fn only_the_largest_provider_and_its_small_reseller_have_accounts_for_streams() {
        let all: std::collections::BTreeSet<_> =
            watchers().iter().map(|name| account(name).unwrap()).collect();
        assert_eq!(all.len(), 2 * WATCHERS);
        assert!(watchers().contains(&"watch09@p00001".to_owned()));
        assert!(watchers().contains(&"watch00@p00005".to_owned()));
        for other in ["watch00@p00002", "watch00@p00006", "watch10@p00005", "watch0@p00005"] {
            assert!(account(other).is_none(), "{other}");
        }
        let partners = layout(100, 1);
        assert_eq!(partners[PROVIDERS].providers, [0], "the small partner is the largest provider's");
    }
}
