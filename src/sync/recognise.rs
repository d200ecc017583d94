//! Tells what a captured body is and reads it. Pure: no IO, no clock, no word on who the source is. A body is recognised
//! by its objects' types, then by its address, then by telling members; what is not recognised is refused whole.
//!
//! `Capture::is_page` also holds for a single object and for a filtered list: what they leave out is not gone.

use super::wire::{Object, Read, shape};
use super::{
    Capture, Context, Records, Skipped, Unreadable, graph, health, partner_center, service_incidents, support,
};
use crate::health::record::{ManagementRecord, MessageRecord, StatusRecord};
use crate::incidents::record::IncidentRecord;
use entity::Timestamp;
use serde_json::Value;
use std::collections::HashMap;
use std::hash::Hash;
use uuid::Uuid;

/// A larger body is refused before it is parsed.
pub const MAX_BODY_BYTES: usize = 64 * 1024 * 1024;

const EXPECTED: &str = "expected a list (`items` or `value`) or one object of Partner Center (customers, subscriptions, \
    partner relationships, support contact, service requests, managed services, service incidents) or of Microsoft \
    Graph (delegatedAdminRelationships, accessAssignments, delegatedAdminCustomers, contracts, \
    directory/subscriptions, service health)";

/// In a list's own link: it leaves out what the filter or the place leaves out.
const PARTIAL_MARKS: [&str; 4] = ["filter=", "seekoperation=", "offset=", "mpn_id="];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Customers,
    Subscriptions,
    Partnerships,
    CustomerPartners,
    SupportContact,
    ServiceRequests,
    ManagedServices,
    ServiceIncidents,
    PartnerCenterError,
    Relationships,
    Assignments,
    DelegatedCustomers,
    Contracts,
    CompanySubscriptions,
    HealthOverviews,
    HealthIssues,
    Messages,
    ManagementDetails,
    GraphError,
}

/// `attributes.objectType`.
const PARTNER_CENTER_TYPES: &[(&str, Kind)] = &[
    ("Customer", Kind::Customers),
    ("Subscription", Kind::Subscriptions),
    ("PartnerRelationship", Kind::Partnerships),
    ("SupportContact", Kind::SupportContact),
    ("ServiceRequest", Kind::ServiceRequests),
    ("ManagedService", Kind::ManagedServices),
    ("ServiceIncidents", Kind::ServiceIncidents),
];

/// `@odata.type`, without its namespace.
const GRAPH_TYPES: &[(&str, Kind)] = &[
    ("delegatedAdminRelationship", Kind::Relationships),
    ("resellerDelegatedAdminRelationship", Kind::Relationships),
    ("delegatedAdminAccessAssignment", Kind::Assignments),
    ("delegatedAdminCustomer", Kind::DelegatedCustomers),
    ("delegatedAdminServiceManagementDetail", Kind::ManagementDetails),
    ("contract", Kind::Contracts),
    ("companySubscription", Kind::CompanySubscriptions),
    ("serviceHealth", Kind::HealthOverviews),
    ("serviceHealthIssue", Kind::HealthIssues),
    ("serviceUpdateMessage", Kind::Messages),
];

/// Members that tell an object without type; all of a line must be there, and the first such line counts.
const SIGNS: &[(&[&str], Kind)] = &[
    (&["companyProfile"], Kind::Customers),
    (&["relationshipToPartner"], Kind::Customers),
    (&["supportTenantId"], Kind::SupportContact),
    (&["relationshipType", "id"], Kind::Partnerships),
    (&["accessContainer"], Kind::Assignments),
    (&["accessDetails", "duration"], Kind::Relationships),
    (&["contractType", "customerId"], Kind::Contracts),
    (&["commerceSubscriptionId"], Kind::CompanySubscriptions),
    (&["skuPartNumber", "totalLicenses"], Kind::CompanySubscriptions),
    (&["serviceManagementUrl"], Kind::ManagementDetails),
    (&["impactDescription"], Kind::HealthIssues),
    (&["classification", "service"], Kind::HealthIssues),
    (&["isMajorChange"], Kind::Messages),
    (&["actionRequiredByDateTime"], Kind::Messages),
    (&["category", "severity", "services"], Kind::Messages),
    (&["workload", "incidents"], Kind::ServiceIncidents),
    (&["workload", "messageCenterMessages"], Kind::ServiceIncidents),
    (&["workload", "status"], Kind::ServiceIncidents),
    (&["groupName", "name", "links"], Kind::ManagedServices),
    (&["supportTopicId"], Kind::ServiceRequests),
    (&["severity", "createdDate"], Kind::ServiceRequests),
    (&["effectiveStartDate"], Kind::Subscriptions),
    (&["autoRenewEnabled"], Kind::Subscriptions),
    (&["offerId", "quantity", "id"], Kind::Subscriptions),
    (&["id", "tenantId", "displayName"], Kind::DelegatedCustomers),
    (&["id", "service", "status"], Kind::HealthOverviews),
];

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Customers => "customers",
            Kind::Subscriptions => "subscriptions",
            Kind::Partnerships => "partner relationships",
            Kind::CustomerPartners => "partner relationships of a customer",
            Kind::SupportContact => "subscription support contact",
            Kind::ServiceRequests => "service requests",
            Kind::ManagedServices => "managed services",
            Kind::ServiceIncidents => "service incidents",
            Kind::PartnerCenterError | Kind::GraphError => "service health error",
            Kind::Relationships => "delegated admin relationships",
            Kind::Assignments => "access assignments",
            Kind::DelegatedCustomers => "delegated admin customers",
            Kind::Contracts => "contracts",
            Kind::CompanySubscriptions => "company subscriptions",
            Kind::HealthOverviews => "service health overviews",
            Kind::HealthIssues => "service health issues",
            Kind::Messages => "service messages",
            Kind::ManagementDetails => "service management details",
        }
    }

    fn system(self) -> &'static str {
        match self {
            Kind::Customers
            | Kind::Subscriptions
            | Kind::Partnerships
            | Kind::CustomerPartners
            | Kind::SupportContact
            | Kind::ServiceRequests
            | Kind::ManagedServices
            | Kind::ServiceIncidents
            | Kind::PartnerCenterError => PARTNER_CENTER,
            _ => MICROSOFT_GRAPH,
        }
    }

    fn of_type(object: &Object<'_>) -> Option<Kind> {
        let (types, name) = match object.peek(&["attributes", "objectType"]) {
            Some(name) => (PARTNER_CENTER_TYPES, name),
            None => (GRAPH_TYPES, object.peek(&["@odata.type"])?.rsplit('.').next()?),
        };
        let mut types = types.iter();
        types.find(|(known, _)| known.eq_ignore_ascii_case(name.trim())).map(|(_, kind)| *kind)
    }

    fn of_members(object: &Object<'_>) -> Option<Kind> {
        let mut signs = SIGNS.iter();
        signs.find(|(members, _)| members.iter().all(|name| object.has(name))).map(|(_, kind)| *kind)
    }

    /// A refusal: `{error: {code, ..}}` of Graph, `{code, description, ..}` of Partner Center, `{statusCode, message}` of
    /// the throttle before it. Asked last, for these are members that anything may have.
    fn of_error(body: &Object<'_>) -> Option<Kind> {
        let all = |names: &[&str]| names.iter().all(|name| body.has(name));
        if matches!(body.get("error"), Some(Value::Object(_))) {
            return Some(Kind::GraphError);
        }
        let refused = (all(&["code", "description"]) && !body.has("id")) || all(&["statusCode", "message"]);
        refused.then_some(Kind::PartnerCenterError)
    }

    /// From a Partner Center link or the fragment of an `@odata.context`, by its last word.
    fn of_address(address: &str) -> Option<Kind> {
        let path = bare_path(address);
        let segments: Vec<&str> =
            path.split('/').filter(|segment| !segment.is_empty() && *segment != "$entity").collect();
        let of_customer = segments.contains(&"customers");
        Some(match *segments.last()? {
            "customers" => Kind::Customers,
            "subscriptions" if of_customer => Kind::Subscriptions,
            "subscriptions" if segments.contains(&"directory") => Kind::CompanySubscriptions,
            "relationships" if of_customer => Kind::CustomerPartners,
            "relationships" => Kind::Partnerships,
            "supportcontact" => Kind::SupportContact,
            "servicerequests" => Kind::ServiceRequests,
            "managedservices" => Kind::ManagedServices,
            "office" if segments.contains(&"serviceincidents") => Kind::ServiceIncidents,
            "delegatedadminrelationships" => Kind::Relationships,
            "accessassignments" => Kind::Assignments,
            "delegatedadmincustomers" => Kind::DelegatedCustomers,
            "contracts" => Kind::Contracts,
            "servicemanagementdetails" => Kind::ManagementDetails,
            "healthoverviews" => Kind::HealthOverviews,
            "issues" if segments.contains(&"serviceannouncement") => Kind::HealthIssues,
            "messages" if segments.contains(&"serviceannouncement") => Kind::Messages,
            _ => return None,
        })
    }

    /// Whether an object may stand in a list of this kind; one without type may.
    fn admits(self, object: &Object<'_>) -> bool {
        match Kind::of_type(object) {
            None => true,
            Some(Kind::Partnerships) if self == Kind::CustomerPartners => true,
            Some(kind) => kind == self,
        }
    }
}

const PARTNER_CENTER: &str = "partner_center";
const MICROSOFT_GRAPH: &str = "microsoft_graph";

/// Reads one captured body.
///
/// # Errors
/// When the body is too large, not JSON, or of no documented kind. An object that cannot be stored is no error: it is
/// among `skipped`.
pub fn read(bytes: &[u8], context: &Context) -> Result<Capture, Unreadable> {
    let value = parse(bytes)?;
    let body = Body::of(&value)?;
    let is_page = body.is_page();
    let Some(kind) = body.kind(context) else {
        return body.empty(is_page).ok_or_else(|| body.unknown());
    };
    let Body { envelope, objects, read, mut skipped, .. } = body;
    let (objects, strangers): (Vec<_>, Vec<_>) = objects.into_iter().partition(|object| kind.admits(object));
    for stranger in strangers {
        skipped.push(stranger.unfit(format!("is not one of the {} around it", kind.name())));
    }
    let records = records(kind, &objects, &envelope, context, &mut skipped);
    Ok(Capture { kind: kind.name(), system: kind.system(), read, records, skipped, is_page })
}

fn parse(bytes: &[u8]) -> Result<Value, Unreadable> {
    if bytes.len() > MAX_BODY_BYTES {
        let reason = format!("is larger than {} MiB", MAX_BODY_BYTES / (1024 * 1024));
        return Err(unreadable("body", reason));
    }
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err(unreadable("body", "is UTF-16; save it as UTF-8"));
    }
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    serde_json::from_slice(text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let reason = error.to_string();
        let suffix = format!(" at line {line} column {column}");
        let reason = reason.strip_suffix(suffix.as_str()).unwrap_or(&reason);
        let place = format!("line {line}, column {column}");
        unreadable(&place, format!("is not JSON: {reason}"))
    })
}

fn unreadable(place: &str, reason: impl Into<String>) -> Unreadable {
    Unreadable { place: place.to_owned(), reason: reason.into() }
}

/// A body taken apart.
struct Body<'a> {
    /// What stands around the objects; for a single object, the object itself.
    envelope: Object<'a>,
    list: Option<&'static str>,
    objects: Vec<Object<'a>>,
    read: usize,
    skipped: Vec<Skipped>,
}

impl<'a> Body<'a> {
    fn of(value: &'a Value) -> Result<Self, Unreadable> {
        let Some(envelope) = Object::new(value, String::new()) else {
            return Err(unreadable("body", format!("is {}; {EXPECTED}", shape(value))));
        };
        let (list, entries) = match (envelope.get("items"), envelope.get("value")) {
            (Some(Value::Array(items)), _) => (Some("items"), items.as_slice()),
            (_, Some(Value::Array(values))) => (Some("value"), values.as_slice()),
            _ if envelope.peek(&["attributes", "objectType"]) == Some("Collection") => {
                (Some("items"), Default::default())
            }
            _ => (None, std::slice::from_ref(value)),
        };
        let mut objects = Vec::with_capacity(entries.len());
        let mut skipped = Vec::new();
        for (index, entry) in entries.iter().enumerate() {
            let place = list.map_or_else(String::new, |list| format!("{list}[{index}]"));
            match Object::new(entry, place.clone()) {
                Some(object) => objects.push(object),
                None => {
                    skipped.push(Skipped { place, reason: format!("is {}, not an object", shape(entry)) })
                }
            }
        }
        let read = entries.len();
        Ok(Body { envelope, list, objects, read, skipped })
    }

    fn is_page(&self) -> bool {
        let envelope = &self.envelope;
        let totals = ["totalCount", "@odata.count"].into_iter();
        let total = totals.filter_map(|name| envelope.count(name).ok().flatten()).max();
        let own_link = envelope.link("self").map(str::to_ascii_lowercase);
        self.list.is_none()
            || total.is_some_and(|total| total > self.read as i64)
            || envelope.get("@odata.nextLink").is_some()
            || envelope.link("next").is_some()
            || envelope.link("previous").is_some()
            || own_link.is_some_and(|link| PARTIAL_MARKS.iter().any(|mark| link.contains(*mark)))
    }

    fn kind(&self, context: &Context) -> Option<Kind> {
        let own = [self.envelope.peek(&["@odata.context"]), self.envelope.link("self")];
        let links = self.objects.iter().map(|object| object.link("self"));
        let address = own.into_iter().chain(links).flatten().find_map(Kind::of_address);
        let kind = self
            .objects
            .iter()
            .find_map(Kind::of_type)
            .or(address)
            .or_else(|| self.objects.iter().find_map(Kind::of_members))
            .or_else(|| self.list.is_none().then(|| Kind::of_error(&self.envelope)).flatten())?;
        let of_customer = address == Some(Kind::CustomerPartners) || context.customer_tenant_id.is_some();
        if kind == Kind::Partnerships && of_customer {
            return Some(Kind::CustomerPartners);
        }
        Some(kind)
    }

    /// A list that holds nothing and does not say of what: nothing to store, and no reason to refuse a folder.
    fn empty(&self, is_page: bool) -> Option<Capture> {
        let list = self.list.filter(|_| self.read == 0)?;
        Some(Capture {
            kind: "empty list",
            system: if list == "value" { MICROSOFT_GRAPH } else { PARTNER_CENTER },
            read: 0,
            records: Records::default(),
            skipped: Vec::new(),
            is_page,
        })
    }

    fn unknown(&self) -> Unreadable {
        let mut seen = format!("has {}", self.envelope.names());
        if let (Some(_), Some(first)) = (self.list, self.objects.first()) {
            seen = format!("{seen}, and {} has {}", first.place(), first.names());
        }
        unreadable("body", format!("is not recognised: it {seen}; {EXPECTED}"))
    }
}

fn records(
    kind: Kind,
    objects: &[Object<'_>],
    envelope: &Object<'_>,
    context: &Context,
    skipped: &mut Vec<Skipped>,
) -> Records {
    let mut records = Records::default();
    match kind {
        Kind::Customers | Kind::DelegatedCustomers | Kind::Contracts => {
            let read = |object: &Object<'_>| match kind {
                Kind::DelegatedCustomers => graph::delegated_customer(object),
                Kind::Contracts => graph::contract(object),
                _ => partner_center::customer(object, context),
            };
            records.customers = gather(objects, skipped, read, |r| (r.tenant_id, None));
        }
        Kind::Subscriptions | Kind::CompanySubscriptions => {
            let read = |object: &Object<'_>| match kind {
                Kind::CompanySubscriptions => graph::company_subscription(object, context),
                _ => partner_center::subscription(object, envelope, context),
            };
            records.subscriptions = gather(objects, skipped, read, |r| {
                ((r.customer_tenant_id, r.external_id.clone()), r.modified_at)
            });
        }
        Kind::Partnerships => {
            records.partnerships = gather(objects, skipped, partner_center::partnership, |r| {
                ((r.partner.tenant_id, r.partner_is_provider), None)
            });
        }
        Kind::CustomerPartners => {
            let read = |object: &Object<'_>| partner_center::indirect(object, envelope, context);
            records.indirect = gather(objects, skipped, read, |r| {
                let pair = (r.customer_tenant_id, r.partner_tenant_id);
                ((pair, r.partner_is_provider), None)
            });
        }
        Kind::SupportContact => {
            let read = |object: &Object<'_>| partner_center::support_contact(object, envelope, context);
            records.support_contacts = gather(objects, skipped, read, |r| {
                let subscription = r.subscription_external_id.clone();
                ((r.customer_tenant_id, subscription), None)
            });
        }
        Kind::Relationships => {
            records.relationships =
                gather(objects, skipped, graph::relationship, |r| (r.external_id.clone(), r.modified_at));
        }
        Kind::Assignments => {
            let read = |object: &Object<'_>| graph::assignment(object, envelope, context);
            records.assignments = gather(objects, skipped, read, |r| {
                let relationship = r.relationship_external_id.clone();
                ((relationship, r.external_id.clone()), r.modified_at)
            });
        }
        Kind::HealthOverviews
        | Kind::HealthIssues
        | Kind::Messages
        | Kind::ServiceIncidents
        | Kind::ManagementDetails
        | Kind::ManagedServices
        | Kind::ServiceRequests
        | Kind::GraphError
        | Kind::PartnerCenterError => {
            records = health_records(kind, objects, envelope, context, skipped);
        }
    }
    records
}

/// What concerns health and support. One object may hold several records; what is odd inside it is reported, and the
/// rest kept.
fn health_records(
    kind: Kind,
    objects: &[Object<'_>],
    envelope: &Object<'_>,
    context: &Context,
    skipped: &mut Vec<Skipped>,
) -> Records {
    let mut records = Records::default();
    let mut inside = Vec::new();
    match kind {
        Kind::HealthOverviews => {
            let read = |object: &Object<'_>| health::overview(object, context);
            records.statuses = gather(objects, skipped, read, status_key);
            let issues = objects.iter().flat_map(|object| health::issues_of(object, context, &mut inside));
            records.incidents = distinct(issues, skipped, incident_key);
        }
        Kind::HealthIssues => {
            let issues = objects
                .iter()
                .map(|object| (object.place(), health::issue(object, None, context, &mut inside)));
            records.incidents = distinct(issues, skipped, incident_key);
        }
        Kind::Messages => {
            let read = |object: &Object<'_>| health::message(object, context);
            records.messages = gather(objects, skipped, read, message_key);
        }
        Kind::ServiceIncidents => {
            let read = |object: &Object<'_>| service_incidents::workload(object, context);
            records.statuses = gather(objects, skipped, read, status_key);
            let incidents = objects
                .iter()
                .flat_map(|object| service_incidents::incidents_of(object, context, &mut inside));
            records.incidents = distinct(incidents, skipped, incident_key);
            let messages = objects
                .iter()
                .flat_map(|object| service_incidents::messages_of(object, context, &mut inside));
            records.messages = distinct(messages, skipped, message_key);
        }
        Kind::ManagementDetails => {
            let read = |object: &Object<'_>| support::management_detail(object, envelope, context);
            records.management = gather(objects, skipped, read, management_key);
        }
        Kind::ManagedServices => {
            let read = |object: &Object<'_>| support::managed_service(object, envelope, context);
            records.management = gather(objects, skipped, read, management_key);
        }
        Kind::ServiceRequests => {
            let read = |object: &Object<'_>| support::vendor_request(object, envelope, context);
            records.vendor_requests = gather(objects, skipped, read, |r| {
                ((r.customer_tenant_id, r.external_id.clone()), r.modified_at)
            });
        }
        _ => {
            let read = |object: &Object<'_>| health::look(object, context);
            records.looks = gather(objects, skipped, read, |r| (r.customer_tenant_id, None));
        }
    }
    skipped.append(&mut inside);
    records
}

/// What two records of one body have in common, and which is the later.
type Key = ((Uuid, String), Option<Timestamp>);

fn status_key(record: &StatusRecord) -> Key {
    ((record.customer_tenant_id, health::fold(&record.service.name)), None)
}

fn management_key(record: &ManagementRecord) -> Key {
    ((record.customer_tenant_id, health::fold(&record.service.name)), None)
}

fn incident_key(record: &IncidentRecord) -> Key {
    ((record.customer_tenant_id, record.external_id.clone()), record.modified_at)
}

fn message_key(record: &MessageRecord) -> Key {
    ((record.customer_tenant_id, record.external_id.clone()), record.modified_at)
}

/// Reads every object, and keeps one of a key.
fn gather<T, K: Eq + Hash>(
    objects: &[Object<'_>],
    skipped: &mut Vec<Skipped>,
    read: impl Fn(&Object<'_>) -> Read<T>,
    key: impl Fn(&T) -> (K, Option<Timestamp>),
) -> Vec<T> {
    distinct(objects.iter().map(|object| (object.place(), read(object))), skipped, key)
}

/// Of two with one key the later modified is kept, else the first: a body's order says nothing.
fn distinct<T, K: Eq + Hash>(
    found: impl Iterator<Item = (String, Read<T>)>,
    skipped: &mut Vec<Skipped>,
    key: impl Fn(&T) -> (K, Option<Timestamp>),
) -> Vec<T> {
    let mut kept: Vec<(String, T)> = Vec::new();
    let mut seen: HashMap<K, usize> = HashMap::new();
    for (place, record) in found {
        let record = match record {
            Ok(record) => record,
            Err(fault) => {
                skipped.push(fault);
                continue;
            }
        };
        let (id, modified) = key(&record);
        let at = *seen.entry(id).or_insert(kept.len());
        if at == kept.len() {
            kept.push((place, record));
            continue;
        }
        let dropped = if modified > key(&kept[at].1).1 {
            std::mem::replace(&mut kept[at], (place, record)).0
        } else {
            place
        };
        let reason = format!("appears twice; {} is kept", kept[at].0);
        skipped.push(Skipped { place: dropped, reason });
    }
    kept.into_iter().map(|(_, record)| record).collect()
}

/// The path in lower case, without query, keys in parentheses, and all that precedes a fragment.
fn bare_path(address: &str) -> String {
    let path = address.rsplit('#').next().unwrap_or(address);
    let path = path.split('?').next().unwrap_or(path);
    let mut depth = 0_usize;
    let mut bare = String::with_capacity(path.len());
    for c in path.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ if depth == 0 => bare.push(c.to_ascii_lowercase()),
            _ => {}
        }
    }
    bare
}

#[cfg(test)]
#[path = "recognise_tests.rs"]
mod tests;
