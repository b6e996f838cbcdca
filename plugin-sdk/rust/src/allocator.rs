//! The allocator of a component.
//!
//! Called by [`export!`](crate::export!), which makes it the component's own.
//!
//! A plugin makes and drops many small texts, for which the allocator that Rust brings along for
//! WebAssembly takes a third of its time. Here a small block comes from the list of those of its
//! size that were given back, else from the end of a chunk; everything larger is left to the
//! other. A block given back serves its size again and nothing else, so that what is taken stays
//! within the most that each size ever needed at once.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::UnsafeCell;
use std::ptr::null_mut;

/// Sizes are counted in these; every block is aligned to it.
const GRAIN: usize = 16;
/// The largest of the small blocks, in bytes.
const SMALL: usize = 512;
/// The first chunk, in bytes: most calls need no more than the memory that a component begins with.
const FIRST_CHUNK: usize = 8 * 1024;
/// The largest: each chunk is twice the one before, because each growth of a memory is a call of
/// the operating system.
const LAST_CHUNK: usize = 256 * 1024;

/// See the module; for one thread, as a component is.
pub struct Allocator(UnsafeCell<State>);

struct State {
    /// By size in grains, less one: blocks that were given back, each of which begins with the next.
    free: [*mut u8; SMALL / GRAIN],
    /// What is left of the chunk.
    next: *mut u8,
    left: usize,
    /// The size of the next chunk.
    chunk: usize,
}

// SAFETY: a component has one thread, and no method calls back into another.
#[expect(unsafe_code, reason = "a global allocator must be shared")]
unsafe impl Sync for Allocator {}

impl Allocator {
    /// Without any memory yet.
    #[expect(clippy::new_without_default, reason = "a static needs a constant")]
    pub const fn new() -> Self {
        let free = [null_mut(); SMALL / GRAIN];
        Self(UnsafeCell::new(State { free, next: null_mut(), left: 0, chunk: FIRST_CHUNK }))
    }
}

/// The list that blocks of this layout are on; none for large ones.
#[inline]
fn list(layout: Layout) -> Option<usize> {
    let small = layout.size() <= SMALL && layout.align() <= GRAIN && layout.size() > 0;
    small.then(|| (layout.size() - 1) / GRAIN)
}

// SAFETY: blocks are disjoint parts of chunks, aligned to GRAIN, at least as large as asked for,
// and on a list only between `dealloc` and the next `alloc` that takes them.
#[expect(unsafe_code, reason = "an allocator hands out memory")]
unsafe impl GlobalAlloc for Allocator {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let Some(list) = list(layout) else { return unsafe { System.alloc(layout) } };
        let state = unsafe { &mut *self.0.get() };
        match state.free.get_mut(list) {
            Some(first) if !first.is_null() => {
                let block = *first;
                *first = unsafe { block.cast::<*mut u8>().read() };
                block
            }
            _ => unsafe { state.cut((list + 1) * GRAIN) },
        }
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let Some(list) = list(layout) else { return unsafe { System.dealloc(block, layout) } };
        let state = unsafe { &mut *self.0.get() };
        if let Some(first) = state.free.get_mut(list) {
            unsafe { block.cast::<*mut u8>().write(*first) };
            *first = block;
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let Ok(wanted) = Layout::from_size_align(size, layout.align()) else { return null_mut() };
        match (list(layout), list(wanted)) {
            (Some(before), Some(after)) if before == after => block,
            (None, None) => unsafe { System.realloc(block, layout, size) },
            _ => {
                let moved = unsafe { self.alloc(wanted) };
                if !moved.is_null() {
                    unsafe {
                        moved.copy_from_nonoverlapping(block, layout.size().min(size));
                        self.dealloc(block, layout);
                    }
                }
                moved
            }
        }
    }
}

impl State {
    /// Cuts a new block off the chunk; of a chunk that is used up less than one block is lost.
    #[cold]
    #[expect(unsafe_code, reason = "an allocator hands out memory")]
    unsafe fn cut(&mut self, size: usize) -> *mut u8 {
        if self.left < size {
            let Ok(chunk) = Layout::from_size_align(self.chunk, GRAIN) else { return null_mut() };
            let start = unsafe { System.alloc(chunk) };
            if start.is_null() {
                return null_mut();
            }
            (self.next, self.left) = (start, self.chunk);
            self.chunk = (self.chunk * 2).min(LAST_CHUNK);
        }
        let block = self.next;
        self.next = unsafe { block.add(size) };
        self.left -= size;
        block
    }
}

#[cfg(test)]
#[expect(unsafe_code, reason = "an allocator hands out memory")]
mod tests {
    use super::*;

    /// Every block keeps what was written into it until it is given back.
    #[test]
    fn blocks_of_all_sizes_never_overlap() {
        let allocator = Allocator::new();
        let mut held: Vec<(*mut u8, Layout, u8)> = Vec::new();
        let mut random = 12_345_u64;
        let mut next = |below: usize| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (random >> 33) as usize % below
        };
        let intact = |block: *mut u8, size: usize, mark: u8| {
            (0..size).all(|at| unsafe { block.add(at).read() } == mark)
        };
        for round in 0..20_000_usize {
            let mark = round as u8;
            match next(4) {
                0 | 1 => {
                    let align = 1 << next(6);
                    let layout = Layout::from_size_align(1 + next(700), align).unwrap();
                    let block = unsafe { allocator.alloc(layout) };
                    assert!(!block.is_null() && block.addr().is_multiple_of(align));
                    unsafe { block.write_bytes(mark, layout.size()) };
                    held.push((block, layout, mark));
                }
                2 if !held.is_empty() => {
                    let (block, layout, mark) = held.swap_remove(next(held.len()));
                    assert!(intact(block, layout.size(), mark));
                    unsafe { allocator.dealloc(block, layout) };
                }
                3 if !held.is_empty() => {
                    let (block, layout, mark) = held.swap_remove(next(held.len()));
                    let size = 1 + next(700);
                    let block = unsafe { allocator.realloc(block, layout, size) };
                    assert!(intact(block, size.min(layout.size()), mark));
                    let layout = Layout::from_size_align(size, layout.align()).unwrap();
                    unsafe { block.write_bytes(mark, size) };
                    held.push((block, layout, mark));
                }
                _ => {}
            }
        }
        for (block, layout, mark) in held {
            assert!(intact(block, layout.size(), mark));
            unsafe { allocator.dealloc(block, layout) };
        }
    }

    #[test]
    fn what_was_given_back_is_given_out_again() {
        let allocator = Allocator::new();
        let layout = Layout::from_size_align(40, 8).unwrap();
        let first = unsafe { allocator.alloc(layout) };
        unsafe { allocator.dealloc(first, layout) };
        let within = Layout::from_size_align(33, 1).unwrap();
        assert_eq!(unsafe { allocator.alloc(within) }, first);
        unsafe { allocator.dealloc(first, within) };
    }
}
