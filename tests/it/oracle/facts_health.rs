//! What sources said of service health, of incidents, messages and support requests: facts like all others, each as one
//! source said it. Also what the oracle knows of services: their names, who administers them, which offers bring them.

use super::facts::DAY;
use super::rights::Right;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Age from which data is stale.
pub const STALE_AFTER: i64 = 7 * DAY;
/// What an upstream says where it says something that nobody has documented.
pub const RAW: &str = "Gremlins";

/// A service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    Exchange,
    PowerBi,
    Identity,
    Suite,
    /// None that the vendor documents.
    Desk,
}

impl Service {
    /// Those that upstreams speak of.
    pub const SAID: [Service; 4] = [Service::Exchange, Service::PowerBi, Service::Suite, Service::Desk];

    /// What the graph calls it.
    pub fn name(self) -> &'static str {
        match self {
            Service::Exchange => "Exchange Online",
            Service::PowerBi => "Power BI",
            Service::Identity => "Microsoft Entra",
            Service::Suite => "Microsoft 365 suite",
            Service::Desk => "Quantum Desk",
        }
    }

    /// Id and name by which upstreams call it.
    pub fn upstream(self) -> (Option<&'static str>, &'static str) {
        match self {
            Service::Exchange => (Some("Exchange"), "Microsoft Exchange Online"),
            Service::PowerBi => (None, "Microsoft Power BI"),
            Service::Identity => (Some("OrgLiveID"), "Microsoft Entra"),
            Service::Suite => (Some("OSDPPlatform"), "Microsoft 365 suite"),
            Service::Desk => (None, "Quantum Desk"),
        }
    }

    /// The right to administer it; what nobody knows counts with Microsoft 365.
    pub fn administered_by(self) -> Right {
        match self {
            Service::Exchange => Right::Exchange,
            Service::PowerBi => Right::PowerPlatform,
            Service::Identity => Right::Identity,
            Service::Suite | Service::Desk => Right::Microsoft365,
        }
    }
}

/// The services that a subscription with an offer brings.
pub fn brought_by(offer: &str) -> &'static [Service] {
    match offer {
        "Exchange Online (Plan 1)" => &[Service::Exchange, Service::Identity, Service::Suite],
        "Power BI Pro" => &[Service::PowerBi, Service::Identity, Service::Suite],
        _ => &[],
    }
}

/// The shell that all sources share.
#[derive(Clone, Debug)]
pub struct Incident {
    pub id: Uuid,
    /// Upstream id.
    pub external: String,
}

/// What a body says of an incident.
#[derive(Clone, Debug)]
pub struct Body {
    pub title: String,
    pub service: Service,
    pub classification: &'static str,
    pub status: &'static str,
    pub is_resolved: bool,
    pub starts: i64,
    /// The upstream's own modification.
    pub modified: Option<i64>,
}

/// One source's copy of an incident.
#[derive(Clone, Debug)]
pub struct IncidentCopy {
    pub source: usize,
    pub incident: usize,
    pub body: Body,
    /// The modification, else the capture.
    pub version: i64,
    /// The first capture of that version.
    pub seen: i64,
    pub as_of: i64,
}

/// One source's publication on an incident.
#[derive(Clone, Debug)]
pub struct Post {
    pub source: usize,
    pub incident: usize,
    pub at: i64,
    pub text: String,
}

/// A source says that an incident affects a customer.
#[derive(Clone, Debug)]
pub struct Link {
    pub source: usize,
    pub incident: usize,
    pub customer: usize,
    pub since: i64,
}

/// One source's word on a service of a customer.
#[derive(Clone, Debug)]
pub struct Status {
    pub source: usize,
    pub customer: usize,
    pub service: Service,
    pub status: &'static str,
    pub as_of: i64,
}

/// How one source's latest look at a customer's health ended, and when it last saw something.
#[derive(Clone, Debug)]
pub struct Look {
    pub source: usize,
    pub customer: usize,
    pub at: i64,
    /// `seen`, `throttled` or `no_delegation`.
    pub outcome: &'static str,
    pub seen: Option<i64>,
}

/// One source's copy of a message.
#[derive(Clone, Debug)]
pub struct Message {
    pub source: usize,
    pub external: String,
    pub title: String,
    pub version: i64,
    pub as_of: i64,
}

/// A source says that a customer got a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    pub source: usize,
    pub customer: usize,
    pub external: String,
}

/// One source's word on a support request with the vendor.
#[derive(Clone, Debug)]
pub struct Request {
    pub source: usize,
    pub customer: usize,
    pub external: String,
    pub service: Option<Service>,
    pub status: &'static str,
    pub modified: Option<i64>,
    pub as_of: i64,
}

#[derive(Clone, Debug, Default)]
pub struct Health {
    pub incidents: Vec<Incident>,
    pub copies: Vec<IncidentCopy>,
    pub posts: Vec<Post>,
    pub links: Vec<Link>,
    pub statuses: Vec<Status>,
    pub looks: Vec<Look>,
    pub messages: Vec<Message>,
    pub sent: Vec<Sent>,
    pub requests: Vec<Request>,
}

impl Health {
    /// Moments at which a status becomes stale.
    pub fn instants(&self) -> BTreeSet<i64> {
        self.statuses.iter().map(|status| status.as_of + STALE_AFTER).collect()
    }
}

/// The raw word that goes with a code.
pub fn raw(code: &str) -> Option<&'static str> {
    (code == "other").then_some(RAW)
}
