//! Service health of the generated world, all of it in the serving partner's name as of now: statuses, incidents with
//! those whom they affect, and a few requests that are open with the vendor.
//!
//! - Which incidents affect a customer follows from seed and number alone, whatever else it has: so providers and
//!   resellers are hit alike, and a partner's copies can be written before its customers are.
//! - A source has a copy of an incident, with three publications, if it affects a customer of its own.
//! - No history of statuses is made: it is empty until something is ingested.

use super::bulk::{Tables, add};
use super::random::{Purpose, Random};
use crate::health::catalogue::{Catalogue, Service, id_of};
use crate::health::text::plain;
use entity::Timestamp;
use std::collections::BTreeMap;
use std::ops::Range;
use uuid::Uuid;

const SYSTEM: &str = "microsoft_graph";
/// In which the vendor's support requests are listed.
const REQUESTS_SYSTEM: &str = "partner_center";
const HOUR: i64 = 3_600 * Timestamp::SECOND;

/// Incidents, the first half of them active.
const INCIDENTS: usize = 24;
/// Of a thousand customers, how many the first ones affect; each further one affects 1 to 30.
const WIDEST: [u64; 2] = [600, 200];

/// Services whose status is said, the ones first that people ask for: each offer brings three of them at least.
const WATCHED: [&str; 9] =
    ["exchange", "teams", "sharepoint", "microsoft365", "identity", "onedrive", "intune", "power_bi", "apps"];

/// What goes wrong: prefix of the id, service, feature, title.
const KINDS: [(&str, &str, &str, &str); 12] = [
    ("EX", "exchange", "Mailbox access", "Users can't open their mailboxes"),
    ("TM", "teams", "Meetings", "Users can't join meetings"),
    ("SP", "sharepoint", "Sites", "Sites load slowly or not at all"),
    ("MO", "microsoft365", "Administration", "Admins can't open the admin center"),
    ("MO", "identity", "Sign-in", "Users are asked to sign in again and again"),
    ("OD", "onedrive", "Synchronisation", "Files stay out of date on users' devices"),
    ("IT", "intune", "Enrolment", "Devices can't be enrolled"),
    ("PB", "power_bi", "Reports", "Reports fail to refresh"),
    ("EX", "exchange", "Mail flow", "Messages to other organisations arrive late"),
    ("TM", "teams", "Calls", "Calls drop after a minute"),
    ("EX", "exchange", "Search", "Searches in mailboxes find nothing"),
    ("SP", "sharepoint", "Search", "New files are missing from search results"),
];
const ACTIVE_STATUSES: [&str; 3] = ["service_degradation", "service_interruption", "investigating"];

/// An incident, the same in every source's words.
struct Incident {
    id: Uuid,
    external_id: String,
    service: &'static Service,
    feature: &'static str,
    title: &'static str,
    classification: &'static str,
    status: &'static str,
    is_resolved: bool,
    /// Of a thousand customers, how many it affects.
    share: u64,
    starts_at: Timestamp,
    ends_at: Option<Timestamp>,
    modified_at: Timestamp,
    posts: Vec<Post>,
}

struct Post {
    created_at: Timestamp,
    content: String,
    text: String,
}

impl Incident {
    /// None where the catalogue lacks its service.
    fn new(seed: u64, now: Timestamp, place: usize) -> Option<Self> {
        let (prefix, key, feature, title) = KINDS[place % KINDS.len()];
        let mut random = Random::of(seed, Purpose::Incident, place as u64);
        let id = random.id();
        let small = random.between(1, 30) as u64;
        let is_resolved = place >= INCIDENTS / 2;
        let hours_ago = if is_resolved { random.between(6 * 24, 60 * 24) } else { random.between(4, 96) };
        let starts_at = Timestamp(now.0 - hours_ago * HOUR);
        let after = |hours: i64| Timestamp(starts_at.0 + hours * HOUR);
        let posts = [(1, "Looking into it."), (2, "The cause is known."), (3, "The next step is under way.")];
        let posts = posts.map(|(hours, words)| Post::new(after(hours), title, words));
        Some(Incident {
            id,
            external_id: format!("{prefix}{}", 9_000_001 + place),
            service: Catalogue::shipped().by_id(id_of(key))?,
            feature,
            title,
            classification: if place % 4 == 3 { "advisory" } else { "incident" },
            status: if is_resolved { "service_restored" } else { ACTIVE_STATUSES[place % 3] },
            is_resolved,
            share: WIDEST.get(place).copied().unwrap_or(small),
            starts_at,
            ends_at: is_resolved.then(|| after(3)),
            modified_at: after(3),
            posts: posts.into(),
        })
    }
}

impl Post {
    fn new(created_at: Timestamp, title: &str, words: &str) -> Self {
        let content = format!(
            "<p><b>Title:</b> {title}</p><p><b>User impact:</b> {title}.</p><p><b>Current status:</b> {words}</p>"
        );
        let text = plain("html", &content);
        Post { created_at, content, text }
    }
}

/// What is made once for a world.
pub(super) struct Health {
    seed: u64,
    now: Timestamp,
    incidents: Vec<Incident>,
    watched: Vec<&'static Service>,
    /// What each offer brings, in bits.
    brings: BTreeMap<&'static str, i64>,
}

impl Health {
    /// For a world that sells these offers.
    pub(super) fn new(seed: u64, now: Timestamp, offers: impl Iterator<Item = &'static str>) -> Self {
        let catalogue = Catalogue::shipped();
        Health {
            seed,
            now,
            incidents: (0..INCIDENTS).filter_map(|place| Incident::new(seed, now, place)).collect(),
            watched: WATCHED.into_iter().filter_map(|key| catalogue.by_id(id_of(key))).collect(),
            brings: offers.map(|offer| (offer, catalogue.brought_by(None, Some(offer)))).collect(),
        }
    }

    /// The bits of the services that an offer brings.
    pub(super) fn brought_by(&self, offer: &str) -> i64 {
        self.brings.get(offer).copied().unwrap_or_default()
    }

    /// The incidents that affect a customer, each with its place.
    fn affecting(&self, customer: u64) -> impl Iterator<Item = (usize, &Incident)> {
        let mut random = Random::of(self.seed, Purpose::Affected, customer);
        let all = self.incidents.iter().enumerate();
        all.filter(move |(_, incident)| random.below(1000) < incident.share)
    }

    /// The shells, which all sources share.
    pub(super) fn add_incidents(&self, rows: &mut Tables) {
        for incident in &self.incidents {
            add! { rows.incident: incident.id, incident.external_id.clone() }
        }
    }

    /// A source's copies of what affects any of its customers.
    pub(super) fn add_copies(&self, source: Uuid, customers: Range<u64>, rows: &mut Tables) {
        let mut is_hit = vec![false; self.incidents.len()];
        for (place, _) in customers.flat_map(|customer| self.affecting(customer)) {
            is_hit[place] = true;
        }
        let hit = self.incidents.iter().zip(is_hit).filter(|(_, is_hit)| *is_hit);
        for (incident, _) in hit {
            let Incident { id, service, modified_at, .. } = incident;
            let impact = format!("{}.", incident.title);
            add! { rows.incident_copy:
                source, *id, service.id.0, service.name.clone(), incident.title, incident.feature, impact,
                incident.classification, "microsoft", incident.status, incident.is_resolved, incident.starts_at,
                incident.ends_at, *modified_at, *modified_at, self.now, SYSTEM, self.now
            }
            for post in &incident.posts {
                add! { rows.incident_post:
                    source, *id, post.created_at, 0_i64, "regular", "html", post.content.clone(),
                    post.text.clone(), self.now
                }
            }
        }
    }

    /// A customer's statuses, what affects it, and for one in fifty a request that is open with the vendor. `brought`
    /// are the bits of its services.
    pub(super) fn add_customer(
        &self,
        source: Uuid,
        customer: Uuid,
        number: u64,
        brought: i64,
        rows: &mut Tables,
    ) {
        let mut random = Random::of(self.seed, Purpose::Health, number);
        let affecting: Vec<&Incident> = self.affecting(number).map(|(_, incident)| incident).collect();
        add! { rows.health_watch: customer, source, self.now, self.now, "seen", SYSTEM }
        let count = random.between(3, 6) as usize;
        let services = self.watched.iter().filter(|service| brought & service.mask() != 0);
        for service in services.take(count) {
            let is_hit = |incident: &&&Incident| !incident.is_resolved && incident.service.id == service.id;
            let (status, since) = match affecting.iter().find(is_hit) {
                Some(incident) => (incident.status, incident.starts_at),
                None if random.per_cent(2) => ("service_restored", self.now.plus_days(-1)),
                None => ("service_operational", self.now.plus_days(-random.between(2, 300))),
            };
            add! { rows.customer_service:
                customer, source, service.id.0, service.name.clone(), status, since, self.now, SYSTEM
            }
        }
        for incident in affecting {
            add! { rows.incident_tenant: source, incident.id, customer, incident.starts_at, self.now }
        }
        if random.per_cent(2) {
            self.add_request(source, customer, &mut random, rows);
        }
    }

    fn add_request(&self, source: Uuid, customer: Uuid, random: &mut Random, rows: &mut Tables) {
        let (id, number) = (random.id(), 100_000_000 + random.below(900_000_000));
        let filed = Timestamp(self.now.0 - random.between(1, 96) * HOUR);
        add! { rows.vendor_request:
            id, source, customer, number.to_string(), "Mail does not arrive", "moderate", "open",
            id_of("exchange").0, "Exchange Online", filed, filed, REQUESTS_SYSTEM, self.now
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::clock::Clock;
    use crate::db::connect::{Options, open_migrated};
    use crate::db::sql::Sql;
    use crate::db::{Db, derive};
    use crate::demo::scale;
    use std::collections::BTreeSet;

    const NOW: Timestamp = Timestamp(1_800_000_000_000_000);

    fn health(seed: u64) -> Health {
        Health::new(seed, NOW, ["Exchange Online (Plan 1)"].into_iter())
    }

    #[test]
    fn half_of_all_incidents_are_active_and_each_is_within_its_share() {
        let health = health(5);
        assert_eq!((health.incidents.len(), health.watched.len()), (INCIDENTS, WATCHED.len()));
        assert_eq!(health.incidents.iter().filter(|incident| !incident.is_resolved).count(), 12);
        let ids: BTreeSet<&str> = health.incidents.iter().map(|one| one.external_id.as_str()).collect();
        assert!(ids.len() == INCIDENTS && ids.contains("EX9000001"));
        let mut counts = [0_u64; INCIDENTS];
        for (place, _) in (0..20_000).flat_map(|number| health.affecting(number)) {
            counts[place] += 1;
        }
        assert!(counts[0].abs_diff(12_000) < 300 && counts[1].abs_diff(4_000) < 250, "{counts:?}");
        assert!(counts[2..].iter().all(|count| (1..720).contains(count)), "{counts:?}");
        assert!(health.incidents.iter().all(|one| one.modified_at < NOW && one.posts.len() == 3));
    }

    #[test]
    fn each_offer_brings_three_watched_services_at_least() {
        for offer in scale::offers() {
            let brought = Health::new(1, NOW, scale::offers()).brought_by(offer);
            let watched = health(1).watched.iter().filter(|service| brought & service.mask() != 0).count();
            assert!(watched >= 3, "{offer} brings {watched}");
        }
    }

    #[derive(sea_orm::FromQueryResult)]
    struct Count {
        n: i64,
    }

    async fn count(db: &Db, sql: &str) -> i64 {
        db.unscoped_rows::<Count>(Sql::new(format!("SELECT count(*) AS n FROM {sql}"))).await.unwrap()[0].n
    }

    #[tokio::test]
    async fn each_customer_has_its_statuses_and_each_source_copies_of_what_affects_its_own() {
        let options = Options { url: "sqlite::memory:".into(), max_connections: 1 };
        let db = open_migrated(&options, Clock::fixed(NOW)).await.unwrap();
        scale::ensure(&db, 300, 1, NOW, &mut |_, _, _| {}).await.unwrap();
        assert_eq!(count(&db, "health_watch WHERE outcome = 'seen'").await, 300);
        let per_customer = "(SELECT customer_id, source_id, count(*) AS services FROM customer_service \
                            GROUP BY customer_id, source_id) s WHERE s.services BETWEEN 3 AND 6";
        assert_eq!(count(&db, per_customer).await, 300);
        let degraded = count(&db, "customer_service WHERE status <> 'service_operational'").await;
        assert!(degraded > 100 && degraded < count(&db, "customer_service").await / 2, "{degraded}");
        assert!(count(&db, "customer_subscription WHERE services = 0").await == 0);
        let widest =
            "incident_tenant t JOIN incident i ON i.id = t.incident_id WHERE i.external_id = 'EX9000001'";
        assert!((150..210).contains(&count(&db, widest).await));
        let hit = "SELECT source_id, incident_id FROM incident_tenant";
        let copied = "SELECT source_id, incident_id FROM incident_copy";
        for (one, other) in [(hit, copied), (copied, hit)] {
            assert_eq!(count(&db, &format!("({one} EXCEPT {other}) d")).await, 0);
        }
        let copies = count(&db, "incident_copy").await;
        assert_eq!(count(&db, "incident_post").await, 3 * copies);
        assert!(count(&db, "vendor_request WHERE status = 'open'").await > 0);
        // The lists hold them, for the serving partners and for the providers over their links.
        assert!(count(&db, "incident_listing").await > copies);
        assert_eq!(derive::check(&db).await.unwrap(), Vec::new());
    }
}
