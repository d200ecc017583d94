//! Names folded for order and search: lower case, so that both engines compare the same bytes.

use std::collections::BTreeSet;

/// A name as lists order it.
pub fn folded(name: &str) -> String {
    name.trim().to_lowercase()
}

/// The words of a text, folded: runs of letters and digits.
pub fn words(text: &str) -> BTreeSet<String> {
    folded(text)
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The words that find a domain: its labels, and the domain itself.
pub fn domain_words(domain: &str) -> BTreeSet<String> {
    let mut all = words(domain);
    all.insert(folded(domain));
    all
}
