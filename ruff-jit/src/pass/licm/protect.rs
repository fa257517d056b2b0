//! Which conditions make which addresses safe to read.
//!
//! An address is good because a tag, a shape or an element kind was looked at, or because it always is: the parameters of the
//! function and what they lead to through memory that never changes. The tag of a reference lies beside it, so a condition on a
//! tag has to do with the reference that is loaded from the same value, and one on a shape, with the object that it is loaded from.
//! Conditions on plain numbers have to do with indices only, and elements are read below *all* conditions.
//!
//! What the builder must keep to: it takes a loaded word for an address only below a condition on the tag that was loaded from
//! the same address value beside it, or on a word of the object that it lies in. Where it stores that word, its tag lies beside.

use super::super::memory::Place;
use crate::hir::graph::Graph;
use crate::hir::{Access, Binary, Block, Call, Callee, Function, Inst, Region, Ty, Val, Width};
use ruff_core::jit::{StubResult, layout};

/// Steps back from an address, and from a condition, that are followed.
const STEPS_MAX: usize = 24;
/// The size of a value: its payload is less than that behind its tag.
const VALUE_BYTES: i64 = layout::VALUE_BYTES as i64;

/// `machine, frame, base, linked, closure`: the parameters that every function starts with.
const ENTRY_ADDRESSES: u32 = 5;

/// Is it safe to read there at any time? Slots, captured variables, globals and the machine, found from the parameters.
pub fn is_always_readable(function: &Function, place: &Place) -> bool {
    let is_fixed = matches!(
        place.access.region,
        Region::Slots
            | Region::Machine
            | Region::Globals
            | Region::Definitions
            | Region::Cells
            | Region::Constant
            | Region::Heap
    );
    is_fixed && is_always_address(function, place.address)
}

fn is_always_address(function: &Function, mut address: Val) -> bool {
    for _ in 0..STEPS_MAX {
        match *function.inst(address) {
            Inst::Param(block, index) => return block == Block(0) && index < ENTRY_ADDRESSES,
            Inst::Load(Access { width: Width::Word, region: Region::Constant, .. }, from)
                if function.ty(address) == Ty::Ptr =>
            {
                address = from;
            }
            _ => return false,
        }
    }
    false
}

/// Is what is read there an element, which is there only below a check of an index?
pub fn needs_all_conditions(place: &Place) -> bool {
    match place.access.region {
        Region::Ints | Region::Floats | Region::Bools | Region::Values | Region::Heap => true,
        // Bytes of text; the rest of what never changes is read in words.
        Region::Constant => place.access.width == Width::Byte,
        _ => false,
    }
}

/// Where an address comes from. What it was loaded through was good where that happened: in the loop, it would have moved first.
pub struct Chain {
    /// The address, and the objects that it lies in.
    objects: Vec<Val>,
    /// The places that these were loaded from, or stored to.
    places: Vec<Place>,
    /// The beginning could be anything.
    is_open: bool,
}

impl Chain {
    /// Follows distances back to a load, a parameter of the function or a constant address.
    pub fn of(function: &Function, homes: &Homes, address: Val) -> Chain {
        let mut chain = Chain { objects: Vec::new(), places: Vec::new(), is_open: false };
        let mut at = address;
        for _ in 0..STEPS_MAX {
            chain.objects.push(at);
            chain.places.extend(homes.of(at));
            match *function.inst(at) {
                Inst::Load(access, from) => {
                    chain.places.push(Place { access, address: from });
                    return chain;
                }
                Inst::Address(_) | Inst::Param(Block(0), _) => return chain,
                Inst::Binary(Binary::Add, base, distance)
                    if function.ty(base) == Ty::Ptr && function.ty(distance) == Ty::Int =>
                {
                    at = base;
                }
                _ => break,
            }
        }
        chain.is_open = true;
        chain
    }
}

/// The places that words are stored to: a load there may have given way to the word itself.
pub struct Homes {
    /// By value.
    stores: Vec<(Val, Place)>,
}

impl Homes {
    /// All stores of words that are no constants.
    pub fn new(function: &Function) -> Homes {
        let mut stores = Vec::new();
        for block in function.block_ids() {
            for val in &function.block(block).insts {
                if let Inst::Store(access @ Access { width: Width::Word, .. }, address, word) = *function.inst(*val)
                    && !function.inst(word).is_const()
                {
                    stores.push((word, Place { access, address }));
                }
            }
        }
        stores.sort_unstable_by_key(|(word, _)| *word);
        Homes { stores }
    }

    fn of(&self, word: Val) -> impl Iterator<Item = Place> {
        let start = self.stores.partition_point(|(stored, _)| *stored < word);
        self.stores[start..].iter().take_while(move |(stored, _)| *stored == word).map(|(_, place)| *place)
    }
}

/// The values that are computed from numbers, however many steps away: what they say has to do with no kind and no address.
pub struct Numbers {
    /// By value.
    is_number: Vec<bool>,
}

impl Numbers {
    /// Takes each value for a number until one that it is computed from is none, since loops compute values from themselves.
    pub fn new(function: &Function, graph: &Graph) -> Numbers {
        let is_number = function.values.iter().map(|value| !value.inst.is_const()).collect();
        let mut numbers = Numbers { is_number };
        let mut changes = true;
        while std::mem::take(&mut changes) {
            for block in &graph.order {
                let data = function.block(*block);
                for val in data.params.iter().chain(&data.insts) {
                    if numbers.contains(*val) && !numbers.makes_number(function, graph, *val) {
                        numbers.is_number[val.0 as usize] = false;
                        changes = true;
                    }
                }
            }
        }
        numbers
    }

    fn contains(&self, val: Val) -> bool {
        self.is_number[val.0 as usize]
    }

    /// Is it a number, if those that it is computed from are what they are taken for?
    fn makes_number(&self, function: &Function, graph: &Graph, val: Val) -> bool {
        match *function.inst(val) {
            Inst::FloatCompare(..) => true,
            _ if function.ty(val) == Ty::Float => true,
            _ if function.ty(val) == Ty::Ptr => false,
            Inst::Load(access, _) => says_nothing_of_kinds(access),
            Inst::Param(Block(0), _) => true,
            Inst::Param(block, index) => {
                self.are_numbers(function, |visit| arguments(function, graph, block, index).for_each(visit))
            }
            Inst::Call(ref call) => is_number(call),
            Inst::Second(_) => false,
            ref inst => self.are_numbers(function, |visit| inst.visit_uses(visit)),
        }
    }

    /// Numbers and constants, but not only constants: these may stand for kinds.
    fn are_numbers(&self, function: &Function, visit_each: impl FnOnce(&mut dyn FnMut(Val))) -> bool {
        let (mut sees_number, mut sees_other) = (false, false);
        visit_each(&mut |val| {
            sees_number |= self.contains(val);
            sees_other |= !self.contains(val) && !function.inst(val).is_const();
        });
        sees_number && !sees_other
    }
}

/// That an object is shared, how long a text is and how many elements there are says nothing of what they are, and an int is no kind.
fn says_nothing_of_kinds(access: Access) -> bool {
    match (access.width, access.region) {
        (Width::Byte, _) => false,
        (_, Region::Counts | Region::Sharing | Region::Strings) => true,
        (Width::Half, Region::Arrays) => access.offset == layout::ARRAY_CAP,
        (Width::Half, _) | (_, Region::Constant) => false,
        (Width::Word | Width::Float, _) => true,
    }
}

/// What a parameter may be.
fn arguments(function: &Function, graph: &Graph, block: Block, index: u32) -> impl Iterator<Item = Val> {
    let preds = graph.preds(block).iter();
    let targets = preds.flat_map(move |pred| function.block(*pred).end.targets());
    targets.filter(move |target| target.block == block).map(move |target| target.args[index as usize])
}

/// What a condition may have looked at.
pub struct Protection {
    /// Tags and addresses, by where they are loaded.
    tags: Vec<Place>,
    /// Objects that were looked into, and addresses that were compared.
    objects: Vec<Val>,
    /// Anything.
    is_unknown: bool,
}

impl Protection {
    /// A condition on numbers.
    pub fn numeric() -> Protection {
        Protection { tags: Vec::new(), objects: Vec::new(), is_unknown: false }
    }

    /// A condition on anything.
    pub fn unknown() -> Protection {
        Protection { is_unknown: true, ..Protection::numeric() }
    }

    /// Looks at what a condition is computed from.
    pub fn of(function: &Function, graph: &Graph, numbers: &Numbers, condition: Val) -> Protection {
        let mut protection = Protection::numeric();
        let mut search = Search { function, graph, numbers, seen: Vec::new(), sees_number: false };
        search.add(condition, &mut protection);
        // A condition on nothing but constants was one on a tag, before that became known.
        if !search.sees_number && protection.tags.is_empty() && protection.objects.is_empty() {
            protection.is_unknown = true;
        }
        protection
    }

    /// May it be what makes an address good?
    pub fn may_protect(&self, chain: &Chain) -> bool {
        if self.is_unknown {
            return true;
        }
        if chain.is_open {
            return !(self.tags.is_empty() && self.objects.is_empty());
        }
        let is_beside = |tag: &Place, place: &Place| {
            let distance = i64::from(place.access.offset) - i64::from(tag.access.offset);
            tag.access.region == place.access.region
                && tag.address == place.address
                && (0..VALUE_BYTES).contains(&distance)
        };
        self.tags.iter().any(|tag| chain.places.iter().any(|place| is_beside(tag, place)))
            || self.objects.iter().any(|object| chain.objects.contains(object))
    }
}

/// Is the result of the call a number or a truth value, which says nothing of kinds?
fn is_number(call: &Call) -> bool {
    matches!(call.callee, Callee::Stub(stub) if stub.result() != StubResult::Pair)
}

struct Search<'a> {
    function: &'a Function,
    graph: &'a Graph,
    numbers: &'a Numbers,
    seen: Vec<Val>,
    /// There is more than constants.
    sees_number: bool,
}

impl Search<'_> {
    /// Adds what a value is computed from.
    fn add(&mut self, val: Val, protection: &mut Protection) {
        if self.numbers.contains(val) {
            self.sees_number = true;
            return;
        }
        if self.seen.contains(&val) {
            return;
        }
        if self.seen.len() == STEPS_MAX {
            protection.is_unknown = true;
            return;
        }
        self.seen.push(val);
        match *self.function.inst(val) {
            Inst::Int(_) | Inst::Float(_) | Inst::Bool(_) | Inst::Address(_) => {}
            _ if self.function.ty(val) == Ty::Ptr => self.add_address(val, protection),
            Inst::Load(access @ Access { width: Width::Byte, .. }, address) => {
                protection.tags.push(Place { access, address });
            }
            Inst::Load(_, address) => protection.objects.push(address),
            Inst::Param(block, index) => self.add_param(block, index, protection),
            Inst::Call(_) | Inst::Second(_) => protection.is_unknown = true,
            ref inst => {
                let inst = inst.clone();
                inst.visit_uses(|used| self.add(used, protection));
            }
        }
    }

    fn add_address(&mut self, val: Val, protection: &mut Protection) {
        protection.objects.push(val);
        if let Inst::Load(access, from) = *self.function.inst(val) {
            protection.tags.push(Place { access, address: from });
            if !matches!(self.function.inst(from), Inst::Param(Block(0), _)) {
                protection.objects.push(from);
            }
        }
    }

    /// A parameter may be any of its arguments. If these are all constants, it may stand for a kind.
    fn add_param(&mut self, block: Block, index: u32, protection: &mut Protection) {
        let mut is_const = true;
        for arg in arguments(self.function, self.graph, block, index) {
            is_const &= self.function.inst(arg).is_const() && self.function.ty(arg) != Ty::Bool;
            self.add(arg, protection);
        }
        protection.is_unknown |= is_const;
    }
}
