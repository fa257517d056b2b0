//! Values of the kinds that an instruction expects: unboxing with guards, truth, and what is read from objects.

use super::Builder;
use super::state::{Abs, Kind, Scalar, Shape, SlotState, Tested, Words};
use crate::hir::{Access, Binary, Cond, Holder, Inst, Region, Ty, Unary, Val, Width};
use ruff_core::jit::{Absence, Const, ExitReason, Stub, feedback, layout, tag};

/// A value that was read from memory that the instruction does not own: nothing is counted yet.
#[derive(Clone, Copy, Debug)]
pub enum Read {
    Scalar(Scalar, Val),
    Null,
    Words(Words),
}

/// Where a value lies in an object.
#[derive(Clone, Copy, Debug)]
pub struct Cell {
    region: Region,
    pub address: Val,
    pub offset: i32,
    holder: Holder,
}

impl Cell {
    pub fn new(region: Region, address: Val, offset: i32) -> Cell {
        Cell { region, address, offset, holder: Holder::Any }
    }

    /// A field of a struct, or of a value of an enum.
    pub fn field(holder: Holder, object: Val, offset: i32) -> Cell {
        Cell { region: Region::Fields, address: object, offset, holder }
    }

    /// The cell so many values behind this one.
    pub fn next(self, distance: u32) -> Cell {
        Cell { offset: self.offset + distance as i32 * layout::VALUE_BYTES, ..self }
    }

    fn access(self, width: Width, part: i32) -> Access {
        Access { width, region: self.region, offset: self.offset + part, holder: self.holder }
    }
}

impl Builder<'_, '_> {
    // ---- cells

    /// A part of the value in a cell, which lies `part` bytes from its beginning.
    fn load_part(&mut self, cell: Cell, width: Width, part: i32, ty: Ty) -> Val {
        self.push(Inst::Load(cell.access(width, part), cell.address), ty)
    }

    fn store_part(&mut self, cell: Cell, width: Width, part: i32, value: Val) {
        self.push(Inst::Store(cell.access(width, part), cell.address, value), Ty::None);
    }

    /// The tag of the value in a cell.
    pub(super) fn load_cell_tag(&mut self, cell: Cell) -> Val {
        self.load_part(cell, Width::Byte, layout::VALUE_TAG, Ty::Int)
    }

    /// Writes the tag and the payload of a value that a cell holds from now on.
    pub(super) fn store_cell(&mut self, cell: Cell, tag: Val, payload: Val) {
        self.store_part(cell, Width::Byte, layout::VALUE_TAG, tag);
        self.store_cell_payload(cell, payload);
    }

    /// Writes another payload of the same kind.
    pub(super) fn store_cell_payload(&mut self, cell: Cell, payload: Val) {
        let width = if self.f.ty(payload) == Ty::Float { Width::Float } else { Width::Word };
        self.store_part(cell, width, layout::VALUE_PAYLOAD, payload);
    }

    // ---- operands

    /// The kind of an operand, as far as it is known.
    pub(super) fn scalar_kind(&self, slot: u32) -> Option<Scalar> {
        self.get(slot).scalar().map(|(scalar, _)| scalar)
    }

    /// May the slot hold a scalar of that kind?
    pub(super) fn may_be(&self, slot: u32, scalar: Scalar) -> bool {
        match self.get(slot).abs {
            Abs::Memory(Kind::Any) | Abs::Read(Words { kind: Kind::Any, .. }, _) => true,
            _ => self.scalar_kind(slot) == Some(scalar),
        }
    }

    /// The unboxed value of a slot, which leaves if it holds something else; `None` if it is known to.
    pub(super) fn unbox(&mut self, slot: u32, scalar: Scalar) -> Option<Val> {
        if let Some((kind, val)) = self.get(slot).scalar() {
            return (kind == scalar).then_some(val);
        }
        let state = self.get(slot);
        if !self.may_be(slot, scalar) {
            return None;
        }
        let tag = self.tag_of(slot);
        let fits = self.compare_int(Cond::Eq, tag, scalar.tag() as i64);
        self.expect(fits, ExitReason::Kind);
        let val = self.payload_as(slot, super::emit::ty_of(scalar));
        self.know(slot, SlotState { abs: super::flow::scalar_abs(scalar, val), ..state });
        Some(val)
    }

    /// An int or a float as a float; leaves for other kinds, `None` if it is known to be one.
    pub(super) fn number(&mut self, slot: u32) -> Option<Val> {
        match self.get(slot).abs {
            Abs::Float(v) => Some(v),
            Abs::Int(v) => Some(self.unary(Unary::IntToFloat, v)),
            Abs::Memory(Kind::Any) | Abs::Read(Words { kind: Kind::Any, .. }, _) => {
                let tag = self.tag_of(slot);
                let mask = self.int(!1);
                let class = self.binary(Binary::And, tag, mask);
                let is_number = self.compare_int(Cond::Eq, class, tag::INT as i64);
                self.expect(is_number, ExitReason::Kind);
                let word = self.payload_as(slot, Ty::Int);
                let (converted, float) = (self.unary(Unary::IntToFloat, word), self.unary(Unary::BitsToFloat, word));
                let is_int = self.compare_int(Cond::Eq, tag, tag::INT as i64);
                Some(self.push(Inst::Select(is_int, converted, float), Ty::Float))
            }
            _ => None,
        }
    }

    /// The address of the object in a slot, which leaves if it holds something else; `None` if it is known to.
    pub(super) fn unbox_object(&mut self, slot: u32, tag: u8) -> Option<(Shape, Val)> {
        if let Some((shape, ptr)) = self.object(slot) {
            return (shape.tag == tag).then_some((shape, ptr));
        }
        if let Abs::Read(Words { kind: Kind::Object(shape), .. }, _) = self.get(slot).abs {
            self.know_object(slot, shape);
            return self.object(slot).filter(|(shape, _)| shape.tag == tag);
        }
        if !self.get(slot).is_unknown() {
            return None;
        }
        let actual = self.tag_of(slot);
        let fits = self.compare_int(Cond::Eq, actual, tag as i64);
        self.expect(fits, ExitReason::Kind);
        self.know_object(slot, Shape { tag, detail: 0 });
        self.object(slot)
    }

    /// A constant of the innermost function.
    pub(super) fn constant(&self, index: u32) -> Option<&Const> {
        let function = self.context().function;
        let index = *function.consts.get(index as usize)?;
        self.facts.program().consts.get(index as usize)
    }

    /// The truth of a slot.
    pub(super) fn truth(&mut self, slot: u32) -> Val {
        match self.get(slot).abs {
            Abs::Bool(v) => v,
            Abs::Int(v) => self.unary(Unary::IntToBool, v),
            Abs::Float(v) => {
                let zero = self.float(0.0);
                self.push(Inst::FloatCompare(Cond::Ne, v, zero), Ty::Bool)
            }
            Abs::Null | Abs::Absent(_) | Abs::Empty | Abs::Left(_) => self.bool(false),
            Abs::Object(..) | Abs::Borrowed(..) | Abs::Read(..) | Abs::Virtual(..) | Abs::Memory(_) => {
                self.truth_in_memory(slot)
            }
        }
    }

    fn truth_in_memory(&mut self, slot: u32) -> Val {
        self.flush(slot);
        let tag = self.load_tag(slot);
        let is_bool = self.compare_int(Cond::Eq, tag, tag::BOOL as i64);
        let rest = self.new_block(false);
        let result = self.f.add_param(rest, Ty::Bool);
        let (_, other) = self.fork(is_bool, false, false);
        let bool = self.load_payload(slot, Ty::Bool);
        self.jump(rest, vec![bool]);
        self.block = other;
        let address = self.slot_address(slot);
        let word = self.stub(Stub::Truthy, vec![address]);
        let truth = self.unary(Unary::IntToBool, word);
        self.jump(rest, vec![truth]);
        self.block = rest;
        result
    }

    // ---- reading

    /// The kinds of values that the instruction has read.
    pub(super) fn seen_reads(&self) -> u16 {
        self.feedback() & feedback::READS
    }

    /// The kind of scalars that the instruction has read, if it has read nothing else.
    pub(super) fn read_so_far(&self) -> Option<Scalar> {
        match self.seen_reads() {
            feedback::READ_INT => Some(Scalar::Int),
            feedback::READ_FLOAT => Some(Scalar::Float),
            feedback::READ_BOOL => Some(Scalar::Bool),
            _ => None,
        }
    }

    /// What was read, which leaves if it is no object of the kind that the instruction has always read.
    pub(super) fn read_words(&mut self, tag: Val, payload: Val) -> Read {
        let seen = feedback::objects_read(self.seen_reads());
        let Some(expected) = seen.filter(|_| !self.is_widened(ExitReason::Kind)) else {
            return Read::Words(Words::any(tag, payload));
        };
        let fits = self.compare_int(Cond::Eq, tag, expected as i64);
        self.expect(fits, ExitReason::Kind);
        let kind = Kind::Object(Shape { tag: expected, detail: 0 });
        Read::Words(Words { tag: self.int(expected as i64), payload, kind })
    }

    /// The value in a cell, unboxed if the instruction has only read one kind there.
    pub(super) fn read(&mut self, cell: Cell) -> Read {
        let tag = self.load_cell_tag(cell);
        match self.read_so_far().filter(|_| !self.is_widened(ExitReason::Kind)) {
            Some(scalar) => {
                let fits = self.compare_int(Cond::Eq, tag, scalar.tag() as i64);
                self.expect(fits, ExitReason::Kind);
                Read::Scalar(scalar, self.read_payload(cell, super::emit::ty_of(scalar)))
            }
            None if self.seen_reads() == feedback::READ_NULL && !self.is_widened(ExitReason::Kind) => {
                let fits = self.compare_int(Cond::Eq, tag, tag::NULL as i64);
                self.expect(fits, ExitReason::Kind);
                Read::Null
            }
            None => {
                let payload = self.read_payload(cell, Ty::Ptr);
                self.read_words(tag, payload)
            }
        }
    }

    pub(super) fn read_payload(&mut self, cell: Cell, ty: Ty) -> Val {
        match ty {
            Ty::Float => self.load_part(cell, Width::Float, layout::VALUE_PAYLOAD, ty),
            Ty::Bool => {
                let byte = self.load_part(cell, Width::Byte, layout::VALUE_PAYLOAD, Ty::Int);
                self.unary(Unary::IntToBool, byte)
            }
            _ => self.load_part(cell, Width::Word, layout::VALUE_PAYLOAD, ty),
        }
    }

    /// Leaves null in a cell, or an absence, after its value was moved out.
    pub(super) fn empty_cell(&mut self, cell: Cell, absence: Option<Absence>) {
        let tag = self.int(absence.map_or(tag::NULL, |_| tag::ABSENT) as i64);
        self.store_part(cell, Width::Byte, layout::VALUE_TAG, tag);
        if let Some(absence) = absence {
            let payload = self.int(absence as i64);
            self.store_cell_payload(cell, payload);
        }
    }

    /// Copies what was read to a slot.
    pub(super) fn set_read(&mut self, slot: u32, read: Read) {
        match read {
            Read::Scalar(scalar, val) => self.set(slot, super::flow::scalar_abs(scalar, val)),
            Read::Null => self.set(slot, Abs::Null),
            // Releasing what the slot holds may release the object that was read.
            Read::Words(words) if self.get(slot).may_own() => {
                self.count_words(words);
                self.set_words(slot, words);
            }
            Read::Words(words) => self.set(slot, Abs::Read(words, Tested::No)),
        }
    }

    /// Moves the value of a slot into a cell, whose old value is released. The slot holds nothing then.
    pub(super) fn write_cell(&mut self, cell: Cell, slot: u32) {
        self.settle(slot);
        self.settle_value(slot);
        self.settle_objects();
        let rest = self.write_virtual(cell, slot);
        self.materialize(slot);
        self.replace_value(cell, slot);
        if let Some(rest) = rest {
            self.jump(rest, Vec::new());
            self.block = rest;
        }
    }

    /// The same for a value that no one borrows from, nor is borrowed itself.
    fn replace_value(&mut self, cell: Cell, slot: u32) {
        let old = self.load_cell_tag(cell);
        let is_counted = self.compare_int(Cond::Ge, old, tag::FIRST_HEAP as i64);
        let (_, rest) = self.fork(is_counted, false, false);
        let object = self.read_payload(cell, Ty::Ptr);
        self.drop_reference(object, rest, |b| {
            let address = b.offset(cell.address, cell.offset as i64);
            let call = b.stub(Stub::Release, vec![address]);
            b.limit_slots(call, Vec::new(), u32::MAX);
            // The stub leaves null, but tells only of slots that it writes them.
            b.empty_cell(cell, None);
        });
        self.jump(rest, Vec::new());
        self.block = rest;
        self.fill_cell(cell, slot);
    }

    /// Moves the value of a slot into a cell that holds nothing. What is borrowed is counted.
    pub(super) fn fill_cell(&mut self, cell: Cell, slot: u32) {
        self.materialize(slot);
        let state = self.get(slot);
        let words = self.count_borrowed(state);
        let (tag, payload) = match (words, self.payload_of(state.abs)) {
            (Some(words), _) => words,
            (None, Some((tag, payload))) => (self.int(tag as i64), payload),
            (None, None) => (self.load_tag(slot), self.load_payload(slot, Ty::Int)),
        };
        self.store_cell(cell, tag, payload);
        if state.may_own() {
            self.store_tag(slot, tag::NULL);
        }
        self.know(slot, SlotState::EMPTY);
    }
}
