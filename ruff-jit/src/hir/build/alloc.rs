//! New structs and values of enums: the engine gives memory, native code writes what is in it.

use super::access::packed_kind;
use super::memory::{Cell, Read};
use super::state::{Abs, Kind, Owner, Shape, Words};
use super::{Builder, Step};
use crate::hir::{Binary, Cond, Holder, Region, Ty, Unary, Val, Width};
use ruff_core::jit::{
    Absence, Capture, Decoded, ElementKind, EnumDecl, ExitReason, FuncId, LITERAL_IN_ORDER, StructDecl, Stub,
    VariantPattern, VariantSource, layout, tag,
};

/// Larger ones are made by the engine.
const VALUES_MAX: u32 = 16;

impl<'p> Builder<'p, '_> {
    /// `NewStruct` of a literal that gives all fields in the order of the declaration, which the site has always seen.
    pub(super) fn new_struct(
        &mut self,
        at: &Decoded,
        dst: u32,
        (window, count): (u32, u32),
        site: u32,
        def: u32,
    ) -> Step<bool> {
        let Some(id) = self.literal_in_order(site).filter(|_| count <= VALUES_MAX) else { return self.interpret(at) };
        let Some(def) = self.definition(def, tag::STRUCT_DEF, id) else { return self.interpret(at) };
        if self.set_virtual_struct(dst, (window, count), (id, def)) {
            return Ok(false);
        }
        self.take_window(window, count);
        let object = self.stub_address(Stub::AllocStruct, vec![def]);
        self.fill(Cell::field(Holder::Struct(id), object, layout::STRUCT_FIELDS), window, count);
        self.set_object(dst, Shape { tag: tag::STRUCT, detail: id }, object);
        Ok(false)
    }

    /// `NewVariant` with the declared number of values.
    pub(super) fn new_variant(
        &mut self,
        at: &Decoded,
        dst: u32,
        (window, count): (u32, u32),
        site: u32,
        def: u32,
    ) -> Step<bool> {
        let known = self.context().function.sites.get(site as usize).and_then(|s| single(s.cache.entries()));
        let Some((id, variant)) = known.filter(|_| count <= VALUES_MAX) else { return self.interpret(at) };
        let fits = self.enum_with_id(id).and_then(|decl| decl.variants.get(variant as usize));
        if fits.is_none_or(|v| v.arity.is_some_and(|arity| arity != count)) {
            return self.interpret(at);
        }
        let Some(def) = self.definition(def, tag::ENUM_DEF, id) else { return self.interpret(at) };
        self.take_window(window, count);
        let (index, len) = (self.int(variant as i64), self.int(count as i64));
        let object = self.stub_address(Stub::AllocVariant, vec![def, index, len]);
        self.fill(Cell::field(Holder::Variant, object, layout::VARIANT_PAYLOAD), window, count);
        self.set_object(dst, Shape { tag: tag::VARIANT, detail: id }, object);
        Ok(false)
    }

    /// `GetVariant` of a variant without values. The definition keeps its value, once it was asked for.
    pub(super) fn get_variant(&mut self, at: &Decoded, dst: u32, def: u32, site: u32) -> Step<bool> {
        let known = self.context().function.sites.get(site as usize).and_then(|s| single(s.cache.entries()));
        let Some((id, variant)) = known.filter(|_| !self.is_widened(ExitReason::Undefined)) else {
            return self.interpret(at);
        };
        let declared = self.enum_with_id(id).and_then(|decl| decl.variants.get(variant as usize));
        if declared.is_none_or(|variant| variant.arity.is_some()) {
            return self.interpret(at);
        }
        let Some(def) = self.definition(def, tag::ENUM_DEF, id) else { return self.interpret(at) };
        let units = self.load(Width::Word, Region::Constant, def, layout::ENUM_UNITS, Ty::Ptr);
        let are_made = self.compare_int(Cond::Ne, units, 0);
        self.expect(are_made, ExitReason::Undefined);
        let offset = variant as i32 * layout::VALUE_BYTES + layout::VALUE_PAYLOAD;
        let payload = self.load(Width::Word, Region::Constant, units, offset, Ty::Ptr);
        let kind = Kind::Object(Shape { tag: tag::VARIANT, detail: id });
        let tag = self.int(tag::VARIANT as i64);
        self.set_read(dst, Read::Words(Words { tag, payload, kind }));
        Ok(false)
    }

    /// The struct of the program with an id.
    pub(super) fn struct_with_id(&self, id: u32) -> Option<&'p StructDecl> {
        self.facts.program().structs.iter().find(|decl| decl.id == id).map(|decl| &**decl)
    }

    /// The enum of the program with an id.
    pub(super) fn enum_with_id(&self, id: u32) -> Option<&'p EnumDecl> {
        self.facts.program().enums.iter().find(|decl| decl.id == id).map(|decl| &**decl)
    }

    /// The struct of a literal, if the site has seen only one, whose fields it gives in order.
    fn literal_in_order(&self, site: u32) -> Option<u32> {
        let site = self.context().function.sites.get(site as usize)?;
        let (id, order) = single(site.cache.entries())?;
        (order == LITERAL_IN_ORDER).then_some(id)
    }

    /// The definition in a slot, which leaves if it is not that of a declaration.
    pub(super) fn definition(&mut self, slot: u32, tag: u8, id: u32) -> Option<Val> {
        if self.is_widened(ExitReason::Shape) || self.shape_of(slot).is_none() && self.is_widened(ExitReason::Kind) {
            return None;
        }
        let (shape, def) = self.unbox_object(slot, tag)?;
        if shape.detail != id {
            self.expect_definition(def, id);
            self.refine(slot, Shape { tag, detail: id });
        }
        Some(def)
    }

    /// Leaves if a definition is that of another declaration.
    pub(super) fn expect_definition(&mut self, definition: Val, id: u32) {
        let actual = self.load(Width::Half, Region::Constant, definition, layout::DEF_ID, Ty::Int);
        let fits = self.compare_int(Cond::Eq, actual, id as i64);
        self.expect(fits, ExitReason::Shape);
    }

    /// Borrowed values of a window become its own.
    pub(super) fn own(&mut self, window: u32, count: u32) {
        for slot in window..window + count {
            self.settle(slot);
            self.settle_value(slot);
            self.materialize(slot);
        }
        self.before = None;
    }

    /// The values of a window are about to go into an object, which counts what they borrow. Nobody may borrow from them.
    fn take_window(&mut self, window: u32, count: u32) {
        (window..window + count).for_each(|slot| self.settle(slot));
        self.materialize_all(window..window + count);
        self.before = None;
    }

    /// Moves the values of a window into a new object, from its first cell on.
    pub(super) fn fill(&mut self, first: Cell, window: u32, count: u32) {
        for index in 0..count {
            self.fill_cell(first.next(index), window + index);
        }
    }

    // ---- arrays

    /// `NewArray` of a few values of known kinds.
    pub(super) fn new_array(&mut self, at: &Decoded, dst: u32, (window, count): (u32, u32)) -> Step<bool> {
        let kind = if count <= VALUES_MAX { self.elements_of(window, count) } else { None };
        let Some(kind) = kind else { return self.interpret(at) };
        if self.set_virtual_array(dst, (window, count)) {
            return Ok(false);
        }
        self.take_window(window, count);
        let array = self.alloc_array(kind, count);
        let is_made = self.compare_int(Cond::Ne, array, 0);
        let (rest, failed) = self.fork(is_made, false, true);
        self.block = failed;
        // The interpreter raises the trap.
        self.leave(ExitReason::Interpreted);
        self.block = rest;
        self.before = None;
        for index in 0..count {
            let position = self.int(index as i64);
            self.fill_element(array, position, window + index, kind);
        }
        self.set_object(dst, Shape::ARRAY, array);
        Ok(false)
    }

    /// A new array whose elements are not written yet; 0 if there is no memory for those that have no room in the object.
    pub(super) fn alloc_array(&mut self, kind: ElementKind, count: u32) -> Val {
        let (number, len) = (self.int(kind as i64), self.int(count as i64));
        self.stub_address(Stub::AllocArray, vec![self.machine, number, len])
    }

    /// How an array of the values of a window stores them, if that is known. Where values of any kind would be scalars of the kind that
    /// the instruction has always met, they leave if they are not.
    fn elements_of(&mut self, window: u32, count: u32) -> Option<ElementKind> {
        let (mut known, mut unknown) = (Vec::new(), Vec::new());
        for slot in window..window + count {
            match self.get(slot).abs {
                Abs::Null | Abs::Object(..) | Abs::Borrowed(..) | Abs::Virtual(..) | Abs::Memory(Kind::Object(_)) => {
                    known.push(ElementKind::Values);
                }
                Abs::Int(_) | Abs::Float(_) | Abs::Bool(_) => known.push(self.kind_for(slot)),
                Abs::Memory(Kind::Any) | Abs::Read(..) => unknown.push(slot),
                Abs::Left(_) | Abs::Absent(_) | Abs::Empty => return None,
            }
        }
        if known.contains(&ElementKind::Values) || known.windows(2).any(|pair| pair[0] != pair[1]) {
            return Some(ElementKind::Values);
        }
        if unknown.is_empty() {
            return Some(known.first().copied().unwrap_or(ElementKind::Ints));
        }
        let scalar = self.read_so_far().filter(|_| !self.is_widened(ExitReason::Kind))?;
        let kind = packed_kind(scalar);
        if known.first().is_some_and(|known| *known != kind) || !unknown.iter().all(|slot| self.may_be(*slot, scalar)) {
            return None;
        }
        unknown.iter().all(|slot| self.unbox(*slot, scalar).is_some()).then_some(kind)
    }

    // ---- variables that are captured, and closures

    /// `NewCell`, and `NewEmptyCell` without a value.
    pub(super) fn new_cell(&mut self, dst: u32, value: Option<u32>) {
        if let Some(value) = value {
            self.own(value, 1);
        }
        let address = self.stub_address(Stub::AllocCell, vec![self.machine]);
        let cell = Cell::new(Region::Cells, address, layout::CELL_VALUE);
        match value {
            Some(value) => self.fill_cell(cell, value),
            None => self.empty_cell(cell, Some(Absence::Undefined)),
        }
        self.set_object(dst, Shape { tag: tag::CELL, detail: 0 }, address);
    }

    /// `NewClosure`.
    pub(super) fn new_closure(&mut self, dst: u32, index: u32) -> Step<bool> {
        let context = self.context();
        let (function, base) = (context.function, context.base);
        let Some(template) = function.closures.get(index as usize) else { return Err(super::malformed()) };
        for capture in &template.captures {
            if let Capture::Register(register) = capture {
                self.flush(base + register.0 as u32);
            }
        }
        let linked = self.linked_of(template.function);
        let registers = self.slot_address(base);
        let running = self.running_closure();
        let place = self.address(std::ptr::from_ref(template).expose_provenance());
        let closure = self.stub_address(Stub::AllocClosure, vec![self.machine, linked, place, registers, running]);
        self.set_object(dst, closure_shape(template.function), closure);
        Ok(false)
    }

    /// `LoadFunction`.
    pub(super) fn load_function(&mut self, dst: u32, function: FuncId) {
        let linked = self.linked_of(function);
        let closure = self.stub_address(Stub::FunctionValue, vec![self.machine, linked]);
        self.set(dst, Abs::Borrowed(closure_shape(function), closure, Owner::Constants));
    }

    // ---- parts of values of enums

    /// `GetPayload`.
    pub(super) fn get_payload(&mut self, at: &Decoded, dst: u32, variant: u32, index: u32) -> Step<bool> {
        if let Some((_, _, value)) = self.virtual_outcome(variant).filter(|_| index == 0) {
            self.set(dst, value);
            return Ok(false);
        }
        self.materialize(variant);
        let is_known = self.shape_of(variant).is_some_and(|shape| shape.tag == tag::VARIANT);
        if self.is_widened(ExitReason::Bounds)
            || !is_known && (self.is_widened(ExitReason::Kind) || self.get(variant).kind() != Kind::Any)
        {
            return self.interpret(at);
        }
        let Some((_, object)) = self.unbox_object(variant, tag::VARIANT) else { return self.interpret(at) };
        let len = self.load(Width::Word, Region::Constant, object, layout::VARIANT_PAYLOAD_LEN, Ty::Int);
        let index = index as i32;
        let position = self.int(index as i64);
        let fits = self.compare(Cond::Below, position, len);
        self.expect(fits, ExitReason::Bounds);
        let offset = layout::VARIANT_PAYLOAD + index * layout::VALUE_BYTES;
        let read = self.read(Cell::field(Holder::Variant, object, offset));
        self.set_read(dst, read);
        Ok(false)
    }
}

/// A variant that a pattern asks for.
struct Wanted {
    id: u32,
    index: u32,
    /// Is the number of values right? `None` if that depends on the value.
    fits: Option<bool>,
}

impl<'p> Builder<'p, '_> {
    /// `MatchVariant`: jumps unless the value in a slot is that variant of the enum in another slot.
    pub(super) fn match_variant(&mut self, at: &Decoded, x: u32, def: u32, pattern: u32) -> Step<bool> {
        let Some(pattern) = self.context().function.variant_patterns.get(pattern as usize) else {
            return Err(super::malformed());
        };
        let Some(Wanted { id, index, fits: Some(fits) }) = self.wanted_variant(pattern, def) else {
            self.materialize(x);
            return self.interpret(at);
        };
        if let Some((actual, variant, _)) = self.virtual_outcome(x) {
            if actual != id || !fits {
                self.go_to_target()?;
                return Ok(true);
            }
            match self.f.as_int(variant) {
                Some(known) if known == i64::from(index) => self.go_to_next()?,
                Some(_) => self.go_to_target()?,
                None => {
                    let jumps = self.compare_int(Cond::Ne, variant, i64::from(index));
                    self.branch_nodes(jumps)?;
                }
            }
            return Ok(true);
        }
        self.materialize(x);
        if pattern.source == VariantSource::Register && self.definition(def, tag::ENUM_DEF, id).is_none() {
            return self.interpret(at);
        }
        if self.get(x).scalar().is_some() || !fits {
            self.go_to_target()?;
            return Ok(true);
        }
        if !self.get(x).is_borrowed() {
            self.flush(x);
        }
        self.note_test(x);
        if self.get(x).kind() == Kind::Any {
            if self.is_widened(ExitReason::Kind) {
                let actual = self.tag_of(x);
                self.go_on_with(x, actual, Shape { tag: tag::VARIANT, detail: 0 })?;
            } else {
                self.unbox_object(x, tag::VARIANT);
            }
        }
        let Some((shape, object)) = self.object(x).filter(|(shape, _)| shape.tag == tag::VARIANT) else {
            self.go_to_target()?;
            return Ok(true);
        };
        let actual_index = self.load(Width::Half, Region::Constant, object, layout::VARIANT_INDEX, Ty::Int);
        let is_variant = self.compare_int(Cond::Eq, actual_index, index as i64);
        let matches = match shape.detail {
            0 if self.is_widened(ExitReason::Shape) => {
                let is_enum = self.is_of_enum(object, id);
                self.binary(Binary::BoolAnd, is_enum, is_variant)
            }
            0 => {
                let is_enum = self.is_of_enum(object, id);
                self.expect(is_enum, ExitReason::Shape);
                self.refine(x, Shape { tag: tag::VARIANT, detail: id });
                is_variant
            }
            known if known == id => is_variant,
            _ => self.bool(false),
        };
        if self.has_no_feedback() {
            // As in the last case of a `match` over all variants.
            self.expect(matches, ExitReason::NeverRun);
            self.go_to_next()?;
            return Ok(true);
        }
        let jumps = self.unary(Unary::BoolNot, matches);
        self.branch_nodes(jumps)?;
        Ok(true)
    }

    /// `MatchArray`: jumps unless the value in a slot is an array of so many elements, or of more if there may be a rest.
    pub(super) fn match_array(&mut self, at: &Decoded, x: u32, count: u32, has_rest: bool) -> Step<bool> {
        let Some(len) = self.virtual_len(x) else {
            self.materialize(x);
            return self.interpret(at);
        };
        let fits = if has_rest { len >= count as usize } else { len == count as usize };
        if fits {
            self.go_to_next()?
        } else {
            self.go_to_target()?
        }
        Ok(true)
    }

    /// Goes on where a value that may be anything, with this tag, is of a kind, and to the target of the jump where it is not.
    pub(super) fn go_on_with(&mut self, x: u32, actual: Val, shape: Shape) -> Step {
        let fits = self.compare_int(Cond::Eq, actual, shape.tag as i64);
        let (yes, no) = self.fork(fits, false, false);
        let state = self.state.clone();
        self.block = no;
        self.go_to_target()?;
        self.block = yes;
        self.state = state;
        self.know_object(x, shape);
        Ok(())
    }

    pub(super) fn is_of_enum(&mut self, object: Val, id: u32) -> Val {
        let def = self.load(Width::Word, Region::Constant, object, layout::VARIANT_DEF, Ty::Ptr);
        let actual = self.load(Width::Half, Region::Constant, def, layout::DEF_ID, Ty::Int);
        self.compare_int(Cond::Eq, actual, id as i64)
    }

    fn wanted_variant(&mut self, pattern: &VariantPattern, def: u32) -> Option<Wanted> {
        let (id, index, declared) = match pattern.source {
            VariantSource::Result => {
                (EnumDecl::RESULT_ID, ["Ok", "Err"].iter().position(|n| **n == *pattern.variant)?, Some(1))
            }
            VariantSource::Option => {
                let index = ["Some", "None"].iter().position(|n| **n == *pattern.variant)?;
                (EnumDecl::OPTION_ID, index, Some(1 - index as u32))
            }
            VariantSource::Register => {
                let seen = single(pattern.cache.entries()).map_or(0, |(id, _)| id);
                let known =
                    self.shape_of(def).map_or(seen, |shape| if shape.detail == 0 { seen } else { shape.detail });
                let enums = self.facts.program().enums.iter();
                let mut candidates = enums.filter(|decl| {
                    if known == 0 { decl.variant_index(&pattern.variant).is_some() } else { decl.id == known }
                });
                let decl = candidates.next().filter(|_| candidates.next().is_none())?;
                let index = decl.variant_index(&pattern.variant)?;
                (decl.id, index, decl.variants.get(index)?.arity)
            }
        };
        let fits = match (pattern.arity, declared) {
            (None, _) => Some(true),
            (Some(least), Some(count)) => Some(if pattern.has_rest { count >= least } else { count == least }),
            (Some(_), None) => None,
        };
        Some(Wanted { id, index: index as u32, fits })
    }
}

/// The closures of a function.
fn closure_shape(function: FuncId) -> Shape {
    Shape { tag: tag::CLOSURE, detail: function.0 + 1 }
}

/// The pair of an inline cache, if it is one.
pub(super) fn single(mut entries: impl Iterator<Item = (u32, u32)>) -> Option<(u32, u32)> {
    let first = entries.next()?;
    entries.next().is_none().then_some(first)
}
