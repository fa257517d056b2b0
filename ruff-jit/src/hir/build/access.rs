//! Variables, elements and fields.

use super::arith::Right;
use super::memory::{Cell, Read};
use super::operator::{Arguments, Operands};
use super::path::{Home, Object};
use super::state::{Abs, Kind, Owner, Scalar, Shape, SlotState, Words};
use super::{Builder, Step};
use crate::hir::{Binary, Cond, Holder, Inst, Region, Ty, Unary, Val, Width};
use ruff_core::jit::{
    Const, Declaration, Decoded, ElementKind, ExitReason, OperatorMethod, Stub, feedback, layout, tag,
};

impl Builder<'_, '_> {
    // ---- constants and variables

    /// `dst := constant`.
    pub(super) fn load_const(&mut self, dst: u32, index: u32) {
        let abs = match self.constant(index) {
            Some(Const::Null) => Abs::Null,
            Some(Const::Bool(value)) => {
                let value = *value;
                Abs::Bool(self.bool(value))
            }
            Some(Const::Int(value)) => {
                let value = *value;
                Abs::Int(self.int(value))
            }
            Some(Const::Float(value)) => {
                let value = *value;
                Abs::Float(self.float(value))
            }
            other => {
                let shape = match other {
                    Some(Const::Str(_)) => {
                        self.context().function.consts.get(index as usize).map(|c| Shape::constant(*c))
                    }
                    _ => None,
                };
                // A builtin function may be no object: its word is an address only below a look at its tag, as that of a variable.
                let is_object = !matches!(other, Some(Const::Native(_)));
                let region = if is_object { Region::Constant } else { Region::Globals };
                return self.load_const_object(dst, index, shape, region);
            }
        };
        self.set(dst, abs);
    }

    fn load_const_object(&mut self, dst: u32, index: u32, shape: Option<Shape>, region: Region) {
        let linked = self.linked_here();
        let consts = self.load(Width::Word, Region::Constant, linked, layout::FUNCTION_CONSTS, Ty::Ptr);
        let cell = Cell::new(region, consts, index as i32 * layout::VALUE_BYTES);
        let payload = self.read_payload(cell, Ty::Ptr);
        match shape {
            Some(shape) => {
                self.clear(dst);
                self.know(dst, SlotState::fresh(Abs::Borrowed(shape, payload, Owner::Constants)));
            }
            None => {
                let tag = self.load_cell_tag(cell);
                self.set_read(dst, Read::Words(Words::any(tag, payload)));
            }
        }
    }

    /// The linked function of the innermost context.
    pub(super) fn linked_here(&mut self) -> Val {
        self.linked_of(self.context().function.id)
    }

    pub(super) fn global(&mut self, index: u32) -> Cell {
        let globals = self.load(Width::Word, Region::Constant, self.linked, layout::FUNCTION_GLOBALS, Ty::Ptr);
        let address = self.load(Width::Word, Region::Constant, globals, index as i32 * 8, Ty::Ptr);
        Cell::new(Region::Globals, address, 0)
    }

    /// The address of the closure that is running in the innermost frame.
    pub(super) fn running_closure(&mut self) -> Val {
        match self.context().closure {
            Some(slot) => self.load_payload(slot, Ty::Ptr),
            None => self.closure,
        }
    }

    /// The captured variable of the innermost function.
    pub(super) fn capture(&mut self, index: u32) -> Cell {
        let closure = self.running_closure();
        let offset = layout::CLOSURE_CAPTURES + index as i32 * 8;
        let cell = self.load(Width::Word, Region::Constant, closure, offset, Ty::Ptr);
        Cell::new(Region::Cells, cell, layout::CELL_VALUE)
    }

    /// The variable in the cell that a slot holds: verified code reads cells only from slots that do.
    pub(super) fn cell_in(&mut self, slot: u32) -> Option<Cell> {
        let shape = Shape { tag: tag::CELL, detail: 0 };
        if self.get(slot).abs == Abs::Memory(Kind::Any) {
            self.know(slot, SlotState::memory(Kind::Object(shape)));
        }
        let (_, address) = self.object(slot)?;
        Some(Cell::new(Region::Cells, address, layout::CELL_VALUE))
    }

    pub(super) fn get_global(&mut self, at: &Decoded, dst: u32, index: u32) -> Step<bool> {
        let cell = self.global(index);
        let Some(shape) = self.definition_in(index) else { return self.get_variable(at, dst, cell) };
        if self.is_widened(ExitReason::Undefined) {
            return self.interpret(at);
        }
        let payload = self.expect_declared(cell, shape);
        let tag = self.int(shape.tag as i64);
        self.set_read(dst, Read::Words(Words { tag, payload, kind: Kind::Object(shape) }));
        Ok(false)
    }

    /// The definition that a global always is.
    fn definition_in(&self, index: u32) -> Option<Shape> {
        let program = self.facts.program();
        match program.globals.get(index as usize)?.constant? {
            Declaration::Struct(decl) => {
                Some(Shape { tag: tag::STRUCT_DEF, detail: program.structs.get(decl as usize)?.id })
            }
            Declaration::Enum(decl) => Some(Shape { tag: tag::ENUM_DEF, detail: program.enums.get(decl as usize)?.id }),
            Declaration::Function(_) => None,
        }
    }

    /// The definition that a global always is, once its declaration has run. Leaves before.
    fn expect_declared(&mut self, cell: Cell, shape: Shape) -> Val {
        let actual = self.load(Width::Byte, Region::Definitions, cell.address, layout::VALUE_TAG, Ty::Int);
        let is_made = self.compare_int(Cond::Eq, actual, shape.tag as i64);
        self.expect(is_made, ExitReason::Undefined);
        self.load(Width::Word, Region::Definitions, cell.address, layout::VALUE_PAYLOAD, Ty::Ptr)
    }

    /// The definition of a struct in a global that has held it. Leaves if there is another value.
    pub(super) fn expect_struct_def(&mut self, index: u32, id: u32) -> Val {
        let cell = self.global(index);
        if let Some(shape) = self.definition_in(index) {
            return self.expect_declared(cell, shape);
        }
        let definition = self.expect_object(cell, tag::STRUCT_DEF).ptr;
        self.expect_definition(definition, id);
        definition
    }

    pub(super) fn set_global(&mut self, at: &Decoded, index: u32, from: u32) -> Step<bool> {
        let cell = self.global(index);
        self.set_variable(at, cell, from)
    }

    /// `dst := variable`; one without a value is left to the interpreter.
    pub(super) fn get_variable(&mut self, at: &Decoded, dst: u32, cell: Cell) -> Step<bool> {
        if self.is_widened(ExitReason::Undefined) {
            return self.interpret(at);
        }
        let read = self.read(cell);
        if let Read::Words(words) = read {
            let is_defined = self.compare_int(Cond::Ne, words.tag, tag::ABSENT as i64);
            self.expect(is_defined, ExitReason::Undefined);
        }
        self.set_read(dst, read);
        Ok(false)
    }

    /// `variable := value`, taken.
    pub(super) fn set_variable(&mut self, at: &Decoded, cell: Cell, from: u32) -> Step<bool> {
        if self.is_widened(ExitReason::Undefined) {
            return self.interpret(at);
        }
        let old = self.load_cell_tag(cell);
        let is_defined = self.compare_int(Cond::Ne, old, tag::ABSENT as i64);
        self.expect(is_defined, ExitReason::Undefined);
        self.write_cell(cell, from);
        Ok(false)
    }

    // ---- elements

    /// The element kind that the instruction reads, if it has always read one kind of value.
    fn expected_elements(&self) -> Option<ElementKind> {
        if self.is_widened(ExitReason::Elements) {
            return None;
        }
        match self.feedback() & (feedback::IN_VALUES | feedback::IN_PACKED) {
            feedback::IN_VALUES => return Some(ElementKind::Values),
            0 | feedback::IN_PACKED => {}
            _ => return None,
        }
        const SCALARS: u16 = feedback::READ_INT | feedback::READ_FLOAT | feedback::READ_BOOL;
        match (self.read_so_far(), self.seen_reads()) {
            (Some(scalar), _) => Some(packed_kind(scalar)),
            (None, seen) => (seen != 0 && seen & SCALARS == 0).then_some(ElementKind::Values),
        }
    }

    /// The position that an index of an array means, which leaves if there is none.
    fn position_in_array(&mut self, array: Val, index: Val) -> Val {
        let len = self.load(Width::Word, Region::Arrays, array, layout::ARRAY_LEN, Ty::Int);
        self.position_in(len, index)
    }

    /// The same for so many elements. Constants may count from the end.
    pub(super) fn position_in(&mut self, len: Val, index: Val) -> Val {
        let position = match self.f.as_int(index) {
            Some(..0) => self.binary(Binary::Add, len, index),
            _ => index,
        };
        let fits = self.compare(Cond::Below, position, len);
        self.expect(fits, ExitReason::Bounds);
        position
    }

    pub(super) fn element_kind(&mut self, array: Val) -> Val {
        self.load(Width::Half, Region::Arrays, array, layout::ARRAY_KIND, Ty::Int)
    }

    fn expect_elements(&mut self, array: Val, kind: ElementKind) {
        let actual = self.element_kind(array);
        let fits = self.compare_int(Cond::Eq, actual, kind as i64);
        self.expect(fits, ExitReason::Elements);
    }

    /// The address of an element of `1 << shift` bytes.
    pub(super) fn element_address(&mut self, array: Val, index: Val, shift: i64) -> Val {
        let data = self.load(Width::Word, Region::Arrays, array, layout::ARRAY_DATA, Ty::Ptr);
        let shift = self.int(shift);
        let distance = self.binary(Binary::Shl, index, shift);
        self.binary(Binary::Add, data, distance)
    }

    /// The cell of an element of an array of values. The index is in bounds.
    pub(super) fn element_cell(&mut self, array: Val, index: Val) -> Cell {
        let address = self.element_address(array, index, 4);
        Cell::new(Region::Values, address, 0)
    }

    /// The cell of an element of an array that leaves unless it stores values.
    pub(super) fn value_element(&mut self, array: Val, index: Val) -> Cell {
        let position = self.position_in_array(array, index);
        self.expect_elements(array, ElementKind::Values);
        self.element_cell(array, position)
    }

    /// An element of an array, with guards for what the instruction has read before.
    pub(super) fn read_element(&mut self, array: Val, index: Val) -> Read {
        let position = self.position_in_array(array, index);
        self.read_element_in_bounds(array, position)
    }

    /// The same for an index that is in bounds.
    pub(super) fn read_element_in_bounds(&mut self, array: Val, index: Val) -> Read {
        match self.expected_elements() {
            Some(ElementKind::Values) => {
                self.expect_elements(array, ElementKind::Values);
                let cell = self.element_cell(array, index);
                self.read(cell)
            }
            Some(kind) => {
                self.expect_elements(array, kind);
                let (scalar, val) = self.packed_element(array, index, kind);
                Read::Scalar(scalar, val)
            }
            None => {
                let (tag, payload) = self.element_of_any_kind(array, index);
                self.read_words(tag, payload)
            }
        }
    }

    /// An element of a packed array. The index is in bounds.
    fn packed_element(&mut self, array: Val, index: Val, kind: ElementKind) -> (Scalar, Val) {
        match kind {
            ElementKind::Floats => {
                let address = self.element_address(array, index, 3);
                (Scalar::Float, self.load(Width::Float, Region::Floats, address, 0, Ty::Float))
            }
            ElementKind::Bools => {
                let address = self.element_address(array, index, 0);
                let byte = self.load(Width::Byte, Region::Bools, address, 0, Ty::Int);
                (Scalar::Bool, self.unary(Unary::IntToBool, byte))
            }
            ElementKind::Ints | ElementKind::Values => {
                let address = self.element_address(array, index, 3);
                (Scalar::Int, self.load(Width::Word, Region::Ints, address, 0, Ty::Int))
            }
        }
    }

    /// The tag and the payload of an element that is in bounds, however the array stores it.
    pub(super) fn element_of_any_kind(&mut self, array: Val, index: Val) -> (Val, Val) {
        let kind = self.element_kind(array);
        let rest = self.new_block(false);
        let (tag, payload) = (self.f.add_param(rest, Ty::Int), self.f.add_param(rest, Ty::Ptr));
        let is_values = self.compare_int(Cond::Eq, kind, ElementKind::Values as i64);
        let (_, packed) = self.fork(is_values, false, false);
        let cell = self.element_cell(array, index);
        let element_tag = self.load_cell_tag(cell);
        let element = self.read_payload(cell, Ty::Ptr);
        self.jump(rest, vec![element_tag, element]);
        self.block = packed;
        let address = self.element_address(array, index, 3);
        let (ints, floats) = (self.int(tag::INT as i64), self.int(tag::FLOAT as i64));
        let is_ints = self.compare_int(Cond::Eq, kind, ElementKind::Ints as i64);
        let (_, other) = self.fork(is_ints, false, false);
        let word = self.load(Width::Word, Region::Ints, address, 0, Ty::Ptr);
        self.jump(rest, vec![ints, word]);
        self.block = other;
        let is_floats = self.compare_int(Cond::Eq, kind, ElementKind::Floats as i64);
        let (_, other) = self.fork(is_floats, false, false);
        let word = self.load(Width::Word, Region::Floats, address, 0, Ty::Ptr);
        self.jump(rest, vec![floats, word]);
        self.block = other;
        let bools = self.int(tag::BOOL as i64);
        let (address, null) = (self.element_address(array, index, 0), self.address(0));
        let byte = self.load(Width::Byte, Region::Bools, address, 0, Ty::Int);
        let word = self.binary(Binary::Add, null, byte);
        self.jump(rest, vec![bools, word]);
        self.block = rest;
        (tag, payload)
    }

    /// `dst := subject[index]`.
    pub(super) fn get_index(&mut self, at: &Decoded, dst: u32, subject: u32, index: u32) -> Step<bool> {
        if self.has_no_feedback() {
            return self.never_run();
        }
        if let Some((Scalar::Int, position)) = self.get(index).scalar()
            && let Some(position) = self.f.as_int(position)
            && let Some(element) = self.virtual_element(subject, position)
        {
            self.set(dst, element);
            return Ok(false);
        }
        self.materialize(index);
        if self.is_dict(subject) {
            return self.get_entry(at, dst, subject, index);
        }
        if self.is_string_subject(subject) {
            return self.get_character(at, dst, subject, index);
        }
        let operands = Operands::new(subject, Arguments::One(Right::Slot(index)));
        if let Some(ends) = self.by_method(OperatorMethod::Index, dst, operands)? {
            return Ok(ends);
        }
        if self.shape_of(subject).is_none() && self.feedback() & feedback::SUBJECTS != 0 {
            return self.interpret(at);
        }
        if self.is_widened(ExitReason::Kind) && self.shape_of(subject).is_none_or(|s| s.tag != tag::ARRAY)
            || self.is_widened(ExitReason::Bounds)
            || !self.may_be(index, Scalar::Int)
        {
            return self.interpret(at);
        }
        let Some((_, array)) = self.unbox_object(subject, tag::ARRAY) else { return self.interpret(at) };
        let Some(position) = self.unbox(index, Scalar::Int) else { return self.interpret(at) };
        let read = self.read_element(array, position);
        self.set_read(dst, read);
        Ok(false)
    }

    /// `GetElement`: an element of an array, which is there.
    pub(super) fn get_element(&mut self, at: &Decoded, dst: u32, subject: u32, index: u32) -> Step<bool> {
        if let Some(element) = self.virtual_element(subject, i64::from(index)) {
            self.set(dst, element);
            return Ok(false);
        }
        let is_array = self.shape_of(subject).is_some_and(|shape| shape.tag == tag::ARRAY);
        let is_likely = self.get(subject).is_unknown() && self.feedback() != 0 && !self.is_widened(ExitReason::Kind);
        if self.is_widened(ExitReason::Bounds) || !is_array && !is_likely {
            return self.interpret(at);
        }
        let Some((_, array)) = self.unbox_object(subject, tag::ARRAY) else { return self.interpret(at) };
        let index = self.int(index as i64);
        let read = self.read_element(array, index);
        self.set_read(dst, read);
        Ok(false)
    }

    /// `dst := string[index]`.
    fn get_character(&mut self, at: &Decoded, dst: u32, subject: u32, index: u32) -> Step<bool> {
        let Some((_, text)) = self.unbox_object(subject, tag::STR) else { return self.interpret(at) };
        if self.character_is_wide() || !self.may_be(index, Scalar::Int) {
            self.interpret_by(at, Stub::GetCharacter, self.next);
            return Ok(false);
        }
        self.get_character_at(at, dst, text, index)
    }

    /// The same for a string that has been found, at the end of a path too, where `character_is_wide` is false.
    pub(super) fn get_character_at(&mut self, at: &Decoded, dst: u32, text: Val, index: u32) -> Step<bool> {
        let Some(position) = self.unbox(index, Scalar::Int) else { return self.interpret(at) };
        let character = self.character_at(text, position);
        self.set(dst, character);
        Ok(false)
    }

    /// Has the instruction read what is no character of an ASCII text?
    pub(super) fn character_is_wide(&self) -> bool {
        [ExitReason::Elements, ExitReason::Bounds, ExitReason::Kind].iter().any(|r| self.is_widened(*r))
    }

    /// Is the subject of an index a string, as far as is known or was seen?
    fn is_string_subject(&mut self, subject: u32) -> bool {
        match self.shape_of(subject) {
            Some(shape) => shape.tag == tag::STR,
            None => self.feedback() & feedback::SUBJECTS == feedback::IN_STRING && !self.is_widened(ExitReason::Kind),
        }
    }

    /// `array[index] := value`, taken, for an array in a slot or in an object.
    pub(super) fn write_element(&mut self, container: Object, index: Val, value: u32) {
        let index = self.position_in_array(container.ptr, index);
        let kind = self.kind_for(value);
        self.expect_elements(container.ptr, kind);
        let array = self.unshare(container);
        match self.get(value).scalar() {
            Some((scalar, val)) => {
                self.store_packed(array, index, scalar, val);
                self.know(value, SlotState::EMPTY);
            }
            None => {
                let cell = self.element_cell(array, index);
                self.write_cell(cell, value);
            }
        }
    }

    /// Stores an element of a packed array, for which there is room.
    pub(super) fn store_packed(&mut self, array: Val, index: Val, scalar: Scalar, val: Val) {
        let shift = if scalar == Scalar::Bool { 0 } else { 3 };
        let address = self.element_address(array, index, shift);
        match scalar {
            Scalar::Int => self.store(Width::Word, Region::Ints, address, 0, val),
            Scalar::Float => self.store(Width::Float, Region::Floats, address, 0, val),
            Scalar::Bool => {
                let byte = self.unary(Unary::BoolToInt, val);
                self.store(Width::Byte, Region::Bools, address, 0, byte);
            }
        }
    }

    /// How the value of a slot lies in an array that is made of its like.
    pub(super) fn kind_for(&self, value: u32) -> ElementKind {
        match self.scalar_kind(value) {
            Some(scalar) => packed_kind(scalar),
            None => ElementKind::Values,
        }
    }

    /// Does the interpreter have to write this element?
    pub(super) fn element_write_is_wide(&self, value: u32) -> bool {
        let is_unknown = self.get(value).is_unknown();
        [ExitReason::Elements, ExitReason::Bounds].into_iter().any(|r| self.is_widened(r))
            || is_unknown && self.is_widened(ExitReason::Kind)
    }

    /// The value that is stored as one of a kind, if it was such a one before.
    pub(super) fn settle_value(&mut self, value: u32) {
        if self.get(value).is_borrowed() {
            self.flush(value);
        }
    }

    /// `subject[index] := value`, taken.
    pub(super) fn set_index(&mut self, at: &Decoded, subject: u32, index: u32, value: u32) -> Step<bool> {
        if self.is_dict(subject) {
            self.settle(subject);
            self.flush(subject);
            let Some(dict) = self.unshared_slot(subject, tag::DICT) else { return self.interpret(at) };
            return self.set_entry(at, dict, index, value, Stub::SetEntry);
        }
        if self.element_write_is_wide(value) || self.is_widened(ExitReason::Kind) || !self.may_be(index, Scalar::Int) {
            return self.interpret(at);
        }
        self.settle(subject);
        self.flush(subject);
        self.settle_value(value);
        let Some((shape, array)) = self.unbox_object(subject, tag::ARRAY) else { return self.interpret(at) };
        let Some(position) = self.unbox(index, Scalar::Int) else { return self.interpret(at) };
        self.write_element(Object { shape, ptr: array, home: Home::Slot(subject) }, position, value);
        Ok(false)
    }

    // ---- fields

    /// The cell of the field that a site names, in a struct of which the site knows the declaration; `None` if it knows none.
    pub(super) fn field_cell(&mut self, shape: Shape, object: Val, site: u32) -> Option<Cell> {
        let site = self.context().function.sites.get(site as usize)?;
        let entries: Vec<(u32, u32)> = site.cache.entries().collect();
        let offset_of = |slot: u32| layout::STRUCT_FIELDS + slot as i32 * layout::VALUE_BYTES;
        let cell = |id, slot| Some(Cell::field(Holder::Struct(id), object, offset_of(slot)));
        if let Some((id, slot)) = entries.iter().find(|(id, _)| *id == shape.detail) {
            return cell(*id, *slot);
        }
        if entries.is_empty() || site.cache.is_megamorphic() || self.is_widened(ExitReason::Shape) {
            return None;
        }
        let actual = self.load(Width::Half, Region::Constant, object, layout::STRUCT_SHAPE, Ty::Int);
        let mut fits: Option<Val> = None;
        let mut offset: Option<Val> = None;
        for (id, slot) in &entries {
            let is_this = self.compare_int(Cond::Eq, actual, *id as i64);
            let bytes = self.int(offset_of(*slot) as i64);
            offset = Some(match offset {
                Some(other) => self.push(Inst::Select(is_this, bytes, other), Ty::Int),
                None => bytes,
            });
            fits = Some(match fits {
                Some(others) => self.binary(Binary::BoolOr, others, is_this),
                None => is_this,
            });
        }
        self.expect(fits?, ExitReason::Shape);
        match entries.as_slice() {
            [(id, slot)] => cell(*id, *slot),
            _ => {
                let address = self.binary(Binary::Add, object, offset?);
                Some(Cell::field(Holder::Any, address, 0))
            }
        }
    }

    /// The declaration of the structs that a site has seen, if it is one.
    pub(super) fn seen_shape(&self, site: u32) -> Option<u32> {
        let site = self.context().function.sites.get(site as usize)?;
        let mut entries = site.cache.entries();
        let (id, _) = entries.next()?;
        entries.next().is_none().then_some(id)
    }

    pub(super) fn get_field(&mut self, at: &Decoded, dst: u32, subject: u32, site: u32) -> Step<bool> {
        if let Some(field) = self.virtual_field(subject, site) {
            self.set(dst, field);
            return Ok(false);
        }
        let is_dict = self.is_dict(subject);
        if !is_dict && self.has_not_run(site) {
            return self.never_run();
        }
        let cell = if is_dict { self.entry_of(subject, site) } else { self.field_of(subject, site) };
        match cell {
            Some(cell) => {
                let read = self.read(cell);
                self.set_read(dst, read);
                Ok(false)
            }
            None => self.interpret(at),
        }
    }

    /// `dst := subject?.name`, where the subject is not null.
    pub(super) fn get_field_or_null(&mut self, at: &Decoded, dst: u32, subject: u32, site: u32) -> Step<bool> {
        if !self.is_dict(subject) {
            return self.interpret(at);
        }
        let Some((_, dict)) = self.unbox_object(subject, tag::DICT) else { return self.interpret(at) };
        let Some(read) = self.named_or_null(dict, site) else { return self.interpret(at) };
        self.set_read(dst, read);
        Ok(false)
    }

    fn entry_of(&mut self, subject: u32, site: u32) -> Option<Cell> {
        if self.is_widened(ExitReason::Bounds) {
            return None;
        }
        let (_, dict) = self.unbox_object(subject, tag::DICT)?;
        self.named_cell(dict, site)
    }

    fn field_of(&mut self, subject: u32, site: u32) -> Option<Cell> {
        let is_struct = self.shape_of(subject).is_some_and(|shape| shape.tag == tag::STRUCT);
        if self.is_widened(ExitReason::Kind) && !is_struct || self.has_no_field_cache(site) {
            return None;
        }
        let (shape, object) = self.unbox_object(subject, tag::STRUCT)?;
        let cell = self.field_cell(shape, object, site)?;
        if let Some(detail) = self.seen_shape(site)
            && shape.detail == 0
        {
            self.refine(subject, Shape { tag: tag::STRUCT, detail });
        }
        Some(cell)
    }

    /// Has the site seen nothing, or too much?
    pub(super) fn has_no_field_cache(&self, site: u32) -> bool {
        let site = self.context().function.sites.get(site as usize);
        site.is_none_or(|s| s.cache.entries().next().is_none() || s.cache.is_megamorphic())
    }

    /// More is known of an object now.
    pub(super) fn refine(&mut self, slot: u32, shape: Shape) {
        let state = self.get(slot);
        let abs = match state.abs {
            Abs::Object(_, ptr) => Abs::Object(shape, ptr),
            Abs::Borrowed(_, ptr, owner) => Abs::Borrowed(shape, ptr, owner),
            Abs::Memory(_) => Abs::Memory(Kind::Object(shape)),
            other => other,
        };
        self.know(slot, SlotState { abs, ..state });
    }

    pub(super) fn set_field(&mut self, at: &Decoded, subject: u32, site: u32, value: u32) -> Step<bool> {
        if self.set_virtual_field(subject, site, value) {
            return Ok(false);
        }
        if self.has_not_run(site) {
            return self.never_run();
        }
        self.settle(subject);
        self.flush(subject);
        self.settle_value(value);
        if self.field_of(subject, site).is_none() {
            return self.interpret(at);
        }
        let Some((shape, ptr)) = self.object(subject) else { return self.interpret(at) };
        let own = self.unshare(Object { shape, ptr, home: Home::Slot(subject) });
        let Some(cell) = self.field_cell(shape, own, site) else { return self.interpret(at) };
        self.write_cell(cell, value);
        Ok(false)
    }
}

/// How arrays of one kind of scalars store them.
pub(super) fn packed_kind(scalar: Scalar) -> ElementKind {
    match scalar {
        Scalar::Int => ElementKind::Ints,
        Scalar::Float => ElementKind::Floats,
        Scalar::Bool => ElementKind::Bools,
    }
}
