//! Suffixes: calls, indexes, slices, fields, optional steps, `?`, variants and struct literals, applied from the left.

use super::call::CallArgs;
use super::effects::name_of;
use super::path::Step;
use super::variable::Root;
use super::{Lower, Operand, Origin};
use crate::bytecode::{Op, Reg};
use crate::compile::emit::Label;
use crate::compile::resolve::VarId;
use crate::syntax::ast::*;
use crate::syntax::source::Span;

/// Suffixes that are lowered together, and where the whole expression begins.
#[derive(Clone, Copy)]
pub(super) struct Suffixes<'a> {
    pub list: &'a [Suffix],
    pub begin: Span,
    /// The left value of `|>`, which becomes the first argument of a call that ends the list.
    pub piped: Option<Reg>,
}

impl<'a> Suffixes<'a> {
    fn rest(self, count: usize) -> Suffixes<'a> {
        Suffixes { list: self.list.get(count..).unwrap_or_default(), ..self }
    }

    fn span(self, index: usize) -> Span {
        self.list.get(index).map_or(self.begin, |s| self.begin.to(s.span))
    }

    /// The arguments of the call at `index`.
    fn call_at(self, index: usize) -> Option<CallArgs<'a>> {
        let SuffixKind::Call(args) = &self.list.get(index)?.kind else { return None };
        let piped = self.piped.filter(|_| index + 1 == self.list.len());
        Some(CallArgs { piped, args })
    }
}

impl Lower<'_, '_> {
    pub(super) fn postfix_to(&mut self, base: &Expr, suffixes: &[Suffix], dst: Reg) {
        self.suffixes_to(base, Suffixes { list: suffixes, begin: base.span, piped: None }, dst);
    }

    pub(super) fn suffixes_to(&mut self, base: &Expr, suffixes: Suffixes<'_>, dst: Reg) {
        self.scoped(|this| {
            let last = suffixes.list.len();
            let temp = this.scratch_for(dst);
            let (mut value, mut at) = this.head(base, suffixes, temp, dst);
            while at < last {
                let rest = suffixes.rest(at);
                let mark = this.mark();
                let count = this.suffix_count(rest);
                let to = if at + count >= last { dst } else { temp };
                this.suffix(value, rest, to);
                this.release(mark);
                at += count;
                value = Operand { reg: to, origin: Origin::Shared };
            }
            this.operand_to(value, dst, suffixes.span(last.saturating_sub(1)));
        });
    }

    /// The value of the base with the suffixes that belong to a name, and how many they are.
    fn head(&mut self, base: &Expr, suffixes: Suffixes<'_>, temp: Reg, dst: Reg) -> (Operand, usize) {
        let to = |count: usize| if count >= suffixes.list.len() { dst } else { temp };
        let shared = |reg, count| (Operand { reg, origin: Origin::Shared }, count);
        let Some((name, name_span)) = name_of(base) else { return (self.base_operand(base, suffixes), 0) };
        if let Some(call) = suffixes.call_at(0) {
            self.call_named(name, name_span, call, suffixes.span(0), to(1));
            return shared(to(1), 1);
        }
        let root = self.root(name, name_span);
        match (suffixes.list.first().map(|s| &s.kind), root) {
            (Some(SuffixKind::Variant(_) | SuffixKind::Struct(_)), None) => {
                let is_struct = matches!(suffixes.list.first(), Some(s) if matches!(s.kind, SuffixKind::Struct(_)));
                (self.definition_operand(name, name_span, is_struct), 0)
            }
            (_, Some(root)) => self.root_head(&root, name, name_span, suffixes, (temp, dst)),
            (_, None) => (self.base_operand(base, suffixes), 0),
        }
    }

    /// The base as an operand that stays as it is while the suffixes are evaluated.
    fn base_operand(&mut self, base: &Expr, suffixes: Suffixes<'_>) -> Operand {
        let operand = self.operand(base);
        let changed = |this: &Self, id: VarId| this.suffix_may_change(suffixes, id);
        let reg = self.kept(operand, &changed, base.span);
        let origin = if reg == operand.reg { operand.origin } else { Origin::Shared };
        Operand { reg, origin }
    }

    fn suffix_may_change(&self, suffixes: Suffixes<'_>, id: VarId) -> bool {
        let Some(first) = suffixes.list.first() else { return false };
        match &first.kind {
            SuffixKind::Call(args) => args.iter().any(|arg| self.argument_may_change(arg, id)),
            SuffixKind::Index(index) | SuffixKind::OptionalIndex(index) => match index {
                Index::At(e) => self.may_change(e, id),
                Index::Slice { start, end, .. } => start.iter().chain(end).any(|e| self.may_change(e, id)),
            },
            SuffixKind::OptionalField(_) => match suffixes.list.get(1).map(|s| &s.kind) {
                Some(SuffixKind::Call(args)) => args.iter().any(|arg| self.argument_may_change(arg, id)),
                _ => false,
            },
            SuffixKind::Struct(fields) => fields.iter().any(|(_, e)| self.may_change(e, id)),
            _ => false,
        }
    }

    /// A variable with its path, or a method call on it.
    fn root_head(
        &mut self,
        root: &Root,
        name: &Name,
        name_span: Span,
        suffixes: Suffixes<'_>,
        (temp, dst): (Reg, Reg),
    ) -> (Operand, usize) {
        let list = suffixes.list;
        let is_method = |at: usize| {
            matches!(list.get(at).map(|s| &s.kind), Some(SuffixKind::Field(_) | SuffixKind::OptionalField(_)))
                && matches!(list.get(at + 1).map(|s| &s.kind), Some(SuffixKind::Call(_)))
        };
        let steps: Vec<Step<'_>> =
            (0..list.len()).take_while(|at| !is_method(*at)).map_while(|at| list.get(at).and_then(Step::of)).collect();
        let at = steps.len();
        let to = |count: usize| if count >= list.len() { dst } else { temp };
        if is_method(at)
            && let Some(call) = suffixes.call_at(at + 1)
        {
            let count = at + 2;
            match list.get(at).map(|s| &s.kind) {
                // A definition does not change: its functions are called without a loan.
                Some(SuffixKind::Field(method)) if at == 0 && self.is_definition(root.access) => {
                    self.scoped(|this| {
                        let definition = this.name_operand(name, name_span);
                        this.value_method(definition, method, call, suffixes.span(at + 1), to(count));
                    });
                }
                Some(SuffixKind::Field(method)) => {
                    self.place_method(root, &steps, method, call, suffixes.span(at + 1), to(count));
                }
                Some(SuffixKind::OptionalField(method)) => {
                    let span = suffixes.span(at + 1);
                    self.optional_place_method(root, &steps, method, call, span, to(count));
                }
                _ => {}
            }
            return (Operand { reg: to(count), origin: Origin::Shared }, count);
        }
        if steps.is_empty() {
            let operand = self.name_operand(name, name_span);
            let changed = |this: &Self, id: VarId| this.suffix_may_change(suffixes, id);
            let reg = self.kept(operand, &changed, name_span);
            let origin = if reg == operand.reg { operand.origin } else { Origin::Shared };
            return (Operand { reg, origin }, 0);
        }
        let count = self.path_prefix(root, &steps);
        let read = steps.get(..count).unwrap_or_default();
        self.read_path(root, read, suffixes.span(count.saturating_sub(1)), to(count));
        (Operand { reg: to(count), origin: Origin::Shared }, count)
    }

    /// How many suffixes [`Lower::suffix`] handles together.
    fn suffix_count(&self, suffixes: Suffixes<'_>) -> usize {
        let is_call = matches!(suffixes.list.get(1).map(|s| &s.kind), Some(SuffixKind::Call(_)));
        match suffixes.list.first().map(|s| &s.kind) {
            Some(SuffixKind::Field(_) | SuffixKind::OptionalField(_) | SuffixKind::Variant(_)) if is_call => 2,
            _ => 1,
        }
    }

    /// `dst := value` with the first suffix (and the call after it).
    fn suffix(&mut self, value: Operand, suffixes: Suffixes<'_>, dst: Reg) {
        let Some(suffix) = suffixes.list.first() else { return };
        let span = suffixes.span(0);
        match &suffix.kind {
            SuffixKind::Call(_) => {
                if let Some(call) = suffixes.call_at(0) {
                    self.call_value(value, call, span, dst);
                }
            }
            SuffixKind::Index(index) => self.index_value(value, index, false, span, dst),
            SuffixKind::OptionalIndex(index) => {
                let end = self.null_guard(value, span, dst);
                self.index_value(value, index, true, span, dst);
                self.code().place_label(end);
            }
            SuffixKind::Field(name) => match suffixes.call_at(1) {
                Some(call) => self.value_method(value, name, call, suffixes.span(1), dst),
                None => self.field_value(value, name, Op::GetField, span, dst),
            },
            SuffixKind::OptionalField(name) => {
                let end = self.null_guard(value, span, dst);
                match suffixes.call_at(1) {
                    Some(call) => self.value_method(value, name, call, suffixes.span(1), dst),
                    None => self.field_value(value, name, Op::GetFieldOrNull, span, dst),
                }
                self.code().place_label(end);
            }
            SuffixKind::Try => self.unwrap(value.reg, span, dst),
            SuffixKind::Variant(name) => match suffixes.call_at(1) {
                Some(call) => self.new_variant(value, name, call, suffixes.span(1), dst),
                None => {
                    let site = self.code().named_site(&name.name);
                    self.code().ext(Op::GetVariant, (dst, value.reg.0, 0), site, 0, span);
                    self.drop_base(value, dst, span);
                }
            },
            SuffixKind::Struct(fields) => self.new_struct(value, fields, span, dst),
        }
    }

    /// If the value is null, the result is null: jumps to the label, which the caller places after the step.
    fn null_guard(&mut self, value: Operand, span: Span, dst: Reg) -> Label {
        let (end, present) = (self.code().label(), self.code().label());
        self.code().jump(Op::JumpIfNotNull, value.reg, present, span);
        self.code().a_bc(Op::LoadNull, dst, 0, span);
        self.code().jump_to(end, span);
        self.code().place_label(present);
        end
    }

    /// A temporary that a step has read is let go, unless the result replaced it.
    fn drop_base(&mut self, value: Operand, dst: Reg, span: Span) {
        if value.reg != dst {
            self.drop_shared(value, span);
        }
    }

    fn field_value(&mut self, value: Operand, name: &Ident, op: Op, span: Span, dst: Reg) {
        let site = self.code().named_site(&name.name);
        self.code().ext(op, (dst, value.reg.0, 0), site, 0, span);
        self.drop_base(value, dst, span);
    }

    fn index_value(&mut self, value: Operand, index: &Index, or_null: bool, span: Span, dst: Reg) {
        let (start, end, inclusive) = match index {
            Index::At(e) => {
                let index = self.operand(e);
                let op = if or_null { Op::GetIndexOrNull } else { Op::GetIndex };
                self.code().abc(op, dst, value.reg.0, index.reg.0, span);
                return self.drop_base(value, dst, span);
            }
            Index::Slice { start, end, inclusive } => (start, end, *inclusive),
        };
        let bounds = self.frame.code.alloc_run(2);
        for (reg, bound) in [(bounds, start), (Reg(bounds.0 + 1), end)] {
            match bound {
                Some(e) => self.expr_to(e, reg),
                None => self.code().a_bc(Op::LoadMissing, reg, 0, span),
            }
        }
        let op = if inclusive { Op::SliceInclusive } else { Op::Slice };
        self.code().abc(op, dst, value.reg.0, bounds.0, span);
        self.drop_base(value, dst, span);
    }

    /// The struct or enum that a name stands for; a name without a meaning is an error of its own.
    pub(super) fn definition_operand(&mut self, name: &Name, span: Span, is_struct: bool) -> Operand {
        use crate::compile::resolve::Use;
        if self.input.names.name_at(span) == Use::Undefined {
            let reg = self.alloc();
            self.raise_undefined(if is_struct { "struct" } else { "enum" }, name, span);
            return Operand { reg, origin: Origin::Temporary };
        }
        self.name_operand(name, span)
    }

    fn new_struct(&mut self, definition: Operand, fields: &[(Ident, Expr)], span: Span, dst: Reg) {
        let window = self.mark();
        for (_, e) in fields {
            let reg = self.alloc();
            self.expr_to(e, reg);
        }
        let names = fields.iter().map(|(name, _)| name.name.clone()).collect();
        let site = self.code().site(crate::bytecode::Site { names, ..Default::default() });
        let abc = (dst, window as u16, fields.len() as u16);
        self.code().ext(Op::NewStruct, abc, site, definition.reg.0 as u32, span);
        self.drop_base(definition, dst, span);
    }
}
