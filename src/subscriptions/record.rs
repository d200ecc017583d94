//! What a source may say of a subscription, free of any wire shape.

use entity::Timestamp;
use uuid::Uuid;

/// One subscription as a capture or a connector describes it. Absent means "the body does not say".
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(missing_docs)] // the columns of `customer_subscription` and `subscription_commerce` document each name
pub struct SubscriptionRecord {
    pub customer_tenant_id: Uuid,
    pub external_id: String,
    pub offer_id: Option<String>,
    pub offer_name: Option<String>,
    pub friendly_name: Option<String>,
    pub product_type: Option<String>,
    pub quantity: i64,
    pub assigned_quantity: Option<i64>,
    pub unit_type: Option<String>,
    pub parent_external_id: Option<String>,
    pub status: &'static str,
    pub status_raw: Option<String>,
    pub is_trial: Option<bool>,
    pub created_at: Option<Timestamp>,
    pub effective_at: Option<Timestamp>,
    pub commitment_ends_at: Option<Timestamp>,
    pub cancellable_until: Option<Timestamp>,
    pub term_duration: Option<String>,
    pub billing_cycle: Option<String>,
    pub billing_type: Option<String>,
    pub auto_renew: Option<bool>,
    /// Tenant of the partner that bought it from Microsoft, where the body says so (`ownerTenantId`).
    pub seller_tenant_id: Option<Uuid>,
    /// PartnerID of the reseller of record (`partnerId`), digits.
    pub partner_of_record_mpn_id: Option<String>,
    /// Who supports it, where the body says so.
    pub support_contact_tenant_id: Option<Uuid>,
    pub modified_at: Option<Timestamp>,
    pub entitlement_id: Option<String>,
    pub order_id: Option<String>,
    pub product_order_id: Option<String>,
    pub billing_cycle_ends_at: Option<Timestamp>,
    pub renewal_term_duration: Option<String>,
    pub contract_type: Option<String>,
    pub publisher_name: Option<String>,
    pub promotion_id: Option<String>,
    pub migrated_from: Option<String>,
    pub has_purchasable_addons: Option<bool>,
    pub is_microsoft_product: Option<bool>,
    pub attention_needed: Option<bool>,
    pub action_taken: Option<bool>,
    /// JSON text, as the remaining ones.
    pub actions: Option<String>,
    pub suspension_reasons: Option<String>,
    pub refund_options: Option<String>,
    pub refundable_quantity: Option<String>,
    pub scheduled_next_term: Option<String>,
    pub next_charge: Option<String>,
    pub etag: Option<String>,
}
