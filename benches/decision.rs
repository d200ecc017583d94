//! What a decision costs, and what loading the policy costs. Aims: under 10 ns, under 300 ms.

use criterion::{Criterion, criterion_group, criterion_main};
use partner_gateway::access::action::Action;
use partner_gateway::access::policy::{Files, Policy};
use std::hint::black_box;

fn decision(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let files = Files::shipped();
    let policy = runtime.block_on(Policy::load(&files)).expect("the shipped policy");
    let held =
        |names: &[&str]| names.iter().filter_map(|n| policy.vocabulary.token(n)).fold(0, |m, t| m | t.mask());
    let dap = held(&["commerce:admin_agents", "dap:admin_agents"]);
    let restricted = dap | held(&["restriction:no_access"]);

    criterion.bench_function("decide: allowed", |b| {
        b.iter(|| policy.allows(black_box(Action::CustomerProfileRead), black_box(dap)));
    });
    criterion.bench_function("decide: denied by a restriction", |b| {
        b.iter(|| policy.allows(black_box(Action::CustomerProfileRead), black_box(restricted)));
    });
    criterion.bench_function("precedence and conjunction", |b| {
        b.iter(|| policy.vocabulary.effective(black_box(dap), black_box(dap), black_box(true)));
    });
    let mut slow = criterion.benchmark_group("policy");
    slow.sample_size(20);
    slow.bench_function("load: read, check, compile through casbin", |b| {
        b.iter(|| runtime.block_on(Policy::load(black_box(&files))).expect("the shipped policy"));
    });
    slow.finish();
}

criterion_group!(benches, decision);
criterion_main!(benches);
