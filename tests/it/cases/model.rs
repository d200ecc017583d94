//! What a support request is to each who takes part in it, by the text: the one truth of the walks. Shares no code
//! with the gateway. What becomes of an operation stands in `moves`.

use super::clocks::Hours;
use std::collections::{BTreeMap, BTreeSet};

/// An organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Org {
    /// The customer.
    Customer,
    /// A reseller that serves it through two providers.
    Tailspin,
    /// Another one, through one of them.
    Fabrikam,
    /// A partner that buys from the vendor.
    Wingtip,
    /// A provider.
    Northwind,
    /// Another one.
    Litware,
    /// A stranger.
    Lamna,
}

impl Org {
    /// Its key in the demo.
    pub fn key(self) -> &'static str {
        match self {
            Org::Customer => super::desk::CUSTOMER,
            Org::Tailspin => "tailspin",
            Org::Fabrikam => "fabrikam",
            Org::Wingtip => "wingtip",
            Org::Northwind => "northwind",
            Org::Litware => "litware",
            Org::Lamna => "lamna",
        }
    }

    /// Its name, as it registered.
    pub fn name(self) -> &'static str {
        match self {
            Org::Customer => "Wide World Importers",
            Org::Tailspin => "Tailspin IT",
            Org::Fabrikam => "Fabrikam Cloud",
            Org::Wingtip => "Wingtip Managed Services",
            Org::Northwind => "Northwind Distribution",
            Org::Litware => "Litware Distribution",
            Org::Lamna => "Lamna Partners",
        }
    }

    /// Through whom it serves the customer.
    pub fn providers(self) -> &'static [Org] {
        match self {
            Org::Tailspin => &[Org::Northwind, Org::Litware],
            Org::Fabrikam => &[Org::Northwind],
            _ => &[],
        }
    }

    /// Whether it may sell to the customer, so that a request can name it.
    pub fn is_seller(self) -> bool {
        !matches!(self, Org::Customer | Org::Lamna)
    }

    /// When it is at work.
    pub fn hours(self) -> Hours {
        use super::clocks::Zone;
        match self {
            Org::Tailspin => Hours::Weekdays { zone: Zone::Berlin, opens: 540, closes: 1050, off: 2 },
            Org::Litware => Hours::Weekdays { zone: Zone::NewYork, opens: 480, closes: 1020, off: 3 },
            _ => Hours::AroundTheClock,
        }
    }

    /// Minutes to its first answer about an invoice: one business day, unless it says something else.
    pub fn response(self, severity: &str) -> i64 {
        match (self, severity) {
            (Org::Tailspin, "CRITICAL") => 60,
            (Org::Tailspin, "MODERATE") => 240,
            (Org::Litware, "MINIMAL") => 600,
            _ => 480,
        }
    }

    /// Minutes after which a hop to it is over: three times that, at least a business day.
    pub fn patience(self, severity: &str) -> i64 {
        (3 * self.response(severity)).max(480)
    }
}

/// What somebody is in their organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rank {
    /// An agent; in the customer's tenant its administrator.
    Agent,
    /// Reads records.
    Auditor,
    /// Sells.
    Sales,
}

/// Somebody.
#[derive(Clone, Copy, Debug)]
pub struct Actor {
    /// A demo account.
    pub account: &'static str,
    /// Whose.
    pub org: Org,
    /// What.
    pub rank: Rank,
}

const fn actor(account: &'static str, org: Org, rank: Rank) -> Actor {
    Actor { account, org, rank }
}

/// Everybody.
pub const ACTORS: [Actor; 12] = [
    actor("admin@wide-world-importers", Org::Customer, Rank::Agent),
    actor("helpdesk@tailspin", Org::Tailspin, Rank::Agent),
    actor("admin@tailspin", Org::Tailspin, Rank::Agent),
    actor("support@tailspin", Org::Tailspin, Rank::Agent),
    actor("sales@tailspin", Org::Tailspin, Rank::Sales),
    actor("helpdesk@fabrikam", Org::Fabrikam, Rank::Agent),
    actor("helpdesk@wingtip", Org::Wingtip, Rank::Agent),
    actor("lead@northwind", Org::Northwind, Rank::Agent),
    actor("auditor@northwind", Org::Northwind, Rank::Auditor),
    actor("helpdesk@litware", Org::Litware, Rank::Agent),
    actor("sales@litware", Org::Litware, Rank::Sales),
    actor("admin@lamna", Org::Lamna, Rank::Agent),
];

/// A hop.
#[derive(Clone, Debug)]
pub struct Hop {
    /// Global id.
    pub id: String,
    /// The hop by which its sender holds the case.
    pub parent: Option<usize>,
    /// From whom.
    pub from: Org,
    /// To whom; none for the vendor.
    pub to: Option<Org>,
    /// Its state, as the graph says it.
    pub state: &'static str,
    /// What was asked.
    pub asked: String,
    /// Why it ended.
    pub reason: Option<String>,
    /// When it began, in minutes.
    pub since: i64,
    /// When it is due, in minutes.
    pub due: i64,
    /// When it is over unanswered.
    pub expires: Option<i64>,
    /// Whether it was answered.
    pub is_answered: bool,
    /// Whether its time passed.
    pub is_breached: bool,
}

impl Hop {
    /// Whether it lasts.
    pub fn is_live(&self) -> bool {
        matches!(self.state, "REQUESTED" | "ACCEPTED")
    }

    fn waits_until(&self) -> Option<i64> {
        (self.is_live() && !self.is_answered).then_some(self.due)
    }
}

/// Something in the timeline.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What, as the graph says it.
    pub kind: &'static str,
    /// Of a note: for whom.
    pub visibility: Option<&'static str>,
    /// What was given.
    pub text: Option<String>,
    /// Who reads it.
    pub readers: BTreeSet<Org>,
    /// Whether it belongs to a hop.
    pub is_of_hop: bool,
    /// Whether the named partner wrote it for the chain.
    pub is_for_chain: bool,
}

/// What stands on a request's face for one organisation.
#[derive(Clone, Debug, PartialEq)]
pub struct Face {
    pub status: String,
    pub tier: String,
    pub severity: String,
    pub due: Option<i64>,
    pub is_breached: bool,
    pub diagnosis: Option<String>,
    pub contact: Option<String>,
    pub resolution: Option<String>,
    pub merged_into: Option<String>,
}

/// A hop as one organisation sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct SeenHop {
    pub state: String,
    pub to: Option<String>,
    pub asked: Option<String>,
    pub reason: Option<String>,
    pub due: Option<i64>,
    pub is_breached: bool,
}

/// All that one organisation sees of a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    pub face: Face,
    pub hops: Vec<SeenHop>,
    /// Visibility and text.
    pub notes: Vec<(String, String)>,
    /// Kind and text.
    pub timeline: Vec<(String, Option<String>)>,
}

/// As what an organisation takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Party {
    Customer,
    Named,
    /// It holds the case.
    Tier,
    /// It did.
    Former,
}

/// A request.
#[derive(Clone, Debug)]
pub struct Request {
    pub id: String,
    pub named: Org,
    pub severity: &'static str,
    pub seller: Option<Org>,
    pub contact: Option<String>,
    pub diagnosis: Option<String>,
    /// When that was said.
    pub diagnosed: i64,
    pub status: &'static str,
    pub due: Option<i64>,
    /// By when the customer has to be answered.
    pub promised: Option<i64>,
    /// Minutes that were left when the clock was stopped.
    pub left: Option<i64>,
    pub is_breached: bool,
    pub resolution: Option<String>,
    pub merged_into: Option<String>,
    /// Who works on it, by organisation.
    pub owners: BTreeMap<Org, &'static str>,
    pub hops: Vec<Hop>,
    pub entries: Vec<Entry>,
    /// What former tiers keep.
    pub kept: BTreeMap<Org, Face>,
}

impl Request {
    /// Neither resolved nor closed.
    pub fn is_open(&self) -> bool {
        !matches!(self.status, "RESOLVED" | "CLOSED")
    }

    /// The live hop to a provider.
    pub fn provider_hop(&self) -> Option<usize> {
        self.hops.iter().position(|hop| hop.is_live() && hop.to.is_some())
    }

    /// The live hop that an organisation began.
    pub fn hop_from(&self, org: Org) -> Option<usize> {
        self.hops.iter().position(|hop| hop.is_live() && hop.from == org)
    }

    /// The provider that holds the case.
    pub fn tier(&self) -> Option<Org> {
        self.provider_hop().and_then(|hop| self.hops[hop].to)
    }

    /// As what an organisation takes part; none if it never did.
    pub fn party(&self, org: Org) -> Option<Party> {
        if org == Org::Customer {
            return Some(Party::Customer);
        }
        if org == self.named {
            return Some(Party::Named);
        }
        let has_been = self.hops.iter().any(|hop| hop.to == Some(org));
        has_been.then(|| if self.tier() == Some(org) { Party::Tier } else { Party::Former })
    }

    /// Whether somebody reads it.
    pub fn reads(&self, actor: &Actor) -> bool {
        match (self.party(actor.org), actor.rank) {
            (None, _) | (_, Rank::Sales) => false,
            (Some(_), Rank::Agent) => true,
            (Some(party), Rank::Auditor) => party == Party::Former,
        }
    }

    /// Those who take part now.
    pub fn present(&self) -> BTreeSet<Org> {
        [Some(Org::Customer), Some(self.named), self.tier()].into_iter().flatten().collect()
    }

    /// Its face for an organisation that takes part, or did until this moment.
    pub fn face(&self, org: Org) -> Face {
        let is_partner = org != Org::Customer;
        let (tier, due, is_breached) = match org {
            Org::Customer => ("PARTNER", self.promised, false),
            _ if org == self.named => self.stands_for_named(),
            _ => self.stands_for_tier(org),
        };
        Face {
            status: self.status.to_owned(),
            tier: tier.to_owned(),
            severity: self.severity.to_owned(),
            due,
            is_breached,
            diagnosis: self.diagnosis.clone().filter(|_| is_partner && self.reads_findings(org)),
            contact: self.contact.clone().filter(|_| is_partner),
            resolution: self.resolution.clone().filter(|_| !is_partner || org == self.named),
            merged_into: self.merged_into.clone().filter(|_| !is_partner || org == self.named),
        }
    }

    /// A tier reads findings from before any hop, or since its own began.
    fn reads_findings(&self, org: Org) -> bool {
        let own = self.hops.iter().rev().find(|hop| hop.to == Some(org));
        org == self.named
            || self.hops.first().is_some_and(|first| self.diagnosed <= first.since)
            || own.is_some_and(|own| self.diagnosed >= own.since)
    }

    fn stands_for_named(&self) -> (&'static str, Option<i64>, bool) {
        let to_vendor = self.hops.iter().any(|hop| hop.is_live() && hop.to.is_none());
        let tier = match (to_vendor, self.provider_hop()) {
            (true, _) => "VENDOR",
            (false, Some(_)) => "PROVIDER",
            (false, None) => "PARTNER",
        };
        let own = self.hop_from(self.named).map(|hop| &self.hops[hop]);
        match own {
            Some(hop) if self.due.is_none() => (tier, hop.waits_until(), hop.is_breached || self.is_breached),
            _ => (tier, self.due, self.is_breached),
        }
    }

    fn stands_for_tier(&self, org: Org) -> (&'static str, Option<i64>, bool) {
        let Some(own) = self.hops.iter().rev().find(|hop| hop.to == Some(org)) else {
            return ("PROVIDER", None, false);
        };
        let onward = self.hop_from(org).filter(|_| own.is_live()).map(|hop| &self.hops[hop]);
        let due = own.waits_until().or(onward.and_then(Hop::waits_until));
        let is_breached = own.is_breached || onward.is_some_and(|hop| hop.is_breached);
        (if onward.is_some() { "VENDOR" } else { "PROVIDER" }, due, is_breached)
    }

    /// All that an organisation sees of it.
    pub fn seen_by(&self, org: Org, now: i64) -> Option<Seen> {
        let party = self.party(org)?;
        let mut face = match party {
            Party::Former => self.kept[&org].clone(),
            _ => self.face(org),
        };
        if party != Party::Former && self.is_open() {
            face.is_breached |= face.due.is_some_and(|due| due <= now);
        }
        let read = || self.entries.iter().filter(|entry| entry.readers.contains(&org));
        let note =
            |entry: &Entry| Some((entry.visibility?.to_owned(), entry.text.clone().unwrap_or_default()));
        Some(Seen {
            face,
            hops: self.hops.iter().filter_map(|hop| self.seen_hop(hop, org, now)).collect(),
            notes: read().filter_map(note).collect(),
            timeline: read().map(|entry| (entry.kind.to_owned(), entry.text.clone())).collect(),
        })
    }

    fn seen_hop(&self, hop: &Hop, org: Org, now: i64) -> Option<SeenHop> {
        let is_end = hop.from == org || hop.to == Some(org);
        if org == Org::Customer || !(is_end || org == self.named) {
            return None;
        }
        Some(SeenHop {
            state: hop.state.to_owned(),
            to: hop.to.map(|to| to.name().to_owned()),
            asked: Some(hop.asked.clone()).filter(|_| is_end),
            reason: hop.reason.clone().filter(|_| is_end),
            due: Some(hop.due),
            is_breached: hop.is_breached || hop.waits_until().is_some_and(|due| due <= now),
        })
    }
}
