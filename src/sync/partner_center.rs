//! Partner Center objects as records of the domains. Reads one object at a time and never takes the source's name, or
//! a customer that the operator contradicts, from a body.

use super::wire::{Object, Read, Word, Words, is_placeholder, quoted, segment_after};
use super::{Context, SupportContactRecord};
use crate::customers::record::{CompanyRecord, CustomerRecord, IndirectRecord, RelationKind};
use crate::partners::record::{PartnerRecord, PartnershipRecord};
use crate::subscriptions::record::SubscriptionRecord;
use uuid::Uuid;

/// Why a customer's object without a customer is skipped.
pub(super) const NO_CUSTOMER: &str = "does not say which customer it belongs to; pass --customer <tenant id>";

// The order of the numbered ones is that of the official client's enumerations.
const RELATIONS: Words =
    Words::numbered(&["unknown", "reseller", "advisor", "syndication", "microsoft_support", "none"]);
const STATUSES: Words =
    Words::numbered(&["none", "active", "suspended", "deleted", "expired", "pending", "disabled"]);
const BILLING_CYCLES: Words =
    Words::numbered(&["unknown", "monthly", "annual", "none", "one_time", "triennial"]);
const RELATIONSHIP_TYPES: Words =
    Words::numbered(&["is_indirect_reseller_of", "is_indirect_cloud_solution_provider_of"]);
const BILLING_TYPES: Words = Words::of(&["none", "usage", "license", "benefit"]);
const PARTNERSHIP_STATES: Words = Words::of(&["active"]);

/// A customer, of a list or by id.
pub(super) fn customer(object: &Object<'_>, context: &Context) -> Read<CustomerRecord> {
    let company = object.child("companyProfile")?;
    let stated = company.as_ref().map_or(Ok(None), |company| company.guid("tenantId"));
    let mut record = CustomerRecord {
        tenant_id: object.tenant("id", stated)?,
        domains: object.lower_list("customDomains")?,
        relation: relation(object)?,
        delegated_access: object.flag("allowDelegatedAccess")?,
        reseller_tenant_id: reseller(object, context)?,
        ..CustomerRecord::default()
    };
    if let Some(company) = company {
        record.name = company.name("companyName")?;
        record.primary_domain = company.lower("domain")?;
        record.company = company_details(&company)?;
    }
    Ok(record)
}

fn relation(object: &Object<'_>) -> Read<Option<RelationKind>> {
    Ok(match object.word("relationshipToPartner", &RELATIONS)? {
        None | Some(Word::Known("unknown")) => None,
        Some(Word::Known("reseller")) => Some(RelationKind::Reseller),
        Some(Word::Known("advisor")) => Some(RelationKind::Advisor),
        Some(Word::Known("syndication")) => Some(RelationKind::Syndication),
        Some(Word::Known("microsoft_support")) => Some(RelationKind::MicrosoftSupport),
        Some(Word::Known(_)) => Some(RelationKind::None),
        Some(Word::Other(raw)) => Some(RelationKind::Other(raw)),
    })
}

fn reseller(object: &Object<'_>, context: &Context) -> Read<Option<Uuid>> {
    match (object.guid("associatedPartnerId")?, context.reseller_tenant_id) {
        (Some(said), Some(given)) if said != given => {
            let reason = format!("is {said}, while this capture is of reseller {given}");
            Err(object.fault("associatedPartnerId", reason))
        }
        (said, given) => Ok(said.or(given)),
    }
}

/// Absent without delegated privileges, so their absence says nothing.
fn company_details(company: &Object<'_>) -> Read<Option<CompanyRecord>> {
    let mut record = CompanyRecord {
        registration_number: company.text("organizationRegistrationNumber")?,
        email: company.text("email")?,
        ..CompanyRecord::default()
    };
    if let Some(address) = company.child("address")? {
        record.phone = address.text("phoneNumber")?;
        record.country = address.text("country")?;
        record.region = address.text("region")?.or(address.text("state")?);
        record.city = address.text("city")?;
        record.address_line1 = address.text("addressLine1")?;
        record.address_line2 = address.text("addressLine2")?;
        record.postal_code = address.text("postalCode")?;
    }
    Ok((record != CompanyRecord::default()).then_some(record))
}

/// A subscription, legacy or new commerce. `envelope` is the list around it, or the object itself.
pub(super) fn subscription(
    object: &Object<'_>,
    envelope: &Object<'_>,
    context: &Context,
) -> Read<SubscriptionRecord> {
    let (status, status_raw) = object.state("status", &STATUSES)?;
    Ok(SubscriptionRecord {
        external_id: object.needed("id", object.id("id")?)?,
        customer_tenant_id: customer_of(object, envelope, context)?,
        offer_id: object.reference("offerId")?,
        offer_name: object.name("offerName")?,
        friendly_name: object.name("friendlyName")?,
        product_type: product_type(object)?,
        // A subscription by usage has no seats.
        quantity: object.count("quantity")?.unwrap_or(0),
        unit_type: object.text("unitType")?,
        parent_external_id: object.id("parentSubscriptionId")?,
        status,
        status_raw,
        is_trial: object.flag("isTrial")?,
        created_at: object.time("creationDate")?,
        effective_at: object.time("effectiveStartDate")?,
        commitment_ends_at: object.time("commitmentEndDate")?.or(object.time("commitmentEndDateTime")?),
        cancellable_until: object.time("cancellationAllowedUntilDate")?,
        term_duration: object.text("termDuration")?,
        billing_cycle: object.term("billingCycle", &BILLING_CYCLES)?,
        billing_type: object.term("billingType", &BILLING_TYPES)?,
        auto_renew: object.flag("autoRenewEnabled")?,
        partner_of_record_mpn_id: object.partner_number("partnerId")?,
        ..commerce(object)?
    })
}

fn commerce(object: &Object<'_>) -> Read<SubscriptionRecord> {
    Ok(SubscriptionRecord {
        entitlement_id: object.reference("entitlementId")?,
        order_id: object.reference("orderId")?,
        product_order_id: object.reference("productOrderId")?,
        billing_cycle_ends_at: object
            .time("billingCycleEndDate")?
            .or(object.time("billingCycleEndDateTime")?),
        renewal_term_duration: object.text("renewalTermDuration")?,
        contract_type: object.text("contractType")?,
        publisher_name: object.name("publisherName")?,
        promotion_id: object.reference("promotionId")?,
        migrated_from: object.id("migratedFromSubscriptionId")?,
        has_purchasable_addons: object.flag("hasPurchasableAddons")?,
        is_microsoft_product: object.flag("isMicrosoftProduct")?,
        attention_needed: object.flag("attentionNeeded")?,
        action_taken: object.flag("actionTaken")?,
        actions: object.json("actions")?,
        suspension_reasons: object.json("suspensionReasons")?,
        refund_options: object.json("refundOptions")?,
        refundable_quantity: object.json("refundableQuantity")?,
        scheduled_next_term: object.json("scheduledNextTermInstructions")?,
        next_charge: object.json("nextChargeInstructions")?,
        etag: object.etag(),
        ..SubscriptionRecord::default()
    })
}

/// `{id, displayName}`, or the id alone.
fn product_type(object: &Object<'_>) -> Read<Option<String>> {
    match object.child("productType") {
        Ok(Some(product)) => Ok(product.text("id")?.or(product.text("displayName")?)),
        _ => object.text("productType"),
    }
}

/// Who supports one subscription; both are named by the body's own link alone.
pub(super) fn support_contact(
    object: &Object<'_>,
    envelope: &Object<'_>,
    context: &Context,
) -> Read<SupportContactRecord> {
    let subscription = object
        .link("self")
        .and_then(|link| segment_after(link, "subscriptions"))
        .filter(|id| !is_placeholder(id));
    let Some(subscription) = subscription else {
        return Err(object.unfit("does not say which subscription it belongs to"));
    };
    Ok(SupportContactRecord {
        customer_tenant_id: customer_of(object, envelope, context)?,
        subscription_external_id: subscription.to_lowercase(),
        partner: PartnerRecord {
            tenant_id: object.needed("supportTenantId", object.guid("supportTenantId")?)?,
            name: object.name("name")?,
            mpn_id: object.partner_number("supportMpnId")?,
            ..PartnerRecord::default()
        },
    })
}

/// One of the source's resellers or providers.
pub(super) fn partnership(object: &Object<'_>) -> Read<PartnershipRecord> {
    let partner_is_provider = is_provider(object)?;
    let kind = if partner_is_provider { "indirect_provider" } else { "indirect_reseller" };
    let (state, state_raw) = match object.word("state", &PARTNERSHIP_STATES)? {
        None | Some(Word::Known(_)) => ("active", None),
        Some(Word::Other(raw)) => ("other", Some(raw)),
    };
    Ok(PartnershipRecord {
        partner: PartnerRecord {
            tenant_id: object.needed("id", object.guid("id")?)?,
            name: object.name("name")?,
            kind: Some(kind),
            mpn_id: object.partner_number("mpnId")?,
            location: object.text("location")?,
        },
        partner_is_provider,
        state,
        state_raw,
    })
}

/// One partner of a customer. It outlives the partnership, so it is no evidence of one.
pub(super) fn indirect(
    object: &Object<'_>,
    envelope: &Object<'_>,
    context: &Context,
) -> Read<IndirectRecord> {
    Ok(IndirectRecord {
        customer_tenant_id: customer_of(object, envelope, context)?,
        partner_tenant_id: object.needed("id", object.guid("id")?)?,
        partner_is_provider: is_provider(object)?,
    })
}

/// The type is the source's side: who "is reseller of" the other has a provider in it.
fn is_provider(object: &Object<'_>) -> Read<bool> {
    match object.word("relationshipType", &RELATIONSHIP_TYPES)? {
        Some(Word::Known(word)) => Ok(word == "is_indirect_reseller_of"),
        Some(Word::Other(raw)) => {
            let reason = format!("{} does not tell provider from reseller", quoted(&raw));
            Err(object.fault("relationshipType", reason))
        }
        None => Err(object.fault("relationshipType", "is absent")),
    }
}

/// The customer that the object's link, its list's link and the operator name; at least one must, and all must agree.
pub(super) fn customer_of(object: &Object<'_>, envelope: &Object<'_>, context: &Context) -> Read<Uuid> {
    agreed(object, [linked(object), linked(envelope), context.customer_tenant_id])
}

/// The customer that those name who name one; at least one must, and all must agree.
pub(super) fn agreed<const N: usize>(object: &Object<'_>, named: [Option<Uuid>; N]) -> Read<Uuid> {
    let mut named = named.into_iter().flatten();
    let Some(customer) = named.next() else {
        return Err(object.unfit(NO_CUSTOMER));
    };
    match named.find(|other| *other != customer) {
        None => Ok(customer),
        Some(other) => {
            let reason = format!("belongs to customer {customer}, while this capture is of {other}");
            Err(object.unfit(reason))
        }
    }
}

/// The customer in the object's own link.
pub(super) fn linked(object: &Object<'_>) -> Option<Uuid> {
    let customer = segment_after(object.link("self")?, "customers")?;
    Uuid::try_parse(customer).ok().filter(|id| !id.is_nil())
}

#[cfg(test)]
#[path = "partner_center_tests.rs"]
mod tests;
