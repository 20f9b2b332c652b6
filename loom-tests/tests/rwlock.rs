//! `RwLock` in the loom world. The programs are in `tests/models/rwlock.rs`.

use std::sync::Arc;

use loom_tests::models::mutex::Outcomes;
use loom_tests::models::rwlock::{self, Conversion, Role};
use loom_tests::selvedge::raw::{RawRwLock, RawRwLockRecursive};
use loom_tests::{bounded, passes, unbounded};

type Raw = RawRwLock;

const PAIRS: [&[Role]; 6] = [
    &[Role::Write, Role::Write],
    &[Role::Write, Role::Read],
    &[Role::Upgrade, Role::Upgrade],
    &[Role::Upgrade, Role::Read],
    &[Role::Downgrade, Role::Write],
    &[Role::Downgrade, Role::Upgrade],
];

const TRIPLES: [&[Role]; 5] = [
    &[Role::Write, Role::Write, Role::Write],
    &[Role::Write, Role::Read, Role::Write],
    &[Role::Read, Role::Upgrade, Role::Write],
    &[Role::Upgrade, Role::Read, Role::Upgrade],
    &[Role::Downgrade, Role::Write, Role::Read],
];

const CONVERSIONS: [Conversion; 4] = [
    Conversion::Downgrade,
    Conversion::DowngradeToUpgradable,
    Conversion::DowngradeUpgradable,
    Conversion::UnlockUpgradable,
];

#[test]
fn exclusion_of_two() {
    for roles in PAIRS {
        passes(bounded(4, 6).run(rwlock::exclusion::<Raw>(roles)));
    }
}

#[test]
fn exclusion_of_three() {
    for roles in TRIPLES {
        passes(bounded(3, 4).run(rwlock::exclusion::<Raw>(roles)));
    }
}

#[test]
fn readers_together() {
    passes(bounded(6, 8).run(rwlock::readers_together::<Raw>));
}

#[test]
fn try_forms() {
    passes(bounded(5, 7).run(rwlock::try_forms::<Raw>));
}

#[test]
fn reader_behind_writer() {
    passes(unbounded().run(rwlock::reader_behind_writer::<Raw>(false)));
    passes(unbounded().run(rwlock::reader_behind_writer::<RawRwLockRecursive>(true)));
}

#[test]
fn reader_behind_timed_writer() {
    passes(bounded(3, 4).run(rwlock::reader_behind_timed_writer::<Raw>));
}

#[test]
fn reader_behind_woken_writer() {
    passes(bounded(3, 4).run(rwlock::reader_behind_woken_writer::<Raw>));
}

#[test]
fn upgrade_beside_timed_writer() {
    for fair in [false, true] {
        passes(bounded(4, 5).run(rwlock::upgrade_beside_timed_writer::<Raw>(fair)));
    }
}

#[test]
fn upgrade_after_giving_up() {
    passes(bounded(3, 4).run(rwlock::upgrade_after_giving_up::<Raw>));
}

#[test]
fn upgrade_beside_two_readers() {
    passes(bounded(3, 4).run(rwlock::upgrade_beside_two_readers::<Raw>));
}

#[test]
fn reader_behind_timed_upgrade() {
    passes(bounded(3, 4).run(rwlock::reader_behind_timed_upgrade::<Raw>));
}

#[test]
fn timeout_against_unlock() {
    for wants in [Role::Read, Role::Write, Role::Upgrade] {
        let outcomes = Arc::new(Outcomes::default());
        passes(bounded(4, 6).run(rwlock::timeout_against_unlock::<Raw>(wants, &outcomes)));
        outcomes.assert_both();
    }
}

#[test]
fn timeout_beside_writer() {
    passes(bounded(3, 4).run(rwlock::timeout_beside_writer::<Raw>));
}

#[test]
fn converting_lets_in() {
    for conversion in CONVERSIONS {
        passes(bounded(5, 7).run(rwlock::converting_lets_in::<Raw>(conversion)));
    }
}

#[test]
fn readers_enter_together() {
    for fair in [false, true] {
        passes(bounded(3, 4).run(rwlock::readers_enter_together::<Raw>(fair)));
    }
}

#[test]
fn fair_unlock() {
    passes(bounded(5, 6).run(rwlock::fair_unlock::<Raw>(true, false)));
    passes(bounded(5, 6).run(rwlock::fair_unlock::<Raw>(false, false)));
}

#[test]
fn fair_unlock_and_read() {
    passes(bounded(5, 6).run(rwlock::fair_unlock_and_read::<Raw>));
    passes(
        bounded(5, 6)
            .looks()
            .run(rwlock::fair_unlock_and_read::<Raw>),
    );
}

#[test]
fn fair_unlock_beside_a_reader() {
    for writing in [false, true] {
        passes(bounded(3, 4).run(rwlock::fair_unlock::<Raw>(writing, true)));
    }
}

/// With what a designated thread says before it looks once more.
#[test]
fn looking() {
    for roles in TRIPLES {
        passes(bounded(3, 4).looks().run(rwlock::exclusion::<Raw>(roles)));
    }
    for fair in [false, true] {
        passes(
            bounded(3, 4)
                .looks()
                .run(rwlock::readers_enter_together::<Raw>(fair)),
        );
    }
    passes(
        bounded(3, 4)
            .looks()
            .run(rwlock::timeout_beside_writer::<Raw>),
    );
    passes(
        bounded(3, 4)
            .looks()
            .run(rwlock::reader_behind_woken_writer::<Raw>),
    );
}

#[test]
fn left_by_mistake() {
    const WRITERS: [&[Role]; 3] = [
        &[Role::Write],
        &[Role::Upgrade],
        &[Role::Write, Role::Upgrade],
    ];
    const READERS: [&[Role]; 2] = [&[Role::Read], &[Role::Read, Role::Read]];
    for roles in WRITERS {
        passes(bounded(3, 4).run(rwlock::left_by_mistake::<Raw>(false, roles)));
    }
    for roles in READERS {
        passes(bounded(3, 4).run(rwlock::left_by_mistake::<Raw>(true, roles)));
    }
}

#[test]
fn bypass_bound() {
    use loom_tests::twins::rwlock_bypassed_twice::Twin;
    for (waiter_writes, reading) in [(true, true), (true, false), (false, false)] {
        let program = rwlock::bypass_bound::<Twin>(waiter_writes, reading, 2);
        passes(bounded(3, 5).run(program.clone()));
        passes(bounded(3, 5).looks().run(program));
    }
}

#[test]
fn when_it_is_time() {
    use loom_tests::twins::rwlock_always_late::Twin;
    for (waiter_writes, reading) in [(true, true), (true, false), (false, false)] {
        passes(bounded(3, 5).run(rwlock::bypass_bound::<Twin>(waiter_writes, reading, 2)));
    }
    for roles in TRIPLES {
        passes(bounded(3, 4).run(rwlock::exclusion::<Twin>(roles)));
    }
}

#[test]
fn freed_by_the_next_owner() {
    for role in [Role::Write, Role::Upgrade] {
        passes(unbounded().run(rwlock::freed_by_the_next_owner::<Raw>(role)));
    }
    for upgradable in [false, true] {
        passes(unbounded().run(rwlock::freed_by_the_writer::<Raw>(upgradable)));
    }
    passes(bounded(3, 4).run(rwlock::freed_by_the_writer_behind_two::<Raw>));
    for upgrading in [false, true] {
        passes(bounded(5, 6).run(rwlock::freed_by_one_that_gave_up::<Raw>(upgrading)));
    }
    passes(unbounded().run(rwlock::freed_by_the_upgrader::<Raw>));
    passes(unbounded().run(rwlock::freed_by_the_other_reader::<Raw>));
}
