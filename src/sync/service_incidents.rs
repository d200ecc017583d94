//! The health of Office services as Partner Center told it before Microsoft Graph did: one object a workload, with its
//! incidents and its messages of the message centre. Reads one workload at a time.
//!
//! It counts the customers that an incident affects and names none: the operator names the one whose health it was.

use super::health::{State, category, customer, external_id};
use super::wire::{Object, Read, Words};
use super::{Context, Skipped};
use crate::health::record::{MessageRecord, ServiceName, StatusRecord};
use crate::incidents::record::{IncidentRecord, PostRecord};

/// A title that is made of a text is cut after so many characters.
const TITLE_CHARS: usize = 120;

// The order is that of the official client's enumerations.
const LEVELS: Words = Words::numbered(&["normal", "information", "warning", "critical"]);
const MESSAGE_TYPES: Words = Words::numbered(&["none", "incident", "message_center", "all"]);

/// The status of one workload.
pub(super) fn workload(object: &Object<'_>, context: &Context) -> Read<StatusRecord> {
    let (status, status_raw) = status(object)?;
    Ok(StatusRecord {
        customer_tenant_id: customer(object, context)?,
        service: service(object)?,
        status,
        status_raw,
    })
}

/// The incidents of a workload, each with its place.
pub(super) fn incidents_of(
    workload: &Object<'_>,
    context: &Context,
    skipped: &mut Vec<Skipped>,
) -> Vec<(String, Read<IncidentRecord>)> {
    let mut incidents = Vec::new();
    // Without a customer or a name the workload is skipped already, and they with it.
    if context.customer_tenant_id.is_none() {
        return incidents;
    }
    let Ok(service) = service(workload) else {
        return incidents;
    };
    for object in workload.objects("incidents", skipped) {
        incidents.push((object.place(), incident(&object, &service, context, skipped)));
    }
    incidents
}

/// The messages of a workload, each with its place.
pub(super) fn messages_of(
    workload: &Object<'_>,
    context: &Context,
    skipped: &mut Vec<Skipped>,
) -> Vec<(String, Read<MessageRecord>)> {
    let mut messages = Vec::new();
    if context.customer_tenant_id.is_none() {
        return messages;
    }
    let Ok(service) = service(workload) else {
        return messages;
    };
    for object in workload.objects("messageCenterMessages", skipped) {
        messages.push((object.place(), message(&object, &service, context, skipped)));
    }
    messages
}

fn incident(
    object: &Object<'_>,
    service: &ServiceName,
    context: &Context,
    skipped: &mut Vec<Skipped>,
) -> Read<IncidentRecord> {
    let customer_tenant_id = customer(object, context)?;
    let external_id = external_id(object)?;
    let area = object.name("impactedArea")?;
    let (classification, classification_raw) = classification(object)?;
    let (status, status_raw) = status(object)?;
    let (starts_at, ends_at) = (object.time("startTime")?, object.time("endTime")?);
    // A level says how bad it is, not whether it is over.
    let is_resolved = object.flag("resolved")?.unwrap_or(ends_at.is_some());
    let history = object.objects("messages", skipped);
    let posts = posts(&history, skipped);
    let title = headline(&history).or_else(|| area.clone());
    Ok(IncidentRecord {
        customer_tenant_id,
        title: title.unwrap_or_else(|| external_id.clone()),
        service: service.clone(),
        impact_description: area,
        classification,
        classification_raw,
        status,
        status_raw,
        is_resolved,
        starts_at,
        ends_at,
        modified_at: posts.iter().map(|post| post.created_at).max(),
        details: details(object),
        posts,
        external_id,
        ..IncidentRecord::default()
    })
}

fn message(
    object: &Object<'_>,
    service: &ServiceName,
    context: &Context,
    skipped: &mut Vec<Skipped>,
) -> Read<MessageRecord> {
    let customer_tenant_id = customer(object, context)?;
    let external_id = external_id(object)?;
    let (category, category_raw) = category(object)?;
    let (severity, severity_raw) = severity(object)?;
    let action_required_by = object.time("requiredBy")?;
    let (starts_at, ends_at) = (object.time("startTime")?, object.time("endTime")?);
    let mut services = object.name_list("affectedWorkloadNames");
    if services.is_empty() {
        services.push(service.name.clone());
    }
    let history = object.objects("messages", skipped);
    let texts: Vec<String> = history.iter().filter_map(|entry| entry.prose("messageText")).collect();
    let times = history.iter().filter_map(|entry| entry.time("publishedTime").ok().flatten());
    Ok(MessageRecord {
        customer_tenant_id,
        title: headline(&history).unwrap_or_else(|| external_id.clone()),
        category,
        category_raw,
        severity,
        severity_raw,
        services,
        action_required_by,
        starts_at,
        ends_at,
        modified_at: times.max(),
        content_type: "text",
        content: texts.join("\n\n"),
        external_id,
        ..MessageRecord::default()
    })
}

fn service(workload: &Object<'_>) -> Read<ServiceName> {
    let name = workload.needed("workload", workload.name("workload")?)?;
    Ok(ServiceName { id: None, name })
}

/// Only the lowest level has a like among the statuses of today.
fn status(object: &Object<'_>) -> Read<State> {
    Ok(match object.state("status", &LEVELS)? {
        ("normal", _) => ("service_operational", None),
        level => named(level),
    })
}

fn severity(object: &Object<'_>) -> Read<State> {
    Ok(match object.state("severity", &LEVELS)? {
        (level @ ("normal" | "critical"), _) => (level, None),
        level => named(level),
    })
}

/// A level in the client's own word, even where the body gives its number.
fn named(level: State) -> State {
    let word = match level {
        ("information", _) => "Information",
        ("warning", _) => "Warning",
        ("critical", _) => "Critical",
        other => return other,
    };
    ("other", Some(word.to_owned()))
}

/// What stands among incidents is one, unless it says that it is something else.
fn classification(object: &Object<'_>) -> Read<State> {
    Ok(match object.state("messageType", &MESSAGE_TYPES)? {
        ("none" | "incident", _) | ("other", None) => ("incident", None),
        ("message_center", _) => ("other", Some("MessageCenter".to_owned())),
        ("all", _) => ("other", Some("All".to_owned())),
        other => other,
    })
}

fn posts(history: &[Object<'_>], skipped: &mut Vec<Skipped>) -> Vec<PostRecord> {
    let mut posts = Vec::new();
    for entry in history {
        match post(entry) {
            Ok(post) => posts.push(post),
            Err(fault) => skipped.push(fault),
        }
    }
    posts
}

fn post(object: &Object<'_>) -> Read<PostRecord> {
    Ok(PostRecord {
        created_at: object.needed("publishedTime", object.time("publishedTime")?)?,
        kind: "regular",
        kind_raw: None,
        content_type: "text",
        content: object.prose("messageText").unwrap_or_default(),
    })
}

/// The first line of the first text, for there is no title.
fn headline(history: &[Object<'_>]) -> Option<String> {
    let text = history.iter().find_map(|entry| entry.prose("messageText"))?;
    let line = text.lines().map(str::trim).find(|line| !line.is_empty())?;
    let cut: String = line.chars().take(TITLE_CHARS).collect();
    Some(cut.trim_end().to_owned())
}

fn details(object: &Object<'_>) -> Vec<(String, String)> {
    let mut details = Vec::new();
    let workloads = object.name_list("affectedWorkloadNames");
    if !workloads.is_empty() {
        details.push(("AffectedWorkloadNames".to_owned(), workloads.join(", ")));
    }
    // 0 is what the client writes where nothing was counted.
    if let Ok(Some(count @ 1..)) = object.count("impactedCustomers") {
        details.push(("ImpactedCustomers".to_owned(), count.to_string()));
    }
    details
}

#[cfg(test)]
#[path = "service_incidents_tests.rs"]
mod tests;
