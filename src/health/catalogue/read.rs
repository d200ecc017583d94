//! Reads the catalogue's files. Refuses what it does not know and what appears twice, and says where: a slip in the
//! data would otherwise show as a service that nobody sees.

use super::{
    Area, CATEGORIES, Duty, FILED_BY, Offers, Pattern, Portal, Service, VEHICLES, exactly, folded, id_of,
    is_domain,
};
use crate::customers::names;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The highest bit of a mask that stays positive in the database.
const MAX_BIT: u32 = 62;

/// What the files say.
pub(super) struct Parts {
    pub(super) services: Vec<Service>,
    /// Places of services, by folded names and ids.
    pub(super) by_alias: HashMap<String, usize>,
    pub(super) offers: Offers,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    duty: Duty,
    portal: PortalEntry,
    area: BTreeMap<String, AreaEntry>,
    service: Vec<ServiceEntry>,
    #[serde(default)]
    bundle: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    exclusion: Vec<ExclusionEntry>,
    #[serde(default)]
    offer: Vec<OfferEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PortalEntry {
    health: String,
    ticket: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AreaEntry {
    admin: String,
    health: Option<String>,
    ticket: Option<String>,
    #[serde(default)]
    duty: DutyEntry,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct DutyEntry {
    billing: Option<String>,
    subscription_management: Option<String>,
    technical: Option<String>,
    vehicles: Option<Vec<String>>,
    files_with: Option<String>,
    filed_by: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ServiceEntry {
    key: String,
    bit: u32,
    name: String,
    category: String,
    area: String,
    #[serde(default)]
    aliases: Vec<String>,
    admin: Option<String>,
    health: Option<String>,
    ticket: Option<String>,
    #[serde(default)]
    duty: DutyEntry,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExclusionEntry {
    words: Vec<String>,
    removes: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfferEntry {
    #[serde(default)]
    words: Vec<String>,
    #[serde(default)]
    without: Vec<String>,
    #[serde(default)]
    skus: Vec<String>,
    #[serde(default)]
    ids: Vec<String>,
    brings: Vec<String>,
}

/// Reads and checks the text.
pub(super) fn parts(text: &str) -> Result<Parts, String> {
    let file: File = toml::from_str(text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let line = text.lines().nth(before.matches('\n').count()).unwrap_or_default();
        format!("at `{}`: {}", line.trim(), error.message())
    })?;
    let services = read_services(&file)?;
    let by_alias = read_aliases(&file.service)?;
    let offers = read_offers(&file, &services)?;
    Ok(Parts { services, by_alias, offers })
}

fn read_services(file: &File) -> Result<Vec<Service>, String> {
    if let Some(code) = file.area.keys().find(|code| Area::parse(code).is_none()) {
        return Err(format!("area `{code}` is not known"));
    }
    let (mut keys, mut bits) = (BTreeSet::new(), BTreeSet::new());
    let mut services = Vec::with_capacity(file.service.len());
    for entry in &file.service {
        let what = format!("service `{}`", entry.key);
        if !is_code(&entry.key) {
            return Err(format!("{what}: a key is lower-case letters, digits and `_`"));
        }
        if !keys.insert(&entry.key) {
            return Err(format!("{what} appears twice"));
        }
        if entry.bit > MAX_BIT {
            return Err(format!("{what}: bit {} is above {MAX_BIT}", entry.bit));
        }
        if !bits.insert(entry.bit) {
            return Err(format!("{what}: bit {} is taken", entry.bit));
        }
        services.push(read_service(file, entry, &what)?);
    }
    Ok(services)
}

fn read_service(file: &File, entry: &ServiceEntry, what: &str) -> Result<Service, String> {
    if !CATEGORIES.contains(&entry.category.as_str()) {
        return Err(format!("{what}: category `{}` is not known", entry.category));
    }
    let area =
        Area::parse(&entry.area).ok_or_else(|| format!("{what}: area `{}` is not known", entry.area))?;
    let common =
        file.area.get(&entry.area).ok_or_else(|| format!("{what}: area `{}` has no table", entry.area))?;
    let pick = |own: &Option<String>, area: &Option<String>, all: &str| {
        own.as_deref().or(area.as_deref()).unwrap_or(all).to_owned()
    };
    let portal = Portal {
        admin: pick(&entry.admin, &None, &common.admin),
        health: pick(&entry.health, &common.health, &file.portal.health),
        ticket: pick(&entry.ticket, &common.ticket, &file.portal.ticket),
    };
    for template in [&portal.admin, &portal.health, &portal.ticket] {
        check_address(what, template)?;
    }
    let duty = changed(changed(file.duty.clone(), &common.duty), &entry.duty);
    check_duty(what, &duty)?;
    Ok(Service {
        id: id_of(&entry.key),
        key: entry.key.clone(),
        name: entry.name.clone(),
        category: entry.category.clone(),
        area,
        bit: entry.bit,
        duty,
        portal,
    })
}

fn is_code(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    !text.is_empty() && text.bytes().all(allowed)
}

fn changed(mut duty: Duty, by: &DutyEntry) -> Duty {
    let texts = [
        (&mut duty.billing, &by.billing),
        (&mut duty.subscription_management, &by.subscription_management),
        (&mut duty.technical, &by.technical),
        (&mut duty.files_with, &by.files_with),
        (&mut duty.filed_by, &by.filed_by),
    ];
    for (text, new) in texts {
        if let Some(new) = new {
            text.clone_from(new);
        }
    }
    if let Some(vehicles) = &by.vehicles {
        duty.vehicles.clone_from(vehicles);
    }
    duty
}

fn check_duty(what: &str, duty: &Duty) -> Result<(), String> {
    let texts = [&duty.billing, &duty.subscription_management, &duty.technical, &duty.files_with];
    if texts.iter().any(|text| text.trim().is_empty()) {
        return Err(format!("{what}: a duty is a sentence, not nothing"));
    }
    let mut seen = BTreeSet::new();
    for vehicle in &duty.vehicles {
        if !VEHICLES.contains(&vehicle.as_str()) {
            return Err(format!("{what}: vehicle `{vehicle}` is not known"));
        }
        if !seen.insert(vehicle) {
            return Err(format!("{what}: vehicle `{vehicle}` appears twice"));
        }
    }
    if !FILED_BY.contains(&duty.filed_by.as_str()) {
        return Err(format!("{what}: filed_by `{}` is not known", duty.filed_by));
    }
    Ok(())
}

/// A placeholder in the host would let a customer's domain name the host.
fn check_address(what: &str, template: &str) -> Result<(), String> {
    let Some(rest) = template.strip_prefix("https://") else {
        return Err(format!("{what}: `{template}` is not https"));
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if !is_domain(host) {
        return Err(format!("{what}: `{template}` does not name its host"));
    }
    let plain = template.replace("{tenant}", "").replace("{domain}", "");
    if plain.chars().any(|c| !c.is_ascii_graphic() || c == '{' || c == '}') {
        return Err(format!("{what}: `{template}` holds what is neither address nor placeholder"));
    }
    Ok(())
}

fn read_aliases(entries: &[ServiceEntry]) -> Result<HashMap<String, usize>, String> {
    let mut known: HashMap<String, usize> = HashMap::new();
    for (index, entry) in entries.iter().enumerate() {
        for alias in std::iter::once(&entry.name).chain(&entry.aliases) {
            let spelling = folded(alias);
            if spelling.is_empty() {
                return Err(format!("service `{}`: alias `{alias}` has neither letter nor digit", entry.key));
            }
            if let Some(other) = known.insert(spelling, index) {
                let other = &entries[other].key;
                return Err(format!("service `{}`: alias `{alias}` names `{other}` already", entry.key));
            }
        }
    }
    Ok(known)
}

fn read_offers(file: &File, services: &[Service]) -> Result<Offers, String> {
    let masks = read_masks(file, services)?;
    let mut offers = Offers::default();
    for entry in &file.exclusion {
        let what = format!("exclusion `{}`", entry.words.join(", "));
        let mask = mask_of(&what, &entry.removes, &masks)?;
        offers.exclusions.push(read_pattern(&what, &entry.words, &[], mask)?);
    }
    for entry in &file.offer {
        let told_by = [&entry.words, &entry.skus, &entry.ids].into_iter().flatten().next();
        let what = format!("offer `{}`", told_by.map_or("", String::as_str));
        if told_by.is_none() {
            return Err(format!("{what}: nothing tells it"));
        }
        let mask = mask_of(&what, &entry.brings, &masks)?;
        for text in entry.skus.iter().chain(&entry.ids) {
            if offers.exact.insert(exactly(text), mask).is_some() {
                return Err(format!("{what}: `{text}` tells an offer already"));
            }
        }
        if !entry.words.is_empty() {
            offers.patterns.push(read_pattern(&what, &entry.words, &entry.without, mask)?);
        } else if !entry.without.is_empty() {
            return Err(format!("{what}: `without` needs `words`"));
        }
    }
    Ok(offers)
}

/// The masks of services and bundles by name.
fn read_masks(file: &File, services: &[Service]) -> Result<BTreeMap<String, i64>, String> {
    let own: BTreeMap<String, i64> =
        services.iter().map(|service| (service.key.clone(), service.mask())).collect();
    let mut all = own.clone();
    for (name, keys) in &file.bundle {
        let what = format!("bundle `{name}`");
        if all.insert(name.clone(), mask_of(&what, keys, &own)?).is_some() {
            return Err(format!("{what}: a service has that key"));
        }
    }
    Ok(all)
}

fn mask_of(what: &str, keys: &[String], masks: &BTreeMap<String, i64>) -> Result<i64, String> {
    let mut mask: i64 = 0;
    for key in keys {
        mask |= *masks.get(key).ok_or_else(|| format!("{what}: there is no service `{key}`"))?;
    }
    if mask == 0 { Err(format!("{what}: names no service")) } else { Ok(mask) }
}

fn read_pattern(
    what: &str,
    phrases: &[String],
    without: &[String],
    services: i64,
) -> Result<Pattern, String> {
    let words: BTreeSet<BTreeSet<String>> = phrases.iter().map(|phrase| names::words(phrase)).collect();
    if words.is_empty() || words.iter().any(|phrase| phrase.is_empty()) {
        return Err(format!("{what}: a phrase needs a word"));
    }
    let mut excluded = BTreeSet::new();
    for word in without {
        let one = names::words(word);
        if one.len() != 1 {
            return Err(format!("{what}: `{word}` is not one word"));
        }
        excluded.extend(one);
    }
    Ok(Pattern { words, without: excluded, services })
}
