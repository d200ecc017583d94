//! What a source may say of service health, free of any wire shape. Absent means "the body does not say".

use entity::Timestamp;
use uuid::Uuid;

/// A service as an upstream names it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceName {
    /// Its id there (`Exchange`, `OSDPPlatform`, a GUID), where the body gives one.
    pub id: Option<String>,
    /// Its name there (`Exchange Online`).
    pub name: String,
}

/// The status of one service for one customer.
#[derive(Clone, Debug, PartialEq)]
pub struct StatusRecord {
    /// The customer's tenant.
    pub customer_tenant_id: Uuid,
    /// Which service.
    pub service: ServiceName,
    /// A documented status in snake_case (`service_operational`), or `other`.
    pub status: &'static str,
    /// The upstream's own word where it is not documented.
    pub status_raw: Option<String>,
}

/// Where one service of one customer is administered.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ManagementRecord {
    /// The customer's tenant.
    pub customer_tenant_id: Uuid,
    /// Which service.
    pub service: ServiceName,
    /// The administration portal; `https` only.
    pub admin_url: Option<String>,
    /// The page with the service's health.
    pub health_url: Option<String>,
    /// The page where a ticket is filed.
    pub ticket_url: Option<String>,
}

/// That somebody looked at a customer's service health, and could not see it.
#[derive(Clone, Debug, PartialEq)]
pub struct LookRecord {
    /// The customer's tenant.
    pub customer_tenant_id: Uuid,
    /// Why not.
    pub outcome: LookOutcome,
}

/// How a look at a customer's service health ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LookOutcome {
    /// It was seen.
    Seen,
    /// The upstream limits requests (429).
    Throttled,
    /// No delegation lets the source look (401, 403).
    NoDelegation,
}

impl LookOutcome {
    /// The stored code.
    pub fn code(self) -> &'static str {
        match self {
            LookOutcome::Seen => "seen",
            LookOutcome::Throttled => "throttled",
            LookOutcome::NoDelegation => "no_delegation",
        }
    }
}

/// A message of the message centre, as one tenant got it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MessageRecord {
    /// The customer's tenant.
    pub customer_tenant_id: Uuid,
    /// Upstream id, such as `MC172851`, upper case.
    pub external_id: String,
    /// Title.
    pub title: String,
    /// `prevent_or_fix_issue`, `plan_for_change`, `stay_informed` or `other`.
    pub category: &'static str,
    /// The upstream's own word where it is not documented.
    pub category_raw: Option<String>,
    /// `normal`, `high`, `critical` or `other`.
    pub severity: &'static str,
    /// The upstream's own word where it is not documented.
    pub severity_raw: Option<String>,
    /// Names of the services that it concerns.
    pub services: Vec<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// Whether the change is a major one.
    pub is_major_change: Option<bool>,
    /// Until when something has to be done.
    pub action_required_by: Option<Timestamp>,
    /// Start.
    pub starts_at: Option<Timestamp>,
    /// End.
    pub ends_at: Option<Timestamp>,
    /// The upstream's own modification time; the newer wins.
    pub modified_at: Option<Timestamp>,
    /// `html` or `text`.
    pub content_type: &'static str,
    /// The body as given.
    pub content: String,
}
