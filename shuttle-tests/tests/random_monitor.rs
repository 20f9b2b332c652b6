//! Random programs of two or three threads over a monitor, compared with a sequential reference: a heap of tickets from
//! which each takes what it needs when there is enough, in order of arrival among those for whom there is enough.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use proptest::prelude::*;
use shuttle_tests::models::monitor::{Guard, Kit, Shipped, State};
use shuttle_tests::models::soon;
use shuttle_tests::random::{all_pass, at_random, some_fails};
use shuttle_tests::selvedge::explore::Exploration;
use shuttle_tests::selvedge::sys::thread;
use shuttle_tests::twins;

#[derive(Clone, Copy, Debug)]
enum How {
    /// With a condition of its own.
    Alone,
    /// With the named condition that there is for this need.
    Named,
    Timed,
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Put(u32),
    Take(u32, How),
    TryPut(u32),
    TimedPut(u32),
    /// Puts, and takes the same without leaving before.
    Exchange {
        put: u32,
        take: u32,
    },
}

/// The largest number that is needed at once.
const MOST: u32 = 3;

fn step() -> impl Strategy<Value = Step> {
    let how = prop_oneof![
        3 => Just(How::Alone),
        3 => Just(How::Named),
        2 => Just(How::Timed),
    ];
    prop_oneof![
        3 => (1..=MOST).prop_map(Step::Put),
        5 => (1..=MOST, how).prop_map(|(need, how)| Step::Take(need, how)),
        1 => (1..=MOST).prop_map(Step::TryPut),
        1 => (1..=MOST).prop_map(Step::TimedPut),
        2 => (1..=MOST, 1..=MOST).prop_map(|(put, take)| Step::Exchange { put, take }),
    ]
}

fn programs() -> impl Strategy<Value = Vec<Vec<Step>>> {
    prop::collection::vec(prop::collection::vec(step(), 1..4), 2..=3)
}

/// Who waits patiently, in order of arrival, and for how many. In plain memory, touched by the owner of the monitor only.
#[derive(Default)]
struct Reference(std::sync::Mutex<Vec<(u32, u32)>>);

impl Reference {
    fn with<R>(&self, change: impl FnOnce(&mut Vec<(u32, u32)>) -> R) -> R {
        change(
            &mut self
                .0
                .lock()
                .unwrap_or_else(|poisoned| poisoned.into_inner()),
        )
    }
}

struct Shared<K: Kit> {
    heap: K,
    enough: [K::Condition; MOST as usize],
    reference: Reference,
    /// The next thread that waits has this number.
    next: AtomicU32,
    put: AtomicU32,
    taken: AtomicU32,
}

impl<K: Kit> Shared<K> {
    fn new() -> Self {
        let decide: [fn(&State) -> bool; MOST as usize] = [
            |state| state.items >= 1,
            |state| state.items >= 2,
            |state| state.items >= 3,
        ];
        let mut number = 0;
        Self {
            heap: K::new(),
            enough: decide.map(|decide| {
                number += 1;
                K::named(["one", "two", "three"][number - 1], decide)
            }),
            reference: Reference::default(),
            next: AtomicU32::new(0),
            put: AtomicU32::new(0),
            taken: AtomicU32::new(0),
        }
    }

    fn put(&self, state: &mut State, number: u32) {
        state.items += number;
        state.counter.increment();
        self.put.fetch_add(number, Relaxed);
    }

    fn take(&self, mut state: K::Guard<'_>, need: u32, how: How) {
        let waits = state.items < need && !matches!(how, How::Timed);
        let me = self.next.fetch_add(1, Relaxed);
        if waits {
            self.reference.with(|waiting| waiting.push((me, need)));
        }
        let holds = match how {
            How::Alone => {
                state.wait(move |state| state.items >= need);
                true
            }
            How::Named => {
                state.wait_named(&self.enough[need as usize - 1]);
                true
            }
            How::Timed => state.wait_for(move |state| state.items >= need, soon()),
        };
        assert_eq!(holds, state.items >= need, "a wrong answer");
        if waits {
            // The reference: nothing has changed since it was decided who goes on.
            self.reference.with(|waiting| {
                let first = waiting.iter().position(|(_, need)| *need <= state.items);
                let first = waiting.remove(first.expect("somebody goes on"));
                assert_eq!(first.0, me, "out of turn");
            });
        }
        if holds {
            state.items -= need;
            state.counter.increment();
            self.taken.fetch_add(need, Relaxed);
        }
    }

    fn perform(&self, step: Step) {
        match step {
            Step::Put(number) => self.put(&mut self.heap.lock(), number),
            Step::Take(need, how) => self.take(self.heap.lock(), need, how),
            Step::TryPut(number) => {
                if let Some(mut state) = self.heap.try_lock() {
                    self.put(&mut state, number);
                }
            }
            Step::TimedPut(number) => {
                if let Some(mut state) = self.heap.try_lock_for(soon()) {
                    self.put(&mut state, number);
                }
            }
            Step::Exchange { put, take } => {
                let mut state = self.heap.lock();
                self.put(&mut state, put);
                self.take(state, take, How::Alone);
            }
        }
    }
}

fn run<K: Kit>(program: &Arc<Vec<Vec<Step>>>) {
    let shared = Arc::new(Shared::<K>::new());
    let threads: Vec<_> = (0..program.len())
        .map(|number| {
            let (shared, program) = (Arc::clone(&shared), Arc::clone(program));
            thread::spawn(move || {
                for step in &program[number] {
                    shared.perform(*step);
                }
            })
        })
        .collect();
    // There is enough for everybody in the end.
    for step in program.iter().flatten() {
        if let Step::Take(need, _) | Step::Exchange { take: need, .. } = step {
            shared.perform(Step::Put(*need));
        }
    }
    threads
        .into_iter()
        .for_each(|thread| thread.join().unwrap());
    let left = shared.heap.try_lock().expect("nobody is inside").items;
    let [put, taken] = [&shared.put, &shared.taken].map(|number| number.load(Relaxed));
    assert_eq!(left, put - taken, "something was lost");
    assert!(shared.reference.with(|waiting| waiting.is_empty()));
    assert!(!shared.heap.has_entrants(), "a mark is left");
}

fn explore<K: Kit>(program: Vec<Vec<Step>>, executions: usize) -> Exploration {
    let program = Arc::new(program);
    at_random(executions)
        .spurious_wakes(1)
        .run(move || run::<K>(&program))
}

#[test]
fn behave_as_the_reference() {
    all_pass(128, &programs(), |program| explore::<Shipped>(program, 60));
    // And with the door opened after two hand-overs.
    all_pass(64, &programs(), |program| {
        explore::<twins::monitor_hands_over_twice::Twin>(program, 60)
    });
}

/// The test can fail: among so many random programs there are some that catch these.
fn some_program_catches<K: Kit>() -> bool {
    some_fails(200, &programs(), |program| explore::<K>(program, 60))
}

#[test]
fn random_programs_catch_broken_twins() {
    assert!(some_program_catches::<twins::monitor_does_not_ask::Twin>());
    assert!(some_program_catches::<twins::monitor_unlocks_too::Twin>());
    assert!(some_program_catches::<twins::monitor_is_mesas::Twin>());
    assert!(some_program_catches::<
        twins::monitor_ignores_that_it_owns::Twin,
    >());
    assert!(some_program_catches::<
        twins::monitor_does_not_ask_again::Twin,
    >());
    assert!(some_program_catches::<twins::monitor_forgets_the_row::Twin>());
    assert!(some_program_catches::<
        twins::monitor_forgets_the_rows_behind::Twin,
    >());
    assert!(some_program_catches::<twins::monitor_row_jumps::Twin>());
}
