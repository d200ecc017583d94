//! The documentation's bodies, changed at random so that they speak of others: their customers' tenants and domains,
//! their subscriptions, relationships and groups, their PartnerIDs, the incidents and messages that they know. The same
//! seed gives the same bodies.

use entity::PartnerId;
use partner_gateway::db::Db;
use partner_gateway::db::sql::Sql;
use partner_gateway::sync::Context;
use sea_orm::FromQueryResult;
use serde_json::{Value, json};
use uuid::Uuid;

const CUSTOMER: &str = include_str!("../captures/partner-center/customer.get.json");
const CUSTOMERS: &str = include_str!("../captures/partner-center/customers.list.json");
const PARTNERS: &str = include_str!("../captures/partner-center/indirect-resellers.list.json");
const PARTNERS_OF_CUSTOMER: &str =
    include_str!("../captures/partner-center/customer-relationships.list.json");
const SUBSCRIPTIONS: &str = include_str!("../captures/partner-center/subscriptions.list.new-commerce.json");
const SUPPORT_CONTACT: &str =
    include_str!("../captures/partner-center/subscription-support-contact.get.json");
const RELATIONSHIPS: &str = include_str!("../captures/graph/delegated-admin-relationships.list.json");
const OVERVIEWS: &str = include_str!("../captures/graph/health-overviews.list.json");
const ISSUES: &str = include_str!("../captures/graph/service-health-issues.list.json");
const MANAGEMENT: &str = include_str!("../captures/graph/service-management-details.list.json");
const REQUEST: &str = include_str!("../captures/partner-center/service-request.get.json");

const GLOBAL_ADMINISTRATOR: &str = "62e90394-69f5-4237-9190-012177145e10";
const PARTNER_IS_RESELLER: &str = "is_indirect_cloud_solution_provider_of";
const PARTNER_IS_PROVIDER: &str = "is_indirect_reseller_of";

/// Services by id and name; the last is of no catalogue.
const SERVICES: [(&str, &str); 6] = [
    ("Exchange", "Exchange Online"),
    ("microsoftteams", "Microsoft Teams"),
    ("SharePoint", "SharePoint Online"),
    ("OSDPPlatform", "Microsoft 365 suite"),
    ("PowerBIcom", "Power BI"),
    ("StrangersService", "A stranger's own service"),
];
const STATUSES: [&str; 4] = ["serviceOperational", "ServiceDegradation", "serviceRestored", "somethingNew"];

/// Long ago, before and after all that the demo world says, and much later.
const MODIFIED: [&str; 3] = ["2020-11-20T17:56:31.39Z", "2026-03-02T09:20:00Z", "2031-01-01T00:00:00"];

/// Numbers that look random and follow from a seed.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.roll() % limit as u64) as usize
    }

    fn pick<'t, T>(&mut self, from: &'t [T]) -> &'t T {
        &from[self.below(from.len())]
    }

    /// True so many times in a hundred.
    pub(super) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

/// A body, and what its importer says of it.
pub(super) struct Body {
    pub(super) bytes: Vec<u8>,
    pub(super) context: Context,
}

impl Body {
    fn of(value: &Value, context: Context) -> Self {
        Body { bytes: value.to_string().into_bytes(), context }
    }
}

/// What all sources know, for bodies to speak of; the partners are the others.
pub(super) struct Known {
    partners: Vec<(String, String)>,
    tenants: Vec<String>,
    names: Vec<String>,
    domains: Vec<String>,
    subscriptions: Vec<String>,
    relationships: Vec<String>,
    assignments: Vec<String>,
    groups: Vec<String>,
    incidents: Vec<String>,
    messages: Vec<String>,
    requests: Vec<String>,
}

#[derive(FromQueryResult)]
struct Text {
    text: String,
}

#[derive(FromQueryResult)]
struct Id {
    id: Uuid,
}

#[derive(FromQueryResult)]
struct Organization {
    tenant_id: Uuid,
    mpn_id: String,
}

async fn texts(db: &Db, table: &str, column: &str) -> Vec<String> {
    let sql = Sql::new(format!("SELECT DISTINCT {column} AS text FROM {table} ORDER BY 1"));
    let rows: Vec<Text> = db.unscoped_rows(sql).await.unwrap();
    rows.into_iter().map(|row| row.text).collect()
}

async fn ids(db: &Db, table: &str, column: &str) -> Vec<String> {
    let sql = Sql::new(format!("SELECT DISTINCT {column} AS id FROM {table} ORDER BY 1"));
    let rows: Vec<Id> = db.unscoped_rows(sql).await.unwrap();
    rows.into_iter().map(|row| row.id.to_string()).collect()
}

impl Known {
    /// Reads all sources. Tenants are those of all customers but the spared one, of all partners, and of somebody whom
    /// nobody knows.
    pub(super) async fn read(db: &Db, importer: PartnerId, spared: Option<Uuid>) -> Self {
        let others = "SELECT p.tenant_id, v.mpn_id FROM partner p JOIN partner_profile v ON v.source_id = p.id \
            AND v.partner_id = p.id WHERE v.mpn_id IS NOT NULL AND p.id <> ";
        let others = Sql::new(others).bind(importer.0).push(" ORDER BY v.mpn_id");
        let partners: Vec<Organization> = db.unscoped_rows(others).await.unwrap();
        let mut tenants = ids(db, "customer", "tenant_id").await;
        tenants.extend(ids(db, "partner", "tenant_id").await);
        tenants.push(Uuid::from_u128(0x57_0004).to_string());
        tenants.retain(|tenant| spared.is_none_or(|spared| spared.to_string() != *tenant));
        Known {
            partners: partners.into_iter().map(|p| (p.tenant_id.to_string(), p.mpn_id)).collect(),
            tenants,
            names: texts(db, "customer_profile", "name").await,
            domains: texts(db, "customer_domain", "domain").await,
            subscriptions: texts(db, "customer_subscription", "external_id").await,
            relationships: texts(db, "delegated_admin_relationship", "external_id").await,
            assignments: texts(db, "access_assignment", "external_id").await,
            groups: ids(db, "security_group", "object_id").await,
            incidents: texts(db, "incident", "external_id").await,
            messages: texts(db, "message_copy", "external_id").await,
            requests: texts(db, "vendor_request", "external_id").await,
        }
    }

    /// One body of each kind, in an order in which they may be brought in.
    pub(super) fn bodies(&self, dice: &mut Dice) -> Vec<Body> {
        let mut bodies = vec![self.partners(dice), self.customers(dice), self.partners_of_customer(dice)];
        bodies.extend(self.subscriptions(dice));
        bodies.extend(self.delegations(dice));
        bodies.extend([self.overviews(dice), self.issues(dice), self.messages(dice)]);
        bodies.extend([self.management(dice), self.request(dice)]);
        bodies
    }

    fn partners(&self, dice: &mut Dice) -> Body {
        let mut body = parse(PARTNERS);
        let mut items = Vec::new();
        for _ in 0..4 {
            let mut item = body["items"][0].clone();
            // Now and then a customer, or somebody unknown, is made a partner.
            let is_partner = dice.chance(75);
            let (tenant, number) = dice.pick(&self.partners);
            item["id"] = json!(if is_partner { tenant } else { dice.pick(&self.tenants) });
            item["mpnId"] = json!(number);
            item["name"] = json!(dice.pick(&self.names));
            item["relationshipType"] = json!(dice.pick(&[PARTNER_IS_RESELLER, PARTNER_IS_PROVIDER]));
            item["state"] = json!(dice.pick(&["Active", "Active", "Ended"]));
            items.push(item);
        }
        fill(&mut body, "items", items);
        Body::of(&body, Context::default())
    }

    fn customers(&self, dice: &mut Dice) -> Body {
        let mut body = parse(CUSTOMERS);
        let mut items = Vec::new();
        for _ in 0..12 {
            let (mut item, tenant) = (parse(CUSTOMER), dice.pick(&self.tenants));
            item["id"] = json!(tenant);
            item["companyProfile"]["tenantId"] = json!(tenant);
            item["companyProfile"]["domain"] = json!(dice.pick(&self.domains));
            item["companyProfile"]["companyName"] = json!(dice.pick(&self.names));
            item["customDomains"] = json!([dice.pick(&self.domains), dice.pick(&self.domains)]);
            item["relationshipToPartner"] = json!(dice.pick(&["reseller", "reseller", "advisor", "none"]));
            item["allowDelegatedAccess"] = json!(dice.chance(50));
            item["links"]["self"]["uri"] = json!(format!("/customers/{tenant}"));
            if dice.chance(50) {
                item["associatedPartnerId"] = json!(dice.pick(&self.partners).0);
            }
            items.push(item);
        }
        fill(&mut body, "items", items);
        Body::of(&body, Context::default())
    }

    fn of_customer(&self, dice: &mut Dice) -> Context {
        let tenant = Uuid::parse_str(dice.pick::<String>(&self.tenants)).unwrap();
        Context { customer_tenant_id: Some(tenant), ..Context::default() }
    }

    fn partners_of_customer(&self, dice: &mut Dice) -> Body {
        let mut body = parse(PARTNERS_OF_CUSTOMER);
        let mut items = Vec::new();
        for relationship in [PARTNER_IS_RESELLER, PARTNER_IS_PROVIDER] {
            let mut item = body["items"][0].clone();
            let (tenant, number) = dice.pick(&self.partners);
            item["id"] = json!(tenant);
            item["mpnId"] = json!(number);
            item["relationshipType"] = json!(relationship);
            items.push(item);
        }
        fill(&mut body, "items", items);
        Body::of(&body, self.of_customer(dice))
    }

    /// Subscriptions of a customer under ids of others', and who supports the first.
    fn subscriptions(&self, dice: &mut Dice) -> [Body; 2] {
        let context = self.of_customer(dice);
        let customer = context.customer_tenant_id.unwrap();
        let mut body = parse(SUBSCRIPTIONS);
        let mut items = Vec::new();
        for _ in 0..4 {
            let (mut item, id) = (body["items"][0].clone(), dice.pick(&self.subscriptions));
            item["id"] = json!(id);
            item["friendlyName"] = json!(dice.pick(&self.names));
            item["quantity"] = json!(1 + dice.below(99));
            item["status"] = json!(dice.pick(&["active", "suspended", "deleted"]));
            item["partnerId"] = json!(dice.pick(&self.partners).1);
            item["links"]["self"]["uri"] = json!(format!("/customers/{customer}/subscriptions/{id}"));
            items.push(item);
        }
        let first = items[0]["links"]["self"]["uri"].as_str().unwrap().to_owned();
        body["links"]["self"]["uri"] = json!(format!("/customers/{customer}/subscriptions"));
        fill(&mut body, "items", items);
        let mut contact = parse(SUPPORT_CONTACT);
        let (tenant, number) = dice.pick(&self.partners);
        contact["supportTenantId"] = json!(tenant);
        contact["supportMpnId"] = json!(number);
        contact["links"]["self"]["uri"] = json!(format!("{first}/supportcontact"));
        [Body::of(&body, context.clone()), Body::of(&contact, context)]
    }

    /// Relationships under ids of others', and assignments of the first to groups of others.
    fn delegations(&self, dice: &mut Dice) -> [Body; 2] {
        let mut body = parse(RELATIONSHIPS);
        let mut items = Vec::new();
        for kind in [0, 0, 2, 2] {
            let mut item = body["value"][kind].clone();
            item["id"] = json!(dice.pick(&self.relationships));
            item["displayName"] = json!(dice.pick(&self.names));
            item["customer"] =
                json!({ "tenantId": dice.pick(&self.tenants), "displayName": dice.pick(&self.names) });
            item["accessDetails"]["unifiedRoles"] = json!([{ "roleDefinitionId": GLOBAL_ADMINISTRATOR }]);
            item["status"] = json!(dice.pick(&["active", "active", "terminated"]));
            item["createdDateTime"] = json!("2026-01-05T09:00:00Z");
            item["activatedDateTime"] = json!("2026-01-06T09:00:00Z");
            item["lastModifiedDateTime"] = json!("2026-03-02T09:00:00Z");
            item["endDateTime"] = json!("2027-01-06T09:00:00Z");
            if kind == 2 {
                item["indirectProviderTenantId"] = json!(dice.pick(&self.partners).0);
                item["isPartnerConsentPending"] = json!(dice.chance(30));
            }
            items.push(item);
        }
        let relationship = items[0]["id"].as_str().unwrap().to_owned();
        fill(&mut body, "value", items);
        let assignments =
            json!({ "value": [self.assignment(dice), self.assignment(dice), self.assignment(dice)] });
        let context = Context { relationship_id: Some(relationship), ..Context::default() };
        [Body::of(&body, Context::default()), Body::of(&assignments, context)]
    }

    /// Statuses of a customer's services, each with issues.
    fn overviews(&self, dice: &mut Dice) -> Body {
        let mut body = parse(OVERVIEWS);
        let mut items = Vec::new();
        for _ in 0..4 {
            let (mut item, (id, name)) = (body["value"][0].clone(), dice.pick(&SERVICES));
            item["id"] = json!(id);
            item["service"] = json!(name);
            item["status"] = json!(dice.pick(&STATUSES));
            item["issues"] = json!([self.issue(dice), self.issue(dice)]);
            items.push(item);
        }
        fill(&mut body, "value", items);
        Body::of(&body, self.of_customer(dice))
    }

    fn issues(&self, dice: &mut Dice) -> Body {
        let mut body = parse(ISSUES);
        let items = (0..4).map(|_| self.issue(dice)).collect();
        fill(&mut body, "value", items);
        Body::of(&body, self.of_customer(dice))
    }

    /// An issue under the id of one that others know, told otherwise.
    fn issue(&self, dice: &mut Dice) -> Value {
        let mut issue = parse(ISSUES)["value"][0].take();
        issue["id"] = json!(dice.pick(&self.incidents));
        issue["title"] = json!(format!("As a stranger tells it: {}", dice.pick(&self.names)));
        issue["service"] = json!(dice.pick(&SERVICES).1);
        issue["status"] = json!(dice.pick(&STATUSES));
        issue["classification"] = json!(dice.pick(&["incident", "advisory", "rumour"]));
        issue["isResolved"] = json!(dice.chance(50));
        issue["lastModifiedDateTime"] = json!(dice.pick(&MODIFIED));
        issue["posts"][0]["createdDateTime"] = json!(dice.pick(&MODIFIED));
        issue
    }

    fn messages(&self, dice: &mut Dice) -> Body {
        let mut items = Vec::new();
        for _ in 0..4 {
            items.push(json!({
                "id": dice.pick(&self.messages),
                "title": format!("As a stranger tells it: {}", dice.pick(&self.names)),
                "category": dice.pick(&["planForChange", "StayInformed", "rumour"]),
                "severity": dice.pick(&["normal", "Critical"]),
                "services": [dice.pick(&SERVICES).1],
                "tags": ["Stranger's tag"],
                "isMajorChange": dice.chance(50),
                "startDateTime": "2026-02-01T00:00:00Z",
                "lastModifiedDateTime": dice.pick(&MODIFIED),
                "body": { "contentType": "html", "content": "<p>A stranger's message</p>" },
            }));
        }
        let context = "https://graph.microsoft.com/v1.0/$metadata#admin/serviceAnnouncement/messages";
        let body = json!({ "@odata.context": context, "value": items });
        Body::of(&body, self.of_customer(dice))
    }

    /// Where a customer's services are administered, by a stranger's word.
    fn management(&self, dice: &mut Dice) -> Body {
        let (mut body, context) = (parse(MANAGEMENT), self.of_customer(dice));
        let customer = context.customer_tenant_id.unwrap();
        let root = "https://graph.microsoft.com/v1.0/tenantRelationships/$metadata#delegatedAdminCustomers";
        body["@odata.context"] = json!(format!("{root}/{customer}/serviceManagementDetails"));
        for item in body["value"].as_array_mut().unwrap() {
            item["serviceName"] = json!(dice.pick(&SERVICES).1);
            item["serviceManagementUrl"] = json!(format!("https://strangers.example/{}", dice.below(9)));
        }
        Body::of(&body, context)
    }

    /// A request filed with the vendor, under a number that others know.
    fn request(&self, dice: &mut Dice) -> Body {
        let (mut body, context) = (parse(REQUEST), self.of_customer(dice));
        body["id"] = json!(dice.pick(&self.requests));
        body["status"] = json!(dice.pick(&["open", "closed", "attention_needed"]));
        body["productName"] = json!(dice.pick(&SERVICES).1);
        body["organization"]["id"] = json!(context.customer_tenant_id);
        Body::of(&body, context)
    }

    fn assignment(&self, dice: &mut Dice) -> Value {
        let (id, group) = (dice.pick(&self.assignments), dice.pick(&self.groups));
        json!({
            "@odata.type": "#microsoft.graph.delegatedAdminAccessAssignment",
            "id": id,
            "status": "active",
            "createdDateTime": "2026-01-07T09:00:00Z",
            "lastModifiedDateTime": "2026-03-02T09:00:00Z",
            "accessContainer": { "accessContainerId": group, "accessContainerType": "securityGroup" },
            "accessDetails": { "unifiedRoles": [{ "roleDefinitionId": GLOBAL_ADMINISTRATOR }] },
        })
    }
}

fn parse(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// Puts items into a list, and their number where the list has one.
fn fill(body: &mut Value, name: &str, items: Vec<Value>) {
    if body.get("totalCount").is_some() {
        body["totalCount"] = json!(items.len());
    }
    body[name] = Value::Array(items);
}
