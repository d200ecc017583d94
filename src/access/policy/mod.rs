//! The policy: casbin's files, read strictly, asked once for every cell, kept as two bit masks per operation.
//!
//! Never decides by interpreting at run time, never merges allow and deny into one verdict per role, never starts
//! with a policy it does not understand in full. A policy that fails to load leaves the one in force untouched.

pub mod cases;
mod compile;
pub mod file;
pub mod matrix;
pub mod vocabulary;

use crate::access::action::Action;
use file::Line;
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};
use vocabulary::Vocabulary;

pub use compile::reference;

/// The three files as texts.
#[derive(Clone, Debug)]
pub struct Files {
    /// casbin's model.
    pub model: String,
    /// The policy lines.
    pub policy: String,
    /// Tokens, bits, anchors.
    pub vocabulary: String,
}

impl Files {
    /// The policy that this program was built with.
    pub fn shipped() -> Self {
        Files {
            model: include_str!("../../../policies/model.conf").into(),
            policy: include_str!("../../../policies/policy.csv").into(),
            vocabulary: include_str!("../../../policies/vocabulary.toml").into(),
        }
    }

    /// Reads a folder that holds `model.conf`, `policy.csv` and `vocabulary.toml`.
    pub fn read(folder: &Path) -> Result<Self, PolicyError> {
        let read = |name: &'static str| {
            std::fs::read_to_string(folder.join(name)).map_err(|e| PolicyError {
                file: name,
                line: 0,
                reason: e.to_string(),
            })
        };
        Ok(Files {
            model: read("model.conf")?,
            policy: read("policy.csv")?,
            vocabulary: read("vocabulary.toml")?,
        })
    }

    /// From the folder if one is given, else the shipped ones.
    pub fn from(folder: Option<&Path>) -> Result<Self, PolicyError> {
        folder.map_or_else(|| Ok(Self::shipped()), Self::read)
    }
}

/// What is wrong with the policy's files, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct PolicyError {
    /// Which file.
    pub file: &'static str,
    /// Which line, from 1; 0 when it is about the file as a whole.
    pub line: usize,
    /// What is wrong.
    pub reason: String,
}

impl std::fmt::Display for PolicyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file, self.reason),
            line => write!(f, "{}:{line}: {}", self.file, self.reason),
        }
    }
}

/// Classes of tokens, and the tables of facts that yield them: as `access_grant_source` has it.
const GROUNDS: [(&str, &str); 10] = [
    ("commerce", "reseller_relation"),
    ("commerce", "indirect_link"),
    ("dap", "delegated_admin_privilege"),
    ("gdap", "access_assignment"),
    ("downstream", "indirect_link"),
    ("downstream", "indirect_relation"),
    ("case", "escalation"),
    ("customer", "security_group"),
    ("self", "security_group"),
    ("restriction", "restriction"),
];

/// How a right is held, in words for people. Those of one's own organisation and tenant are nobody else's business.
const WAYS: [(&str, &str); 6] = [
    ("gdap", "a granular delegated role (GDAP) of {}"),
    ("gdap+agent", "to be an agent of the partner and a granular delegated role (GDAP) of {}"),
    ("dap", "delegated administration privileges (DAP) as {}"),
    ("commerce", "a reseller relationship as {}"),
    ("downstream", "to be the provider that the customer is served through, as {}"),
    ("case", "a case of the customer that is handed to one's partner, as {}"),
];

/// Tokens that allow an operation, and tokens that deny it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Masks {
    /// Any of these allows.
    pub allow: u64,
    /// Any of these denies, over every allow.
    pub deny: u64,
}

/// A policy ready to decide.
#[derive(Debug)]
pub struct Policy {
    /// Tokens, bits and anchors.
    pub vocabulary: Vocabulary,
    /// The lines as read, for explanations.
    pub lines: Vec<Line>,
    masks: [Masks; Action::COUNT],
}

impl Policy {
    /// Reads, checks and compiles the files.
    pub async fn load(files: &Files) -> Result<Self, PolicyError> {
        let vocabulary = Vocabulary::parse(&files.vocabulary)?;
        let lines = file::parse(&files.policy)?;
        file::lint(&lines, &vocabulary)?;
        let masks = compile::masks(&files.model, &lines, &vocabulary).await?;
        Ok(Policy { vocabulary, lines, masks })
    }

    /// The masks of an operation.
    pub fn masks(&self, action: Action) -> Masks {
        self.masks[action as usize]
    }

    /// Whether what is held allows the operation: the hot decision.
    #[inline]
    pub fn allows(&self, action: Action, held: u64) -> bool {
        let masks = &self.masks[action as usize];
        held & masks.allow != 0 && held & masks.deny == 0
    }

    /// On which grounds an operation may rest, and by which tokens of a grant. A conjunction is borne by its base.
    pub fn bearing(&self, action: Action) -> (Vec<&'static str>, u64) {
        let v = &self.vocabulary;
        let allow = self.masks(action).allow;
        let tokens = allow | ((allow >> v.conjunction_shift) & v.conjunction);
        let mut kinds: Vec<&'static str> = v
            .tokens_in(tokens)
            .flat_map(|token| GROUNDS.iter().filter(|(class, _)| *class == token.class()))
            .map(|(_, kind)| *kind)
            .collect();
        kinds.sort_unstable();
        kinds.dedup();
        (kinds, tokens)
    }

    /// What a caller without an operation would have to hold, in words for people: any of these.
    pub fn needed(&self, action: Action) -> String {
        let v = &self.vocabulary;
        let of_class = |class: &str| {
            let tokens = v.tokens_in(self.masks(action).allow).filter(|token| token.class() == class);
            tokens.map(|token| v.title(token)).collect::<Vec<_>>().join(", ")
        };
        let mut ways = Vec::new();
        for (class, words) in WAYS {
            let roles = of_class(class);
            if !roles.is_empty() {
                ways.push(words.replace("{}", &roles));
            }
        }
        if ways.is_empty() { "nobody may".into() } else { format!("needs {}", ways.join(", or ")) }
    }

    /// The lines that speak of a token and an operation.
    pub fn lines_for(&self, token: &str, action: Action) -> impl Iterator<Item = &Line> {
        let (object, name) = action.object_action();
        self.lines
            .iter()
            .filter(move |line| line.token == token && line.object == object && line.action == name)
    }
}

/// The policy in force, replaced as a whole.
#[derive(Clone)]
pub struct PolicyInForce {
    current: Arc<RwLock<Arc<Policy>>>,
    folder: Option<PathBuf>,
}

impl PolicyInForce {
    /// Loads the policy of a folder, or the shipped one. An invalid policy is an error: nothing is served without.
    pub async fn load(folder: Option<PathBuf>) -> Result<Self, PolicyError> {
        let policy = Policy::load(&Files::from(folder.as_deref())?).await?;
        Ok(PolicyInForce { current: Arc::new(RwLock::new(Arc::new(policy))), folder })
    }

    /// The one in force now.
    pub fn current(&self) -> Arc<Policy> {
        match self.current.read() {
            Ok(current) => current.clone(),
            // A panic while swapping an Arc leaves the old or the new one whole.
            Err(poisoned) => poisoned.into_inner().clone(),
        }
    }

    /// Reads the files again. On any error the policy in force stays. Bits cannot change while running, since the
    /// derived tables hold them.
    pub async fn reload(&self) -> Result<(), PolicyError> {
        let policy = Policy::load(&Files::from(self.folder.as_deref())?).await?;
        if policy.vocabulary.fingerprint() != self.current().vocabulary.fingerprint() {
            let reason =
                "tokens or bits changed; stop and start the gateway to make the derived tables anew".into();
            return Err(PolicyError { file: "vocabulary.toml", line: 0, reason });
        }
        let policy = Arc::new(policy);
        match self.current.write() {
            Ok(mut current) => *current = policy,
            Err(poisoned) => *poisoned.into_inner() = policy,
        }
        Ok(())
    }
}
