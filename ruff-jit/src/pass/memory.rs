//! Which accesses may touch the same memory.
//!
//! Regions do not overlap. In one region, accesses by the same address value are apart if their offsets and widths do not meet;
//! by different address values, they are apart only if the layout of the region says so ([`Layout`]). Calls that write slots may
//! say which.

use crate::hir::{Access, BASE_PARAM, Block, Call, Function, Inst, Region, Regions, Val, Width};
use ruff_core::jit::layout::VALUE_BYTES;
use std::ops::Range;

/// Stores of one region, and ranges of slots, that are told apart; with more, the region counts as written everywhere.
const STORES_MAX: usize = 32;

/// What an access touches.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    pub access: Access,
    pub address: Val,
}

impl Place {
    /// The place of a load or store.
    pub fn of(inst: &Inst) -> Option<Place> {
        match *inst {
            Inst::Load(access, address) | Inst::Store(access, address, _) => Some(Place { access, address }),
            _ => None,
        }
    }

    fn bytes(&self) -> i64 {
        match self.access.width {
            Width::Byte => 1,
            Width::Half => 4,
            Width::Word | Width::Float => 8,
        }
    }

    fn start(&self) -> i64 {
        i64::from(self.access.offset)
    }

    fn end(&self) -> i64 {
        self.start() + self.bytes()
    }

    /// May both touch a common byte?
    pub fn may_meet(&self, other: &Place) -> bool {
        let do_meet = || self.start() < other.end() && other.start() < self.end();
        let memory = |region| if region == Region::Sharing { Region::Counts } else { region };
        memory(self.access.region) == memory(other.access.region)
            && self.access.holder.may_be(other.access.holder)
            && (do_meet()
                || self.address != other.address
                    && match Layout::of(self.access.region) {
                        Layout::Objects => false,
                        Layout::Values => self.may_meet_in_value(other),
                        Layout::Other => true,
                    })
    }

    /// The same, where both lie anywhere in a row of values.
    fn may_meet_in_value(&self, other: &Place) -> bool {
        let size = i64::from(VALUE_BYTES);
        let (a, b) = (self.start().rem_euclid(size), other.start().rem_euclid(size));
        a < b + other.bytes() && b < a + self.bytes()
    }

    /// May a store here change what is read there?
    pub fn may_change(&self, read: &Place) -> bool {
        let only_lowers = self.access.region == Region::Counts && read.access.region == Region::Sharing;
        !only_lowers && self.may_meet(read)
    }

    /// Are all bytes of the other among those of this one?
    pub fn covers(&self, other: &Place) -> bool {
        self.access.region == other.access.region
            && self.address == other.address
            && self.start() <= other.start()
            && other.end() <= self.end()
    }
}

/// What the addresses of a region are.
enum Layout {
    /// Starts of objects: two that are not the same are a whole object apart.
    Objects,
    /// Addresses of values, which are the size of a value, or several, apart.
    Values,
    /// Anything.
    Other,
}

impl Layout {
    fn of(region: Region) -> Layout {
        match region {
            Region::Fields | Region::Arrays | Region::Strings => Layout::Objects,
            Region::Values | Region::Globals | Region::Cells => Layout::Values,
            _ => Layout::Other,
        }
    }
}

/// What some blocks write.
#[derive(Clone, Debug, Default)]
pub struct Writes {
    /// All regions that are written, if only at some places.
    touched: Regions,
    /// Regions that may be written anywhere: by calls, or by too many stores.
    regions: Regions,
    stores: Vec<Place>,
    /// By calls that write no other slots.
    slots: Vec<Range<u32>>,
    /// The address of the first slot.
    base: Option<Val>,
}

impl Writes {
    /// What a block writes.
    pub fn of_block(function: &Function, block: Block) -> Writes {
        let mut writes = Writes::default();
        writes.add_block(function, block);
        writes
    }

    /// What a call writes.
    pub fn of_call(function: &Function, call: &Call) -> Writes {
        let mut writes = Writes::default();
        writes.add_call(function, call);
        writes
    }

    /// Adds what a block writes.
    pub fn add_block(&mut self, function: &Function, block: Block) {
        for val in &function.block(block).insts {
            match function.inst(*val) {
                Inst::Store(access, address, _) => self.add_store(Place { access: *access, address: *address }),
                Inst::Call(call) => self.add_call(function, call),
                _ => {}
            }
        }
    }

    fn add_call(&mut self, function: &Function, call: &Call) {
        let mut regions = call.writes();
        self.touched = self.touched.union(regions);
        self.base = function.block(Block(0)).params.get(BASE_PARAM as usize).copied();
        if let Some(ranges) = &call.slots
            && regions.contains(Region::Slots)
            && self.slots.len() + ranges.len() <= STORES_MAX
        {
            regions = regions.without(Region::Slots);
            self.slots.extend_from_slice(ranges);
        }
        self.regions = self.regions.union(regions);
    }

    fn add_store(&mut self, place: Place) {
        if self.regions.contains(place.access.region) || self.stores.contains(&place) {
            return;
        }
        let written = Regions::of_store(place.access.region);
        self.touched = self.touched.union(written);
        if self.stores_to(place.access.region).count() < STORES_MAX {
            self.stores.push(place);
        } else {
            self.regions = self.regions.union(written);
        }
    }

    fn stores_to(&self, region: Region) -> impl Iterator<Item = &Place> {
        self.stores.iter().filter(move |place| place.access.region == region)
    }

    /// Nothing at all?
    pub fn is_empty(&self) -> bool {
        self.touched == Regions::NONE
    }

    /// May they write in the region?
    pub fn may_write(&self, region: Region) -> bool {
        self.regions.contains(region)
            || self.stores_to(region).next().is_some()
            || region == Region::Slots && !self.slots.is_empty()
    }

    /// May they change what is read there?
    pub fn may_change(&self, place: &Place) -> bool {
        self.touched.contains(place.access.region)
            && (self.regions.contains(place.access.region)
                || self.stores.iter().any(|store| store.may_change(place))
                || place.access.region == Region::Slots && self.may_change_slot(place))
    }

    fn may_change_slot(&self, place: &Place) -> bool {
        let slot = (place.start() / i64::from(VALUE_BYTES)) as u32;
        let is_named = self.base == Some(place.address) && place.start() >= 0;
        self.slots.iter().any(|range| !is_named || range.contains(&slot))
    }
}
