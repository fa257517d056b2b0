//! Which values are known to be less than others: differences of two values that are at most a constant, from comparisons above.

use crate::hir::Val;

/// `a - b <= most`.
struct Edge {
    a: Val,
    b: Val,
    most: i128,
    next: u32,
}

const END: u32 = u32::MAX;
/// Comparisons that one conclusion uses at most.
const STEPS_MAX: u32 = 3;
/// Comparisons that are looked at for one conclusion.
const LOOKS_MAX: u32 = 48;

/// Known differences, the newest of which can be taken back.
pub struct Order {
    heads: Vec<u32>,
    edges: Vec<Edge>,
}

impl Order {
    /// Nothing is known.
    pub fn new(values: usize) -> Order {
        Order { heads: vec![END; values], edges: Vec::new() }
    }

    /// `a - b <= most` from here on.
    pub fn add(&mut self, a: Val, b: Val, most: i128) {
        if let Some(head) = self.heads.get_mut(a.0 as usize) {
            let next = std::mem::replace(head, self.edges.len() as u32);
            self.edges.push(Edge { a, b, most, next });
        }
    }

    /// Is `a - b <= most` known?
    pub fn is_known(&self, a: Val, b: Val, most: i128) -> bool {
        self.search(a, b, most, STEPS_MAX, &mut { LOOKS_MAX })
    }

    fn search(&self, a: Val, b: Val, most: i128, steps: u32, looks: &mut u32) -> bool {
        if a == b {
            return most >= 0;
        }
        let mut at = self.heads.get(a.0 as usize).copied().unwrap_or(END);
        while steps > 0
            && *looks > 0
            && let Some(edge) = self.edges.get(at as usize)
        {
            *looks -= 1;
            if self.search(edge.b, b, most - edge.most, steps - 1, looks) {
                return true;
            }
            at = edge.next;
        }
        false
    }

    /// How many differences are known.
    pub fn len(&self) -> usize {
        self.edges.len()
    }

    /// Forgets all but the oldest `len`.
    pub fn truncate(&mut self, len: usize) {
        while self.edges.len() > len
            && let Some(edge) = self.edges.pop()
        {
            self.heads[edge.a.0 as usize] = edge.next;
        }
    }
}
