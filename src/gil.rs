//! [`Gil`]: one thread at a time is attached to an interpreter, and each has its turn.

use core::fmt;
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};

use super::raw::{Attachment, RawGil};
use crate::lock_api;
pub use crate::raw::{GilPolicy as Policy, GilStatistics as Statistics};
use crate::sys::cell::UnsafeCell;
use crate::sys::{Duration, Instant, deadline_after};

/// DOCS
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

/// DOCS
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
    /// A point at which this thread may give way.
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

    /// Detaches this thread while `body` runs, and attaches it again.
    ///
    /// # Errors
    ///
    /// The Gil was finalized meanwhile: then the result of `body` is in the error, and this thread is not attached any more.
    #[track_caller]
    pub fn detach<R>(&mut self, body: impl FnOnce() -> R) -> Result<R, Finalized<R>> {
        /// Comes back, also when `body` panics.
        struct Away<'t, 'a, T>(&'t mut Attached<'a, T>);
        impl<T> Drop for Away<'_, '_, T> {
            fn drop(&mut self) {
                self.0.come_back("detach", true);
            }
        }
        let value = if self.attached && !self.finalizes {
            self.gil.raw.leave("detach");
            self.attached = false;
            let _away = Away(self);
            body()
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
        self.attached = self.gil.raw.enter(action, returning, None) == Attachment::Attached;
    }

    /// Locks a mutex, and does not keep the Gil while it waits for it.
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
    /// thread stays attached until it drops the token. A second call changes nothing.
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
