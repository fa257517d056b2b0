//! Memory as native code sees it: regions that do not overlap.

/// Memory that overlaps with no other region, but for [`Region::Sharing`]. Accesses of one region may overlap unless their addresses
/// differ by constants.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum Region {
    /// Registers of the interpreter's stack; native code addresses them as the address of its first register and a constant.
    Slots,
    /// Reference counts.
    Counts,
    /// Reference counts as far as they tell whether an object has one reference. What raises a count writes here, and so writes counts;
    /// what lowers one writes counts only. An object that had one reference then has none, and nobody looks at it any more.
    Sharing,
    /// Length, capacity, element kind and data address of arrays.
    Arrays,
    /// Length, number of characters and data address of strings.
    Strings,
    /// Elements of packed int arrays.
    Ints,
    /// Elements of packed float arrays.
    Floats,
    /// Elements of packed arrays of truth values.
    Bools,
    /// Elements of arrays of values.
    Values,
    /// Fields of structs, and payloads of variants.
    Fields,
    /// Captured variables.
    Cells,
    /// Global variables.
    Globals,
    /// The machine: quantum of ticks, bytes in use.
    Machine,
    /// Records of active calls; native code only writes them.
    Frames,
    /// Free lists of the allocator, and the strings that it keeps.
    Heap,
    /// Generators: saved registers, and where they go on.
    Generators,
    /// Tables of dicts: which keys they have, and where their values are. Only the engine looks into them.
    Dicts,
    /// Global variables that hold the definition of a struct or of an enum, from its declaration on.
    Definitions,
    /// What never changes while a function runs: constants, shapes, linked functions, text.
    Constant,
}

impl Region {
    /// All regions in the order of their bits.
    pub const ALL: [Region; 19] = [
        Region::Slots,
        Region::Counts,
        Region::Sharing,
        Region::Arrays,
        Region::Strings,
        Region::Ints,
        Region::Floats,
        Region::Bools,
        Region::Values,
        Region::Fields,
        Region::Cells,
        Region::Globals,
        Region::Machine,
        Region::Frames,
        Region::Heap,
        Region::Generators,
        Region::Dicts,
        Region::Definitions,
        Region::Constant,
    ];
}

/// A set of regions.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Regions(pub u32);

impl Regions {
    pub const NONE: Regions = Regions(0);
    /// Everything that can change.
    pub const ALL: Regions = Regions((1 << Region::Definitions as u32) - 1);
    /// What a release of a value changes.
    pub const RELEASE: Regions = Regions::of(&[Region::Slots, Region::Counts, Region::Machine, Region::Heap]);
    /// What making an object changes, where the value that it replaces is released.
    pub const MAKE: Regions = Regions::SHARE.union(Regions::of(&[Region::Slots, Region::Frames]));
    /// What memory for an object changes, which may refer to its definition: nobody asks whether that is shared.
    pub const ALLOC: Regions = Regions::of(&[Region::Counts, Region::Machine, Region::Heap]);
    /// What an object changes that refers to others, or another reference to one that the heap keeps.
    pub const SHARE: Regions = Regions::ALLOC.union(Regions::of(&[Region::Sharing]));
    /// What a new entry of a dict changes.
    pub const INSERT: Regions = Regions::SHARE.union(Regions::of(&[Region::Values, Region::Dicts]));
    /// What room for more elements of an array changes.
    pub const ROOM: Regions = Regions::ALLOC.union(Regions::of(&[Region::Arrays]));
    /// What a string that the heap keeps changes when it is made.
    pub const KEEP: Regions = Regions::of(&[Region::Machine, Region::Heap]);
    /// What an addition to text changes, which may happen in place.
    pub const APPEND: Regions = Regions::MAKE.union(Regions::of(&[Region::Strings]));
    /// The same where the result replaces nothing.
    pub const GROW: Regions = Regions::SHARE.union(Regions::of(&[Region::Strings]));
    /// What a change of an array or a dict changes.
    pub const STORE: Regions = Regions::MAKE.union(Regions::of(&[
        Region::Arrays,
        Region::Ints,
        Region::Floats,
        Region::Bools,
        Region::Values,
        Region::Dicts,
    ]));
    /// What a copy of a shared container changes besides the value that it replaces.
    pub const COPY: Regions = Regions::SHARE.union(Regions::of(&[Region::Frames]));
    /// What a look at the limits changes.
    pub const TICK: Regions = Regions::of(&[Region::Counts, Region::Machine, Region::Heap, Region::Frames]);

    /// The set of the listed regions.
    pub const fn of(list: &[Region]) -> Regions {
        let mut bits = 0;
        let mut i = 0;
        while i < list.len() {
            bits |= 1 << list[i] as u32;
            i += 1;
        }
        Regions(bits)
    }

    /// What a store to a region writes.
    pub const fn of_store(region: Region) -> Regions {
        match region {
            Region::Sharing => Regions::of(&[Region::Counts, Region::Sharing]),
            _ => Regions::of(&[region]),
        }
    }

    /// Is the region in the set?
    pub fn contains(self, region: Region) -> bool {
        self.0 >> region as u32 & 1 == 1
    }

    /// The set without a region.
    #[must_use]
    pub const fn without(self, region: Region) -> Regions {
        Regions(self.0 & !(1 << region as u32))
    }

    /// Both sets together.
    #[must_use]
    pub const fn union(self, other: Regions) -> Regions {
        Regions(self.0 | other.0)
    }
}
