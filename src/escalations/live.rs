//! What happens to support requests, in the graph's subscriptions. An event is told in the tenant that it was written
//! for and in no other; the request is read anew under the viewer's scope, so that one that it may not read gives
//! nothing. A party that takes part no more is told that it ended, of its own record, and nothing later.

use super::filter::{SupportRequestFilter, predicate};
use super::schema::SupportRequest;
use super::store;
use crate::db::predicate::Predicate;
use crate::events::Event;
use crate::graphql::error::Result;
use crate::graphql::op;
use crate::graphql::scalar::date_time;
use crate::live::{Happening, Phase, Topic, seal_position};
use crate::open_enum;
use async_graphql::{Context, Object, Subscription};
use chrono::{DateTime, Utc};
use entity::Timestamp;
use futures::stream::{self, Stream};
use std::sync::Arc;

open_enum! {
    /// What happened to a support request.
    SupportRequestChangeKind {
        /// It is new.
        Raised = "raised",
        /// Something of it changed.
        Updated = "updated",
        /// Somebody wrote a note.
        Note = "note",
        /// It was handed to the next tier.
        Escalated = "escalated",
        /// The next tier took it on.
        Accepted = "accepted",
        /// The next tier gave it back.
        Returned = "returned",
        /// It was taken back from one provider and handed to another.
        Transferred = "transferred",
        /// It was taken back from the next tier.
        Withdrawn = "withdrawn",
        /// The next tier never answered.
        TimedOut = "timed_out",
        /// The vendor answered, or what was filed with it changed.
        Vendor = "vendor",
        /// It is solved, as its partner says.
        Resolved = "resolved",
        /// It is over.
        Closed = "closed",
        /// It was solved or over, and is not any more.
        Reopened = "reopened",
        /// It was closed as a duplicate of another one.
        Merged = "merged",
        /// A time to answer passed without an answer.
        Breached = "breached",
    }
}

/// The streams of support requests.
#[derive(Default)]
pub struct SupportSubscription;

/// The streams of support requests.
#[Subscription]
impl SupportSubscription {
    /// Tells when a support request that you may read is raised, changes or is handed on, as far as you may know of it.
    /// Of one that was handed to your organisation the last is that this ended.
    async fn support_request_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Which ones, as they are after the change. That one leaves the open ones is told also where `open` asks for these."
        )]
        filter: Option<SupportRequestFilter>,
        #[graphql(desc = "A position of an earlier frame: only what came after it.")] after: Option<String>,
    ) -> Result<impl Stream<Item = SupportRequestChange> + use<>> {
        let filter = filter.unwrap_or_default();
        let phase = ctx.data_unchecked::<Phase>();
        let change = match phase.happening() {
            Some(happening) => request_change(ctx, &happening, filter).await?,
            None => {
                // A filter that cannot be used is refused before anything is listened to.
                predicate(op(ctx), Some(filter))?;
                phase.listen(op(ctx), Topic::SupportRequests, after).await?;
                None
            }
        };
        Ok(stream::iter(change))
    }
}

/// The change as the viewer sees it; none where it may not read the request, or does not ask for it.
async fn request_change(
    ctx: &Context<'_>,
    happening: &Arc<Happening>,
    mut filter: SupportRequestFilter,
) -> Result<Option<SupportRequestChange>> {
    let op = op(ctx);
    let is_mine = |event: &&Arc<Event>| event.reader_tenant_id == Some(op.viewer.tenant);
    let mine: Vec<&Arc<Event>> = happening.events().iter().filter(is_mine).collect();
    let Some(newest) = mine.last() else { return Ok(None) };
    let Some(id) = newest.support_request_id else { return Ok(None) };
    let Some(request) = super::schema::by_id(ctx, id).await? else { return Ok(None) };
    let change = mine.iter().map(|event| event.change.as_str()).reduce(stronger).unwrap_or_default();
    if filter.open == Some(true) && is_end(change) {
        filter.open = None;
    }
    let wanted = predicate(op, Some(filter))?;
    let is_any = matches!(&wanted, Predicate::All(conditions) if conditions.is_empty());
    if !is_any && !store::matches(&op.db, &op.scope, id, &wanted).await? {
        return Ok(None);
    }
    happening.saw(mine.len());
    let (change, at) = (change.to_owned(), newest.at);
    Ok(Some(SupportRequestChange { change, at, request, happening: happening.clone() }))
}

/// Whether the request is over with it, or the part that a tier took in it.
fn is_end(change: &str) -> bool {
    ["resolved", "closed", "merged", "returned", "transferred", "withdrawn", "timed_out"].contains(&change)
}

/// What two changes amount to: that a request is new, then that it ended or began anew, that it was handed on or back,
/// that a time passed, what the vendor and what people wrote, then the rest; of equals the later.
fn stronger<'a>(earlier: &'a str, later: &'a str) -> &'a str {
    let rank = |change: &str| match change {
        "raised" => 6,
        "resolved" | "closed" | "merged" | "reopened" => 5,
        "escalated" | "accepted" | "returned" | "transferred" | "withdrawn" | "timed_out" => 4,
        "breached" => 3,
        "vendor" => 2,
        "note" => 1,
        _ => 0,
    };
    if rank(earlier) > rank(later) { earlier } else { later }
}

/// That something happened to a support request.
pub struct SupportRequestChange {
    change: String,
    at: Timestamp,
    request: SupportRequest,
    happening: Arc<Happening>,
}

/// That something happened to a support request.
#[Object]
impl SupportRequestChange {
    /// What happened.
    async fn change(&self) -> SupportRequestChangeKind {
        SupportRequestChangeKind::of(&self.change)
    }

    /// When.
    async fn at(&self) -> DateTime<Utc> {
        // An event's time is one that a clock has shown.
        date_time(self.at).unwrap_or_default()
    }

    /// The request as you may see it now.
    async fn support_request(&self) -> &SupportRequest {
        &self.request
    }

    /// From where a later stream may resume: only what comes after this change.
    async fn position(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(seal_position(op(ctx), self.happening.position())?)
    }

    /// How many earlier changes of the request this one stands for besides.
    async fn missed(&self) -> u32 {
        self.happening.missed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_changes_the_weightiest_is_told_and_of_equals_the_later() {
        let told = |words: &[&'static str]| words.iter().copied().reduce(stronger);
        assert_eq!(told(&["raised", "note", "escalated"]), Some("raised"));
        assert_eq!(told(&["escalated", "returned", "updated"]), Some("returned"));
        assert_eq!(told(&["note", "closed", "note"]), Some("closed"));
        assert_eq!(told(&["closed", "reopened"]), Some("reopened"));
        assert_eq!(told(&["breached", "note"]), Some("breached"));
        assert_eq!(told(&["updated", "vendor"]), Some("vendor"));
    }

    #[test]
    fn what_ends_a_request_or_a_tier_s_part_in_it_is_told_to_those_who_watch_the_open_ones() {
        for word in ["resolved", "closed", "merged", "returned", "transferred", "withdrawn", "timed_out"] {
            assert!(is_end(word), "{word}");
        }
        for word in ["raised", "reopened", "escalated", "accepted", "note", "breached"] {
            assert!(!is_end(word), "{word}");
        }
    }
}
