//! Single situations by hand, each one that a random world meets too, but seldom or among much else.

use super::dice::Dice;
use super::facts::{Account, Customer, DAY, Facts, Group, Membership, Naming, Partner, Span};
use super::people::{FOUNDED, NOW};
use super::plan::Plan;
use super::rights::{ADMIN, OWNER};
use super::says::{Capture, SaidCustomer, SaidIndirect, SaidPartnership, SaidSubscription, Told};
use super::truth::Reader;
use super::world::World;
use crate::harness::nodes;
use entity::{PartnerId, Timestamp};
use partner_gateway::access::action::Action;
use partner_gateway::access::{directory, explain};
use partner_gateway::db::derive;
use partner_gateway::ingest::Ingest;
use partner_gateway::subscriptions;
use partner_gateway::subscriptions::record::SubscriptionRecord;
use serde_json::{Value, json};
use uuid::Uuid;

/// Who there is; everybody has always been there.
#[derive(Default)]
struct Cast {
    facts: Facts,
    numbers: u128,
}

impl Cast {
    fn id(&mut self) -> Uuid {
        self.numbers += 1;
        Uuid::from_u128((0xED6E_u128 << 64) + self.numbers)
    }

    fn partner(&mut self, kind: &'static str, name: &str) -> usize {
        let (place, id, tenant) = (self.facts.partners.len(), self.id(), self.id());
        let (name, mpn) = (name.to_owned(), (2_000_000 + place).to_string());
        let naming = Naming { source: place, partner: place, name: name.clone(), as_of: FOUNDED };
        self.facts.namings.push(naming);
        self.facts.partners.push(Partner { id, tenant, name, kind, mpn });
        place
    }

    /// A customer, in a tenant of its own or in a partner's.
    fn customer(&mut self, partner: Option<usize>) -> usize {
        let (id, own) = (self.id(), self.id());
        let tenant = partner.map_or(own, |partner| self.facts.partners[partner].tenant);
        self.facts.customers.push(Customer { id, tenant });
        self.facts.customers.len() - 1
    }

    /// An account of a tenant in new groups with these roles.
    fn account(&mut self, tenant: Uuid, roles: &[Option<&'static str>]) -> usize {
        let (account, object, span) = (self.facts.accounts.len(), self.id(), Span::open(FOUNDED));
        let (id, kind, name) = (Uuid::nil(), "member", format!("account {account}"));
        self.facts.accounts.push(Account { id, tenant, object, kind, span, name });
        for role in roles {
            let (group, object) = (self.facts.groups.len(), self.id());
            self.facts.groups.push(Group { id, tenant, object, role: *role, is_late: false });
            self.facts.memberships.push(Membership { account, group, span });
        }
        account
    }

    fn tenant(&self, partner: usize) -> Uuid {
        self.facts.partners[partner].tenant
    }

    /// The world after these captures, ten days ago.
    async fn world(self, captures: Vec<Capture>) -> World {
        let (consents, later, restrictions) = (Vec::new(), Vec::new(), Vec::new());
        let plan = Plan { facts: self.facts, captures, consents, later, restrictions };
        World::of(plan, Dice::new(0), 0).await.unwrap()
    }
}

fn capture(source: usize) -> Capture {
    Capture { source, as_of: NOW - 10 * DAY, ..Capture::default() }
}

fn sold(customer: usize, name: &str) -> SaidCustomer {
    let (primary, domains, city, privilege) = (None, Vec::new(), None, None);
    let relation = Told::Holds("reseller");
    SaidCustomer { customer, name: name.into(), primary, domains, city, relation, privilege }
}

fn partnership(other: usize, other_is_provider: bool, name: &str) -> SaidPartnership {
    SaidPartnership { other, other_is_provider, name: name.into(), is_active: true }
}

async fn ask(world: &World, account: usize, query: &str, variables: Value) -> Value {
    let reader = Reader { account: Some(account), ..Reader::default() };
    world.viewer(&reader).ask_with(query, variables).await.data().clone()
}

#[tokio::test]
async fn a_tenant_that_is_partner_and_customer_lists_a_partner_once_by_its_own_name_for_it() {
    let mut cast = Cast::default();
    let provider = cast.partner("indirect_provider", "Zz Provider");
    let both = cast.partner("indirect_reseller", "Mm Both");
    let customer = cast.customer(Some(both));
    let account = cast.account(cast.tenant(both), &[Some(ADMIN), Some(OWNER)]);
    let tenants = [cast.tenant(provider), cast.tenant(both)];
    let mut by_provider = capture(provider);
    by_provider.customers.push(sold(customer, "Both"));
    let mut by_both = capture(both);
    by_both.partnerships.push(partnership(provider, true, "Aa Provider"));
    let world = cast.world(vec![by_provider, by_both]).await;
    let data = ask(&world, account, "{ partners(first: 10) { nodes { tenantId name } } }", json!({})).await;
    let expected = json!([
        { "tenantId": tenants[0], "name": "Aa Provider" },
        { "tenantId": tenants[1], "name": "Mm Both" },
    ]);
    assert_eq!(data["partners"]["nodes"], expected);
}

#[tokio::test]
async fn staff_of_a_partner_learn_of_other_partners_of_its_own_tenant_by_a_role_of_the_customer_alone() {
    let mut cast = Cast::default();
    let provider = cast.partner("indirect_provider", "Provider");
    let both = cast.partner("indirect_reseller", "Both");
    let customer = cast.customer(Some(both));
    let agent = cast.account(cast.tenant(both), &[Some(ADMIN)]);
    let owner = cast.account(cast.tenant(both), &[Some(ADMIN), Some(OWNER)]);
    let mut by_provider = capture(provider);
    by_provider.customers.push(sold(customer, "Both"));
    let mut by_both = capture(both);
    by_both.partnerships.push(partnership(provider, true, "Provider"));
    by_both.customers.push(sold(customer, "Both"));
    let world = cast.world(vec![by_provider, by_both]).await;
    let query = "{ customers(first: 9) { nodes { partners(first: 9) { nodes { name } } } }
        partners(first: 9, filter: { name: { eq: \"provider\" } }) { nodes { customers(first: 9) { nodes { name } } } } }";
    for (account, served) in [(agent, 0), (owner, 1)] {
        let data = ask(&world, account, query, json!({})).await;
        assert_eq!(nodes(&data, "/customers").len(), 1);
        assert_eq!(nodes(&data, "/customers/nodes/0/partners").len(), 1 + served, "{data:#}");
        assert_eq!(nodes(&data, "/partners/nodes/0/customers").len(), served, "{data:#}");
    }
}

#[tokio::test]
async fn an_account_that_has_ended_is_explained_as_denied() {
    let mut cast = Cast::default();
    let partner = cast.partner("direct_bill", "Partner");
    let customer = cast.customer(None);
    let account = cast.account(cast.tenant(partner), &[Some(ADMIN)]);
    let mut said = capture(partner);
    said.customers.push(sold(customer, "Customer"));
    let world = cast.world(vec![said]).await;
    let who = &world.facts.accounts[account];
    let about = entity::CustomerId(world.facts.customers[customer].id);
    for (is_over, allowed) in [(false, true), (true, false)] {
        if is_over {
            let id = entity::AccountId(who.id);
            directory::end_account(world.db(), id, Timestamp(NOW)).await.unwrap();
        }
        let policy = world.test.app.policy.current();
        let known = explain::account(world.db(), who.tenant, who.object).await.unwrap();
        let verdicts = match known {
            Some(id) => {
                let action = Action::CustomerList;
                explain::explain(world.db(), &policy, id, Some(about), action).await.unwrap().verdicts
            }
            None => Vec::new(),
        };
        assert_eq!(verdicts.iter().any(|verdict| verdict.is_allowed), allowed, "{verdicts:?}");
    }
}

#[tokio::test]
async fn derived_grants_follow_when_a_capture_names_a_tenant_as_a_partner_for_the_first_time() {
    let mut cast = Cast::default();
    let partner = cast.partner("direct_bill", "Partner");
    let customer = cast.customer(None);
    let tenant = cast.facts.customers[customer].tenant;
    cast.account(tenant, &[Some(OWNER), None]);
    let mut said = capture(partner);
    said.customers.push(sold(customer, "Customer"));
    let world = cast.world(vec![said]).await;
    let source = PartnerId(world.facts.partners[partner].id);
    let mut ingest =
        Ingest::begin(world.db(), source, "partner_center", Timestamp(NOW), false).await.unwrap();
    let record = SubscriptionRecord {
        customer_tenant_id: tenant,
        external_id: "supported-by-itself".into(),
        status: "active",
        support_contact_tenant_id: Some(tenant),
        ..SubscriptionRecord::default()
    };
    subscriptions::ingest::subscriptions(&mut ingest, &[record]).await.unwrap();
    ingest.commit().await.unwrap();
    assert_eq!(derive::check(world.db()).await.unwrap(), Vec::new());
}

/// A provider and a reseller that have both said who serves the customer, each with its own name for it and its own
/// copy of one subscription. Gives the provider's Admin agent too.
async fn chain() -> (World, usize) {
    let mut cast = Cast::default();
    let provider = cast.partner("indirect_provider", "Provider");
    let reseller = cast.partner("indirect_reseller", "Reseller");
    let customer = cast.customer(None);
    let account = cast.account(cast.tenant(provider), &[Some(ADMIN)]);
    let copy = |label: &str, status| SaidSubscription {
        customer,
        external: "shared".into(),
        label: label.into(),
        status,
        seller: Some(provider),
        of_record: None,
        support: None,
        ends: None,
        renews: true,
        offer: "An offer",
        quantity: 1,
        unit: None,
    };
    let link = |other, other_is_provider| SaidIndirect { customer, other, other_is_provider, holds: true };
    let mut by_provider = capture(provider);
    by_provider.partnerships.push(partnership(reseller, false, "Reseller"));
    by_provider.customers.push(SaidCustomer { relation: Told::Unsaid, ..sold(customer, "By the provider") });
    by_provider.indirect.push(link(reseller, false));
    by_provider.subscriptions.push(copy("the provider's", "suspended"));
    let mut by_reseller = capture(reseller);
    by_reseller.partnerships.push(partnership(provider, true, "Provider"));
    by_reseller.customers.push(sold(customer, "By the reseller"));
    by_reseller.indirect.push(link(provider, true));
    by_reseller.subscriptions.push(copy("the reseller's", "active"));
    (cast.world(vec![by_provider, by_reseller]).await, account)
}

#[tokio::test]
async fn a_filter_on_subscriptions_sees_only_the_copy_that_is_shown() {
    let (world, account) = chain().await;
    let query = "query($s: CustomerSubscriptionStatus!) {
        customers(first: 9, filter: { subscriptions: { some: { status: { eq: $s } } } }) { nodes { name } }
        customerSubscriptions(first: 9, filter: { status: { eq: $s } }) { nodes { friendlyName } } }";
    for (status, found) in [("SUSPENDED", 1), ("ACTIVE", 0)] {
        let data = ask(&world, account, query, json!({ "s": status })).await;
        assert_eq!(nodes(&data, "/customerSubscriptions").len(), found, "{status}: {data:#}");
        assert_eq!(nodes(&data, "/customers").len(), found, "{status}: {data:#}");
    }
}

#[tokio::test]
async fn a_filter_on_the_customer_sees_only_the_name_that_is_shown() {
    let (world, account) = chain().await;
    let query = "query($n: String!) {
        customers(first: 9, filter: { name: { eq: $n } }) { nodes { name } }
        customerSubscriptions(first: 9, filter: { customer: { name: { eq: $n } } }) { nodes { friendlyName } } }";
    for (name, found) in [("By the provider", 1), ("By the reseller", 0)] {
        let data = ask(&world, account, query, json!({ "n": name })).await;
        assert_eq!(nodes(&data, "/customers").len(), found, "{name}: {data:#}");
        assert_eq!(nodes(&data, "/customerSubscriptions").len(), found, "{name}: {data:#}");
    }
}
