use super::*;
use crate::health::catalogue::{VEHICLES, id_of};

const NOW: Timestamp = Timestamp(1_790_000_000_000_000);

fn ask(kind: Kind, service: Option<&str>) -> Ask {
    Ask { kind, severity: Severity::Moderate, service: service.map(id_of), is_reseller: false }
}

fn contract(vehicle: Vehicle) -> Contract {
    Contract {
        id: Uuid::new_v4(),
        vehicle,
        incidents_included: None,
        incidents_used: 0,
        starts_at: NOW.plus_days(-10),
        ends_at: NOW.plus_days(10),
    }
}

fn all_contracts() -> Vec<Contract> {
    Vehicle::ALL.iter().skip(1).map(|vehicle| contract(*vehicle)).collect()
}

fn eligible(ask: &Ask, contracts: &[Contract]) -> Vec<Vehicle> {
    let all = eligibility(ask, contracts, NOW).into_iter().filter(|one| one.eligible);
    all.map(|one| one.vehicle).collect()
}

fn of(vehicle: Vehicle, ask: &Ask, contracts: &[Contract]) -> Eligibility {
    eligibility(ask, contracts, NOW).into_iter().find(|one| one.vehicle == vehicle).unwrap()
}

#[test]
fn the_shipped_rules_are_in_order_and_name_the_vehicles_of_the_catalogue() {
    let rules = parse(include_str!("vehicles.toml")).unwrap();
    let codes: Vec<&str> = rules.iter().map(|rule| rule.vehicle.code()).collect();
    assert_eq!(codes, VEHICLES);
    assert_eq!(shipped().len(), Vehicle::ALL.len());
}

#[test]
fn every_vehicle_gets_an_answer_with_its_reason() {
    let all = eligibility(&ask(Kind::Technical, Some("exchange")), &[], NOW);
    let vehicles: Vec<Vehicle> = all.iter().map(|one| one.vehicle).collect();
    assert_eq!(vehicles, Vehicle::ALL);
    assert!(all.iter().all(|one| !one.eligible && !one.reason.is_empty() && one.contract.is_none()));
}

#[test]
fn billing_and_subscriptions_go_through_what_every_partner_has() {
    for kind in [Kind::Billing, Kind::SubscriptionManagement] {
        for service in [None, Some("exchange"), Some("dynamics365"), Some("azure")] {
            let ask = Ask { kind, ..ask(kind, service) };
            assert_eq!(eligible(&ask, &[]), [Vehicle::Commercial]);
            assert_eq!(eligible(&ask, &all_contracts()), [Vehicle::Commercial]);
        }
    }
}

#[test]
fn a_technical_request_needs_a_contract_that_serves_its_service() {
    use Vehicle::{
        AdvancedSupportForPartners, PremierSupportForPartners, ProductIncidents, SignatureCloudSupport,
    };
    let eligible = |service| eligible(&ask(Kind::Technical, service), &all_contracts());
    let cloud = [PremierSupportForPartners, AdvancedSupportForPartners, SignatureCloudSupport];
    assert_eq!(eligible(Some("exchange")), cloud);
    assert_eq!(eligible(None), [PremierSupportForPartners, ProductIncidents], "a product on premises");
    let none = of(PremierSupportForPartners, &ask(Kind::Technical, Some("exchange")), &[]);
    assert!(none.reason.contains("needs a contract of Premier Support for Partners"), "{}", none.reason);
}

#[test]
fn dynamics_needs_advanced_or_premier_support() {
    let dynamics = Catalogue::shipped().services().iter().find(|s| s.area.code() == "dynamics").unwrap();
    let ask = Ask { service: Some(dynamics.id), ..ask(Kind::Technical, None) };
    let expected = [Vehicle::PremierSupportForPartners, Vehicle::AdvancedSupportForPartners];
    assert_eq!(eligible(&ask, &all_contracts()), expected);
    let signature = of(Vehicle::SignatureCloudSupport, &ask, &all_contracts());
    assert!(signature.reason.contains(&format!("does not serve {}", dynamics.name)), "{}", signature.reason);
}

#[test]
fn a_reseller_files_no_azure_request_whatever_its_contracts() {
    let azure = Catalogue::shipped().services().iter().find(|s| s.area.code() == "azure").unwrap();
    for kind in Kind::ALL.iter().copied() {
        let asked = Ask { service: Some(azure.id), is_reseller: true, ..ask(kind, None) };
        for one in eligibility(&asked, &all_contracts(), NOW) {
            assert!(!one.eligible && one.reason.contains("only the provider of the subscription"), "{one:?}");
        }
    }
    let by_provider = Ask { service: Some(azure.id), ..ask(Kind::Technical, None) };
    assert!(!eligible(&by_provider, &all_contracts()).is_empty());
    let elsewhere = Ask { is_reseller: true, ..ask(Kind::Technical, Some("exchange")) };
    assert!(!eligible(&elsewhere, &all_contracts()).is_empty());
}

#[test]
fn a_service_that_only_an_upstream_names_is_an_online_service() {
    let ask = Ask { service: Some(id_of("other/novelty")), ..ask(Kind::Technical, None) };
    let found = eligible(&ask, &all_contracts());
    assert!(found.contains(&Vehicle::SignatureCloudSupport) && !found.contains(&Vehicle::ProductIncidents));
}

#[test]
fn a_contract_counts_within_its_interval_alone() {
    let vehicle = Vehicle::SignatureCloudSupport;
    let ask = ask(Kind::Technical, Some("teams"));
    let between = |starts_at, ends_at| Contract { starts_at, ends_at, ..contract(vehicle) };
    let reason = |held: Contract| of(vehicle, &ask, &[held]).reason;
    assert!(of(vehicle, &ask, &[between(NOW, NOW.plus_days(1))]).eligible);
    assert!(reason(between(NOW.plus_days(-9), NOW)).contains("ended on 2026-09-21"));
    assert!(reason(between(NOW.plus_days(1), NOW.plus_days(9))).contains("begins on 2026-09-22"));
}

#[test]
fn an_allowance_that_is_used_up_carries_nothing_more() {
    let vehicle = Vehicle::SignatureCloudSupport;
    let ask = ask(Kind::Technical, Some("teams"));
    let with = |used| Contract { incidents_included: Some(5), incidents_used: used, ..contract(vehicle) };
    let left = of(vehicle, &ask, &[with(4)]);
    assert!(left.eligible && left.reason.contains("1 of 5 incidents are left"), "{}", left.reason);
    let used = of(vehicle, &ask, &[with(5)]);
    assert!(!used.eligible && used.reason.contains("used up"), "{}", used.reason);
}

#[test]
fn of_several_contracts_the_one_that_ends_first_and_has_incidents_left_is_used() {
    let vehicle = Vehicle::SignatureCloudSupport;
    let until = |days, used| Contract {
        ends_at: NOW.plus_days(days),
        incidents_included: Some(5),
        incidents_used: used,
        ..contract(vehicle)
    };
    let held = [until(300, 0), until(30, 0), until(3, 5)];
    let found = of(vehicle, &ask(Kind::Technical, Some("teams")), &held);
    assert_eq!(found.contract, Some(held[1].id));
}

#[test]
fn two_vehicles_answer_one_severity_at_two_times() {
    let minutes = |vehicle, severity| (due(vehicle, Kind::Technical, severity, NOW).0 - NOW.0) / 60_000_000;
    let answers = [(Severity::Critical, 120), (Severity::Moderate, 240), (Severity::Minimal, 480)];
    for (severity, by_severity) in answers {
        assert_eq!(
            minutes(Some(Vehicle::Commercial), severity),
            480,
            "a business day, whatever its severity"
        );
        for vehicle in Vehicle::ALL.iter().skip(1) {
            assert_eq!(minutes(Some(*vehicle), severity), by_severity, "{vehicle:?}");
        }
        assert_eq!(minutes(None, severity), by_severity);
    }
}

#[test]
fn a_vehicle_s_own_target_counts_for_the_severities_that_it_names() {
    let own = "contract = true\nresponse_minutes = { critical = 60 }";
    let text = include_str!("vehicles.toml").replacen("contract = true", own, 1);
    let rules = parse(&text).unwrap();
    assert_eq!(rules[1].targets, Targets(BTreeMap::from([(Severity::Critical, 60)])));
    let minutes = |severity| response_minutes(Kind::Technical, severity, Some(&rules[1].targets));
    assert_eq!((minutes(Severity::Critical), minutes(Severity::Moderate)), (60, 240));
}

#[test]
fn a_severity_that_a_vehicle_does_not_take_is_refused() {
    let text = include_str!("vehicles.toml").replace(
        "severities = [\"critical\", \"moderate\", \"minimal\"]",
        "severities = [\"critical\", \"minimal\"]",
    );
    let rules = parse(&text).unwrap();
    let all = judged(&rules, &ask(Kind::Billing, None), &[], NOW);
    assert!(!all[0].eligible && all[0].reason.contains("moderate severity"), "{}", all[0].reason);
}

#[test]
fn a_slip_in_the_file_is_refused_and_named() {
    let text = include_str!("vehicles.toml");
    let slip = |from: &str, to: &str| parse(&text.replacen(from, to, 1)).unwrap_err();
    assert!(
        slip("code = \"commercial\"", "code = \"carrier_pigeon\"").contains("`carrier_pigeon` is not known")
    );
    assert!(slip("code = \"product_incidents\"", "code = \"commercial\"").contains("appears twice"));
    assert!(slip("\"billing\"", "\"legal\"").contains("`legal` is not known"));
    assert!(slip("contract = false", "contract = false\nprice = 1").contains("price"));
    assert!(slip("critical = 480", "urgent = 480").contains("`urgent` is not known"));
    assert!(slip("critical = 480", "critical = 0").contains("0 minutes are no target"));
    let (first, _) = text.rsplit_once("[[vehicle]]").unwrap();
    assert!(parse(first).unwrap_err().contains("`product_incidents` is missing"));
    let kinds = "kinds = [\"billing\", \"subscription_management\"]";
    assert!(slip(kinds, "kinds = []").contains("serves nothing"));
}
