//! Virtual objects: structs, small arrays, results and options that are not made until something needs them in memory.
//!
//! Containers are values, so that nothing can tell whether two slots share one: a slot with a virtual object just knows its parts, and
//! a copy knows them too. A field is read and changed where its part is known; calls that are inlined take virtual receivers and
//! arguments, and give virtual results. Where ways meet, and at the headers of loops, parts are merged one by one. An exit hands the
//! parts to the machine, which makes the object. Whatever else looks at a slot makes it first: [`Builder::object`] and
//! [`Builder::flush`] do. (Stadler, Würthinger, Mössenböck: "Partial Escape Analysis and Scalar Replacement for Java", 2014.)

use super::exits::Stored;
use super::memory::Cell;
use super::state::{Abs, Kind, Owner, Scalar, Shape, SlotState, Tested, Words, join_kinds};
use super::{Builder, Edge, flow, ty_of};
use crate::hir::{Binary, Block, Cond, Holder, Inst, Region, SlotValue, Ty, Val, Width};
use ruff_core::jit::{
    ElementKind, ExitReason, MadeObject, MadePart, Op, Place, PlaceRoot, PlaceStep, Stub, layout, tag,
};
use std::ops::Range;
use std::rc::Rc;

/// Larger arrays are made at once. So many values have room in the object of an array.
pub(super) const VIRTUAL_ELEMENTS_MAX: u32 = 8;
/// Objects that nest deeper in each other are made.
const DEPTH_MAX: u32 = 4;
const _: () = assert!(tag::FIRST_HEAP.is_power_of_two(), "tags of what is not counted can be tested together");
/// Slots of parts in exits begin here until the function has all its slots.
pub(super) const PART_SLOTS: u32 = 1 << 24;

/// Names a virtual object of the builder. It never changes: a changed one is another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct VirtualId(u32);

/// An object that is not made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct VirtualObject {
    kind: VirtualKind,
    /// They count no reference: scalars, null, constants, and words of which one or the other comes by several ways.
    parts: Vec<Abs>,
    /// How deep virtual objects nest in it.
    depth: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum VirtualKind {
    /// A struct, by the id of its declaration and the address of its definition, which a global keeps.
    Struct {
        id: u32,
        definition: Val,
        global: u32,
    },
    Array,
    /// A result or an option with a value, by the id of the enum and the index of its variant.
    Outcome {
        id: u32,
        variant: Val,
    },
}

impl VirtualKind {
    fn shape(self) -> Shape {
        match self {
            VirtualKind::Struct { id, .. } => Shape { tag: tag::STRUCT, detail: id },
            VirtualKind::Array => Shape::ARRAY,
            VirtualKind::Outcome { id, .. } => Shape { tag: tag::VARIANT, detail: id },
        }
    }

    /// The value that the kind needs besides the parts: the definition or the variant.
    fn word(self) -> Option<Val> {
        match self {
            VirtualKind::Struct { definition: word, .. } | VirtualKind::Outcome { variant: word, .. } => Some(word),
            VirtualKind::Array => None,
        }
    }

    /// The same kind with another such value.
    fn with_word(mut self, other: Val) -> VirtualKind {
        match &mut self {
            VirtualKind::Struct { definition: word, .. } | VirtualKind::Outcome { variant: word, .. } => *word = other,
            VirtualKind::Array => {}
        }
        self
    }
}

/// What a loop keeps of a virtual object, by its index in the session.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Outline {
    shape: Shape,
    /// The global with the definition of a struct.
    global: u32,
    parts: Vec<PartOutline>,
}

impl Outline {
    /// Is it a struct of scalars and such structs?
    fn is_scalars_only(&self) -> bool {
        self.shape.tag == tag::STRUCT
            && self.parts.iter().all(|part| match part {
                PartOutline::Fixed => false,
                PartOutline::Varying(_) => true,
                PartOutline::Virtual(outline) => outline.is_scalars_only(),
            })
    }

    fn depth(&self) -> u32 {
        let depths = self.parts.iter().map(|part| match part {
            PartOutline::Virtual(outline) => outline.depth() + 1,
            _ => 0,
        });
        depths.max().unwrap_or(0)
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum PartOutline {
    /// It stays what it is before the loop.
    Fixed,
    Varying(Scalar),
    Virtual(Outline),
}

impl Builder<'_, '_> {
    // ---- making virtual objects

    /// A struct of the values of a window in a slot, if it can be virtual: the definition is that of a global, and the values are
    /// parts. They are moved.
    pub(super) fn set_virtual_struct(
        &mut self,
        dst: u32,
        (window, count): (u32, u32),
        (id, definition): (u32, Val),
    ) -> bool {
        // Other definitions may go while the struct is virtual.
        let Some(global) = self.global_of(definition) else { return false };
        self.set_virtual(dst, (window, count), VirtualKind::Struct { id, definition, global })
    }

    /// The global from which an address was read.
    fn global_of(&self, payload: Val) -> Option<u32> {
        match self.f.inst(payload) {
            Inst::Load(access, address) if matches!(access.region, Region::Globals | Region::Definitions) => {
                match self.f.inst(*address) {
                    Inst::Load(access, _) => Some(access.offset as u32 / size_of::<usize>() as u32),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// The same for an array.
    pub(super) fn set_virtual_array(&mut self, dst: u32, (window, count): (u32, u32)) -> bool {
        (1..=VIRTUAL_ELEMENTS_MAX).contains(&count) && self.set_virtual(dst, (window, count), VirtualKind::Array)
    }

    /// The same for a result or an option with the value of a slot.
    pub(super) fn set_virtual_outcome(&mut self, dst: u32, value: u32, (id, variant): (u32, i64)) -> bool {
        let variant = self.int(variant);
        self.set_virtual(dst, (value, 1), VirtualKind::Outcome { id, variant })
    }

    fn set_virtual(&mut self, dst: u32, (window, count): (u32, u32), kind: VirtualKind) -> bool {
        let parts: Option<Vec<Abs>> = (window..window + count).map(|slot| self.part_in(slot)).collect();
        let Some(object) = parts.and_then(|parts| self.virtual_of(kind, parts)) else { return false };
        for slot in window..window + count {
            self.know(slot, SlotState::EMPTY);
        }
        self.set(dst, object);
        true
    }

    /// The value of a slot, if it can be a part of a virtual object: it counts no reference.
    fn part_in(&self, slot: u32) -> Option<Abs> {
        match self.get(slot).abs {
            abs @ (Abs::Null | Abs::Int(_) | Abs::Float(_) | Abs::Bool(_) | Abs::Virtual(..)) => Some(abs),
            abs @ Abs::Borrowed(_, _, Owner::Constants) => Some(abs),
            _ => None,
        }
    }

    /// A virtual object of these parts, unless it nests too deep.
    fn virtual_of(&mut self, kind: VirtualKind, parts: Vec<Abs>) -> Option<Abs> {
        let depths = parts.iter().map(|part| match part {
            Abs::Virtual(_, id) => self.virtual_object(*id).depth + 1,
            _ => 0,
        });
        let depth = depths.max().unwrap_or(0);
        (depth <= DEPTH_MAX).then(|| self.add_virtual(VirtualObject { kind, parts, depth }))
    }

    fn add_virtual(&mut self, object: VirtualObject) -> Abs {
        let id = VirtualId(self.virtuals.len() as u32);
        let shape = object.kind.shape();
        self.virtuals.push(Rc::new(object));
        Abs::Virtual(shape, id)
    }

    fn virtual_object(&self, id: VirtualId) -> Rc<VirtualObject> {
        self.virtuals[id.0 as usize].clone()
    }

    fn virtual_in(&self, slot: u32) -> Option<Rc<VirtualObject>> {
        match self.get(slot).abs {
            Abs::Virtual(_, id) => Some(self.virtual_object(id)),
            _ => None,
        }
    }

    // ---- looking into them

    /// What is known of the object in a slot, whether or not it is made.
    pub(super) fn shape_of(&self, slot: u32) -> Option<Shape> {
        match self.get(slot).abs {
            Abs::Object(shape, _) | Abs::Borrowed(shape, ..) | Abs::Virtual(shape, _) => Some(shape),
            Abs::Memory(Kind::Object(shape)) => Some(shape),
            _ => None,
        }
    }

    /// Has the function had virtual objects so far?
    pub(super) fn has_virtuals(&self) -> bool {
        !self.virtuals.is_empty()
    }

    pub(super) fn is_virtual(&self, slot: u32) -> bool {
        matches!(self.get(slot).abs, Abs::Virtual(..))
    }

    /// Does a slot hold a struct, virtual or not? Leaves if it holds something else; false if it is known to.
    pub(super) fn expect_struct(&mut self, slot: u32) -> bool {
        match self.get(slot).abs {
            Abs::Virtual(shape, _) => shape.tag == tag::STRUCT,
            _ => self.unbox_object(slot, tag::STRUCT).is_some(),
        }
    }

    /// The index of the field that a site names, in structs of a declaration.
    fn field_index(&self, id: u32, site: u32) -> Option<usize> {
        let name = self.context().function.sites.get(site as usize)?.name.as_deref()?;
        self.struct_with_id(id)?.field_index(name)
    }

    /// The field that a site names, of the virtual struct in a slot.
    pub(super) fn virtual_field(&self, slot: u32, site: u32) -> Option<Abs> {
        let object = self.virtual_in(slot)?;
        self.field_in(&object, site)
    }

    fn field_in(&self, object: &VirtualObject, site: u32) -> Option<Abs> {
        let VirtualKind::Struct { id, .. } = object.kind else { return None };
        object.parts.get(self.field_index(id, site)?).copied()
    }

    /// The element of the virtual array in a slot; negative positions count from the end.
    pub(super) fn virtual_element(&self, slot: u32, position: i64) -> Option<Abs> {
        let object = self.virtual_in(slot).filter(|object| object.kind == VirtualKind::Array)?;
        let from_end = if position < 0 { object.parts.len() as i64 } else { 0 };
        object.parts.get(usize::try_from(position + from_end).ok()?).copied()
    }

    /// The id of the enum of the virtual outcome in a slot, the index of its variant, and its value.
    pub(super) fn virtual_outcome(&self, slot: u32) -> Option<(u32, Val, Abs)> {
        let object = self.virtual_in(slot)?;
        let VirtualKind::Outcome { id, variant } = object.kind else { return None };
        Some((id, variant, object.parts.first().copied()?))
    }

    /// How many elements the virtual array in a slot has.
    pub(super) fn virtual_len(&self, slot: u32) -> Option<usize> {
        self.virtual_in(slot).filter(|object| object.kind == VirtualKind::Array).map(|object| object.parts.len())
    }

    /// What is at a place of fields in a virtual struct.
    pub(super) fn virtual_at(&self, place: &Place) -> Option<Abs> {
        let PlaceRoot::Register(register) = place.root else { return None };
        let slot = Some(self.slot(register.0 as u32)).filter(|slot| self.is_virtual(*slot))?;
        place.steps.iter().try_fold(self.get(slot).abs, |at, step| match (at, step) {
            (Abs::Virtual(_, id), PlaceStep::Field(site)) => self.field_in(&self.virtual_object(id), *site),
            _ => None,
        })
    }

    // ---- changing them

    /// `slot.field := value`, taken, for a virtual struct and a value that can be its part; false if that is not so.
    pub(super) fn set_virtual_field(&mut self, slot: u32, site: u32, value: u32) -> bool {
        self.set_virtual_path(slot, &[PlaceStep::Field(site)], value)
    }

    /// The same at a place of fields.
    pub(super) fn set_virtual_at(&mut self, place: &Place, value: u32) -> bool {
        let PlaceRoot::Register(register) = place.root else { return false };
        place.immutable.is_none() && self.set_virtual_path(self.slot(register.0 as u32), &place.steps, value)
    }

    fn set_virtual_path(&mut self, slot: u32, steps: &[PlaceStep], value: u32) -> bool {
        let Some(part) = self.part_in(value).filter(|_| value != slot && self.is_virtual(slot)) else { return false };
        let Some(changed) = self.with_part(self.get(slot).abs, steps, part) else { return false };
        self.know(slot, SlotState::fresh(changed));
        self.know(value, SlotState::EMPTY);
        true
    }

    /// A virtual struct with another part at the end of a path.
    fn with_part(&mut self, of: Abs, steps: &[PlaceStep], part: Abs) -> Option<Abs> {
        let Some((step, rest)) = steps.split_first() else { return Some(part) };
        let (Abs::Virtual(_, id), PlaceStep::Field(site)) = (of, step) else { return None };
        let object = self.virtual_object(id);
        let VirtualKind::Struct { id, .. } = object.kind else { return None };
        let index = self.field_index(id, *site)?;
        let mut parts = object.parts.clone();
        parts[index] = self.with_part(object.parts[index], rest, part)?;
        self.virtual_of(object.kind, parts)
    }

    // ---- making them real

    /// Makes the virtual object in a slot, which has it in memory then.
    pub(super) fn materialize(&mut self, slot: u32) {
        let Abs::Virtual(shape, id) = self.get(slot).abs else { return };
        let object = self.make(id);
        let tag = self.int(shape.tag as i64);
        self.store_pair(slot, tag, object);
        self.know(slot, SlotState::synced(Abs::Object(shape, object)));
        // An exit that would make the object once more is of no use any longer.
        self.before = None;
    }

    /// The same for all of some slots.
    pub(super) fn materialize_all(&mut self, slots: Range<u32>) {
        slots.for_each(|slot| self.materialize(slot));
    }

    fn make(&mut self, id: VirtualId) -> Val {
        let object = self.virtual_object(id);
        let parts: Vec<Abs> = object.parts.iter().map(|part| self.made_part(*part)).collect();
        match object.kind {
            VirtualKind::Struct { id, definition, .. } => {
                let made = self.stub_address(Stub::AllocStruct, vec![definition]);
                let first = Cell::field(Holder::Struct(id), made, layout::STRUCT_FIELDS);
                for (index, part) in parts.into_iter().enumerate() {
                    self.fill_with(first.next(index as u32), part);
                }
                made
            }
            VirtualKind::Outcome { id, variant } => {
                let (made, first) = self.alloc_outcome(id, variant);
                for (index, part) in parts.into_iter().enumerate() {
                    self.fill_with(first.next(index as u32), part);
                }
                made
            }
            VirtualKind::Array => {
                let kinds = parts.iter().map(|part| element_kind(*part));
                let kind = kinds.reduce(|a, b| if a == b { a } else { ElementKind::Values });
                let kind = kind.unwrap_or(ElementKind::Ints);
                let array = self.alloc_array(kind, parts.len() as u32);
                for (index, part) in parts.into_iter().enumerate() {
                    let position = self.int(index as i64);
                    match SlotState::fresh(part).scalar().filter(|_| kind != ElementKind::Values) {
                        Some((scalar, val)) => self.store_packed(array, position, scalar, val),
                        None => {
                            let cell = self.element_cell(array, position);
                            self.fill_with(cell, part);
                        }
                    }
                }
                array
            }
        }
    }

    /// A part whose reference, if it is one, is counted.
    fn made_part(&mut self, part: Abs) -> Abs {
        match part {
            Abs::Virtual(shape, id) => Abs::Object(shape, self.make(id)),
            Abs::Borrowed(_, ptr, _) => {
                self.add_count(ptr);
                part
            }
            Abs::Read(words, _) => {
                self.count_words(words);
                part
            }
            other => other,
        }
    }

    fn fill_with(&mut self, cell: Cell, part: Abs) {
        match (part, self.payload_of(part)) {
            (Abs::Read(words, _), _) => self.store_cell(cell, words.tag, words.payload),
            (_, Some((tag, payload))) => {
                let tag = self.int(tag as i64);
                self.store_cell(cell, tag, payload);
            }
            (_, None) => {}
        }
    }

    /// Writes the virtual struct of a slot over the one that a cell holds, if that is of the same declaration, nothing else refers to it,
    /// and its fields count nothing: none is made then, and none released. Goes on where that is not so; the block that is given is
    /// where it has been written.
    pub(super) fn write_virtual(&mut self, cell: Cell, slot: u32) -> Option<Block> {
        let object = self.virtual_in(slot)?;
        let VirtualKind::Struct { id, .. } = object.kind else { return None };
        let is_plain = |part: &Abs| matches!(part, Abs::Null | Abs::Int(_) | Abs::Float(_) | Abs::Bool(_));
        if self.f.block(self.block).is_cold || object.parts.is_empty() || !object.parts.iter().all(is_plain) {
            return None;
        }
        let (rest, other) = (self.new_block(false), self.new_block(true));
        let old = self.load_cell_tag(cell);
        let is_struct = self.compare_int(Cond::Eq, old, i64::from(tag::STRUCT));
        self.go_on_if(is_struct, other);
        let target = self.read_payload(cell, Ty::Ptr);
        let is_unshared = self.is_unshared(target);
        let shape = self.load(Width::Half, Region::Constant, target, layout::STRUCT_SHAPE, Ty::Int);
        let is_same = self.compare_int(Cond::Eq, shape, i64::from(id));
        let fits = self.binary(Binary::BoolAnd, is_unshared, is_same);
        self.go_on_if(fits, other);
        let first = Cell::field(Holder::Struct(id), target, layout::STRUCT_FIELDS);
        let fields = |index: usize| first.next(index as u32);
        let mut tags = self.load_cell_tag(first);
        for index in 1..object.parts.len() {
            let next = self.load_cell_tag(fields(index));
            tags = self.binary(Binary::Or, tags, next);
        }
        // Tags of what is not counted are below a power of two.
        let is_scalars = self.compare_int(Cond::Lt, tags, i64::from(tag::FIRST_HEAP));
        self.go_on_if(is_scalars, other);
        for (index, part) in object.parts.iter().enumerate() {
            self.fill_with(fields(index), *part);
        }
        self.jump(rest, Vec::new());
        self.block = other;
        Some(rest)
    }

    /// Goes on if the condition holds, else in another block.
    fn go_on_if(&mut self, condition: Val, other: Block) {
        let next = self.new_block(false);
        self.branch(condition, next, other);
        self.block = next;
    }

    // ---- exits

    /// How the machine makes a virtual object where code leaves; the parts go to further slots of the exit.
    pub(super) fn made_at_exit(&self, id: VirtualId, stored: &mut Stored) -> MadeObject {
        let object = self.virtual_object(id);
        let head = match object.kind {
            VirtualKind::Struct { definition: word, .. } | VirtualKind::Outcome { variant: word, .. } => {
                stored.add_part(SlotValue::Int(word))
            }
            VirtualKind::Array => 0,
        };
        let mut parts = Vec::with_capacity(object.parts.len());
        for part in &object.parts {
            let value = match *part {
                Abs::Virtual(_, id) => {
                    parts.push(MadePart::Object(self.made_at_exit(id, stored)));
                    continue;
                }
                Abs::Int(v) => SlotValue::Int(v),
                Abs::Float(v) => SlotValue::Float(v),
                Abs::Bool(v) => SlotValue::Bool(v),
                Abs::Borrowed(shape, ptr, _) => SlotValue::Shared(shape.tag, ptr),
                Abs::Read(words, _) => SlotValue::SharedPair(words.tag, words.payload),
                _ => SlotValue::Null,
            };
            parts.push(MadePart::Slot(stored.add_part(value)));
        }
        match object.kind {
            VirtualKind::Struct { .. } => MadeObject::Struct { definition: head, fields: parts.into() },
            VirtualKind::Array => MadeObject::Array { elements: parts.into() },
            VirtualKind::Outcome { id, .. } => MadeObject::Outcome { id, variant: head, values: parts.into() },
        }
    }

    /// The slots of parts in exits are those behind all others.
    pub(super) fn place_parts(&mut self) {
        let first = self.f.slots;
        let mut end = first;
        for exit in &mut self.f.exits {
            for (slot, _) in exit.slots.iter_mut().filter(|(slot, _)| *slot >= PART_SLOTS) {
                *slot = *slot - PART_SLOTS + first;
                end = end.max(*slot + 1);
            }
            exit.made.iter_mut().for_each(|(_, object)| place(object, first));
        }
        self.f.slots = end;
    }

    // ---- where ways meet

    /// Can virtual objects that come by several ways be brought together without memory?
    pub(super) fn can_join(&self, values: &[Abs]) -> bool {
        let Some(objects) = self.virtual_objects(values) else { return false };
        let model = &objects[0];
        objects.iter().all(|o| o.kind.shape() == model.kind.shape() && o.parts.len() == model.parts.len())
            && (0..model.parts.len()).all(|index| {
                let parts: Vec<Abs> = objects.iter().map(|object| object.parts[index]).collect();
                !parts.iter().any(|part| matches!(part, Abs::Virtual(..))) || self.can_join(&parts)
            })
    }

    fn virtual_objects(&self, values: &[Abs]) -> Option<Vec<Rc<VirtualObject>>> {
        let object = |value: &Abs| match value {
            Abs::Virtual(_, id) => Some(self.virtual_object(*id)),
            _ => None,
        };
        values.iter().map(object).collect()
    }

    /// Brings the values of a slot together, which are such objects.
    pub(super) fn join_virtuals(&mut self, slot: u32, merged: Block, edges: &mut [Edge], args: &mut [Vec<Val>]) -> Abs {
        let values = Self::values_on(edges, slot);
        self.join_parts(&values, merged, edges, args)
    }

    fn join_parts(&mut self, values: &[Abs], merged: Block, edges: &mut [Edge], args: &mut [Vec<Val>]) -> Abs {
        let first = values[0];
        if values.iter().all(|other| *other == first) {
            return first;
        }
        if let Some(objects) = self.virtual_objects(values) {
            let words: Vec<Val> = objects.iter().filter_map(|object| object.kind.word()).collect();
            let kind = match words.is_empty() {
                true => objects[0].kind,
                false => objects[0].kind.with_word(self.join_vals(words, merged, args)),
            };
            let parts = (0..objects[0].parts.len()).map(|index| {
                let values: Vec<Abs> = objects.iter().map(|object| object.parts[index]).collect();
                self.join_parts(&values, merged, edges, args)
            });
            let parts = parts.collect();
            let depth = objects.iter().map(|object| object.depth).max().unwrap_or(0);
            return self.add_virtual(VirtualObject { kind, parts, depth });
        }
        let scalars: Vec<(Scalar, Val)> = values.iter().filter_map(|value| SlotState::fresh(*value).scalar()).collect();
        if scalars.len() == values.len() && scalars.iter().all(|(scalar, _)| *scalar == scalars[0].0) {
            let vals = scalars.iter().map(|(_, val)| *val).collect();
            return flow::scalar_abs(scalars[0].0, self.join_vals(vals, merged, args));
        }
        let constants: Vec<(Kind, Val)> = values
            .iter()
            .filter_map(|value| match value {
                Abs::Borrowed(shape, ptr, _) => Some((Kind::Object(*shape), *ptr)),
                _ => None,
            })
            .collect();
        let kind = constants.iter().map(|(kind, _)| *kind).reduce(join_kinds);
        if let Some(Kind::Object(shape)) = kind.filter(|_| constants.len() == values.len()) {
            let ptr = self.join_vals(constants.iter().map(|(_, ptr)| *ptr).collect(), merged, args);
            return Abs::Borrowed(shape, ptr, Owner::Constants);
        }
        let (mut tags, mut payloads) = (Vec::new(), Vec::new());
        for (edge, value) in edges.iter_mut().zip(values) {
            self.enter(edge);
            let words = self.words_of(*value);
            tags.push(words.tag);
            payloads.push(words.payload);
            self.leave_edge(edge);
        }
        let tag = self.join_vals(tags, merged, args);
        Abs::Read(Words::any(tag, self.join_vals(payloads, merged, args)), Tested::No)
    }

    /// A parameter of the block for values of the ways to it, unless they are the same.
    fn join_vals(&mut self, vals: Vec<Val>, merged: Block, args: &mut [Vec<Val>]) -> Val {
        let first = vals[0];
        if vals.iter().all(|val| *val == first) {
            return first;
        }
        let param = self.f.add_param(merged, self.f.ty(first));
        for (args, val) in args.iter_mut().zip(vals) {
            args.push(val);
        }
        param
    }

    /// The values of a slot on all ways.
    pub(super) fn values_on(edges: &[Edge], slot: u32) -> Vec<Abs> {
        edges.iter().map(|edge| edge.state.slots[slot as usize].abs).collect()
    }

    // ---- loops

    /// What a loop keeps of a virtual object if it changes nothing but scalars: the index of the outline.
    pub(super) fn outline_of(&mut self, id: VirtualId) -> u32 {
        let outline = self.outline(id);
        let outlines = &mut self.session.outlines;
        let index = outlines.iter().position(|known| *known == outline).unwrap_or_else(|| {
            outlines.push(outline);
            outlines.len() - 1
        });
        index as u32
    }

    fn outline(&self, id: VirtualId) -> Outline {
        let object = self.virtual_object(id);
        let part = |part: &Abs| match *part {
            Abs::Virtual(_, id) => PartOutline::Virtual(self.outline(id)),
            abs => SlotState::fresh(abs).scalar().map_or(PartOutline::Fixed, |(s, _)| PartOutline::Varying(s)),
        };
        let global = match object.kind {
            VirtualKind::Struct { global, .. } => global,
            VirtualKind::Array | VirtualKind::Outcome { .. } => 0,
        };
        Outline { shape: object.kind.shape(), global, parts: object.parts.iter().map(part).collect() }
    }

    pub(super) fn outline_shape(&self, outline: u32) -> Shape {
        self.session.outlines[outline as usize].shape
    }

    /// Is a value a virtual object of that outline?
    pub(super) fn has_outline(&self, value: Abs, outline: u32) -> bool {
        matches!(value, Abs::Virtual(_, id) if self.outline(id) == self.session.outlines[outline as usize])
    }

    /// A struct in memory becomes a virtual one of that outline before a loop. Leaves for the interpreter if it is another; false if
    /// it has often been.
    pub(super) fn unpack(&mut self, slot: u32, outline: u32) -> bool {
        let outline = self.session.outlines[outline as usize].clone();
        let reasons = [ExitReason::Kind, ExitReason::Shape, ExitReason::Undefined];
        if reasons.into_iter().any(|reason| self.is_widened(reason)) || !outline.is_scalars_only() {
            return false;
        }
        let Some((shape, object)) = self.unbox_object(slot, tag::STRUCT) else { return false };
        let is_known = shape == outline.shape;
        let parts = self.read_virtual(object, &outline, is_known);
        self.before = None;
        self.set(slot, parts);
        true
    }

    fn read_virtual(&mut self, object: Val, outline: &Outline, is_known: bool) -> Abs {
        let id = outline.shape.detail;
        if !is_known {
            let actual = self.load(Width::Half, Region::Constant, object, layout::STRUCT_SHAPE, Ty::Int);
            let fits = self.compare_int(Cond::Eq, actual, i64::from(id));
            self.expect(fits, ExitReason::Shape);
        }
        let mut parts = Vec::with_capacity(outline.parts.len());
        for (index, part) in outline.parts.iter().enumerate() {
            let first = Cell::field(Holder::Struct(id), object, layout::STRUCT_FIELDS);
            let cell = first.next(index as u32);
            parts.push(match part {
                PartOutline::Fixed => Abs::Null,
                PartOutline::Varying(scalar) => flow::scalar_abs(*scalar, self.expect_scalar(cell, *scalar)),
                PartOutline::Virtual(outline) => {
                    let object = self.expect_object(cell, tag::STRUCT).ptr;
                    self.read_virtual(object, outline, false)
                }
            });
        }
        let definition = self.expect_struct_def(outline.global, id);
        let kind = VirtualKind::Struct { id, definition, global: outline.global };
        self.add_virtual(VirtualObject { kind, parts, depth: outline.depth() })
    }

    /// Can a struct in memory become this virtual object before a loop?
    pub(super) fn can_unpack(&self, id: VirtualId) -> bool {
        self.outline(id).is_scalars_only()
    }

    /// The virtual object with which a loop begins: its varying parts are parameters of the header, and so is what its kind needs,
    /// which a round may have read anew. `args` gets those before it.
    pub(super) fn enter_virtual(&mut self, value: Abs, header: Block, args: &mut Vec<Val>) -> Abs {
        if let Some((scalar, val)) = SlotState::fresh(value).scalar() {
            args.push(val);
            return flow::scalar_abs(scalar, self.f.add_param(header, ty_of(scalar)));
        }
        let Abs::Virtual(_, id) = value else { return value };
        let object = self.virtual_object(id);
        let kind = match object.kind.word() {
            Some(word) => {
                args.push(word);
                object.kind.with_word(self.f.add_param(header, self.f.ty(word)))
            }
            None => object.kind,
        };
        let parts = object.parts.iter().map(|part| self.enter_virtual(*part, header, args)).collect();
        self.add_virtual(VirtualObject { kind, parts, ..(*object).clone() })
    }

    /// The arguments with which a round ends: those of `value` where the header has `wanted`. False if they do not match.
    pub(super) fn repeat_virtual(&self, wanted: Abs, value: Abs, args: &mut Vec<Val>) -> bool {
        match (wanted, value) {
            (Abs::Virtual(_, wanted), Abs::Virtual(_, value)) => {
                let (wanted, value) = (self.virtual_object(wanted), self.virtual_object(value));
                args.extend(value.kind.word());
                wanted.kind.shape() == value.kind.shape()
                    && wanted.parts.len() == value.parts.len()
                    && wanted.parts.iter().zip(&value.parts).all(|(w, v)| self.repeat_virtual(*w, *v, args))
            }
            _ => match (SlotState::fresh(wanted).scalar(), SlotState::fresh(value).scalar()) {
                (Some((wanted, _)), Some((scalar, val))) => {
                    args.push(val);
                    wanted == scalar
                }
                _ => wanted == value,
            },
        }
    }
}

/// Does an instruction see to its virtual operands itself? For others they are made.
pub(super) fn takes_virtuals(op: Op) -> bool {
    matches!(
        op,
        Op::Copy
            | Op::Move
            | Op::Drop
            | Op::NewStruct
            | Op::NewArray
            | Op::GetField
            | Op::SetField
            | Op::GetPath
            | Op::SetPath
            | Op::GetElement
            | Op::MatchArray
            | Op::MatchVariant
            | Op::GetPayload
            | Op::Unwrap
            | Op::GetIndex
            | Op::CallFunction
            | Op::Call
            | Op::CallNative
            | Op::CallMethod
            | Op::CallPlaceMethod
            | Op::PrepareMethod
            | Op::CallPreparedMethod
            | Op::Lend
            | Op::Restore
            | Op::Return
            | Op::Add
            | Op::AddTake
            | Op::Sub
            | Op::Mul
            | Op::Div
            | Op::Mod
            | Op::MulK
            | Op::DivK
            | Op::Neg
    )
}

/// How an array of parts of that kind stores them.
fn element_kind(part: Abs) -> ElementKind {
    SlotState::fresh(part).scalar().map_or(ElementKind::Values, |(scalar, _)| super::access::packed_kind(scalar))
}

/// The parts of an object that is made at an exit are in slots from `first` on.
fn place(object: &mut MadeObject, first: u32) {
    let parts = match object {
        MadeObject::Struct { definition, fields } => {
            *definition = *definition - PART_SLOTS + first;
            fields
        }
        MadeObject::Array { elements } => elements,
        MadeObject::Outcome { variant, values, .. } => {
            *variant = *variant - PART_SLOTS + first;
            values
        }
    };
    for part in parts {
        match part {
            MadePart::Slot(slot) => *slot = *slot - PART_SLOTS + first,
            MadePart::Object(object) => place(object, first),
        }
    }
}
