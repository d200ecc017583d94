//! Every line of the policy is noticed: dropped, flipped, or joined by one that it does not hold, some case fails.
//!
//! Only the cases beside the policy are asked, no snapshot: they are sentences that say why a line is there.

use partner_gateway::access::action::Action;
use partner_gateway::access::policy::cases::{self, Case};
use partner_gateway::access::policy::{Files, Policy};

const CASES: &str = include_str!("../../policies/tests/cases.toml");

/// What becomes of a changed policy.
enum Fate {
    /// It is not loaded: the file and the line of the refusal.
    Refused(&'static str, usize),
    /// Some case fails.
    Noticed,
    /// Every case holds.
    Survives,
}

async fn fate(policy: String, cases: &[Case]) -> Fate {
    match Policy::load(&Files { policy, ..Files::shipped() }).await {
        Err(error) => Fate::Refused(error.file, error.line),
        Ok(policy) if cases.iter().all(|case| cases::run(&policy, case).is_empty()) => Fate::Survives,
        Ok(_) => Fate::Noticed,
    }
}

/// The shipped policy with another text in place of one line, counted from 1.
fn with_line(number: usize, text: &str) -> String {
    let policy = Files::shipped().policy;
    let lines = policy.lines().enumerate();
    let lines: Vec<&str> = lines.map(|(index, line)| if index + 1 == number { text } else { line }).collect();
    lines.join("\n")
}

async fn shipped() -> (Policy, Vec<Case>) {
    let (policy, cases) = (Policy::load(&Files::shipped()).await.unwrap(), cases::parse(CASES).unwrap());
    assert!(cases.iter().all(|case| cases::run(&policy, case).is_empty()), "the cases do not hold as it is");
    (policy, cases)
}

#[tokio::test]
async fn a_dropped_line_is_noticed() {
    let (policy, cases) = shipped().await;
    assert!(policy.lines.len() > 50);
    let mut survivors = Vec::new();
    for line in &policy.lines {
        match fate(with_line(line.number, ""), &cases).await {
            Fate::Noticed => {}
            Fate::Survives => survivors.push(format!("policy.csv:{}: {}", line.number, line.text())),
            Fate::Refused(file, number) => {
                panic!("without line {} it is refused at {file}:{number}", line.number)
            }
        }
    }
    assert!(survivors.is_empty(), "no case needs these lines: {survivors:#?}");
}

#[tokio::test]
async fn a_flipped_line_is_refused_where_it_stands_or_noticed() {
    let (policy, cases) = shipped().await;
    let mut survivors = Vec::new();
    for line in &policy.lines {
        let text = line.text();
        let flipped = match text.strip_suffix("allow") {
            Some(right) => format!("{right}deny"),
            None => format!("{}allow", text.strip_suffix("deny").unwrap()),
        };
        match fate(with_line(line.number, &flipped), &cases).await {
            Fate::Refused(file, number) => assert_eq!((file, number), ("policy.csv", line.number)),
            Fate::Noticed => {}
            Fate::Survives => survivors.push(format!("policy.csv:{}: {flipped}", line.number)),
        }
    }
    assert!(survivors.is_empty(), "no case notices these lines: {survivors:#?}");
}

#[tokio::test]
async fn a_right_that_is_added_is_noticed() {
    let (policy, cases) = shipped().await;
    let (shipped, mut added, mut survivors) = (Files::shipped().policy, 0, Vec::new());
    for token in policy.vocabulary.tokens() {
        let effect = if token.class() == "restriction" { "deny" } else { "allow" };
        for action in Action::ALL {
            if policy.lines_for(&token.name, action).next().is_some() {
                continue;
            }
            let (object, name) = action.object_action();
            let line = format!("p, {}, {}, {object}, {name}, {effect}", token.name, token.anchor);
            match fate(format!("{shipped}\n{line}\n"), &cases).await {
                Fate::Noticed => {}
                Fate::Survives => survivors.push(line),
                Fate::Refused(file, number) => panic!("{line} is refused at {file}:{number}"),
            }
            added += 1;
        }
    }
    assert!(added > 100, "only {added} rights could be added");
    assert!(survivors.is_empty(), "no case forbids these: {survivors:#?}");
}
