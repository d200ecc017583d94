use super::*;
use crate::health::catalogue::id_of;
use entity::{AccountId, CustomerId, support_escalation};

const NOW: Timestamp = Timestamp(1_800_000_000_000_000);
const NAMED: PartnerId = PartnerId(Uuid::from_u128(1));
const NORTH: PartnerId = PartnerId(Uuid::from_u128(2));
const SOUTH: PartnerId = PartnerId(Uuid::from_u128(3));
const STRANGER: PartnerId = PartnerId(Uuid::from_u128(4));

fn ground(providers: &[PartnerId], seller: Option<PartnerId>) -> Ground {
    let providers = providers.iter().map(|id| Provider { id: *id, is_registered: true }).collect();
    Ground { providers, seller, is_reseller: true }
}

fn direct() -> Ground {
    Ground { is_reseller: false, ..ground(&[], None) }
}

fn provider(partner: PartnerId) -> Next {
    Next { tier: Tier::Provider, partner: Some(partner) }
}

/// A technical request that says all that the vendor asks for.
fn request() -> support_request::Model {
    support_request::Model {
        id: Uuid::from_u128(10),
        number: "1".into(),
        customer_id: CustomerId(Uuid::from_u128(11)),
        partner_id: NAMED,
        raised_by: "partner".into(),
        created_by: AccountId(Uuid::from_u128(12)),
        created_at: NOW,
        kind: "technical".into(),
        severity: "moderate".into(),
        title: "Mail is late".into(),
        description: "Mails arrive an hour late.".into(),
        service_id: Some(id_of("exchange")),
        service_name: Some("Exchange Online".into()),
        subscription_id: None,
        contact_name: Some("Ada".into()),
        contact_email: Some("ada@fabrikam.example".into()),
        contact_phone: None,
        attachments: None,
        diagnosis: Some("The queue is full.".into()),
        diagnosed_at: Some(NOW),
        incident_id: None,
        status: "in_progress".into(),
        tier: "partner".into(),
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
        entry_count: 1,
        version: 1,
        modified_at: NOW,
    }
}

fn hop(from: PartnerId, to: Option<PartnerId>, state: &str) -> support_escalation::Model {
    support_escalation::Model {
        id: Uuid::from_u128(20 + from.0.as_u128()),
        request_id: Uuid::from_u128(10),
        customer_id: CustomerId(Uuid::from_u128(11)),
        source_id: NAMED,
        number: 1,
        parent_id: None,
        from_partner_id: from,
        to_partner_id: to,
        tier: if to.is_some() { "provider" } else { "vendor" }.into(),
        vehicle: None,
        state: state.into(),
        request_reason: "please".into(),
        reason: None,
        evidence: None,
        other_than_incident: None,
        owner_account_id: None,
        requested_by: AccountId(Uuid::from_u128(12)),
        starts_at: NOW,
        due_at: NOW.plus_days(1),
        expires_at: NOW.plus_days(3),
        answered_at: None,
        ends_at: Timestamp::FAR_FUTURE,
        breached_at: None,
        vendor_number: None,
        vendor_status: None,
        vendor_modified_at: None,
    }
}

fn case(hops: Vec<support_escalation::Model>) -> Case {
    Case { request: request(), hops }
}

fn view(case: &Case, party: Party) -> support_view::Model {
    case.seen_by(party, Uuid::from_u128(30))
}

fn fields(missing: &[Missing]) -> Vec<&'static str> {
    missing.iter().map(|missing| missing.field).collect()
}

const ADVANCED: Option<Vehicle> = Some(Vehicle::AdvancedSupportForPartners);

#[test]
fn a_partner_without_a_provider_for_the_customer_asks_the_vendor() {
    assert_eq!(choose(&direct(), None, None), Ok(Next::VENDOR));
    assert_eq!(choose(&direct(), None, Some(STRANGER)), Err(NextError::NotAProvider));
}

#[test]
fn the_only_provider_is_next() {
    let ground = ground(&[NORTH], None);
    assert_eq!(choose(&ground, None, None), Ok(provider(NORTH)));
    assert_eq!(choose(&ground, None, Some(NORTH)), Ok(provider(NORTH)));
    assert_eq!(choose(&ground, None, Some(SOUTH)), Err(NextError::NotAProvider));
}

#[test]
fn of_several_providers_the_affected_subscription_s_seller_is_next() {
    let both = [NORTH, SOUTH];
    assert_eq!(choose(&ground(&both, Some(SOUTH)), None, None), Ok(provider(SOUTH)));
    assert_eq!(
        choose(&ground(&both, Some(SOUTH)), None, Some(NORTH)),
        Err(NextError::NotAProvider),
        "a subscription's support is its provider's"
    );
    assert_eq!(choose(&ground(&both, None), None, Some(NORTH)), Ok(provider(NORTH)));
    assert_eq!(
        choose(&ground(&both, None), None, None),
        Err(NextError::ManyProviders(both.to_vec())),
        "nobody guesses"
    );
    // A seller who is none of them, such as the reseller itself, decides nothing.
    assert_eq!(
        choose(&ground(&both, Some(STRANGER)), None, None),
        Err(NextError::ManyProviders(both.to_vec()))
    );
}

#[test]
fn a_provider_that_does_not_use_the_gateway_gets_no_case() {
    let mut ground = ground(&[NORTH], None);
    ground.providers[0].is_registered = false;
    assert_eq!(choose(&ground, None, None), Err(NextError::NotRegistered));
    let plan = plan(&view(&case(Vec::new()), Party::Named), &ground, None, None, None);
    assert_eq!((plan.next, fields(&plan.missing)), (provider(NORTH), vec!["partnerId"]));
}

#[test]
fn a_reseller_without_a_provider_files_nothing_about_azure() {
    let ground = ground(&[], None);
    let azure = id_of("azure");
    assert!(is_filed_by_provider(azure), "the catalogue says so");
    assert_eq!(choose(&ground, Some(azure), None), Err(NextError::NotAProvider));
    assert_eq!(choose(&ground, Some(id_of("exchange")), None), Ok(Next::VENDOR));
    assert_eq!(choose(&direct(), Some(azure), None), Ok(Next::VENDOR), "a direct-bill partner provides it");
    let mut of_azure = case(Vec::new());
    of_azure.request.service_id = Some(azure);
    let plan = plan(&view(&of_azure, Party::Named), &ground, None, None, ADVANCED);
    assert_eq!(fields(&plan.missing), ["subscriptionId", "partnerId"]);
}

#[test]
fn a_request_that_says_everything_misses_nothing() {
    assert!(missing(&case(Vec::new()), &Next::VENDOR, ADVANCED).is_empty());
    assert!(missing(&case(Vec::new()), &provider(NORTH), None).is_empty());
}

#[test]
fn what_is_missing_is_named_by_the_field_that_gives_it() {
    let mut bare = case(Vec::new());
    bare.request.diagnosis = Some("  ".into());
    bare.request.service_id = None;
    bare.request.contact_email = None;
    bare.request.severity = "unheard of".into();
    let all = missing(&bare, &Next::VENDOR, None);
    assert_eq!(fields(&all), ["diagnosis", "contact", "serviceId", "severity", "vehicle"]);
    assert!(all.iter().all(|missing| missing.message.len() > 20), "each says what would be right");
    // A provider needs neither the vendor's contact nor a vehicle.
    assert_eq!(fields(&missing(&bare, &provider(NORTH), None)), ["diagnosis", "serviceId", "severity"]);
    assert!(!fields(&missing(&bare, &Next::VENDOR, Some(Vehicle::ProductIncidents))).contains(&"serviceId"));
    bare.request.kind = "billing".into();
    assert_eq!(fields(&missing(&bare, &provider(NORTH), None)), ["diagnosis", "severity"]);
}

#[test]
fn azure_and_several_providers_need_the_subscription() {
    let mut of_azure = case(Vec::new());
    of_azure.request.service_id = Some(id_of("azure"));
    assert_eq!(fields(&missing(&of_azure, &provider(NORTH), None)), ["subscriptionId"]);
    of_azure.request.subscription_id = Some(SubscriptionId(Uuid::from_u128(40)));
    assert!(missing(&of_azure, &provider(NORTH), None).is_empty());
    let unclear = Next { tier: Tier::Provider, partner: None };
    assert_eq!(fields(&missing(&case(Vec::new()), &unclear, None)), ["subscriptionId"]);
}

#[test]
fn among_several_providers_the_plan_names_the_choices_and_nobody() {
    let plan_of = |case: &Case, wanted| {
        plan(&view(case, Party::Named), &ground(&[NORTH, SOUTH], None), None, wanted, None)
    };
    let open = plan_of(&case(Vec::new()), None);
    assert_eq!(open.next, Next { tier: Tier::Provider, partner: None });
    assert_eq!((open.choices, fields(&open.missing)), (vec![NORTH, SOUTH], vec!["subscriptionId"]));
    let chosen = plan_of(&case(Vec::new()), Some(SOUTH));
    assert_eq!((chosen.next, chosen.missing), (provider(SOUTH), Vec::new()));
    // A subscription that none of them sold leaves the choice to the caller.
    let mut elsewhere = case(Vec::new());
    elsewhere.request.subscription_id = Some(SubscriptionId(Uuid::from_u128(40)));
    assert_eq!(fields(&plan_of(&elsewhere, None).missing), ["partnerId"]);
    assert_eq!(plan_of(&elsewhere, Some(NORTH)).next, provider(NORTH));
}

#[test]
fn a_partner_that_is_no_provider_is_refused_and_the_right_one_shown() {
    let plan =
        plan(&view(&case(Vec::new()), Party::Named), &ground(&[NORTH], None), None, Some(STRANGER), None);
    assert_eq!((plan.next, fields(&plan.missing)), (provider(NORTH), vec!["partnerId"]));
}

#[test]
fn the_state_of_the_case_is_told_as_what_is_in_the_way() {
    let blocked = |case: &Case, party: Party, hop| {
        let ground = if party == Party::Named { ground(&[NORTH], None) } else { Ground::default() };
        plan(&view(case, party), &ground, hop, None, ADVANCED).block
    };
    assert_eq!(blocked(&case(Vec::new()), Party::Named, None), None);
    let requested = case(vec![hop(NAMED, Some(NORTH), "requested")]);
    assert_eq!(blocked(&requested, Party::Named, None), Some(Block::HandedOver));
    let tier = Party::Tier(NORTH);
    assert_eq!(blocked(&requested, tier, Some(HopState::Requested)), Some(Block::NotAccepted));
    assert_eq!(blocked(&requested, tier, None), Some(Block::NotAccepted));
    let accepted = case(vec![hop(NAMED, Some(NORTH), "accepted")]);
    assert_eq!(blocked(&accepted, tier, Some(HopState::Accepted)), None);
    let onward = case(vec![hop(NAMED, Some(NORTH), "accepted"), hop(NORTH, None, "requested")]);
    assert_eq!(blocked(&onward, tier, Some(HopState::Accepted)), Some(Block::HandedOver));
    let mut closed = accepted.clone();
    closed.request.status = "closed".into();
    assert_eq!(blocked(&closed, tier, Some(HopState::Accepted)), Some(Block::Closed));
    closed.request.status = "resolved".into();
    assert_eq!(blocked(&closed, Party::Named, None), Some(Block::Closed));
}

#[test]
fn a_tier_that_holds_the_case_asks_the_vendor() {
    let accepted = case(vec![hop(NAMED, Some(NORTH), "accepted")]);
    let tier = view(&accepted, Party::Tier(NORTH));
    let plan = plan(&tier, &Ground::default(), Some(HopState::Accepted), None, None);
    assert_eq!((plan.next, fields(&plan.missing)), (Next::VENDOR, vec!["vehicle"]));
    assert_eq!(needed(&tier), Action::CaseAnswer);
    assert_eq!(needed(&view(&accepted, Party::Named)), Action::RequestEscalate);
}

#[test]
fn whatever_is_in_the_way_says_what_would_help() {
    let all = [
        Block::Right(Action::RequestEscalate),
        Block::Right(Action::CaseAnswer),
        Block::Closed,
        Block::HandedOver,
        Block::NotAccepted,
    ];
    let fixes: std::collections::BTreeSet<_> = all.iter().map(|block| block.fix()).collect();
    assert_eq!(fixes.len(), all.len(), "each its own");
}
