//! What a source may say of a support request that was filed with the vendor, free of any wire shape.

use crate::health::record::ServiceName;
use entity::Timestamp;
use uuid::Uuid;

/// A support request as the vendor lists it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VendorRequestRecord {
    /// The customer's tenant.
    pub customer_tenant_id: Uuid,
    /// The vendor's number.
    pub external_id: String,
    /// Title.
    pub title: String,
    /// `critical`, `moderate`, `minimal`, or `other`.
    pub severity: &'static str,
    /// The upstream's own word where it is not documented.
    pub severity_raw: Option<String>,
    /// `none`, `open`, `closed`, `attention_needed` or `other`.
    pub status: &'static str,
    /// The upstream's own word where it is not documented.
    pub status_raw: Option<String>,
    /// The product that it is about, where the body names one.
    pub product: Option<ServiceName>,
    /// When it was filed.
    pub created_at: Option<Timestamp>,
    /// When it was last changed; the newer wins.
    pub modified_at: Option<Timestamp>,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
}
