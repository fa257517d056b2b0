//! Changes of parameters and loop variables that nothing reads afterwards: these are copies, so that the change is lost.
//!
//! Only what is certain counts. A change is an assignment to an element or a field, or a statement that calls a method which
//! changes containers; all else that mentions the variable reads it. Variables that closures capture are left out, and so are
//! members that objects of the host have, because these change for everyone.

use super::Checker;
use super::mutation::is_path_step;
use crate::code::Code;
use crate::compile::resolve::{Use, VarId, pattern_names};
use crate::syntax::ast::*;
use crate::syntax::diagnostic::Diagnostic;
use crate::syntax::source::Span;
use std::collections::{HashMap, HashSet};

/// The in-place methods whose names mean a change of a container, whatever the kind of the value. Others may well be methods of a
/// struct of another module that do more.
const CHANGING: &[&str] = &["push", "append", "pop", "remove_at", "sort", "reverse", "enqueue", "dequeue"];

/// What holds a copy.
#[derive(Clone, Copy)]
enum Holder {
    Param,
    LoopVariable,
}

/// The parameters and loop variables of a module, and how they change.
#[derive(Default)]
pub(super) struct Copies {
    holders: HashMap<VarId, Holder>,
    changes: Vec<Change>,
    /// Where the loops around begin.
    loops: Vec<u32>,
}

struct Change {
    variable: VarId,
    span: Span,
    /// The place of the variable's name in it.
    root: u32,
    /// What stands from there on may run after it.
    from: u32,
}

impl Checker<'_, '_> {
    pub(super) fn in_loop(&mut self, stmt: &Stmt, inner: impl FnOnce(&mut Self)) {
        self.copies.loops.push(stmt.span.start);
        inner(self);
        self.copies.loops.pop();
    }

    pub(super) fn note_loop_variables(&mut self, f: &For) {
        for pattern in std::iter::once(&f.first).chain(&f.second) {
            pattern_names(pattern, &mut |ident| self.note_holder(ident, Holder::LoopVariable));
        }
    }

    pub(super) fn note_param(&mut self, param: &Param) {
        if param.kind == ParamKind::Value && &*param.name.name != "self" {
            self.note_holder(&param.name, Holder::Param);
        }
    }

    fn note_holder(&mut self, ident: &Ident, holder: Holder) {
        if let Use::Declare(id) = self.names.name_at(ident.span) {
            self.copies.holders.insert(id, holder);
        }
    }

    /// `x[i] := v` and `x.f += v`
    pub(super) fn note_changing_assignment(&mut self, assign: &Assign) {
        let is_of_host = |step: &PathStep| match step {
            PathStep::Field(field) => self.builtins.has_host_member(&field.name),
            PathStep::Index(_) => false,
        };
        if !assign.place.path.is_empty() && !assign.place.path.iter().any(is_of_host) {
            self.note_change(assign.place.root.span, assign.place.span, assign.value.span.end);
        }
    }

    /// `x.push(v)` as a statement.
    pub(super) fn note_changing_call(&mut self, e: &Expr) {
        let ExprKind::Postfix { base, suffixes } = &e.kind else { return };
        let ([path @ .., call], ExprKind::Name(_)) = (suffixes.as_slice(), &base.kind) else { return };
        let is_of_host = |suffix: &Suffix| match &suffix.kind {
            SuffixKind::Field(name) | SuffixKind::OptionalField(name) => self.builtins.has_host_member(&name.name),
            _ => false,
        };
        if let (Some(SuffixKind::Field(method)), SuffixKind::Call(_)) = (path.last().map(|s| &s.kind), &call.kind)
            && path.iter().all(|suffix| is_path_step(&suffix.kind) && !is_of_host(suffix))
            && CHANGING.contains(&&*method.name)
            && !self.declared.has_method(&method.name)
        {
            self.note_change(base.span, e.span, e.span.end);
        }
    }

    fn note_change(&mut self, root: Span, span: Span, end: u32) {
        let Use::Variable(variable) = self.names.name_at(root) else { return };
        let Some(declared) = self.names.variable(variable).filter(|v| !v.captured) else { return };
        if self.copies.holders.contains_key(&variable) {
            let inner = self.copies.loops.iter().find(|start| **start > declared.span.start);
            let from = inner.copied().unwrap_or(end);
            self.copies.changes.push(Change { variable, span, root: root.start, from });
        }
    }

    /// Warns of the first lost change of each variable.
    pub(super) fn warn_of_lost_changes(&mut self) {
        let Copies { holders, changes, .. } = std::mem::take(&mut self.copies);
        let last_reads = self.last_reads(&changes);
        let mut warned = HashSet::new();
        for change in &changes {
            let is_lost = last_reads.get(&change.variable).is_none_or(|read| *read < change.from);
            let (Some(holder), true) = (holders.get(&change.variable), is_lost) else { continue };
            if let Some(variable) = self.names.variable(change.variable).filter(|_| warned.insert(change.variable)) {
                let name = &variable.name;
                let help = match holder {
                    Holder::Param => {
                        format!("a parameter is a copy: declare it `mut {name}`, or return what it becomes")
                    }
                    Holder::LoopVariable => {
                        "a loop variable is a copy: write the change to the collection, such as `xs[i].f := v`"
                            .to_owned()
                    }
                };
                let message = format!("Change of a copy is lost: {name}");
                self.diagnostics.push(Diagnostic::warning(Code::LOST_CHANGE, change.span, message).with_help(help));
            }
        }
    }

    /// Where each of the variables is mentioned last otherwise than in a change.
    fn last_reads(&self, changes: &[Change]) -> HashMap<VarId, u32> {
        let roots: HashSet<u32> = changes.iter().map(|change| change.root).collect();
        let changed: HashSet<VarId> = changes.iter().map(|change| change.variable).collect();
        let mut last_reads = HashMap::new();
        for (offset, what) in &self.names.uses {
            if let Use::Variable(id) = what
                && changed.contains(id)
                && !roots.contains(offset)
            {
                let last = last_reads.entry(*id).or_insert(*offset);
                *last = (*last).max(*offset);
            }
        }
        last_reads
    }
}
