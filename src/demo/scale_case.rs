//! One support request of the generated world, told step by step as the rules would have written it: raised by a reseller,
//! worked on, handed to the largest provider, and then overdue, accepted or waiting.
//!
//! - What a party sees, and who reads an entry, is asked of the rules' own [`Case`] after each step.
//! - A case follows from the seed and its number; its times follow from `now`.

use super::random::{Purpose, Random};
use crate::escalations::case::{Audience, Case, Party};
use crate::escalations::check::request_number;
use crate::escalations::pace as clock;
use crate::escalations::words::{HopState, Kind, Severity, Status, Tier, Visibility};
use crate::health::catalogue::{Catalogue, Service, id_of};
use crate::support::hours::Calendar;
use crate::support::targets;
use entity::{
    AccountId, CustomerId, PartnerId, Timestamp, support_entry, support_entry_reader, support_escalation,
    support_request, support_view,
};
use sea_orm::FromQueryResult;
use uuid::Uuid;

const MINUTE: i64 = 60 * Timestamp::SECOND;
/// How long ago the first due time was, and how far the last one is ahead, in seconds.
const DUE: (i64, i64) = (-86_400, 60 * 86_400);
/// Days from its due time until a hop times out.
const PATIENCE: i64 = 365;

/// What is wrong: service, title, description.
const TOPICS: [(&str, &str, &str); 6] = [
    (
        "exchange",
        "A shared mailbox does not open",
        "Six people get an error when they open the mailbox that they share. Others open it as usual, and their own \
         mailboxes work. It began this morning; nothing was changed at our end.",
    ),
    (
        "teams",
        "Calls of the front desk end after two seconds",
        "Whoever calls the number of the front desk hears one ring, then the call ends. The queue has four members, \
         and all of them are signed in. Calls between colleagues are fine.",
    ),
    (
        "sharepoint",
        "Price lists cannot be shared",
        "Links to the site of price lists say that sharing is not allowed. It worked until Friday. The setting of the \
         organisation allows it, and so do the settings of the site, as far as we can see.",
    ),
    (
        "onedrive",
        "Two computers stay out of date",
        "Files on two computers are a week old. Their client asks for the password again and again. On all others \
         everything is up to date.",
    ),
    (
        "intune",
        "New telephones cannot be enrolled",
        "Three of ten new telephones stop with a message about the company portal. All are of one model, and bought \
         together. The other seven were enrolled within minutes.",
    ),
    (
        "identity",
        "A branch cannot sign in",
        "Since its firewall was replaced, nobody at the branch gets past a grey page. Second factors are never asked \
         for. From home the same people sign in as always.",
    ),
];
const SEVERITIES: [Severity; 6] = [
    Severity::Critical,
    Severity::Moderate,
    Severity::Moderate,
    Severity::Minimal,
    Severity::Minimal,
    Severity::Minimal,
];
const DIAGNOSIS: &str =
    "Seen with our own account, too. Settings and licences are whole; nothing was changed here.";
const REASON: &str = "We are at the end of what we can do: please look into it with the service.";
/// What the reseller notes before it hands the case on, for whom.
const NOTES: [(Visibility, &str); 4] = [
    (Visibility::Chain, "We gave the licence anew, twice, an hour apart: no change."),
    (Visibility::Customer, "We looked into it and ask our provider. You hear from us tomorrow."),
    (Visibility::Org, "The customer calls every hour; tell the next shift."),
    (Visibility::Vendor, "Traces of ten attempts are at hand for whoever asks."),
];
const ACCEPTED: &str =
    "Taken on. We see the same at another customer, and look for what both have in common.";

/// A customer, and the reseller that says that it serves it through the provider.
#[derive(FromQueryResult)]
pub(super) struct Served {
    pub(super) customer_id: CustomerId,
    pub(super) customer_tenant: Uuid,
    pub(super) partner_id: PartnerId,
    pub(super) partner_tenant: Uuid,
    pub(super) helpdesk: AccountId,
}

/// Whom all cases are handed to.
pub(super) struct Receiver {
    pub(super) partner: PartnerId,
    pub(super) tenant: Uuid,
    pub(super) helpdesk: AccountId,
}

/// Who takes part in the cases of a generated world.
pub(super) struct World {
    pub(super) seed: u64,
    pub(super) now: Timestamp,
    pub(super) receiver: Receiver,
    pub(super) served: Vec<Served>,
    pub(super) services: Vec<&'static Service>,
}

/// The services that cases are about, by topic.
pub(super) fn services() -> Vec<&'static Service> {
    let catalogue = Catalogue::shipped();
    TOPICS.iter().filter_map(|(key, ..)| catalogue.by_id(id_of(key))).collect()
}

impl World {
    /// What happened with a case until now.
    pub(super) fn story(&self, number: u64) -> Story<'_> {
        let mut random = Random::of(self.seed, Purpose::Case, number);
        let served = &self.served[random.below(self.served.len() as u64) as usize];
        let due_at = Timestamp(self.now.0 + random.between(DUE.0, DUE.1) * Timestamp::SECOND);
        let ago = |from: Timestamp, minutes: i64| Timestamp(from.0 - minutes * MINUTE);
        let handed = ago(due_at.min(self.now), random.between(60, 2 * 24 * 60));
        let raised = ago(handed, random.between(30, 10 * 60));
        let request = self.request(number, served, raised, &mut random);
        let mut story = Story::of(Case { request, hops: Vec::new() }, served, &self.receiver);
        story.is_raised(raised, &mut random);
        story.is_worked_on(raised, &mut random);
        story.is_handed_on(handed, due_at, &mut random);
        if due_at <= self.now {
            story.is_overdue(&mut random);
        } else if random.per_cent(20) {
            let answered = Timestamp(handed.0 + random.between(5, 50) * MINUTE);
            story.is_accepted(answered, &mut random);
        }
        story
    }

    fn request(
        &self,
        number: u64,
        served: &Served,
        at: Timestamp,
        random: &mut Random,
    ) -> support_request::Model {
        let (_, title, description) = TOPICS[number as usize % TOPICS.len()];
        let service = self.services.get(number as usize % TOPICS.len());
        let severity = SEVERITIES[random.below(SEVERITIES.len() as u64) as usize];
        support_request::Model {
            id: random.id(),
            // A power of three has no divisor in common with a power of ten: no number comes twice.
            number: request_number(Uuid::from_u128(u128::from(number + 1) * 387_420_489)),
            customer_id: served.customer_id,
            partner_id: served.partner_id,
            raised_by: "partner".to_owned(),
            created_by: served.helpdesk,
            created_at: at,
            kind: Kind::Technical.code().to_owned(),
            severity: severity.code().to_owned(),
            title: title.to_owned(),
            description: description.to_owned(),
            service_id: service.map(|service| service.id),
            service_name: service.map(|service| service.name.clone()),
            subscription_id: None,
            contact_name: None,
            contact_email: None,
            contact_phone: None,
            attachments: None,
            diagnosis: None,
            diagnosed_at: None,
            incident_id: None,
            status: Status::New.code().to_owned(),
            tier: Tier::Partner.code().to_owned(),
            owner_account_id: None,
            due_at: Timestamp::FAR_FUTURE,
            customer_due_at: Timestamp::FAR_FUTURE,
            paused_left: None,
            responded_at: None,
            breached_at: None,
            resolution_kind: None,
            resolution_text: None,
            resolved_at: None,
            closed_at: None,
            merged_into_id: None,
            entry_count: 0,
            version: 0,
            modified_at: at,
        }
    }
}

/// Something that is said in a timeline.
struct Said {
    at: Timestamp,
    kind: &'static str,
    visibility: Visibility,
    author: Option<Party>,
    hop: Option<Uuid>,
    text: Option<&'static str>,
    detail: Option<&'static str>,
}

/// A case in the making, with what the rules have written of it so far.
pub(super) struct Story<'a> {
    pub(super) case: Case,
    served: &'a Served,
    receiver: &'a Receiver,
    pub(super) views: Vec<support_view::Model>,
    pub(super) entries: Vec<support_entry::Model>,
    pub(super) readers: Vec<support_entry_reader::Model>,
}

impl<'a> Story<'a> {
    fn of(case: Case, served: &'a Served, receiver: &'a Receiver) -> Self {
        let (views, entries, readers) = (Vec::new(), Vec::new(), Vec::new());
        Story { case, served, receiver, views, entries, readers }
    }

    /// The named partner says something.
    fn by_named(at: Timestamp, kind: &'static str, visibility: Visibility) -> Said {
        Said { at, kind, visibility, author: Some(Party::Named), hop: None, text: None, detail: None }
    }

    /// Adds an entry for those of an audience who take part.
    fn say(&mut self, said: Said, audience: Audience, random: &mut Random) {
        let id = random.id();
        let place = self.case.request.entry_count;
        self.case.request.entry_count += 1;
        for party in self.case.readers(audience) {
            self.readers.push(support_entry_reader::Model {
                request_id: self.case.request.id,
                party_id: self.case.party_id(party),
                place,
                entry_id: id,
                is_note: said.kind == "note",
            });
        }
        let account = said.author.and_then(|party| match party {
            Party::Customer => None,
            Party::Named => Some(self.served.helpdesk),
            Party::Tier(_) => Some(self.receiver.helpdesk),
        });
        self.entries.push(support_entry::Model {
            id,
            request_id: self.case.request.id,
            escalation_id: said.hop,
            place,
            at: said.at,
            kind: said.kind.to_owned(),
            visibility: said.visibility.code().to_owned(),
            author_account_id: account,
            author_party_id: said.author.map(|party| self.case.party_id(party)),
            text: said.text.map(str::to_owned),
            detail: said.detail.map(str::to_owned),
        });
    }

    /// The end of a change: each party's view, where it has changed.
    fn settle(&mut self, at: Timestamp) {
        self.case.request.tier = self.case.tier().code().to_owned();
        self.case.request.version += 1;
        self.case.request.modified_at = at;
        for party in self.case.parties() {
            let tenant = match party {
                Party::Customer => self.served.customer_tenant,
                Party::Named => self.served.partner_tenant,
                Party::Tier(_) => self.receiver.tenant,
            };
            let mut view = self.case.seen_by(party, tenant);
            match self.views.iter_mut().find(|before| before.party_id == view.party_id) {
                None => self.views.push(view),
                Some(before) => {
                    (view.version, view.modified_at) = (before.version, before.modified_at);
                    if view != *before {
                        (view.version, view.modified_at) = (before.version + 1, at);
                        *before = view;
                    }
                }
            }
        }
    }

    fn is_raised(&mut self, at: Timestamp, random: &mut Random) {
        let severity = Severity::of(&self.case.request.severity).unwrap_or(Severity::Minimal);
        let minutes = targets::response_minutes(Kind::Technical, severity, None);
        clock::start(&mut self.case, &Calendar::always(), at, minutes);
        let detail = Some("The partner raised the request for the customer.");
        let said = Said { detail, ..Self::by_named(at, "raised", Visibility::Customer) };
        self.say(said, Audience::All, random);
        self.settle(at);
    }

    /// The partner finds something, and notes up to four things.
    fn is_worked_on(&mut self, raised: Timestamp, random: &mut Random) {
        let at = |minutes: i64| Timestamp(raised.0 + minutes * MINUTE);
        self.case.request.diagnosis = Some(DIAGNOSIS.to_owned());
        self.case.request.diagnosed_at = Some(at(10));
        self.case.request.status = Status::InProgress.code().to_owned();
        clock::answer(&mut self.case, at(10));
        let detail = Some("The partner recorded what it found.");
        let said = Said { detail, ..Self::by_named(at(10), "diagnosed", Visibility::Chain) };
        self.say(said, Audience::Chain, random);
        self.settle(at(10));
        let count = 1 + random.below(NOTES.len() as u64) as usize;
        for ((visibility, text), minutes) in NOTES.into_iter().take(count).zip(15..) {
            let said = Said { text: Some(text), ..Self::by_named(at(minutes), "note", visibility) };
            self.say(said, Audience::of_note(visibility, Party::Named), random);
            self.settle(at(minutes));
        }
    }

    /// The provider gets the case, and what its sender wrote before.
    fn is_handed_on(&mut self, at: Timestamp, due_at: Timestamp, random: &mut Random) {
        let id = random.id();
        let hop = self.hop(id, at, due_at);
        self.case.hops.push(hop);
        clock::answer(&mut self.case, at);
        let (named, chain) = (self.case.request.partner_id.0, [Visibility::Chain, Visibility::Vendor]);
        let is_for_it = |entry: &&support_entry::Model| {
            entry.escalation_id.is_none()
                && entry.author_party_id == Some(named)
                && chain.iter().any(|visibility| visibility.code() == entry.visibility)
        };
        let handed_over = self.entries.iter().filter(is_for_it).map(|entry| support_entry_reader::Model {
            request_id: entry.request_id,
            party_id: self.receiver.partner.0,
            place: entry.place,
            entry_id: entry.id,
            is_note: entry.kind == "note",
        });
        self.readers.extend(handed_over);
        let said = Said {
            hop: Some(id),
            text: Some(REASON),
            detail: Some("Handed on to the provider."),
            ..Self::by_named(at, "escalation_requested", Visibility::Chain)
        };
        self.say(said, Audience::Hop(id), random);
        self.settle(at);
    }

    fn hop(&self, id: Uuid, at: Timestamp, due_at: Timestamp) -> support_escalation::Model {
        support_escalation::Model {
            id,
            request_id: self.case.request.id,
            customer_id: self.case.request.customer_id,
            source_id: self.case.request.partner_id,
            number: 1,
            parent_id: None,
            from_partner_id: self.case.request.partner_id,
            to_partner_id: Some(self.receiver.partner),
            tier: Tier::Provider.code().to_owned(),
            vehicle: None,
            state: HopState::Requested.code().to_owned(),
            request_reason: REASON.to_owned(),
            reason: None,
            evidence: None,
            other_than_incident: None,
            owner_account_id: None,
            requested_by: self.served.helpdesk,
            starts_at: at,
            due_at,
            expires_at: due_at.plus_days(PATIENCE),
            answered_at: None,
            ends_at: Timestamp::FAR_FUTURE,
            breached_at: None,
            vendor_number: None,
            vendor_status: None,
            vendor_modified_at: None,
        }
    }

    /// The hop's due time passed unanswered, and the gateway said so.
    fn is_overdue(&mut self, random: &mut Random) {
        let Some(hop) = self.case.hops.last_mut() else { return };
        hop.breached_at = Some(hop.due_at);
        let (id, at) = (hop.id, hop.due_at);
        let said = Said {
            author: None,
            hop: Some(id),
            detail: Some("The next tier's time to answer has passed."),
            ..Self::by_named(at, "breached", Visibility::Chain)
        };
        self.say(said, Audience::Hop(id), random);
        self.settle(at);
    }

    /// The provider takes the case on, and notes something for both ends.
    fn is_accepted(&mut self, at: Timestamp, random: &mut Random) {
        let receiver = self.receiver;
        let Some(hop) = self.case.hops.last_mut() else { return };
        hop.state = HopState::Accepted.code().to_owned();
        hop.answered_at = Some(at);
        hop.owner_account_id = Some(receiver.helpdesk);
        let (id, tier) = (hop.id, Party::Tier(receiver.partner));
        let by_tier =
            |kind| Said { author: Some(tier), hop: Some(id), ..Self::by_named(at, kind, Visibility::Chain) };
        let detail = Some("The next tier took the case on.");
        self.say(Said { detail, ..by_tier("escalation_accepted") }, Audience::Hop(id), random);
        self.settle(at);
        let note = Said { text: Some(ACCEPTED), ..by_tier("note") };
        self.say(note, Audience::of_note(Visibility::Chain, tier), random);
        self.settle(at);
    }
}
