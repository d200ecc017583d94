//! What each source says of outages and messages, read without a scope, and who may read it by a rule of its own, from
//! relations, delegations, links and groups: shares no code with the gateway's grants, listings and policy.
//!
//! - Health of a customer in a source's words opens to the source's people by a delegated role that reads it, or by
//!   legacy privileges that no delegated role of the same account silences; to agents of the provider through which the
//!   source serves the customer; and to the customer's own administrators, whatever the source.
//! - An incident's copy opens by any customer that its source links it to; a message likewise, with rights of its own.
//! - What was filed with the vendor shows nowhere: it only counts.

use super::sources::{Group, Link, all, in_force, table};
use crate::harness::NOW;
use entity::{
    CustomerId, GroupId, IncidentId, PartnerId, customer_service, incident, incident_copy, incident_post,
    incident_tenant, message_copy, message_tenant, service_status_span, vendor_request,
};
use partner_gateway::db::Db;
use partner_gateway::db::sql::Sql;
use sea_orm::FromQueryResult;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

const GLOBAL_ADMINISTRATOR: &str = "62e90394-69f5-4237-9190-012177145e10";
const GLOBAL_READER: &str = "f2ef992c-3afb-46b9-b7cf-a126ee74c451";

/// Role templates whose permissions hold service health: the two above, Service Support, Helpdesk, License, User, Billing,
/// Exchange, SharePoint, Teams and Dynamics 365 Administrator.
const HEALTH_ROLES: [&str; 11] = [
    GLOBAL_ADMINISTRATOR,
    GLOBAL_READER,
    "f023fd81-a637-4b56-95fd-791ac0226033",
    "729827e3-9c14-49f7-bb1b-9608f156bbb8",
    "4d6ac14f-3453-41d0-bef9-a3e0c569773a",
    "fe930be7-5e62-47db-91af-98c3a49a38b1",
    "b0f54661-2d74-4c50-afa3-1ec803f12efe",
    "29232cdf-9323-42fd-ade2-1d097af3e4de",
    "f28a1f50-f6e7-4571-818b-6a12f2af6b6c",
    "69091246-20e8-4a56-aa4d-066075b2a7a8",
    "44367163-eba1-44c3-98af-f5787879f96a",
];

/// Role templates that read the message centre: the two above and Message Center Reader.
const MESSAGE_ROLES: [&str; 3] =
    [GLOBAL_ADMINISTRATOR, GLOBAL_READER, "790c1fb9-7f7d-4f88-86a1-ef1f95c05c1b"];

/// A shorter word may stand in any text.
const TELLING_CHARS: usize = 10;

/// A customer in the words of a source.
type Place = (CustomerId, PartnerId);

/// What opens a row.
#[derive(Clone, Copy, PartialEq)]
enum Right {
    Health,
    Messages,
    /// Nothing.
    None,
}

/// A text of a row that stands at these places.
struct Said {
    right: Right,
    places: Vec<Place>,
    text: String,
    /// Whether it tells one incident, message or request from another.
    is_telling: bool,
}

/// A source's copy of an incident, and where it is linked to.
struct Version {
    places: Vec<Place>,
    row: incident_copy::Model,
}

/// All that sources say of outages.
pub(super) struct Outages {
    said: Vec<Said>,
    copies: Vec<Version>,
    /// Titles of messages.
    titles: Vec<(Vec<Place>, String)>,
}

/// Titles of what a reader may read.
pub(super) struct Titles<'a> {
    pub(super) incidents: BTreeSet<&'a str>,
    pub(super) messages: BTreeSet<&'a str>,
}

impl Outages {
    /// Reads all sources.
    pub(super) async fn read(db: &Db) -> Self {
        let mut outages = Outages { said: Vec::new(), copies: Vec::new(), titles: Vec::new() };
        outages.read_statuses(db).await;
        outages.read_incidents(db).await;
        outages.read_messages(db).await;
        for r in table::<vendor_request::Model>(db, "vendor_request").await {
            outages.tell(Right::None, &[], &[Some(r.title.as_str()), Some(r.external_id.as_str())]);
            outages.mention(Right::None, &[], &[r.severity_raw.as_deref(), r.status_raw.as_deref()]);
        }
        outages
    }

    /// Texts that show where they come from.
    fn tell(&mut self, right: Right, places: &[Place], texts: &[Option<&str>]) {
        self.say(right, places, texts, 1);
    }

    /// Texts that many rows may share: those that are long enough show where they come from.
    fn mention(&mut self, right: Right, places: &[Place], texts: &[Option<&str>]) {
        self.say(right, places, texts, TELLING_CHARS);
    }

    /// Texts that show nothing, but may be seen where the row may.
    fn allow(&mut self, right: Right, places: &[Place], texts: &[Option<&str>]) {
        self.say(right, places, texts, usize::MAX);
    }

    fn say(&mut self, right: Right, places: &[Place], texts: &[Option<&str>], telling: usize) {
        for text in texts.iter().flatten().filter(|text| !text.trim().is_empty()) {
            let is_telling = text.chars().count() >= telling;
            let (places, text) = (places.to_vec(), (*text).to_owned());
            self.said.push(Said { right, places, text, is_telling });
        }
    }

    async fn read_statuses(&mut self, db: &Db) {
        for r in table::<customer_service::Model>(db, "customer_service").await {
            let place = [(r.customer_id, r.source_id)];
            self.mention(Right::Health, &place, &[r.status_raw.as_deref()]);
            let addresses = [&r.admin_url, &r.health_url, &r.ticket_url].map(|text| text.as_deref());
            self.tell(Right::Health, &place, &addresses);
            self.allow(Right::Health, &place, &[Some(r.service_name.as_str())]);
        }
        for r in table::<service_status_span::Model>(db, "service_status_span").await {
            let place = [(r.customer_id, r.source_id)];
            self.mention(Right::Health, &place, &[r.status_raw.as_deref()]);
        }
    }

    async fn read_incidents(&mut self, db: &Db) {
        let shells = table::<incident::Model>(db, "incident").await.into_iter();
        let shells: BTreeMap<IncidentId, String> =
            shells.map(|shell| (shell.id, shell.external_id)).collect();
        let mut places: BTreeMap<(PartnerId, IncidentId), Vec<Place>> = BTreeMap::new();
        for r in table::<incident_tenant::Model>(db, "incident_tenant").await {
            places.entry((r.source_id, r.incident_id)).or_default().push((r.customer_id, r.source_id));
        }
        let of = |source: PartnerId, incident: IncidentId| -> Vec<Place> {
            places.get(&(source, incident)).cloned().unwrap_or_default()
        };
        for r in table::<incident_copy::Model>(db, "incident_copy").await {
            let places = of(r.source_id, r.incident_id);
            let id = shells[&r.incident_id].as_str();
            let texts = [Some(id), Some(r.title.as_str()), r.impact_description.as_deref()];
            self.tell(Right::Health, &places, &texts);
            let raw = [&r.classification_raw, &r.origin_raw, &r.status_raw].map(|text| text.as_deref());
            self.mention(Right::Health, &places, &raw);
            let features = [r.feature.as_deref(), r.feature_group.as_deref(), Some(r.service_name.as_str())];
            self.allow(Right::Health, &places, &features);
            let details = r.details.as_deref().map(serde_json::from_str::<Vec<(String, String)>>);
            for (name, value) in details.map(Result::unwrap).unwrap_or_default() {
                self.allow(Right::Health, &places, &[Some(name.as_str()), Some(value.as_str())]);
            }
            self.copies.push(Version { places, row: r });
        }
        for r in table::<incident_post::Model>(db, "incident_post").await {
            let places = of(r.source_id, r.incident_id);
            self.tell(Right::Health, &places, &[Some(r.content.as_str()), Some(r.text.as_str())]);
            self.mention(Right::Health, &places, &[r.kind_raw.as_deref()]);
        }
    }

    async fn read_messages(&mut self, db: &Db) {
        let mut places: BTreeMap<(PartnerId, String), Vec<Place>> = BTreeMap::new();
        for r in table::<message_tenant::Model>(db, "message_tenant").await {
            places.entry((r.source_id, r.external_id)).or_default().push((r.customer_id, r.source_id));
        }
        for r in table::<message_copy::Model>(db, "message_copy").await {
            let key = (r.source_id, r.external_id);
            let places = places.get(&key).cloned().unwrap_or_default();
            let texts = [&key.1, &r.title, &r.content, &r.text].map(|text| Some(text.as_str()));
            self.tell(Right::Messages, &places, &texts);
            self.mention(Right::Messages, &places, &[r.category_raw.as_deref(), r.severity_raw.as_deref()]);
            for list in [&r.services, &r.tags] {
                let names: Vec<String> = serde_json::from_str(list).unwrap();
                let names: Vec<Option<&str>> = names.iter().map(|name| Some(name.as_str())).collect();
                self.allow(Right::Messages, &places, &names);
            }
            self.titles.push((places, r.title));
        }
    }

    /// What a reader may read, and what it may not and would know by its words.
    pub(super) fn parted(&self, rights: &Rights) -> (BTreeSet<&str>, BTreeSet<&str>) {
        let (open, closed): (Vec<&Said>, Vec<&Said>) =
            self.said.iter().partition(|said| rights.opens(said.right, &said.places));
        let open = open.into_iter().map(|said| said.text.as_str()).collect();
        let telling = closed.into_iter().filter(|said| said.is_telling);
        (open, telling.map(|said| said.text.as_str()).collect())
    }

    /// Titles of what a reader may read: of an incident the newest copy's, of messages any copy's.
    pub(super) fn newest_titles(&self, rights: &Rights) -> Titles<'_> {
        let mut newest: BTreeMap<IncidentId, &incident_copy::Model> = BTreeMap::new();
        for copy in self.copies.iter().filter(|copy| rights.opens(Right::Health, &copy.places)) {
            let age =
                |row: &incident_copy::Model| (std::cmp::Reverse(row.version_at), row.seen_at, row.source_id);
            let known = newest.entry(copy.row.incident_id).or_insert(&copy.row);
            if age(&copy.row) < age(known) {
                *known = &copy.row;
            }
        }
        let messages = self.titles.iter().filter(|(places, _)| rights.opens(Right::Messages, places));
        Titles {
            incidents: newest.into_values().map(|row| row.title.as_str()).collect(),
            messages: messages.map(|(_, title)| title.as_str()).collect(),
        }
    }
}

/// Where a reader may read what.
#[derive(Default)]
pub(super) struct Rights {
    health: BTreeSet<Place>,
    messages: BTreeSet<Place>,
    /// The customer whose own administrator it is.
    tenant: Option<CustomerId>,
}

#[derive(FromQueryResult)]
struct Assigned {
    customer_id: CustomerId,
    group_object_id: Uuid,
    role_template_id: Option<String>,
}

#[derive(FromQueryResult)]
struct OfCustomer {
    customer_id: CustomerId,
}

#[derive(FromQueryResult)]
struct Barred {
    customer_id: CustomerId,
    group_id: GroupId,
}

/// The active assignments of a partner's active relationships, a row for each role that both carry.
fn assigned(partner: PartnerId) -> Sql {
    Sql::new(
        "SELECT d.customer_id, a.group_object_id, r.role_template_id FROM delegated_admin_relationship d \
         JOIN access_assignment a ON a.relationship_id = d.id AND a.source_id = d.source_id AND a.status = 'active' \
         LEFT JOIN (SELECT x.assignment_id, y.relationship_id, y.role_template_id FROM access_assignment_role x \
           JOIN delegated_admin_role y ON y.role_template_id = x.role_template_id) r \
           ON r.assignment_id = a.id AND r.relationship_id = d.id \
         WHERE d.status = 'active' AND d.customer_id IS NOT NULL AND NOT d.is_partner_consent_pending \
           AND (d.indirect_provider_id IS NULL OR d.indirect_provider_id <> d.source_id) AND d.source_id = ",
    )
    .bind(partner.0)
    .push(" AND d.activated_at <= ")
    .bind(NOW.0)
    .push(" AND d.ends_at > ")
    .bind(NOW.0)
    .push(" AND a.starts_at <= ")
    .bind(NOW.0)
    .push(" AND a.ends_at > ")
    .bind(NOW.0)
}

impl Rights {
    /// Of somebody in these groups.
    pub(super) async fn of(
        db: &Db,
        groups: &[Group],
        partner: Option<PartnerId>,
        tenant: Option<CustomerId>,
        links: &[Link],
    ) -> Self {
        let mut rights = Rights { tenant, ..Rights::default() };
        let Some(partner) = partner else { return rights };
        let has = |role: &str| groups.iter().any(|group| group.role.as_deref() == Some(role));
        let (admin, agent) = (has("admin_agents"), has("admin_agents") || has("helpdesk_agents"));
        let mut delegated = BTreeSet::new();
        for row in all::<Assigned>(db, assigned(partner)).await {
            if !groups.iter().any(|group| group.object_id == row.group_object_id) {
                continue;
            }
            delegated.insert(row.customer_id);
            let (place, role) = ((row.customer_id, partner), row.role_template_id.unwrap_or_default());
            rights.health.extend(HEALTH_ROLES.contains(&role.as_str()).then_some(place));
            rights.messages.extend(MESSAGE_ROLES.contains(&role.as_str()).then_some(place));
        }
        let legacy = in_force(
            "SELECT p.customer_id FROM delegated_admin_privilege p JOIN reseller_relation r ON r.source_id = p.source_id \
             AND r.customer_id = p.customer_id AND r.kind = 'reseller' WHERE ",
            "p",
        );
        let legacy = legacy.push(" AND r.starts_at <= ").bind(NOW.0).push(" AND r.ends_at > ").bind(NOW.0);
        let legacy: Vec<OfCustomer> = all(db, legacy.push(" AND p.source_id = ").bind(partner.0)).await;
        for row in legacy.into_iter().filter(|row| !delegated.contains(&row.customer_id)) {
            rights.health.extend(agent.then_some((row.customer_id, partner)));
            rights.messages.extend(admin.then_some((row.customer_id, partner)));
        }
        // A provider: on its own rows by its own word, on a reseller's by a link.
        let served = in_force(
            "SELECT n.customer_id FROM indirect_relation n WHERE n.source_id = n.provider_id AND ",
            "n",
        );
        let served: Vec<OfCustomer> = all(db, served.push(" AND n.source_id = ").bind(partner.0)).await;
        let served = served.into_iter().map(|row| (row.customer_id, partner));
        let linked = links.iter().filter(|link| link.provider_id == partner);
        let linked = linked.map(|link| (link.customer_id, link.reseller_id));
        rights.health.extend(served.chain(linked).filter(|_| agent));
        let barred = in_force(
            "SELECT x.customer_id, x.group_id FROM restriction x WHERE x.name = 'no_access' AND ",
            "x",
        );
        let barred: Vec<Barred> = all(db, barred).await;
        let is_barred = |customer: CustomerId| {
            let mut mine = barred.iter().filter(|row| groups.iter().any(|group| group.id == row.group_id));
            mine.any(|row| row.customer_id == customer)
        };
        rights.health.retain(|(customer, _)| !is_barred(*customer));
        rights.messages.retain(|(customer, _)| !is_barred(*customer));
        rights
    }

    fn opens(&self, right: Right, places: &[Place]) -> bool {
        let held = match right {
            Right::Health => &self.health,
            Right::Messages => &self.messages,
            Right::None => return false,
        };
        places.iter().any(|place| held.contains(place) || self.tenant == Some(place.0))
    }
}
