//! What a source may say of delegated administration, free of any wire shape.

use entity::Timestamp;
use uuid::Uuid;

/// One delegated administration relationship as a capture or a connector describes it.
#[derive(Clone, Debug, PartialEq)]
pub struct RelationshipRecord {
    /// Upstream id, lower case.
    pub external_id: String,
    /// The customer, once one approved.
    pub customer_tenant_id: Option<Uuid>,
    /// The customer's name in this relationship.
    pub customer_name: Option<String>,
    /// Name, unique per partner.
    pub display_name: String,
    /// Tenant of the provider that created it for a reseller.
    pub indirect_provider_tenant_id: Option<Uuid>,
    /// Provider-created and not yet answered by the reseller.
    pub is_partner_consent_pending: bool,
    /// ISO 8601 duration, as given.
    pub duration: String,
    /// ISO 8601 duration; `PT0S` where absent.
    pub auto_extend_duration: String,
    /// Role template ids, lower case.
    pub roles: Vec<String>,
    /// Documented status in snake_case (`approval_pending`, ...), or `other`.
    pub status: &'static str,
    /// The upstream's own word where it is not known.
    pub status_raw: Option<String>,
    /// Creation.
    pub created_at: Option<Timestamp>,
    /// Last modification.
    pub modified_at: Option<Timestamp>,
    /// Activation.
    pub activated_at: Option<Timestamp>,
    /// End.
    pub ends_at: Option<Timestamp>,
    /// Entity tag.
    pub etag: Option<String>,
}

/// Roles of a relationship given to one security group.
#[derive(Clone, Debug, PartialEq)]
pub struct AssignmentRecord {
    /// Upstream id, lower case.
    pub external_id: String,
    /// Upstream id of the relationship, lower case.
    pub relationship_external_id: String,
    /// The security group in the partner's tenant.
    pub group_object_id: Uuid,
    /// Role template ids, lower case.
    pub roles: Vec<String>,
    /// `pending`, `active`, `deleting`, `deleted`, `error` or `other`.
    pub status: &'static str,
    /// The upstream's own word where it is not known.
    pub status_raw: Option<String>,
    /// Creation: from when it counts.
    pub created_at: Option<Timestamp>,
    /// Last modification.
    pub modified_at: Option<Timestamp>,
    /// Entity tag.
    pub etag: Option<String>,
}
