//! Support requests of a random world: raised by customers' staff and by partners, handed on, given back, solved, closed;
//! over HTTP, by those who may and by others. Each deed is predicted, and what it does is kept among the facts.

use super::ask::Checks;
use super::facts_health::Service;
use super::facts_support::{Case, Party};
use super::people::NOW;
use super::plan::HOUR;
use super::says_support::{Deed, Doer};
use super::truth::{Reader, View};
use super::truth_support::Desk;
use super::world::World;
use super::world_health::service_name;
use entity::Timestamp;
use partner_gateway::db::sql::Sql;
use partner_gateway::error::Result;
use partner_gateway::graphql::Kind;
use partner_gateway::health::ingest::service_id;
use sea_orm::FromQueryResult;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Most requests of a world: all of them fit into one document.
const CASES: usize = 13;
/// Deeds before a world is first asked of.
const DEEDS: usize = 100;
/// Between two of them. All together take less than what is due first has time.
const BETWEEN: i64 = HOUR / 20;
/// Between later ones.
const SOON: i64 = 1_000;
/// Requests that are raised before anything else is done.
const FIRST: usize = 4;
/// A request on which so much was written is left alone: all of it fits into one page.
const MOST_ENTRIES: usize = 36;

#[derive(FromQueryResult)]
struct Version {
    version: i64,
}

/// A mutation that is to be sent, without its key.
struct Sent {
    mutation: &'static str,
    input: Value,
}

/// What stands in its payload besides the request.
fn beside(mutation: &str) -> &'static str {
    match mutation {
        "addSupportNote" => "note { id }",
        "escalateSupportRequest" => "escalation { id }",
        _ => "",
    }
}

impl World {
    /// Raises requests and works on them in the hours before now.
    pub async fn raise_and_work(&mut self, checks: &mut Checks) -> Result<()> {
        self.test.set_clock(Timestamp(NOW - (DEEDS as i64 + 1) * BETWEEN));
        for number in 0..DEEDS {
            self.test.set_clock(Timestamp(self.now() + BETWEEN));
            if number < FIRST || self.deeds.chance(10) {
                self.raise(checks).await;
            } else {
                self.work(checks).await?;
            }
        }
        Ok(())
    }

    /// A few further deeds.
    pub async fn work_on(&mut self, deeds: usize, checks: &mut Checks) -> Result<()> {
        for _ in 0..deeds {
            self.test.set_clock(Timestamp(self.now() + SOON));
            self.work(checks).await?;
        }
        Ok(())
    }

    fn by(&self, account: usize) -> (Reader, View<'_>) {
        let reader = Reader { account: Some(account), ..Reader::default() };
        let view = View::of(&self.facts, self.now(), &reader);
        (reader, view)
    }

    /// Mostly somebody of a tenant who may, if there is anybody; now and then anybody at all.
    fn somebody(&mut self, tenant: Uuid, may: impl Fn(&View<'_>) -> bool) -> usize {
        if self.deeds.chance(20) {
            return self.deeds.below(self.facts.accounts.len());
        }
        let staff = self.facts.accounts_of(tenant);
        let able: Vec<usize> = staff.iter().copied().filter(|account| may(&self.by(*account).1)).collect();
        let from = if able.is_empty() { &staff } else { &able };
        if from.is_empty() { self.deeds.below(self.facts.accounts.len()) } else { *self.deeds.pick(from) }
    }

    // ---- raising ----

    async fn raise(&mut self, checks: &mut Checks) {
        let at = self.now();
        let all = self.facts.resold(at);
        let provided: Vec<(usize, usize)> =
            all.iter().copied().filter(|(p, c)| !self.facts.providers(*p, *c, at).is_empty()).collect();
        let pairs = if !provided.is_empty() && self.deeds.chance(65) { provided } else { all };
        if pairs.is_empty() || self.facts.support.cases.len() >= CASES {
            return;
        }
        let (partner, customer) = *self.deeds.pick(&pairs);
        let (own, theirs) = (self.facts.customers[customer].tenant, self.facts.partners[partner].tenant);
        let by_customer = !self.facts.accounts_of(own).is_empty() && self.deeds.chance(40);
        let tenant = if by_customer { own } else { theirs };
        let account =
            self.somebody(tenant, |view| Desk::of(view).refusal_to_raise(customer, partner).is_none());
        let severity = *self.deeds.pick(&["CRITICAL", "MODERATE", "MINIMAL"]);
        let services = [Some(Service::Exchange), Some(Service::Exchange), Some(Service::Suite), None];
        let about = (severity, *self.deeds.pick(&services));
        self.raise_as(account, customer, partner, about, checks).await;
    }

    async fn raise_as(
        &mut self,
        account: usize,
        customer: usize,
        partner: usize,
        (severity, service): (&'static str, Option<Service>),
        checks: &mut Checks,
    ) {
        let number = self.facts.support.cases.len();
        let (title, description) =
            (format!("Invoice {number}"), format!("Seats that nobody ordered, {number}"));
        let (reader, view) = self.by(account);
        if view.account.is_none() {
            return;
        }
        let refused = Desk::of(&view).refusal_to_raise(customer, partner);
        let by_customer = view.customer == Some(customer) && view.partner != Some(partner);
        let contact = (!by_customer).then(|| format!("desk{partner}@desks.example"));
        let sealed = |kind: Kind, id: Uuid| self.test.app.sealer.id(kind as u8, id).unwrap();
        let input = json!({
            "customerId": sealed(Kind::Customer, self.facts.customers[customer].id),
            "partnerId": sealed(Kind::Partner, self.facts.partners[partner].id),
            "kind": "BILLING",
            "severity": severity,
            "serviceId": service.map(|service| sealed(Kind::Service, service_id(&service_name(service)).0)),
            "title": title,
            "description": description,
            "contact": contact.as_ref().map(|email| json!({ "name": "Desk", "email": email })),
        });
        let context =
            format!("{}: raise {number} of customer {customer} at {partner}", self.context(&reader));
        let sent = Sent { mutation: "raiseSupportRequest", input };
        let Some(payload) = self.send(&reader, sent, refused, &context, checks).await else { return };
        let text = |field: &str| payload["supportRequest"][field].as_str().unwrap_or_default().to_owned();
        let (global, at) = (text("id"), self.now());
        let id = self.test.app.sealer.open_id(&global).map_or(Uuid::nil(), |(_, id)| id);
        let mut case = Case {
            id,
            global,
            number: text("number"),
            customer,
            partner,
            by_customer,
            service,
            at,
            severity,
            description,
            title,
            status: "NEW",
            owner: None,
            diagnosis: None,
            diagnosed: 0,
            contact,
            resolution: None,
            hops: Vec::new(),
            entries: Vec::new(),
            faces: BTreeMap::new(),
        };
        let party = if by_customer { Party::Customer } else { Party::Named };
        case.raised(Doer { account, party, at });
        self.facts.support.cases.push(case);
    }

    // ---- working ----

    async fn work(&mut self, checks: &mut Checks) -> Result<()> {
        if self.facts.support.cases.is_empty() {
            return Ok(());
        }
        let all = 0..self.facts.support.cases.len();
        let handed: Vec<usize> =
            all.filter(|place| !self.facts.support.cases[*place].hops.is_empty()).collect();
        let place = match !handed.is_empty() && self.deeds.chance(50) {
            true => *self.deeds.pick(&handed),
            false => self.deeds.below(self.facts.support.cases.len()),
        };
        let options = self.options(place);
        if options.is_empty() {
            return Ok(());
        }
        let (party, deed) = self.deeds.pick(&options).clone();
        let case = self.facts.support.cases[place].clone();
        let tenant = match case.partner_of(party) {
            Some(partner) => self.facts.partners[partner].tenant,
            None => self.facts.customers[case.customer].tenant,
        };
        let account = self.somebody(tenant, |view| {
            let is_of_party = Desk::of(view).shown(&case).is_some_and(|shown| shown.party == party);
            is_of_party && Desk::of(view).refusal(&case, &deed).is_none()
        });
        self.do_as(account, place, &case, &deed, checks).await
    }

    /// What the state of a request lets its parties do, what brings it on more than once. What is written tells request and
    /// moment.
    fn options(&self, place: usize) -> Vec<(Party, Deed)> {
        let (case, at) = (&self.facts.support.cases[place], self.now());
        if case.entries.len() >= MOST_ENTRIES {
            return Vec::new();
        }
        let say = |what: &str| format!("{what} {place} at {}", at - NOW);
        let mut deeds = vec![
            Deed::Diagnose(say("Found")),
            Deed::Retitle(format!("Invoice {place} again {}", at - NOW)),
            Deed::Note("ORG", say("Own note")),
            Deed::Note("CHAIN", say("Chain note")),
            Deed::Note("VENDOR", say("Vendor note")),
            Deed::Note("CUSTOMER", say("Customer note")),
            Deed::Assign,
            Deed::Wait(say("Question")),
            Deed::Resolve(say("Done")),
            Deed::Close(say("Over")),
            Deed::Confirm,
            Deed::Reopen(say("Not done")),
        ];
        let providers = self.facts.providers(case.partner, case.customer, at);
        let is_reseller = !providers.is_empty();
        let fit = providers.into_iter().filter(|to| !self.facts.is_one_tenant(*to, case.customer));
        let mut onward: Vec<Deed> = fit.map(|to| Deed::HandTo(to, say("Please help"))).collect();
        onward.push(Deed::AskVendor(say("Please ask")));
        if case.diagnosis.is_none() {
            onward.push(Deed::Diagnose(say("Found")));
        }
        for hop in (0..case.hops.len()).filter(|hop| case.hops[*hop].lasts()) {
            onward.push(Deed::Accept(hop));
            deeds.extend([Deed::Return(hop, say("Back")), Deed::Withdraw(hop, say("Taken back"))]);
            let filings = if case.hops[hop].number.is_none() { &mut onward } else { &mut deeds };
            filings.extend(self.filings(case, hop));
        }
        deeds.extend([(); 4].iter().flat_map(|()| onward.clone()));
        let mut options = Vec::new();
        for party in case.parties() {
            // Whom a reseller serves through a provider it does not take to the vendor itself.
            let is_fit =
                |deed: &&Deed| !(is_reseller && party == Party::Named && matches!(deed, Deed::AskVendor(_)));
            let allowed = deeds.iter().filter(|deed| deed.needs(party).is_some() && case.allows(party, deed));
            options.extend(allowed.filter(is_fit).map(|deed| (party, deed.clone())));
        }
        options
    }

    /// A hop to the vendor, filed under the numbers that captures of vendor requests have.
    fn filings(&self, case: &Case, hop: usize) -> Vec<Deed> {
        let (from, customer) = (case.hops[hop].from, case.customer);
        let file = |number: usize| {
            let number = format!("REQ-{customer}-{number}");
            let mut all = self.facts.health.requests.iter();
            let said = all.find(|r| (r.source, r.customer, &r.external) == (from, customer, &number));
            Deed::File(hop, number, said.map(|request| request.status))
        };
        (0..2).map(file).collect()
    }

    async fn do_as(
        &mut self,
        account: usize,
        place: usize,
        case: &Case,
        deed: &Deed,
        checks: &mut Checks,
    ) -> Result<()> {
        let (reader, view) = self.by(account);
        let party = Desk::of(&view).shown(case).map(|shown| shown.party);
        let refused = Desk::of(&view).refusal(case, deed);
        // Who may do such a thing as another party meets a state that is not looked at here.
        let is_unclear = refused.is_none()
            && party
                .is_none_or(|party| !case.allows(party, deed) || case.is_assigned_so(party, account, deed));
        if view.account.is_none() || is_unclear {
            return Ok(());
        }
        let version = self.version(case.id, self.facts.accounts[account].tenant).await?;
        let context = format!("{}: {deed:?} on request {place}", self.context(&reader));
        let sent = self.mutation(account, party, case, deed, version);
        let mutation = sent.mutation;
        let Some(payload) = self.send(&reader, sent, refused, &context, checks).await else { return Ok(()) };
        let made = beside(mutation).split(' ').next().unwrap_or_default();
        let id = payload[made]["id"].as_str().unwrap_or_default();
        let Some(party) = party else { return Ok(()) };
        let doer = Doer { account, party, at: self.now() };
        self.facts.support.cases[place].apply(doer, deed, id);
        Ok(())
    }

    /// The version that a tenant sees; the first where it sees none.
    async fn version(&self, request: Uuid, tenant: Uuid) -> Result<i64> {
        let sql = Sql::new("SELECT version FROM support_view WHERE request_id = ").bind(request);
        let rows: Vec<Version> =
            self.db().unscoped_rows(sql.push(" AND reader_tenant_id = ").bind(tenant)).await?;
        Ok(rows.first().map_or(1, |row| row.version))
    }

    fn mutation(&self, account: usize, party: Option<Party>, case: &Case, deed: &Deed, version: i64) -> Sent {
        let other = "It is about money.";
        let (mutation, mut input) = match deed {
            Deed::Diagnose(text) => ("diagnoseSupportRequest", json!({ "text": text })),
            Deed::Retitle(title) => ("updateSupportRequest", json!({ "title": title })),
            Deed::Note(visibility, text) => {
                ("addSupportNote", json!({ "visibility": visibility, "text": text }))
            }
            Deed::Assign => {
                let id = &self.ids[&self.facts.accounts[account].id];
                ("assignSupportRequest", json!({ "accountId": id }))
            }
            Deed::Wait(question) => ("waitForCustomer", json!({ "question": question })),
            Deed::HandTo(to, reason) => {
                let id = &self.ids[&self.facts.partners[*to].id];
                let input = json!({ "reason": reason, "partnerId": id, "otherThanIncident": other });
                ("escalateSupportRequest", input)
            }
            Deed::AskVendor(reason) => {
                let input = json!({ "reason": reason, "vehicle": "COMMERCIAL", "otherThanIncident": other });
                ("escalateSupportRequest", input)
            }
            Deed::Accept(_) => ("acceptEscalation", json!({})),
            Deed::Return(_, reason) => ("returnEscalation", json!({ "reason": reason })),
            Deed::Withdraw(_, reason) => ("withdrawEscalation", json!({ "reason": reason })),
            Deed::File(_, number, _) => ("recordVendorRequest", json!({ "number": number })),
            Deed::Resolve(text) => ("resolveSupportRequest", json!({ "kind": "SOLVED", "text": text })),
            Deed::Close(text) => {
                // How it was solved is the partner's to say, once.
                let how = (party == Some(Party::Named) && case.is_open()).then_some("SOLVED");
                ("closeSupportRequest", json!({ "kind": how, "text": text }))
            }
            Deed::Confirm => ("confirmSupportRequest", json!({})),
            Deed::Reopen(reason) => ("reopenSupportRequest", json!({ "reason": reason })),
        };
        match deed.hop() {
            Some(hop) => input["escalationId"] = json!(case.hops[hop].id),
            None => input["supportRequestId"] = json!(case.global),
        }
        if deed.hop().is_none() && !matches!(deed, Deed::Note(..)) {
            input["version"] = json!(version);
        }
        Sent { mutation, input }
    }

    /// Sends it and compares what came of it with what was predicted. The payload, if it was done.
    async fn send(
        &self,
        reader: &Reader,
        sent: Sent,
        refused: Option<&str>,
        context: &str,
        checks: &mut Checks,
    ) -> Option<Value> {
        let Sent { mutation, mut input } = sent;
        input["idempotencyKey"] = json!(Uuid::new_v4());
        let (first, rest) = mutation.split_at(1);
        let ty = format!("{}{rest}Input", first.to_uppercase());
        let document = format!(
            "mutation($input: {ty}!) {{ {mutation}(input: $input) {{ supportRequest {{ id number }} {} \
             userErrors {{ field code message }} }} }}",
            beside(mutation)
        );
        let reply = self.viewer(reader).ask_with(&document, json!({ "input": input })).await;
        let payload = reply.body["data"][mutation].clone();
        let errors = payload["userErrors"].as_array().cloned().unwrap_or_default();
        let codes: Vec<&str> = errors.iter().filter_map(|error| error["code"].as_str()).collect();
        let expected: Vec<&str> = refused.into_iter().collect();
        let is_right = payload.is_object() && codes == expected;
        checks.expect(is_right, || format!("{context}: expected {expected:?}, answered {:#}", reply.body));
        checks.see("deed refused", usize::from(refused.is_some()));
        checks.see("deed done", usize::from(refused.is_none()));
        (is_right && refused.is_none()).then_some(payload)
    }
}
