//! Random programs of two or three threads over an `Event`, an `AutoResetEvent` or a `Parker`, compared with a
//! sequential reference. The reference is run in every order of the threads' steps, which gives all that each call
//! may say. What the threads are told under shuttle must be among that. Programs that may end with somebody asleep are
//! left out, so that nobody may be.

use std::collections::HashSet;
use std::fmt::Debug;
use std::hash::Hash;
use std::sync::{Arc, Mutex as Plain};

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use shuttle_tests::models::auto_reset_event::AnyAutoResetEvent;
use shuttle_tests::models::event::AnyEvent;
use shuttle_tests::models::parker::AnyParker;
use shuttle_tests::models::{auto_reset_event, event, parker};
use shuttle_tests::selvedge::explore::{Exploration, Explorer, Strategy as Schedules};
use shuttle_tests::selvedge::sys::thread;
use shuttle_tests::twins;

/// What a thread does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Set,
    Reset,
    Look,
    Try,
    Wait,
    WaitSomeTime,
}

/// A program: the steps of each thread.
type Program = Vec<Vec<Step>>;

/// What each step of each thread said, `true` where it says nothing; and what a look said after that.
type Said = Vec<Vec<bool>>;

/// A sequential reference.
trait Reference: Clone + Default + Eq + Hash {
    /// `thread` begins a step. What it says if it ends at once, and `None` if it is a wait that goes on.
    fn begin(&mut self, thread: usize, step: Step) -> Option<bool>;
    /// Ends the wait of `thread` with what it says, if that may be now.
    fn end(&mut self, thread: usize, timed: bool) -> Option<bool>;
}

/// All that can be said in a program, or `None` if somebody may wait for ever in it.
fn all_that_may_be_said<R: Reference>(program: &Program) -> Option<HashSet<Said>> {
    #[derive(Clone, PartialEq, Eq, Hash)]
    struct State<R> {
        reference: R,
        waits: Vec<bool>,
        said: Said,
    }
    let mut seen = HashSet::new();
    let mut ends = HashSet::new();
    let mut open = vec![State {
        reference: R::default(),
        waits: vec![false; program.len()],
        said: vec![Vec::new(); program.len()],
    }];
    while let Some(state) = open.pop() {
        if !seen.insert(state.clone()) {
            continue;
        }
        let (mut is_over, mut can_go_on) = (true, false);
        for (thread, steps) in program.iter().enumerate() {
            let Some(&step) = steps.get(state.said[thread].len()) else {
                continue;
            };
            is_over = false;
            let mut next = state.clone();
            let said = if state.waits[thread] {
                let said = next.reference.end(thread, step == Step::WaitSomeTime);
                if said.is_none() {
                    continue;
                }
                said
            } else {
                next.reference.begin(thread, step)
            };
            can_go_on = true;
            next.waits[thread] = said.is_none();
            next.said[thread].extend(said);
            open.push(next);
        }
        if is_over {
            let State {
                mut reference,
                mut said,
                ..
            } = state;
            said.push(reference.begin(0, Step::Look).into_iter().collect());
            ends.insert(said);
        } else if !can_go_on {
            return None;
        }
    }
    Some(ends)
}

/// What the steps are made of: the subject, behind a function that is `Some` of what a step says.
trait Subject: Send + Sync + 'static {
    type Reference: Reference;
    fn fresh() -> Self;
    fn perform(&self, step: Step) -> bool;
}

fn explore<S: Subject>(program: &Program, executions: usize) -> Option<Exploration> {
    let allowed = Arc::new(all_that_may_be_said::<S::Reference>(program)?);
    let program = Arc::new(program.clone());
    let strategy = Schedules::Random {
        executions,
        seed: 1,
    };
    let run = move || {
        let shared = Arc::new((S::fresh(), Plain::new(vec![Vec::new(); program.len()])));
        let threads: Vec<_> = (0..program.len())
            .map(|number| {
                let (shared, program) = (Arc::clone(&shared), Arc::clone(&program));
                thread::spawn(move || {
                    for &step in &program[number] {
                        let said = shared.0.perform(step);
                        shared.1.lock().unwrap()[number].push(said);
                    }
                })
            })
            .collect();
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
        let mut said = shared.1.lock().unwrap().clone();
        said.push(vec![shared.0.perform(Step::Look)]); // what is left
        assert!(allowed.contains(&said), "this cannot be said: {said:?}");
    };
    Some(Explorer::new().strategy(strategy).run(run))
}

/// The test can fail: among so many random programs there are some that catch this.
fn some_program_catches<S: Subject>(programs: impl Strategy<Value = Program>) -> bool {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    (0..1_000).any(|_| {
        let program = programs.new_tree(&mut runner).expect("a program");
        explore::<S>(&program.current(), 400)
            .is_some_and(|exploration| exploration.failure().is_some())
    })
}

// --- the events -------------------------------------------------------------------------------------

/// An event that stays set: whoever waits when it is set is released, and everybody passes while it is.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
struct StaysSet {
    set: bool,
    /// Who waits, and whether he is released.
    waiting: [Option<bool>; 3],
}

impl Reference for StaysSet {
    fn begin(&mut self, thread: usize, step: Step) -> Option<bool> {
        match step {
            Step::Set => {
                self.set = true;
                for released in self.waiting.iter_mut().flatten() {
                    *released = true;
                }
                Some(true)
            }
            Step::Reset => Some(std::mem::take(&mut self.set)),
            Step::Look | Step::Try => Some(self.set),
            Step::Wait | Step::WaitSomeTime if self.set => Some(true),
            Step::Wait | Step::WaitSomeTime => {
                self.waiting[thread] = Some(false);
                None
            }
        }
    }

    fn end(&mut self, thread: usize, timed: bool) -> Option<bool> {
        let released = self.waiting[thread].expect("it waits");
        (released || timed).then(|| {
            self.waiting[thread] = None;
            released
        })
    }
}

struct AnEvent<E>(E);

impl<E: AnyEvent> Subject for AnEvent<E> {
    type Reference = StaysSet;

    fn fresh() -> Self {
        Self(E::unset())
    }

    fn perform(&self, step: Step) -> bool {
        match step {
            Step::Set => self.0.set(),
            Step::Reset => return self.0.reset(),
            Step::Look | Step::Try => return self.0.is_set(),
            Step::Wait => self.0.wait(),
            Step::WaitSomeTime => return self.0.wait_some_time(),
        }
        true
    }
}

/// An event that releases one: any of those who wait, or whoever comes next.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
struct ReleasesOne {
    set: bool,
    waiting: usize,
    /// How many of those who wait are to be released, and have not gone yet.
    released: usize,
}

impl Reference for ReleasesOne {
    fn begin(&mut self, _thread: usize, step: Step) -> Option<bool> {
        match step {
            Step::Set => {
                if self.released < self.waiting {
                    self.released += 1;
                } else {
                    self.set = true;
                }
                Some(true)
            }
            Step::Reset | Step::Try => Some(std::mem::take(&mut self.set)),
            Step::Look => Some(self.set),
            Step::Wait | Step::WaitSomeTime if self.set => Some(std::mem::take(&mut self.set)),
            Step::Wait | Step::WaitSomeTime => {
                self.waiting += 1;
                None
            }
        }
    }

    fn end(&mut self, _thread: usize, timed: bool) -> Option<bool> {
        let released = self.released > 0;
        (released || timed).then(|| {
            self.waiting -= 1;
            self.released -= usize::from(released);
            released
        })
    }
}

struct AnAutoResetEvent<E>(E);

impl<E: AnyAutoResetEvent> Subject for AnAutoResetEvent<E> {
    type Reference = ReleasesOne;

    fn fresh() -> Self {
        Self(E::unset())
    }

    fn perform(&self, step: Step) -> bool {
        match step {
            Step::Set => self.0.set(),
            Step::Reset => return self.0.reset(),
            Step::Look => return self.0.is_set(),
            Step::Try => return self.0.try_wait(),
            Step::Wait => self.0.wait(),
            Step::WaitSomeTime => return self.0.wait_some_time(),
        }
        true
    }
}

fn of_events() -> impl Strategy<Value = Program> {
    let step = prop_oneof![
        4 => Just(Step::Set),
        1 => Just(Step::Reset),
        1 => Just(Step::Look),
        1 => Just(Step::Try),
        2 => Just(Step::Wait),
        2 => Just(Step::WaitSomeTime),
    ];
    prop::collection::vec(prop::collection::vec(step, 1..5), 2..=3)
}

// --- the parker -------------------------------------------------------------------------------------

/// A token, there or not.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
struct Token(bool);

impl Reference for Token {
    fn begin(&mut self, _thread: usize, step: Step) -> Option<bool> {
        match step {
            Step::Set => {
                self.0 = true;
                Some(true)
            }
            Step::Look => Some(std::mem::take(&mut self.0)),
            _ => None,
        }
    }

    fn end(&mut self, _thread: usize, timed: bool) -> Option<bool> {
        (self.0 || timed).then(|| std::mem::take(&mut self.0))
    }
}

struct AParker<P>(P);

impl<P: AnyParker> Subject for AParker<P> {
    type Reference = Token;

    fn fresh() -> Self {
        Self(P::default())
    }

    fn perform(&self, step: Step) -> bool {
        match step {
            Step::Wait => self.0.park(),
            // There is no look but this, which takes what it sees.
            Step::WaitSomeTime | Step::Look => return self.0.park_some_time(),
            _ => self.0.unpark(),
        }
        true
    }
}

/// The first thread parks, and gives itself a token now and then; the others only give.
fn of_parkers() -> impl Strategy<Value = Program> {
    let parks = prop_oneof![
        1 => Just(Step::Set),
        3 => Just(Step::Wait),
        3 => Just(Step::WaitSomeTime),
    ];
    let gives = prop::collection::vec(Just(Step::Set), 1..4);
    (
        prop::collection::vec(parks, 1..5),
        prop::collection::vec(gives, 1..=2),
    )
        .prop_map(|(first, mut others)| {
            others.insert(0, first);
            others
        })
}

// --- the tests --------------------------------------------------------------------------------------

macro_rules! behave {
    ($($name:ident: $subject:ty, $programs:expr;)*) => {$(
        proptest! {
            #![proptest_config(ProptestConfig { cases: 256, max_global_rejects: 100_000, failure_persistence: None, ..ProptestConfig::default() })]

            #[test]
            fn $name(program in $programs) {
                let exploration = explore::<$subject>(&program, 100);
                prop_assume!(exploration.is_some());
                let exploration = exploration.expect("assumed");
                prop_assert!(exploration.failure().is_none(), "{}", exploration.failure().unwrap());
            }
        }
    )*};
}

behave! {
    an_event_behaves_as_one_thread_would: AnEvent<event::Shipped>, of_events();
    an_event_at_its_wrap_behaves_the_same: AnEvent<event::AtWrap>, of_events();
    an_auto_reset_event_behaves_as_one_thread_would: AnAutoResetEvent<auto_reset_event::Shipped>, of_events();
    a_parker_behaves_as_one_thread_would: AParker<parker::Shipped>, of_parkers();
}

macro_rules! caught {
    ($($twin:ident: $subject:ident, $programs:expr;)*) => {$(
        #[test]
        fn $twin() {
            assert!(some_program_catches::<$subject<twins::$twin::Twin>>($programs));
        }
    )*};
}

caught! {
    event_wakes_one: AnEvent, of_events();
    event_sleeps_unmarked: AnEvent, of_events();
    event_trusts_the_wake: AnEvent, of_events();
    auto_coalesces_with_what_is_owed: AnAutoResetEvent, of_events();
    auto_gives_up_beside_a_set: AnAutoResetEvent, of_events();
    auto_takes_what_is_owed: AnAutoResetEvent, of_events();
    auto_stays_counted: AnAutoResetEvent, of_events();
    auto_swallows_a_set: AnAutoResetEvent, of_events();
    parker_keeps_the_token: AParker, of_parkers();
    parker_swallows_the_token: AParker, of_parkers();
    parker_trusts_the_wake: AParker, of_parkers();
}
