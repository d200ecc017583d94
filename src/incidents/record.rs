//! What a source may say of an incident or an advisory, free of any wire shape.

use crate::health::record::ServiceName;
use entity::Timestamp;
use uuid::Uuid;

/// An incident or advisory as one tenant got it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct IncidentRecord {
    /// The tenant that it affects.
    pub customer_tenant_id: Uuid,
    /// Upstream id, such as `EX226574`, upper case.
    pub external_id: String,
    /// Title.
    pub title: String,
    /// Which service.
    pub service: ServiceName,
    /// Feature.
    pub feature: Option<String>,
    /// Group of features.
    pub feature_group: Option<String>,
    /// What users notice.
    pub impact_description: Option<String>,
    /// `incident`, `advisory` or `other`.
    pub classification: &'static str,
    /// The upstream's own word where it is not documented.
    pub classification_raw: Option<String>,
    /// `microsoft`, `third_party`, `customer` or `other`; absent where the body does not say.
    pub origin: Option<&'static str>,
    /// The upstream's own word where it is not documented.
    pub origin_raw: Option<String>,
    /// A documented status in snake_case (`service_degradation`), or `other`.
    pub status: &'static str,
    /// The upstream's own word where it is not documented.
    pub status_raw: Option<String>,
    /// Whether it is over.
    pub is_resolved: bool,
    /// Start.
    pub starts_at: Option<Timestamp>,
    /// End.
    pub ends_at: Option<Timestamp>,
    /// The upstream's own modification time; the newer wins.
    pub modified_at: Option<Timestamp>,
    /// Further details, in the order of the body.
    pub details: Vec<(String, String)>,
    /// What was published on it, in any order.
    pub posts: Vec<PostRecord>,
}

/// One publication on an incident.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PostRecord {
    /// When it was published.
    pub created_at: Timestamp,
    /// `regular`, `quick`, `strategic` or `other`.
    pub kind: &'static str,
    /// The upstream's own word where it is not documented.
    pub kind_raw: Option<String>,
    /// `html` or `text`.
    pub content_type: &'static str,
    /// The content as given.
    pub content: String,
}
