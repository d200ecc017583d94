//! Random worlds, asked over HTTP and compared with a naive oracle: providers, resellers, strangers, several sources'
//! words, overlapping windows, restrictions, a moving clock, endings in between.
//!
//! `dice`, `people` and `plan` draw a world; `world` writes it through the gateway's doors, `says` into plain `facts`;
//! `truth` is the oracle, `rights` its policy; `expect` and `lookups` hold the questions with the answers it gives; `ask`
//! compares; `change` ends things. What ends in `_health` is the same for service health and incidents, in `_support` for
//! support requests, which `deeds_support` raises and works on. `edges` are single situations by hand. A failure names the
//! seed, the moment and the reader.

mod ask;
mod ask_health;
mod ask_support;
mod change;
mod deeds_support;
pub mod dice;
mod edges;
mod expect;
mod expect_health;
mod expect_support;
mod facts;
mod facts_health;
mod facts_support;
mod lookups;
mod people;
mod plan;
mod plan_health;
mod rights;
mod says;
mod says_health;
mod says_support;
mod truth;
mod truth_health;
mod truth_support;
mod world;
mod world_health;

use ask::Checks;
use entity::Timestamp;
use facts::FOREVER;
use partner_gateway::db::derive;
use partner_gateway::error::Result;
use people::NOW;
use rights::{OWNER, Right};
use truth::Reader;
use world::World;

/// Worlds of each of the three tests.
const WORLDS: u64 = 4;
/// Moments besides now, at and around beginnings and ends.
const MOMENTS: usize = 2;
/// Readers at each moment.
const READERS: usize = 8;
/// Explanations in each world.
const EXPLANATIONS: usize = 60;
/// Checks that each test makes at least.
const LEAST_CHECKS: usize = 2_000;

/// What has to come up in each test, or it would prove little.
const SITUATIONS: [&str; 41] = [
    "profile denied",
    "profile opened",
    "price denied",
    "price opened",
    "subscriptions denied",
    "assignments denied",
    "copy hidden behind a better one",
    "DAP silenced",
    "link by consent",
    "restricted",
    "narrowed",
    "look-up hidden",
    "node shown",
    "node hidden",
    "paged",
    "explained as allowed",
    "something ended",
    "customers lost",
    "incident shown",
    "incident hidden behind rights",
    "newest copy unreadable",
    "health denied",
    "messages denied",
    "message shown",
    "impact by two resellers",
    "seats counted",
    "requests counted",
    "own request counted",
    "status of another source",
    "asked from the other side",
    "request shown",
    "request hidden",
    "requests denied",
    "request read by its customer",
    "case with a provider",
    "record kept",
    "note hidden",
    "hop told in part",
    "customer by its case alone",
    "deed done",
    "deed refused",
];
/// Accounts that are tried until one reads somebody's health.
const TRIES: usize = 50;

#[tokio::test]
async fn random_worlds_answer_as_the_oracle_does() {
    agree(0).await;
}

#[tokio::test]
async fn other_random_worlds_answer_as_the_oracle_does() {
    agree(1).await;
}

#[tokio::test]
async fn further_random_worlds_answer_as_the_oracle_does() {
    agree(2).await;
}

async fn agree(part: u64) {
    let mut checks = Checks::default();
    for seed in part * 1_000..part * 1_000 + WORLDS {
        let surveyed = survey(seed, &mut checks).await;
        surveyed.unwrap_or_else(|error| panic!("seed {seed}: {error:?}"));
    }
    checks.conclude(LEAST_CHECKS, &SITUATIONS);
}

async fn survey(seed: u64, checks: &mut Checks) -> Result<()> {
    let mut world = World::random(seed).await?;
    if seed.is_multiple_of(WORLDS) {
        world.crowd(0).await?;
        world.crowd(world.facts.partners.len() - 1).await?;
    }
    world.raise_and_work(checks).await?;
    check_derived(&world, checks).await?;
    for _ in 0..MOMENTS {
        let instants = world.facts.instants();
        let at = *world.dice.pick(&instants) + *world.dice.pick(&[-1, 0, 0, 1]);
        world.test.set_clock(Timestamp(at));
        for number in 0..READERS {
            let reader = some_reader(&mut world);
            world.ask_lists(&reader, checks).await;
            if number % 2 == 0 {
                world.ask_health(&reader, checks).await;
            }
            if number % 3 == 0 {
                world.ask_lookups(&reader, checks).await;
            }
            if number % 2 == 1 {
                world.ask_support(&reader, checks).await;
            }
        }
        explain(&mut world, checks).await?;
    }
    ask_around_hops(&mut world, checks).await;
    world.test.set_clock(Timestamp(NOW));
    for number in 0..READERS {
        let reader = some_reader(&mut world);
        world.ask_lists(&reader, checks).await;
        world.ask_lookups(&reader, checks).await;
        world.ask_health(&reader, checks).await;
        world.ask_support(&reader, checks).await;
        if number < 2 {
            world.ask_pages(&reader, checks).await;
            world.ask_health_pages(&reader, checks).await;
            world.ask_support_pages(&reader, checks).await;
        }
    }
    world.ask_tiers(checks).await;
    ask_fixed(&world, checks).await;
    explain(&mut world, checks).await?;
    world.end_things(checks).await?;
    check_derived(&world, checks).await?;
    if seed.is_multiple_of(WORLDS) { ask_from_the_other_side(&mut world, checks).await } else { Ok(()) }
}

/// Somebody who holds the same on so many grounds that its incidents are driven from its tenant's list. The last that is
/// asked of a world.
async fn ask_from_the_other_side(world: &mut World, checks: &mut Checks) -> Result<()> {
    for _ in 0..TRIES {
        let account = world.dice.below(world.facts.accounts.len());
        if world.repeat_grounds(account).await? {
            let reader = Reader { account: Some(account), ..Reader::default() };
            world.ask_health(&reader, checks).await;
            world.ask_health_pages(&reader, checks).await;
            checks.see("asked from the other side", 1);
            break;
        }
    }
    Ok(())
}

/// Those for whom every world holds something: the provider that sees by consent, and the partner whose GDAP silences
/// its DAP, both with few and with many grants; and a customer's own administrator, who reads all sources.
async fn ask_fixed(world: &World, checks: &mut Checks) {
    let direct = world.facts.partners.iter().position(|p| p.kind == "direct_bill").unwrap_or_default();
    for partner in [0, direct] {
        let reader = Reader { account: world.engineer(partner), ..Reader::default() };
        world.ask_lists(&reader, checks).await;
        world.ask_health(&reader, checks).await;
        world.ask_support(&reader, checks).await;
    }
    let own = world.facts.accounts_of(world.facts.customers[1].tenant);
    let is_owner = |account: &usize| {
        let mut groups = world.facts.memberships.iter().filter(|m| m.account == *account);
        groups.any(|m| world.facts.groups[m.group].role == Some(OWNER))
    };
    let owner = Reader { account: own.into_iter().find(is_owner), ..Reader::default() };
    world.ask_health(&owner, checks).await;
    world.ask_health_pages(&owner, checks).await;
    world.ask_support(&owner, checks).await;
    world.ask_support_pages(&owner, checks).await;
}

/// Moments at which a case was handed on or came back: what it opens begins and ends with its hop.
async fn ask_around_hops(world: &mut World, checks: &mut Checks) {
    let instants: Vec<i64> = world.facts.support.instants().into_iter().filter(|at| *at < FOREVER).collect();
    if instants.is_empty() {
        return;
    }
    for _ in 0..MOMENTS {
        let at = *world.deeds.pick(&instants) + *world.deeds.pick(&[-1, 0, 1]);
        world.test.set_clock(Timestamp(at));
        for partner in 0..world.facts.partners.len() {
            let reader = Reader { account: world.engineer(partner), ..Reader::default() };
            world.ask_support(&reader, checks).await;
        }
    }
}

async fn check_derived(world: &World, checks: &mut Checks) -> Result<()> {
    let differing = derive::check(world.db()).await?;
    let seed = world.seed;
    checks.expect(differing.is_empty(), || format!("seed {seed}: derived tables differ: {differing:?}"));
    Ok(())
}

/// Somebody, now and then with a token that narrows, that says guest, or that nobody here knows.
fn some_reader(world: &mut World) -> Reader {
    let accounts = world.facts.accounts.len();
    let (facts, dice) = (&world.facts, &mut world.dice);
    if dice.chance(3) {
        return Reader::default();
    }
    let account = dice.below(accounts);
    let groups = facts.groups.iter().filter(|group| group.tenant == facts.accounts[account].tenant);
    let groups: Vec<_> = groups.map(|group| group.object).collect();
    let narrowed = dice.chance(20).then(|| dice.some(&groups, 60));
    Reader { account: Some(account), narrowed, is_guest: dice.chance(3) }
}

async fn explain(world: &mut World, checks: &mut Checks) -> Result<()> {
    for number in 0..EXPLANATIONS / (MOMENTS + 1) {
        let account = world.dice.below(world.facts.accounts.len());
        let customer = world.dice.below(world.facts.customers.len());
        if number % 4 == 0 {
            let right = *world.dice.pick(&Right::AT_HOME);
            world.ask_why(account, None, right, checks).await?;
        } else {
            let right = *world.dice.pick(&Right::ON_CUSTOMER);
            world.ask_why(account, Some(customer), right, checks).await?;
        }
    }
    Ok(())
}
