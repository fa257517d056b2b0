//! Places: reading and writing through a root variable and a path, without counting what lies on the way.

use super::memory::Cell;
use super::state::{Kind, Scalar, Shape};
use super::{Builder, Step};
use crate::hir::{Cond, Ty, Val};
use ruff_core::jit::{Decoded, ExitReason, Place, PlaceRoot, PlaceStep, Stub, tag};

/// Where a walk along a path has come.
#[derive(Clone, Copy)]
pub(super) struct Object {
    pub(super) shape: Shape,
    pub(super) ptr: Val,
    pub(super) home: Home,
}

/// What holds the reference to an object.
#[derive(Clone, Copy)]
pub(super) enum Home {
    Slot(u32),
    Cell(Cell),
}

impl<'p> Builder<'p, '_> {
    /// `dst := place`.
    pub(super) fn get_path(&mut self, at: &Decoded, dst: u32, index: u32) -> Step<bool> {
        let place = self.context().function.places.get(index as usize).ok_or_else(super::malformed)?;
        if let Some(part) = self.virtual_at(place) {
            self.set(dst, part);
            return Ok(false);
        }
        self.materialize_operands(at);
        if self.path_has_not_run(index) {
            return self.never_run();
        }
        let Some((container, last)) = self.walk(index, false) else { return self.interpret(at) };
        if let (PlaceStep::Index(register), tag::STR) = (last, container.shape.tag) {
            if self.character_is_wide() {
                return self.interpret(at);
            }
            return self.get_character_at(at, dst, container.ptr, self.slot(register.0 as u32));
        }
        let read = match last {
            _ if container.shape.tag == tag::DICT => match self.follow(container, last) {
                Some(cell) => self.read(cell),
                None => return self.interpret(at),
            },
            PlaceStep::Index(register) => {
                let Some(position) = self.unbox(self.slot(register.0 as u32), Scalar::Int) else {
                    return self.interpret(at);
                };
                self.read_element(container.ptr, position)
            }
            PlaceStep::Field(site) => match self.field_cell(container.shape, container.ptr, site) {
                Some(cell) => self.read(cell),
                None => return self.interpret(at),
            },
        };
        self.set_read(dst, read);
        Ok(false)
    }

    /// `place := value`, taken.
    pub(super) fn set_path(&mut self, at: &Decoded, value: u32, index: u32) -> Step<bool> {
        let place = self.context().function.places.get(index as usize).ok_or_else(super::malformed)?;
        if self.set_virtual_at(place, value) {
            return Ok(false);
        }
        self.materialize_operands(at);
        if self.path_has_not_run(index) {
            return self.never_run();
        }
        if self.element_write_is_wide(value) {
            return self.interpret(at);
        }
        self.settle_value(value);
        let Some((container, last)) = self.walk(index, true) else { return self.interpret(at) };
        match last {
            PlaceStep::Index(register) if container.shape.tag == tag::DICT => {
                let dict = self.unshare(container);
                return self.set_entry(at, dict, self.slot(register.0 as u32), value, Stub::SetPath);
            }
            PlaceStep::Index(register) => {
                let Some(position) = self.unbox(self.slot(register.0 as u32), Scalar::Int) else {
                    return self.interpret(at);
                };
                self.write_element(container, position, value);
            }
            PlaceStep::Field(site) => {
                let own = self.unshare(container);
                let Some(cell) = self.field_cell(container.shape, own, site) else {
                    return self.interpret(at);
                };
                self.write_cell(cell, value);
            }
        }
        Ok(false)
    }

    /// The slot of a place that is a whole register.
    pub(super) fn whole_root(&self, place: &Place) -> Option<u32> {
        match place.root {
            PlaceRoot::Register(register) if place.steps.is_empty() => Some(self.slot(register.0 as u32)),
            _ => None,
        }
    }

    /// The cell of the value at a place that is not a whole register; `None` if the interpreter must find it, or if it is an
    /// element that may lie unboxed.
    pub(super) fn place_cell(&mut self, place: &'p Place) -> Option<Cell> {
        if place.steps.is_empty() {
            return self.root_cell(place.root);
        }
        let (container, last) = self.walk_place(place, false, None)?;
        self.follow(container, last)
    }

    /// The cell of the value at a place that will change, if that is not a whole register.
    pub(super) fn changed_cell(&mut self, place: &'p Place) -> Option<Cell> {
        if place.steps.is_empty() { self.place_cell(place) } else { self.changing_cell(place, None) }
    }

    /// The cell of the value at a place that will change: nothing on the way is shared. The root is the variable, or what is left
    /// of it in a slot.
    pub(super) fn changing_cell(&mut self, place: &Place, root: Option<u32>) -> Option<Cell> {
        let (container, last) = self.walk_place(place, true, root)?;
        let ptr = self.unshare(container);
        self.follow(Object { ptr, ..container }, last)
    }

    /// The cell of a variable that is not in a register.
    pub(super) fn root_cell(&mut self, root: PlaceRoot) -> Option<Cell> {
        match root {
            PlaceRoot::Register(_) => None,
            PlaceRoot::Cell(register) => self.cell_in(self.slot(register.0 as u32)),
            PlaceRoot::Capture(index) => Some(self.capture(index)),
            PlaceRoot::Global(global) => Some(self.global(global.0)),
        }
    }

    /// Does a place have a field that no instruction has looked up yet?
    pub(super) fn path_has_not_run(&self, index: u32) -> bool {
        let Some(place) = self.context().function.places.get(index as usize) else { return false };
        fields_of(place).any(|(at, site)| !place.was_in_dict(at) && self.has_not_run(site))
    }

    /// Goes along a place to the container that its last step looks into; `None` if the interpreter must do it.
    fn walk(&mut self, index: u32, changes: bool) -> Option<(Object, PlaceStep)> {
        let place = self.context().function.places.get(index as usize)?;
        self.walk_place(place, changes, None)
    }

    fn walk_place(&mut self, place: &Place, changes: bool, rest: Option<u32>) -> Option<(Object, PlaceStep)> {
        let (last, path) = place.steps.split_last()?;
        let reasons =
            [ExitReason::Kind, ExitReason::Bounds, ExitReason::Elements, ExitReason::Shape, ExitReason::Undefined];
        let mut fields = fields_of(place);
        if changes && !self.may_change(place)
            || reasons[..2].iter().any(|r| self.is_widened(*r))
            || !path.is_empty() && self.is_widened(ExitReason::Elements)
            || reasons[3..].iter().any(|r| self.is_widened(*r))
            || fields.any(|(at, site)| !place.was_in_dict(at) && self.has_no_field_cache(site))
            || place.steps.iter().any(|s| matches!(s, PlaceStep::Index(r) if !self.may_index(self.slot(r.0 as u32))))
        {
            return None;
        }
        let tag = self.wanted_tag(place, 0);
        let mut current = match rest {
            Some(slot) => {
                self.settle(slot);
                self.flush(slot);
                let (shape, ptr) = self.unbox_object(slot, tag)?;
                Object { shape, ptr, home: Home::Slot(slot) }
            }
            None => self.root(place.root, tag, changes)?,
        };
        for (at, step) in path.iter().enumerate() {
            if changes {
                current.ptr = self.unshare(current);
            }
            let cell = self.follow(current, *step)?;
            current = self.expect_object(cell, self.wanted_tag(place, at + 1));
        }
        Some((current, *last))
    }

    /// May a change go along a place? Characters of strings and entries that a dot names are not changed.
    fn may_change(&self, place: &Place) -> bool {
        place.immutable.is_none()
            && !(0..place.steps.len()).any(|at| place.was_in_string(at))
            && !fields_of(place).any(|(at, _)| place.was_in_dict(at))
    }

    fn root(&mut self, root: PlaceRoot, tag: u8, changes: bool) -> Option<Object> {
        if let PlaceRoot::Register(register) = root {
            let slot = self.slot(register.0 as u32);
            if changes {
                self.settle(slot);
                self.flush(slot);
            }
            let (shape, ptr) = self.unbox_object(slot, tag)?;
            return Some(Object { shape, ptr, home: Home::Slot(slot) });
        }
        let cell = self.root_cell(root)?;
        Some(self.expect_object(cell, tag))
    }

    /// The cell that a step leads to.
    fn follow(&mut self, object: Object, step: PlaceStep) -> Option<Cell> {
        match step {
            PlaceStep::Index(_) if object.shape.tag == tag::STR => None,
            PlaceStep::Index(register) if object.shape.tag == tag::DICT => {
                Some(self.entry_cell(object.ptr, self.slot(register.0 as u32)))
            }
            PlaceStep::Index(register) => {
                let position = self.unbox(self.slot(register.0 as u32), Scalar::Int)?;
                Some(self.value_element(object.ptr, position))
            }
            PlaceStep::Field(site) if object.shape.tag == tag::DICT => self.named_cell(object.ptr, site),
            PlaceStep::Field(site) => self.field_cell(object.shape, object.ptr, site),
        }
    }

    /// The object in a cell, which leaves if it holds something else.
    pub(super) fn expect_object(&mut self, cell: Cell, tag: u8) -> Object {
        let actual = self.load_cell_tag(cell);
        let fits = self.compare_int(Cond::Eq, actual, tag as i64);
        self.expect(fits, ExitReason::Kind);
        Object { shape: Shape { tag, detail: 0 }, ptr: self.read_payload(cell, Ty::Ptr), home: Home::Cell(cell) }
    }

    /// The scalar in a cell, which leaves if it holds something else.
    pub(super) fn expect_scalar(&mut self, cell: Cell, scalar: Scalar) -> Val {
        let actual = self.load_cell_tag(cell);
        let fits = self.compare_int(Cond::Eq, actual, i64::from(scalar.tag()));
        self.expect(fits, ExitReason::Kind);
        self.read_payload(cell, super::ty_of(scalar))
    }

    /// The object in a slot, which is in memory, with one reference from now on; `None` if it is known to be something else.
    pub(super) fn unshared_slot(&mut self, slot: u32, tag: u8) -> Option<Val> {
        let (shape, ptr) = self.unbox_object(slot, tag)?;
        Some(self.unshare(Object { shape, ptr, home: Home::Slot(slot) }))
    }

    /// Is the value of a slot an int or a string, as far as is known?
    fn may_index(&self, slot: u32) -> bool {
        self.may_be(slot, Scalar::Int) || self.is_string(slot)
    }

    fn is_string(&self, slot: u32) -> bool {
        matches!(self.get(slot).kind(), Kind::Object(shape) if shape.tag == tag::STR)
    }

    /// The tag of what a step of a place, by its index, looks into: strings are keys of dicts, ints are positions in
    /// arrays unless they were keys, or positions in strings, before.
    pub(super) fn wanted_tag(&self, place: &Place, at: usize) -> u8 {
        match place.steps.get(at) {
            Some(_) if place.was_in_dict(at) => tag::DICT,
            Some(PlaceStep::Field(_)) => tag::STRUCT,
            Some(PlaceStep::Index(_)) if place.was_in_string(at) => tag::STR,
            Some(PlaceStep::Index(register)) if self.is_string(self.slot(register.0 as u32)) => tag::DICT,
            _ => tag::ARRAY,
        }
    }
}

/// The steps of a place that are fields, by their indices, and their sites.
fn fields_of(place: &Place) -> impl Iterator<Item = (usize, u32)> {
    place.steps.iter().enumerate().filter_map(|(at, step)| match step {
        PlaceStep::Field(site) => Some((at, *site)),
        PlaceStep::Index(_) => None,
    })
}
