//! What a source may say of a partner, free of any wire shape.

use uuid::Uuid;

/// One partner that a source names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PartnerRecord {
    /// The partner's tenant.
    pub tenant_id: Uuid,
    /// Organisation name.
    pub name: Option<String>,
    /// `direct_bill`, `indirect_provider` or `indirect_reseller`, where the body tells.
    pub kind: Option<&'static str>,
    /// PartnerID (MPN ID), digits.
    pub mpn_id: Option<String>,
    /// Country or region code.
    pub location: Option<String>,
}

/// A partnership between the source and another partner.
#[derive(Clone, Debug, PartialEq)]
pub struct PartnershipRecord {
    /// The other partner; it is stored as a [`PartnerRecord`] too.
    pub partner: PartnerRecord,
    /// Whether the other partner is the provider (`is_indirect_reseller_of`), else it is the reseller.
    pub partner_is_provider: bool,
    /// `active`, or `other`; absent counts as active, as the documentation's list without state does.
    pub state: &'static str,
    /// The upstream's own word where it is not known.
    pub state_raw: Option<String>,
}
