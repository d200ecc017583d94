//! What a source says of service health in one capture, and what that changes of the facts. The newer modification
//! wins, then the later capture; posts of an incident and the customers that it affects only add up.

use super::facts::Facts;
use super::facts_health::{Body, IncidentCopy, Link, Look, Message, Post, Request, Sent, Service, Status};
use super::says::Capture;

#[derive(Clone, Debug, Default)]
pub struct SaidHealth {
    pub statuses: Vec<SaidStatus>,
    pub incidents: Vec<SaidIncident>,
    pub looks: Vec<SaidLook>,
    pub messages: Vec<SaidMessage>,
    pub requests: Vec<SaidRequest>,
}

impl SaidHealth {
    pub fn is_empty(&self) -> bool {
        let seen = self.statuses.len() + self.incidents.len() + self.looks.len();
        seen + self.messages.len() + self.requests.len() == 0
    }
}

#[derive(Clone, Debug)]
pub struct SaidStatus {
    pub customer: usize,
    pub service: Service,
    pub status: &'static str,
}

/// An incident as one tenant got it.
#[derive(Clone, Debug)]
pub struct SaidIncident {
    pub incident: usize,
    pub customer: usize,
    pub body: Body,
    /// When each was published, and what it says.
    pub posts: Vec<(i64, String)>,
}

/// A look that saw nothing.
#[derive(Clone, Debug)]
pub struct SaidLook {
    pub customer: usize,
    /// `throttled` or `no_delegation`.
    pub outcome: &'static str,
}

#[derive(Clone, Debug)]
pub struct SaidMessage {
    pub customer: usize,
    pub external: String,
    pub title: String,
    pub modified: Option<i64>,
}

#[derive(Clone, Debug)]
pub struct SaidRequest {
    pub customer: usize,
    pub external: String,
    pub service: Option<Service>,
    pub status: &'static str,
    pub modified: Option<i64>,
}

impl Facts {
    /// What is true after a source said this of service health.
    pub(super) fn apply_health(&mut self, capture: &Capture) {
        let said = &capture.health;
        said.statuses.iter().for_each(|said| self.status(capture, said));
        said.incidents.iter().for_each(|said| self.incident(capture, said));
        said.looks.iter().for_each(|said| {
            self.name(capture, said.customer, None);
            self.look(capture, said.customer, said.outcome);
        });
        said.messages.iter().for_each(|said| self.message(capture, said));
        said.requests.iter().for_each(|said| self.request(capture, said));
    }

    fn look(&mut self, capture: &Capture, customer: usize, outcome: &'static str) {
        let (source, at) = (capture.source, capture.as_of);
        let seen = (outcome == "seen").then_some(at);
        match self.health.looks.iter_mut().find(|l| (l.source, l.customer) == (source, customer)) {
            Some(known) => {
                known.seen = known.seen.max(seen);
                if known.at <= at {
                    (known.at, known.outcome) = (at, outcome);
                }
            }
            None => self.health.looks.push(Look { source, customer, at, outcome, seen }),
        }
    }

    fn status(&mut self, capture: &Capture, said: &SaidStatus) {
        let (source, as_of) = (capture.source, capture.as_of);
        let SaidStatus { customer, service, status } = *said;
        self.name(capture, customer, None);
        self.look(capture, customer, "seen");
        let key = (source, customer, service);
        match self.health.statuses.iter_mut().find(|s| (s.source, s.customer, s.service) == key) {
            Some(known) if known.as_of > as_of => {}
            Some(known) => (known.status, known.as_of) = (status, as_of),
            None => self.health.statuses.push(Status { source, customer, service, status, as_of }),
        }
    }

    fn incident(&mut self, capture: &Capture, said: &SaidIncident) {
        let (source, incident, as_of) = (capture.source, said.incident, capture.as_of);
        self.name(capture, said.customer, None);
        self.look(capture, said.customer, "seen");
        let version = said.body.modified.unwrap_or(as_of);
        let body = said.body.clone();
        match self.health.copies.iter_mut().find(|c| (c.source, c.incident) == (source, incident)) {
            Some(known) if (version, as_of) < (known.version, known.as_of) => {
                if version == known.version {
                    known.seen = known.seen.min(as_of);
                }
            }
            Some(known) => {
                let seen = if version == known.version { known.seen } else { as_of };
                *known = IncidentCopy { source, incident, body, version, seen, as_of };
            }
            None => {
                let copy = IncidentCopy { source, incident, body, version, seen: as_of, as_of };
                self.health.copies.push(copy);
            }
        }
        for (at, text) in said.posts.clone() {
            let mut known = self.health.posts.iter();
            if !known.any(|p| (p.source, p.incident, p.at) == (source, incident, at)) {
                self.health.posts.push(Post { source, incident, at, text });
            }
        }
        let (customer, since) = (said.customer, said.body.starts);
        let key = (source, incident, customer);
        match self.health.links.iter_mut().find(|l| (l.source, l.incident, l.customer) == key) {
            Some(known) => known.since = known.since.min(since),
            None => self.health.links.push(Link { source, incident, customer, since }),
        }
    }

    fn message(&mut self, capture: &Capture, said: &SaidMessage) {
        let (source, as_of) = (capture.source, capture.as_of);
        self.name(capture, said.customer, None);
        let version = said.modified.unwrap_or(as_of);
        let (external, title) = (said.external.clone(), said.title.clone());
        match self.health.messages.iter_mut().find(|m| m.source == source && m.external == external) {
            Some(known) if (version, as_of) < (known.version, known.as_of) => {}
            Some(known) => *known = Message { source, external, title, version, as_of },
            None => self.health.messages.push(Message { source, external, title, version, as_of }),
        }
        let sent = Sent { source, customer: said.customer, external: said.external.clone() };
        if !self.health.sent.contains(&sent) {
            self.health.sent.push(sent);
        }
    }

    fn request(&mut self, capture: &Capture, said: &SaidRequest) {
        let (source, customer, as_of) = (capture.source, said.customer, capture.as_of);
        self.name(capture, customer, None);
        let SaidRequest { external, service, status, modified, .. } = said.clone();
        let told = Request { source, customer, external, service, status, modified, as_of };
        let is_this = |r: &Request| (r.source, r.customer, &r.external) == (source, customer, &told.external);
        match self.health.requests.iter().position(is_this) {
            Some(place) => {
                let known = &mut self.health.requests[place];
                let is_older = match (modified, known.modified) {
                    (Some(new), Some(old)) if new != old => new < old,
                    _ => as_of < known.as_of,
                };
                if !is_older {
                    *known = told;
                }
            }
            None => self.health.requests.push(told),
        }
    }
}
