//! The generated world: as many customers as asked for, in the shapes of the demo, beside the demo's own partners.
//!
//! - The same number and seed give the same world: names, sizes, facts and every id. Only its times follow `now`.
//! - Tenants and accounts of its partners depend on their names alone, so that a token needs no look into a database.
//! - It is loaded in chunks, each one transaction that leaves its mark; a load that was killed goes on where it was.
//! - It only adds rows, and never fits a second world into a database that holds another.

use super::bulk::{Bulk, Tables, row};
use crate::customers::names::{domain_words, folded, words};
use crate::db::sql::Sql;
use crate::db::{Db, derive, execute};
use crate::error::{Error, Result};
use entity::Timestamp;
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult};
use std::collections::BTreeSet;
use std::ops::Range;
use uuid::{Builder, Uuid};

/// The most customers that are generated.
pub const MAX_CUSTOMERS: u64 = 1_000_000;

/// Customers of one transaction.
const CHUNK: u64 = 20_000;
/// Customers whose rows are held in memory at once.
const BATCH: u64 = 2_000;

/// Large indirect providers: the first partners.
const PROVIDERS: u64 = 4;
/// Per cent of all customers that each provider has downstream; the last share is direct-bill partners'.
const SHARES: [u64; 5] = [50, 20, 12, 8, 10];
/// Customers of the first partner after the providers, whatever the world's size.
const SMALL: u64 = 48;

/// What random numbers are for: each purpose, and each object, has a sequence of its own.
const PARTNER: u64 = 1;
const LAYOUT: u64 = 2;
const CONSENT: u64 = 3;
const CUSTOMER: u64 = 4;

/// Name, display name, group and its role of each partner's accounts.
const ACCOUNTS: [(&str, &str, &str, Option<&str>); 3] = [
    ("admin", "Admin", "Admin agents", Some("admin_agents")),
    ("helpdesk", "Helpdesk", "Helpdesk agents", Some("helpdesk_agents")),
    ("support", "Support", "Delegated support", None),
];

/// Role templates: Service Support Administrator, Directory Readers, Global Reader, License Administrator, Helpdesk
/// Administrator, User Administrator.
const ROLES: &str = "f023fd81-a637-4b56-95fd-791ac0226033, 88d8e3e3-8f55-4a1e-953a-9b9898b8876b, \
    f2ef992c-3afb-46b9-b7cf-a126ee74c451, 4d6ac14f-3453-41d0-bef9-a3e0c569773a, \
    729827e3-9c14-49f7-bb1b-9608f156bbb8, fe930be7-5e62-47db-91af-98c3a49a38b1";

// Each word is as likely as it is listed.
const RELATIONSHIPS: &str =
    "active, active, active, active, active, active, active, expired, terminated, approval_pending";
const SUBSCRIPTIONS: &str = "active, active, active, active, active, active, active, suspended, expired, deleted";
const OFFERS: &str = "Microsoft 365 Business Basic, Microsoft 365 Business Standard, Microsoft 365 Business Premium, \
    Microsoft 365 E3, Microsoft 365 E5, Exchange Online (Plan 1), Power BI Pro, Microsoft Teams Essentials";
const FIRST_WORDS: &str = "Alpine, Amber, Arctic, Autumn, Bright, Cedar, Clear, Coastal, Copper, Coral, Crystal, \
    Eastern, Evergreen, Forest, Golden, Granite, Green, Harbor, Highland, Island, Ivory, Lakeside, Laurel, Liberty, \
    Lunar, Maple, Meadow, Midland, Misty, Northern, Oak, Pacific, Pine, Prairie, River, Silver, Southern, Summit, \
    Sunny, Western";
const SECOND_WORDS: &str = "Analytics, Architects, Bakery, Bikes, Books, Brewery, Builders, Catering, Ceramics, \
    Clinic, Coffee, Dairy, Dental, Design, Electric, Energy, Farms, Films, Finance, Fitness, Foods, Freight, \
    Furniture, Gardens, Glass, Hotels, Insurance, Kitchens, Logistics, Machines, Marine, Media, Metals, Motors, \
    Optics, Pharmacy, Robotics, Solar, Textiles, Travel";
const ENDINGS: &str = "Company, Group, Holdings, Inc, Ltd, Partners";
/// Term and its days, as often as it is listed.
const TERMS: [(&str, i64); 5] = [("P1Y", 365), ("P1Y", 365), ("P1Y", 365), ("P1M", 30), ("P3Y", 1095)];
const BUSINESSES: &str = "Cloud, IT, Managed Services, Systems";
const CITIES: &str = "Leipzig, Lyon, Leeds, Uppsala, Boise, Nagoya";

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
    if customers == 0 {
        return Ok(false);
    }
    if customers > MAX_CUSTOMERS {
        return Err(Error::invalid("customers", format!("at most {MAX_CUSTOMERS} are generated")));
    }
    let world = World::new(customers, seed, now);
    let Some(loaded) = loaded_chunks(db, &world).await? else { return Ok(false) };
    for chunk in (0..=customers.div_ceil(CHUNK)).filter(|chunk| !loaded.contains(&mark(*chunk))) {
        load(db, &world, chunk, progress).await?;
    }
    progress("access tables", 0, 1);
    finish(db, &world).await?;
    progress("access tables", 1, 1);
    Ok(true)
}

/// The account of a name such as `admin@p00001`: its tenant and object id. Whether a world has that partner, its
/// database knows.
pub fn account(name: &str) -> Option<(Uuid, Uuid)> {
    let (account, key) = name.split_once('@')?;
    let place = ACCOUNTS.iter().position(|(name, ..)| *name == account)?;
    let digits = key.strip_prefix('p').filter(|digits| digits.len() == 5)?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let ids = PartnerIds::of(digits.parse().ok().filter(|number| *number > 0)?);
    Some((ids.tenant, ids.accounts[place].1))
}

/// The partner through which half of all customers are served.
pub fn largest_provider() -> String {
    key(1)
}

/// A reseller of the largest provider with 48 customers, or all there are if they are fewer.
pub fn small_partner() -> String {
    key(PROVIDERS + 1)
}

fn key(number: u64) -> String {
    format!("p{number:05}")
}

/// A row of `gateway_state` that says which chunk is loaded.
fn mark(chunk: u64) -> String {
    format!("scale-chunk-{chunk:06}")
}

#[derive(FromQueryResult)]
struct State {
    name: String,
    value: String,
}

/// Marks of the chunks that are loaded; none once the whole world is.
async fn loaded_chunks(db: &Db, world: &World) -> Result<Option<BTreeSet<String>>> {
    let sql = Sql::new("SELECT name, value FROM gateway_state WHERE name LIKE 'scale%' ORDER BY name");
    let states: Vec<State> = db.unscoped_rows(sql).await?;
    if let Some(other) = states.iter().find(|state| state.value != world.parameters()) {
        let (customers, seed) = other.value.split_once(' ').unwrap_or((&other.value, "unknown"));
        let reason = format!(
            "the database holds a generated world of {customers} customers, seed {seed}: ask for that one, or use \
             another data folder or database for {} customers, seed {}",
            world.customers, world.seed
        );
        return Err(Error::Conflict { reason });
    }
    let is_whole = states.iter().any(|state| state.name == "scale");
    Ok((!is_whole).then(|| states.into_iter().map(|state| state.name).collect()))
}

/// Chunk 0 holds the partners, each further one its customers.
async fn load(db: &Db, world: &World, chunk: u64, progress: &mut dyn FnMut(&str, u64, u64)) -> Result<()> {
    let mut bulk = Bulk::begin(db).await?;
    let mut rows = Tables::new();
    rows.gateway_state.push(row![mark(chunk), world.parameters()]);
    if let Some(before) = chunk.checked_sub(1) {
        let end = world.customers.min(chunk * CHUNK);
        let mut next = before * CHUNK;
        while next < end {
            let batch = next..end.min(next + BATCH);
            next = batch.end;
            world.add_customers(batch, &mut rows);
            rows.flush(&mut bulk).await?;
            progress("customers", next, world.customers);
        }
    } else {
        for partner in &world.partners {
            world.add_partner(partner, &mut rows);
            world.add_partnerships(partner, &mut rows);
        }
        let count = world.partners.len() as u64;
        progress("partners", 0, count);
        rows.flush(&mut bulk).await?;
        progress("partners", count, count);
    }
    bulk.commit().await
}

/// Derives what follows from all that was loaded, and says that the world is whole.
async fn finish(db: &Db, world: &World) -> Result<()> {
    // The views join all of it: without statistics the planner would take the tables for empty.
    analyze(db).await?;
    let tx = db.begin().await?;
    derive::everything(&tx).await?;
    execute(&tx, Sql::new("DELETE FROM gateway_state WHERE name LIKE 'scale-chunk-%'")).await?;
    let state = Sql::new("INSERT INTO gateway_state (name, value) VALUES ('scale', ").bind(world.parameters());
    execute(&tx, state.push(")")).await?;
    tx.commit().await?;
    analyze(db).await
}

/// PostgreSQL plans by statistics, SQLite well enough without.
async fn analyze(db: &Db) -> Result<()> {
    if db.backend() == DbBackend::Postgres {
        db.migrating().execute_unprepared("ANALYZE").await?;
    }
    Ok(())
}

/// Random numbers that are the same everywhere: splitmix64 (Steele, Lea and Flood, 2014).
pub(crate) struct Random(u64);

impl Random {
    /// The sequence of one object: what for, and which.
    pub(crate) fn of(seed: u64, purpose: u64, number: u64) -> Self {
        let mut random = Random(seed);
        for part in [purpose, number] {
            random = Random(random.draw() ^ part);
        }
        random
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

    fn between(&mut self, first: i64, last: i64) -> i64 {
        first + self.below((last - first + 1) as u64) as i64
    }

    fn per_cent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }

    /// One of the words of a list.
    fn pick(&mut self, list: &'static str) -> &'static str {
        let place = self.below(list.split(", ").count() as u64) as usize;
        list.split(", ").nth(place).unwrap_or(list)
    }

    fn id(&mut self) -> Uuid {
        let bits = (u128::from(self.draw()) << 64) | u128::from(self.draw());
        Builder::from_random_bytes(bits.to_be_bytes()).into_uuid()
    }
}

/// A partner's ids. They depend on its number alone.
struct PartnerIds {
    tenant: Uuid,
    partner: Uuid,
    /// Row and object id of each account and of its group, as in [`ACCOUNTS`].
    accounts: [(Uuid, Uuid); 3],
    groups: [(Uuid, Uuid); 3],
}

impl PartnerIds {
    fn of(number: u64) -> Self {
        let mut random = Random::of(0, PARTNER, number);
        PartnerIds {
            tenant: random.id(),
            partner: random.id(),
            accounts: std::array::from_fn(|_| (random.id(), random.id())),
            groups: std::array::from_fn(|_| (random.id(), random.id())),
        }
    }
}

/// A partner and the customers that it serves itself.
struct Partner {
    /// From 1.
    number: u64,
    ids: PartnerIds,
    /// Number of its first customer.
    first: u64,
    size: u64,
    /// Places of its providers, the main one first: none for a provider and for a direct-bill partner.
    providers: Vec<usize>,
}

impl Partner {
    fn kind(&self) -> &'static str {
        match self.number {
            1..=PROVIDERS => "indirect_provider",
            _ if self.providers.is_empty() => "direct_bill",
            _ => "indirect_reseller",
        }
    }

    fn name(&self) -> String {
        let mut random = Random::of(1, PARTNER, self.number);
        let business = match self.number {
            1..=PROVIDERS => "Distribution",
            _ => random.pick(BUSINESSES),
        };
        format!("{} {business} {}", random.pick(FIRST_WORDS), key(self.number))
    }

    fn mpn_id(&self) -> String {
        (5_000_000 + self.number).to_string()
    }

    /// Which of its providers a customer is served through: a second one has the last three of each ten.
    fn provider_of(&self, place: u64) -> Option<usize> {
        let second = usize::from(place % 10 >= 7);
        self.providers.get(second).or(self.providers.first()).copied()
    }
}

/// How many of the first `size` customers a second provider has.
fn second_share(size: u64) -> u64 {
    size / 10 * 3 + (size % 10).saturating_sub(7)
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

/// Resellers are added until they serve all customers; each goes to whoever is furthest behind its share.
fn layout(customers: u64, seed: u64) -> Vec<Partner> {
    let partner = |number, first, size, providers| Partner { number, ids: PartnerIds::of(number), first, size, providers };
    let mut partners: Vec<Partner> = (1..=PROVIDERS).map(|number| partner(number, 0, 0, Vec::new())).collect();
    let mut random = Random::of(seed, LAYOUT, 0);
    let mut have = [0; SHARES.len()];
    let mut first = 0;
    while first < customers {
        let size = if first == 0 { SMALL } else { reseller_size(&mut random) }.min(customers - first);
        let behind = |place: &usize| (SHARES[*place] * (first + size)) as i64 - 100 * have[*place] as i64;
        let place = (0..SHARES.len()).max_by_key(behind).unwrap_or(0);
        let mut providers = Vec::new();
        if place < PROVIDERS as usize {
            providers.push(place);
        }
        // The small partner keeps to one provider: what it measures stays simple.
        if place < PROVIDERS as usize && first > 0 && random.per_cent(20) {
            let second = (place + 1) % PROVIDERS as usize;
            providers.push(second);
            have[second] += second_share(size);
            have[place] += size - second_share(size);
        } else {
            have[place] += size;
        }
        partners.push(partner(PROVIDERS + 1 + (partners.len() as u64 - PROVIDERS), first, size, providers));
        first += size;
    }
    partners
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

/// A subscription, before anybody says it.
struct Subscription {
    external_id: Uuid,
    offer: &'static str,
    term: &'static str,
    quantity: i64,
    assigned: i64,
    status: &'static str,
    started: Timestamp,
    ends: Timestamp,
    auto_renew: bool,
}

/// All that is generated.
struct World {
    customers: u64,
    seed: u64,
    now: Timestamp,
    partners: Vec<Partner>,
}

impl World {
    fn new(customers: u64, seed: u64, now: Timestamp) -> Self {
        World { customers, seed, now, partners: layout(customers, seed) }
    }

    /// What makes this world this one, as `gateway_state` keeps it.
    fn parameters(&self) -> String {
        format!("{} {}", self.customers, self.seed)
    }

    /// When the partners' accounts and partnerships began.
    fn beginning(&self) -> Timestamp {
        self.now.plus_days(-1600)
    }

    fn add_partner(&self, partner: &Partner, rows: &mut Tables) {
        let ids = &partner.ids;
        rows.partner.push(row![ids.partner, ids.tenant]);
        self.add_partner_profile(partner, partner, rows);
        for (place, (name, display_name, group_name, role)) in ACCOUNTS.into_iter().enumerate() {
            let ((account, object), (group, group_object)) = (ids.accounts[place], ids.groups[place]);
            let principal = format!("{name}@{}", key(partner.number));
            let (from, until) = (self.beginning(), Timestamp::FAR_FUTURE);
            rows.account.push(row![account, ids.tenant, object, "member", display_name, principal, from, until]);
            rows.security_group.push(row![group, ids.tenant, group_object, group_name, role]);
            rows.group_member.push(row![account, group, ids.tenant, from, until]);
        }
    }

    fn add_partner_profile(&self, source: &Partner, of: &Partner, rows: &mut Tables) {
        let (source, id, name) = (source.ids.partner, of.ids.partner, of.name());
        let sort_name = folded(&name);
        let profile = row![source, id, of.kind(), name, sort_name, of.mpn_id(), "US", "partner_center", self.now];
        rows.partner_profile.push(profile);
    }

    /// What a reseller and its providers say of each other. One reseller in ten consents to share customers whose
    /// relation names no provider.
    fn add_partnerships(&self, reseller: &Partner, rows: &mut Tables) {
        let mut random = Random::of(self.seed, CONSENT, reseller.number);
        for provider in reseller.providers.iter().map(|place| &self.partners[*place]) {
            self.add_partner_profile(reseller, provider, rows);
            self.add_partner_profile(provider, reseller, rows);
            let never = Timestamp::FAR_FUTURE;
            let consent = if random.per_cent(10) { self.now.plus_days(-100) } else { never };
            for (source, other, consent) in [(reseller, provider, consent), (provider, reseller, never)] {
                rows.partnership.push(row![
                    random.id(),
                    source.ids.partner,
                    provider.ids.partner,
                    reseller.ids.partner,
                    "active",
                    other.mpn_id(),
                    consent,
                    never,
                    self.beginning(),
                    never,
                    "partner_center",
                    self.now,
                ]);
            }
        }
    }

    fn add_customers(&self, numbers: Range<u64>, rows: &mut Tables) {
        for number in numbers {
            self.add_customer(number, rows);
        }
    }

    fn add_customer(&self, number: u64, rows: &mut Tables) {
        let mut random = Random::of(self.seed, CUSTOMER, number);
        let resellers = &self.partners[PROVIDERS as usize..];
        let serving = &resellers[resellers.partition_point(|partner| partner.first <= number) - 1];
        let (first_word, second_word) = (random.pick(FIRST_WORDS), random.pick(SECOND_WORDS));
        let customer = Customer {
            number,
            id: random.id(),
            name: format!("{first_word} {second_word} {}", random.pick(ENDINGS)),
            domain: format!("{first_word}{second_word}{number}.example").to_lowercase(),
            since: self.now.plus_days(-random.between(30, 1500)),
            serving,
            provider: serving.provider_of(number - serving.first).map(|place| &self.partners[place]),
        };
        rows.customer.push(row![customer.id, random.id()]);
        let count = random.between(2, 4);
        let subscriptions: Vec<_> = (0..count).map(|_| self.subscription(&mut random)).collect();
        let provider = customer.provider.filter(|_| random.per_cent(70));
        for source in [Some(serving), provider].into_iter().flatten() {
            self.add_profile(&customer, source, &mut random, rows);
            for subscription in &subscriptions {
                self.add_subscription(&customer, source, subscription, &mut random, rows);
            }
        }
        self.add_company(&customer, &mut random, rows);
        self.add_indirect(&customer, &mut random, rows);
        if random.per_cent(60) {
            self.add_relationship(&customer, &mut random, rows);
        }
    }

    /// A source's own row, with its domain, its words and its relation.
    fn add_profile(&self, customer: &Customer<'_>, source: &Partner, random: &mut Random, rows: &mut Tables) {
        let (source, id, system) = (source.ids.partner, customer.id, "partner_center");
        let (name, domain) = (customer.name.clone(), customer.domain.clone());
        for word in words(&name).union(&domain_words(&domain)) {
            rows.customer_word.push(row![source, id, word.clone(), false]);
        }
        rows.customer_domain.push(row![source, id, domain.clone(), true]);
        rows.customer_profile.push(row![source, id, name.clone(), folded(&name), domain, system, self.now]);
        let (from, until) = (customer.since, Timestamp::FAR_FUTURE);
        rows.reseller_relation.push(row![random.id(), source, id, "reseller", from, until, system, self.now]);
    }

    /// Company details for three in ten, DAP for two, both as the serving partner says it.
    fn add_company(&self, customer: &Customer<'_>, random: &mut Random, rows: &mut Tables) {
        let (source, id, system) = (customer.serving.ids.partner, customer.id, "partner_center");
        if random.per_cent(30) {
            let (number, office) = (format!("HRB {:08}", customer.number), format!("office@{}", customer.domain));
            let (phone, city) = (format!("+1 555 {:07}", customer.number), random.pick(CITIES));
            let street = format!("{} Main Street", random.between(1, 400));
            let profile = row![source, id, number, office, phone, city, street, system, self.now];
            rows.company_profile.push(profile);
        }
        if random.per_cent(20) {
            let (from, until) = (customer.since, Timestamp::FAR_FUTURE);
            rows.delegated_admin_privilege.push(row![random.id(), source, id, from, until, system, self.now]);
        }
    }

    /// "Served through": nine in ten are said by both, the others by one of the two alone.
    fn add_indirect(&self, customer: &Customer<'_>, random: &mut Random, rows: &mut Tables) {
        let Some(provider) = customer.provider else { return };
        let (reseller, silent) = (customer.serving, random.below(20));
        for (place, source) in [reseller, provider].into_iter().enumerate() {
            if silent != place as u64 {
                rows.indirect_relation.push(row![
                    random.id(),
                    source.ids.partner,
                    customer.id,
                    provider.ids.partner,
                    reseller.ids.partner,
                    customer.since,
                    Timestamp::FAR_FUTURE,
                    "partner_center",
                    self.now,
                ]);
            }
        }
    }

    fn subscription(&self, random: &mut Random) -> Subscription {
        let ((term, days), status) = (TERMS[random.below(5) as usize], random.pick(SUBSCRIPTIONS));
        // A term under way, or the one before.
        let is_over = matches!(status, "expired" | "deleted");
        let age = random.between(1, days - 1) + if is_over { days } else { 0 };
        let started = self.now.plus_days(-age);
        let quantity = random.between(1, 300);
        Subscription {
            external_id: random.id(),
            offer: random.pick(OFFERS),
            term,
            quantity,
            assigned: random.between(0, quantity),
            status,
            started,
            ends: started.plus_days(days),
            auto_renew: random.per_cent(70),
        }
    }

    /// Sold by the provider, or by the serving partner where there is none; supported by whoever sold it.
    fn add_subscription(
        &self,
        customer: &Customer<'_>,
        source: &Partner,
        subscription: &Subscription,
        random: &mut Random,
        rows: &mut Tables,
    ) {
        let (id, s) = (random.id(), subscription);
        let seller = customer.provider.unwrap_or(customer.serving).ids.partner;
        let of_record = customer.provider.map(|_| customer.serving);
        rows.customer_subscription.push(row![
            id,
            source.ids.partner,
            customer.id,
            s.external_id.to_string(),
            s.offer,
            s.quantity,
            s.assigned,
            "Licenses",
            s.status,
            s.started,
            s.ends,
            s.term,
            s.auto_renew,
            seller,
            of_record.map(|partner| partner.ids.partner),
            seller,
            "partner_center",
            self.now,
            s.started,
        ]);
        let (order, renewal) = (random.id().simple().to_string(), s.auto_renew.then_some(s.term));
        let (publisher, mpn_id) = ("Microsoft Corporation", of_record.map(Partner::mpn_id));
        rows.subscription_commerce.push(row![id, order, s.ends, renewal, "subscription", publisher, true, mpn_id]);
    }

    /// Delegated administration by the serving partner; one in ten was created by its provider.
    fn add_relationship(&self, customer: &Customer<'_>, random: &mut Random, rows: &mut Tables) {
        let (id, status, days) = (random.id(), random.pick(RELATIONSHIPS), random.between(1, 725));
        let (activated, ends) = match status {
            "approval_pending" => (None, Timestamp::FAR_FUTURE),
            "expired" => (Some(self.now.plus_days(-730 - days)), self.now.plus_days(-days)),
            "terminated" => (Some(self.now.plus_days(-days - 10)), self.now.plus_days(-days)),
            _ => (Some(self.now.plus_days(-days)), self.now.plus_days(730 - days)),
        };
        let created = activated.unwrap_or(self.now).plus_days(-2);
        let created_by = customer.provider.filter(|_| random.per_cent(10));
        rows.delegated_admin_relationship.push(row![
            id,
            customer.serving.ids.partner,
            format!("{}-{}", random.id(), random.id()),
            customer.id,
            format!("Support {:07}", customer.number),
            created_by.map(|provider| provider.ids.partner),
            false,
            "P730D",
            "PT0S",
            status,
            created,
            activated,
            ends,
            "microsoft_graph",
            self.now,
            created,
        ]);
        let (count, start) = (random.between(2, 4) as usize, random.below(ROLES.len() as u64) as usize);
        let roles: Vec<&'static str> = ROLES.iter().cycle().skip(start).take(count).copied().collect();
        for role in &roles {
            rows.delegated_admin_role.push(row![id, *role]);
        }
        if let Some(activated) = activated {
            let until = if status == "active" { Timestamp::FAR_FUTURE } else { ends };
            // One role of the relationship is given to nobody.
            self.add_assignment(customer.serving, id, activated..until, &roles[1..], random, rows);
        }
    }

    /// Roles of a relationship given to the partner's plain group, until it ended.
    fn add_assignment(
        &self,
        partner: &Partner,
        relationship: Uuid,
        time: Range<Timestamp>,
        roles: &[&'static str],
        random: &mut Random,
        rows: &mut Tables,
    ) {
        let (id, (_, group_object)) = (random.id(), partner.ids.groups[2]);
        let status = if time.end == Timestamp::FAR_FUTURE { "active" } else { "deleted" };
        rows.access_assignment.push(row![
            id,
            partner.ids.partner,
            relationship,
            random.id().to_string(),
            group_object,
            status,
            time.start,
            time.end,
            "microsoft_graph",
            self.now,
            time.start,
        ]);
        for role in roles {
            rows.access_assignment_role.push(row![id, *role]);
        }
    }
}

#[cfg(test)]
#[path = "scale_tests.rs"]
mod tests;
