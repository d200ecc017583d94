//! A world in a gateway: the plan written through the gateway's own doors, beside the facts that must follow from it.

use super::dice::Dice;
use super::expect::{Ids, Thing};
use super::facts::{Consent, DAY, FOREVER, Facts, Membership, Restriction};
use super::lookups::Questions;
use super::people::FOUNDED;
use super::plan::{self, Plan};
use super::says::{
    Capture, SaidAssignment, SaidCustomer, SaidPartnership, SaidRelationship, SaidSubscription, Told,
};
use crate::harness::TestApp;
use entity::{AccountId, CustomerId, GroupId, PartnerId, Timestamp};
use partner_gateway::access::directory::{self, Organization};
use partner_gateway::customers::record::{CompanyRecord, CustomerRecord, IndirectRecord, RelationKind};
use partner_gateway::db::sql::Sql;
use partner_gateway::db::{Db, execute};
use partner_gateway::delegation::record::{AssignmentRecord, RelationshipRecord};
use partner_gateway::error::Result;
use partner_gateway::graphql::Kind;
use partner_gateway::ingest::Ingest;
use partner_gateway::partners::record::{PartnerRecord, PartnershipRecord};
use partner_gateway::subscriptions::record::SubscriptionRecord;
use partner_gateway::{customers, delegation, partners, subscriptions};
use sea_orm::{DatabaseTransaction, EntityTrait, IntoActiveModel};
use uuid::Uuid;

/// Grants beyond which an account's lists are driven from its tenant's list instead of its grants.
const MANY_GRANTS: usize = 1001;

/// A gateway, and what is true in it.
pub struct World {
    pub test: TestApp,
    pub facts: Facts,
    pub dice: Dice,
    /// Choices of what is done with support requests.
    pub deeds: Dice,
    pub seed: u64,
    pub ids: Ids,
    pub questions: Questions,
}

impl World {
    /// The world of a seed.
    pub async fn random(seed: u64) -> Result<Self> {
        let mut dice = Dice::new(seed);
        let plan = plan::draw(&mut dice);
        Self::of(plan, dice, seed).await
    }

    /// The world of a plan.
    pub async fn of(plan: Plan, dice: Dice, seed: u64) -> Result<Self> {
        let test = TestApp::empty().await;
        let (ids, questions) = (Ids::new(), Questions::default());
        let deeds = Dice::new(seed ^ 0xDEED_0000);
        let mut world = World { test, facts: plan.facts, dice, deeds, seed, ids, questions };
        world.write_directory().await?;
        for capture in plan.captures.into_iter().filter(|capture| !capture.is_empty()) {
            world.say(&capture).await?;
        }
        world.read_customers().await?;
        for consent in plan.consents {
            world.consent(consent).await?;
        }
        for capture in &plan.later {
            world.say(capture).await?;
        }
        world.read_customers().await?;
        world.write_late_groups().await?;
        for restriction in plan.restrictions {
            world.restrict(restriction).await?;
        }
        world.read_rows().await?;
        world.read_incidents().await?;
        let things = world.things()?;
        world.questions = Questions::of(&world.facts, things);
        Ok(world)
    }

    pub fn db(&self) -> &Db {
        self.test.db()
    }

    fn partner(&self, partner: usize) -> PartnerId {
        PartnerId(self.facts.partners[partner].id)
    }

    // ---- the directory ----

    async fn write_directory(&mut self) -> Result<()> {
        let tx = self.db().begin().await?;
        // Bare shells with ids of the seed, so that what is ordered by id is ordered the same each time. One customer
        // is left to the first capture that names it.
        let known = self.facts.customers.iter().enumerate().filter(|(place, _)| *place != 1);
        for customer in known.map(|(_, customer)| customer) {
            shell(&tx, "customer", customer.id, customer.tenant).await?;
        }
        for partner in &self.facts.partners {
            shell(&tx, "partner", partner.id, partner.tenant).await?;
            let organization = Organization {
                tenant: partner.tenant,
                name: &partner.name,
                kind: partner.kind,
                mpn_id: Some(&partner.mpn),
                location: None,
            };
            let id = directory::register_partner(&tx, &organization, Timestamp(FOUNDED)).await?;
            assert_eq!(id.0, partner.id);
        }
        for group in self.facts.groups.iter_mut().filter(|group| !group.is_late) {
            let name = group.role.unwrap_or("delegates");
            group.id = directory::add_group(&tx, group.tenant, group.object, name, group.role).await?.0;
        }
        for account in &mut self.facts.accounts {
            let (tenant, from) = (account.tenant, Timestamp(account.span.from));
            account.id =
                directory::add_account(&tx, tenant, account.object, account.kind, &account.name, from)
                    .await?
                    .0;
        }
        self.write_incidents(&tx).await?;
        tx.commit().await?;
        for account in self.facts.accounts.iter().filter(|account| account.span.until < FOREVER) {
            directory::end_account(self.db(), AccountId(account.id), Timestamp(account.span.until)).await?;
        }
        self.write_members(false).await
    }

    /// Memberships of groups that the directory knows; those that ended first, since an account may have come back.
    async fn write_members(&self, of_late_groups: bool) -> Result<()> {
        let groups = &self.facts.groups;
        let members: Vec<&Membership> = self
            .facts
            .memberships
            .iter()
            .filter(|membership| groups[membership.group].is_late == of_late_groups)
            .collect();
        for has_ended in [true, false] {
            let chosen = || members.iter().filter(move |m| (m.span.until < FOREVER) == has_ended);
            let tx = self.db().begin().await?;
            for member in chosen() {
                let (group, account) = (&groups[member.group], &self.facts.accounts[member.account]);
                let (id, from) = (AccountId(account.id), Timestamp(member.span.from));
                directory::add_member(&tx, group.tenant, GroupId(group.id), id, from).await?;
            }
            tx.commit().await?;
            for member in chosen().filter(|_| has_ended) {
                let (group, account) = (&groups[member.group], &self.facts.accounts[member.account]);
                let (id, until) = (AccountId(account.id), Timestamp(member.span.until));
                directory::end_membership(self.db(), GroupId(group.id), id, until).await?;
            }
        }
        Ok(())
    }

    /// Groups that assignments have named before the directory knew them.
    async fn write_late_groups(&mut self) -> Result<()> {
        let tx = self.db().begin().await?;
        for group in self.facts.groups.iter_mut().filter(|group| group.is_late) {
            group.id = directory::add_group(&tx, group.tenant, group.object, "late", group.role).await?.0;
        }
        tx.commit().await?;
        self.write_members(true).await
    }

    pub async fn consent(&mut self, consent: Consent) -> Result<()> {
        let (from, until) = (Timestamp(consent.span.from), Timestamp(consent.span.until));
        let tx = self.db().begin().await?;
        let (reseller, provider) = (self.partner(consent.reseller), self.partner(consent.provider));
        directory::consent(&tx, reseller, provider, from, until).await?;
        tx.commit().await?;
        self.facts.consents.retain(|c| (c.reseller, c.provider) != (consent.reseller, consent.provider));
        self.facts.consents.push(consent);
        Ok(())
    }

    pub async fn restrict(&mut self, restriction: Restriction) -> Result<()> {
        let group = &self.facts.groups[restriction.group];
        let customer = CustomerId(self.facts.customers[restriction.customer].id);
        let (from, until) = (Timestamp(restriction.span.from), Timestamp(restriction.span.until));
        let tx = self.db().begin().await?;
        let id = GroupId(group.id);
        directory::restrict(&tx, group.tenant, id, customer, restriction.name, from, until).await?;
        tx.commit().await?;
        self.facts.restrictions.push(restriction);
        Ok(())
    }

    /// Gives the Admin agents of a partner so many grounds that their lists are driven from the other side. All of
    /// them are long over.
    pub async fn crowd(&mut self, partner: usize) -> Result<()> {
        let tenant = self.facts.partners[partner].tenant;
        let group = self.facts.groups.iter().position(|g| g.tenant == tenant).unwrap_or_default();
        let customer = CustomerId(self.facts.customers[2].id);
        let past = |at: usize| Timestamp(at as i64 * DAY);
        let dead = |at: usize| {
            let row = entity::restriction::Model {
                id: Uuid::from_u128(0xDEAD_0000 + ((partner as u128) << 64) + at as u128),
                tenant_id: tenant,
                group_id: GroupId(self.facts.groups[group].id),
                customer_id: customer,
                name: "no_access".into(),
                starts_at: past(at),
                ends_at: past(at + 1),
            };
            row.into_active_model()
        };
        let tx = self.db().begin().await?;
        let rows: Vec<_> = (0..MANY_GRANTS).map(dead).collect();
        entity::restriction::Entity::insert_many(rows).exec_without_returning(&tx).await?;
        let id = GroupId(self.facts.groups[group].id);
        directory::restrict(&tx, tenant, id, customer, "no_access", past(1), past(2)).await?;
        Ok(tx.commit().await?)
    }

    // ---- what was written, read again for its ids ----

    async fn read_customers(&mut self) -> Result<()> {
        let rows: Vec<entity::customer::Model> =
            self.db().unscoped_rows(Sql::new("SELECT * FROM customer")).await?;
        for row in rows {
            for customer in self.facts.customers.iter_mut().filter(|c| c.tenant == row.tenant_id) {
                customer.id = row.id.0;
            }
        }
        Ok(())
    }

    pub async fn read_rows(&mut self) -> Result<()> {
        let partners: Vec<Uuid> = self.facts.partners.iter().map(|p| p.id).collect();
        let sold: Vec<entity::customer_subscription::Model> =
            self.db().unscoped_rows(Sql::new("SELECT * FROM customer_subscription")).await?;
        for known in &mut self.facts.subscriptions {
            let source = partners[known.source];
            let row = sold.iter().find(|r| r.source_id.0 == source && r.external_id == known.external);
            known.id = row.map_or(Uuid::nil(), |row| row.id.0);
        }
        let delegated: Vec<entity::delegated_admin_relationship::Model> =
            self.db().unscoped_rows(Sql::new("SELECT * FROM delegated_admin_relationship")).await?;
        for known in &mut self.facts.relationships {
            let source = partners[known.source];
            let row = delegated.iter().find(|r| r.source_id.0 == source && r.external_id == known.external);
            known.id = row.map_or(Uuid::nil(), |row| row.id.0);
        }
        let assigned: Vec<entity::access_assignment::Model> =
            self.db().unscoped_rows(Sql::new("SELECT * FROM access_assignment")).await?;
        for known in &mut self.facts.assignments {
            let source = partners[known.source];
            let row = assigned.iter().find(|r| r.source_id.0 == source && r.external_id == known.external);
            known.id = row.map_or(Uuid::nil(), |row| row.id.0);
        }
        Ok(())
    }

    /// Everything that has a global id, whoever may see it; the ids are kept by row.
    fn things(&mut self) -> Result<Vec<(String, Thing)>> {
        let facts = &self.facts;
        let mut all: Vec<(Kind, Uuid, Thing)> = Vec::new();
        let mut add = |kind: Kind, ids: Vec<Uuid>, thing: fn(usize) -> Thing| {
            all.extend(ids.into_iter().enumerate().map(|(place, id)| (kind, id, thing(place))));
        };
        add(Kind::Customer, facts.customers.iter().map(|row| row.id).collect(), Thing::Customer);
        add(Kind::Partner, facts.partners.iter().map(|row| row.id).collect(), Thing::Partner);
        let sold = facts.subscriptions.iter().map(|row| row.id).collect();
        add(Kind::CustomerSubscription, sold, Thing::Subscription);
        let delegated = facts.relationships.iter().map(|row| row.id).collect();
        add(Kind::Relationship, delegated, Thing::Relationship);
        let assigned = facts.assignments.iter().map(|row| row.id).collect();
        add(Kind::AccessAssignment, assigned, Thing::Assignment);
        add(Kind::SecurityGroup, facts.groups.iter().map(|row| row.id).collect(), Thing::Group);
        add(Kind::Account, facts.accounts.iter().map(|row| row.id).collect(), Thing::Account);
        add(Kind::Incident, facts.health.incidents.iter().map(|row| row.id).collect(), Thing::Incident);
        let mut things = Vec::new();
        for (kind, id, thing) in all {
            let global = self.test.app.sealer.id(kind as u8, id)?;
            self.ids.insert(id, global.clone());
            things.push((global, thing));
        }
        Ok(things)
    }

    // ---- captures ----

    /// A source says something: to the gateway, and to the facts.
    pub async fn say(&mut self, capture: &Capture) -> Result<()> {
        let source = self.partner(capture.source);
        let as_of = Timestamp(capture.as_of);
        let mut ingest =
            Ingest::begin(self.db(), source, "partner_center", as_of, capture.is_complete).await?;
        self.write_customers(&mut ingest, capture).await?;
        self.write_indirect(&mut ingest, capture).await?;
        self.write_sold(&mut ingest, capture).await?;
        self.write_health(&mut ingest, capture).await?;
        ingest.commit().await?;
        self.facts.apply(capture);
        Ok(())
    }

    async fn write_customers(&self, ingest: &mut Ingest, capture: &Capture) -> Result<()> {
        let partnerships: Vec<_> = capture.partnerships.iter().map(|said| self.partnership(said)).collect();
        if !partnerships.is_empty() {
            partners::ingest::partnerships(ingest, &partnerships).await?;
        }
        let customers: Vec<_> = capture.customers.iter().map(|said| self.customer(said)).collect();
        if !customers.is_empty() {
            customers::ingest::customers(ingest, &customers).await?;
        }
        Ok(())
    }

    async fn write_indirect(&self, ingest: &mut Ingest, capture: &Capture) -> Result<()> {
        for said in &capture.indirect {
            let tenant = self.facts.customers[said.customer].tenant;
            if said.holds {
                let record = IndirectRecord {
                    customer_tenant_id: tenant,
                    partner_tenant_id: self.facts.partners[said.other].tenant,
                    partner_is_provider: said.other_is_provider,
                };
                customers::ingest::indirect(ingest, &[record]).await?;
                continue;
            }
            let (source, other) = (self.partner(capture.source), self.partner(said.other));
            let (provider, reseller) = if said.other_is_provider { (other, source) } else { (source, other) };
            let id = ingest.customer(tenant).await?;
            ingest.end(&customers::ingest::indirect_fact(id, provider, reseller)).await?;
            ingest.touch(id);
        }
        Ok(())
    }

    async fn write_sold(&self, ingest: &mut Ingest, capture: &Capture) -> Result<()> {
        let sold: Vec<_> = capture.subscriptions.iter().map(|said| self.subscription(said)).collect();
        if !sold.is_empty() {
            subscriptions::ingest::subscriptions(ingest, &sold).await?;
        }
        let delegated: Vec<_> = capture.relationships.iter().map(|said| self.relationship(said)).collect();
        if !delegated.is_empty() {
            delegation::ingest::relationships(ingest, &delegated).await?;
        }
        let assigned: Vec<_> = capture.assignments.iter().map(assignment).collect();
        if !assigned.is_empty() {
            delegation::ingest::assignments(ingest, &assigned).await?;
        }
        Ok(())
    }

    fn partnership(&self, said: &SaidPartnership) -> PartnershipRecord {
        let other = &self.facts.partners[said.other];
        PartnershipRecord {
            partner: PartnerRecord {
                tenant_id: other.tenant,
                name: Some(said.name.clone()),
                kind: Some(other.kind),
                mpn_id: Some(other.mpn.clone()),
                location: None,
            },
            partner_is_provider: said.other_is_provider,
            state: if said.is_active { "active" } else { "other" },
            state_raw: None,
        }
    }

    fn customer(&self, said: &SaidCustomer) -> CustomerRecord {
        CustomerRecord {
            tenant_id: self.facts.customers[said.customer].tenant,
            name: Some(said.name.clone()),
            primary_domain: said.primary.clone(),
            domains: said.domains.clone(),
            relation: match said.relation {
                Told::Holds("reseller") => Some(RelationKind::Reseller),
                Told::Holds("advisor") => Some(RelationKind::Advisor),
                Told::Holds(_) => Some(RelationKind::Syndication),
                Told::Ended => Some(RelationKind::None),
                Told::Unsaid => None,
            },
            delegated_access: said.privilege,
            company: said.city.clone().map(|city| CompanyRecord { city: Some(city), ..Default::default() }),
            reseller_tenant_id: None,
        }
    }

    fn subscription(&self, said: &SaidSubscription) -> SubscriptionRecord {
        let tenant = |partner: usize| self.facts.partners[partner].tenant;
        SubscriptionRecord {
            customer_tenant_id: self.facts.customers[said.customer].tenant,
            external_id: said.external.clone(),
            friendly_name: Some(said.label.clone()),
            offer_name: Some(said.offer.into()),
            quantity: said.quantity,
            unit_type: said.unit.map(str::to_owned),
            status: said.status,
            commitment_ends_at: said.ends.map(Timestamp),
            term_duration: Some("P1Y".into()),
            auto_renew: Some(said.renews),
            seller_tenant_id: said.seller.map(tenant),
            partner_of_record_mpn_id: said.of_record.map(|p| self.facts.partners[p].mpn.clone()),
            support_contact_tenant_id: said.support.map(tenant),
            ..SubscriptionRecord::default()
        }
    }

    fn relationship(&self, said: &SaidRelationship) -> RelationshipRecord {
        RelationshipRecord {
            external_id: said.external.clone(),
            customer_tenant_id: said.customer.map(|customer| self.facts.customers[customer].tenant),
            customer_name: said.customer_name.clone(),
            display_name: said.name.clone(),
            indirect_provider_tenant_id: said.creator.map(|partner| self.facts.partners[partner].tenant),
            is_partner_consent_pending: said.is_pending,
            duration: "P365D".into(),
            auto_extend_duration: "PT0S".into(),
            roles: said.roles.iter().map(|role| (*role).to_owned()).collect(),
            status: said.status,
            status_raw: None,
            created_at: None,
            modified_at: None,
            activated_at: said.activated.map(Timestamp),
            ends_at: said.ends.map(Timestamp),
            etag: None,
        }
    }
}

fn assignment(said: &SaidAssignment) -> AssignmentRecord {
    AssignmentRecord {
        external_id: said.external.clone(),
        relationship_external_id: said.relationship.clone(),
        group_object_id: said.group,
        roles: said.roles.iter().map(|role| (*role).to_owned()).collect(),
        status: said.status,
        status_raw: None,
        created_at: said.created.map(Timestamp),
        modified_at: None,
        etag: None,
    }
}

async fn shell(tx: &DatabaseTransaction, table: &str, id: Uuid, tenant: Uuid) -> Result<()> {
    let insert = Sql::new(format!("INSERT INTO {table} (id, tenant_id) VALUES (")).bind(id).push(", ");
    execute(tx, insert.bind(tenant).push(")")).await?;
    Ok(())
}
