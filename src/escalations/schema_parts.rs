//! What belongs to a support request in the graph: hops, notes, the timeline, and the people in them.
//!
//! The timeline is one list of two: entries of the request, and publications of the linked incident. Both are read by
//! key from the same place and merged, so that a page is the same whatever the mixture; publications stand after
//! the entries of their instant.

use super::schema::{SupportRequest, by_id, escalation_by_id};
use super::schema_words::{EscalationState, SupportTier, SupportVehicle, SupportVisibility};
use super::store::{BESIDE, EntryRow, HopRow};
use crate::db::cursor::Position;
use crate::db::page::{Page, Slice};
use crate::graphql::connection::Placed;
use crate::graphql::error::Result;
use crate::graphql::scalar::date_time;
use crate::graphql::{Kind, global_id, op};
use crate::incidents::store::PostRow;
use crate::{connection, open_enum};
use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};
use entity::{AccountId, IncidentId, PartnerId};
use uuid::Uuid;

/// Somebody who takes part in a support request.
pub struct SupportActor {
    account: Option<AccountId>,
    name: String,
    organization: Option<String>,
}

impl SupportActor {
    /// Somebody of the viewer's own tenant.
    pub fn colleague(account: AccountId, name: &str) -> Self {
        SupportActor { account: Some(account), name: name.to_owned(), organization: None }
    }

    /// Somebody of another organisation: under a pseudonym, which is the same wherever this person appears.
    fn outsider(ctx: &Context<'_>, account: AccountId, organization: String) -> Self {
        let pseudonym = op(ctx).sealer.pseudonym(account.0);
        let name = format!("{organization} · {pseudonym}");
        SupportActor { account: None, name, organization: Some(organization) }
    }
}

/// Somebody who takes part in a support request.
#[Object]
impl SupportActor {
    /// Global id of the account; null for people of other organisations.
    async fn id(&self, ctx: &Context<'_>) -> Option<ID> {
        self.account.map(|account| global_id(ctx, Kind::Account, account.0))
    }

    /// Display name for people of your own organisation; for others their organisation and a pseudonym, which stays
    /// the same.
    async fn name(&self) -> &str {
        &self.name
    }

    /// The organisation's name; null for your own.
    async fn organization(&self) -> Option<&str> {
        self.organization.as_deref()
    }
}

/// A partner at an end of a hop.
pub struct SupportOrganization {
    id: PartnerId,
    name: String,
}

impl SupportOrganization {
    fn of(id: PartnerId, name: Option<&String>) -> Self {
        let name = name.cloned().unwrap_or_else(|| "a partner that is not registered here".to_owned());
        SupportOrganization { id, name }
    }
}

/// A partner at an end of a hop.
#[Object]
impl SupportOrganization {
    /// Global id of the partner.
    async fn id(&self, ctx: &Context<'_>) -> ID {
        global_id(ctx, Kind::Partner, self.id.0)
    }

    /// The organisation's name, as it registered it here.
    async fn name(&self) -> &str {
        &self.name
    }
}

/// A hop of a support request: handed over by a partner to the next tier, with a clock, an owner and a reason of its own.
#[derive(Clone)]
pub struct Escalation(pub HopRow);

impl Escalation {
    /// What only the two ends of a hop may know.
    fn of_ends<T>(&self, value: T) -> Option<T> {
        self.0.is_whole.then_some(value)
    }
}

/// A hop of a support request: handed over by a partner to the next tier, with a clock, an owner and a reason of its own.
#[Object]
impl Escalation {
    /// Global id.
    pub async fn id(&self, ctx: &Context<'_>) -> ID {
        global_id(ctx, Kind::Escalation, self.0.hop.id)
    }

    /// The tier that it goes to.
    async fn tier(&self) -> SupportTier {
        SupportTier::of(&self.0.hop.tier)
    }

    /// Through what the vendor is asked; null for a hop to a provider, and for one that another partner made.
    async fn vehicle(&self) -> Option<SupportVehicle> {
        self.of_ends(self.0.hop.vehicle.as_deref().map(SupportVehicle::of)).flatten()
    }

    /// Where it stands.
    async fn state(&self) -> EscalationState {
        EscalationState::of(&self.0.hop.state)
    }

    /// Who handed the case over.
    async fn from(&self) -> SupportOrganization {
        SupportOrganization::of(self.0.hop.from_partner_id, self.0.from_name.as_ref())
    }

    /// Who received it; null for the vendor.
    async fn to(&self) -> Option<SupportOrganization> {
        let partner = self.0.hop.to_partner_id?;
        Some(SupportOrganization::of(partner, self.0.to_name.as_ref()))
    }

    /// What is asked of the next tier, as given: plain text. Null for a hop that another partner made.
    async fn request_reason(&self) -> Option<&str> {
        self.of_ends(self.0.hop.request_reason.as_str())
    }

    /// Why it was returned, transferred or withdrawn, as given: plain text. Null for a hop that another partner made.
    async fn reason(&self) -> Option<&str> {
        self.of_ends(self.0.hop.reason.as_deref()).flatten()
    }

    /// Why the case is something else than the active incidents that matched, where its sender said so. Null for a hop
    /// that another partner made.
    async fn other_than_incident(&self) -> Option<&str> {
        self.of_ends(self.0.hop.other_than_incident.as_deref()).flatten()
    }

    /// When it was requested.
    async fn requested_at(&self) -> Option<DateTime<Utc>> {
        date_time(self.0.hop.starts_at)
    }

    /// When it has to have been answered: fixed when it was requested.
    async fn due_at(&self) -> Option<DateTime<Utc>> {
        date_time(self.0.hop.due_at)
    }

    /// When it was accepted or returned.
    async fn answered_at(&self) -> Option<DateTime<Utc>> {
        self.0.hop.answered_at.and_then(date_time)
    }

    /// When it ended; null while it lasts.
    async fn ended_at(&self) -> Option<DateTime<Utc>> {
        date_time(self.0.hop.ends_at)
    }

    /// Whether its due time passed unanswered, also where the answer came later.
    async fn breached(&self, ctx: &Context<'_>) -> bool {
        self.0.is_breached(op(ctx).now())
    }

    /// Who works on it at the receiver; null where nobody does yet, and for a hop that another partner made.
    async fn owner(&self, ctx: &Context<'_>) -> Option<SupportActor> {
        let account = self.of_ends(self.0.hop.owner_account_id).flatten()?;
        Some(match &self.0.owner_name {
            Some(name) => SupportActor::colleague(account, name),
            None => {
                let organization =
                    self.0.to_name.clone().unwrap_or_else(|| "another organization".to_owned());
                SupportActor::outsider(ctx, account, organization)
            }
        })
    }

    /// The vendor's number of what was filed with it; null for a hop that another partner made.
    async fn vendor_number(&self) -> Option<&str> {
        self.of_ends(self.0.hop.vendor_number.as_deref()).flatten()
    }

    /// The vendor's status of it, such as open, closed or attention_needed; null for a hop that another partner made.
    async fn vendor_status(&self) -> Option<&str> {
        self.of_ends(self.0.hop.vendor_status.as_deref()).flatten()
    }

    /// The support request, if you may read it.
    async fn support_request(&self, ctx: &Context<'_>) -> Result<Option<SupportRequest>> {
        by_id(ctx, self.0.hop.request_id).await
    }
}

/// Who wrote an entry: nobody for what the gateway or the vendor says.
async fn author(ctx: &Context<'_>, entry: &EntryRow) -> Result<Option<SupportActor>> {
    let Some(account) = entry.author_account_id else { return Ok(None) };
    if let Some(name) = &entry.author_name {
        return Ok(Some(SupportActor::colleague(account, name)));
    }
    let organization = match &entry.author_organization {
        Some(name) => name.clone(),
        None if entry.author_party_id == Some(entry.customer_id.0) => {
            let customer = crate::customers::schema::by_id(ctx, entry.customer_id).await?;
            customer.map_or_else(|| "the customer".to_owned(), |customer| customer.0.name)
        }
        None => "another organization".to_owned(),
    };
    Ok(Some(SupportActor::outsider(ctx, account, organization)))
}

/// A note on a support request. Who may read it was settled when it was written.
#[derive(Clone)]
pub struct SupportNote(pub EntryRow);

connection!(
    /// A page of a support request's notes.
    SupportNoteConnection, SupportNoteEdge, EntryRow => SupportNote
);

/// A note on a support request. Who may read it was settled when it was written.
#[Object]
impl SupportNote {
    /// Global id.
    pub async fn id(&self, ctx: &Context<'_>) -> ID {
        global_id(ctx, Kind::SupportNote, self.0.id)
    }

    /// For whom it was written.
    async fn visibility(&self) -> SupportVisibility {
        SupportVisibility::of(&self.0.visibility)
    }

    /// The note, as given: plain text, never to be rendered as markup.
    async fn text(&self) -> &str {
        self.0.text.as_deref().unwrap_or_default()
    }

    /// When it was written.
    async fn created_at(&self) -> Option<DateTime<Utc>> {
        date_time(self.0.at)
    }

    /// Who wrote it; null for what the vendor answered.
    async fn author(&self, ctx: &Context<'_>) -> Result<Option<SupportActor>> {
        author(ctx, &self.0).await
    }

    /// The hop that it belongs to; null for what was written outside of any, or where you may not read the hop.
    async fn escalation(&self, ctx: &Context<'_>) -> Result<Option<Escalation>> {
        escalation_of(ctx, &self.0).await
    }

    /// The support request, if you may read it.
    async fn support_request(&self, ctx: &Context<'_>) -> Result<Option<SupportRequest>> {
        by_id(ctx, self.0.request_id).await
    }
}

async fn escalation_of(ctx: &Context<'_>, entry: &EntryRow) -> Result<Option<Escalation>> {
    match entry.escalation_id {
        Some(id) => escalation_by_id(ctx, id).await,
        None => Ok(None),
    }
}

open_enum! {
    /// What an entry of a support request's timeline tells.
    SupportTimelineKind {
        /// It was raised.
        Raised = "raised",
        /// What it says was changed.
        Edited = "edited",
        /// The partner said what it found.
        Diagnosed = "diagnosed",
        /// A note.
        Note = "note",
        /// It was linked to a known incident.
        Linked = "linked",
        /// The link was taken away.
        Unlinked = "unlinked",
        /// Somebody works on it, or nobody any more.
        Assigned = "assigned",
        /// The customer was asked something; the partner's clock stands still.
        Waiting = "waiting",
        /// It goes on.
        Resumed = "resumed",
        /// It was handed to the next tier.
        EscalationRequested = "escalation_requested",
        /// The next tier took it on.
        EscalationAccepted = "escalation_accepted",
        /// The next tier gave it back.
        EscalationReturned = "escalation_returned",
        /// It was taken back and handed to another.
        EscalationTransferred = "escalation_transferred",
        /// It was taken back.
        EscalationWithdrawn = "escalation_withdrawn",
        /// The next tier never answered.
        EscalationTimedOut = "escalation_timed_out",
        /// It was filed with the vendor.
        VendorFiled = "vendor_filed",
        /// The vendor answered.
        VendorAnswered = "vendor_answered",
        /// The vendor changed the status of what was filed with it.
        VendorChanged = "vendor_changed",
        /// Its partner says that it is solved.
        Resolved = "resolved",
        /// The customer agreed.
        Confirmed = "confirmed",
        /// It was closed.
        Closed = "closed",
        /// It was not solved after all.
        Reopened = "reopened",
        /// It is a duplicate of another request, or another of it.
        Merged = "merged",
        /// A due time passed unanswered.
        Breached = "breached",
        /// Something was published on the linked incident.
        IncidentPost = "incident_post",
    }
}

/// A row of a timeline: an entry, or a publication on the linked incident.
#[derive(Clone)]
pub enum TimelineRow {
    /// An entry.
    Entry(EntryRow),
    /// A publication.
    Post(PostRow),
}

impl TimelineRow {
    /// Instant and place in it.
    fn place(&self) -> (i64, u128) {
        match self {
            TimelineRow::Entry(row) => (row.at.0, row.number as u32 as u128),
            TimelineRow::Post(row) => (row.post.created_at.0, BESIDE | row.post.number as u32 as u128),
        }
    }

    /// A page of both lists together, from the same page of each; publications come the newest first.
    pub fn merged(page: &Page, entries: Slice<EntryRow>, posts: Slice<PostRow>) -> Slice<TimelineRow> {
        let mut rows: Vec<TimelineRow> = entries.rows.into_iter().map(TimelineRow::Entry).collect();
        rows.extend(posts.rows.into_iter().map(TimelineRow::Post));
        rows.sort_by_key(TimelineRow::place);
        let has_more = entries.has_more || posts.has_more || rows.len() > page.size;
        if page.backward {
            rows.drain(..rows.len().saturating_sub(page.size));
        } else {
            rows.truncate(page.size);
        }
        Slice { rows, has_more }
    }
}

impl Placed for TimelineRow {
    fn position(&self) -> Position {
        let (at, place) = self.place();
        Position::Time(at, Uuid::from_u128(place))
    }
}

/// The page of an incident's publications, the newest first, that lies where a page of a timeline does.
fn page_of_posts(page: &Page) -> Page {
    let beside = |at: i64, place: u128| match place & BESIDE {
        // From an entry: all publications of its instant come after it.
        0 if page.backward => Position::Time(at, Uuid::nil()),
        0 => Position::Time(at - 1, Uuid::from_u128(i32::MAX as u128)),
        _ => Position::Time(at, Uuid::from_u128(place & !BESIDE)),
    };
    let position = match &page.position {
        Some(Position::Time(at, place)) => Some(beside(*at, place.as_u128())),
        _ => None,
    };
    Page { size: page.size, position, backward: !page.backward, context: String::new() }
}

/// What was published on the linked incident where a page of the timeline lies; nothing where the viewer may not read
/// the incident.
pub async fn posts_beside(
    ctx: &Context<'_>,
    incident: Option<IncidentId>,
    page: &Page,
) -> Result<Slice<PostRow>> {
    let none = Slice { rows: Vec::new(), has_more: false };
    let Some(id) = incident else { return Ok(none) };
    let incidents = crate::incidents::schema::loaders(ctx);
    let Some(row) = incidents.by_id.load(id).await? else { return Ok(none) };
    let copy = (row.copy.incident_id, row.copy.source_id);
    Ok(incidents.posts.load((copy, page_of_posts(page))).await?.unwrap_or(none))
}

connection!(
    /// A page of a support request's timeline.
    SupportTimelineConnection, SupportTimelineEdge, TimelineRow => SupportTimelineEntry
);

/// Something that happened to a support request, or was published on its incident.
pub struct SupportTimelineEntry(TimelineRow);

impl SupportTimelineEntry {
    fn entry(&self) -> Option<&EntryRow> {
        match &self.0 {
            TimelineRow::Entry(row) => Some(row),
            TimelineRow::Post(_) => None,
        }
    }
}

/// Something that happened to a support request, or was published on its incident.
#[Object]
impl SupportTimelineEntry {
    /// When.
    async fn at(&self) -> Option<DateTime<Utc>> {
        match &self.0 {
            TimelineRow::Entry(row) => date_time(row.at),
            TimelineRow::Post(row) => date_time(row.post.created_at),
        }
    }

    /// What it tells.
    async fn kind(&self) -> SupportTimelineKind {
        self.entry().map_or(SupportTimelineKind::IncidentPost, |row| SupportTimelineKind::of(&row.kind))
    }

    /// Who; null for what the gateway or the vendor says.
    async fn actor(&self, ctx: &Context<'_>) -> Result<Option<SupportActor>> {
        match self.entry() {
            Some(row) => author(ctx, row).await,
            None => Ok(None),
        }
    }

    /// For whom it was written; null for a publication on the incident.
    async fn visibility(&self) -> Option<SupportVisibility> {
        self.entry().map(|row| SupportVisibility::of(&row.visibility))
    }

    /// What happened, in words of the gateway; else the text of the note or of the publication.
    async fn detail(&self) -> Option<&str> {
        match &self.0 {
            TimelineRow::Entry(row) => row.detail.as_deref().or(row.text.as_deref()),
            TimelineRow::Post(row) => Some(&row.post.text),
        }
    }

    /// The note, the reason given, or the publication without markup, as given: never to be rendered as markup.
    async fn text(&self) -> Option<&str> {
        match &self.0 {
            TimelineRow::Entry(row) => row.text.as_deref(),
            TimelineRow::Post(row) => Some(&row.post.text),
        }
    }

    /// The hop that it belongs to; null for what happened outside of any, or where you may not read the hop.
    async fn escalation(&self, ctx: &Context<'_>) -> Result<Option<Escalation>> {
        match self.entry() {
            Some(row) => escalation_of(ctx, row).await,
            None => Ok(None),
        }
    }
}

#[cfg(test)]
#[path = "schema_parts_tests.rs"]
mod tests;
