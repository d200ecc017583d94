//! Where a customer's services are managed, and the support requests filed with the vendor: of Microsoft Graph and of
//! Partner Center. Reads one object at a time; never takes an address to which no person should be sent.

use super::health::service_id;
use super::partner_center::{agreed, customer_of, linked};
use super::wire::{Object, Read, Words};
use super::{Context, graph};
use crate::escalations::record::VendorRequestRecord;
use crate::health::record::{ManagementRecord, ServiceName};
use serde_json::Value;
use uuid::Uuid;

/// A longer address is none that a portal gave.
const ADDRESS_CHARS: usize = 2048;

/// What a request is whose severity nobody set.
const UNKNOWN: &str = "unknown";

// The order is that of the official client's enumerations.
const SEVERITIES: Words = Words::numbered(&[UNKNOWN, "critical", "moderate", "minimal"]);
const STATUSES: Words = Words::numbered(&["none", "open", "closed", "attention_needed"]);

/// A `delegatedAdminServiceManagementDetail`. `envelope` is the list around it, whose context names the customer.
pub(super) fn management_detail(
    object: &Object<'_>,
    envelope: &Object<'_>,
    context: &Context,
) -> Read<ManagementRecord> {
    let said = envelope
        .peek(&["@odata.context"])
        .and_then(|said| graph::key_in(said, "delegatedadmincustomers"))
        .and_then(|id| Uuid::try_parse(id).ok())
        .filter(|id| !id.is_nil());
    Ok(ManagementRecord {
        customer_tenant_id: agreed(object, [said, context.customer_tenant_id])?,
        service: ServiceName {
            id: service_id(object, "id"),
            name: object.needed("serviceName", object.name("serviceName")?)?,
        },
        admin_url: secure(object.peek(&["serviceManagementUrl"])),
        ..ManagementRecord::default()
    })
}

/// A `ManagedService` of Partner Center.
pub(super) fn managed_service(
    object: &Object<'_>,
    envelope: &Object<'_>,
    context: &Context,
) -> Read<ManagementRecord> {
    let id = service_id(object, "id");
    let name = object.name("name")?.or_else(|| id.clone());
    Ok(ManagementRecord {
        customer_tenant_id: customer_of(object, envelope, context)?,
        service: ServiceName { id, name: object.needed("name", name)? },
        admin_url: secure(object.link("adminService")),
        health_url: secure(object.link("serviceHealth")),
        ticket_url: secure(object.link("serviceTicket")),
    })
}

/// The address as given, if it is an `https` one of a plain host: anything else is no place to send a person to.
fn secure(address: Option<&str>) -> Option<String> {
    const SCHEME: &str = "https://";
    let address = address?.trim();
    let scheme = address.get(..SCHEME.len())?;
    let host = address[SCHEME.len()..].split(['/', '?', '#']).next()?;
    // Without `@`, which would make the host look like another.
    let is_plain = host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':'));
    let is_one_word = !address.contains(|c: char| c.is_whitespace() || c.is_control());
    let fits = is_plain && is_one_word && !host.is_empty() && address.chars().count() <= ADDRESS_CHARS;
    (scheme.eq_ignore_ascii_case(SCHEME) && fits).then(|| address.to_owned())
}

/// A `ServiceRequest` of Partner Center, of a list or by id. `envelope` is the list around it, or the object itself.
pub(super) fn vendor_request(
    object: &Object<'_>,
    envelope: &Object<'_>,
    context: &Context,
) -> Read<VendorRequestRecord> {
    let organization = object.child("organization").ok().flatten();
    let organization = organization.and_then(|organization| organization.guid("id").ok().flatten());
    let named = [organization, linked(object), linked(envelope), context.customer_tenant_id];
    let external_id = object.needed("id", request_number(object)?)?;
    let (severity, severity_raw) = match object.state("severity", &SEVERITIES)? {
        (UNKNOWN, _) => ("other", Some(UNKNOWN.to_owned())),
        state => state,
    };
    let (status, status_raw) = object.state("status", &STATUSES)?;
    let product_id = service_id(object, "productId");
    let product = object.name("productName")?;
    Ok(VendorRequestRecord {
        customer_tenant_id: agreed(object, named)?,
        title: object.name("title")?.unwrap_or_else(|| external_id.clone()),
        severity,
        severity_raw,
        status,
        status_raw,
        // An id without a name is a number that no reader knows.
        product: product.map(|name| ServiceName { id: product_id, name }),
        created_at: object.time("createdDate")?,
        modified_at: object.time("lastModifiedDate")?,
        closed_at: object.time("lastClosedDate")?,
        external_id,
    })
}

/// Digits, as text or as a number of any writing.
fn request_number(object: &Object<'_>) -> Read<Option<String>> {
    match object.get("id") {
        Some(Value::Number(_)) => Ok(object.count("id")?.map(|number| number.to_string())),
        _ => object.reference("id"),
    }
}

#[cfg(test)]
#[path = "support_tests.rs"]
mod tests;
