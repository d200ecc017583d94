use super::*;

const TENANT: Uuid = Uuid::from_u128(0x4fdb_ff88_9d6b_42e0_9713_45c9_22ba_8001);

fn service(key: &str) -> &'static Service {
    Catalogue::shipped().by_id(id_of(key)).unwrap_or_else(|| panic!("no service {key}"))
}

fn brought(id: Option<&str>, name: &str) -> Vec<&'static str> {
    let catalogue = Catalogue::shipped();
    catalogue.in_mask(catalogue.brought_by(id, Some(name))).map(|service| service.key.as_str()).collect()
}

#[test]
fn the_shipped_files_are_in_order() {
    let catalogue = Catalogue::parse(&shipped_text()).unwrap();
    assert!(catalogue.services().len() > 30);
    assert_eq!(Catalogue::shipped().services().len(), catalogue.services().len());
    for service in catalogue.services() {
        assert_eq!(service.id, id_of(&service.key));
        assert_eq!(catalogue.by_id(service.id).unwrap().key, service.key);
    }
}

#[test]
fn an_id_never_changes() {
    // Rows hold it. This value may never be edited.
    assert_eq!(id_of("exchange").0.to_string(), "775fb692-9dcc-5618-b852-8325404b90bb");
}

#[test]
fn documented_ids_and_names_of_service_health_are_recognised() {
    let documented = [
        ("Exchange", "Exchange Online", "exchange"),
        ("SharePoint", "SharePoint Online", "sharepoint"),
        ("OneDriveForBusiness", "OneDrive for Business", "onedrive"),
        ("microsoftteams", "Microsoft Teams", "teams"),
        ("OrgLiveID", "Identity Service", "identity"),
        ("OrgLiveID", "Microsoft Entra", "identity"),
        ("OSDPPlatform", "Microsoft 365 suite", "microsoft365"),
        ("Lync", "Skype for Business", "skype"),
        ("Intune", "Microsoft Intune", "intune"),
        ("MobileDeviceManagement", "Mobile Device Management for Office 365", "mobile_device_management"),
        ("O365Client", "Microsoft 365 Apps", "apps"),
        ("officeonline", "Office for the web", "office_web"),
        ("Planner", "Planner", "planner"),
        ("yammer", "Yammer Enterprise", "viva_engage"),
        ("Viva", "Microsoft Viva", "viva"),
        ("Bookings", "Microsoft Bookings", "bookings"),
        ("Forms", "Microsoft Forms", "forms"),
        ("Stream", "Microsoft Stream", "stream"),
        ("SwayEnterprise", "Sway", "sway"),
        ("PowerApps", "Power Apps", "power_apps"),
        ("PowerAppsM365", "Power Apps in Microsoft 365", "power_apps_microsoft365"),
        ("MicrosoftFlow", "Microsoft Power Automate", "power_automate"),
        ("MicrosoftFlowM365", "Microsoft Power Automate in Microsoft 365", "power_automate_microsoft365"),
        ("PowerBIcom", "Power BI", "power_bi"),
        ("DynamicsCRM", "Dynamics 365 Apps", "dynamics365"),
        ("DynamicsNAV", "Dynamics 365 Business Central", "business_central"),
        ("Microsoft365Defender", "Microsoft 365 Defender", "defender_xdr"),
        ("cloudappsecurity", "Microsoft Defender for Cloud Apps", "defender_cloud_apps"),
        ("RMS", "Azure Information Protection", "information_protection"),
        ("ProjectForTheWeb", "Project for the web", "project_web"),
        ("ProjectOnline", "Project Online", "project_online"),
        ("UniversalPrint", "Universal Print", "universal_print"),
    ];
    for (id, name, key) in documented {
        let catalogue = Catalogue::shipped();
        assert_eq!(catalogue.recognise(Some(id), "unheard of"), id_of(key), "id {id}");
        assert_eq!(catalogue.recognise(None, name), id_of(key), "name {name}");
    }
}

#[test]
fn names_of_delegated_administration_and_partner_center_are_recognised() {
    let names = [
        ("Azure Active Directory", "identity"),
        ("Microsoft 365 Lighthouse", "lighthouse"),
        ("Dynamics 365 Business Central", "business_central"),
        ("Teams", "teams"),
        ("Exchange", "exchange"),
        ("SkypeforBusiness", "skype"),
        ("Microsoft Endpoint Manager", "intune"),
        ("Cloud App Security", "defender_cloud_apps"),
        ("Azure", "azure"),
    ];
    for (name, key) in names {
        assert_eq!(Catalogue::shipped().recognise(None, name), id_of(key), "{name}");
    }
    assert_eq!(Catalogue::shipped().recognise(Some("MicrosoftCommunicationsOnline"), ""), id_of("skype"));
}

#[test]
fn an_id_decides_over_a_name_and_a_name_over_an_unknown_id() {
    let catalogue = Catalogue::shipped();
    assert_eq!(catalogue.recognise(Some("Exchange"), "SharePoint Online"), id_of("exchange"));
    let unknown = Some("fa5fa04e-13df-4b7c-9e99-92573ba1fa55");
    assert_eq!(catalogue.recognise(unknown, "sharepoint  ONLINE"), id_of("sharepoint"));
}

#[test]
fn an_unknown_service_has_one_id_however_it_is_spelt() {
    let catalogue = Catalogue::shipped();
    let id = catalogue.recognise(None, "Microsoft Kaizala");
    assert_eq!(catalogue.recognise(Some("kaizalamessagingservices"), "microsoft-KAIZALA"), id);
    assert_ne!(catalogue.recognise(None, "Microsoft StaffHub"), id);
    assert_ne!(catalogue.recognise(Some("StaffHub"), ""), catalogue.recognise(Some("PAM"), ""));
    assert!(catalogue.by_id(id).is_none());
}

#[test]
fn the_demo_s_offers_bring_what_they_contain() {
    let suite =
        ["exchange", "sharepoint", "onedrive", "teams", "identity", "microsoft365", "planner", "forms"];
    let suites: [(&str, &str, &[&str]); 6] = [
        ("CFQ7TTC0LH18:0001:CFQ7TTC0K971", "Microsoft 365 Business Basic", &[]),
        ("CFQ7TTC0LDPB:0001:CFQ7TTC0K5J4", "Microsoft 365 Business Standard", &["apps"]),
        (
            "CFQ7TTC0LCHC:0002:CFQ7TTC0JN4R",
            "Microsoft 365 Business Premium",
            &["apps", "intune", "defender_xdr"],
        ),
        ("CFQ7TTC0LFLX:0001:CFQ7TTC0P9V2", "Microsoft 365 E3", &["apps", "intune", "purview"]),
        ("CFQ7TTC0LFLZ:0002:CFQ7TTC0Q4C7", "Microsoft 365 E5", &["apps", "intune", "purview", "power_bi"]),
        ("796b6b5f-613c-4e24-a17c-eba730d49c02", "Office 365 Enterprise E3", &["apps", "purview"]),
    ];
    for (id, name, more) in suites {
        let keys = brought(None, name);
        for key in suite.iter().chain(more) {
            assert!(keys.contains(key), "{name} without {key}");
        }
        assert_eq!(brought(Some(id), "any"), keys, "{name} by its id");
        assert_eq!(keys.contains(&"intune"), more.contains(&"intune"), "{name}");
    }
    let offers: [(&str, &[&str]); 8] = [
        ("Exchange Online (Plan 1)", &["exchange", "identity", "microsoft365"]),
        ("Power BI Pro", &["identity", "microsoft365", "power_bi"]),
        ("Microsoft Intune Plan 1", &["identity", "intune"]),
        ("Dynamics 365 Sales", &["identity", "dynamics365"]),
        ("Visio Plan 2", &["onedrive", "identity", "microsoft365", "visio"]),
        ("Microsoft 365 Copilot", &["copilot"]),
        ("Azure plan", &["identity", "azure"]),
        ("Microsoft Teams Essentials", &["teams", "identity", "microsoft365"]),
    ];
    for (name, keys) in offers {
        assert_eq!(brought(None, name), keys, "{name}");
    }
}

#[test]
fn a_sku_part_number_brings_what_its_product_brings() {
    for (sku, name) in [
        ("SPE_E5", "Microsoft 365 E5"),
        ("spe_e3", "Microsoft 365 E3"),
        ("SPB", "Microsoft 365 Business Premium"),
        ("O365_BUSINESS_PREMIUM", "Microsoft 365 Business Standard"),
        ("O365_BUSINESS_ESSENTIALS", "Microsoft 365 Business Basic"),
        ("ENTERPRISEPACK", "Office 365 E3"),
        ("EXCHANGESTANDARD", "Exchange Online (Plan 1)"),
        ("POWER_BI_PRO", "Power BI Pro"),
        ("VISIOCLIENT", "Visio Plan 2"),
        ("INTUNE_A", "Microsoft Intune Plan 1"),
        ("Microsoft_365_Copilot", "Microsoft 365 Copilot"),
        ("DYN365_BUSCENTRAL_ESSENTIAL", "Dynamics 365 Business Central Essentials"),
        ("Microsoft_365_E5_(no_Teams)", "Microsoft 365 E5 EEA (no Teams)"),
        ("O365_w/o\u{a0}Teams\u{a0}Bundle_M3", "Microsoft 365 E3 EEA (no Teams)"),
    ] {
        assert_eq!(brought(None, sku), brought(None, name), "{sku}");
        assert!(!brought(None, sku).is_empty(), "{sku}");
    }
}

#[test]
fn an_offer_that_says_no_teams_brings_none() {
    let mut without = brought(None, "Microsoft 365 Business Premium");
    without.retain(|key| *key != "teams");
    assert_eq!(brought(None, "Microsoft 365 Business Premium EEA (no Teams)"), without);
}

#[test]
fn an_add_on_brings_only_what_is_its_own() {
    let offers: [(&str, &[&str]); 6] = [
        (
            "Microsoft 365 E5 Security",
            &["identity", "microsoft365", "defender_xdr", "defender_cloud_apps"][..],
        ),
        ("Microsoft 365 E5 Compliance", &["identity", "microsoft365", "purview", "information_protection"]),
        ("Microsoft Defender for Office 365 (Plan 1)", &["identity", "microsoft365", "defender_xdr"]),
        ("Dynamics 365 Business Central Premium", &["identity", "business_central"]),
        ("Dynamics 365 Finance", &["identity", "finance_operations"]),
        ("Azure Active Directory Premium Plan 1", &["identity"]),
    ];
    for (name, keys) in offers {
        assert_eq!(brought(None, name), keys, "{name}");
    }
}

#[test]
fn two_products_in_one_offer_bring_both() {
    let keys = brought(None, "Microsoft 365 Business Premium and Microsoft 365 Copilot for Business");
    assert!(keys.contains(&"copilot") && keys.contains(&"exchange"), "{keys:?}");
}

#[test]
fn an_id_tells_an_offer_whose_name_is_in_another_language() {
    assert_eq!(brought(Some("dzh318z0bps6:0001:DZH318Z0BML6"), "Plan Azure"), ["identity", "azure"]);
    assert_eq!(
        brought(Some("195416c1-3447-423a-b37b-ee59a99a19c4"), "Courrier"),
        ["exchange", "identity", "microsoft365"]
    );
    // The longest part decides: another SKU of a known product is not that offer.
    assert_eq!(brought(Some("CFQ7TTC0LFLX:0021:X"), "unheard of"), Vec::<&str>::new());
}

#[test]
fn an_offer_that_nothing_tells_brings_nothing() {
    let catalogue = Catalogue::shipped();
    assert_eq!(catalogue.brought_by(None, None), 0);
    assert_eq!(
        catalogue.brought_by(Some("DG7GMGF0D7HV:0002"), Some("SQL Server Enterprise - 2 Core License Pack")),
        0
    );
}

#[test]
fn addresses_are_those_of_the_customer() {
    let exchange = service("exchange");
    assert_eq!(
        exchange.admin_url(TENANT, Some("contoso.onmicrosoft.com")),
        "https://admin.exchange.microsoft.com/?landingpage=homepage&form=mac_sidebar&delegatedOrg=contoso.onmicrosoft.com"
    );
    let suite = "https://admin.microsoft.com/Partner/BeginClientSession.aspx?CTID=4fdbff88-9d6b-42e0-9713-45c922ba8001";
    assert_eq!(exchange.health_url(TENANT, None), format!("{suite}&CSDEST=ServiceStatus"));
    assert_eq!(exchange.ticket_url(TENANT, None), format!("{suite}&CSDEST=Support"));
    let azure = "https://portal.azure.com/contoso.com#blade/";
    assert_eq!(
        service("azure").health_url(TENANT, Some("contoso.com")),
        format!("{azure}Microsoft_Azure_Health/AzureHealthBrowseBlade/serviceIssues")
    );
    assert_eq!(
        service("business_central").admin_url(TENANT, Some("contoso.com")),
        "https://businesscentral.dynamics.com/4fdbff88-9d6b-42e0-9713-45c922ba8001/admin"
    );
}

#[test]
fn a_domain_that_could_leave_its_place_gives_way_to_the_tenant() {
    let absent = service("intune").admin_url(TENANT, None);
    assert_eq!(absent, "https://intune.microsoft.com/4fdbff88-9d6b-42e0-9713-45c922ba8001");
    let long = "a".repeat(254);
    for odd in [
        "",
        "..",
        ".com",
        "contoso.com/x",
        "a b.com",
        "contoso.com#x",
        "contoso.com?x=1",
        "{tenant}",
        "bücher.example",
        long.as_str(),
    ] {
        assert_eq!(service("intune").admin_url(TENANT, Some(odd)), absent, "{odd}");
    }
}

#[test]
fn every_service_has_three_addresses_without_a_placeholder() {
    for service in Catalogue::shipped().services() {
        for url in [
            service.admin_url(TENANT, None),
            service.health_url(TENANT, None),
            service.ticket_url(TENANT, None),
        ] {
            assert!(url.starts_with("https://") && !url.contains('{'), "{}: {url}", service.key);
        }
    }
}

#[test]
fn azure_requests_are_filed_by_the_subscription_s_provider_alone() {
    for service in Catalogue::shipped().services() {
        let provider = service.duty.filed_by == "direct_bill_or_provider";
        assert_eq!(provider, service.area == Area::Azure, "{}", service.key);
    }
}

#[test]
fn dynamics_tickets_need_a_paid_plan_and_start_in_the_power_platform() {
    for key in ["dynamics365", "business_central", "finance_operations"] {
        let duty = &service(key).duty;
        assert_eq!(
            duty.vehicles,
            ["commercial", "advanced_support_for_partners", "premier_support_for_partners"]
        );
        assert!(duty.files_with.contains("Power Platform admin centre"), "{}", duty.files_with);
        assert_eq!(duty.billing, service("exchange").duty.billing);
    }
    assert!(service("exchange").duty.vehicles.contains(&"signature_cloud_support".to_owned()));
}

#[test]
fn security_services_are_an_area_of_their_own_with_their_portals() {
    for service in Catalogue::shipped().services() {
        assert_eq!(service.category == "security", service.area == Area::Security, "{}", service.key);
    }
    for (key, host) in [
        ("defender_xdr", "security"),
        ("defender_cloud_apps", "security"),
        ("purview", "purview"),
        ("information_protection", "purview"),
    ] {
        assert_eq!(
            service(key).admin_url(TENANT, Some("contoso.com")),
            format!("https://{host}.microsoft.com/?tid={TENANT}"),
            "{key}"
        );
    }
}

#[test]
fn the_operation_of_an_area_bears_its_name() {
    for area in Area::ALL {
        let object = format!("service.{}", area.code());
        assert_eq!(area.action().object_action(), (object.as_str(), "administer"));
    }
}

/// A catalogue that each test spoils in one place.
const SMALL: &str = r##"
[duty]
billing = "Bills."
subscription_management = "Orders."
technical = "Faults."
vehicles = ["commercial"]
files_with = "There."
filed_by = "partner"

[portal]
health = "https://health.example/{tenant}"
ticket = "https://ticket.example/{tenant}"

[area.exchange]
admin = "https://admin.example/{domain}"

[[service]]
key = "mail"
bit = 0
name = "Mail Online"
category = "collaboration"
area = "exchange"
aliases = ["MX"]

[[service]]
key = "calendar"
bit = 62
name = "Calendar"
category = "collaboration"
area = "exchange"

[bundle]
both = ["mail", "calendar"]

[[exclusion]]
words = ["no calendar"]
removes = ["calendar"]

[[offer]]
words = ["mail plan"]
without = ["archive"]
skus = ["MAIL_1"]
ids = ["P1:0001"]
brings = ["both"]

[[offer]]
words = ["archive"]
brings = ["mail"]
"##;

fn changed(from: &str, to: &str) -> Result<Catalogue, String> {
    assert!(SMALL.contains(from), "{from}");
    Catalogue::parse(&SMALL.replacen(from, to, 1))
}

#[test]
fn what_the_files_may_not_say_is_refused_with_its_name() {
    for (from, to, words) in [
        ("bit = 0", "bit = 0\ncolour = 1", "unknown field `colour`"),
        ("billing = ", "colour = 1\nbilling = ", "unknown field `colour`"),
        ("billing = \"Bills.\"", "", "billing"),
        ("[area.exchange]\n", "[area.exchange]\ncolour = 1\n", "unknown field `colour`"),
        ("[bundle]", "[colours]\n[bundle]", "unknown field `colours`"),
        ("without = ", "with = ", "unknown field `with`"),
        ("key = \"calendar\"", "key = \"mail\"", "`mail` appears twice"),
        ("key = \"mail\"", "key = \"Mail\"", "`Mail`: a key is"),
        ("bit = 62", "bit = 0", "`calendar`: bit 0 is taken"),
        ("bit = 62", "bit = 63", "`calendar`: bit 63 is above 62"),
        ("[\"MX\"]", "[\"calendar\"]", "`calendar`: alias `Calendar` names `mail` already"),
        ("[\"MX\"]", "[\"MX\", \"m-x\"]", "alias `m-x` names `mail` already"),
        ("[\"MX\"]", "[\"-\"]", "alias `-` has neither"),
        ("https://health", "http://health", "is not https"),
        ("https://admin.example/", "https://{domain}/", "does not name its host"),
        ("{domain}", "{name}", "neither address nor placeholder"),
        ("area = \"exchange\"", "area = \"phones\"", "area `phones` is not known"),
        ("[area.exchange]", "[area.phones]", "area `phones` is not known"),
        ("area = \"exchange\"", "area = \"teams\"", "area `teams` has no table"),
        ("category = \"collaboration\"", "category = \"fun\"", "category `fun` is not known"),
        ("[\"commercial\"]", "[\"taxi\"]", "vehicle `taxi` is not known"),
        ("[\"commercial\"]", "[\"commercial\", \"commercial\"]", "vehicle `commercial` appears twice"),
        ("filed_by = \"partner\"", "filed_by = \"anyone\"", "filed_by `anyone` is not known"),
        ("\"Faults.\"", "\" \"", "a duty is a sentence"),
        ("both = [\"mail\", \"calendar\"]", "mail = [\"calendar\"]", "bundle `mail`: a service has that key"),
        ("both = [\"mail\"", "both = [\"fax\"", "bundle `both`: there is no service `fax`"),
        ("brings = [\"mail\"]", "brings = [\"fax\"]", "offer `archive`: there is no service `fax`"),
        ("brings = [\"mail\"]", "brings = []", "offer `archive`: names no service"),
        ("words = [\"archive\"]", "", "nothing tells it"),
        ("words = [\"archive\"]", "words = [\"-\"]", "a phrase needs a word"),
        ("without = [\"archive\"]", "without = [\"a b\"]", "`a b` is not one word"),
        ("[\"P1:0001\"]", "[\"mail_1\"]", "`mail_1` tells an offer already"),
        (
            "removes = [\"calendar\"]",
            "removes = [\"fax\"]",
            "exclusion `no calendar`: there is no service `fax`",
        ),
    ] {
        let error = changed(from, to).unwrap_err();
        assert!(error.contains(words), "{to}: {error}");
    }
    assert!(Catalogue::parse(SMALL).is_ok());
}

#[test]
fn the_fingerprint_changes_with_what_offers_bring() {
    let before = Catalogue::parse(SMALL).unwrap().fingerprint();
    assert_eq!(before.len(), 64);
    for (from, to) in [
        ("bit = 62", "bit = 61"),
        ("\"mail plan\"", "\"mail plans\""),
        ("without = [\"archive\"]", "without = [\"archiving\"]"),
        ("MAIL_1", "MAIL_2"),
        ("P1:0001", "P1:0002"),
        ("brings = [\"mail\"]", "brings = [\"calendar\"]"),
        ("both = [\"mail\", \"calendar\"]", "both = [\"mail\"]"),
        ("\"no calendar\"", "\"sans calendar\""),
    ] {
        assert_ne!(changed(from, to).unwrap().fingerprint(), before, "{to}");
    }
}

#[test]
fn the_fingerprint_stays_when_only_names_addresses_or_duties_change() {
    let before = Catalogue::parse(SMALL).unwrap().fingerprint();
    for (from, to) in [
        ("Mail Online", "Mail"),
        ("[\"MX\"]", "[\"MX\", \"Post\"]"),
        ("https://health.example", "https://status.example"),
        ("\"Faults.\"", "\"All faults.\""),
        ("both = ", "pair = [\"mail\"]\nboth = "),
    ] {
        assert_eq!(changed(from, to).unwrap().fingerprint(), before, "{to}");
    }
}
