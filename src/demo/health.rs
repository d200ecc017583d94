//! Service health of the demo world as data: who looked at whom and when, what the vendor published, what was filed.
//! Times are whole minutes before the load.
//!
//! Never says what a source saw: that follows from what was published when it looked. A source looks only at customers
//! that it is, or was then, delegated to look at.

use crate::health::record::LookOutcome;

/// Minutes of an hour and of a day.
const H: i64 = 60;
pub(super) const D: i64 = 24 * H;

/// One look of a source at the health of some customers.
pub(super) struct Look {
    /// The source.
    pub(super) by: &'static str,
    pub(super) ago: i64,
    pub(super) outcome: LookOutcome,
    /// The customers.
    pub(super) of: &'static [&'static str],
    /// Keys of the services that were asked for; none stands for all that a customer has, and its messages.
    pub(super) only: &'static [&'static str],
}

/// An incident or advisory.
pub(super) struct Issue {
    pub(super) id: &'static str,
    /// Key of the service.
    pub(super) service: &'static str,
    pub(super) title: &'static str,
    /// Feature, and group of features.
    pub(super) feature: (&'static str, &'static str),
    pub(super) impact: &'static str,
    pub(super) classification: &'static str,
    /// The vendor's own word, if it is not documented.
    pub(super) classification_raw: &'static str,
    pub(super) origin: &'static str,
    pub(super) began: i64,
    /// Which customers it hits, by the source that can tell.
    pub(super) hits: &'static [(&'static str, &'static [&'static str])],
    /// Oldest first.
    pub(super) posts: &'static [Post],
}

/// A publication on an issue, and the status that the issue has from then on.
pub(super) struct Post {
    pub(super) ago: i64,
    pub(super) status: &'static str,
    /// `regular`, `quick` or `strategic`.
    pub(super) kind: &'static str,
    pub(super) is_html: bool,
    /// Minutes until the next is promised; 0 for no promise.
    pub(super) next: i64,
    /// Without title, impact and promise.
    pub(super) text: &'static str,
}

impl Issue {
    /// What was published until so many minutes before the load.
    pub(super) fn until(&self, ago: i64) -> &'static [Post] {
        let count = self.posts.iter().take_while(|post| post.ago >= ago).count();
        &self.posts[..count]
    }

    /// Whether it hits a customer, as far as a source can tell.
    pub(super) fn hits(&self, source: &str, customer: &str) -> bool {
        self.hits.iter().any(|(by, of)| *by == source && of.contains(&customer))
    }
}

/// A message of the message centre, as one source got it.
pub(super) struct Message {
    pub(super) by: &'static str,
    pub(super) of: &'static [&'static str],
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) category: &'static str,
    pub(super) severity: &'static str,
    pub(super) services: &'static [&'static str],
    pub(super) tags: &'static [&'static str],
    pub(super) is_major: bool,
    /// Days after the load until which something has to be done; 0 for nothing.
    pub(super) act_in: i64,
    pub(super) published: i64,
    pub(super) modified: i64,
    pub(super) text: &'static str,
}

/// Where a source was told that a service is administered: source, customer, the service's id and name there, address.
pub(super) type Portal = (&'static str, &'static str, &'static str, &'static str, &'static str);

/// A support request filed with the vendor.
pub(super) struct Request {
    pub(super) by: &'static str,
    pub(super) of: &'static str,
    pub(super) number: &'static str,
    pub(super) title: &'static str,
    pub(super) severity: &'static str,
    pub(super) status: &'static str,
    pub(super) product: &'static str,
    pub(super) filed: i64,
    pub(super) changed: i64,
    /// 0 while it is not closed.
    pub(super) closed: i64,
}

/// How Graph names services, where their ids are others than their names.
#[rustfmt::skip]
pub(super) const GRAPH_IDS: &[(&str, &str)] = &[
    ("exchange", "Exchange"), ("sharepoint", "SharePoint"), ("onedrive", "OneDriveForBusiness"), ("teams", "microsoftteams"),
    ("identity", "OrgLiveID"), ("microsoft365", "OSDPPlatform"), ("apps", "O365Client"), ("office_web", "officeonline"),
    ("planner", "Planner"), ("bookings", "Bookings"), ("forms", "Forms"), ("stream", "Stream"), ("sway", "SwayEnterprise"),
    ("viva_engage", "yammer"), ("viva", "Viva"), ("intune", "Intune"), ("mobile_device_management", "MobileDeviceManagement"),
    ("information_protection", "RMS"), ("defender_cloud_apps", "cloudappsecurity"), ("power_bi", "PowerBIcom"),
    ("power_apps_microsoft365", "PowerAppsM365"), ("power_automate_microsoft365", "MicrosoftFlowM365"),
    ("dynamics365", "DynamicsCRM"),
];

/// What is asked for between two whole looks.
const WATCHED: &[&str] = &["exchange", "microsoft365", "sharepoint", "teams"];
const CLOSELY: &[&str] = &["contoso", "adventure-works"];

const LOOK: Look = Look { by: "fabrikam", ago: 0, outcome: LookOutcome::Seen, of: &[], only: &[] };

/// The looks, of each source the oldest first. Nobody has looked at Coho Vineyard.
#[rustfmt::skip]
pub(super) const LOOKS: &[Look] = &[
    Look { ago: 36 * D, of: &["trey-research"], ..LOOK },
    Look { ago: 21 * D, of: &["lucerne-publishing"], ..LOOK },
    Look { ago: 12 * D, of: CLOSELY, only: WATCHED, ..LOOK },
    Look { ago: 9 * D, of: &["fincher-architects"], ..LOOK },
    Look { ago: 6 * D - H, of: CLOSELY, only: WATCHED, ..LOOK },
    Look { ago: 5 * D, of: CLOSELY, only: WATCHED, ..LOOK },
    Look { ago: 2 * D - 2 * H, of: &["the-phone-company"], ..LOOK },
    Look { ago: D, of: &["southridge-video"], ..LOOK },
    Look { ago: 5 * H, of: CLOSELY, only: WATCHED, ..LOOK },
    Look { ago: 4 * H, of: CLOSELY, only: WATCHED, ..LOOK },
    Look { ago: 8, of: &["contoso", "adventure-works", "fourth-coffee", "woodgrove-bank", "relecloud", "margies-travel", "bellows-college",
        "best-for-you-organics", "school-of-fine-art", "libertys-bakery", "terra-firma"], ..LOOK },
    Look { ago: 7, outcome: LookOutcome::NoDelegation, of: &["trey-research", "lucerne-publishing", "vanarsdel", "the-phone-company"], ..LOOK },
    Look { ago: 6, outcome: LookOutcome::Throttled, of: &["southridge-video"], ..LOOK },
    Look { by: "tailspin", ago: 64, of: &["wide-world-importers", "contoso-retail", "tailwind-traders"], ..LOOK },
    Look { by: "tailspin", ago: 63, outcome: LookOutcome::NoDelegation, of: &["tailspin-toys"], ..LOOK },
    Look { by: "litware", ago: 16, of: &["lakeshore-retail"], ..LOOK },
    Look { by: "wingtip", ago: D, of: &["adatum"], only: &["dynamics365", "microsoft365"], ..LOOK },
    Look { by: "wingtip", ago: 21, of: &["contoso", "adatum", "fabrikam-residences"], ..LOOK },
];

/// A status that the vendor does not document: customer, key of the service, the vendor's own word.
pub(super) const UNDOCUMENTED: &[(&str, &str, &str)] = &[("bellows-college", "planner", "serviceDelayed")];

const INVESTIGATING: &str = "investigating";
const DEGRADED: &str = "service_degradation";
const RESTORING: &str = "restoring_service";
const RESTORED: &str = "service_restored";

const POST: Post = Post { ago: 0, status: "", kind: "regular", is_html: false, next: 0, text: "" };
#[rustfmt::skip]
const ISSUE: Issue = Issue { id: "", service: "", title: "", feature: ("", ""), impact: "", classification: "incident", classification_raw: "",
    origin: "microsoft", began: 0, hits: &[], posts: &[] };

/// What the vendor published.
#[rustfmt::skip]
pub(super) const ISSUES: &[Issue] = &[
    Issue { id: "EX1104210", service: "exchange", began: 5 * H + 35,
        title: "Users may experience delays sending and receiving email messages",
        feature: ("Mail flow - delayed delivery", "E-Mail timely delivery"),
        impact: "Users may find that email messages, internal and external, arrive up to several hours late.",
        hits: &[
            ("fabrikam", &["contoso", "adventure-works", "fourth-coffee", "woodgrove-bank", "relecloud", "margies-travel", "bellows-college",
                "best-for-you-organics", "school-of-fine-art", "terra-firma"]),
            ("tailspin", &["wide-world-importers", "contoso-retail", "tailwind-traders"]),
            ("litware", &["lakeshore-retail"]),
            ("wingtip", &["contoso", "adatum"]),
        ],
        posts: &[
            Post { ago: 322, status: INVESTIGATING, next: 60, text: "Current status: We're reviewing transport telemetry and message traces \
                of affected tenants to find out where messages wait.\n\nScope of impact: Any user whose mailbox is served by the affected \
                transport infrastructure may be impacted.", ..POST },
            Post { ago: 268, status: DEGRADED, next: 120, text: "More info: No messages are lost. They stay in a queue and are delivered \
                once they are processed; senders may get a notice of delay.\n\nCurrent status: We've found that a part of the infrastructure \
                that categorises messages works below its expected rate since a change of its configuration. We're preparing to take the \
                change back.\n\nScope of impact: Any user whose mailbox is served by the affected transport infrastructure may be impacted.\
                \n\nPreliminary root cause: A change of configuration reduced how many messages are categorised at the same time.", ..POST },
            Post { ago: 152, status: DEGRADED, kind: "quick", next: 120, text: "Current status: The change has been taken back on about a \
                third of the affected infrastructure, and the queues there are getting shorter.", ..POST },
            Post { ago: 37, status: RESTORING, is_html: true, next: 150, text: "More info: Messages that have been waiting longest are \
                delivered first. Users needn't send them again.\n\nCurrent status: The change has been taken back everywhere. We're watching \
                the remaining queues until every waiting message is delivered.\n\nScope of impact: Users may still see late messages until \
                the queues are empty.", ..POST },
        ], ..ISSUE },
    Issue { id: "TM1104305", service: "teams", classification: "advisory", began: 190,
        title: "Some users' presence may be shown as unknown in Microsoft Teams",
        feature: ("Presence", "Teams Components"),
        impact: "Users may see the presence of their colleagues as unknown in the Microsoft Teams desktop client.",
        hits: &[("fabrikam", &["woodgrove-bank", "best-for-you-organics", "school-of-fine-art"])],
        posts: &[
            Post { ago: 171, status: INVESTIGATING, next: 90, text: "Current status: We're analysing client logs from affected users.\n\n\
                Scope of impact: A subset of users of the desktop client.", ..POST },
            Post { ago: 95, status: DEGRADED, is_html: true, next: 26 * H, text: "More info: Chat, meetings and calls aren't affected. \
                Microsoft Teams on the web and on mobile devices shows presence as usual.\n\nCurrent status: A cache that holds presence \
                isn't refreshed for some users. We're developing a fix and testing it internally.\n\nScope of impact: A subset of users of \
                the desktop client.", ..POST },
        ], ..ISSUE },
    Issue { id: "IT1104102", service: "intune", classification: "advisory", began: 14 * H,
        title: "Admins may see outdated compliance states of Windows devices in Microsoft Intune",
        feature: ("Device compliance", "Device Management"),
        impact: "Admins may see that Windows devices are shown as not evaluated though they have checked in.",
        hits: &[("fabrikam", &["bellows-college", "woodgrove-bank"]), ("litware", &["lakeshore-retail"])],
        posts: &[
            Post { ago: 13 * H, status: INVESTIGATING, next: 6 * H, text: "Current status: We're comparing the reported with the evaluated \
                state of sample devices.\n\nScope of impact: Admins who view the compliance of Windows devices.", ..POST },
            Post { ago: 6 * H, status: DEGRADED, next: D, text: "More info: Devices are evaluated, and conditional access uses the true \
                state. Only the report is late.\n\nCurrent status: We're processing the backlog of reports, and expect it to be done within \
                two days.\n\nScope of impact: Admins who view the compliance of Windows devices.", ..POST },
        ], ..ISSUE },
    Issue { id: "AZ1104191", service: "azure", began: 7 * H,
        title: "Virtual machines may start late after they were deallocated",
        feature: ("Virtual Machines", "Compute"),
        impact: "Customers may find that virtual machines need up to 20 minutes to start after they were deallocated.",
        hits: &[("fabrikam", &["adventure-works", "relecloud"]), ("wingtip", &["adatum"])],
        posts: &[
            Post { ago: 6 * H + 30, status: DEGRADED, next: 4 * H, text: "Current status: Requests to allocate are answered late by a \
                control plane that recovers from a loss of capacity. We're moving requests to healthy capacity.\n\nScope of impact: \
                Customers who start virtual machines in the affected region; those that run aren't affected.", ..POST },
            Post { ago: 100, status: "extended_recovery", next: 8 * H, text: "Current status: Capacity is back, and most starts take the \
                usual time. A small number of subscriptions waits longer while their requests are replayed.\n\nScope of impact: Customers \
                with requests from before the recovery.", ..POST },
        ], ..ISSUE },
    Issue { id: "PB1104066", service: "power_bi", classification: "advisory", began: 9 * H,
        title: "Users may see failing scheduled refreshes of some semantic models in Power BI",
        feature: ("Data Refresh", "PowerBI.com"),
        impact: "Users may see reports with data of the day before, because scheduled refreshes fail with a time-out.",
        hits: &[("fabrikam", &["fourth-coffee"]), ("tailspin", &["wide-world-importers", "tailwind-traders"])],
        posts: &[
            Post { ago: 8 * H, status: INVESTIGATING, next: 4 * H, text: "Current status: We're reviewing the failed refreshes.\n\nScope of \
                impact: Semantic models that are refreshed through a gateway.", ..POST },
            Post { ago: 3 * H, status: DEGRADED, next: D, text: "More info: A refresh that is started by hand mostly succeeds.\n\nCurrent \
                status: A limit of time is applied too early to refreshes through a gateway. A fix is being deployed.\n\nScope of impact: \
                Semantic models that are refreshed through a gateway.", ..POST },
        ], ..ISSUE },
    Issue { id: "MO1103988", service: "microsoft365", began: 2 * D,
        title: "Admins may be unable to add or change users in the Microsoft 365 admin center",
        feature: ("Administration", "Portal"),
        impact: "Admins may see an error when they add users or change their properties in the Microsoft 365 admin center.",
        hits: &[("fabrikam", &["contoso", "fourth-coffee", "relecloud"]), ("wingtip", &["contoso", "adatum"])],
        posts: &[
            Post { ago: 2 * D - 20, status: INVESTIGATING, next: 2 * H, text: "Current status: We're reviewing the errors that the admin \
                center logs.\n\nScope of impact: Admins who manage users.", ..POST },
            Post { ago: 2 * D - 200, status: DEGRADED, next: D, text: "More info: Users can be managed with PowerShell meanwhile.\n\n\
                Current status: A component that validates changes refuses those of tenants with many custom attributes. We're deploying a \
                fix.\n\nScope of impact: Admins who manage users.", ..POST },
            Post { ago: 20 * H, status: RESTORED, is_html: true, text: "Final status: The fix is deployed, and we've confirmed with some of \
                the reporting admins that users can be managed again.\n\nScope of impact: Admins who managed users.\n\nRoot cause: A check of \
                custom attributes counted those that had been removed.", ..POST },
            Post { ago: 205, status: DEGRADED, is_html: true, next: 6 * H, text: "More info: Impact had been resolved, and was seen again \
                after a planned deployment.\n\nCurrent status: The deployment has replaced the fix. We're applying it again, and keep it from \
                being replaced.\n\nScope of impact: Admins who manage users.", ..POST },
        ], ..ISSUE },
    Issue { id: "OD1103902", service: "onedrive", classification: "other", classification_raw: "maintenance", began: 4 * H + 15,
        title: "Planned maintenance of the storage behind OneDrive",
        feature: ("OneDrive sync", "OneDrive for Business"),
        impact: "Users may find that large files take longer to synchronise while storage is moved.",
        hits: &[("fabrikam", &["margies-travel", "terra-firma"])],
        posts: &[
            Post { ago: 4 * H, status: DEGRADED, next: 4 * H, text: "Current status: The move has begun.\n\nScope of impact: Users whose \
                files are moved.", ..POST },
            Post { ago: 70, status: "verifying_service", next: 3 * H, text: "Current status: The move is done. We're verifying that files \
                are synchronised as fast as before.\n\nScope of impact: Users whose files were moved.", ..POST },
        ], ..ISSUE },
    Issue { id: "CR1103740", service: "dynamics365", began: 26 * H,
        title: "Users can't open records in Dynamics 365 Apps",
        feature: ("Components/Features", "Components/Features"),
        impact: "Users get an error page when they open a record in a model-driven app.",
        hits: &[("wingtip", &["adatum"])],
        posts: &[
            Post { ago: 25 * H, status: INVESTIGATING, next: H, text: "Current status: We're reviewing the organisations that report the \
                error.\n\nScope of impact: All users of the affected organisations.", ..POST },
            Post { ago: 22 * H, status: "service_interruption", next: 4 * H, text: "Current status: A database failed over and its replica \
                refuses connections. We're rebuilding the replica.\n\nScope of impact: All users of the affected organisations.", ..POST },
            Post { ago: 2 * H, status: RESTORING, next: 4 * H, text: "Current status: The replica answers, and records open. We're bringing \
                back the remaining organisations one after the other.\n\nScope of impact: Users of organisations that are not back yet.", ..POST },
        ], ..ISSUE },
    Issue { id: "MO1103655", service: "microsoft365", classification: "advisory", origin: "third_party", began: 4 * D,
        title: "Some users may be unable to reach Microsoft 365 services through one internet provider",
        feature: ("Network connectivity", "Access"),
        impact: "Users whose connection runs through a regional internet provider may see time-outs with several services.",
        hits: &[("fabrikam", &["libertys-bakery", "margies-travel"]), ("tailspin", &["contoso-retail", "wide-world-importers"])],
        posts: &[
            Post { ago: 4 * D - 50, status: INVESTIGATING, next: 2 * H, text: "Current status: Our services work as expected. We're \
                examining the routes by which affected users reach them.\n\nScope of impact: Users of one regional provider.", ..POST },
            Post { ago: 4 * D - 300, status: DEGRADED, kind: "quick", next: 6 * H, text: "Current status: The provider has found a faulty \
                route and is replacing it. Users may use another connection meanwhile.", ..POST },
            Post { ago: 3 * D, status: RESTORED, text: "Final status: The provider has confirmed that the route is replaced.\n\nScope of \
                impact: Users of one regional provider.\n\nRoot cause: A router outside Microsoft's network announced a route that led \
                nowhere.", ..POST },
        ], ..ISSUE },
    Issue { id: "SP1102417", service: "sharepoint", began: 6 * D,
        title: "Users may be unable to open some SharePoint Online sites",
        feature: ("SharePoint Features", "SharePoint Features"),
        impact: "Users may have been unable to open some sites, and the files in them, in SharePoint Online.",
        hits: &[("fabrikam", &["contoso", "adventure-works", "relecloud"]), ("tailspin", &["wide-world-importers"]), ("wingtip", &["contoso"])],
        posts: &[
            Post { ago: 6 * D - 25, status: INVESTIGATING, next: H, text: "Current status: We're reviewing requests to the affected sites.\n\n\
                Scope of impact: Any user of the affected sites.", ..POST },
            Post { ago: 6 * D - 140, status: DEGRADED, next: 3 * H, text: "Current status: A part of the front end runs out of memory and \
                restarts. We're moving requests to other parts.\n\nScope of impact: Any user of the affected sites.", ..POST },
            Post { ago: 6 * D - 290, status: RESTORING, kind: "quick", next: 2 * H, text: "Current status: Requests are moved, and most \
                sites open.", ..POST },
            Post { ago: 6 * D - 420, status: RESTORED, is_html: true, text: "Final status: All sites have opened without an error for more \
                than an hour.\n\nScope of impact: Any user of the affected sites.\n\nRoot cause: A cache grew without limit after an update \
                of the front end.\n\nNext steps: We publish a review of this incident within five working days.", ..POST },
            Post { ago: 2 * D, status: "post_incident_review_published", kind: "strategic", is_html: true, text: "Final status: The review \
                of this incident is published.\n\nRoot cause: An update of the front end removed the limit of a cache. Our tests ran too \
                shortly to show its growth.\n\nNext steps: Updates of the front end are now tested for two days before they are deployed, and \
                memory is watched with an alert of its own.", ..POST },
        ], ..ISSUE },
];

#[rustfmt::skip]
const MESSAGE: Message = Message { by: "fabrikam", of: &["contoso"], id: "", title: "", category: "stay_informed", severity: "normal",
    services: &[], tags: &[], is_major: false, act_in: 0, published: 0, modified: 0, text: "" };
#[rustfmt::skip]
const SMTP: Message = Message { id: "MC1098214", title: "Sending mail by password alone ends: act before the date",
    category: "plan_for_change", severity: "high", services: &["Exchange Online"], tags: &["Major change", "Admin impact", "Retirement"],
    is_major: true, act_in: 41, published: 30 * D, modified: 4 * D,
    text: "Devices and applications that send mail with user name and password must change to modern authentication.\n\nWhen this happens: \
        From the date named in this message on, such mail is refused.\n\nWhat you need to do: Find the senders in the report of the Exchange \
        admin center, and set them up anew.", ..MESSAGE };

/// The messages.
#[rustfmt::skip]
pub(super) const MESSAGES: &[Message] = &[
    Message { of: &["contoso", "adventure-works"], ..SMTP },
    Message { by: "wingtip", ..SMTP },
    Message { of: &["contoso", "adventure-works"], id: "MC1099377", title: "Microsoft Teams: a new way to arrange channels",
        services: &["Microsoft Teams"], tags: &["New feature", "User impact"], published: 18 * D, modified: 18 * D,
        text: "Users will be able to group channels into sections of their own.\n\nWhen this happens: The rollout begins next month and takes \
            four weeks.\n\nWhat you need to do: Nothing. You may want to tell your users.", ..MESSAGE },
    Message { of: &["adventure-works"], id: "MC1100942", title: "A certificate of your mail connector expires soon",
        category: "prevent_or_fix_issue", severity: "critical", services: &["Exchange Online"], tags: &["Admin impact"], act_in: 12,
        published: 5 * D, modified: 2 * D,
        text: "The certificate by which your own mail server proves itself to Exchange Online expires within two weeks.\n\nWhat you need to \
            do: Renew it, and name the new one in the connector. Mail from your server is refused otherwise.", ..MESSAGE },
    Message { id: "MC1097650", title: "SharePoint: site owners see who may open a link", category: "plan_for_change",
        services: &["SharePoint Online", "OneDrive for Business"], tags: &["Updated message", "Feature update"], published: 40 * D, modified: 9 * D,
        text: "Owners of a site will see beside each link who may open it.\n\nWhen this happens: We've moved the rollout to the next \
            quarter.\n\nWhat you need to do: Review links that anyone may open.", ..MESSAGE },
    Message { id: "MC1101108", title: "Microsoft Entra: some sign-ins need a stronger method", category: "prevent_or_fix_issue",
        severity: "high", services: &["Microsoft Entra"], tags: &["Admin impact", "User impact"], act_in: 25, published: 3 * D, modified: 3 * D,
        text: "Administrators who confirm their sign-in by text message must register another method.\n\nWhat you need to do: Ask them to \
            register an authenticator app before the date named in this message.", ..MESSAGE },
    Message { by: "wingtip", of: &["adatum"], id: "MC1101533", title: "Dynamics 365 Apps: the first update of the next wave can be tried",
        category: "plan_for_change", services: &["Dynamics 365 Apps"], tags: &["Feature update"], published: 7 * D, modified: 7 * D,
        text: "You can switch the next wave on in an environment for tests.\n\nWhen this happens: All environments are updated in two \
            months.\n\nWhat you need to do: Try your own apps with it until then.", ..MESSAGE },
];

/// Where Fabrikam was told that Contoso's services are administered: by another domain than the catalogue would take.
#[rustfmt::skip]
pub(super) const PORTALS: &[Portal] = &[
    ("fabrikam", "contoso", "fa5fa04e-13df-4b7c-9e99-92573ba1fa55", "Microsoft Entra admin center",
        "https://entra.microsoft.com/contoso.onmicrosoft.com"),
    ("fabrikam", "contoso", "0d4f3f5e-3c1f-4b8c-9f55-6a6f1d2b7c10", "Exchange admin center",
        "https://admin.exchange.microsoft.com/?landingpage=homepage&form=mac_sidebar&delegatedOrg=contoso.onmicrosoft.com"),
    ("fabrikam", "contoso", "7c0f2c1b-52d9-4f0e-8a3e-1f1b6f0a9d42", "Microsoft Intune admin center",
        "https://intune.microsoft.com/contoso.onmicrosoft.com"),
    ("fabrikam", "contoso", "ce0b42f4-bfde-4abe-a5f7-add83f104b23", "Teams",
        "https://admin.teams.microsoft.com/?delegatedOrg=contoso.onmicrosoft.com"),
];

/// When requests were captured.
pub(super) const REQUESTS_SEEN: i64 = 30;

#[rustfmt::skip]
const REQUEST: Request = Request { by: "fabrikam", of: "", number: "", title: "", severity: "moderate", status: "open", product: "Exchange Online",
    filed: 0, changed: 0, closed: 0 };

/// What was filed with the vendor.
#[rustfmt::skip]
pub(super) const REQUESTS: &[Request] = &[
    Request { of: "adventure-works", number: "2611260040001871", title: "Orders from the shop reach us hours after they were sent",
        severity: "critical", filed: 4 * H + 10, changed: 2 * H, ..REQUEST },
    Request { of: "fourth-coffee", number: "2611140040005562", title: "Shared channel shows no members after it was renamed",
        severity: "minimal", status: "closed", product: "Microsoft Teams", filed: 12 * D, changed: 9 * D, closed: 9 * D, ..REQUEST },
    Request { of: "relecloud", number: "2611250040009034", title: "Mail to the migrated mailboxes is sent back now and then",
        status: "attention_needed", filed: 30 * H, changed: 3 * H, ..REQUEST },
    Request { by: "wingtip", of: "contoso", number: "2611260040002240", title: "Late messages in the mailboxes of the sales team",
        filed: 3 * H, changed: 3 * H, ..REQUEST },
    Request { by: "wingtip", of: "adatum", number: "2611250040007718", title: "Cases cannot be opened in the service app",
        severity: "critical", product: "Dynamics 365 Apps", filed: 24 * H, changed: 100, ..REQUEST },
    Request { by: "tailspin", of: "contoso-retail", number: "2611260040002593", title: "Price lists by mail arrive late in the shops",
        filed: 150, changed: 150, ..REQUEST },
];
