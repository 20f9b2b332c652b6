//! `BiasedRwLock` in the shuttle world. The programs are in `tests/models/biased_rwlock.rs`, and those that any readers-writer
//! lock has to pass in `tests/models/rwlock.rs`. In the models a lock is quiet at once; the twin that is *loud* never is. Of those
//! with one slot, all threads are in it.

use std::sync::Arc;

use shuttle_tests::models::biased_rwlock::{self, WAYS, Way};
use shuttle_tests::models::mutex::Outcomes;
use shuttle_tests::models::rwlock::{self, AnyRwLock, Conversion, Role};
use shuttle_tests::selvedge::raw::RawBiasedRwLock;
use shuttle_tests::twins::biased_loud::Twin as Loud;
use shuttle_tests::twins::biased_one_quiet_slot::Twin as OneQuietSlot;
use shuttle_tests::twins::biased_one_slot::Twin as OneSlot;
use shuttle_tests::twins::biased_quiet_later::Twin as QuietLater;
use shuttle_tests::{bounded, exhaustive, part_of_portfolio, passes, survives};

type Raw = RawBiasedRwLock;

/// The same for both.
macro_rules! quiet_and_loud {
    ($($name:ident,)*) => {
        mod quiet {
            $(#[test] fn $name() { super::$name::<super::Raw>(); })*
        }
        mod loud {
            $(#[test] fn $name() { super::$name::<super::Loud>(); })*
        }
    };
}

quiet_and_loud! {
    exclusion,
    behind_a_reader,
    refused_and_gone,
    two_readers,
    left_by_another,
    downgraded,
    freed_by_the_writer,
    as_any_other,
}

fn exclusion<R: AnyRwLock>() {
    for way in WAYS {
        let ways: &'static [Way] = Box::leak(Box::new([way]));
        passes(bounded(4).run(biased_rwlock::exclusion::<R>(1, ways)));
    }
}

#[test]
fn exclusion_of_three() {
    passes(bounded(3).run(biased_rwlock::exclusion::<Raw>(1, &[Way::Write, Way::Try])));
    passes(bounded(3).run(biased_rwlock::exclusion::<Loud>(1, &[Way::Write, Way::Try])));
}

#[test]
fn exclusion_in_one_slot() {
    passes(bounded(3).run(biased_rwlock::exclusion::<OneSlot>(2, &[Way::Write])));
    for way in [Way::Write, Way::Try] {
        passes(bounded(4).run(biased_rwlock::another_name::<OneSlot>(way)));
        passes(bounded(4).run(biased_rwlock::another_name::<Raw>(way)));
    }
    passes(bounded(3).run(biased_rwlock::two_readers::<OneSlot>(Way::Write)));
    passes(bounded(4).run(biased_rwlock::bias_of_another::<OneSlot>(2)));
    passes(bounded(4).run(biased_rwlock::exclusion::<OneQuietSlot>(2, &[Way::Write])));
    passes(bounded(3).run(biased_rwlock::two_readers::<OneQuietSlot>(Way::Write)));
    passes(bounded(4).run(biased_rwlock::bias_of_another::<OneQuietSlot>(2)));
}

fn behind_a_reader<R: AnyRwLock>() {
    for way in WAYS {
        let outcomes = Arc::new(Outcomes::default());
        passes(bounded(3).run(biased_rwlock::behind_a_reader::<R>(way, &outcomes)));
        if !matches!(way, Way::Write | Way::Upgrade) {
            outcomes.assert_both();
        }
    }
}

fn refused_and_gone<R: AnyRwLock>() {
    for way in [Way::Try, Way::Timed, Way::TryUpgrade, Way::TimedUpgrade] {
        passes(bounded(3).run(biased_rwlock::refused_and_gone::<R>(way)));
    }
}

fn two_readers<R: AnyRwLock>() {
    for way in [Way::Write, Way::Try, Way::Upgrade] {
        passes(bounded(3).run(biased_rwlock::two_readers::<R>(way)));
    }
}

#[test]
fn nested() {
    passes(bounded(3).run(biased_rwlock::nested::<Raw>));
    passes(bounded(3).run(biased_rwlock::nested::<Loud>));
    passes(bounded(3).run(biased_rwlock::nested::<OneSlot>));
    passes(bounded(3).run(biased_rwlock::nested::<OneQuietSlot>));
}

fn left_by_another<R: AnyRwLock>() {
    passes(bounded(3).run(biased_rwlock::left_by_another::<R>(false)));
}

fn downgraded<R: AnyRwLock>() {
    passes(bounded(4).run(biased_rwlock::downgraded::<R>));
}

#[test]
fn forgotten() {
    passes(exhaustive().run(biased_rwlock::forgotten::<Raw>));
    passes(exhaustive().run(biased_rwlock::forgotten::<Loud>));
    passes(exhaustive().run(biased_rwlock::forgotten::<OneSlot>));
    passes(exhaustive().run(biased_rwlock::forgotten::<OneQuietSlot>));
}

fn freed_by_the_writer<R: AnyRwLock>() {
    for upgrades in [false, true] {
        passes(exhaustive().run(biased_rwlock::freed_by_the_writer::<R>(upgrades)));
    }
    passes(bounded(4).run(biased_rwlock::freed_by_the_writer_that_gave_up::<R>));
}

fn as_any_other<R: AnyRwLock>() {
    passes(bounded(4).run(rwlock::exclusion::<R>(&[Role::Upgrade, Role::Read])));
    passes(bounded(4).run(rwlock::exclusion::<R>(&[Role::Downgrade, Role::Read])));
    passes(bounded(3).run(rwlock::try_forms::<R>));
    passes(bounded(3).run(rwlock::reader_behind_timed_upgrade::<R>));
    passes(bounded(3).run(rwlock::converting_lets_in::<R>(Conversion::Downgrade)));
    for wants in [Role::Read, Role::Write, Role::Upgrade] {
        let outcomes = Arc::new(Outcomes::default());
        passes(bounded(4).run(rwlock::timeout_against_unlock::<R>(wants, &outcomes)));
        outcomes.assert_both();
    }
}

#[test]
fn many() {
    const MANY: &[Role] = &[
        Role::Read,
        Role::Write,
        Role::Read,
        Role::Upgrade,
        Role::Read,
        Role::Downgrade,
        Role::Read,
    ];
    survives(rwlock::exclusion::<Raw>(MANY));
    survives(biased_rwlock::exclusion::<Raw>(
        3,
        &[Way::Write, Way::Timed, Way::TimedUpgrade, Way::Try],
    ));
    survives(biased_rwlock::two_locks::<OneSlot>);
    survives(biased_rwlock::two_locks::<Raw>);
    survives(biased_rwlock::left_by_another::<Raw>(true));
}

#[test]
fn spurious_wakes() {
    for explorer in part_of_portfolio(3_000) {
        let explorer = explorer.spurious_wakes(3).unknown_wake_counts();
        for way in [Way::Write, Way::Timed, Way::Upgrade] {
            passes(explorer.run(biased_rwlock::two_readers::<Raw>(way)));
        }
        passes(explorer.run(biased_rwlock::two_locks::<OneSlot>));
    }
}

/// A thread reads by one of its slots and then by the other, and the bits of both are set.
#[test]
fn quiet_later() {
    for way in [Way::Write, Way::Try] {
        let ways: &'static [Way] = Box::leak(Box::new([way]));
        passes(bounded(4).run(biased_rwlock::exclusion::<QuietLater>(1, ways)));
        passes(bounded(3).run(biased_rwlock::behind_a_reader::<QuietLater>(
            way,
            &Arc::default(),
        )));
    }
    passes(bounded(3).run(biased_rwlock::nested::<QuietLater>));
}
