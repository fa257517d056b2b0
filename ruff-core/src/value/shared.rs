//! Objects that a heap makes once and keeps.

/// Objects that live as long as their heap.
pub struct Shared {
    hash_seed: u64,
}

impl Shared {
    /// Nothing is made yet.
    pub fn new(hash_seed: u64) -> Shared {
        Shared { hash_seed }
    }

    /// The key of the hashes of this heap.
    pub fn hash_seed(&self) -> u64 {
        self.hash_seed
    }

    /// Releases everything; called before the memory goes.
    pub fn clear(&mut self) {}
}
