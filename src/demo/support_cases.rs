//! Support of the demo world as data: what partners arranged, what they may ask the vendor through, and a diary of what
//! customers asked for. Times are whole minutes before the load.
//!
//! Never says what follows: due times, breaches, time-outs and who reads what come from the rules, as for anybody.

use super::health::D;
use crate::escalations::words::{Kind, Resolution, Severity, Vehicle, Visibility};
use crate::support::record::{Channel, PricingModel, Provision};

/// Minutes of an hour.
const H: i64 = 60;

/// Arrangements and contracts stand from so many minutes before the load, earlier than any request.
pub(super) const ARRANGED: i64 = 3 * D + H;

/// How a partner provides support.
pub(super) struct Arranged {
    /// The partner.
    pub(super) by: &'static str,
    /// The customer that it differs for; empty for all.
    pub(super) of: &'static str,
    pub(super) provision: Provision,
    /// Who provides it, unless the partner does; else empty.
    pub(super) provided_by: &'static str,
    pub(super) zone: &'static str,
    /// Opening and closing of Monday to Friday; none for around the clock.
    pub(super) weekdays: Option<(&'static str, &'static str)>,
    pub(super) contacts: &'static [(Channel, &'static str)],
    /// Model, amount and currency.
    pub(super) price: (PricingModel, Option<(&'static str, &'static str)>),
    /// Minutes to the first answer, where they differ from the vendor's.
    pub(super) targets: &'static [(Severity, i64)],
}

const ARRANGEMENT: Arranged = Arranged {
    by: "fabrikam",
    of: "",
    provision: Provision::Direct,
    provided_by: "",
    zone: "Europe/Berlin",
    weekdays: Some(("08:00", "18:00")),
    contacts: &[
        (Channel::Email, "help@fabrikam.example"),
        (Channel::Phone, "+49 30 5550100"),
        (Channel::Web, "https://help.fabrikam.example/"),
    ],
    price: (PricingModel::PerIncident, Some(("85.00", "EUR"))),
    targets: &[],
};

/// The arrangements. Lamna has none.
#[rustfmt::skip]
pub(super) const ARRANGEMENTS: &[Arranged] = &[
    ARRANGEMENT,
    Arranged { of: "contoso", weekdays: None, contacts: &[(Channel::Phone, "+49 30 5550199"), (Channel::Email, "contoso@fabrikam.example")],
        price: (PricingModel::Included, None), targets: &[(Severity::Critical, 30), (Severity::Moderate, 120)], ..ARRANGEMENT },
    Arranged { by: "tailspin", provision: Provision::Resold, provided_by: "Northwind Distribution", zone: "America/New_York",
        weekdays: Some(("09:00", "17:00")), contacts: &[(Channel::Email, "support@tailspin.example"), (Channel::Phone, "+1 206 555 0140")],
        price: (PricingModel::PerHour, Some(("140.00", "USD"))), ..ARRANGEMENT },
    Arranged { by: "wingtip", provision: Provision::OutsourcedInPart, provided_by: "Wingtip Night Desk", zone: "America/Los_Angeles",
        weekdays: None, contacts: &[(Channel::Web, "https://support.wingtip.example/cases")],
        price: (PricingModel::PerMonth, Some(("450.00", "USD"))), ..ARRANGEMENT },
    Arranged { by: "northwind", zone: "America/Chicago", weekdays: None,
        contacts: &[(Channel::Phone, "+1 206 555 0170"), (Channel::Web, "https://partners.northwind.example/support")],
        price: (PricingModel::Included, None), ..ARRANGEMENT },
    Arranged { by: "litware", zone: "America/New_York", weekdays: Some(("07:00", "20:00")),
        contacts: &[(Channel::Email, "escalations@litware.example")], price: (PricingModel::OnRequest, None), ..ARRANGEMENT },
];

/// Partner, vehicle, and incidents included and used before the load; 0 included for no limit. Fabrikam has none: it has
/// the commercial vehicle, as everybody.
pub(super) const CONTRACTS: &[(&str, Vehicle, i32, i32)] = &[
    ("northwind", Vehicle::PremierSupportForPartners, 0, 0),
    ("wingtip", Vehicle::AdvancedSupportForPartners, 0, 0),
    ("litware", Vehicle::SignatureCloudSupport, 10, 9),
];

/// A request as it is raised.
pub(super) struct Asked {
    /// What the diary calls it.
    pub(super) key: &'static str,
    pub(super) of: &'static str,
    /// The partner that it names.
    pub(super) by: &'static str,
    /// Who raises it: somebody of the customer, or of that partner.
    pub(super) who: &'static str,
    pub(super) ago: i64,
    pub(super) kind: Kind,
    pub(super) severity: Severity,
    /// Key of the service; empty for none.
    pub(super) service: &'static str,
    pub(super) title: &'static str,
    pub(super) text: &'static str,
}

const ASKED: Asked = Asked {
    key: "",
    of: "",
    by: "fabrikam",
    who: "helpdesk@fabrikam",
    ago: 0,
    kind: Kind::Technical,
    severity: Severity::Moderate,
    service: "",
    title: "",
    text: "",
};

/// What was asked for.
#[rustfmt::skip]
pub(super) const REQUESTS: &[Asked] = &[
    Asked { key: "laptops", of: "adventure-works", who: "admin@adventure-works", ago: 70 * H, service: "onedrive",
        title: "Two laptops keep asking to sign in to the file client", text: "Since the update of last week two laptops ask for the \
            password again and again. Files on them are a week old.", ..ASKED },
    Asked { key: "invoice", of: "trey-research", who: "admin@trey-research", ago: 60 * H, kind: Kind::Billing, severity: Severity::Minimal,
        title: "An invoice lists licences that we gave back", text: "The invoice of last month has 70 licences. We had given six of them \
            back two days before the cycle began.", ..ASKED },
    Asked { key: "site", of: "margies-travel", ago: 47 * H, service: "sharepoint",
        title: "Brochures cannot be shared with travel agencies", text: "Links to the site of brochures say that sharing is not allowed. \
            It worked until Friday.", ..ASKED },
    Asked { key: "warehouse", of: "wide-world-importers", by: "tailspin", who: "admin@wide-world-importers", ago: 30 * H, service: "sharepoint",
        title: "Price lists do not open in the warehouse", text: "The scanners in the warehouse show an empty page where the price lists \
            should be. In the office they open.", ..ASKED },
    Asked { key: "connector", of: "fourth-coffee", who: "admin@fourth-coffee", ago: 26 * H, severity: Severity::Critical, service: "exchange",
        title: "Orders from the till server are refused at once", text: "Our till server hands its messages to the connector and gets an \
            error within a second. Nothing arrives, and nothing is waiting.", ..ASKED },
    Asked { key: "records", of: "adatum", by: "wingtip", who: "engineer@wingtip", ago: 24 * H + 20, severity: Severity::Critical,
        service: "dynamics365", title: "Nobody can open patient cases", text: "All users get an error page when they open a case. It \
            began at noon.", ..ASKED },
    Asked { key: "plans", of: "humongous-insurance", ago: 22 * H, service: "planner",
        title: "Plans of the claims team have lost their buckets", text: "Eleven plans show their tasks in one list. Nobody changed \
            anything, as far as they know.", ..ASKED },
    Asked { key: "telephones", of: "contoso", who: "admin@contoso", ago: 20 * H, severity: Severity::Minimal, service: "intune",
        title: "New telephones cannot be enrolled", text: "Three of ten new telephones stop with a message about the company portal.", ..ASKED },
    Asked { key: "rebate", of: "proseware", ago: 9 * H, kind: Kind::SubscriptionManagement, severity: Severity::Minimal,
        title: "Move from monthly to yearly terms at the renewal", text: "Proseware wants yearly terms for all 22 licences from the \
            renewal on, and asks for the price.", ..ASKED },
    Asked { key: "presence", of: "proseware", ago: 5 * H, service: "teams",
        title: "Calls of the front desk ring nowhere", text: "Calls to the number of the front desk end after two seconds. The queue has \
            four members, all signed in.", ..ASKED },
    Asked { key: "mail", of: "adventure-works", who: "admin@adventure-works", ago: 4 * H, severity: Severity::Critical, service: "exchange",
        title: "Orders by mail arrive hours late", text: "Messages from the shop reach us two or three hours after they were sent.", ..ASKED },
    Asked { key: "branch", of: "relecloud", ago: 3 * H + 40, severity: Severity::Critical, service: "identity",
        title: "The branch in Porto cannot sign in", text: "Since the firewall there was replaced, second factors are never asked for and \
            every attempt ends with a grey page.", ..ASKED },
    Asked { key: "mailbox", of: "contoso", who: "admin@contoso", ago: 25, service: "exchange",
        title: "The shared mailbox of the sales team does not open", text: "Six people see an error since this morning. Others open it as \
            usual.", ..ASKED },
    Asked { key: "mailbox-again", of: "contoso", ago: 15, service: "exchange",
        title: "Sales team: mailbox does not open", text: "By telephone, from the sales team: they cannot open the mailbox that they share.", ..ASKED },
];

/// What somebody does with a request. Hops are counted from 1, in the order in which they were requested.
#[derive(Clone, Copy)]
pub(super) enum Does {
    Takes,
    Diagnoses(&'static str),
    /// Names the partner's own contact for the vendor.
    NamesContact,
    Links(&'static str),
    Notes(Visibility, &'static str),
    Asks(&'static str),
    /// To whom, if that is not clear; why; why it is something else than open incidents.
    HandsOn(&'static str, &'static str, &'static str),
    /// Through what, why, and why it is something else than open incidents.
    AsksVendor(Vehicle, &'static str, &'static str),
    Accepts(usize),
    Returns(usize, &'static str),
    Files(usize, &'static str),
    IsAnswered(usize, &'static str),
    Resolves(Resolution, &'static str),
    Confirms,
    MergesInto(&'static str),
}

/// A line of the diary.
pub(super) struct Step {
    pub(super) of: &'static str,
    pub(super) ago: i64,
    pub(super) who: &'static str,
    pub(super) does: Does,
}

const fn step(of: &'static str, ago: i64, who: &'static str, does: Does) -> Step {
    Step { of, ago, who, does }
}

const F: &str = "helpdesk@fabrikam";
const T: &str = "helpdesk@tailspin";
const W: &str = "engineer@wingtip";
const N: &str = "lead@northwind";
const L: &str = "lead@litware";

/// Moments at which nobody does anything, and some time has passed.
pub(super) const PASSING: &[i64] = &[17 * H - 1, 9 * H - 1, H - 1, 0];

/// What happened with the requests, each in its order.
#[rustfmt::skip]
pub(super) const STEPS: &[Step] = &[
    // Answered by the partner itself, agreed to, and closed.
    step("invoice", 59 * H, F, Does::Notes(Visibility::Customer, "We see the six licences, and ask for the difference.")),
    step("invoice", 58 * H, F, Does::Resolves(Resolution::Solved, "The difference of six licences is credited with the next invoice.")),
    step("invoice", 50 * H, "admin@trey-research", Does::Confirms),
    // Handed on, given back, and solved.
    step("site", 46 * H, F, Does::Diagnoses("Sharing is off for the site, though the tenant allows it. We find no change in the log.")),
    step("site", 45 * H, F, Does::HandsOn("", "Please look who switched sharing off, and whether it can be switched on.", "")),
    step("site", 44 * H, N, Does::Accepts(1)),
    step("site", 43 * H, N, Does::Notes(Visibility::Org, "Third case of this kind this month; ask the resellers to read the guide.")),
    step("site", 40 * H, "helpdesk@northwind", Does::Returns(1, "The owner of the site did: it is a setting of the site itself. Nothing to do at our end.")),
    step("site", 30 * H, F, Does::Resolves(Resolution::Solved, "The owner of the site had switched sharing off, and switched it on again.")),
    // Two providers one after the other: strangers to each other.
    step("warehouse", 29 * H, T, Does::Diagnoses("The page is empty in the browser of the scanners alone, whose version is three years old.")),
    step("warehouse", 29 * H - 20, T, Does::Notes(Visibility::Chain, "Forty scanners, one model. They cannot be updated before the stocktaking.")),
    step("warehouse", 28 * H, T, Does::HandsOn("northwind", "Is there a way for browsers of this age?", "")),
    step("warehouse", 27 * H, N, Does::Accepts(1)),
    step("warehouse", 26 * H, N, Does::Notes(Visibility::Chain, "We tried the classic pages; they are empty, too.")),
    step("warehouse", 25 * H, N, Does::Returns(1, "We do not support scanners of this maker.")),
    step("warehouse", 24 * H + 30, T, Does::Notes(Visibility::Chain, "The first answer does not help; another provider knows the maker.")),
    step("warehouse", 24 * H, T, Does::HandsOn("litware", "You sell these scanners: which browser can they have?", "")),
    step("warehouse", 23 * H, L, Does::Accepts(2)),
    step("warehouse", 22 * H, L, Does::Notes(Visibility::Chain, "The maker has a newer browser for them. We ask for its package.")),
    // Up to the vendor through the provider, and answered late.
    step("connector", 25 * H, F, Does::Diagnoses("The certificate of the till server names another host than the connector asks for.")),
    step("connector", 25 * H - 10, F, Does::NamesContact),
    step("connector", 24 * H + 30, F, Does::HandsOn("", "The connector refuses a certificate that it took until yesterday.",
        "Messages are refused within a second; they are not late.")),
    step("connector", 24 * H + 5, N, Does::Accepts(1)),
    step("connector", 23 * H, N, Does::Notes(Visibility::Chain, "We see the same at one other customer, and ask the vendor.")),
    step("connector", 22 * H, N, Does::AsksVendor(Vehicle::PremierSupportForPartners, "Why is the name of the certificate checked since yesterday?",
        "Messages are refused within a second; they are not late.")),
    step("connector", 22 * H - 10, N, Does::Files(2, "2611250040001177")),
    step("connector", 3 * H, N, Does::IsAnswered(2, "The check is new and stays. A certificate with both names is accepted.")),
    step("connector", 3 * H - 10, F, Does::Notes(Visibility::Vendor, "A certificate with both names is ordered; it takes a day.")),
    // A direct-bill partner asks the vendor itself.
    step("records", 24 * H + 15, W, Does::Links("CR1103740")),
    step("records", 24 * H + 12, W, Does::Diagnoses("All users, all cases, from every client. Nothing was changed here.")),
    step("records", 24 * H + 10, W, Does::NamesContact),
    step("records", 24 * H, W, Does::AsksVendor(Vehicle::AdvancedSupportForPartners, "The hospital cannot work: when will its database be back?", "")),
    step("records", 24 * H - 5, W, Does::Files(1, "2611250040007718")),
    step("records", 23 * H, W, Does::IsAnswered(1, "The organisation is in the second group that is brought back.")),
    // Handed on, and nobody ever answered.
    step("plans", 21 * H + 30, F, Does::Diagnoses("The buckets are gone in every client; the tasks are whole.")),
    step("plans", 21 * H, F, Does::HandsOn("", "Can buckets be brought back?", "")),
    // Waits for the customer.
    step("telephones", 19 * H, F, Does::Takes),
    step("telephones", 19 * H - 5, F, Does::Asks("Which model and which version do the three telephones have that stop?")),
    // With the provider, which has to answer soon.
    step("presence", 290, F, Does::Diagnoses("The queue is whole. Its resource account has lost its licence, and takes none.")),
    step("presence", 287, F, Does::Notes(Visibility::Org, "The customer is two invoices behind; do not promise anything.")),
    step("presence", 285, F, Does::Notes(Visibility::Chain, "We took the licence away and gave it again, twice, an hour apart.")),
    step("presence", 215, F, Does::HandsOn("", "The licence cannot be given: please look into the order behind it.", "")),
    // Worked on by the partner: notes for everybody, and a known incident.
    step("mail", 238, F, Does::Takes),
    step("mail", 235, F, Does::Diagnoses("Message traces show two hours between the vendor's own servers.")),
    step("mail", 230, F, Does::Links("EX1104210")),
    step("mail", 226, F, Does::Notes(Visibility::Org, "Their managing director calls every hour; tell the shift.")),
    step("mail", 224, F, Does::Notes(Visibility::Chain, "Same picture at four other customers.")),
    step("mail", 222, F, Does::Notes(Visibility::Vendor, "Traces of ten messages are at hand for whoever asks.")),
    step("mail", 220, F, Does::Notes(Visibility::Customer, "Microsoft knows of it and works on it. Nothing is lost; please do not send again.")),
    step("mail", 200, "admin@adventure-works", Does::Notes(Visibility::Customer, "Thank you. Can we have a message every two hours?")),
    step("mail", 190, F, Does::Notes(Visibility::Customer, "You will.")),
    // With the provider, which has not answered in time.
    step("branch", 3 * H + 20, F, Does::Diagnoses("The answers of the service are cut after 1400 bytes on their way to the branch.")),
    step("branch", 3 * H, F, Does::HandsOn("", "Please check with the network people of the region.", "Only this branch, and only since its firewall is new.")),
    // Raised twice.
    step("mailbox-again", 10, F, Does::MergesInto("mailbox")),
];
