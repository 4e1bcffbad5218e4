//! What a scope shares with its wakers and handles: where its children lie, and the lists of those that are to be polled.
//!
//! There are two lists. A wake that comes from **inside**, from the thread that polls or drops the scope's future, puts the block at
//! the end of a plain queue: no atomic is exchanged, and the task is not woken, for it is at it. A thread-local that names the room
//! tells. A wake from **elsewhere** puts it on a stack, whose head is a pointer to the newest block, or says in what state the
//! scope is:
//!
//! | head | the scope | who comes from elsewhere |
//! |---|---|---|
//! | null | is being polled, or has been woken | adds |
//! | a block | as above, with children to poll | adds |
//! | `ASLEEP` | has found nothing to do | adds, and wakes the task |
//! | `CLOSED` | is gone | is turned away |
//!
//! The stack is taken as a whole (so that the ABA problem does not arise) and turned over, which makes it first in, first out.
//! Children that are spawned from elsewhere wait behind a lock, in a box, until the inside lets them in.
//!
//! # Orderings
//!
//! Adding releases and taking acquires, so that a child's poll sees what came before its wake. Going to sleep releases the
//! task's waker, which was registered before; whoever finds the scope asleep acquires it.
//!
//! # How long it lives
//!
//! The crowd and the handles count. So does each block that still has wakers when the crowd goes ([`Room::close`]).

use std::cell::{Cell, UnsafeCell};
use std::future::Future;
use std::pin::Pin;
use std::ptr::{NonNull, from_ref, null, null_mut, without_provenance_mut};
use std::sync::Arc;
use std::task::Waker;

use super::arena::{Arena, class_of};
use super::slot::Header;
use crate::nursery::{Enclosing, Seat};
use crate::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, Ordering};
use crate::sync::{AtomicWaker, Mutex, local, lock};
use crate::unwind;

pub(crate) struct Room {
    head: AtomicPtr<Header>,
    task: AtomicWaker,
    /// Blocks whose last waker was dropped elsewhere when their child was gone, each with that waker's count.
    returned: AtomicPtr<Header>,
    /// Somebody has come in, and has woken the body for the inside to look.
    has_newcomers: AtomicBool,
    incoming: Mutex<Incoming>,
    /// Light children. The inside alone changes it.
    light: AtomicU32,
    /// Stands for the scope's body, so that its wakes come in by the same door.
    body: Header,
    inside: Inside,
}

// SAFETY: what is not `Sync` in it is the inside, and the cells of headers. Both are reached by the inside alone (`Room::inside`, and
// the first invariant of `slot`).
unsafe impl Sync for Room {}
// SAFETY: as above; and what is in it stays with the scope's future: futures are in it only while the crowd is there, whose type says
// whether they may change threads. Whoever has the room last finds none.
unsafe impl Send for Room {}

/// What the inside of a room has to itself.
pub(super) struct Inside {
    /// Where the room is, as its `Arc` says it: blocks give counts back by this pointer.
    address: *const Room,
    arena: Arena,
    first: Cell<*const Header>,
    last: Cell<*const Header>,
    /// Blocks in the queue.
    waiting: Cell<usize>,
    /// How many of them come before the stack is looked at.
    batch: Cell<usize>,
    closed: Cell<bool>,
    /// Blocks that are in use.
    taken: Cell<usize>,
    /// The number that was given last.
    number: Cell<u64>,
    /// The nursery of the light children, from the first one on, or from the start of their group, and until the room is closed.
    holder: UnsafeCell<Option<Arc<dyn Enclosing>>>,
}

/// A child that was spawned from elsewhere.
type Newcomer = Pin<Box<dyn Future<Output = ()>>>;

#[derive(Default)]
struct Incoming {
    closed: bool,
    tasks: Vec<Newcomer>,
}

// SAFETY: the tasks may be used on every thread on which the scope's future is (`Room::put_from_elsewhere`), and are touched there
// alone.
unsafe impl Send for Incoming {}

const ASLEEP: *mut Header = without_provenance_mut(1);
const CLOSED: *mut Header = without_provenance_mut(2);

// The room that this thread is inside of.
local! {
    static HERE: Cell<*const Room> = const { Cell::new(null()) };
}

#[inline]
fn go_to(room: *const Room) -> *const Room {
    // A thread whose locals are being destroyed is nowhere: all that it does comes from elsewhere.
    HERE.try_with(|here| here.replace(room)).unwrap_or(null())
}

/// Makes this thread the inside of a room until it goes.
pub(crate) struct Here(*const Room);

impl Drop for Here {
    fn drop(&mut self) {
        go_to(self.0);
    }
}

impl Room {
    pub(super) fn new() -> Arc<Self> {
        let room = Arc::<Self>::new_uninit();
        let address = Arc::as_ptr(&room).cast::<Self>();
        let content = Self {
            head: AtomicPtr::new(null_mut()),
            task: AtomicWaker::new(),
            returned: AtomicPtr::new(null_mut()),
            has_newcomers: AtomicBool::new(false),
            incoming: Mutex::new(Incoming::default()),
            light: AtomicU32::new(0),
            body: Header::new(address, 0),
            inside: Inside {
                address,
                arena: Arena::new(),
                first: Cell::new(null()),
                last: Cell::new(null()),
                waiting: Cell::new(0),
                batch: Cell::new(0),
                closed: Cell::new(false),
                taken: Cell::new(0),
                number: Cell::new(0),
                holder: UnsafeCell::new(None),
            },
        };
        // SAFETY: the memory is of this size and alignment, and nobody else has it.
        unsafe { address.cast_mut().write(content) };
        // SAFETY: it has been written.
        let room = unsafe { room.assume_init() };
        // SAFETY: nobody else has the room yet, and so nobody else is inside.
        unsafe { room.body.begin() };
        room
    }

    /// Makes this thread the inside until the guard goes.
    ///
    /// # Safety
    ///
    /// No other thread is inside, nor will be before the guard goes: the caller has the crowd of this room to itself.
    #[inline]
    pub(super) unsafe fn enter(&self) -> Here {
        Here(go_to(self))
    }

    #[inline]
    pub(crate) fn is_here(&self) -> bool {
        Self::is_inside_of(self)
    }

    /// The same of a room that may be gone at any time.
    pub(super) fn is_inside_of(room: *const Self) -> bool {
        HERE.try_with(|here| here.get() == room).unwrap_or(false)
    }

    /// Lets a block be used again.
    ///
    /// # Safety
    ///
    /// The caller is inside, and nobody else can reach the block, which is one of this room.
    pub(super) unsafe fn free(room: *const Self, header: *const Header) {
        // SAFETY: a room outlives whoever is inside, and its blocks with it.
        let room = unsafe { &*room };
        // SAFETY: as above.
        let header = unsafe { &*header };
        // SAFETY: by the caller.
        unsafe { room.inside.free(header) };
    }

    /// # Safety
    ///
    /// The caller is inside: [`is_here`](Self::is_here), or it has the crowd of this room to itself.
    #[inline]
    pub(super) unsafe fn inside(&self) -> &Inside {
        &self.inside
    }

    pub(super) fn body(&self) -> NonNull<Header> {
        NonNull::from(&self.body)
    }

    /// Wakes the body, or what stands for one.
    pub(crate) fn ring(&self) {
        self.body.wake();
    }

    /// Whether an `F` fits into a block.
    #[inline]
    pub(crate) const fn has_blocks_for<F>() -> bool {
        const { class_of::<F>().is_some() }
    }

    /// A block for an `F`, empty, which nobody else can reach; none if the scope is gone, or if such futures need a box.
    ///
    /// # Safety
    ///
    /// The caller is inside.
    #[inline]
    pub(crate) unsafe fn reserve<F>(&self) -> Option<NonNull<Header>> {
        let class = const { class_of::<F>() }?;
        let inside = &self.inside;
        if inside.closed.get() {
            return None;
        }
        // SAFETY: we are inside.
        let header = unsafe { inside.arena.take(inside.address, class) };
        inside.taken.set(inside.taken.get() + 1);
        inside.number.set(inside.number.get() + 1);
        // SAFETY: it is alive while the arena is.
        let block = unsafe { header.as_ref() };
        // SAFETY: we are inside, and have just been given the block.
        unsafe { block.begin() };
        block.number.set(inside.number.get());
        Some(header)
    }

    /// Takes a task, wherever the caller is.
    ///
    /// # Errors
    ///
    /// The task, if the scope is gone.
    ///
    /// # Safety
    ///
    /// `task` outlives the crowd of this room, and may be used on every thread on which that crowd is.
    pub(super) unsafe fn put<T: Future<Output = ()>>(&self, task: T) -> Result<(), T> {
        let block = match self.is_here() {
            // SAFETY: we are inside.
            true => unsafe { self.reserve::<T>() },
            false => None,
        };
        let Some(block) = block else {
            // SAFETY: by the caller.
            return unsafe { self.put_from_elsewhere(task) };
        };
        // SAFETY: we are inside, or there would be no block; it was reserved for a `T`, and is empty.
        unsafe { self.move_in(block, task) };
        Ok(())
    }

    /// Moves a task into a block that was reserved for it, and lets it be polled.
    ///
    /// # Safety
    ///
    /// As [`put`](Self::put); the caller is inside, and has reserved the block for a `T`, of which there is none in it.
    #[inline]
    pub(crate) unsafe fn move_in<T: Future<Output = ()>>(&self, block: NonNull<Header>, task: T) {
        // SAFETY: by the caller.
        unsafe { Header::move_in(block, task) };
        // SAFETY: the block is alive while the room is.
        self.inside.queue(unsafe { block.as_ref() });
    }

    /// How many light children there are.
    #[inline]
    pub(crate) fn light(&self) -> u32 {
        self.light.load(Ordering::Relaxed)
    }

    /// Counts a light child in.
    ///
    /// # Safety
    ///
    /// The caller is inside.
    #[inline]
    pub(crate) unsafe fn count_light_in(&self) {
        self.light.store(self.light() + 1, Ordering::Relaxed);
    }

    /// Counts a light child out, and returns how many are left.
    ///
    /// # Safety
    ///
    /// As [`count_light_in`](Self::count_light_in).
    #[inline]
    pub(crate) unsafe fn count_light_out(&self) -> u32 {
        let left = self.light() - 1;
        self.light.store(left, Ordering::Relaxed);
        left
    }

    /// Holds the scope's nursery until the room is closed.
    ///
    /// # Safety
    ///
    /// The caller is inside, and the room is open.
    pub(crate) unsafe fn hold(&self, nursery: impl FnOnce() -> Arc<dyn Enclosing>) {
        let holder = self.inside.holder.get();
        // SAFETY: the inside alone refers to what is in the cell; there are no other references to it before it is filled.
        if unsafe { &*holder }.is_none() {
            let nursery = nursery();
            // SAFETY: as above.
            unsafe { *holder = Some(nursery) };
        }
    }

    /// What [`holder`](Self::holder) refers to; null if there is nobody.
    ///
    /// # Safety
    ///
    /// The caller is inside.
    #[inline]
    pub(crate) unsafe fn held(&self) -> *const () {
        // SAFETY: by the caller.
        let holder = unsafe { self.holder() };
        holder.map_or(null(), |holder| Arc::as_ptr(holder).cast())
    }

    /// The scope's nursery, if it is held.
    ///
    /// # Safety
    ///
    /// The caller is inside, and lets go of it before the room is closed.
    #[inline]
    pub(crate) unsafe fn holder(&self) -> Option<&Arc<dyn Enclosing>> {
        // SAFETY: what is in the cell changes once when it is filled, before which there is nothing to refer to, and once when the room
        // is closed.
        unsafe { &*self.inside.holder.get() }.as_ref()
    }

    /// The room as its `Arc` says it.
    ///
    /// # Safety
    ///
    /// The caller is inside.
    pub(crate) unsafe fn share(&self) -> Arc<Self> {
        let address = self.inside.address;
        // SAFETY: rooms lie in an `Arc`, by `new`, of which whoever is inside has a count.
        unsafe { Arc::increment_strong_count(address) };
        // SAFETY: that count is the new one's.
        unsafe { Arc::from_raw(address) }
    }

    /// Looks at the seats of all blocks. Anybody may.
    pub(crate) fn each_seat(&self, mut look: impl FnMut(&Seat)) {
        for header in self.inside.arena.headers() {
            // SAFETY: a block lives as long as the arena, and its seat is a few atomics.
            look(unsafe { &(*header.as_ptr()).seat });
        }
    }

    /// # Safety
    ///
    /// As [`put`](Self::put).
    unsafe fn put_from_elsewhere<T: Future<Output = ()>>(&self, task: T) -> Result<(), T> {
        {
            let mut incoming = lock(&self.incoming);
            if incoming.closed {
                drop(incoming);
                return Err(task);
            }
            let task: Pin<Box<dyn Future<Output = ()> + '_>> = Box::pin(task);
            // SAFETY: the two types differ in a lifetime alone; the task outlives the crowd (by the caller), which drops it when it
            // closes the room, and nobody else touches it.
            let task = unsafe {
                std::mem::transmute::<Pin<Box<dyn Future<Output = ()> + '_>>, Newcomer>(task)
            };
            incoming.tasks.push(task);
        }
        // Released by the wake, and acquired with it.
        self.has_newcomers.store(true, Ordering::Relaxed);
        self.body.wake();
        Ok(())
    }

    /// Lets those in who have come from elsewhere. The body has been woken for this.
    ///
    /// # Safety
    ///
    /// The caller is inside.
    pub(super) unsafe fn let_in(&self) {
        if !self.has_newcomers() {
            return;
        }
        self.has_newcomers.store(false, Ordering::Relaxed);
        let tasks = std::mem::take(&mut lock(&self.incoming).tasks);
        for task in tasks {
            // SAFETY: they outlive the crowd and may be on its threads, by `put_from_elsewhere`.
            let back = unsafe { self.put(task) };
            // The inside does not close while it is at this.
            debug_assert!(back.is_ok());
        }
    }

    /// Puts a block on the stack, which it is marked for. A room that is closed has no use for it.
    pub(super) fn push(&self, header: &Header) {
        let mut head = self.head.load(Ordering::Relaxed);
        loop {
            if head == CLOSED {
                return;
            }
            let next = if head == ASLEEP { null_mut() } else { head };
            header.next.store(next, Ordering::Relaxed);
            let new = from_ref(header).cast_mut();
            match self
                .head
                .compare_exchange_weak(head, new, Ordering::AcqRel, Ordering::Relaxed)
            {
                Ok(_) => break,
                Err(now) => head = now,
            }
        }
        if head == ASLEEP {
            self.task.wake();
        }
    }

    /// Keeps a block, with the count that the caller has of it, until the inside takes it back. `false` if the room is closed.
    ///
    /// # Safety
    ///
    /// The caller owns that count, and does not use it again if this is `true`: the room may be gone by then, and the block with it.
    pub(super) unsafe fn give_back(room: *const Self, header: *const Header) -> bool {
        // SAFETY: the count keeps the room until the exchange below has succeeded. So it keeps the block.
        let returned = unsafe { &(*room).returned };
        // SAFETY: as above.
        let next = unsafe { &(*header).next };
        let mut head = returned.load(Ordering::Relaxed);
        loop {
            if head == CLOSED {
                return false;
            }
            next.store(head, Ordering::Relaxed);
            // Releases what the caller did with its waker.
            match returned.compare_exchange_weak(
                head,
                header.cast_mut(),
                Ordering::AcqRel,
                Ordering::Relaxed,
            ) {
                Ok(_) => return true,
                Err(now) => head = now,
            }
        }
    }

    /// Gives back a count of the room.
    ///
    /// # Safety
    ///
    /// The caller owns it.
    pub(super) unsafe fn let_go(room: *const Self) {
        // SAFETY: by the caller; the pointer is that of the `Arc`, for blocks are made with it.
        unsafe { Arc::decrement_strong_count(room) };
    }

    /// Takes what was woken or given back elsewhere. Wakes the scope up, if it was asleep.
    ///
    /// # Safety
    ///
    /// The caller is inside.
    pub(super) unsafe fn take(&self) {
        let inside = &self.inside;
        if !self.head.load(Ordering::Relaxed).is_null() {
            // SAFETY: we are inside, and the stack is ours alone since the exchange.
            unsafe { inside.queue_stack(self.head.swap(null_mut(), Ordering::Acquire)) };
        }
        if !self.returned.load(Ordering::Relaxed).is_null() {
            for header in listed(self.returned.swap(null_mut(), Ordering::Acquire)) {
                // SAFETY: its count came along with it, and is given back here; we are inside.
                unsafe { Header::release(header.as_ptr()) };
            }
        }
        inside.batch.set(inside.waiting.get());
    }

    /// The block that was woken first, if there is one.
    ///
    /// # Safety
    ///
    /// The caller is inside.
    #[inline]
    pub(super) unsafe fn next(&self) -> Option<NonNull<Header>> {
        loop {
            if self.inside.batch.get() == 0 {
                // SAFETY: we are inside.
                unsafe { self.take() };
            }
            let header = self.inside.next_queued()?;
            // SAFETY: a block in the queue is alive.
            let block = unsafe { header.as_ref() };
            if !block.is_done() {
                return Some(header);
            }
            // A child that ended while it was in the queue left a count for it.
            if block.leave_queue() {
                // SAFETY: we are inside, and nobody else can reach the block.
                unsafe { self.inside.free(block) };
            }
        }
    }

    /// Polls the child in the block.
    ///
    /// # Safety
    ///
    /// The caller is inside, and polls no other child of this room meanwhile.
    #[inline]
    pub(super) unsafe fn poll(&self, header: NonNull<Header>) {
        // SAFETY: by the caller.
        if unsafe { Header::poll(header) } {
            // SAFETY: as above.
            unsafe { self.end(header) };
        }
    }

    /// The child in the block is gone, or none has moved in.
    ///
    /// # Safety
    ///
    /// The caller is inside.
    #[inline]
    pub(crate) unsafe fn end(&self, header: NonNull<Header>) {
        // SAFETY: a block that is in use is alive.
        let header = unsafe { header.as_ref() };
        // SAFETY: by the caller.
        if unsafe { header.end() } {
            // SAFETY: we are inside, and nobody else can reach the block.
            unsafe { self.inside.free(header) };
        }
    }

    /// A new poll begins.
    ///
    /// # Safety
    ///
    /// The caller is inside.
    pub(super) unsafe fn begin_poll(&self) {
        self.inside.batch.set(0);
    }

    /// Goes to sleep until somebody is woken from elsewhere, unless somebody has been.
    pub(super) fn sleep(&self, waker: &Waker) -> bool {
        if !self.head.load(Ordering::Relaxed).is_null() {
            return false;
        }
        // Before the last look, so that whoever comes after it finds the waker.
        self.task.register(waker);
        let slept =
            self.head
                .compare_exchange(null_mut(), ASLEEP, Ordering::Release, Ordering::Relaxed);
        slept.is_ok()
    }

    /// Closes a room of which all blocks are free, so far as the inside can. `false` if there are others.
    ///
    /// # Safety
    ///
    /// The caller is the crowd of this room, and does nothing else with it afterwards than to [close](Self::close) it.
    pub(super) unsafe fn close_empty(&self) -> bool {
        let inside = &self.inside;
        if inside.taken.get() > 0 {
            return false;
        }
        // SAFETY: the caller has the crowd to itself.
        let _here = unsafe { self.enter() };
        inside.closed.set(true);
        // SAFETY: we are inside, and there are no children.
        unsafe { self.let_nursery_go() };
        true
    }

    /// Lets go of the nursery of the light children.
    ///
    /// # Safety
    ///
    /// The caller is inside, and the children are gone, who alone refer to it (`holder`).
    unsafe fn let_nursery_go(&self) {
        self.light.store(0, Ordering::Relaxed);
        // SAFETY: by the caller.
        let holder = unsafe { (*self.inside.holder.get()).take() };
        unwind::drop_quietly(holder);
    }

    /// Whether there are wakers of the body, which reach the room without a count of it.
    pub(super) fn has_body_wakers(&self) -> bool {
        self.body.has_wakers()
    }

    /// Whether somebody has come in who has not been let in.
    pub(super) fn has_newcomers(&self) -> bool {
        self.has_newcomers.load(Ordering::Relaxed)
    }

    /// Drops all children, oldest first, and turns away whoever comes from now on.
    ///
    /// # Safety
    ///
    /// The caller is the crowd of this room, and does nothing else with it afterwards. It has a count of the room.
    pub(super) unsafe fn close(&self) {
        // SAFETY: the caller has the crowd to itself.
        let _here = unsafe { self.enter() };
        let inside = &self.inside;
        inside.closed.set(true);
        let newcomers = {
            let mut incoming = lock(&self.incoming);
            incoming.closed = true;
            std::mem::take(&mut incoming.tasks)
        };
        // Destructors may wake, and spawn in vain.
        let mut children: Vec<_> = inside
            .used_blocks()
            .filter(|header| header.is_live())
            .collect();
        children.sort_by_key(|header| header.number.get());
        for header in children {
            let header = NonNull::from(header);
            // SAFETY: we are inside, and polls of children are over.
            unsafe { Header::clear(header) };
            // SAFETY: as above.
            unsafe { self.end(header) };
        }
        drop(newcomers);
        // SAFETY: we are inside, and the children are gone.
        unsafe { self.let_nursery_go() };
        while let Some(header) = inside.next_queued() {
            // SAFETY: a block in the queue is alive.
            let header = unsafe { header.as_ref() };
            if header.is_done() {
                header.leave_queue();
            }
        }
        for header in listed(self.head.swap(CLOSED, Ordering::Acquire)) {
            // SAFETY: a block in the stack is alive.
            unsafe { header.as_ref() }.unlist();
        }
        for header in listed(self.returned.swap(CLOSED, Ordering::Acquire)) {
            // SAFETY: its count came along with it.
            unsafe { Header::release(header.as_ptr()) };
        }
        // SAFETY: we are inside, and the body has been in use since the room was made.
        unsafe { self.body.end() };
        for header in inside.used_blocks().chain([&self.body]) {
            if header.has_wakers() {
                // One for the block, which its last waker gives back; at once, if that has gone meanwhile.
                // SAFETY: a room lies in an `Arc`, of which the caller has a count.
                unsafe { Arc::increment_strong_count(inside.address) };
                if !header.close() {
                    // SAFETY: that is the one from above.
                    unsafe { Self::let_go(inside.address) };
                }
            }
        }
    }
}

impl Inside {
    /// All blocks that are in use, and others; none if none is in use. Children that have ended are among them while they have wakers.
    fn used_blocks(&self) -> impl Iterator<Item = &Header> {
        let is_any_used = self.taken.get() > 0;
        let headers = is_any_used.then(|| self.arena.headers());
        // SAFETY: a block lives as long as the arena.
        headers
            .into_iter()
            .flatten()
            .map(|header| unsafe { header.as_ref() })
    }

    /// Puts a block at the end of the queue, unless it is there.
    #[inline]
    pub(super) fn queue(&self, header: &Header) {
        if header.queued.replace(true) {
            return;
        }
        header.after.set(null());
        self.append(header, header);
        self.waiting.set(self.waiting.get() + 1);
    }

    /// Puts the blocks of a stack at the end of the queue, the lowest first, in one walk over them.
    ///
    /// # Safety
    ///
    /// The caller is inside, and the stack is its alone.
    unsafe fn queue_stack(&self, mut stack: *mut Header) {
        let (mut first, mut last, mut count) = (null(), None, 0);
        while let Some(header) = block(stack) {
            // SAFETY: a block in a stack is alive, for it is not used again before it has left the stack.
            let header = unsafe { header.as_ref() };
            // Before it leaves the stack, to which others may add it again then.
            stack = header.next.load(Ordering::Relaxed);
            if header.unlist() {
                // SAFETY: we are inside, and nobody else can reach the block.
                unsafe { self.free(header) };
            } else if !header.is_done() && !header.queued.replace(true) {
                header.after.set(first);
                first = header;
                last.get_or_insert(header);
                count += 1;
            }
        }
        let Some(last) = last else { return };
        self.append(first, last);
        self.waiting.set(self.waiting.get() + count);
    }

    /// Links a chain of blocks, of which each is marked as queued, behind the last one of the queue.
    #[inline]
    fn append(&self, first: *const Header, last: *const Header) {
        match NonNull::new(self.last.replace(last).cast_mut()) {
            // SAFETY: a block in the queue is alive.
            Some(before) => unsafe { before.as_ref() }.after.set(first),
            None => self.first.set(first),
        }
    }

    /// Takes the first block from the queue.
    #[inline]
    pub(super) fn next_queued(&self) -> Option<NonNull<Header>> {
        let first = NonNull::new(self.first.get().cast_mut())?;
        // SAFETY: a block in the queue is alive.
        let header = unsafe { first.as_ref() };
        header.queued.set(false);
        self.first.set(header.after.replace(null()));
        if self.first.get().is_null() {
            self.last.set(null());
        }
        self.waiting.set(self.waiting.get() - 1);
        self.batch.set(self.batch.get().saturating_sub(1));
        Some(first)
    }

    /// Lets a block be used again.
    ///
    /// # Safety
    ///
    /// The caller is inside, and nobody else can reach the block, which is one of the arena.
    #[inline]
    pub(super) unsafe fn free(&self, header: &Header) {
        self.taken.set(self.taken.get() - 1);
        // SAFETY: by the caller.
        unsafe { self.arena.put_back(header) };
    }

    pub(super) fn is_anybody_awake(&self) -> bool {
        self.waiting.get() > 0
    }

    /// Blocks that are in use.
    pub(super) fn taken(&self) -> usize {
        self.taken.get()
    }
}

/// The blocks of a stack, the lowest first.
fn listed(mut stack: *mut Header) -> impl Iterator<Item = NonNull<Header>> {
    let mut turned: *mut Header = null_mut();
    while let Some(header) = block(stack) {
        // SAFETY: a block in a stack is alive; the stack is ours alone since the exchange.
        let next = &unsafe { header.as_ref() }.next;
        stack = next.load(Ordering::Relaxed);
        next.store(turned, Ordering::Relaxed);
        turned = header.as_ptr();
    }
    std::iter::from_fn(move || {
        let header = block(turned)?;
        // SAFETY: as above. It is read before the block is handed out, which may be listed again then.
        turned = unsafe { header.as_ref() }.next.load(Ordering::Relaxed);
        Some(header)
    })
}

/// The block that a head points to, if it does.
fn block(head: *mut Header) -> Option<NonNull<Header>> {
    NonNull::new(head).filter(|_| head != ASLEEP && head != CLOSED)
}
