//! Entries that wait until the dicts that hold them are complete: what a parser of nested dicts has read.
//!
//! This file is unsafe: it writes entries into room that it has checked.

#![allow(unsafe_code)]

use super::dict::{DictKey, DictObject};
use super::dict_key::DictEntry;
use super::heap::Heap;
use super::repr::{Ref, Value};
use super::table::Table;
use crate::fault::Result;

/// The entries of dicts whose ends have not been seen, those of the innermost one last.
#[derive(Default)]
pub struct EntryStack {
    entries: Vec<DictEntry>,
}

/// Up to so many entries, a comparison of each with each takes less time than looking for each in an index.
const PAIRED_ENTRIES_MAX: usize = 16;

impl EntryStack {
    /// The size of an entry.
    pub const ENTRY_BYTES: usize = size_of::<DictEntry>();

    /// The number of entries.
    #[inline(always)]
    pub fn height(&self) -> usize {
        self.entries.len()
    }

    /// The number of entries that there is room for.
    #[inline(always)]
    pub fn capacity(&self) -> usize {
        self.entries.capacity()
    }

    /// Makes room for so many more entries.
    pub fn reserve_exact(&mut self, more: usize) {
        self.entries.reserve_exact(more);
    }

    /// Begins an entry, for which there must be room: its value is null until [`EntryStack::set_last`] gives it one, once.
    #[inline(always)]
    pub fn push(&mut self, key: DictKey) {
        let len = self.entries.len();
        assert!(len < self.entries.capacity(), "an entry without room");
        // SAFETY: there is room for one more entry, which is written where it stays.
        unsafe {
            self.entries.as_mut_ptr().add(len).write(DictEntry::new(key, Value::Null));
            self.entries.set_len(len + 1);
        }
    }

    /// Gives the last entry its value.
    #[inline(always)]
    pub fn set_last(&mut self, value: Value) {
        if let Some(entry) = self.entries.last_mut() {
            // A null needs no drop.
            std::mem::forget(std::mem::replace(&mut entry.value, value.in_parts()));
        }
    }

    /// Makes a dict of the entries from `start` on. Later values of a key win, at the position of the first.
    ///
    /// # Errors
    /// The trap `RUF2002`.
    pub fn pop_dict(&mut self, heap: &Heap, start: usize) -> Result<Ref<DictObject>> {
        let entries = self.entries.get_mut(start..).unwrap_or_default();
        if entries.len() <= PAIRED_ENTRIES_MAX && are_different(entries) {
            let table = Table::from_tail(heap, &mut self.entries, start)?;
            return Ok(DictObject::from_table(heap, table));
        }
        let mut dict = DictObject::with_capacity(heap, entries.len())?;
        if let Some(object) = dict.get_mut() {
            for entry in entries {
                object.insert_key(entry.key(), &mut entry.value)?;
            }
        }
        self.entries.truncate(start);
        Ok(dict)
    }
}

/// Are all keys different, as far as can be told at a glance?
#[inline]
fn are_different(entries: &[DictEntry]) -> bool {
    let mut rest = entries;
    while let [entry, others @ ..] = rest {
        if others.iter().any(|other| other.may_have_key_of(entry)) {
            return false;
        }
        rest = others;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::string::StrObject;

    #[test]
    fn dicts_of_a_stack() {
        let heap = Heap::new(usize::MAX, 1);
        for entries in 0..40 {
            for keys in [entries, entries / 2 + 1] {
                let mut stack = EntryStack::default();
                stack.reserve_exact(entries + 1);
                let key = |i: usize| match i % 3 {
                    0 => format!("key{i}"),
                    1 => format!("a key that is longer {i}"),
                    _ => format!("{i}"),
                };
                stack.push(DictKey::from_text(&heap, "outer").unwrap());
                let mut expected = DictObject::new(&heap);
                for i in 0..entries {
                    let key = key(i % keys);
                    stack.push(DictKey::from_text(&heap, &key).unwrap());
                    stack.set_last(Value::Str(StrObject::new(&heap, &format!("value {i}")).unwrap()));
                    expected
                        .get_mut()
                        .unwrap()
                        .insert_str(&key, Value::Str(StrObject::new(&heap, &format!("value {i}")).unwrap()))
                        .unwrap();
                }
                let mut dict = stack.pop_dict(&heap, 1).unwrap();
                assert_eq!(stack.height(), 1);
                assert_eq!(
                    format!("{:?}", dict.iter().collect::<Vec<_>>()),
                    format!("{:?}", expected.iter().collect::<Vec<_>>())
                );
                assert!(dict.has_keys_of(&expected));
                let object = dict.get_mut().unwrap();
                for i in 0..keys.min(entries) {
                    assert!(object.get_str(&key(i)).is_some());
                    assert!(object.insert_str(&key(i), Value::Null).unwrap().is_some());
                }
                assert!(object.insert_str("another", Value::Null).unwrap().is_none());
                assert!(object.get_str("another").is_some() && object.get_str("outer").is_none());
                stack.set_last(Value::Dict(dict));
                assert_eq!(stack.pop_dict(&heap, 0).unwrap().len(), 1);
            }
        }
        assert_eq!(heap.used_bytes(), 0);
    }
}
