//! Service health as Microsoft Graph tells it, and either system's refusal to tell it. Reads one object at a time; what
//! is published on an issue is kept as given, and one odd post never costs its issue.
//!
//! A body on health never names the tenant whose health it is: the operator does.

use super::partner_center::NO_CUSTOMER;
use super::wire::{Object, Read, Word, Words, quoted};
use super::{Context, Skipped};
use crate::health::record::{LookOutcome, LookRecord, MessageRecord, ServiceName, StatusRecord};
use crate::incidents::record::{IncidentRecord, PostRecord};
use entity::Timestamp;
use uuid::Uuid;

/// A code, and the upstream's own word where the code is `other`.
pub(super) type State = (&'static str, Option<String>);

/// Stands at number 0 where the vendor counts from 1.
const UNCOUNTED: &str = "unknown";

// The order is the vendor's own numbering. The last six are reserved.
const STATUSES: Words = Words::numbered(&[
    "service_operational",
    "investigating",
    "restoring_service",
    "verifying_service",
    "service_restored",
    "post_incident_review_published",
    "service_degradation",
    "service_interruption",
    "extended_recovery",
    "false_positive",
    "investigation_suspended",
    "resolved",
    "mitigated_external",
    "mitigated",
    "resolved_external",
    "confirmed",
    "reported",
]);
const CLASSIFICATIONS: Words = Words::numbered(&[UNCOUNTED, "advisory", "incident"]);
const ORIGINS: Words = Words::numbered(&[UNCOUNTED, "microsoft", "third_party", "customer"]);
const POST_TYPES: Words = Words::numbered(&["regular", "quick", "strategic"]);
const CONTENT_TYPES: Words = Words::numbered(&["text", "html"]);
const CATEGORIES: Words =
    Words::numbered(&[UNCOUNTED, "prevent_or_fix_issue", "plan_for_change", "stay_informed"]);
const SEVERITIES: Words = Words::numbered(&[UNCOUNTED, "normal", "high", "critical"]);

/// Statuses of an issue that is over.
const OVER: [&str; 7] = [
    "service_restored",
    "post_incident_review_published",
    "false_positive",
    "resolved",
    "mitigated",
    "mitigated_external",
    "resolved_external",
];

// Error codes, folded. 20002 is "no commerce relationship with the customer", 2032 "access denied" by Partner Center.
const THROTTLED: [&str; 5] =
    ["toomanyrequests", "429", "throttled", "throttledrequest", "activitylimitreached"];
const NO_DELEGATION: [&str; 8] = [
    "authorizationrequestdenied",
    "forbidden",
    "accessdenied",
    "unauthorized",
    "401",
    "403",
    "20002",
    "2032",
];
// They blame the caller's own token or role, whatever the HTTP status beside them: no word on the customer.
const CALLERS_OWN: [&str; 4] =
    ["invalidauthenticationtoken", "authenticationmissingormalformed", "900150", "900329"];

/// The status of one service: a `serviceHealth`.
pub(super) fn overview(object: &Object<'_>, context: &Context) -> Read<StatusRecord> {
    let (status, status_raw) = object.state("status", &STATUSES)?;
    Ok(StatusRecord {
        customer_tenant_id: customer(object, context)?,
        service: object.needed("service", service(object)?)?,
        status,
        status_raw,
    })
}

/// The issues in a `serviceHealth` that was asked for them, each with its place.
pub(super) fn issues_of(
    overview: &Object<'_>,
    context: &Context,
    skipped: &mut Vec<Skipped>,
) -> Vec<(String, Read<IncidentRecord>)> {
    // Without a customer the overview is skipped already, and they with it.
    if context.customer_tenant_id.is_none() {
        return Vec::new();
    }
    let around = service(overview).ok().flatten();
    let mut issues = Vec::new();
    for object in overview.objects("issues", skipped) {
        issues.push((object.place(), issue(&object, around.as_ref(), context, skipped)));
    }
    issues
}

/// A `serviceHealthIssue`. `around` is the service whose overview holds it. Odd posts are left out and reported.
pub(super) fn issue(
    object: &Object<'_>,
    around: Option<&ServiceName>,
    context: &Context,
    skipped: &mut Vec<Skipped>,
) -> Read<IncidentRecord> {
    let customer_tenant_id = customer(object, context)?;
    let external_id = external_id(object)?;
    let (classification, classification_raw) = counted(object, "classification", &CLASSIFICATIONS)?;
    let (origin, origin_raw) = match counted(object, "origin", &ORIGINS)? {
        ("other", None) => (None, None),
        (origin, raw) => (Some(origin), raw),
    };
    let (status, status_raw) = object.state("status", &STATUSES)?;
    let ends_at = object.time("endDateTime")?;
    let derived = is_over(status, status_raw.as_deref(), ends_at);
    Ok(IncidentRecord {
        customer_tenant_id,
        title: object.name("title")?.unwrap_or_else(|| external_id.clone()),
        service: object.needed("service", issue_service(object, around)?)?,
        feature: object.name("feature")?,
        feature_group: object.name("featureGroup")?,
        impact_description: object.prose("impactDescription"),
        classification,
        classification_raw,
        origin,
        origin_raw,
        status,
        status_raw,
        is_resolved: object.flag("isResolved")?.unwrap_or(derived),
        starts_at: object.time("startDateTime")?,
        ends_at,
        modified_at: object.time("lastModifiedDateTime")?,
        // Last, so that nothing is reported of an issue that is skipped as a whole.
        details: details(object, skipped),
        posts: posts(object, skipped),
        external_id,
    })
}

/// What the status says of the end; a body without any status says it by its end alone.
fn is_over(status: &str, raw: Option<&str>, ends_at: Option<Timestamp>) -> bool {
    match raw {
        None if status == "other" => ends_at.is_some(),
        _ => OVER.contains(&status),
    }
}

/// The issue names its service as the overview does, and only the overview gives the id.
fn issue_service(object: &Object<'_>, around: Option<&ServiceName>) -> Read<Option<ServiceName>> {
    let name = object.name("service")?;
    Ok(match (name, around) {
        (None, around) => around.cloned(),
        (Some(name), Some(around)) if fold(&name) == fold(&around.name) => Some(around.clone()),
        (Some(name), _) => Some(ServiceName { id: None, name }),
    })
}

fn details(object: &Object<'_>, skipped: &mut Vec<Skipped>) -> Vec<(String, String)> {
    let details = object.objects("details", skipped).into_iter();
    details
        .filter_map(|detail| {
            let name = detail.name("name").ok().flatten()?;
            Some((name, detail.prose("value").unwrap_or_default()))
        })
        .collect()
}

fn posts(object: &Object<'_>, skipped: &mut Vec<Skipped>) -> Vec<PostRecord> {
    let mut posts = Vec::new();
    for entry in object.objects("posts", skipped) {
        match post(&entry) {
            Ok(post) => posts.push(post),
            Err(fault) => skipped.push(fault),
        }
    }
    posts
}

fn post(object: &Object<'_>) -> Read<PostRecord> {
    let (kind, kind_raw) = object.state("postType", &POST_TYPES)?;
    let (content_type, content) = content(object, "description");
    Ok(PostRecord {
        created_at: object.needed("createdDateTime", object.time("createdDateTime")?)?,
        kind,
        kind_raw,
        content_type,
        content,
    })
}

/// An `itemBody`: `{contentType, content}`. What is not said to be HTML is shown as text, which does no harm.
fn content(object: &Object<'_>, name: &str) -> (&'static str, String) {
    let Ok(Some(body)) = object.child(name) else {
        return ("text", object.prose(name).unwrap_or_default());
    };
    let content_type = match body.word("contentType", &CONTENT_TYPES) {
        Ok(Some(Word::Known(known))) => known,
        _ => "text",
    };
    (content_type, body.prose("content").unwrap_or_default())
}

/// A `serviceUpdateMessage`.
pub(super) fn message(object: &Object<'_>, context: &Context) -> Read<MessageRecord> {
    let customer_tenant_id = customer(object, context)?;
    let external_id = external_id(object)?;
    let (category, category_raw) = category(object)?;
    let (severity, severity_raw) = counted(object, "severity", &SEVERITIES)?;
    let (content_type, content) = content(object, "body");
    Ok(MessageRecord {
        customer_tenant_id,
        title: object.name("title")?.unwrap_or_else(|| external_id.clone()),
        category,
        category_raw,
        severity,
        severity_raw,
        services: object.name_list("services"),
        tags: object.name_list("tags"),
        is_major_change: object.flag("isMajorChange")?,
        action_required_by: object.time("actionRequiredByDateTime")?,
        starts_at: object.time("startDateTime")?,
        ends_at: object.time("endDateTime")?,
        modified_at: object.time("lastModifiedDateTime")?,
        content_type,
        content,
        external_id,
    })
}

/// What a message asks of its reader.
pub(super) fn category(object: &Object<'_>) -> Read<State> {
    counted(object, "category", &CATEGORIES)
}

/// The body of a refusal, of either system, as a look that saw nothing.
pub(super) fn look(object: &Object<'_>, context: &Context) -> Read<LookRecord> {
    let codes = error_codes(object);
    match codes.iter().find_map(|code| outcome(&fold(code))) {
        Some(Some(outcome)) => Ok(LookRecord { customer_tenant_id: customer(object, context)?, outcome }),
        _ => {
            let code = codes.first().map_or_else(|| "without code".to_owned(), |code| quoted(code));
            Err(object
                .unfit(format!("is an error, {code}, that is neither throttling nor a lack of delegation")))
        }
    }
}

/// What a code says of the look: nothing (go on to the next), or that it is not for us to tell, or how it ended.
fn outcome(code: &str) -> Option<Option<LookOutcome>> {
    if CALLERS_OWN.contains(&code) {
        return Some(None);
    }
    if THROTTLED.contains(&code) {
        return Some(Some(LookOutcome::Throttled));
    }
    NO_DELEGATION.contains(&code).then_some(Some(LookOutcome::NoDelegation))
}

/// The codes of an error, the telling first: its own, the inner one, and last the HTTP status.
fn error_codes(object: &Object<'_>) -> Vec<String> {
    let error = object.child("error").ok().flatten();
    let inner = error.as_ref().and_then(|error| error.child("innerError").ok().flatten());
    let mut codes = Vec::new();
    for (part, name) in [
        (error.as_ref(), "code"),
        (Some(object), "code"),
        (inner.as_ref(), "code"),
        (error.as_ref(), "statusCode"),
        (Some(object), "statusCode"),
        (error.as_ref(), "status"),
        (Some(object), "status"),
    ] {
        codes.extend(part.and_then(|part| part.text(name).ok().flatten()));
    }
    codes
}

/// The tenant whose health it is; the body cannot say.
pub(super) fn customer(object: &Object<'_>, context: &Context) -> Read<Uuid> {
    context.customer_tenant_id.ok_or_else(|| object.unfit(NO_CUSTOMER))
}

/// Ids of issues and messages are letters and digits, in one case.
pub(super) fn external_id(object: &Object<'_>) -> Read<String> {
    let id = object.needed("id", object.reference("id")?)?;
    Ok(id.to_uppercase())
}

/// A name in the form in which services are told apart: small letters and digits.
pub(super) fn fold(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn service(object: &Object<'_>) -> Read<Option<ServiceName>> {
    let id = service_id(object, "id");
    let name = object.name("service")?.or_else(|| id.clone());
    Ok(name.map(|name| ServiceName { id, name }))
}

/// A name tells a service well enough: an id that is a placeholder is left out.
pub(super) fn service_id(object: &Object<'_>, name: &str) -> Option<String> {
    object.reference(name).ok().flatten()
}

/// A state of an enumeration that the vendor counts from 1.
fn counted(object: &Object<'_>, name: &str, words: &Words) -> Read<State> {
    Ok(match object.state(name, words)? {
        (UNCOUNTED, _) => ("other", object.text(name)?),
        state => state,
    })
}

#[cfg(test)]
#[path = "health_tests.rs"]
mod tests;
