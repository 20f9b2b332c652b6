//! A global interpreter lock: [`Gil`], and how it goes from thread to thread ([`Policy`]).

use core::fmt;
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};

use super::raw::{Attachment, RawGil};
use crate::lock_api;
pub use crate::raw::{GilPolicy as Policy, GilStatistics as Statistics};
use crate::sys::cell::UnsafeCell;
use crate::sys::{Duration, Instant, deadline_after, thread};

/// Lets one thread at a time run an interpreter, and gives each its turn: a global interpreter lock.
///
/// # Example
///
/// ```
/// use selvedge::Gil;
///
/// static INTERPRETER: Gil<Vec<String>> = Gil::new(Vec::new());
///
/// std::thread::scope(|scope| {
///     for name in ["one", "two"] {
///         scope.spawn(move || {
///             let mut interpreter = INTERPRETER.attach().expect("nobody finalizes it");
///             for step in 0..3 {
///                 interpreter.push(format!("step {step} of {name}"));
///                 // Between two steps others may have their turn; while nobody asks, this is one load.
///                 interpreter.checkpoint().expect("nobody finalizes it");
///             }
///             // What takes long is done without the interpreter.
///             interpreter
///                 .detach(|| std::thread::sleep(std::time::Duration::from_millis(1)))
///                 .expect("nobody finalizes it");
///             interpreter.push(format!("end of {name}"));
///         });
///     }
/// });
/// assert_eq!(INTERPRETER.attach().unwrap().len(), 8);
/// ```
///
/// `examples/gil.rs` is a toy interpreter with threads that compute and one that answers requests, under three policies.
///
/// # When to use it, and when not
///
/// For an interpreter, or any state that a thread uses for long and can let go at many points, most of which find nobody
/// who wants it. For short critical sections use a [`Mutex`](crate::Mutex): there, nobody has to be asked.
///
/// # Fairness
///
/// The [`Policy`] decides. Under [`Policy::Interval`] those who wait are served in order of arrival. When the first has
/// waited for an interval without a hand-over it *asks*, and the thread that is attached hands over at its next
/// checkpoint: the next one has the Gil before the checkpoint returns, and the giver has its turn after all who were
/// there before it (or goes on with it, see below). So a thread waits about an interval, at most two where turns are
/// interrupted, and the time to the next checkpoint, for each that is before it. When the attached thread detaches for
/// a moment, the first in the queue is woken; if it finds that the other is back already, it sleeps on, in its place.
///
/// A thread that detaches hands over as well if it was asked. If not, it only lets go: when it is back before the one that
/// it woke has begun to run, it goes on, and nothing is lost. (Handing over each time would make every short `detach`
/// as slow as two threads wake: a lock convoy.)
///
/// With `returning: Some(after)`, threads that come back from [`detach`](Attached::detach) queue before the others and
/// ask sooner. Without it a thread that answers requests waits an interval for each answer while others compute: the
/// convoy effect that CPython has. Whoever computes and is interrupted goes on with its turn afterwards (unless it was
/// itself within another one's turn, or somebody waits who is worn, see below). An interval after it got the Gil from the
/// queue, all interruptions included, the next one ends it. If threads come back so often that nobody has a turn by
/// then, a thread that waits is overtaken by them 16 times, and is *worn* then: they do not overtake the first that is
/// worn, so one of those who are has its turn before each that comes back from then on, and who comes back waits for
/// one of them at most, however many threads compute. Nor do they interrupt one another before a tenth of an interval.
///
/// [`Policy::Ticks`] is what CPython did before: no queue that counts, no bound.
///
/// # Blocking and deadlock
///
/// A thread that is attached and waits for something else, which another thread gives only when it was attached, waits
/// for ever: that is the classic deadlock of such locks, with a mutex. So [`detach`](Attached::detach) around everything
/// that blocks; for a mutex there is [`detach_while_locking`](Attached::detach_while_locking). A thread that attaches twice
/// is told so, at once. [`try_attach`](Self::try_attach) never sleeps.
///
/// A thread that never reaches a checkpoint keeps the Gil.
///
/// # Finalizing
///
/// [`Attached::finalize`] ends it for all others: who waits is woken, and whoever wants to be attached from then on gets an
/// error, from [`attach`](Self::attach), from `detach` on coming back, from [`checkpoint`](Attached::checkpoint). Nobody is
/// left asleep, and no thread is ended.
///
/// # Ordering
///
/// Everything a thread does while attached happens before everything the next one does. What the finalizing thread did
/// before happens before every refusal, and before [`is_finalized`](Self::is_finalized) says yes.
/// `docs/memory-ordering.md`, rows G1 to G3. A thread that detaches does not touch the Gil any more when another one that
/// did not wait can be attached: that one may free it.
///
/// # Panics
///
/// Using the state through a token that has lost the Gil to [`finalize`](Attached::finalize). A panic with the token alive
/// detaches; there is no poisoning. A panic inside `detach` attaches first; or, if the Gil was finalized meanwhile, goes on with
/// a token that has lost it.
///
/// # Timeouts
///
/// [`attach_for`](Self::attach_for) and [`attach_until`](Self::attach_until) give up no earlier than their time. They
/// may still attach after it, when the Gil is there to be had. Who gives up takes its request along, unless another one
/// has asked as well since. A duration that the clock cannot add is no deadline.
///
/// # Cost
///
/// 104 bytes beside the state, on a machine of 64 bits. A checkpoint that nobody asks at: one load. Uncontended: one
/// compare-exchange each way (two on leaving after a `detach`, under the default policy) and no system call. Who waits
/// is in a queue elsewhere, and allocates nothing. A hand-over is one wake, and as slow as the other thread wakes.
///
/// # After `fork`
///
/// In the child of a process with threads the thread that forked is attached if it was, and can go on with checkpoints,
/// `detach` and all the rest: those who waited are not there, and are not waited for. There is nothing to call. But if
/// *another* thread was attached, or the Gil was just being handed to it, it is so for ever in the child. So fork while attached.
///
/// # Checked
///
/// Exclusion, visibility, that no request is lost and each is followed by a hand-over, requests whose asker has left, every
/// deadline, finalizing against attaching, detaching and checkpoints, that nobody is let in after it and nobody is left
/// asleep, who goes first and how often one is overtaken, the deadlock with a mutex: under loom (`loom-tests/tests/gil.rs`)
/// two threads exhaustively or with three to five preemptions and three threads with three, of some programs a part only;
/// under shuttle with up to five threads (`shuttle-tests/tests/gil.rs`), and random programs against a sequential reference
/// (`shuttle-tests/tests/random_gil.rs`). The broken twins that these catch are in `loom-tests/tests/twins_gil.rs` and
/// `shuttle-tests/tests/twins_gil.rs`. On real threads over both backends: `tests/gil.rs`, and with a `fork`
/// `tests/gil_fork.rs`.
///
/// # What does not compile
///
/// The state goes from thread to thread, so it has to be `Send`:
///
/// ```compile_fail,E0277
/// fn shareable<T: Sync>() {}
/// shareable::<selvedge::Gil<std::rc::Rc<u8>>>();
/// ```
///
/// ```
/// fn shareable<T: Sync>() {}
/// shareable::<selvedge::Gil<std::cell::Cell<u8>>>();
/// ```
pub struct Gil<T> {
    raw: RawGil,
    state: UnsafeCell<T>,
}

// SAFETY: the state goes to one thread at a time: only the one that is attached has a reference, and the lock orders them.
unsafe impl<T: Send> Sync for Gil<T> {}
// SAFETY: whoever has the Gil to itself has the state.
unsafe impl<T: Send> Send for Gil<T> {}

/// Why a thread cannot attach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AttachError {
    /// The [`Gil`] was finalized: no thread attaches any more.
    Finalized,
    /// This thread is attached already, and would wait for itself. Inside a [`detach`](Attached::detach) it is not.
    AlreadyAttached,
}

impl fmt::Display for AttachError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Finalized => "the interpreter was finalized",
            Self::AlreadyAttached => "this thread is attached to the interpreter already",
        })
    }
}

impl std::error::Error for AttachError {}

/// The [`Gil`] was finalized while this thread was detached or waited for its turn: it is not attached any more. Holds
/// what the thread had in hand.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Finalized<R = ()>(pub R);

impl<R> Finalized<R> {
    /// What the thread had in hand.
    pub fn into_inner(self) -> R {
        self.0
    }
}

impl<R> fmt::Debug for Finalized<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Finalized").finish_non_exhaustive()
    }
}

impl<R> fmt::Display for Finalized<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        AttachError::Finalized.fmt(f)
    }
}

impl<R> std::error::Error for Finalized<R> {}

impl<T> Gil<T> {
    /// With [`Policy::DEFAULT`].
    #[inline]
    pub const fn new(state: T) -> Self {
        Self::with_policy(state, Policy::DEFAULT)
    }

    /// With a policy of one's choice.
    #[inline]
    pub const fn with_policy(state: T, policy: Policy) -> Self {
        Self {
            raw: RawGil::new(policy),
            state: UnsafeCell::new(state),
        }
    }

    /// Attaches this thread, and waits for its turn.
    ///
    /// # Errors
    ///
    /// The Gil was finalized, before or while this thread waited; or this thread is attached already.
    #[inline]
    #[track_caller]
    pub fn attach(&self) -> Result<Attached<'_, T>, AttachError> {
        let attachment = self.raw.enter("attach", false, None);
        let attached = self.token(attachment)?;
        Ok(attached.expect("without a deadline there is no giving up"))
    }

    /// Attaches this thread if it need not wait; `None` if it would have to.
    ///
    /// # Errors
    ///
    /// As [`attach`](Self::attach).
    #[inline]
    #[track_caller]
    pub fn try_attach(&self) -> Result<Option<Attached<'_, T>>, AttachError> {
        let attachment = self.raw.try_enter();
        self.token(attachment)
    }

    /// Attaches this thread, and waits no longer than that; `None` if its turn has not come.
    ///
    /// # Errors
    ///
    /// As [`attach`](Self::attach).
    #[inline]
    #[track_caller]
    pub fn attach_for(&self, timeout: Duration) -> Result<Option<Attached<'_, T>>, AttachError> {
        let attachment = self.raw.enter("attach_for", false, deadline_after(timeout));
        self.token(attachment)
    }

    /// Attaches this thread, and waits until then; `None` if its turn has not come.
    ///
    /// # Errors
    ///
    /// As [`attach`](Self::attach).
    #[inline]
    #[track_caller]
    pub fn attach_until(&self, deadline: Instant) -> Result<Option<Attached<'_, T>>, AttachError> {
        let attachment = self.raw.enter("attach_until", false, Some(deadline));
        self.token(attachment)
    }

    #[inline]
    fn token(&self, attachment: Attachment) -> Result<Option<Attached<'_, T>>, AttachError> {
        match attachment {
            Attachment::Attached => Ok(Some(Attached {
                gil: self,
                attached: true,
                finalizes: false,
                ticks: 0,
                _of_this_thread: PhantomData,
            })),
            Attachment::TimedOut => Ok(None),
            Attachment::Finalized => Err(AttachError::Finalized),
            Attachment::Twice => Err(AttachError::AlreadyAttached),
        }
    }

    /// Whether it was finalized. Then what the finalizing thread did before is visible.
    #[inline]
    pub fn is_finalized(&self) -> bool {
        self.raw.look().2
    }

    /// Whether a thread is attached, or on its way: as it was a moment ago.
    #[inline]
    pub fn is_held(&self) -> bool {
        self.raw.look().0
    }

    /// Whether threads wait in the queue: as it was a moment ago.
    #[inline]
    pub fn has_waiters(&self) -> bool {
        self.raw.look().1
    }

    /// What it has counted so far. Any thread may ask.
    pub fn statistics(&self) -> Statistics {
        self.raw.statistics()
    }

    /// The policy it was made with.
    pub fn policy(&self) -> Policy {
        self.raw.policy()
    }

    /// The state, for whoever has the Gil to itself, also after it was finalized.
    #[inline]
    pub fn get_mut(&mut self) -> &mut T {
        self.state.get_mut()
    }

    /// The state, and the Gil is gone.
    #[inline]
    pub fn into_inner(self) -> T {
        self.state.into_inner()
    }
}

impl<T: Default> Default for Gil<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> From<T> for Gil<T> {
    fn from(state: T) -> Self {
        Self::new(state)
    }
}

impl<T> fmt::Debug for Gil<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (held, waited_for, finalized) = self.raw.look();
        f.debug_struct("Gil")
            .field("held", &held)
            .field("waited_for", &waited_for)
            .field("finalized", &finalized)
            .finish_non_exhaustive()
    }
}

/// Shows that this thread is attached to a [`Gil`], and gives access to its state. Dropping it detaches the thread.
///
/// # When it was finalized
///
/// A thread that comes back from [`detach`](Self::detach), or has its turn again in [`checkpoint`](Self::checkpoint), may find
/// that the Gil was finalized meanwhile. Then both return an error, and the token is *dead*: [`is_attached`](Self::is_attached)
/// says no, dropping it does nothing, and using the state through it is a panic. It could have been made impossible instead,
/// with a `detach` that takes the token and returns it if all is well. But what calls `detach` in an interpreter is deep
/// inside of functions that have a `&mut` to the token and cannot give it away, and so it would be the caller of every
/// such function that has to be prepared to lose it. With an error that travels up with `?` the token is not used again.
///
/// # What does not compile
///
/// The state is out of reach while the thread is detached:
///
/// ```compile_fail,E0502
/// let gil = selvedge::Gil::new(1);
/// let mut token = gil.attach().unwrap();
/// token.detach(|| println!("{}", *token)).unwrap();
/// ```
///
/// ```
/// let gil = selvedge::Gil::new(1);
/// let mut token = gil.attach().unwrap();
/// token.detach(|| println!("nothing of it")).unwrap();
/// println!("{}", *token);
/// ```
///
/// And what it lends does not outlive a checkpoint:
///
/// ```compile_fail,E0502
/// let gil = selvedge::Gil::new(1);
/// let mut token = gil.attach().unwrap();
/// let state = &*token;
/// token.checkpoint().unwrap();
/// println!("{state}");
/// ```
///
/// ```
/// let gil = selvedge::Gil::new(1);
/// let mut token = gil.attach().unwrap();
/// let state = &*token;
/// println!("{state}");
/// token.checkpoint().unwrap();
/// ```
///
/// It stays on its thread, whatever features are on, and is not shared with others:
///
/// ```compile_fail,E0277
/// let gil = selvedge::Gil::new(1);
/// let token = gil.attach().unwrap();
/// std::thread::scope(|scope| {
///     scope.spawn(move || drop(token));
/// });
/// ```
///
/// ```compile_fail,E0277
/// let gil = selvedge::Gil::new(1);
/// let token = gil.attach().unwrap();
/// std::thread::scope(|scope| {
///     scope.spawn(|| println!("{}", *token));
/// });
/// ```
#[must_use = "the thread is detached when this is dropped"]
pub struct Attached<'a, T> {
    gil: &'a Gil<T>,
    /// Whether the thread is attached. Not so inside of `detach`, and when it came back to find the Gil finalized.
    attached: bool,
    /// Whether this token has finalized the Gil: then it keeps it until it is dropped.
    finalizes: bool,
    /// Checkpoints since the last one that let the Gil go, where the policy counts them.
    ticks: u32,
    /// Neither `Send` nor `Sync`: the thread is what is attached.
    _of_this_thread: PhantomData<*mut ()>,
}

impl<T> Attached<'_, T> {
    /// A point at which this thread gives way if somebody has asked: then others have had their turn when this returns. If
    /// nobody has, this is one load.
    ///
    /// # Errors
    ///
    /// This thread gave way, and the Gil was finalized before its turn came again. It is not attached any more.
    #[inline]
    #[track_caller]
    pub fn checkpoint(&mut self) -> Result<(), Finalized> {
        if !self.attached {
            return Err(Finalized(()));
        }
        match self.gil.raw.policy() {
            Policy::Ticks(ticks) => {
                self.ticks += 1;
                if self.ticks < ticks {
                    return Ok(());
                }
                self.ticks = 0;
                self.let_go();
            }
            _ => {
                if !self.gil.raw.is_asked() {
                    return Ok(());
                }
                self.attached = self.gil.raw.give_way();
            }
        }
        if self.attached {
            Ok(())
        } else {
            Err(Finalized(()))
        }
    }

    /// Lets the Gil go and takes it again, whoever is faster.
    #[cold]
    #[track_caller]
    fn let_go(&mut self) {
        if !self.finalizes {
            self.gil.raw.leave("checkpoint");
            self.attached = false;
            self.come_back("checkpoint", false);
        }
    }

    /// Whether somebody has asked for the Gil: the next checkpoint will give way.
    #[inline]
    pub fn is_asked(&self) -> bool {
        self.attached && self.gil.raw.is_asked()
    }

    /// Computes until somebody has asked: for models, where that is an await.
    #[doc(hidden)]
    #[track_caller]
    pub fn until_asked(&self) {
        self.gil.raw.until_asked();
    }

    /// Detaches this thread while `body` runs, and attaches it again, also if `body` panics.
    ///
    /// Others have their turn meanwhile, so `body` cannot reach the state. It may attach this thread by itself, with a
    /// token that it drops before it returns.
    ///
    /// # Errors
    ///
    /// The Gil was finalized meanwhile: then the result of `body` is in the error, and this thread is not attached any more.
    ///
    /// # Panics
    ///
    /// If a token that was taken inside of `body` is alive after it. Then this one is dead.
    #[track_caller]
    pub fn detach<R>(&mut self, body: impl FnOnce() -> R) -> Result<R, Finalized<R>> {
        /// Comes back when `body` panics.
        struct Away<'t, 'a, T>(&'t mut Attached<'a, T>);
        impl<T> Drop for Away<'_, '_, T> {
            fn drop(&mut self) {
                self.0.come_back("detach", true);
            }
        }
        let value = if self.attached && !self.finalizes {
            self.gil.raw.leave("detach");
            self.attached = false;
            let away = Away(self);
            let value = body();
            core::mem::forget(away);
            self.come_back("detach", true);
            value
        } else {
            // There is nobody to let in.
            body()
        };
        if self.attached {
            Ok(value)
        } else {
            Err(Finalized(value))
        }
    }

    #[track_caller]
    fn come_back(&mut self, action: &'static str, returning: bool) {
        match self.gil.raw.enter(action, returning, None) {
            Attachment::Attached => self.attached = true,
            // A second panic would end the process, and the first one tells more.
            Attachment::Twice if !thread::panicking() => panic!(
                "selvedge: this thread comes back from `detach` and is attached already, by a token that was taken inside \
                 and is alive still; drop that one inside of `detach`, for there can be one at a time"
            ),
            _ => self.attached = false,
        }
    }

    /// Locks a mutex, and does not keep the Gil while it waits for it.
    ///
    /// Code outside of the interpreter may hold that mutex and call into the interpreter, so that it waits to be attached;
    /// if this thread were attached while it waits for the mutex, neither would go on. Here it tries first; and if the
    /// mutex is not free, it detaches, locks, and attaches again *with the mutex locked*. That is no danger as long as
    /// nobody waits for this mutex while attached: lock it in this way everywhere inside of the interpreter.
    ///
    /// ```
    /// use selvedge::{Gil, Mutex};
    ///
    /// let gil = Gil::new(0);
    /// let log = Mutex::new(Vec::new());
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| {
    ///         let mut log = log.lock();
    ///         log.push(*gil.attach().unwrap()); // from outside: the mutex first
    ///     });
    ///     let mut token = gil.attach().unwrap();
    ///     let mut log = token.detach_while_locking(&log).unwrap(); // from inside
    ///     *token += 1;
    ///     log.push(*token);
    /// });
    /// assert_eq!(log.into_inner().len(), 2);
    /// ```
    ///
    /// # Errors
    ///
    /// The Gil was finalized meanwhile: then the guard is in the error, and this thread is not attached any more.
    #[track_caller]
    pub fn detach_while_locking<'m, R: lock_api::RawMutex, U: ?Sized>(
        &mut self,
        mutex: &'m lock_api::Mutex<R, U>,
    ) -> Result<lock_api::MutexGuard<'m, R, U>, Finalized<lock_api::MutexGuard<'m, R, U>>> {
        match mutex.try_lock() {
            Some(guard) if self.attached => Ok(guard),
            Some(guard) => Err(Finalized(guard)),
            None => self.detach(|| mutex.lock()),
        }
    }

    /// Ends it: from here on no other thread attaches. Those who wait get [`AttachError::Finalized`], and so does whoever
    /// attaches later; those who come back from `detach` or wait for their turn in `checkpoint` get [`Finalized`]. This
    /// thread stays attached until it drops the token, also inside of [`detach`](Self::detach). A second call changes nothing.
    #[track_caller]
    pub fn finalize(&mut self) {
        if self.attached && !self.finalizes {
            self.gil.raw.finalize();
            self.finalizes = true;
        }
    }

    /// Whether this thread is attached: not so when it came back to find the Gil finalized.
    #[inline]
    pub fn is_attached(&self) -> bool {
        self.attached
    }
}

impl<'a, T> Attached<'a, T> {
    /// What it is attached to.
    #[inline]
    pub fn gil(&self) -> &'a Gil<T> {
        self.gil
    }
}

impl<T> Drop for Attached<'_, T> {
    #[inline]
    fn drop(&mut self) {
        if self.attached {
            self.gil.raw.leave("drop");
        }
    }
}

impl<T> Deref for Attached<'_, T> {
    type Target = T;

    #[inline]
    #[track_caller]
    fn deref(&self) -> &T {
        if !self.attached {
            not_attached();
        }
        self.gil.state.with(|state| {
            // SAFETY: this thread is attached, so nobody else has a reference; and while this one lives, the token is
            // borrowed, so this thread does not detach.
            unsafe { &*state }
        })
    }
}

impl<T> DerefMut for Attached<'_, T> {
    #[inline]
    #[track_caller]
    fn deref_mut(&mut self) -> &mut T {
        if !self.attached {
            not_attached();
        }
        self.gil.state.with_mut(|state| {
            // SAFETY: as in `deref`, and the token is borrowed for this one alone.
            unsafe { &mut *state }
        })
    }
}

impl<T: fmt::Debug> fmt::Debug for Attached<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_tuple("Attached");
        if self.attached {
            shown.field(&**self);
        } else {
            shown.field(&format_args!("<finalized>"));
        }
        shown.finish()
    }
}

#[cold]
#[track_caller]
fn not_attached() -> ! {
    panic!(
        "selvedge: a token gives access to an interpreter that 1 thread finalized while this one was away; look at what \
         `detach` and `checkpoint` return, or ask `is_attached`"
    )
}
