//! The generated world: as many customers as asked for, in the shapes of the demo, beside the demo's own partners.
//!
//! - The same number and seed give the same world: names, sizes, facts and every id. Only its times follow `now`.
//! - Tenants and accounts of its partners depend on their names alone, so that a token needs no look into a database.
//! - It is loaded in chunks, each one transaction that leaves its mark; a load that was killed goes on where it was.
//! - It only adds rows, and never fits a second world into a database that holds another.

use super::bulk::{self, Bulk, Tables, add};
use super::scale_health::Health;
use super::scale_partners::{ACCOUNTS, FIRST_WORDS, PROVIDERS, Partner, WATCHERS_GROUP, key, layout};
use crate::customers::names::{domain_words, folded, words};
use crate::db::Db;
use crate::error::{Error, Result};
use entity::Timestamp;
use uuid::Uuid;

pub(crate) use super::random::{Purpose, Random};
pub use super::scale_partners::{account, largest_provider, small_partner, source, watchers};

/// The most customers that are generated.
pub const MAX_CUSTOMERS: u64 = 1_000_000;

/// Customers of one transaction.
const CHUNK: u64 = 20_000;
/// Customers whose rows are held in memory at once.
const BATCH: u64 = 2_000;

/// Role templates: Service Support Administrator, Directory Readers, Global Reader, License Administrator.
const ROLES: [&str; 4] = [
    "f023fd81-a637-4b56-95fd-791ac0226033",
    "88d8e3e3-8f55-4a1e-953a-9b9898b8876b",
    "f2ef992c-3afb-46b9-b7cf-a126ee74c451",
    "4d6ac14f-3453-41d0-bef9-a3e0c569773a",
];

// Lists to pick from: a word comes up as often as it is listed.
const RELATIONSHIPS: &str =
    "active, active, active, active, active, active, active, expired, terminated, approval_pending";
const SUBSCRIPTIONS: &str =
    "active, active, active, active, active, active, active, suspended, expired, deleted";
const TERMS: &str = "P1Y, P1Y, P1Y, P1M, P3Y";
const OFFERS: &str = "Microsoft 365 Business Basic, Microsoft 365 Business Standard, Microsoft 365 Business Premium, \
    Microsoft 365 E3, Microsoft 365 E5, Exchange Online (Plan 1), Power BI Pro, Microsoft Teams Essentials";
const SECOND_WORDS: &str = "Analytics, Architects, Bakery, Bikes, Books, Brewery, Builders, Catering, Ceramics, \
    Clinic, Coffee, Dairy, Design, Energy, Farms, Films, Fitness, Foods, Freight, Furniture, Gardens, Glass, \
    Hotels, Insurance, Kitchens, Logistics, Marine, Media, Metals, Motors, Optics, Pharmacy, Robotics, Travel";
const ENDINGS: &str = "Company, Group, Holdings, Inc, Ltd, Partners";
const CITIES: &str = "Leipzig, Lyon, Leeds, Uppsala, Boise, Nagoya";

/// The offers that customers subscribe to.
pub(super) fn offers() -> impl Iterator<Item = &'static str> {
    OFFERS.split(", ")
}

/// Adds a world of `customers` customers, unless it is there already: then false. `progress` is told what is being
/// loaded, how much of it is done, and of how much.
///
/// # Errors
/// More than [`MAX_CUSTOMERS`] are asked for; the database holds another such world; the database refuses.
pub async fn ensure(
    db: &Db,
    customers: u64,
    seed: u64,
    now: Timestamp,
    progress: &mut dyn FnMut(&str, u64, u64),
) -> Result<bool> {
    if customers > MAX_CUSTOMERS {
        let reason = format!("at most {MAX_CUSTOMERS} are generated");
        return Err(Error::invalid("customers", reason));
    }
    if customers == 0 {
        return Ok(false);
    }
    let world = World::new(customers, seed, now);
    let Some(loaded) = bulk::loaded_chunks(db, &world.parameters()).await? else {
        return Ok(false);
    };
    for chunk in (0..=customers.div_ceil(CHUNK)).filter(|chunk| !loaded.contains(chunk)) {
        load(db, &world, chunk, progress).await?;
    }
    progress("access tables", 0, 1);
    bulk::finish(db, &world.parameters()).await?;
    progress("access tables", 1, 1);
    Ok(true)
}

/// Chunk 0 holds the partners, each further one its customers.
async fn load(db: &Db, world: &World, chunk: u64, progress: &mut dyn FnMut(&str, u64, u64)) -> Result<()> {
    let mut bulk = Bulk::begin(db).await?;
    let mut rows = Tables::new();
    add! { rows.gateway_state: bulk::mark(chunk), world.parameters() }
    let Some(before) = chunk.checked_sub(1) else {
        let count = world.partners.len() as u64;
        progress("partners", 0, count);
        for partner in &world.partners {
            world.add_partner(partner, &mut rows);
            world.add_partnerships(partner, &mut rows);
        }
        world.health.add_incidents(&mut rows);
        rows.flush(&mut bulk).await?;
        bulk.commit().await?;
        progress("partners", count, count);
        return Ok(());
    };
    let (mut next, end) = (before * CHUNK, world.customers.min(chunk * CHUNK));
    while next < end {
        let batch = next..end.min(next + BATCH);
        next = batch.end;
        batch.for_each(|number| world.add_customer(number, &mut rows));
        rows.flush(&mut bulk).await?;
        progress("customers", next, world.customers);
    }
    bulk.commit().await
}

/// A customer, who serves it, and through whom.
struct Customer<'a> {
    number: u64,
    id: Uuid,
    name: String,
    domain: String,
    since: Timestamp,
    serving: &'a Partner,
    provider: Option<&'a Partner>,
}

/// All that is generated. Its rows come from one system, as of `now`; an interval without an end is open.
struct World {
    customers: u64,
    seed: u64,
    now: Timestamp,
    partners: Vec<Partner>,
    health: Health,
}

const SYSTEM: &str = "partner_center";
const OPEN: Timestamp = Timestamp::FAR_FUTURE;

impl World {
    fn new(customers: u64, seed: u64, now: Timestamp) -> Self {
        let health = Health::new(seed, now, offers());
        World { customers, seed, now, partners: layout(customers, seed), health }
    }

    /// What makes this world this one. The last words tell it from worlds of an earlier generator.
    fn parameters(&self) -> String {
        format!("{} {}, with health", self.customers, self.seed)
    }

    fn add_partner(&self, partner: &Partner, rows: &mut Tables) {
        let (tenant, from) = (partner.tenant, self.now.plus_days(-1600));
        add! { rows.partner: partner.id, tenant }
        self.add_partner_profile(partner, partner, rows);
        for (place, (name, shown, group_name, role)) in ACCOUNTS.into_iter().enumerate() {
            let ((account, object), (group, group_object)) = (partner.accounts[place], partner.groups[place]);
            let principal = format!("{name}@{}", key(partner.number));
            add! { rows.account: account, tenant, object, "member", shown, principal, from, OPEN }
            add! { rows.security_group: group, tenant, group_object, group_name, role }
            add! { rows.group_member: account, group, tenant, from, OPEN }
        }
        for watcher in partner.watchers() {
            let (row, group) = (watcher.row, partner.groups[WATCHERS_GROUP].0);
            let principal = format!("{}@{}", watcher.name, key(partner.number));
            add! { rows.account: row, tenant, watcher.object, "member", "Watcher", principal, from, OPEN }
            add! { rows.group_member: row, group, tenant, from, OPEN }
        }
    }

    fn add_partner_profile(&self, source: &Partner, of: &Partner, rows: &mut Tables) {
        let (name, sort_name) = (of.name(), folded(&of.name()));
        add! { rows.partner_profile:
            source.id, of.id, of.kind(), name, sort_name, of.mpn_id(), "US", SYSTEM, self.now
        }
    }

    /// What a reseller and its providers say of each other. One partnership in ten has the reseller's consent to share
    /// customers whose relation names no provider.
    fn add_partnerships(&self, reseller: &Partner, rows: &mut Tables) {
        let mut random = Random::of(self.seed, Purpose::Consent, reseller.number);
        for provider in reseller.providers.iter().map(|place| &self.partners[*place]) {
            self.add_partner_profile(reseller, provider, rows);
            self.add_partner_profile(provider, reseller, rows);
            let consent = [OPEN, self.now.plus_days(-100)][usize::from(random.per_cent(10))];
            for (source, other, consent) in [(reseller, provider, consent), (provider, reseller, OPEN)] {
                add! { rows.partnership:
                    random.id(), source.id, provider.id, reseller.id, "active",
                    other.mpn_id(), consent, OPEN, self.now.plus_days(-1600), OPEN, SYSTEM, self.now
                }
            }
        }
    }

    fn add_customer(&self, number: u64, rows: &mut Tables) {
        let resellers = &self.partners[PROVIDERS..];
        let serving = &resellers[resellers.partition_point(|partner| partner.first <= number) - 1];
        let mut random = Random::of(self.seed, Purpose::Customer, number);
        let (first, second) = (random.pick(FIRST_WORDS), random.pick(SECOND_WORDS));
        let customer = Customer {
            number,
            id: random.id(),
            name: format!("{first} {second} {}", random.pick(ENDINGS)),
            domain: format!("{first}{second}{number}.example").to_lowercase(),
            since: self.now.plus_days(-random.between(30, 1500)),
            serving,
            provider: serving.provider_of(number).map(|place| &self.partners[place]),
        };
        add! { rows.customer: customer.id, random.id() }
        let provider = customer.provider.filter(|_| random.per_cent(70));
        let sources: Vec<&Partner> = [Some(serving), provider].into_iter().flatten().collect();
        for source in &sources {
            self.add_profile(&customer, source, &mut random, rows);
        }
        let mut brought = 0;
        for _ in 0..random.between(2, 4) {
            brought |= self.add_subscription(&customer, &sources, &mut random, rows);
        }
        if number == serving.first {
            self.health.add_copies(serving.id, serving.customers(), rows);
        }
        self.health.add_customer(serving.id, customer.id, number, brought, rows);
        self.add_company(&customer, &mut random, rows);
        self.add_indirect(&customer, &mut random, rows);
        if random.per_cent(60) {
            self.add_relationship(&customer, &mut random, rows);
        }
    }

    /// A source's own row, with its domain, its words and its relation.
    fn add_profile(&self, customer: &Customer<'_>, source: &Partner, random: &mut Random, rows: &mut Tables) {
        let (source, id, now) = (source.id, customer.id, self.now);
        let (name, domain) = (customer.name.clone(), customer.domain.clone());
        for word in words(&name).union(&domain_words(&domain)) {
            add! { rows.customer_word: source, id, word.clone(), false }
        }
        add! { rows.customer_domain: source, id, domain.clone(), true }
        add! { rows.reseller_relation: random.id(), source, id, "reseller", customer.since, OPEN, SYSTEM, now }
        let sort_name = folded(&name);
        add! { rows.customer_profile: source, id, name, sort_name, domain, SYSTEM, now }
    }

    /// Company details for three in ten, DAP for two in three, both as the serving partner says it.
    fn add_company(&self, customer: &Customer<'_>, random: &mut Random, rows: &mut Tables) {
        let (source, id, now) = (customer.serving.id, customer.id, self.now);
        if random.per_cent(30) {
            let (number, city, house) = (customer.number, random.pick(CITIES), random.between(1, 400));
            add! { rows.company_profile:
                source, id, format!("HRB {number:08}"), format!("office@{}", customer.domain),
                format!("+1 555 {number:07}"), city, format!("{house} Main Street"), SYSTEM, now
            }
        }
        if customer.serving.has_dap(customer.number) {
            add! { rows.delegated_admin_privilege: random.id(), source, id, customer.since, OPEN, SYSTEM, now }
        }
    }

    /// "Served through": nine in ten are said by both, the others by one of the two alone.
    fn add_indirect(&self, customer: &Customer<'_>, random: &mut Random, rows: &mut Tables) {
        let Some(provider) = customer.provider else { return };
        let (provider, reseller) = (provider.id, customer.serving.id);
        let said_by = match random.below(20) {
            0 => vec![provider],
            1 => vec![reseller],
            _ => vec![provider, reseller],
        };
        for source in said_by {
            add! { rows.indirect_relation:
                random.id(), source, customer.id, provider, reseller, customer.since, OPEN, SYSTEM, self.now
            }
        }
    }

    /// What each source says of one subscription. Sold by the provider, or by the serving partner where there is none;
    /// supported by whoever sold it. Answers with the services that it brings, in bits.
    fn add_subscription(
        &self,
        customer: &Customer<'_>,
        sources: &[&Partner],
        random: &mut Random,
        rows: &mut Tables,
    ) -> i64 {
        let (term, status) = (random.pick(TERMS), random.pick(SUBSCRIPTIONS));
        let days = match term {
            "P1M" => 30,
            "P1Y" => 365,
            _ => 3 * 365,
        };
        // In the term under way, or in the one before.
        let over = i64::from(matches!(status, "expired" | "deleted"));
        let started = self.now.plus_days(-random.between(1, days - 1) - over * days);
        let ends = started.plus_days(days);
        let (external_id, offer, quantity) = (random.id(), random.pick(OFFERS), random.between(1, 300));
        let (assigned, renews) = (random.between(0, quantity), random.per_cent(70));
        let seller = customer.provider.unwrap_or(customer.serving).id;
        let (of_record, services) =
            (customer.provider.map(|_| customer.serving), self.health.brought_by(offer));
        for source in sources {
            let (id, source, of_record_id) = (random.id(), source.id, of_record.map(|p| p.id));
            add! { rows.customer_subscription:
                id, source, customer.id, external_id.to_string(), offer, quantity, assigned, "Licenses", status,
                started, ends, term, renews, seller, of_record_id, seller, SYSTEM, self.now, started, services
            }
            let (order, renewal) = (random.id().to_string(), renews.then_some(term));
            add! { rows.subscription_commerce:
                id, order, ends, renewal, "subscription", "Microsoft Corporation", true, of_record.map(Partner::mpn_id)
            }
        }
        services
    }

    /// Delegated administration by the serving partner; one in ten was created by its provider.
    fn add_relationship(&self, customer: &Customer<'_>, random: &mut Random, rows: &mut Tables) {
        let (id, status, days) = (random.id(), random.pick(RELATIONSHIPS), random.between(1, 725));
        let (activated, ends) = match status {
            "approval_pending" => (None, OPEN),
            "expired" => (Some(self.now.plus_days(-730 - days)), self.now.plus_days(-days)),
            "terminated" => (Some(self.now.plus_days(-10 - days)), self.now.plus_days(-days)),
            _ => (Some(self.now.plus_days(-days)), self.now.plus_days(730 - days)),
        };
        let created = activated.unwrap_or(self.now).plus_days(-2);
        let creator = customer.provider.filter(|_| random.per_cent(10));
        let (creator, source) = (creator.map(|p| p.id), customer.serving.id);
        add! { rows.delegated_admin_relationship:
            id, source, format!("{}-{}", random.id(), random.id()), customer.id,
            format!("Support {:07}", customer.number), creator, false, "P730D", "PT0S", status, created, activated,
            ends, SYSTEM, self.now, created
        }
        let (start, count) = (random.below(ROLES.len() as u64), random.between(2, 4));
        let roles = ROLES.into_iter().cycle().skip(start as usize);
        let roles = roles.take(count as usize);
        for role in roles.clone() {
            add! { rows.delegated_admin_role: id, role }
        }
        // Given to the partner's plain group, but for the first role, until the relationship ended.
        let Some(activated) = activated else { return };
        let (assignment, group) = (random.id(), customer.serving.groups[2].1);
        let is_over = status != "active";
        let (status, until) = [("active", OPEN), ("deleted", ends)][usize::from(is_over)];
        add! { rows.access_assignment:
            assignment, source, id, random.id().to_string(), group, status, activated, until, SYSTEM, self.now,
            activated
        }
        for role in roles.skip(1) {
            add! { rows.access_assignment_role: assignment, role }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::access::policy::{Files, vocabulary::Vocabulary};
    use crate::clock::Clock;
    use crate::db::{connect, derive, sql::Sql};

    const NOW: Timestamp = Timestamp(1_800_000_000_000_000);

    async fn database() -> Db {
        let (url, max_connections) = ("sqlite::memory:".to_owned(), 1);
        let options = connect::Options { url, max_connections };
        let db = connect::open_migrated(&options, Clock::fixed(NOW)).await.unwrap();
        let vocabulary = Vocabulary::parse(&Files::shipped().vocabulary).unwrap();
        let (tokens, fingerprint) = (vocabulary.role_tokens(), vocabulary.fingerprint());
        derive::use_vocabulary(&db, &tokens, &fingerprint).await.unwrap();
        db
    }

    async fn add(db: &Db, customers: u64, seed: u64) -> Result<bool> {
        ensure(db, customers, seed, NOW, &mut |_, _, _| {}).await
    }

    /// How many customers of its partner's list an account holds anything on, by such grounds.
    async fn seen(db: &Db, name: &str, grounds: &str) -> i64 {
        #[derive(sea_orm::FromQueryResult)]
        struct Count {
            n: i64,
        }
        let sql = "SELECT count(DISTINCT l.customer_id) AS n FROM account a
            JOIN customer_listing l ON l.reader_tenant_id = a.tenant_id
            JOIN group_member m ON m.account_id = a.id
            JOIN access_grant g ON g.principal_id = m.group_id
             AND g.customer_id = l.customer_id AND g.source_id = l.source_id
            WHERE a.object_id = ";
        let sql = Sql::new(sql).bind(account(name).unwrap().1).push(" AND g.ground_kind LIKE ").bind(grounds);
        db.unscoped_rows::<Count>(sql).await.unwrap()[0].n
    }

    #[tokio::test]
    async fn a_world_is_loaded_once_and_refuses_another() {
        let db = database().await;
        assert!(add(&db, 200, 7).await.unwrap());
        assert!(!add(&db, 200, 7).await.unwrap());
        assert!(matches!(add(&db, 200, 8).await, Err(Error::Conflict { .. })));
        assert!(matches!(add(&db, 201, 7).await, Err(Error::Conflict { .. })));
        assert_eq!(derive::check(&db).await.unwrap(), Vec::new());
        assert_eq!(seen(&db, "helpdesk@p00005", "%").await, 48);
        assert!((1..48).contains(&seen(&db, "support@p00005", "%").await));
        assert!(seen(&db, "admin@p00001", "%").await >= 40);
        assert_eq!(seen(&db, "support@p00001", "%").await, 0);
    }

    #[tokio::test]
    async fn both_measured_partners_and_their_watchers_read_the_health_of_most_customers() {
        let db = database().await;
        assert!(add(&db, 200, 7).await.unwrap());
        for name in ["admin@p00005", "watch00@p00005"] {
            assert_eq!(seen(&db, name, "delegated_admin_privilege").await, 32, "{name}");
        }
        for name in ["admin@p00001", "watch09@p00001"] {
            assert!(seen(&db, name, "indirect_link").await >= 36, "{name}");
        }
    }
}
