//! Panics among several futures.

#[cfg(feature = "std")]
use std::panic::Location;

#[cfg(feature = "std")]
use crate::unwind::{self, Payload};
#[cfg(feature = "std")]
use crate::{Origin, Report, report};

/// Where several futures were put together.
#[derive(Clone, Copy)]
pub(super) struct Call {
    #[cfg(feature = "std")]
    location: &'static Location<'static>,
}

impl Call {
    #[track_caller]
    pub(super) fn here() -> Self {
        Self {
            #[cfg(feature = "std")]
            location: Location::caller(),
        }
    }
}

/// The first panic among several futures, kept until the others have finished; later ones are reported. Without `std` a panic goes
/// on at once.
pub(super) struct FirstPanic {
    #[cfg(feature = "std")]
    payload: Option<Payload>,
    #[cfg(feature = "std")]
    call: Call,
}

#[cfg(feature = "std")]
impl FirstPanic {
    pub(super) const fn among(call: Call) -> Self {
        let payload = None;
        Self { payload, call }
    }

    /// Runs `poll`. A panic is kept and makes `None`.
    pub(super) fn catch<T>(&mut self, poll: impl FnOnce() -> T) -> Option<T> {
        let caught = unwind::catch(poll);
        caught.map_err(|payload| self.add(payload)).ok()
    }

    /// Keeps that of `other`, unless there is one already.
    pub(super) fn or(&mut self, mut other: Self) {
        if let Some(payload) = other.payload.take() {
            self.add(payload);
        }
    }

    pub(super) const fn happened(&self) -> bool {
        self.payload.is_some()
    }

    /// Goes on with the panic, if there was one.
    pub(super) fn resume(&mut self) {
        if let Some(payload) = self.payload.take() {
            std::panic::resume_unwind(payload);
        }
    }

    /// [`resume`](Self::resume), before which an error that came first is reported.
    pub(super) fn resume_over<E>(&mut self, error: &mut Option<E>) {
        if self.happened() && error.take().is_some() {
            let what = format!(
                "failed with a `{}`, and another of its futures panicked, which outranks it",
                std::any::type_name::<E>()
            );
            self.call.send(what);
        }
        self.resume();
    }

    fn add(&mut self, payload: Payload) {
        match self.payload {
            None => self.payload = Some(payload),
            Some(_) => self.call.tell(payload, "after another of its futures had"),
        }
    }
}

#[cfg(feature = "std")]
impl Call {
    /// Reports a panic that cannot go on from the call.
    fn tell(self, payload: Payload, why: &str) {
        let what = format!("panicked, {why}: {}", unwind::message(&*payload));
        unwind::forget_payload(payload);
        self.send(what);
    }

    fn send(self, what: String) {
        report::send(&Report::Unreturned {
            child: Origin::at(self.location),
            what,
        });
    }
}

#[cfg(feature = "std")]
impl Drop for FirstPanic {
    fn drop(&mut self) {
        if let Some(payload) = self.payload.take() {
            let why = "and was dropped before the panic could go on";
            self.call.tell(payload, why);
        }
    }
}

#[cfg(not(feature = "std"))]
impl FirstPanic {
    pub(super) const fn among(_: Call) -> Self {
        Self {}
    }

    #[allow(clippy::unused_self)]
    pub(super) fn catch<T>(&mut self, poll: impl FnOnce() -> T) -> Option<T> {
        Some(poll())
    }

    #[cfg(feature = "alloc")]
    pub(super) fn or(&mut self, _: Self) {}

    pub(super) const fn happened(&self) -> bool {
        false
    }

    pub(super) fn resume(&mut self) {}

    pub(super) fn resume_over<E>(&mut self, _: &mut Option<E>) {}
}
