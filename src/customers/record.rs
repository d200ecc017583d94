//! What a source may say of a customer, free of any wire shape. Absent means "the body does not say", never "empty".

use uuid::Uuid;

/// One customer as a capture or a connector describes it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CustomerRecord {
    /// The customer's tenant.
    pub tenant_id: Uuid,
    /// Company name.
    pub name: Option<String>,
    /// Default domain, lower case.
    pub primary_domain: Option<String>,
    /// Verified domains, lower case; the default one need not be repeated.
    pub domains: Vec<String>,
    /// The source's own relation to this customer.
    pub relation: Option<RelationKind>,
    /// Whether legacy delegated administration privileges (DAP) exist (`allowDelegatedAccess`).
    pub delegated_access: Option<bool>,
    /// Company details.
    pub company: Option<CompanyRecord>,
    /// Tenant of the indirect reseller that serves this customer, as a provider's body says it (`associatedPartnerId`).
    pub reseller_tenant_id: Option<Uuid>,
}

/// `relationshipToPartner`, in snake_case; an unknown word is kept.
#[derive(Clone, Debug, PartialEq)]
pub enum RelationKind {
    /// May resell and order.
    Reseller,
    /// May support, not resell.
    Advisor,
    /// Syndication partner.
    Syndication,
    /// Microsoft support.
    MicrosoftSupport,
    /// No relation: ends one that was known.
    None,
    /// A word that the documentation does not list.
    Other(String),
}

impl RelationKind {
    /// The stored code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Reseller => "reseller",
            Self::Advisor => "advisor",
            Self::Syndication => "syndication",
            Self::MicrosoftSupport => "microsoft_support",
            Self::None => "none",
            Self::Other(_) => "other",
        }
    }
}

/// Company details that need tenant rights to read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CompanyRecord {
    /// Organisation registration number.
    pub registration_number: Option<String>,
    /// Contact address.
    pub email: Option<String>,
    /// Telephone.
    pub phone: Option<String>,
    /// ISO country code.
    pub country: Option<String>,
    /// State or region.
    pub region: Option<String>,
    /// City.
    pub city: Option<String>,
    /// First address line.
    pub address_line1: Option<String>,
    /// Second address line.
    pub address_line2: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
}

/// "Reseller serves customer through provider": exactly one of the two is the source itself.
#[derive(Clone, Debug, PartialEq)]
pub struct IndirectRecord {
    /// The customer's tenant.
    pub customer_tenant_id: Uuid,
    /// Tenant of the other partner.
    pub partner_tenant_id: Uuid,
    /// Whether the other partner is the provider (else it is the reseller).
    pub partner_is_provider: bool,
}
