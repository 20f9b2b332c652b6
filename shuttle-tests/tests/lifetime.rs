//! An unlock touches nothing after the releasing store: the programs are in `tests/models/lifetime.rs`.

use shuttle_tests::models::{Shipped, lifetime};
use shuttle_tests::{bounded, exhaustive, passes};

#[test]
fn freed_by_the_last_owner() {
    passes(exhaustive().run(lifetime::freed_by_the_last_owner::<Shipped>(2)));
    passes(bounded(4).run(lifetime::freed_by_the_last_owner::<Shipped>(3)));
}

#[test]
fn freed_by_whom_it_was_handed_to() {
    passes(exhaustive().run(lifetime::freed_by_whom_it_was_handed_to::<Shipped>));
}

#[test]
fn condvar_freed_by_the_notified() {
    passes(bounded(4).run(lifetime::freed_by_the_notified::<Shipped>(false)));
    passes(bounded(4).run(lifetime::freed_by_the_notified::<Shipped>(true)));
}
