//! Errors that a handler of the function has caught before: native code goes on there itself.
//!
//! Only the outermost function has handlers, since those with handlers are not inlined. Where its innermost handler is a cleanup, or
//! has caught nothing yet, the interpreter takes over.

use super::Builder;
use super::graph::{self, Node};
use super::state::{Abs, Kind, Shape, SlotState};
use crate::hir::{Cond, ExitId, Val};
use ruff_core::jit::{ExitReason, Handler, Pc, Stub, tag};

/// A handler that catches errors of the instruction.
#[derive(Clone, Copy)]
pub struct Catch<'p> {
    node: Node,
    handler: &'p Handler,
}

impl<'p> Builder<'p, '_> {
    /// The handler that catches what the instruction raises, if it has done so before.
    pub(super) fn catch(&self) -> Option<Catch<'p>> {
        let context = self.contexts.first()?;
        let next = self.contexts.get(1).map_or(self.next, |inner| inner.return_pc);
        let handler = graph::caught_by(context.function, Pc(next))?;
        let graph = &context.tables.graph;
        let is_target = |node: &&Node| graph.nodes[**node].start == handler.target.0;
        let node = *graph.nodes[context.node].catches.iter().find(is_target)?;
        (!graph.is_back(context.node, node)).then_some(Catch { node, handler })
    }

    /// Goes on if nothing was raised; else in the handler, after `failed` has noted what is known then, or by the exit.
    pub(super) fn unless_thrown(&mut self, fine: Val, exit: ExitId, failed: impl FnOnce(&mut Self)) {
        let Some(catch) = self.catch() else { return self.guard(fine, exit, ExitReason::Thrown) };
        let (_, thrown) = self.fork(fine, false, false);
        let (rest, state, before) = (self.block, self.state.clone(), self.before);
        self.block = thrown;
        failed(self);
        self.take_fault(catch);
        self.block = rest;
        self.state = state;
        self.before = before;
    }

    /// The machine holds a fault: the handler catches it, or it goes on its way.
    fn take_fault(&mut self, catch: Catch<'p>) {
        let slot = catch.handler.register.0 as u32;
        let ignores = catch.handler.ignores_error;
        // What others have borrowed from what the register held is their own from now on.
        self.settle(slot);
        let to = if ignores { self.int(0) } else { self.slot_address(slot) };
        let exit = self.exit_thrown();
        let caught = self.stub(Stub::Catch, vec![self.machine, self.frame, to]);
        let is_caught = self.compare_int(Cond::Ne, caught, 0);
        self.guard(is_caught, exit, ExitReason::Thrown);
        if ignores {
            self.set(slot, Abs::Null);
        } else {
            self.know(slot, SlotState::memory(Kind::Object(Shape { tag: tag::STRUCT, detail: 0 })));
        }
        self.enter_handler(catch);
    }

    /// Goes on in a handler, whose register has what it gets.
    fn enter_handler(&mut self, catch: Catch<'p>) {
        // The registers of inlined calls go.
        if let Some(inner) = self.contexts.get(1) {
            for slot in inner.base..self.state.slots.len() as u32 {
                self.clear(slot);
            }
        }
        let edge = self.edge();
        self.contexts[0].pending[catch.node].push(edge);
    }

    /// `Throw` of a text where nobody looks at the error: no error is made. False if that is not so.
    pub(super) fn throw_ignored(&mut self, value: u32) -> bool {
        let is_text = matches!(self.get(value).kind(), Kind::Object(shape) if shape.tag == tag::STR);
        let Some(catch) = self.catch().filter(|catch| is_text && catch.handler.ignores_error) else { return false };
        self.set(catch.handler.register.0 as u32, Abs::Null);
        self.enter_handler(catch);
        true
    }
}
