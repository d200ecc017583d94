//! Service health of the demo world: what sources saw, looked up in what the vendor published, and a scripted outage that
//! a person can watch.
//!
//! Never writes a row around an ingest. What a source saw at a moment follows from the data and that moment alone, so a
//! look that is repeated says the same again. The outage has an incident of its own each time.

use super::health::{
    D, GRAPH_IDS, ISSUES, Issue, LOOKS, Look, MESSAGES, Message, PORTALS, Post, REQUESTS, REQUESTS_SEEN,
    Request, UNDOCUMENTED,
};
use super::load::{GRAPH, PARTNER_CENTER, row_id, shell};
use super::tenant_id;
use super::world::SUBSCRIPTIONS;
use crate::db::Db;
use crate::error::Result;
use crate::escalations::ingest::vendor_requests;
use crate::escalations::record::VendorRequestRecord;
use crate::health::catalogue::{Catalogue, Service};
use crate::health::ingest::{looks, management, messages, statuses};
use crate::health::record::{
    LookOutcome, LookRecord, ManagementRecord, MessageRecord, ServiceName, StatusRecord,
};
use crate::incidents::ingest::incidents;
use crate::incidents::record::{IncidentRecord, PostRecord};
use crate::ingest::{Ingest, Outcome};
use chrono::DateTime;
use entity::{PartnerId, Timestamp};
use std::collections::BTreeMap;
use std::time::Duration;

/// Statuses of an issue that is over.
const OVER: [&str; 2] = ["service_restored", REVIEWED];
const REVIEWED: &str = "post_incident_review_published";

fn is_over(status: &str) -> bool {
    OVER.contains(&status)
}

fn before(loaded: Timestamp, minutes: i64) -> Timestamp {
    Timestamp(loaded.0 - minutes * 60 * Timestamp::SECOND)
}

/// Brings in what a source saw: each look in one transaction, the oldest first, then requests. Repeated with the same
/// `loaded`, it changes nothing.
pub(super) async fn capture(db: &Db, source: &str, loaded: Timestamp) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    let id = source_id(db, source).await?;
    for look in LOOKS.iter().filter(|look| look.by == source) {
        outcome.add(take(db, id, look, loaded).await?);
    }
    let filed: Vec<VendorRequestRecord> =
        REQUESTS.iter().filter(|row| row.by == source).map(|row| request_record(row, loaded)).collect();
    if !filed.is_empty() {
        let seen = before(loaded, REQUESTS_SEEN);
        let mut ingest = Ingest::begin(db, id, PARTNER_CENTER, seen, false).await?;
        outcome.add(vendor_requests(&mut ingest, &filed).await?);
        ingest.commit().await?;
    }
    Ok(outcome)
}

async fn source_id(db: &Db, source: &str) -> Result<PartnerId> {
    Ok(PartnerId(row_id(db, shell("partner", source)).await?))
}

async fn take(db: &Db, source: PartnerId, look: &Look, loaded: Timestamp) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    let mut ingest = Ingest::begin(db, source, GRAPH, before(loaded, look.ago), false).await?;
    if look.outcome == LookOutcome::Seen {
        outcome.add(statuses(&mut ingest, &status_records(look)).await?);
        outcome.add(incidents(&mut ingest, &issue_records(look, loaded)).await?);
        outcome.add(messages(&mut ingest, &message_records(look, loaded)).await?);
        outcome.add(management(&mut ingest, &management_records(look)).await?);
    } else {
        let record = |of: &&str| LookRecord { customer_tenant_id: tenant_id(of), outcome: look.outcome };
        let records: Vec<LookRecord> = look.of.iter().map(record).collect();
        outcome.add(looks(&mut ingest, &records).await?);
    }
    ingest.commit().await?;
    Ok(outcome)
}

/// The services that a customer's subscriptions bring, whoever sold them: a tenant's health knows no seller.
fn services_of(customer: &str) -> impl Iterator<Item = &'static Service> + use<> {
    let catalogue = Catalogue::shipped();
    let live = SUBSCRIPTIONS.iter().filter(|row| ["active", "suspended"].contains(&row.status));
    let brought = live
        .filter(|row| row.of == customer)
        .fold(0, |mask, row| mask | catalogue.brought_by(Some(row.offer.0), Some(row.offer.1)));
    catalogue.in_mask(brought)
}

/// A service as an overview names it.
fn overview_name(service: &Service) -> ServiceName {
    let id = GRAPH_IDS.iter().find(|(key, _)| *key == service.key).map(|(_, id)| (*id).to_owned());
    ServiceName { id, name: service.name.clone() }
}

/// A service as an issue names it: without its id.
fn issue_name(key: &str) -> ServiceName {
    let service = Catalogue::shipped().services().iter().find(|service| service.key == key);
    ServiceName { id: None, name: service.map_or(key, |service| service.name.as_str()).to_owned() }
}

fn is_asked_for(look: &Look, service: &str) -> bool {
    look.only.is_empty() || look.only.contains(&service)
}

fn status_records(look: &Look) -> Vec<StatusRecord> {
    let mut records = Vec::new();
    for customer in look.of {
        for service in services_of(customer).filter(|service| is_asked_for(look, &service.key)) {
            let (status, raw) = status_of(look, customer, &service.key);
            records.push(StatusRecord {
                customer_tenant_id: tenant_id(customer),
                service: overview_name(service),
                status,
                status_raw: raw.map(str::to_owned),
            });
        }
    }
    records
}

/// The status of the gravest open issue; else that of one which ended within a day; else all is well.
fn status_of(look: &Look, customer: &str, service: &str) -> (&'static str, Option<&'static str>) {
    let odd = UNDOCUMENTED.iter().find(|(of, key, _)| *of == customer && *key == service);
    if let Some((_, _, raw)) = odd {
        return ("other", Some(*raw));
    }
    let hitting = ISSUES.iter().filter(|issue| issue.service == service && issue.hits(look.by, customer));
    let told = hitting.filter_map(|issue| Some((issue, issue.until(look.ago).last()?)));
    let counting = told.filter(|(_, post)| !is_over(post.status) || post.ago - look.ago < D);
    let gravest =
        counting.max_by_key(|(issue, post)| (!is_over(post.status), issue.classification == "incident"));
    (gravest.map_or("service_operational", |(_, post)| post.status), None)
}

fn issue_records(look: &Look, loaded: Timestamp) -> Vec<IncidentRecord> {
    let mut records = Vec::new();
    for customer in look.of {
        let hitting = ISSUES.iter().filter(|issue| issue.hits(look.by, customer));
        let asked = hitting.filter(|issue| is_asked_for(look, issue.service));
        records.extend(asked.filter_map(|issue| issue_record(issue, customer, look.ago, loaded)));
    }
    records
}

/// An issue as it stood so many minutes before the load; none if nothing was published yet.
fn issue_record(issue: &Issue, customer: &str, ago: i64, loaded: Timestamp) -> Option<IncidentRecord> {
    let posts = issue.until(ago);
    let last = posts.last()?;
    let ended = posts.iter().rev().take_while(|post| is_over(post.status)).last();
    let (feature, feature_group) = issue.feature;
    Some(IncidentRecord {
        customer_tenant_id: tenant_id(customer),
        external_id: issue.id.to_owned(),
        title: issue.title.to_owned(),
        service: issue_name(issue.service),
        feature: Some(feature.to_owned()),
        feature_group: Some(feature_group.to_owned()),
        impact_description: Some(issue.impact.to_owned()),
        classification: issue.classification,
        classification_raw: Some(issue.classification_raw).filter(|raw| !raw.is_empty()).map(str::to_owned),
        origin: Some(issue.origin),
        origin_raw: None,
        status: last.status,
        status_raw: None,
        is_resolved: is_over(last.status),
        starts_at: Some(before(loaded, issue.began)),
        ends_at: ended.map(|post| before(loaded, post.ago)),
        modified_at: Some(before(loaded, last.ago)),
        details: vec![("NotifyInApp".to_owned(), "True".to_owned())],
        posts: posts
            .iter()
            .map(|post| post_record(issue.title, issue.impact, post, before(loaded, post.ago)))
            .collect(),
    })
}

/// A publication as the vendor writes it: what it is about, unless it is a quick one; the news; what comes next.
fn post_record(title: &str, impact: &str, post: &Post, at: Timestamp) -> PostRecord {
    let opening = match post.kind {
        "quick" => "A quick update on this issue.".to_owned(),
        _ => format!("Title: {title}\n\nUser impact: {impact}"),
    };
    let mut text = format!("{opening}\n\n{}", post.text);
    if is_over(post.status) {
        text.push_str("\n\nThis is the final update for the event.");
    } else if post.next > 0 {
        let next = Timestamp(at.0 + post.next * 60 * Timestamp::SECOND);
        text.push_str(&format!("\n\nNext update by: {}", in_words(next)));
    }
    PostRecord {
        created_at: at,
        kind: post.kind,
        kind_raw: None,
        content_type: if post.is_html { "html" } else { "text" },
        content: if post.is_html { html(&text) } else { text },
    }
}

fn in_words(at: Timestamp) -> String {
    let at = DateTime::from_timestamp_micros(at.0).unwrap_or_default();
    at.format("%A, %B %-d, %Y, at %-I:%M %p UTC").to_string()
}

/// Paragraphs of a text that holds no markup; what stands before a colon at their beginning is bold.
fn html(text: &str) -> String {
    let paragraph = |text: &str| match text.split_once(": ") {
        Some((label, rest)) => format!("<p><b>{label}:</b> {rest}</p>"),
        None => format!("<p>{text}</p>"),
    };
    text.split("\n\n").map(paragraph).collect()
}

/// Messages come with a look at everything.
fn message_records(look: &Look, loaded: Timestamp) -> Vec<MessageRecord> {
    let mut records = Vec::new();
    for message in MESSAGES.iter().filter(|message| message.by == look.by && look.only.is_empty()) {
        let got = message.of.iter().filter(|of| look.of.contains(*of) && message.published >= look.ago);
        records.extend(got.map(|of| message_record(message, of, loaded)));
    }
    records
}

fn message_record(message: &Message, customer: &str, loaded: Timestamp) -> MessageRecord {
    let owned = |list: &[&str]| -> Vec<String> { list.iter().map(|text| (*text).to_owned()).collect() };
    MessageRecord {
        customer_tenant_id: tenant_id(customer),
        external_id: message.id.to_owned(),
        title: message.title.to_owned(),
        category: message.category,
        category_raw: None,
        severity: message.severity,
        severity_raw: None,
        services: owned(message.services),
        tags: owned(message.tags),
        is_major_change: Some(message.is_major),
        action_required_by: (message.act_in > 0).then(|| loaded.plus_days(message.act_in)),
        starts_at: Some(before(loaded, message.published)),
        ends_at: Some(loaded.plus_days(90)),
        modified_at: Some(before(loaded, message.modified)),
        content_type: "html",
        content: html(message.text),
    }
}

/// Addresses come with a look at everything, too.
fn management_records(look: &Look) -> Vec<ManagementRecord> {
    let told =
        PORTALS.iter().filter(|(by, of, ..)| look.only.is_empty() && *by == look.by && look.of.contains(of));
    told.map(|(_, of, id, name, address)| ManagementRecord {
        customer_tenant_id: tenant_id(of),
        service: ServiceName { id: Some((*id).to_owned()), name: (*name).to_owned() },
        admin_url: Some((*address).to_owned()),
        ..ManagementRecord::default()
    })
    .collect()
}

fn request_record(row: &Request, loaded: Timestamp) -> VendorRequestRecord {
    VendorRequestRecord {
        customer_tenant_id: tenant_id(row.of),
        external_id: row.number.to_owned(),
        title: row.title.to_owned(),
        severity: row.severity,
        severity_raw: None,
        status: row.status,
        status_raw: None,
        product: Some(ServiceName { id: None, name: row.product.to_owned() }),
        created_at: Some(before(loaded, row.filed)),
        modified_at: Some(before(loaded, row.changed)),
        closed_at: (row.closed > 0).then(|| before(loaded, row.closed)),
    }
}

/// One step of the scripted outage.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// What happens, in one line.
    pub line: &'static str,
    /// The partners in whose name health is captured after it.
    pub by: &'static [&'static str],
    /// The customers that are hit from now on, by partner.
    pub hits: &'static [(&'static str, &'static [&'static str])],
    /// The status of the incident from now on.
    pub status: &'static str,
    /// What the vendor publishes; empty for nothing.
    pub post: &'static str,
}

const TITLE: &str = "Users may be unable to join Microsoft Teams meetings";
const IMPACT: &str = "Users may be unable to join or start meetings in Microsoft Teams, from any client.";
const EVERYBODY: &[&str] = &["fabrikam", "tailspin", "wingtip"];

const STEP: Step = Step { line: "", by: EVERYBODY, hits: &[], status: "investigating", post: "" };

#[rustfmt::skip]
const SCRIPT: &[Step] = &[
    Step { line: "Teams meetings do not start at two customers of Fabrikam", by: &["fabrikam"],
        hits: &[("fabrikam", &["contoso", "adventure-works"])],
        post: "Current status: We're reviewing reports of users who can't join meetings.\n\nScope of impact: Not known yet.", ..STEP },
    Step { line: "three more customers of Fabrikam report it", by: &["fabrikam"],
        hits: &[("fabrikam", &["fourth-coffee", "relecloud", "bellows-college"])], ..STEP },
    Step { line: "the vendor confirms a degradation", by: &["fabrikam"], status: "service_degradation",
        post: "Current status: A service that hands out meeting rooms rejects requests. We're finding out why.\n\nScope of impact: Users in \
            several regions.", ..STEP },
    Step { line: "Tailspin's customers are hit", by: &["tailspin"], status: "service_degradation",
        hits: &[("tailspin", &["wide-world-importers", "contoso-retail", "tailwind-traders"])], ..STEP },
    Step { line: "two more customers of Fabrikam, and a wider scope", by: &["fabrikam"], status: "service_degradation",
        hits: &[("fabrikam", &["margies-travel", "terra-firma"])],
        post: "More info: Chat and calls aren't affected.\n\nCurrent status: A certificate between two components has expired. We're renewing \
            it.\n\nScope of impact: Any user who joins or starts a meeting." },
    Step { line: "Wingtip's customers are hit", by: &["wingtip"], status: "service_degradation",
        hits: &[("wingtip", &["contoso", "adatum", "fabrikam-residences"])], ..STEP },
    Step { line: "the service is being restored", status: "restoring_service",
        post: "Current status: The certificate is renewed, and components pick it up one after the other.\n\nScope of impact: Any user who \
            joins or starts a meeting; fewer by the minute.", ..STEP },
    Step { line: "it is verified; Wingtip has not looked yet", by: &["fabrikam", "tailspin"], status: "verifying_service",
        post: "Current status: Meetings start again. We're verifying it.\n\nScope of impact: None that we know of.", ..STEP },
    Step { line: "resolved", status: "service_restored",
        post: "Final status: Meetings start as usual.\n\nRoot cause: A certificate expired.", ..STEP },
    Step { line: "reopened: some meetings fail again", status: "service_degradation",
        post: "More info: Impact had been resolved, and was seen again.\n\nCurrent status: One region still used the expired certificate. \
            We're restarting its components.\n\nScope of impact: Users in one region.", ..STEP },
    Step { line: "resolved again", status: "service_restored",
        post: "Final status: All regions use the renewed certificate, and meetings start as usual.\n\nRoot cause: A certificate expired, and \
            one region missed its renewal.", ..STEP },
    Step { line: "the review is published", status: REVIEWED,
        post: "Final status: The review of this incident is published.\n\nNext steps: Certificates are renewed a month before they expire, \
            and their age is watched in each region.", ..STEP },
];

/// The steps of the scripted outage of Microsoft Teams, in their order.
pub fn script() -> Vec<Step> {
    SCRIPT.to_vec()
}

/// Plays the scripted outage into a database that holds the demo world, waiting between the steps, and says of each what
/// happened. Gives the upstream id of its incident.
///
/// # Errors
/// The database fails, or does not hold the demo world.
pub async fn replay(db: &Db, pace: Duration, say: &mut (dyn FnMut(String) + Send)) -> Result<String> {
    let mut outage = Outage::begin(db).await?;
    for (number, step) in SCRIPT.iter().enumerate() {
        if number > 0 {
            tokio::time::sleep(pace).await;
        }
        outage.advance(db, step).await?;
        say(format!("{} {}: {}", outage.external_id, step.status, step.line));
    }
    Ok(outage.external_id)
}

/// The outage as it stands.
struct Outage {
    external_id: String,
    sources: BTreeMap<&'static str, PartnerId>,
    /// Partner and customer.
    hit: Vec<(&'static str, &'static str)>,
    status: &'static str,
    posts: Vec<PostRecord>,
    began: Timestamp,
    changed: Timestamp,
    ended: Option<Timestamp>,
    last: Timestamp,
}

impl Outage {
    async fn begin(db: &Db) -> Result<Self> {
        let now = db.clock().now();
        let mut sources = BTreeMap::new();
        for source in EVERYBODY {
            sources.insert(*source, source_id(db, source).await?);
        }
        // Seven digits like the vendor's, above those of the demo world, and new in each second.
        let number = 2_000_000 + (now.0 / Timestamp::SECOND).rem_euclid(8_000_000);
        Ok(Outage {
            external_id: format!("TM{number}"),
            sources,
            hit: Vec::new(),
            status: "",
            posts: Vec::new(),
            began: before(now, 20),
            changed: now,
            ended: None,
            last: Timestamp(0),
        })
    }

    /// A moment after the last one, for of two words of one moment the first would count.
    fn moment(&mut self, db: &Db) -> Timestamp {
        self.last = db.clock().now().max(Timestamp(self.last.0 + 1));
        self.last
    }

    async fn advance(&mut self, db: &Db, step: &Step) -> Result<()> {
        let now = self.moment(db);
        if step.status != self.status {
            (self.status, self.changed) = (step.status, now);
            self.ended = is_over(step.status).then(|| self.ended.unwrap_or(now));
        }
        if !step.post.is_empty() {
            let kind = if step.status == REVIEWED { "strategic" } else { "regular" };
            let post = Post { ago: 0, status: step.status, kind, is_html: true, next: 60, text: step.post };
            self.posts.push(post_record(TITLE, IMPACT, &post, now));
            self.changed = now;
        }
        for (source, customers) in step.hits {
            self.hit.extend(customers.iter().map(|customer| (*source, *customer)));
        }
        for source in step.by {
            self.capture(db, source).await?;
        }
        Ok(())
    }

    /// What a partner sees now, in one transaction.
    async fn capture(&mut self, db: &Db, by: &str) -> Result<()> {
        let Some(source) = self.sources.get(by).copied() else { return Ok(()) };
        let mut ingest = Ingest::begin(db, source, GRAPH, self.moment(db), false).await?;
        let own: Vec<&str> =
            self.hit.iter().filter(|(source, _)| *source == by).map(|(_, customer)| *customer).collect();
        let seen: Vec<StatusRecord> = own.iter().map(|customer| self.status_record(customer)).collect();
        let told: Vec<IncidentRecord> = own.iter().map(|customer| self.record(customer)).collect();
        statuses(&mut ingest, &seen).await?;
        incidents(&mut ingest, &told).await?;
        ingest.commit().await
    }

    /// A review changes the incident, not the service.
    fn status_record(&self, customer: &str) -> StatusRecord {
        let id = GRAPH_IDS.iter().find(|(key, _)| *key == "teams").map(|(_, id)| (*id).to_owned());
        StatusRecord {
            customer_tenant_id: tenant_id(customer),
            service: ServiceName { id, ..issue_name("teams") },
            status: if self.status == REVIEWED { "service_restored" } else { self.status },
            status_raw: None,
        }
    }

    fn record(&self, customer: &str) -> IncidentRecord {
        IncidentRecord {
            customer_tenant_id: tenant_id(customer),
            external_id: self.external_id.clone(),
            title: TITLE.to_owned(),
            service: issue_name("teams"),
            feature: Some("Meetings".to_owned()),
            feature_group: Some("Teams Components".to_owned()),
            impact_description: Some(IMPACT.to_owned()),
            classification: "incident",
            origin: Some("microsoft"),
            status: self.status,
            is_resolved: is_over(self.status),
            starts_at: Some(self.began),
            ends_at: self.ended,
            modified_at: Some(self.changed),
            posts: self.posts.clone(),
            ..IncidentRecord::default()
        }
    }
}

#[cfg(test)]
#[path = "outages_tests.rs"]
mod tests;
