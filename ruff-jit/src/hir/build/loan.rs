//! Loans: values that are away from their place while a function may change them.
//!
//! The value is moved out of its place, the root is marked, and what is left of it waits in a slot until `Restore`.

use super::memory::Cell;
use super::state::{Abs, Kind, Shape, SlotState, Words};
use super::{Builder, Step};
use crate::hir::{Cond, Ty};
use ruff_core::jit::{Absence, Decoded, ExitReason, Place, PlaceRoot, tag};

const ON_LOAN: Abs = Abs::Absent(Absence::OnLoan as u8);

/// Where a variable is.
#[derive(Clone, Copy)]
enum Root {
    Slot(u32),
    Cell(Cell),
}

/// A place whose value can be lent.
#[derive(Clone, Copy)]
pub(super) struct Lender {
    root: Root,
    /// The tag of the root, if the value is behind a path.
    rest: Option<u8>,
    /// Where the value lies, unless that is a slot.
    pub(super) cell: Option<Cell>,
}

impl<'p> Builder<'p, '_> {
    // ---- giving

    /// `Lend`.
    pub(super) fn lend(&mut self, at: &Decoded, loan: u32, index: u32) -> Step<bool> {
        if self.path_has_not_run(index) {
            return self.never_run();
        }
        let function = self.context().function;
        let Some(place) = function.places.get(index as usize) else { return Err(super::malformed()) };
        if place.immutable.is_some() || self.is_widened(ExitReason::Undefined) {
            return self.interpret(at);
        }
        let Some(lender) = self.lender(place) else { return self.interpret(at) };
        self.settle_objects();
        match (lender.root, lender.cell) {
            (_, Some(cell)) => self.lend_cell(loan, lender, cell),
            (Root::Slot(root), None) => match self.get(root).abs {
                Abs::Absent(_) | Abs::Empty => return self.interpret(at),
                abs => {
                    if abs == Abs::Memory(Kind::Any) {
                        let tag = self.load_tag(root);
                        self.expect_defined(tag);
                    }
                    self.before = None;
                    self.lend_slot(loan, root);
                }
            },
            (Root::Cell(_), None) => return self.interpret(at),
        }
        Ok(false)
    }

    /// The place as one that can be lent: nothing on the way is shared. `None` if the interpreter must see to it.
    pub(super) fn lender(&mut self, place: &'p Place) -> Option<Lender> {
        let root = self.root_of(place)?;
        let (cell, rest) = match (place.steps.first(), root) {
            (Some(_), _) => (Some(self.changing_cell(place, None)?), Some(self.wanted_tag(place, 0))),
            (None, Root::Cell(cell)) => (Some(cell), None),
            (None, Root::Slot(_)) => (None, None),
        };
        Some(Lender { root, rest, cell })
    }

    /// Moves the value in a slot into another one, whose neighbour below says that the whole root is on loan.
    pub(super) fn lend_slot(&mut self, to: u32, root: u32) {
        self.move_slot(to, root);
        self.know(root, SlotState::fresh(ON_LOAN));
        self.set(to - 1, ON_LOAN);
    }

    /// Moves the value in a cell of a place into the slot of the loan.
    fn lend_cell(&mut self, loan: u32, lender: Lender, cell: Cell) {
        let tag = self.load_cell_tag(cell);
        self.expect_defined(tag);
        self.before = None;
        let payload = self.read_payload(cell, Ty::Ptr);
        self.put_on_loan(lender, loan - 1);
        self.set_words(loan, Words::any(tag, payload));
    }

    fn expect_defined(&mut self, tag: crate::hir::Val) {
        let is_defined = self.compare_int(Cond::Ne, tag, tag::ABSENT as i64);
        self.expect(is_defined, ExitReason::Undefined);
    }

    /// Marks the root of a place whose value, which lies in a cell, is moved away; what is left of it goes to a slot.
    pub(super) fn put_on_loan(&mut self, lender: Lender, rest: u32) {
        self.settle_objects();
        match (lender.root, lender.rest) {
            (Root::Slot(root), _) => {
                self.move_slot(rest, root);
                self.know(root, SlotState::fresh(ON_LOAN));
            }
            (Root::Cell(root), None) => {
                self.set(rest, ON_LOAN);
                return self.empty_cell(root, Some(Absence::OnLoan));
            }
            (Root::Cell(root), Some(tag)) => {
                let object = self.read_payload(root, Ty::Ptr);
                self.set_object(rest, Shape { tag, detail: 0 }, object);
                self.empty_cell(root, Some(Absence::OnLoan));
            }
        }
        if let Some(cell) = lender.cell {
            self.empty_cell(cell, None);
        }
    }

    fn root_of(&mut self, place: &Place) -> Option<Root> {
        match place.root {
            PlaceRoot::Register(register) => Some(Root::Slot(self.slot(register.0 as u32))),
            root => self.root_cell(root).map(Root::Cell),
        }
    }

    // ---- giving back

    /// `Restore`: what was lent goes back to a whole register; other places are the interpreter's.
    pub(super) fn restore(&mut self, at: &Decoded, loan: u32, place: u32) -> Step<bool> {
        let rest = self.get(loan - 1).abs;
        if rest == Abs::Null {
            return Ok(false);
        }
        if rest == Abs::Memory(Kind::Any) {
            return self.restore_any(at, loan);
        }
        let function = self.context().function;
        let Some(place) = function.places.get(place as usize) else { return Err(super::malformed()) };
        let is_whole = matches!(rest, Abs::Absent(_)) && place.steps.is_empty();
        let has_rest = self.object(loan - 1).is_some() && !place.steps.is_empty();
        if !is_whole && !has_rest {
            return self.interpret(at);
        }
        self.restore_natively(at, loan, place, is_whole)
    }

    fn restore_natively(&mut self, at: &Decoded, loan: u32, place: &'p Place, is_whole: bool) -> Step<bool> {
        let Some(root) = self.root_of(place) else { return self.interpret(at) };
        if !is_whole {
            let Some(cell) = self.changing_cell(place, Some(loan - 1)) else { return self.interpret(at) };
            self.before = None;
            self.write_cell(cell, loan);
        }
        self.before = None;
        let from = if is_whole { loan } else { loan - 1 };
        match root {
            Root::Slot(root) => self.move_slot(root, from),
            Root::Cell(root) => self.write_cell(root, from),
        }
        self.set(loan - 1, Abs::Null);
        Ok(false)
    }

    /// `Restore` where it is not known whether something was lent.
    fn restore_any(&mut self, at: &Decoded, loan: u32) -> Step<bool> {
        let (pc, next) = (self.pc, self.next);
        let tag = self.load_tag(loan - 1);
        let is_lent = self.compare_int(Cond::Ne, tag, tag::NULL as i64);
        let (_, plain) = self.fork(is_lent, true, false);
        let state = self.state.clone();
        self.interpret(at)?;
        let lent = self.edge();
        self.block = plain;
        self.state = state;
        let plain = self.edge();
        self.go_on_after((pc, next), vec![lent, plain])
    }
}
