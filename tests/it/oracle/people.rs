//! Draws who there is: organisations, one of them partner and customer in one tenant, their groups and accounts of
//! every combination of roles.

use super::dice::Dice;
use super::facts::{Account, Customer, DAY, FOREVER, Facts, Group, Membership, Naming, Partner, Span};
use super::rights::{ADMIN, AUDITORS, HELPDESK, LEADS, OWN_READER, OWNER, SALES};
use uuid::Uuid;

pub const NOW: i64 = crate::harness::NOW.0;
/// The directory is older than any capture.
pub const FOUNDED: i64 = NOW - 400 * DAY;

/// A partner's groups by their place: roles, then two plain ones; then those of a customer's own staff.
pub const ROLES: [Option<&str>; 7] =
    [Some(ADMIN), Some(HELPDESK), Some(SALES), Some(AUDITORS), Some(LEADS), None, None];
pub const FIRST_PLAIN: usize = 5;
pub const SECOND_PLAIN: usize = 6;
/// A customer's groups; a partner's role there gives nothing.
const STAFF: [Option<&str>; 4] = [Some(OWNER), Some(OWN_READER), None, Some(ADMIN)];

/// Combinations of a partner's groups; the first two are at every partner.
const SETS: [&[usize]; 14] = [
    &[0],
    &[0, 5],
    &[1],
    &[2],
    &[3],
    &[4],
    &[5],
    &[6],
    &[2, 6],
    &[1, 3],
    &[5, 6],
    &[4, 5],
    &[0, 1, 2, 3, 4, 5, 6],
    &[],
];

/// Which partners stand where in the list.
#[derive(Clone, Copy, Debug)]
pub struct Places {
    pub providers: usize,
    pub resellers: usize,
    /// The partner whose tenant is the first customer's too.
    pub both: usize,
}

impl Places {
    pub fn first_reseller(self) -> usize {
        self.providers
    }

    pub fn first_direct(self) -> usize {
        self.providers + self.resellers
    }
}

/// Draws the directory.
pub fn draw(dice: &mut Dice) -> (Facts, Places) {
    let mut facts = Facts::default();
    let places = organizations(dice, &mut facts);
    let late = dice.below(facts.partners.len());
    for partner in 0..facts.partners.len() {
        let tenant = facts.partners[partner].tenant;
        let mut groups = add_groups(dice, &mut facts, tenant, &ROLES);
        facts.groups[groups[SECOND_PLAIN]].is_late = partner == late;
        if partner == places.both {
            groups.extend(add_groups(dice, &mut facts, tenant, &STAFF[..2]));
            for set in [&[7][..], &[0, 7], &[5, 8], &[0, 5]] {
                add_member(&mut facts, dice, tenant, &groups, set);
            }
        }
        add_staff(dice, &mut facts, tenant, &groups);
    }
    for customer in 1..4 {
        let tenant = facts.customers[customer].tenant;
        let groups = add_groups(dice, &mut facts, tenant, &STAFF);
        for set in [&[0][..], &[1], &[2, 3]] {
            add_member(&mut facts, dice, tenant, &groups, set);
        }
    }
    (facts, places)
}

fn organizations(dice: &mut Dice, facts: &mut Facts) -> Places {
    let (providers, resellers, direct) = (2 + dice.below(2), 3 + dice.below(2), 1 + dice.below(2));
    let kinds = [("indirect_provider", providers), ("indirect_reseller", resellers), ("direct_bill", direct)];
    for (kind, count) in kinds {
        for number in 0..count {
            let place = facts.partners.len();
            // Names neither fall into the order of the list nor into that of the ids.
            let name = format!("{}{kind} {number}", dice.pick(&["", "Aa ", "mm ", "Zz "]));
            let naming = Naming { source: place, partner: place, name: name.clone(), as_of: FOUNDED };
            facts.namings.push(naming);
            let (id, tenant, mpn) = (dice.uuid(), dice.uuid(), (1_000_000 + place).to_string());
            facts.partners.push(Partner { id, tenant, name, kind, mpn });
        }
    }
    let both = dice.below(facts.partners.len());
    for place in 0..6 + dice.below(7) {
        let tenant = if place == 0 { facts.partners[both].tenant } else { dice.uuid() };
        facts.customers.push(Customer { id: dice.uuid(), tenant });
    }
    Places { providers, resellers, both }
}

fn add_groups(
    dice: &mut Dice,
    facts: &mut Facts,
    tenant: Uuid,
    roles: &[Option<&'static str>],
) -> Vec<usize> {
    let first = facts.groups.len();
    for role in roles {
        let object = dice.uuid();
        facts.groups.push(Group { id: Uuid::nil(), tenant, object, role: *role, is_late: false });
    }
    (first..facts.groups.len()).collect()
}

/// An account that has always been a member of a set of the groups.
fn add_member(facts: &mut Facts, dice: &mut Dice, tenant: Uuid, groups: &[usize], set: &[usize]) -> usize {
    let account = facts.accounts.len();
    let name = format!("account {account}");
    let span = Span::open(FOUNDED);
    facts.accounts.push(Account { id: Uuid::nil(), tenant, object: dice.uuid(), kind: "member", span, name });
    facts.memberships.extend(set.iter().map(|place| Membership { account, group: groups[*place], span }));
    account
}

fn add_staff(dice: &mut Dice, facts: &mut Facts, tenant: Uuid, groups: &[usize]) {
    for set in &SETS[..2] {
        add_member(facts, dice, tenant, groups, set);
    }
    for _ in 0..4 {
        let set = *dice.pick(&SETS[2..]);
        add_member(facts, dice, tenant, groups, set);
    }
    for _ in 0..2 {
        let account = add_member(facts, dice, tenant, groups, SETS[1]);
        let way = dice.below(6);
        let mut again = Vec::new();
        for membership in facts.memberships.iter_mut().filter(|m| m.account == account) {
            match way {
                0 => membership.span.until = NOW - 30 * DAY,
                1 => membership.span.from = NOW + 5 * DAY,
                2 => {
                    // Left, and came back.
                    membership.span.until = NOW - 100 * DAY;
                    again.push(Membership { span: Span::open(NOW - 10 * DAY), ..membership.clone() });
                }
                _ => {}
            }
        }
        facts.memberships.extend(again);
        let own = &mut facts.accounts[account];
        match way {
            3 => own.kind = "guest",
            4 => own.kind = "application",
            5 => own.span = Span { from: FOUNDED, until: NOW - 15 * DAY },
            _ => {}
        }
    }
}

/// A life of a fact: always, over, to come, or for a while.
pub fn some_span(dice: &mut Dice) -> Span {
    *dice.pick(&[
        Span { from: FOUNDED, until: FOREVER },
        Span { from: NOW - 100 * DAY, until: FOREVER },
        Span { from: NOW - 100 * DAY, until: NOW - 5 * DAY },
        Span { from: NOW + 3 * DAY, until: FOREVER },
        Span { from: NOW - 15 * DAY, until: NOW + 3 * DAY },
    ])
}
