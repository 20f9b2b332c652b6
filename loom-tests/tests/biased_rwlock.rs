//! `BiasedRwLock` in the loom world. The programs are in `tests/models/biased_rwlock.rs`, and those that any readers-writer
//! lock has to pass in `tests/models/rwlock.rs`. In the models a lock is quiet at once; the twin that is *loud* never is. Of those
//! with one slot, all threads are in it.

use std::sync::Arc;

use loom_tests::models::biased_rwlock::{self, WAYS, Way};
use loom_tests::models::mutex::Outcomes;
use loom_tests::models::rwlock::{self, AnyRwLock, Conversion, Role};
use loom_tests::selvedge::raw::RawBiasedRwLock;
use loom_tests::twins::biased_loud::Twin as Loud;
use loom_tests::twins::biased_one_quiet_slot::Twin as OneQuietSlot;
use loom_tests::twins::biased_one_slot::Twin as OneSlot;
use loom_tests::twins::biased_quiet_later::Twin as QuietLater;
use loom_tests::{bounded, passes, unbounded};

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
        passes(bounded(4, 6).run(biased_rwlock::exclusion::<R>(1, ways)));
    }
    passes(bounded(4, 6).run(biased_rwlock::exclusion::<R>(2, &[Way::Write])));
}

#[test]
fn exclusion_of_three() {
    const TWO: &[Way] = &[Way::Write, Way::Write];
    const EITHER: &[Way] = &[Way::Write, Way::Try];
    passes(bounded(3, 4).run(biased_rwlock::exclusion::<Loud>(2, TWO)));
    passes(bounded(3, 4).run(biased_rwlock::exclusion::<Loud>(1, EITHER)));
    // A barrier of the model is two steps: with two reads it would be half a million executions.
    passes(bounded(3, 4).run(biased_rwlock::exclusion::<Raw>(1, TWO)));
    passes(bounded(3, 4).run(biased_rwlock::exclusion::<Raw>(1, EITHER)));
}

#[test]
fn exclusion_in_one_slot() {
    passes(bounded(4, 6).run(biased_rwlock::exclusion::<OneSlot>(2, &[Way::Write])));
    for way in [Way::Write, Way::Try] {
        passes(bounded(3, 4).run(biased_rwlock::another_name::<OneSlot>(way)));
        passes(bounded(3, 4).run(biased_rwlock::another_name::<Raw>(way)));
    }
    passes(bounded(3, 4).run(biased_rwlock::two_readers::<OneSlot>(Way::Write)));
    passes(bounded(4, 6).run(biased_rwlock::bias_of_another::<OneSlot>(2)));
    passes(bounded(3, 5).run(biased_rwlock::exclusion::<OneQuietSlot>(2, &[Way::Write])));
    passes(bounded(3, 4).run(biased_rwlock::two_readers::<OneQuietSlot>(Way::Write)));
    passes(bounded(3, 5).run(biased_rwlock::bias_of_another::<OneQuietSlot>(2)));
}

fn behind_a_reader<R: AnyRwLock>() {
    for way in WAYS {
        let outcomes = Arc::new(Outcomes::default());
        passes(bounded(3, 5).run(biased_rwlock::behind_a_reader::<R>(way, &outcomes)));
        if !matches!(way, Way::Write | Way::Upgrade) {
            outcomes.assert_both();
        }
    }
}

fn refused_and_gone<R: AnyRwLock>() {
    for way in [Way::Try, Way::Timed, Way::TryUpgrade, Way::TimedUpgrade] {
        passes(bounded(3, 5).run(biased_rwlock::refused_and_gone::<R>(way)));
    }
}

fn two_readers<R: AnyRwLock>() {
    for way in [Way::Write, Way::Try, Way::Upgrade] {
        passes(bounded(3, 4).run(biased_rwlock::two_readers::<R>(way)));
    }
}

#[test]
fn nested() {
    passes(bounded(3, 5).run(biased_rwlock::nested::<Raw>));
    passes(bounded(3, 5).run(biased_rwlock::nested::<Loud>));
    passes(bounded(3, 5).run(biased_rwlock::nested::<OneSlot>));
    passes(bounded(3, 5).run(biased_rwlock::nested::<OneQuietSlot>));
}

fn left_by_another<R: AnyRwLock>() {
    passes(bounded(3, 5).run(biased_rwlock::left_by_another::<R>(false)));
}

fn downgraded<R: AnyRwLock>() {
    passes(bounded(3, 5).run(biased_rwlock::downgraded::<R>));
}

#[test]
fn forgotten() {
    passes(unbounded().run(biased_rwlock::forgotten::<Raw>));
    passes(unbounded().run(biased_rwlock::forgotten::<Loud>));
    passes(unbounded().run(biased_rwlock::forgotten::<OneSlot>));
    passes(unbounded().run(biased_rwlock::forgotten::<OneQuietSlot>));
}

fn freed_by_the_writer<R: AnyRwLock>() {
    for upgrades in [false, true] {
        passes(unbounded().run(biased_rwlock::freed_by_the_writer::<R>(upgrades)));
    }
    passes(bounded(4, 6).run(biased_rwlock::freed_by_the_writer_that_gave_up::<R>));
}

fn as_any_other<R: AnyRwLock>() {
    passes(bounded(4, 6).run(rwlock::exclusion::<R>(&[Role::Write, Role::Read])));
    passes(bounded(4, 6).run(rwlock::exclusion::<R>(&[Role::Upgrade, Role::Read])));
    passes(bounded(4, 6).run(rwlock::exclusion::<R>(&[Role::Downgrade, Role::Read])));
    passes(bounded(3, 4).run(rwlock::exclusion::<R>(&[
        Role::Write,
        Role::Read,
        Role::Write,
    ])));
    passes(bounded(4, 6).run(rwlock::readers_together::<R>));
    passes(bounded(4, 6).run(rwlock::try_forms::<R>));
    passes(bounded(3, 4).run(rwlock::reader_behind_timed_writer::<R>));
    passes(bounded(3, 4).run(rwlock::reader_behind_timed_upgrade::<R>));
    passes(bounded(5, 7).run(rwlock::converting_lets_in::<R>(Conversion::Downgrade)));
    passes(unbounded().run(rwlock::freed_by_the_other_reader::<R>));
    for wants in [Role::Read, Role::Write, Role::Upgrade] {
        let outcomes = Arc::new(Outcomes::default());
        passes(bounded(4, 6).run(rwlock::timeout_against_unlock::<R>(wants, &outcomes)));
        outcomes.assert_both();
    }
}

/// A thread reads by one of its slots and then by the other, and the bits of both are set.
#[test]
fn quiet_later() {
    for way in [Way::Write, Way::Try] {
        let ways: &'static [Way] = Box::leak(Box::new([way]));
        passes(bounded(4, 6).run(biased_rwlock::exclusion::<QuietLater>(1, ways)));
        passes(
            bounded(3, 5).run(biased_rwlock::behind_a_reader::<QuietLater>(
                way,
                &Arc::default(),
            )),
        );
    }
    passes(bounded(3, 5).run(biased_rwlock::nested::<QuietLater>));
}
