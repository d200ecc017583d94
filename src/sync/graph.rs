//! Microsoft Graph objects as records of the domains. Reads one object at a time; never makes a reseller relation of a
//! delegated one, nor the reverse, for each outlives the other.

use super::Context;
use super::partner_center::NO_CUSTOMER;
use super::wire::{Object, Read, Word, Words, is_placeholder};
use crate::customers::record::{CustomerRecord, RelationKind};
use crate::delegation::record::{AssignmentRecord, RelationshipRecord};
use crate::subscriptions::record::SubscriptionRecord;

/// The duration that stands for none.
const NO_DURATION: &str = "PT0S";

const RELATIONSHIP_STATUSES: Words = Words::of(&[
    "created",
    "approval_pending",
    "approved",
    "activating",
    "active",
    "expiring",
    "expired",
    "termination_requested",
    "terminating",
    "terminated",
]);
const ASSIGNMENT_STATUSES: Words = Words::of(&["pending", "active", "deleting", "deleted", "error"]);
const CONTAINER_TYPES: Words = Words::of(&["security_group"]);
const CONTRACT_TYPES: Words = Words::of(&["reseller_partner", "breadth_partner", "syndication_partner"]);

// `Warning` and `LockedOut` are stages that Partner Center's statuses do not name: they stay the upstream's own word.
const COMPANY_STATUSES: Words = Words::of(&["enabled", "suspended", "deleted"]);

/// A `delegatedAdminRelationship`, or a `resellerDelegatedAdminRelationship`; lists mix both.
pub(super) fn relationship(object: &Object<'_>) -> Read<RelationshipRecord> {
    let external_id = object.needed("id", object.id("id")?)?;
    let customer = object.child("customer")?;
    let (customer_tenant_id, customer_name) = match &customer {
        Some(customer) => (customer.guid("tenantId")?, customer.name("displayName")?),
        None => (None, None),
    };
    let (status, status_raw) = object.state("status", &RELATIONSHIP_STATUSES)?;
    Ok(RelationshipRecord {
        customer_tenant_id,
        customer_name,
        display_name: object.name("displayName")?.unwrap_or_else(|| external_id.clone()),
        indirect_provider_tenant_id: object.guid("indirectProviderTenantId")?,
        is_partner_consent_pending: object.flag("isPartnerConsentPending")?.unwrap_or(false),
        duration: duration(object, "duration")?,
        auto_extend_duration: duration(object, "autoExtendDuration")?,
        roles: roles(object)?,
        status,
        status_raw,
        created_at: object.time("createdDateTime")?,
        modified_at: object.time("lastModifiedDateTime")?,
        activated_at: object.time("activatedDateTime")?,
        ends_at: object.time("endDateTime")?,
        etag: object.etag(),
        external_id,
    })
}

fn duration(object: &Object<'_>, name: &str) -> Read<String> {
    let text = object.text(name)?;
    Ok(text.unwrap_or_else(|| NO_DURATION.to_owned()))
}

/// Role template ids. One that cannot be read refuses the object: with fewer roles it would be another relationship.
fn roles(object: &Object<'_>) -> Read<Vec<String>> {
    let mut roles = Vec::new();
    let Some(details) = object.child("accessDetails")? else {
        return Ok(roles);
    };
    for role in details.children("unifiedRoles")? {
        let id = role.needed("roleDefinitionId", role.guid("roleDefinitionId")?)?;
        let id = id.to_string();
        if !roles.contains(&id) {
            roles.push(id);
        }
    }
    Ok(roles)
}

/// A `delegatedAdminAccessAssignment`. `envelope` is the list around it, or the object itself.
pub(super) fn assignment(
    object: &Object<'_>,
    envelope: &Object<'_>,
    context: &Context,
) -> Read<AssignmentRecord> {
    let container = object.child("accessContainer")?;
    let container = object.needed("accessContainer", container)?;
    if let Some(Word::Other(_)) = container.word("accessContainerType", &CONTAINER_TYPES)? {
        return Err(container.fault("accessContainerType", "is not a security group"));
    }
    let group = container.guid("accessContainerId")?;
    let (status, status_raw) = object.state("status", &ASSIGNMENT_STATUSES)?;
    Ok(AssignmentRecord {
        external_id: object.needed("id", object.id("id")?)?,
        relationship_external_id: relationship_of(object, envelope, context)?,
        group_object_id: container.needed("accessContainerId", group)?,
        roles: roles(object)?,
        status,
        status_raw,
        created_at: object.time("createdDateTime")?,
        modified_at: object.time("lastModifiedDateTime")?,
        etag: object.etag(),
    })
}

/// The relationship that the body's context and the operator name; one must, and both must agree.
fn relationship_of(object: &Object<'_>, envelope: &Object<'_>, context: &Context) -> Read<String> {
    let said = envelope.peek(&["@odata.context"]).and_then(relationship_in).map(str::to_lowercase);
    let given = context.relationship_id.as_deref();
    let given = given.map(|id| id.trim().to_lowercase());
    match (said, given) {
        (Some(said), Some(given)) if said != given => {
            let reason = format!("belongs to relationship {said}, while this capture is of {given}");
            Err(object.unfit(reason))
        }
        (Some(id), _) | (None, Some(id)) => Ok(id),
        (None, None) => {
            let reason = "does not say which relationship it belongs to; pass --relationship <id>";
            Err(object.unfit(reason))
        }
    }
}

/// From `…#tenantRelationships/delegatedAdminRelationships('id')/accessAssignments`, or with `/id/`.
fn relationship_in(context: &str) -> Option<&str> {
    key_in(context, "delegatedadminrelationships")
}

/// The key after a collection's `name` (in lower case) in an `@odata.context`: `name('id')` or `name/id`.
pub(super) fn key_in<'c>(context: &'c str, name: &str) -> Option<&'c str> {
    // Lower case in ASCII moves no byte, so the place found is the place in the original.
    let at = context.to_ascii_lowercase().find(name)? + name.len();
    let rest = &context[at..];
    let id = match rest.strip_prefix("('") {
        Some(quoted) => quoted.split('\'').next()?,
        None => rest.strip_prefix('/')?.split('/').next()?,
    };
    let id = id.trim();
    (!id.is_empty() && !id.starts_with('$') && !is_placeholder(id)).then_some(id)
}

/// A `delegatedAdminCustomer`: a name, and no word on any reseller relation.
pub(super) fn delegated_customer(object: &Object<'_>) -> Read<CustomerRecord> {
    Ok(CustomerRecord {
        tenant_id: object.tenant("id", object.guid("tenantId"))?,
        name: object.name("displayName")?,
        ..CustomerRecord::default()
    })
}

/// A `contract`; its type is the partner's relation to the customer, Breadth being the one that may not resell.
pub(super) fn contract(object: &Object<'_>) -> Read<CustomerRecord> {
    let relation = object.word("contractType", &CONTRACT_TYPES)?.map(|word| match word {
        Word::Known("reseller_partner") => RelationKind::Reseller,
        Word::Known("breadth_partner") => RelationKind::Advisor,
        Word::Known(_) => RelationKind::Syndication,
        Word::Other(raw) => RelationKind::Other(raw),
    });
    Ok(CustomerRecord {
        tenant_id: object.needed("customerId", object.guid("customerId")?)?,
        name: object.name("displayName")?,
        primary_domain: object.lower("defaultDomainName")?,
        relation,
        ..CustomerRecord::default()
    })
}

/// A `companySubscription` of the tenant that was asked, which its body never names. Not its `id`, which is the
/// directory's own: commerce knows the subscription by `commerceSubscriptionId`.
pub(super) fn company_subscription(object: &Object<'_>, context: &Context) -> Read<SubscriptionRecord> {
    let Some(customer_tenant_id) = context.customer_tenant_id else {
        return Err(object.unfit(NO_CUSTOMER));
    };
    let external_id = object.id("commerceSubscriptionId")?;
    let (status, status_raw) = match object.state("status", &COMPANY_STATUSES)? {
        ("enabled", _) => ("active", None),
        other => other,
    };
    Ok(SubscriptionRecord {
        customer_tenant_id,
        external_id: object.needed("commerceSubscriptionId", external_id)?,
        offer_name: object.name("skuPartNumber")?,
        quantity: object.count("totalLicenses")?.unwrap_or(0),
        status,
        status_raw,
        is_trial: object.flag("isTrial")?,
        created_at: object.time("createdDateTime")?,
        seller_tenant_id: object.guid("ownerTenantId")?,
        ..SubscriptionRecord::default()
    })
}

#[cfg(test)]
#[path = "graph_tests.rs"]
mod tests;
