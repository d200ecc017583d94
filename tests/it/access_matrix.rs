//! The policy as a reviewed table, its cases, its masks against casbin's own answers, and how strictly it is read.

use crate::surface::assert_snapshot;
use partner_gateway::access::action::Action;
use partner_gateway::access::policy::{Files, Policy, PolicyError, PolicyInForce, cases, matrix, reference};
use std::path::Path;
use std::sync::Arc;

async fn shipped() -> Policy {
    Policy::load(&Files::shipped()).await.unwrap()
}

#[tokio::test]
async fn the_matrix_is_the_one_that_was_reviewed() {
    assert_snapshot("policies/matrix.snap", &matrix::render(&shipped().await));
}

#[tokio::test]
async fn every_operation_is_allowed_to_somebody_and_named_once() {
    let policy = shipped().await;
    for action in Action::ALL {
        assert_ne!(policy.masks(action).allow, 0, "no line of the policy allows {}", action.name());
        assert_eq!(Action::parse(action.name()), Some(action));
        let (object, name) = action.object_action();
        assert_eq!(action.name(), format!("{object}:{name}"));
    }
}

#[tokio::test]
async fn every_operation_rests_on_a_ground_and_a_case_on_its_hop() {
    let policy = shipped().await;
    for action in Action::ALL {
        assert!(!policy.bearing(action).0.is_empty(), "no ground can bear {}", action.name());
    }
    let handed = ["case:admin_agents", "case:helpdesk_agents"];
    let tokens = handed.iter().fold(0, |all, name| all | policy.vocabulary.token(name).unwrap().mask());
    assert_eq!(policy.bearing(Action::CaseAnswer), (vec!["escalation"], tokens));
    assert!(policy.bearing(Action::RequestRead).0.contains(&"escalation"));
    assert!(!policy.bearing(Action::CustomerList).0.contains(&"escalation"), "a case lists no customer");
    assert_eq!(
        policy.needed(Action::CaseAnswer),
        "needs a case of the customer that is handed to one's partner, as Admin agents, Helpdesk agents"
    );
}

#[tokio::test]
async fn every_case_beside_the_policy_holds() {
    let policy = shipped().await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies/tests");
    let (mut failed, mut held) = (Vec::new(), 0);
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(path.extension().and_then(|it| it.to_str()), Some("toml"), "{}", path.display());
        let cases = cases::parse(&std::fs::read_to_string(&path).unwrap()).unwrap();
        assert!(!cases.is_empty(), "{} holds no case", path.display());
        for case in cases {
            let wrong = cases::run(&policy, &case);
            held += usize::from(wrong.is_empty());
            failed.extend(wrong.into_iter().map(|wrong| format!("{}: {wrong}", case.name)));
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
    assert!(held > 15, "only {held} cases were run");
}

#[tokio::test]
async fn masks_are_casbins_own_answers_cell_by_cell() {
    let (files, policy) = (Files::shipped(), shipped().await);
    let whole = reference(&files.model, &policy.lines, &policy.vocabulary).await.unwrap();
    for action in Action::ALL {
        let (ours, casbins) = (policy.masks(action), whole[action as usize]);
        for token in policy.vocabulary.tokens() {
            let cell = |mask: u64| mask & token.mask() != 0;
            let place = format!("{} {}", token.name, action.name());
            assert_eq!(cell(ours.allow), cell(casbins.allow), "allow: {place}");
            assert_eq!(cell(ours.deny), cell(casbins.deny), "deny: {place}");
        }
        assert_eq!(ours, casbins, "bits of no token: {}", action.name());
    }
}

/// Why these files are refused.
async fn refusal(files: Files) -> PolicyError {
    Policy::load(&files).await.expect_err("a policy that must be refused was loaded")
}

#[tokio::test]
async fn a_line_that_is_not_understood_in_full_is_refused_with_its_number() {
    for (line, reason) in [
        (
            "p, gdap:nobody, relationship, customer, read, allow",
            "token `gdap:nobody` is not in the vocabulary",
        ),
        ("p, commerce:auditors, downstream, subscription, read, allow", "is held at `relationship` only"),
        ("p, commerce:auditors, case, customer, read, allow", "is held at `relationship` only"),
        ("p, downstream:admin_agents, case, support_request, read, allow", "is held at `downstream` only"),
        ("p, case:admin_agents, relationship, customer, list, allow", "is held at `case` only"),
        ("p, commerce:auditors, any_tenant, subscription, read, allow", "anchor `any_tenant` does not exist"),
        ("p, commerce:auditors, relationship, subscription, read, alow", "effect `alow` is neither"),
        ("p, commerce:auditors, relationship, subscription, read, Allow", "effect `Allow` is neither"),
        ("p, commerce:auditors, relationship, subscription, read", "expected `p, token"),
        ("p, commerce:auditors, relationship, subscription, read, allow, deny", "expected `p, token"),
        ("p2, commerce:auditors, relationship, subscription, read, allow", "expected `p, token"),
        ("g, commerce:auditors, commerce:admin_agents", "expected `p, token"),
        ("P, commerce:auditors, relationship, subscription, read, allow", "expected `p, token"),
        ("p, commerce:admin_agents, relationship, customer, list, allow", "stands in the file already"),
        (
            "p, commerce:auditors, relationship, invoice, read, allow",
            "operation `invoice, read` does not exist",
        ),
        ("p, commerce:auditors, relationship, subscription, write, allow", "operation `subscription, write`"),
        ("p, commerce:auditors, relationship, subscription, *, allow", "operation `subscription, *`"),
        ("p, commerce:auditors, relationship, subscription, read, deny", "`restriction:` tokens deny"),
        ("p, restriction:no_profile, relationship, subscription, read, allow", "`restriction:` tokens deny"),
        ("p, , relationship, subscription, read, allow", "an empty column"),
        ("p, commerce:auditörs, relationship, subscription, read, allow", "not ASCII"),
    ] {
        let mut files = Files::shipped();
        let number = files.policy.lines().count() + 1;
        files.policy.push_str(&format!("{line}\n"));
        let error = refusal(files).await;
        assert!(error.reason.contains(reason), "{line}: {error}");
        assert_eq!((error.file, error.line), ("policy.csv", number), "{line}: {error}");
        assert!(error.to_string().starts_with(&format!("policy.csv:{number}: ")), "{error}");
    }
}

#[tokio::test]
async fn a_policy_without_lines_is_refused() {
    for text in ["", "\n", "# nothing is allowed\n"] {
        let error = refusal(Files { policy: text.into(), ..Files::shipped() }).await;
        assert_eq!((error.file, error.line), ("policy.csv", 0), "{error}");
    }
}

/// Changes of the vocabulary, and words of the refusal.
const VOCABULARY: &[(&str, &str, &str)] = &[
    ("bit = 6\n", "bit = 5\n", "bit 5 is taken"),
    ("bit = 58\n", "bit = 63\n", "bit 63 is not below 63"),
    ("bit = 58\n", "bit = 64\n", "bit 64 is not below 63"),
    ("bit = 56\n", "bit = 19\n", "must have the highest bits"),
    ("bit = 17\n", "bit = 19\n", "as far above its base"),
    ("\"gdap+agent:directory_writers\"", "\"gdap+agent:exchange\"", "has no `gdap:exchange`"),
    ("\"self:member\"", "\"own:member\"", "unknown class"),
    ("\"self:member\"", "\"member\"", "unknown class"),
    ("\"self:member\"", "\"self:Member\"", "lower-case letters"),
    ("\"self:member\"", "\"self:\"", "lower-case letters"),
    ("\"self:member\"", "\"self:auditors\"", "appears twice"),
    ("bit = 37\nanchor = \"own_org\"", "bit = 37\nanchor = \"relationship\"", "its anchor must be `own_org`"),
    ("bit = 37\nanchor = \"own_org\"", "bit = 37\nanchor = \"any_tenant\"", "its anchor must be `own_org`"),
    ("bit = 48\nanchor = \"case\"", "bit = 48\nanchor = \"relationship\"", "its anchor must be `case`"),
    ("bit = 48\nanchor = \"case\"\n", "bit = 48\nanchor = \"case\"\nagent = true\n", "make an agent"),
    (
        "bit = 24\nanchor = \"relationship\"\n",
        "bit = 24\nanchor = \"relationship\"\nagent = true\n",
        "make an agent",
    ),
    ("role_template = \"fe930be7-5e62-47db-91af-98c3a49a38b1\"\n", "", "role_template is missing"),
    (
        "bit = 24\nanchor = \"relationship\"\n",
        "bit = 24\nanchor = \"relationship\"\nrole_template = \"0\"\n",
        "belongs to `gdap:` tokens only",
    ),
    (
        "role_template = \"fe930be7-5e62-47db-91af-98c3a49a38b1\"",
        "role_template = \"4d6ac14f-3453-41d0-bef9-a3e0c569773a\"",
        "yields another token already",
    ),
    (
        "name = \"gdap:present\"\nbit = 0\nanchor = \"relationship\"\n\n[[token]]\n",
        "",
        "`gdap:present` is missing",
    ),
    ("agent = true", "agnet = true", "agnet"),
    ("bit = 58\n", "bit = -1\n", ""),
    ("bit = 58\n", "bit = \"58\"\n", ""),
];

#[tokio::test]
async fn a_vocabulary_that_is_not_understood_in_full_is_refused() {
    for (from, to, reason) in VOCABULARY {
        let mut files = Files::shipped();
        assert!(files.vocabulary.contains(from), "the vocabulary holds no {from:?} to change");
        files.vocabulary = files.vocabulary.replacen(from, to, 1);
        let error = refusal(files).await;
        assert!(error.reason.contains(reason), "{from:?} to {to:?}: {error}");
        assert_eq!(error.file, "vocabulary.toml", "{error}");
    }
    let mut files = Files::shipped();
    let number = files.vocabulary.lines().count() + 1;
    files.vocabulary.push_str("broken = = \"x\"\n");
    let error = refusal(files).await;
    assert_eq!((error.file, error.line), ("vocabulary.toml", number), "{error}");
}

#[tokio::test]
async fn a_line_whose_token_left_the_vocabulary_is_refused_with_its_number() {
    let mut files = Files::shipped();
    files.vocabulary = files.vocabulary.replace("\"self:support_leads\"", "\"self:case_leads\"");
    let number = files.policy.lines().position(|line| line.contains("self:support_leads")).unwrap() + 1;
    let error = refusal(files).await;
    assert_eq!((error.file, error.line), ("policy.csv", number), "{error}");
}

/// Changes of the model, and words of the refusal.
const MODEL: &[(&str, &str, &str)] = &[
    ("r.token == p.token && r.anchor == p.anchor", "r.anchor == p.anchor && r.token == p.token", "must be"),
    ("r.token == p.token && ", "", "must be"),
    ("r.anchor == p.anchor && ", "", "must be"),
    ("r.token == p.token", "g(r.token, p.token)", "must be"),
    // Casbin would let lines of other tokens match; the slices would not see them.
    ("r.action == p.action", "r.action == p.action || r.action == \"read\"", "model"),
    ("e = some(where (p.eft == allow))", "e = !some(where (p.eft == deny))", "is missing"),
    ("e2 = !some(where (p.eft == deny))\n", "", "is missing"),
    ("r = token, anchor, object, action", "r = token, object, action", "is missing"),
    ("p = token, anchor, object, action, eft", "p = token, anchor, object, action", "is missing"),
    ("[matchers]", "[role_definition]\ng = _, _\n\n[matchers]", "role definitions"),
    ("[policy_effect]", "p2 = token, anchor\n\n[policy_effect]", "further policies"),
];

#[tokio::test]
async fn a_model_that_the_masks_are_not_right_for_is_refused() {
    for (from, to, reason) in MODEL {
        let mut files = Files::shipped();
        assert!(files.model.contains(from), "the model holds no {from:?} to change");
        files.model = files.model.replacen(from, to, 1);
        let error = refusal(files).await;
        assert_eq!(error.file, "model.conf", "{from:?} to {to:?}: {error}");
        assert!(error.to_string().contains(reason), "{from:?} to {to:?}: {error}");
    }
}

/// A folder with a policy that can be changed.
struct Folder(tempfile::TempDir);

impl Folder {
    fn shipped() -> Self {
        let folder = Folder(tempfile::tempdir().unwrap());
        let Files { model, policy, vocabulary } = Files::shipped();
        for (file, text) in [("model.conf", model), ("policy.csv", policy), ("vocabulary.toml", vocabulary)] {
            folder.write(file, &text);
        }
        folder
    }

    fn write(&self, file: &str, text: &str) {
        std::fs::write(self.0.path().join(file), text).unwrap();
    }

    async fn load(&self) -> Result<PolicyInForce, PolicyError> {
        PolicyInForce::load(Some(self.0.path().to_owned())).await
    }
}

#[tokio::test]
async fn nothing_starts_with_a_policy_that_is_invalid_or_not_there() {
    let folder = Folder::shipped();
    assert!(folder.load().await.is_ok());
    folder.write("policy.csv", "p, everybody, everywhere, everything, allow\n");
    assert_eq!(folder.load().await.err().unwrap().file, "policy.csv");
    std::fs::remove_file(folder.0.path().join("policy.csv")).unwrap();
    assert_eq!(folder.load().await.err().unwrap().file, "policy.csv");
}

#[tokio::test]
async fn an_invalid_file_leaves_the_last_good_policy_in_force() {
    let folder = Folder::shipped();
    let in_force = folder.load().await.unwrap();
    let good = in_force.current();
    let shipped = Files::shipped().policy;
    for broken in ["", "p, self:member, own_org, partner, read, alow\n", "g, self:member, self:auditors\n"] {
        folder.write("policy.csv", broken);
        assert_eq!(in_force.reload().await.unwrap_err().file, "policy.csv");
        assert!(Arc::ptr_eq(&in_force.current(), &good), "{broken:?} replaced the policy in force");
    }
    let fewer = shipped.replace("p, self:member, own_org, partner, read, allow\n", "");
    assert_ne!(fewer, shipped);
    folder.write("policy.csv", &fewer);
    in_force.reload().await.unwrap();
    let member = good.vocabulary.token("self:member").unwrap().mask();
    assert!(good.allows(Action::PartnerRead, member), "a policy in use changed under its user");
    assert!(!in_force.current().allows(Action::PartnerRead, member), "a valid policy was not taken");
}

#[tokio::test]
async fn a_change_of_bits_is_refused_while_running_since_derived_tables_hold_them() {
    let folder = Folder::shipped();
    let in_force = folder.load().await.unwrap();
    let good = in_force.current();
    let vocabulary = Files::shipped().vocabulary;
    for (from, to) in [("bit = 58\n", "bit = 59\n"), ("bit = 6\n", "bit = 19\n")] {
        let moved = vocabulary.replacen(from, to, 1);
        assert_ne!(moved, vocabulary);
        folder.write("vocabulary.toml", &moved);
        assert!(folder.load().await.is_ok(), "a gateway that starts anew takes them");
        let error = in_force.reload().await.unwrap_err();
        assert_eq!(error.file, "vocabulary.toml");
        assert!(error.reason.contains("stop and start"), "{error}");
        assert!(Arc::ptr_eq(&in_force.current(), &good));
    }
    folder.write("vocabulary.toml", &vocabulary);
    in_force.reload().await.unwrap();
}
