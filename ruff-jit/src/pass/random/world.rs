//! The memory of a random function: a machine, slots, arrays of ints, and a cell with code.

#![allow(unsafe_code)]

use super::generate::{Random, SLOTS, SLOTS_OF_VALUES};
use crate::eval::Setting;
use ruff_core::jit::Pair;
use std::ops::Range;
use std::sync::OnceLock;

/// Ints in each array.
pub const ARRAY_INTS: u64 = 6;
/// The tag of arrays in slots.
pub const ARRAY_TAG: u64 = 9;
const INT_TAG: u64 = 3;
const ARRAYS: usize = 3;
/// Words of an array: header, data, length, capacity.
const ARRAY_WORDS: usize = 4;

/// All memory that a function may use.
pub struct World {
    machine: Vec<u64>,
    slots: Vec<u64>,
    arrays: Vec<u64>,
    ints: Vec<u64>,
    given: [u64; 3],
}

impl World {
    /// The world of a seed.
    pub fn new(seed: u64) -> World {
        let mut random = Random::new(seed ^ 0x5EED);
        let mut ints: Vec<u64> = (0..ARRAYS as u64 * ARRAY_INTS).map(|_| random.below(20)).collect();
        let data = ints.as_mut_ptr().expose_provenance() as u64;
        let mut arrays = vec![0; ARRAYS * ARRAY_WORDS];
        for (i, array) in arrays.chunks_mut(ARRAY_WORDS).enumerate() {
            let length = ARRAY_INTS - random.below(8).saturating_sub(4);
            array.copy_from_slice(&[1, data + i as u64 * ARRAY_INTS * 8, length, ARRAY_INTS]);
        }
        let first_array = arrays.as_mut_ptr().expose_provenance() as u64;
        let mut slots = vec![0; SLOTS as usize * 2];
        for slot in slots.chunks_mut(2).take(SLOTS_OF_VALUES as usize) {
            let array = first_array + random.below(ARRAYS as u64) * ARRAY_WORDS as u64 * 8;
            slot.copy_from_slice(&if random.below(8) > 0 { [ARRAY_TAG, array] } else { [INT_TAG, random.below(100)] });
        }
        let given = [random.below(9), random.next(), (random.below(64) as f64 / 4.0).to_bits()];
        World { machine: vec![0; 128], slots, arrays, ints, given }
    }

    /// `machine, frame, base, linked, closure`, two ints and a float.
    pub fn args(&mut self) -> Vec<u64> {
        let [int, word, float] = self.given;
        let address = |words: &mut Vec<u64>| words.as_mut_ptr().expose_provenance() as u64;
        let base = address(&mut self.slots);
        vec![address(&mut self.machine), base, base, base, base, int, word, float]
    }

    /// All accesses go to this world.
    pub fn setting(&mut self) -> Setting {
        let range = |words: &mut Vec<u64>| -> Range<usize> {
            let start = words.as_mut_ptr().expose_provenance();
            start..start + words.len() * 8
        };
        let memory = [&mut self.machine, &mut self.slots, &mut self.arrays, &mut self.ints].map(range).to_vec();
        Setting { quantum_offset: 0, steps_max: 20_000, memory: Some(memory) }
    }

    /// What there is in memory but the slots of variables, which only exits write, with addresses as distances.
    pub fn memory(&self) -> Vec<u64> {
        let arrays = self.arrays.as_ptr().addr() as u64;
        let data = self.ints.as_ptr().addr() as u64;
        let relative = |word: &u64| match *word {
            word if (arrays..arrays + self.arrays.len() as u64 * 8).contains(&word) => word - arrays + (1 << 50),
            word if (data..data + self.ints.len() as u64 * 8).contains(&word) => word - data + (1 << 51),
            word => word,
        };
        let slots = &self.slots[..SLOTS_OF_VALUES as usize * 2];
        [&self.machine, slots, &self.arrays, &self.ints].into_iter().flatten().map(relative).collect()
    }
}

/// The address of a cell with the address of [`touch`].
pub fn cell_address() -> usize {
    static CELL: OnceLock<usize> = OnceLock::new();
    let cell = CELL.get_or_init(|| (touch as *const ()).expose_provenance());
    (&raw const *cell).expose_provenance()
}

/// Changes a slot, and the payload of the first if that is no array.
extern "C" fn touch(base: u64, slot: u64, int: u64) -> Pair {
    let at = std::ptr::with_exposed_provenance_mut::<u64>(base as usize);
    // SAFETY: the base is that of the slots of a world, all of which are there.
    unsafe {
        let tag = at.add(slot as usize % SLOTS_OF_VALUES as usize * 2);
        if tag.read() & 0xFF != ARRAY_TAG {
            tag.write(INT_TAG);
            tag.add(1).write(slot + 1);
        } else if int.is_multiple_of(4) {
            tag.write(0);
        }
        if at.read() & 0xFF != ARRAY_TAG {
            at.add(1).write(int);
        }
    }
    Pair { payload: int ^ slot, tag: slot & 3 }
}
