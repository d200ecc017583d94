//! What a request says: raising it, and changing it. References are to what the caller may read.

use super::case::{Audience, Party};
use super::case_store::{self as store, Work};
use super::command::{Edit, Raise};
use super::desk::{Desk, Judged, Open, Stop, all_right, not_found, pace_for, refuse};
use super::perform::{Did, WORK, of_request, require_open};
use super::words::{Status, Tier, Visibility};
use super::{check, pace as clock};
use crate::access::action::Action;
use crate::health::catalogue::Catalogue;
use crate::writes::UserErrorCode;
use crate::{incidents, subscriptions};
use entity::{CustomerId, IncidentId, PartnerId, ServiceId, SubscriptionId, Timestamp, support_request};
use uuid::Uuid;

/// The name of a service that a request is about.
async fn service_name(
    desk: &Desk<'_>,
    partner: PartnerId,
    customer: CustomerId,
    service: ServiceId,
) -> Judged<String> {
    if let Some(known) = Catalogue::shipped().by_id(service) {
        return Ok(known.name.clone());
    }
    match store::service_name(desk.tx, partner, customer, service).await? {
        Some(name) => Ok(name),
        None => not_found("serviceId", "service"),
    }
}

/// A subscription of the customer that the caller may read.
async fn require_subscription(desk: &Desk<'_>, customer: CustomerId, id: SubscriptionId) -> Judged<()> {
    if subscriptions::service::is_readable(desk.tx, desk.op, id, customer).await? {
        return Ok(());
    }
    not_found("subscriptionId", "subscription of this customer")
}

/// An incident that the caller may read.
pub async fn require_incident(desk: &Desk<'_>, id: IncidentId) -> Judged<()> {
    if incidents::service::is_readable(desk.tx, desk.op, id).await? {
        return Ok(());
    }
    not_found("incidentId", "incident")
}

/// The contact is the partner's: an address of the customer's own domains is refused.
async fn require_contact_of_partner(
    desk: &Desk<'_>,
    partner: PartnerId,
    customer: CustomerId,
    email: &str,
) -> Judged<()> {
    let domain = email.rsplit('@').next().unwrap_or_default().to_lowercase();
    if store::is_domain_of(desk.tx, partner, customer, &domain).await? {
        let message = "is an address of the customer; the vendor is given the partner's own contact";
        return refuse(UserErrorCode::Invalid, Some("contact.email"), message);
    }
    Ok(())
}

/// Who raises it: for which partner, and as which party.
async fn raiser(desk: &Desk<'_>, raise: &Raise) -> Judged<(PartnerId, Party, i64)> {
    let viewer = &desk.op.viewer;
    let own = viewer.partner.filter(|own| raise.partner.is_none_or(|named| named == *own));
    let (partner, party) = match (own, raise.partner, viewer.customer == Some(raise.customer)) {
        (Some(own), _, is_customer) if !is_customer || raise.partner.is_some() => (own, Party::Named),
        (_, Some(named), true) => (named, Party::Customer),
        // Named later, once it is known that the caller may raise something at all.
        (_, None, true) => (PartnerId::ANY, Party::Customer),
        (_, Some(_), false) => {
            let message = "is not your organisation: a partner raises requests in its own name";
            return refuse(UserErrorCode::Invalid, Some("partnerId"), message);
        }
        (_, None, false) => return not_found("customerId", "customer"),
    };
    // The customer's staff acts by its own roles alone, whichever partner it names.
    let whose = if party == Party::Customer { PartnerId::ANY } else { partner };
    let held = store::held_on(desk.tx, &desk.op.scope, raise.customer, whose).await?;
    if held == 0 {
        return not_found("customerId", "customer");
    }
    if !desk.op.allows(Action::RequestRaise, held) {
        let action = Action::RequestRaise;
        let message = format!("not allowed to {}: {}", action.name(), action.missing());
        return refuse(UserErrorCode::Forbidden, None, message);
    }
    if partner == PartnerId::ANY {
        let message = "is missing: name one of your partners";
        return refuse(UserErrorCode::Invalid, Some("partnerId"), message);
    }
    if party == Party::Customer && !store::serves(desk.tx, &desk.op.scope, partner, raise.customer).await? {
        return not_found("partnerId", "partner of yours");
    }
    if store::is_one_tenant(desk.tx, partner, raise.customer).await? {
        let message = "is of the partner's own tenant: a partner looks after itself without requests";
        return refuse(UserErrorCode::Invalid, Some("customerId"), message);
    }
    Ok((partner, party, held))
}

fn check_raise(raise: &Raise) -> Judged<()> {
    let mut errors = Vec::new();
    check::line("title", &raise.title, check::TITLE_CHARS, &mut errors);
    check::text("description", &raise.description, check::TEXT_CHARS, &mut errors);
    if let Some(contact) = &raise.contact {
        check::contact(contact, &mut errors);
    }
    check::attachments(&raise.attachments, &mut errors);
    all_right(errors)
}

async fn free_number(desk: &Desk<'_>) -> Judged<String> {
    for _ in 0..20 {
        let number = check::request_number(Uuid::new_v4());
        if !store::is_taken(desk.tx, &number).await? {
            return Ok(number);
        }
    }
    Err(crate::error::Error::internal("no free request number was found").into())
}

/// Raises a request: the named partner's clock begins.
pub async fn raise(desk: &Desk<'_>, raise: &Raise) -> Judged<Did> {
    check_raise(raise)?;
    let (partner, party, held) = raiser(desk, raise).await?;
    if party == Party::Customer && raise.contact.is_some() {
        let message = "is the partner's to give: the vendor never gets the customer's";
        return refuse(UserErrorCode::Invalid, Some("contact"), message);
    }
    if let Some(contact) = &raise.contact {
        require_contact_of_partner(desk, partner, raise.customer, &contact.email).await?;
    }
    if let Some(id) = raise.subscription {
        require_subscription(desk, raise.customer, id).await?;
    }
    if let Some(id) = raise.incident {
        require_incident(desk, id).await?;
    }
    let service_name = match raise.service {
        Some(id) => Some(service_name(desk, partner, raise.customer, id).await?),
        None => None,
    };
    let (kind, severity) = (raise.kind.code(), raise.severity.code());
    let pace = pace_for(desk.tx, partner, raise.customer, raise.service, kind, severity).await?;
    let mut request = blank(desk, raise, partner, free_number(desk).await?)?;
    request.raised_by = if party == Party::Customer { "customer" } else { "partner" }.to_owned();
    request.service_name = service_name;
    let id = request.id;
    let mut work = Work::new(desk.tx, desk.now, request);
    clock::start(&mut work.case, &pace.calendar, desk.now, pace.response);
    clock::promise_customer(&mut work.case);
    let mut entry = desk.entry(party, "raised", Visibility::Customer);
    entry.detail = Some(match party {
        Party::Customer => "The customer raised the request.".to_owned(),
        _ => "The partner raised the request for the customer.".to_owned(),
    });
    work.say(entry, Audience::All);
    let acting = store::Acting { party, held, version: 1, is_current: true };
    let audited = desk.finish(Open { work, acting }, None).await?;
    Ok(of_request(id, audited))
}

fn json(value: &impl serde::Serialize) -> Judged<String> {
    serde_json::to_string(value).map_err(|error| Stop::Fault(crate::error::Error::internal(error)))
}

fn blank(
    desk: &Desk<'_>,
    raise: &Raise,
    partner: PartnerId,
    number: String,
) -> Judged<support_request::Model> {
    let Some(account) = desk.op.viewer.account else {
        return not_found("customerId", "customer");
    };
    let attachments = if raise.attachments.is_empty() { None } else { Some(json(&raise.attachments)?) };
    let contact = raise.contact.clone();
    Ok(support_request::Model {
        id: Uuid::new_v4(),
        number,
        customer_id: raise.customer,
        partner_id: partner,
        raised_by: String::new(),
        created_by: account,
        created_at: desk.now,
        kind: raise.kind.code().to_owned(),
        severity: raise.severity.code().to_owned(),
        title: raise.title.clone(),
        description: raise.description.clone(),
        service_id: raise.service,
        service_name: None,
        subscription_id: raise.subscription,
        contact_name: contact.as_ref().map(|contact| contact.name.clone()),
        contact_email: contact.as_ref().map(|contact| contact.email.clone()),
        contact_phone: contact.and_then(|contact| contact.phone),
        attachments,
        diagnosis: None,
        diagnosed_at: None,
        incident_id: raise.incident,
        status: Status::New.code().to_owned(),
        tier: Tier::Partner.code().to_owned(),
        owner_account_id: None,
        due_at: Timestamp::FAR_FUTURE,
        customer_due_at: Timestamp::FAR_FUTURE,
        paused_left: None,
        responded_at: None,
        breached_at: None,
        resolution_kind: None,
        resolution_text: None,
        resolved_at: None,
        closed_at: None,
        merged_into_id: None,
        entry_count: 0,
        version: 0,
        modified_at: desk.now,
    })
}

/// Changes what a request says.
pub async fn edit(desk: &Desk<'_>, edit: &Edit) -> Judged<Did> {
    let mut open = desk.open_version(edit.request, edit.version, WORK, "updated").await?;
    require_open(&open.work.case)?;
    let mut errors = Vec::new();
    if let Some(title) = &edit.title {
        check::line("title", title, check::TITLE_CHARS, &mut errors);
    }
    if let Some(description) = &edit.description {
        check::text("description", description, check::TEXT_CHARS, &mut errors);
    }
    if let Some(contact) = &edit.contact {
        check::contact(contact, &mut errors);
    }
    check::attachments(edit.attachments.as_deref().unwrap_or_default(), &mut errors);
    all_right(errors)?;
    let (partner, customer) = (open.work.case.request.partner_id, open.work.case.request.customer_id);
    if let Some(id) = edit.subscription {
        require_subscription(desk, customer, id).await?;
    }
    if let Some(contact) = &edit.contact {
        require_contact_of_partner(desk, partner, customer, &contact.email).await?;
    }
    let changed = apply(desk, &mut open, edit).await?;
    if changed.is_empty() {
        return refuse(
            UserErrorCode::Invalid,
            None,
            "changes nothing: give at least one field another value",
        );
    }
    if changed.contains(&"severity") {
        let pace = desk.pace(&open.work.case, partner).await?;
        clock::bring_forward(&mut open.work.case, &pace.calendar, desk.now, pace.response);
    }
    // Whose contact it is, is no matter of the customer's.
    let told: Vec<&str> = changed.iter().copied().filter(|field| *field != "contact").collect();
    if told.is_empty() {
        let mut entry = desk.entry(open.acting.party, "edited", Visibility::Chain);
        entry.detail = Some("Changed: contact.".to_owned());
        entry.hop = open.work.case.provider_hop().map(|hop| hop.id);
        open.work.say(entry, Audience::Chain);
    } else {
        let mut entry = desk.entry(open.acting.party, "edited", Visibility::Customer);
        entry.detail = Some(format!("Changed: {}.", told.join(", ")));
        desk.say_to_all(&mut open, entry);
    }
    let audited = desk.finish(open, None).await?;
    Ok(of_request(edit.request, audited))
}

/// Sets what is given, and says which fields became another.
async fn apply(desk: &Desk<'_>, open: &mut Open<'_>, edit: &Edit) -> Judged<Vec<&'static str>> {
    let name = match edit.service {
        Some(id) => {
            let r = &open.work.case.request;
            Some(service_name(desk, r.partner_id, r.customer_id, id).await?)
        }
        None => None,
    };
    let attachments = edit.attachments.as_ref().map(json).transpose()?;
    let r = &mut open.work.case.request;
    let before = r.clone();
    if let Some(kind) = edit.kind {
        r.kind = kind.code().to_owned();
    }
    if let Some(severity) = edit.severity {
        r.severity = severity.code().to_owned();
    }
    if let Some(title) = &edit.title {
        r.title.clone_from(title);
    }
    if let Some(description) = &edit.description {
        r.description.clone_from(description);
    }
    if edit.service.is_some() {
        (r.service_id, r.service_name) = (edit.service, name);
    }
    if edit.subscription.is_some() {
        r.subscription_id = edit.subscription;
    }
    if let Some(contact) = edit.contact.clone() {
        r.contact_name = Some(contact.name);
        r.contact_email = Some(contact.email);
        r.contact_phone = contact.phone;
    }
    if attachments.is_some() {
        r.attachments = attachments;
    }
    let contact = |r: &support_request::Model| {
        (r.contact_name.clone(), r.contact_email.clone(), r.contact_phone.clone())
    };
    let fields = [
        ("kind", r.kind != before.kind),
        ("severity", r.severity != before.severity),
        ("title", r.title != before.title),
        ("description", r.description != before.description),
        ("service", r.service_id != before.service_id),
        ("subscription", r.subscription_id != before.subscription_id),
        ("contact", contact(r) != contact(&before)),
        ("attachments", r.attachments != before.attachments),
    ];
    Ok(fields.into_iter().filter(|(_, changed)| *changed).map(|(field, _)| field).collect())
}
