//! The catalogue of online services: what upstreams call them, where they are administered, which offers bring them,
//! and what support of them asks of a partner. Shipped as `catalogue.toml` and `offers.toml`, read strictly.
//!
//! - A service's id follows from its key and is the same in every installation, so a key never changes.
//! - A service's bit is never reused: rows of subscriptions hold bits.
//! - A service that only an upstream knows still has an id, that of its folded name; it has no area, duty or address.
//! - Every address is https on a host that the file names; what is known of a customer fills path, query and fragment.

mod read;

use crate::access::action::Action;
use crate::customers::names;
use aws_lc_rs::digest::{SHA256, digest};
use entity::ServiceId;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::OnceLock;
use uuid::Uuid;

/// Under which the ids of services are made.
const NAMESPACE: Uuid = Uuid::from_u128(0x76dc_886d_f68e_47ca_bc97_58a7_53b4_396d);

/// Longer text is no domain.
const DOMAIN_CHARS: usize = 253;

/// What a service is for.
pub const CATEGORIES: [&str; 9] = [
    "administration",
    "business_applications",
    "collaboration",
    "devices",
    "identity",
    "infrastructure",
    "power_platform",
    "productivity",
    "security",
];

/// On what terms the vendor takes a request.
pub const VEHICLES: [&str; 5] = [
    "commercial",
    "premier_support_for_partners",
    "advanced_support_for_partners",
    "signature_cloud_support",
    "product_incidents",
];

/// Who may file a technical request: any partner with delegated rights, or only who provides the subscription, be it
/// a direct-bill partner or the indirect provider.
pub const FILED_BY: [&str; 2] = ["partner", "direct_bill_or_provider"];

/// Services that one right administers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Area {
    /// The Microsoft 365 admin centre and what has no administration of its own.
    Microsoft365,
    /// Exchange.
    Exchange,
    /// SharePoint and OneDrive.
    SharePoint,
    /// Teams.
    Teams,
    /// Devices.
    Intune,
    /// Users and groups.
    Identity,
    /// Dynamics 365.
    Dynamics,
    /// Power Platform.
    PowerPlatform,
    /// Azure.
    Azure,
    /// Security and compliance: Defender, Purview, the protection of information.
    Security,
}

impl Area {
    /// All of them.
    pub const ALL: [Area; 10] = [
        Area::Microsoft365,
        Area::Exchange,
        Area::SharePoint,
        Area::Teams,
        Area::Intune,
        Area::Identity,
        Area::Dynamics,
        Area::PowerPlatform,
        Area::Azure,
        Area::Security,
    ];

    /// As the file writes it.
    pub fn code(self) -> &'static str {
        match self {
            Area::Microsoft365 => "microsoft365",
            Area::Exchange => "exchange",
            Area::SharePoint => "sharepoint",
            Area::Teams => "teams",
            Area::Intune => "intune",
            Area::Identity => "identity",
            Area::Dynamics => "dynamics",
            Area::PowerPlatform => "power_platform",
            Area::Azure => "azure",
            Area::Security => "security",
        }
    }

    /// The operation that administering its services is.
    pub fn action(self) -> Action {
        match self {
            Area::Microsoft365 => Action::ServiceMicrosoft365Administer,
            Area::Exchange => Action::ServiceExchangeAdminister,
            Area::SharePoint => Action::ServiceSharePointAdminister,
            Area::Teams => Action::ServiceTeamsAdminister,
            Area::Intune => Action::ServiceIntuneAdminister,
            Area::Identity => Action::ServiceIdentityAdminister,
            Area::Dynamics => Action::ServiceDynamicsAdminister,
            Area::PowerPlatform => Action::ServicePowerPlatformAdminister,
            Area::Azure => Action::ServiceAzureAdminister,
            Area::Security => Action::ServiceSecurityAdminister,
        }
    }

    fn parse(code: &str) -> Option<Area> {
        Self::ALL.into_iter().find(|area| area.code() == code)
    }
}

/// What support of a service asks of the partner, each kind in one sentence.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Duty {
    /// Questions about bills.
    pub billing: String,
    /// Orders and changes.
    pub subscription_management: String,
    /// Faults.
    pub technical: String,
    /// On what terms the vendor takes a request about it: some of [`VEHICLES`].
    pub vehicles: Vec<String>,
    /// Where a technical request is filed.
    pub files_with: String,
    /// Who may file one: one of [`FILED_BY`].
    pub filed_by: String,
}

/// An online service.
#[derive(Debug)]
pub struct Service {
    /// Made from the key.
    pub id: ServiceId,
    /// Its word in the file.
    pub key: String,
    /// The vendor's name of it.
    pub name: String,
    /// One of [`CATEGORIES`].
    pub category: String,
    /// What administers it.
    pub area: Area,
    /// Its bit in masks, 0 to 62.
    pub bit: u32,
    /// What support of it asks of the partner.
    pub duty: Duty,
    portal: Portal,
}

/// Templates of addresses.
#[derive(Debug)]
struct Portal {
    admin: String,
    health: String,
    ticket: String,
}

impl Service {
    /// The mask of its bit.
    pub fn mask(&self) -> i64 {
        1 << self.bit
    }

    /// Where it is administered for a customer.
    pub fn admin_url(&self, tenant: Uuid, domain: Option<&str>) -> String {
        address(&self.portal.admin, tenant, domain)
    }

    /// Where its health is shown for a customer.
    pub fn health_url(&self, tenant: Uuid, domain: Option<&str>) -> String {
        address(&self.portal.health, tenant, domain)
    }

    /// Where a request about it is filed for a customer.
    pub fn ticket_url(&self, tenant: Uuid, domain: Option<&str>) -> String {
        address(&self.portal.ticket, tenant, domain)
    }
}

/// All services, and the offers that bring them.
#[derive(Debug, Default)]
pub struct Catalogue {
    services: Vec<Service>,
    by_id: HashMap<ServiceId, usize>,
    by_alias: HashMap<String, usize>,
    offers: Offers,
}

impl Catalogue {
    /// The one that is built in.
    pub fn shipped() -> &'static Catalogue {
        static SHIPPED: OnceLock<Catalogue> = OnceLock::new();
        // A test proves that the files are in order.
        SHIPPED.get_or_init(|| Catalogue::parse(&shipped_text()).unwrap_or_default())
    }

    /// Reads and checks the files' text, services before offers.
    pub fn parse(text: &str) -> Result<Catalogue, String> {
        let read::Parts { services, by_alias, offers } = read::parts(text)?;
        let by_id = services.iter().enumerate().map(|(index, service)| (service.id, index)).collect();
        Ok(Catalogue { services, by_id, by_alias, offers })
    }

    /// All services, in the order of the file.
    pub fn services(&self) -> &[Service] {
        &self.services
    }

    /// The service with that id; none for one that only an upstream knows.
    pub fn by_id(&self, id: ServiceId) -> Option<&Service> {
        self.by_id.get(&id).map(|index| &self.services[*index])
    }

    /// The service that an upstream means: by its id there, else by its name; one that the catalogue does not know
    /// has the id of its folded name.
    pub fn recognise(&self, upstream_id: Option<&str>, name: &str) -> ServiceId {
        let (id, name) = (upstream_id.map(folded).unwrap_or_default(), folded(name));
        match self.by_alias.get(&id).or_else(|| self.by_alias.get(&name)) {
            Some(index) => self.services[*index].id,
            None => id_of(&format!("other/{}", if name.is_empty() { id } else { name })),
        }
    }

    /// The mask of the services that a subscription with this offer brings; 0 for an offer that nothing tells.
    pub fn brought_by(&self, offer_id: Option<&str>, offer_name: Option<&str>) -> i64 {
        let name = offer_name.unwrap_or_default();
        let words = names::words(name);
        let told = offer_id.and_then(|id| self.offers.with_id(id)).or_else(|| self.offers.named(name));
        let brought = told.unwrap_or_else(|| found(&self.offers.patterns, &words));
        brought & !found(&self.offers.exclusions, &words)
    }

    /// The services in a mask.
    pub fn in_mask(&self, mask: i64) -> impl Iterator<Item = &Service> {
        self.services.iter().filter(move |service| mask & service.mask() != 0)
    }

    /// Changes exactly when [`Self::brought_by`] may answer otherwise: the digest of offers and their masks.
    pub fn fingerprint(&self) -> String {
        let Offers { exact, patterns, exclusions } = &self.offers;
        let mut lines: Vec<String> = exact.iter().map(|exact| format!("exact {exact:?}")).collect();
        lines.extend(patterns.iter().map(|pattern| format!("words {pattern:?}")));
        lines.extend(exclusions.iter().map(|pattern| format!("exclusion {pattern:?}")));
        lines.sort_unstable();
        let sum = digest(&SHA256, lines.join("\n").as_bytes());
        sum.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

fn shipped_text() -> String {
    [include_str!("catalogue.toml"), include_str!("offers.toml")].concat()
}

/// The id of the service with that key.
pub fn id_of(key: &str) -> ServiceId {
    ServiceId(Uuid::new_v5(&NAMESPACE, format!("service/{key}").as_bytes()))
}

/// What brings services.
#[derive(Debug, Default)]
struct Offers {
    /// Offer ids, product and SKU, products, and SKU part numbers, in the form of [`exactly`].
    exact: BTreeMap<String, i64>,
    patterns: Vec<Pattern>,
    exclusions: Vec<Pattern>,
}

impl Offers {
    /// By the whole id, or by its beginning up to a colon; the longest decides.
    fn with_id(&self, id: &str) -> Option<i64> {
        let id = exactly(id);
        let mut part = id.as_str();
        loop {
            if let Some(services) = self.exact.get(part) {
                return Some(*services);
            }
            part = part.rsplit_once(':')?.0;
        }
    }

    fn named(&self, name: &str) -> Option<i64> {
        self.exact.get(&exactly(name)).copied()
    }
}

/// Tells names: all words of one phrase stand there, and none of `without`.
#[derive(Debug)]
struct Pattern {
    words: BTreeSet<BTreeSet<String>>,
    without: BTreeSet<String>,
    services: i64,
}

/// The services of all patterns that a name's words fit.
fn found(patterns: &[Pattern], words: &BTreeSet<String>) -> i64 {
    let fits = |pattern: &&Pattern| {
        pattern.without.is_disjoint(words) && pattern.words.iter().any(|phrase| phrase.is_subset(words))
    };
    patterns.iter().filter(fits).fold(0, |mask, pattern| mask | pattern.services)
}

/// Lower case, letters and digits only: spellings of one name are one.
fn folded(name: &str) -> String {
    name.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect()
}

/// Upper case, every blank a space: the vendor's list has blanks of several kinds.
fn exactly(text: &str) -> String {
    text.trim().chars().map(|c| if c.is_whitespace() { ' ' } else { c }).collect::<String>().to_uppercase()
}

fn address(template: &str, tenant: Uuid, domain: Option<&str>) -> String {
    let tenant = tenant.to_string();
    let domain = domain.filter(|domain| is_domain(domain)).unwrap_or(&tenant);
    template.replace("{tenant}", &tenant).replace("{domain}", domain)
}

/// Anything else could leave its place in an address.
fn is_domain(text: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    text.len() <= DOMAIN_CHARS && text.split('.').all(is_label)
}

#[cfg(test)]
#[path = "catalogue_tests.rs"]
mod tests;
