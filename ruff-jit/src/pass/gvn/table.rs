//! The table of values by what they compute, which forgets in the order of a walk over the dominator tree.

use crate::hir::{Callee, Checked, Cond, Function, Inst, Val};

/// What a value computes: the operation and its operands, in an order that does not matter where it does not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Key {
    op: u32,
    a: u64,
    b: u32,
    c: u32,
}

impl Key {
    /// The key of an instruction whose value depends on nothing but its operands.
    pub fn of(inst: &Inst) -> Option<Key> {
        Some(match *inst {
            Inst::Int(k) => Key { op: 1, a: k.cast_unsigned(), b: 0, c: 0 },
            Inst::Float(bits) => Key { op: 2, a: bits, b: 0, c: 0 },
            Inst::Bool(k) => Key { op: 3, a: u64::from(k), b: 0, c: 0 },
            Inst::Address(address) => Key { op: 4, a: address as u64, b: 0, c: 0 },
            Inst::Second(call) => Key::new(5, call, call),
            Inst::Select(c, a, b) => Key { op: 6, a: u64::from(c.0), b: a.0, c: b.0 },
            Inst::Unary(op, a) => Key::new(0x100 + op as u32, a, a),
            Inst::Binary(op, a, b) => Key::ordered(0x200 + op as u32, a, b, op.is_commutative()),
            Inst::Checked(op, a, b, _) => Key::ordered(0x300 + op as u32, a, b, op != Checked::Sub),
            Inst::Compare(cond, a, b) => Key::comparison(0x400, cond, a, b),
            Inst::FloatCompare(cond, a, b) => Key::comparison(0x500, cond, a, b),
            Inst::Call(ref call) => match (call.callee, &call.args[..]) {
                (Callee::Stub(stub), &[a, b]) if stub.is_pure() => Key::new(0x600 + stub as u32, a, b),
                _ => return None,
            },
            Inst::Param(..) | Inst::Load(..) | Inst::Store(..) | Inst::Guard(..) => return None,
        })
    }

    /// The key of the checked operation that gives the value of this one that wraps, if it does not leave.
    pub fn of_checked(inst: &Inst) -> Option<Key> {
        let Inst::Binary(op, a, b) = *inst else { return None };
        let op = [Checked::Add, Checked::Sub, Checked::Mul].into_iter().find(|checked| checked.wrapping() == op)?;
        Some(Key::ordered(0x300 + op as u32, a, b, op != Checked::Sub))
    }

    /// The key of the comparison that is true exactly if this one is false.
    pub fn of_inverse(inst: &Inst) -> Option<Key> {
        match *inst {
            Inst::Compare(cond, a, b) => Some(Key::comparison(0x400, cond.inverse()?, a, b)),
            Inst::FloatCompare(cond @ (Cond::Eq | Cond::Ne), a, b) => {
                Some(Key::comparison(0x500, cond.inverse()?, a, b))
            }
            _ => None,
        }
    }

    fn new(op: u32, a: Val, b: Val) -> Key {
        Key { op, a: u64::from(a.0), b: b.0, c: 0 }
    }

    fn ordered(op: u32, a: Val, b: Val, commutes: bool) -> Key {
        if commutes && a > b { Key::new(op, b, a) } else { Key::new(op, a, b) }
    }

    fn comparison(op: u32, cond: Cond, a: Val, b: Val) -> Key {
        match cond {
            Cond::Eq | Cond::Ne => Key::ordered(op + cond as u32, a, b, true),
            Cond::Gt => Key::new(op + Cond::Lt as u32, b, a),
            Cond::Ge => Key::new(op + Cond::Le as u32, b, a),
            Cond::Lt | Cond::Le | Cond::Below => Key::new(op + cond as u32, a, b),
        }
    }

    fn hash(&self) -> u64 {
        let mix = |h: u64, word: u64| (h ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29);
        mix(mix(mix(0, u64::from(self.op)), self.a), u64::from(self.b) << 32 | u64::from(self.c))
            .wrapping_mul(0x9E37_79B9_7F4A_7C15)
    }
}

const END: u32 = u32::MAX;

struct Entry {
    key: Key,
    val: Val,
    bucket: u32,
    next: u32,
}

/// A hash table of chains whose newest entries can be taken back.
pub struct Table {
    heads: Vec<u32>,
    shift: u32,
    entries: Vec<Entry>,
}

impl Table {
    /// An empty table for the values of a function.
    pub fn new(function: &Function) -> Table {
        let bits = (function.values.len().max(16) as u32).next_power_of_two().ilog2();
        Table { heads: vec![END; 1 << bits], shift: 64 - bits, entries: Vec::new() }
    }

    fn bucket(&self, key: &Key) -> u32 {
        (key.hash() >> self.shift) as u32
    }

    /// The value that computes the same.
    pub fn find(&self, key: &Key) -> Option<Val> {
        let mut at = self.heads[self.bucket(key) as usize];
        while let Some(entry) = self.entries.get(at as usize) {
            if entry.key == *key {
                return Some(entry.val);
            }
            at = entry.next;
        }
        None
    }

    /// Adds a value.
    pub fn insert(&mut self, key: Key, val: Val) {
        let bucket = self.bucket(&key);
        let next = std::mem::replace(&mut self.heads[bucket as usize], self.entries.len() as u32);
        self.entries.push(Entry { key, val, bucket, next });
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Forgets all but the oldest `len` entries.
    pub fn truncate(&mut self, len: usize) {
        while self.entries.len() > len
            && let Some(entry) = self.entries.pop()
        {
            self.heads[entry.bucket as usize] = entry.next;
        }
    }
}
