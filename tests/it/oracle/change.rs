//! Facts that end, one after the other, each second one: answers must follow at the next request.

use super::ask::Checks;
use super::facts::{Assignment, Consent, Relationship, Restriction, Said, Span, What};
use super::people::NOW;
use super::rights::ADMIN;
use super::says::{
    Capture, SaidAssignment, SaidCustomer, SaidIndirect, SaidPartnership, SaidRelationship, Told,
};
use super::truth::{Reader, View};
use super::world::World;
use entity::{AccountId, GroupId, Timestamp};
use partner_gateway::access::directory;
use partner_gateway::error::Result;

/// What is done with support requests between two endings.
const DEEDS: usize = 4;

/// What ends.
#[derive(Clone, Copy, Debug)]
pub enum Change {
    Restriction,
    Membership,
    Relationship,
    Assignment,
    Link,
    Consent,
    Partnership,
    Relation,
    Unlisted,
    Account,
}

/// In this order: what takes most away comes last.
pub const ALL: [Change; 10] = [
    Change::Partnership,
    Change::Assignment,
    Change::Relationship,
    Change::Link,
    Change::Consent,
    Change::Restriction,
    Change::Relation,
    Change::Unlisted,
    Change::Membership,
    Change::Account,
];

impl World {
    /// Lets each thing end and asks those whom it concerns, and a stranger.
    pub async fn end_things(&mut self, checks: &mut Checks) -> Result<()> {
        for (number, change) in ALL.into_iter().enumerate() {
            let at = NOW + (number as i64 + 1) * Timestamp::SECOND;
            let before = self.facts.clone();
            self.test.set_clock(Timestamp(at));
            let concerned = match change {
                Change::Membership => self.end_membership(at).await?,
                Change::Account => self.end_account(at).await?,
                Change::Restriction => self.begin_restriction(at).await?,
                Change::Consent => self.withdraw_consent(at).await?,
                _ => self.end_by_capture(change, at).await?,
            };
            let Some(concerned) = concerned else { continue };
            checks.see("something ended", 1);
            let stranger = self.dice.below(self.facts.accounts.len());
            for account in concerned.into_iter().chain([stranger]) {
                let reader = Reader { account: Some(account), ..Reader::default() };
                let after = self.ask_lists(&reader, checks).await;
                self.ask_health(&reader, checks).await;
                self.ask_support(&reader, checks).await;
                let saw = View::of(&before, at, &reader).customers().len();
                let sees = after.data["customers"]["nodes"].as_array().map_or(0, Vec::len);
                checks.see("customers lost", saw.saturating_sub(sees));
            }
            self.work_on(DEEDS, checks).await?;
        }
        Ok(())
    }

    /// An Admin agent of a partner who is in a plain group besides.
    pub fn engineer(&self, partner: usize) -> Option<usize> {
        let all = self.facts.accounts_of(self.facts.partners[partner].tenant);
        let is_in = |account: usize, role: Option<&str>| {
            let mut groups = self.facts.memberships.iter().filter(|m| m.account == account);
            groups.any(|m| self.facts.groups[m.group].role == role)
        };
        all.into_iter().find(|account| is_in(*account, Some(ADMIN)) && is_in(*account, None))
    }

    /// Its engineer, and somebody else.
    fn staff(&mut self, partner: usize) -> Vec<usize> {
        let all = self.facts.accounts_of(self.facts.partners[partner].tenant);
        let mut staff: Vec<usize> = self.engineer(partner).into_iter().collect();
        staff.push(*self.dice.pick(&all));
        staff
    }

    /// Somebody who lists customers, and which.
    fn somebody_busy(&mut self, at: i64) -> Option<(usize, Vec<usize>)> {
        for _ in 0..100 {
            let account = self.dice.below(self.facts.accounts.len());
            let reader = Reader { account: Some(account), ..Reader::default() };
            let seen = View::of(&self.facts, at, &reader).customers();
            let seen: Vec<usize> = seen.into_iter().map(|word| word.customer).collect();
            if !seen.is_empty() {
                return Some((account, seen));
            }
        }
        None
    }

    fn any_of<T>(&mut self, all: Vec<T>) -> Option<T> {
        if all.is_empty() {
            return None;
        }
        let place = self.dice.below(all.len());
        all.into_iter().nth(place)
    }

    async fn end_membership(&mut self, at: i64) -> Result<Option<Vec<usize>>> {
        let facts = &self.facts;
        let live = facts.memberships.iter().enumerate().filter(|(_, m)| m.span.holds(at));
        let counts = live.filter(|(_, m)| {
            let account = &facts.accounts[m.account];
            account.span.holds(at)
                && account.kind != "guest"
                && facts.groups[m.group].role != Some("support_leads")
        });
        let places: Vec<usize> = counts.map(|(place, _)| place).collect();
        let Some(place) = self.any_of(places) else { return Ok(None) };
        let membership = self.facts.memberships[place].clone();
        let group = GroupId(self.facts.groups[membership.group].id);
        let account = AccountId(self.facts.accounts[membership.account].id);
        directory::end_membership(self.db(), group, account, Timestamp(at)).await?;
        let pair = (membership.account, membership.group);
        let known = self.facts.memberships.iter_mut();
        known.filter(|m| (m.account, m.group) == pair && m.span.until > at).for_each(|m| m.span.until = at);
        Ok(Some(vec![membership.account]))
    }

    async fn end_account(&mut self, at: i64) -> Result<Option<Vec<usize>>> {
        let Some((account, _)) = self.somebody_busy(at) else { return Ok(None) };
        let id = AccountId(self.facts.accounts[account].id);
        directory::end_account(self.db(), id, Timestamp(at)).await?;
        self.facts.accounts[account].span.until = at;
        Ok(Some(vec![account]))
    }

    /// Restricts a group of somebody on a customer that it sees.
    async fn begin_restriction(&mut self, at: i64) -> Result<Option<Vec<usize>>> {
        let Some((account, seen)) = self.somebody_busy(at) else { return Ok(None) };
        let mut memberships = self.facts.memberships.iter();
        let Some(membership) = memberships.find(|m| m.account == account && m.span.holds(at)) else {
            return Ok(None);
        };
        let (group, customer) = (membership.group, *self.dice.pick(&seen));
        self.restrict(Restriction { group, customer, name: "no_access", span: Span::open(at) }).await?;
        Ok(Some(vec![account]))
    }

    async fn withdraw_consent(&mut self, at: i64) -> Result<Option<Vec<usize>>> {
        let live: Vec<Consent> = self.facts.consents.iter().filter(|c| c.span.holds(at)).cloned().collect();
        let Some(mut consent) = self.any_of(live) else { return Ok(None) };
        consent.span.until = at;
        let provider = consent.provider;
        self.consent(consent).await?;
        Ok(Some(self.staff(provider)))
    }

    async fn end_by_capture(&mut self, change: Change, at: i64) -> Result<Option<Vec<usize>>> {
        let said = match change {
            Change::Partnership => self.ending_partnership(),
            Change::Assignment => self.ending_assignment(at),
            Change::Relationship => self.ending_relationship(at),
            Change::Link => self.ending_link(at),
            Change::Relation => self.ending_relation(at, false),
            _ => self.ending_relation(at, true),
        };
        let Some((capture, concerned)) = said else { return Ok(None) };
        self.say(&Capture { as_of: at, ..capture }).await?;
        Ok(Some(self.staff(concerned)))
    }

    fn live(&self, at: i64, is_wanted: impl Fn(&Said) -> bool) -> Vec<Said> {
        self.facts.said.iter().filter(|s| s.span.holds(at) && is_wanted(s)).cloned().collect()
    }

    /// A partnership's end takes nothing from anybody.
    fn ending_partnership(&mut self) -> Option<(Capture, usize)> {
        let live = self.live(NOW, |s| matches!(s.what, What::Partnership { .. }));
        let ended = self.any_of(live)?;
        let What::Partnership { provider, reseller } = ended.what else { return None };
        let other_is_provider = ended.source == reseller;
        let other = if other_is_provider { provider } else { reseller };
        let named = self.facts.namings.iter().find(|n| (n.source, n.partner) == (ended.source, other))?;
        let said = SaidPartnership { other, other_is_provider, name: named.name.clone(), is_active: false };
        let capture = Capture { source: ended.source, partnerships: vec![said], ..Capture::default() };
        Some((capture, provider))
    }

    fn ending_link(&mut self, at: i64) -> Option<(Capture, usize)> {
        let live = self.live(at, |s| matches!(s.what, What::Indirect { .. }));
        let ended = self.any_of(live)?;
        let What::Indirect { customer, provider, reseller } = ended.what else { return None };
        let other_is_provider = ended.source == reseller;
        let other = if other_is_provider { provider } else { reseller };
        let said = SaidIndirect { customer, other, other_is_provider, holds: false };
        let capture = Capture { source: ended.source, indirect: vec![said], ..Capture::default() };
        Some((capture, provider))
    }

    fn said_again(&self, source: usize, customer: usize, relation: Told) -> Option<SaidCustomer> {
        let word = self.facts.words.iter().find(|w| (w.source, w.customer) == (source, customer))?;
        let (name, primary, domains, city) = (word.name.clone(), None, Vec::new(), None);
        Some(SaidCustomer { customer, name, primary, domains, city, relation, privilege: None })
    }

    /// A relation that a capture ends by its word, or that a complete list leaves out.
    fn ending_relation(&mut self, at: i64, by_absence: bool) -> Option<(Capture, usize)> {
        let live = self.live(at, |s| matches!(s.what, What::Relation { kind: "reseller", .. }));
        let ended = self.any_of(live)?;
        let (source, What::Relation { customer, .. }) = (ended.source, ended.what) else { return None };
        let mut customers = Vec::new();
        if by_absence {
            for other in self.live(at, |s| s.source == source) {
                let What::Relation { customer: listed, kind } = other.what else { continue };
                if listed != customer {
                    customers.push(self.said_again(source, listed, Told::Holds(kind))?);
                }
            }
        } else {
            customers.push(self.said_again(source, customer, Told::Ended)?);
        }
        // A complete list of nobody is left out by the import too.
        (!customers.is_empty())
            .then(|| (Capture { source, customers, is_complete: by_absence, ..Capture::default() }, source))
    }

    fn is_live(relationship: &Relationship, at: i64) -> bool {
        let began =
            relationship.activated.is_some_and(|from| Span { from, until: relationship.ends }.holds(at));
        began && relationship.status == "active" && relationship.customer.is_some()
    }

    fn ending_relationship(&mut self, at: i64) -> Option<(Capture, usize)> {
        let live = self.facts.relationships.iter().filter(|r| Self::is_live(r, at));
        let live: Vec<Relationship> = live.cloned().collect();
        let ended = self.any_of(live)?;
        let said = SaidRelationship {
            external: ended.external,
            name: ended.name,
            customer: ended.customer,
            customer_name: None,
            creator: ended.creator,
            is_pending: ended.is_pending,
            status: "terminated",
            activated: ended.activated,
            ends: Some(at),
            roles: ended.roles,
        };
        let capture = Capture { source: ended.source, relationships: vec![said], ..Capture::default() };
        Some((capture, ended.source))
    }

    fn ending_assignment(&mut self, at: i64) -> Option<(Capture, usize)> {
        let facts = &self.facts;
        let counts = facts.assignments.iter().filter(|a| {
            let relationship = &facts.relationships[a.relationship];
            a.status == "active" && a.span.holds(at) && Self::is_live(relationship, at)
        });
        let all: Vec<Assignment> = counts.cloned().collect();
        let ended = self.any_of(all)?;
        let said = SaidAssignment {
            external: ended.external,
            relationship: self.facts.relationships[ended.relationship].external.clone(),
            group: ended.group,
            status: "deleted",
            created: None,
            roles: ended.roles,
        };
        let capture = Capture { source: ended.source, assignments: vec![said], ..Capture::default() };
        Some((capture, ended.source))
    }
}
