//! Calls of the methods of structs.

use super::alloc::single;
use super::call::{ScriptCall, takes};
use super::state::{Abs, Shape};
use super::{Builder, Edge, Step};
use crate::hir::{Binary, Cond, Region, Ty, Val, Width};
use ruff_core::jit::{
    Absence, Decoded, ExitReason, FuncId, Function, InlineCache, Op, Place, Receiver, ReturnMode, StructDecl,
    definition_of_key, layout, tag,
};
use std::sync::Arc;

/// A method that a site has called.
#[derive(Clone, Copy)]
pub(super) struct Method<'p> {
    /// The id of the struct declaration.
    declaration: u32,
    pub(super) function: &'p Function,
    receiver: Receiver,
    /// What becomes of its result.
    pub(super) mode: ReturnMode,
}

/// Where the receiver of a method is.
#[derive(Clone, Copy)]
pub(super) enum Asked {
    Slot(u32),
    /// It lies in an object.
    Object(Val),
}

impl Method<'_> {
    pub(super) fn changes_receiver(&self) -> bool {
        self.receiver == Receiver::InOut
    }

    pub(super) fn with_mode(self, mode: ReturnMode) -> Self {
        Method { mode, ..self }
    }
}

impl<'p> Builder<'p, '_> {
    /// `CallMethod`, and `CallPreparedMethod` of a receiver that was read by `PrepareMethod`.
    pub(super) fn call_method(&mut self, at: &Decoded, dst: u32, window: u32, count: u32, site: u32) -> Step<bool> {
        if self.has_not_run(site) {
            return self.never_run();
        }
        let is_prepared = at.op == Op::CallPreparedMethod;
        if let Some((id, function)) = self.function_of_struct(site, Some(count)) {
            if self.definition(window, tag::STRUCT_DEF, id).is_none() {
                return self.interpret(at);
            }
            return self.call_without_receiver(function, dst, (window, count), is_prepared);
        }
        if let Some(ends) = self.builtin_method(at, dst, (window, count, site))? {
            if is_prepared && !ends && dst != window - 1 {
                self.set(window - 1, Abs::Null);
            }
            return Ok(ends);
        }
        let Some(methods) = self.seen_methods(window, count, site) else { return self.interpret(at) };
        if methods.iter().any(|m| m.changes_receiver()) {
            return self.interpret(at);
        }
        if !self.expect_struct(window) {
            return self.interpret(at);
        }
        self.each_method(&methods, Asked::Slot(window), |b, method| {
            if is_prepared {
                // `Restore` has nothing to give back.
                b.before = None;
                b.set(window - 1, Abs::Null);
            }
            b.call_script(ScriptCall::new(method.function.id, (window, count + 1), dst))
        })
    }

    /// The function that a site has called by the name of a struct, and the id of that, if it has called nothing else, and a call with so
    /// many arguments needs no preparation.
    fn function_of_struct(&self, site: u32, count: Option<u32>) -> Option<(u32, &'p Function)> {
        let site = self.context().function.sites.get(site as usize)?;
        let (key, index) = single(site.cache.entries())?;
        let id = definition_of_key(key)?;
        let function = self.struct_with_id(id)?.methods.get(index as usize)?.function;
        let function = self.facts.program().functions.get(function.0 as usize)?;
        let is_plain = function.captures == 0 && count.is_none_or(|count| takes(function, &site.in_out, count));
        is_plain.then_some((id, function))
    }

    /// The definition of a struct at a place, which leaves if that holds something else.
    fn definition_at(&mut self, place: &'p Place, id: u32) -> Option<Val> {
        if let Some(slot) = self.whole_root(place) {
            return self.definition(slot, tag::STRUCT_DEF, id);
        }
        if self.is_widened(ExitReason::Shape) || self.is_widened(ExitReason::Kind) {
            return None;
        }
        let cell = self.place_cell(place)?;
        let definition = self.expect_object(cell, tag::STRUCT_DEF).ptr;
        self.expect_definition(definition, id);
        Some(definition)
    }

    /// Calls a function of a struct, whose register for the receiver has none.
    fn call_without_receiver(
        &mut self,
        function: &Function,
        dst: u32,
        (window, count): (u32, u32),
        is_at_place: bool,
    ) -> Step<bool> {
        self.before = None;
        self.set(window, Abs::Absent(Absence::Undefined as u8));
        if is_at_place {
            // `Restore` has nothing to give back.
            self.set(window - 1, Abs::Null);
        }
        self.call_script(ScriptCall::new(function.id, (window, count + 1), dst))
    }

    /// `PrepareMethod` of methods of structs: a receiver that they do not change is read now. `None` for other methods.
    pub(super) fn prepare_struct(&mut self, dst: u32, site: u32, place: &'p Place) -> Option<()> {
        if self.is_widened(ExitReason::Kind) {
            return None;
        }
        if let Some((id, _)) = self.function_of_struct(site, None) {
            let definition = self.definition_at(place, id)?;
            self.borrow_into(dst, Shape { tag: tag::STRUCT_DEF, detail: id }, definition);
            return Some(());
        }
        let root = self.whole_root(place);
        let known = root.and_then(|slot| self.shape_of(slot)).map_or(0, |shape| shape.detail);
        let (declarations, changes) = self.receivers_of(site, known)?;
        let receiver = match root {
            Some(slot) => self.expect_struct(slot).then_some(Asked::Slot(slot))?,
            None => {
                let cell = self.place_cell(place)?;
                Asked::Object(self.expect_object(cell, tag::STRUCT).ptr)
            }
        };
        if declarations != [known] {
            let object = self.object_of(receiver)?;
            let actual = self.load(Width::Half, Region::Constant, object, layout::STRUCT_SHAPE, Ty::Int);
            let mut fits = self.bool(false);
            for declaration in &declarations {
                let is_this = self.compare_int(Cond::Eq, actual, *declaration as i64);
                fits = self.binary(Binary::BoolOr, fits, is_this);
            }
            self.expect(fits, ExitReason::Shape);
        }
        match receiver {
            _ if changes => self.set(dst, Abs::Absent(Absence::Undefined as u8)),
            Asked::Slot(slot) => self.copy_slot(dst, slot),
            Asked::Object(object) => {
                let detail = if let [declaration] = declarations[..] { declaration } else { 0 };
                self.borrow_into(dst, Shape { tag: tag::STRUCT, detail }, object);
            }
        }
        Some(())
    }

    /// The address of a receiver.
    fn object_of(&mut self, receiver: Asked) -> Option<Val> {
        match receiver {
            Asked::Slot(slot) => self.unbox_object(slot, tag::STRUCT).map(|(_, object)| object),
            Asked::Object(object) => Some(object),
        }
    }

    /// The declarations of the receivers that a site has seen, and whether its methods change them, if all of them do or none.
    fn receivers_of(&self, site: u32, known: u32) -> Option<(Vec<u32>, bool)> {
        let site = self.context().function.sites.get(site as usize)?;
        let declarations = if known != 0 { vec![known] } else { self.declarations_in(&site.cache)? };
        let name = site.name.as_deref()?;
        let mut changes = declarations.iter().map(|id| {
            let declaration = self.struct_with_id(*id)?;
            let method = declaration.methods.get(declaration.method_index(name)?)?;
            Some(method.receiver == Receiver::InOut)
        });
        let first = changes.next()??;
        changes.all(|other| other == Some(first)).then_some((declarations, first))
    }

    /// Builds a call for each method that a site has seen, by the declaration of the receiver.
    pub(super) fn each_method(
        &mut self,
        methods: &[Method<'p>],
        receiver: Asked,
        build: impl FnMut(&mut Self, &Method<'p>) -> Step<bool>,
    ) -> Step<bool> {
        let edges = self.each_method_apart(methods, receiver, build)?;
        self.go_on_after((self.pc, self.next), edges)
    }

    /// The same; the ways on are not brought together.
    pub(super) fn each_method_apart(
        &mut self,
        methods: &[Method<'p>],
        receiver: Asked,
        mut build: impl FnMut(&mut Self, &Method<'p>) -> Step<bool>,
    ) -> Step<Vec<Edge>> {
        let slot = match receiver {
            Asked::Slot(slot) => Some(slot),
            Asked::Object(_) => None,
        };
        let known = slot.and_then(|slot| self.shape_of(slot)).map_or(0, |shape| shape.detail);
        if let [method] = methods
            && known == method.declaration
        {
            build(self, method)?;
            return Ok(vec![self.edge()]);
        }
        let object = self.object_of(receiver).ok_or_else(super::malformed)?;
        let actual = self.load(Width::Half, Region::Constant, object, layout::STRUCT_SHAPE, Ty::Int);
        self.each_target_apart(
            methods,
            |b, method| (b.compare_int(Cond::Eq, actual, method.declaration as i64), ExitReason::Shape),
            |b, method| {
                if let Some(receiver) = slot {
                    b.refine(receiver, Shape { tag: tag::STRUCT, detail: method.declaration });
                }
                build(b, method)
            },
        )
    }

    /// `CallPlaceMethod`.
    pub(super) fn call_place_method(
        &mut self,
        at: &Decoded,
        dst: u32,
        window: u32,
        count: u32,
        site: u32,
        place: u32,
    ) -> Step<bool> {
        let function = self.context().function;
        let Some(place) = function.places.get(place as usize) else { return Err(super::malformed()) };
        if self.has_not_run(site) {
            return self.never_run();
        }
        if let Some((id, function)) = self.function_of_struct(site, Some(count)) {
            return match self.definition_at(place, id) {
                Some(_) => self.call_without_receiver(function, dst, (window, count), true),
                None => self.interpret(at),
            };
        }
        if let Some(ends) = self.builtin_method_at(at, dst, (window, count, site), place)? {
            return Ok(ends);
        }
        let Some(root) = self.whole_root(place) else {
            return self.call_at_place(at, dst, (window, count, site), place);
        };
        let Some(methods) = self.seen_methods(root, count, site) else { return self.interpret(at) };
        if place.immutable.is_some() && methods.iter().any(|m| m.changes_receiver()) {
            return self.interpret(at);
        }
        if !self.expect_struct(root) {
            return self.interpret(at);
        }
        self.each_method(&methods, Asked::Slot(root), |b, method| {
            let keeps_receiver = method.changes_receiver();
            if keeps_receiver {
                // The arguments are unboxed first: from the loan on the instruction cannot begin again.
                b.leave_out(method.function, window, count + 1);
                b.unbox_arguments(method.function, window)?;
                b.before = None;
                // The place is on loan until `Restore`.
                if !b.is_virtual(root) {
                    b.flush(root);
                }
                b.lend_slot(window, root);
            } else {
                b.before = None;
                b.copy_slot(window, root);
                b.set(window - 1, Abs::Null);
            }
            b.call_script(ScriptCall {
                keeps_receiver,
                ..ScriptCall::new(method.function.id, (window, count + 1), dst)
            })
        })
    }

    /// A method of a value that lies in a variable or behind a path, and does not change it.
    fn call_at_place(
        &mut self,
        at: &Decoded,
        dst: u32,
        (window, count, site): (u32, u32, u32),
        place: &'p Place,
    ) -> Step<bool> {
        let Some(methods) = self.methods_of(site, count, 0) else { return self.interpret(at) };
        if self.is_widened(ExitReason::Kind) {
            return self.interpret(at);
        }
        if methods.iter().any(|m| m.changes_receiver()) {
            return self.call_on_loan(at, dst, (window, count), &methods, place);
        }
        if self.get(window).may_own() || self.get(window - 1).may_own() {
            return self.interpret(at);
        }
        let Some(cell) = self.place_cell(place) else { return self.interpret(at) };
        let object = self.expect_object(cell, tag::STRUCT);
        self.each_method(&methods, Asked::Object(object.ptr), |b, method| {
            b.before = None;
            b.borrow_into(window, shape_of(method), object.ptr);
            b.set(window - 1, Abs::Null);
            b.call_script(ScriptCall::new(method.function.id, (window, count + 1), dst))
        })
    }

    /// A method that changes its receiver, which lies in a variable or behind a path: the root is on loan until `Restore`, with
    /// what is left of it in the register before the window.
    fn call_on_loan(
        &mut self,
        at: &Decoded,
        dst: u32,
        (window, count): (u32, u32),
        methods: &[Method<'p>],
        place: &'p Place,
    ) -> Step<bool> {
        let all_change = methods.iter().all(|m| m.changes_receiver());
        // What one of several methods leaves out is no parameter of the others.
        let leaves_out = methods.iter().any(|m| m.function.params.len() > count as usize);
        if place.immutable.is_some() || !all_change || leaves_out && methods.len() > 1 {
            return self.interpret(at);
        }
        for method in methods {
            self.leave_out(method.function, window, count + 1);
            self.unbox_arguments(method.function, window)?;
        }
        let Some(lender) = self.lender(place) else { return self.interpret(at) };
        let Some(cell) = lender.cell else { return self.interpret(at) };
        let object = self.expect_object(cell, tag::STRUCT);
        self.each_method(methods, Asked::Object(object.ptr), |b, method| {
            b.before = None;
            b.put_on_loan(lender, window - 1);
            b.set_object(window, shape_of(method), object.ptr);
            b.call_script(ScriptCall {
                keeps_receiver: true,
                ..ScriptCall::new(method.function.id, (window, count + 1), dst)
            })
        })
    }

    /// What the first parameter of a function always is: methods with a receiver are called of instances of their struct only.
    pub(super) fn receiver_shape(&self, function: FuncId) -> Option<Shape> {
        let has_method = |decl: &&Arc<StructDecl>| {
            decl.methods.iter().any(|method| method.function == function && method.receiver != Receiver::Fields)
        };
        let decl = self.facts.program().structs.iter().find(has_method)?;
        Some(Shape { tag: tag::STRUCT, detail: decl.id })
    }

    /// Has the site of a call seen nothing yet?
    pub(super) fn has_not_run(&self, site: u32) -> bool {
        let site = self.context().function.sites.get(site as usize);
        !self.is_widened(ExitReason::NeverRun) && site.is_some_and(|s| s.cache.entries().next().is_none())
    }

    /// Has the interpreter not met the instruction, which notes that it has run, though it has had the time?
    pub(super) fn is_unmet(&self) -> bool {
        self.facts.is_learnt() && self.has_no_feedback()
    }

    /// Has the interpreter noted nothing at an instruction that notes whatever it sees?
    pub(super) fn has_no_feedback(&self) -> bool {
        self.feedback() == 0 && !self.is_widened(ExitReason::NeverRun)
    }

    /// Code that has not run when it is compiled leaves, so that the interpreter learns about it.
    pub(super) fn never_run(&mut self) -> Step<bool> {
        self.leave(ExitReason::NeverRun);
        Ok(true)
    }

    /// The methods that a site has called on this receiver, if each needs no preparation.
    fn seen_methods(&mut self, receiver: u32, count: u32, site: u32) -> Option<Vec<Method<'p>>> {
        let known = self.shape_of(receiver);
        if self.is_widened(ExitReason::Kind) && known.is_none_or(|shape| shape.tag != tag::STRUCT) {
            return None;
        }
        self.methods_of(site, count, known.map_or(0, |shape| shape.detail))
    }

    /// The same where the declaration is known, or 0.
    fn methods_of(&self, site: u32, count: u32, known: u32) -> Option<Vec<Method<'p>>> {
        let site = self.context().function.sites.get(site as usize)?;
        let declarations = if known != 0 { vec![known] } else { self.declarations_in(&site.cache)? };
        let name = site.name.as_deref()?;
        let methods: Option<Vec<Method<'p>>> =
            declarations.into_iter().map(|id| self.method(id, name, &site.in_out, count)).collect();
        methods.filter(|list| !list.is_empty())
    }

    /// The declarations that a cache knows, if they are few.
    pub(super) fn declarations_in(&self, cache: &InlineCache) -> Option<Vec<u32>> {
        let is_wide = cache.is_megamorphic() || self.is_widened(ExitReason::Shape);
        (!is_wide).then(|| cache.entries().map(|(key, _)| key).collect())
    }

    fn method(&self, declaration: u32, name: &str, marks: &[u32], count: u32) -> Option<Method<'p>> {
        let decl = self.struct_with_id(declaration)?;
        self.method_at(decl, decl.method_index(name)?, marks, count)
    }

    /// A method by its index in the declaration.
    pub(super) fn method_at(&self, decl: &StructDecl, index: usize, marks: &[u32], count: u32) -> Option<Method<'p>> {
        let method = decl.methods.get(index)?;
        let function = self.facts.program().functions.get(method.function.0 as usize)?;
        let is_plain = function.captures == 0 && takes(function, marks, count);
        let (declaration, receiver) = (decl.id, method.receiver);
        is_plain.then_some(Method { declaration, function, receiver, mode: ReturnMode::Normal })
    }
}

/// The receivers of a method.
fn shape_of(method: &Method<'_>) -> Shape {
    Shape { tag: tag::STRUCT, detail: method.declaration }
}
