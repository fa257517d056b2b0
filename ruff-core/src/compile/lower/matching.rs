//! `match`: a chain of tests that jump to the next arm.

use super::{Lower, Origin};
use crate::bytecode::function::{InlineCache, RangePattern, VariantPattern};
use crate::bytecode::{Const, Op, Reg, VariantSource};
use crate::compile::emit::Label;
use crate::compile::fold;
use crate::compile::resolve::{Use, VarId};
use crate::syntax::ast::*;
use crate::syntax::source::Span;

/// The variables that the pattern of an arm has bound.
type Bound = Vec<(VarId, Reg)>;

impl Lower<'_, '_> {
    pub(super) fn match_expr(&mut self, m: &Match, dst: Option<Reg>) {
        let end = self.code().label();
        let outer = std::mem::take(&mut self.frame.known_enums);
        self.scoped(|this| {
            let subject = this.match_subject(m);
            for arm in &m.arms {
                let next = this.code().label();
                this.read_enum(&arm.pattern);
                this.scoped(|this| this.arm(arm, subject, next, dst));
                this.code().jump_to(end, arm.span);
                this.code().place_label(next);
                if arm.guard.is_some() {
                    // It may have assigned the name of an enum.
                    this.frame.known_enums.clear();
                }
            }
            match (&m.default, dst) {
                (Some(block), _) => this.block_value(block, dst),
                (None, Some(dst)) => this.code().a_bc(Op::LoadNull, dst, 0, m.subject.span),
                (None, None) => {}
            }
        });
        self.frame.known_enums = outer;
        self.code().place_label(end);
    }

    /// Reads the enum that a pattern asks for first, for the patterns behind it: later arms are only reached past this one.
    fn read_enum(&mut self, pattern: &Pattern) {
        match &pattern.kind {
            PatternKind::Or(alternatives) => {
                if let Some(first) = alternatives.first() {
                    self.read_enum(first);
                }
            }
            PatternKind::Variant { path, variant, .. }
                if self.variant_source(path, variant.as_ref()) == Some(VariantSource::Register)
                    && self.known_enum(path).is_none() =>
            {
                if let Some(operand) = self.path_operand(path, false) {
                    let names = path.iter().map(|part| part.name.clone()).collect();
                    self.frame.known_enums.push((names, operand.reg));
                }
            }
            _ => {}
        }
    }

    /// The register of an enum that the patterns so far have read.
    fn known_enum(&self, path: &[Ident]) -> Option<Reg> {
        let is_it = |names: &[Name]| names.iter().eq(path.iter().map(|part| &part.name));
        self.frame.known_enums.iter().find(|(names, _)| is_it(names)).map(|(_, reg)| *reg)
    }

    /// The register of the subject: a variable's own, unless a guard may change it.
    fn match_subject(&mut self, m: &Match) -> Reg {
        let operand = self.operand(&m.subject);
        match operand.origin {
            Origin::Variable(id) if m.arms.iter().flat_map(|a| &a.guard).any(|g| self.may_change(g, id)) => {
                let reg = self.alloc();
                self.copy_to(reg, operand.reg, m.subject.span);
                reg
            }
            _ => operand.reg,
        }
    }

    fn arm(&mut self, arm: &Arm, subject: Reg, next: Label, dst: Option<Reg>) {
        let mut bound = Bound::new();
        self.pattern(&arm.pattern, subject, next, &mut bound);
        for (id, reg) in bound {
            if self.input.names.variable(id).is_some_and(|v| v.captured) {
                self.code().abc(Op::NewCell, reg, reg.0, 0, arm.pattern.span);
            }
        }
        if let Some(guard) = &arm.guard {
            self.jump_if(guard, false, next);
        }
        self.block_value(&arm.body, dst);
    }

    fn pattern(&mut self, pattern: &Pattern, value: Reg, fail: Label, bound: &mut Bound) {
        let span = pattern.span;
        match &pattern.kind {
            PatternKind::Wildcard | PatternKind::Error => {}
            PatternKind::Bind(_) => {
                if let Some(reg) = self.bound_register(span, bound) {
                    self.copy_to(reg, value, span);
                }
            }
            PatternKind::Literal(literal) => {
                let index = self.constant_index(fold::pattern_literal(literal));
                self.code().ext_jump_y(Op::MatchConst, (value, 0, 0), index, fail, span);
            }
            PatternKind::Range { start, end, inclusive } => {
                let mut bound_of = |bound: &Option<Literal>| {
                    bound.as_ref().map(|literal| self.constant_index(fold::pattern_literal(literal)))
                };
                let (start, end) = (bound_of(start), bound_of(end));
                let index = self.code().range_pattern(RangePattern { start, end, inclusive: *inclusive });
                self.code().ext_jump_y(Op::MatchRange, (value, 0, 0), index, fail, span);
            }
            PatternKind::Variant { path, variant, payload } => {
                self.variant_pattern((path, variant.as_ref(), payload.as_deref()), value, fail, bound, span);
            }
            PatternKind::Struct { path, fields } => self.struct_pattern(path, fields, value, fail, bound, span),
            PatternKind::Array(items) => self.array_pattern(items, value, fail, bound, span),
            PatternKind::Dict { entries, rest } => {
                self.dict_pattern(entries, rest.as_ref(), value, fail, bound, span);
            }
            PatternKind::Or(alternatives) => self.alternatives(alternatives, value, fail, bound, span),
        }
    }

    /// The register of the variable that the name at `span` declares; alternatives share it.
    fn bound_register(&mut self, span: Span, bound: &mut Bound) -> Option<Reg> {
        let Use::Declare(id) = self.input.names.name_at(span) else { return None };
        if let Some((_, reg)) = bound.iter().find(|(other, _)| *other == id) {
            return Some(*reg);
        }
        let reg = self.alloc();
        self.set_variable_register(id, reg);
        bound.push((id, reg));
        Some(reg)
    }

    /// Matches a part of a value, which `part` puts into a register.
    fn part(&mut self, pattern: &Pattern, fail: Label, bound: &mut Bound, part: impl FnOnce(&mut Self, Reg)) {
        match &pattern.kind {
            PatternKind::Wildcard => {}
            PatternKind::Bind(_) => {
                if let Some(reg) = self.bound_register(pattern.span, bound) {
                    part(self, reg);
                }
            }
            _ => {
                let reg = self.alloc();
                part(self, reg);
                self.pattern(pattern, reg, fail, bound);
            }
        }
    }

    fn rest(&mut self, rest: &Rest, bound: &mut Bound, part: impl FnOnce(&mut Self, Reg)) {
        if let Some(name) = &rest.name
            && let Some(reg) = self.bound_register(name.span, bound)
        {
            part(self, reg);
        }
    }

    fn alternatives(&mut self, alternatives: &[Pattern], value: Reg, fail: Label, bound: &mut Bound, span: Span) {
        let matched = self.code().label();
        for (index, alternative) in alternatives.iter().enumerate() {
            if index + 1 == alternatives.len() {
                self.pattern(alternative, value, fail, bound);
                break;
            }
            let other = self.code().label();
            self.pattern(alternative, value, other, bound);
            self.code().jump_to(matched, span);
            self.code().place_label(other);
        }
        self.code().place_label(matched);
    }

    fn variant_pattern(
        &mut self,
        (path, variant, payload): (&[Ident], Option<&Ident>, Option<&[PatternItem]>),
        value: Reg,
        fail: Label,
        bound: &mut Bound,
        span: Span,
    ) {
        let Some(last) = variant.or(path.last()) else { return };
        let source = self.variant_source(path, variant);
        let definition = match source {
            None => return self.struct_pattern(path, &[], value, fail, bound, span),
            Some(VariantSource::Register) => match self.known_enum(path) {
                Some(reg) => reg,
                None => self.path_operand(path, false).map_or(Reg(0), |o| o.reg),
            },
            Some(_) => Reg(0),
        };
        let items = payload.unwrap_or_default();
        let is_rest = |item: &PatternItem| matches!(item, PatternItem::Rest(_));
        let fixed = items.iter().filter(|item| !is_rest(item)).count() as u32;
        let pattern = VariantPattern {
            source: source.unwrap_or(VariantSource::Register),
            variant: last.name.clone(),
            arity: payload.map(|_| fixed),
            has_rest: items.iter().any(is_rest),
            cache: InlineCache::default(),
        };
        let index = self.code().variant_pattern(pattern);
        if let Some(first) = path.first() {
            self.code().note_variable(&first.name);
        }
        self.code().ext_jump_y(Op::MatchVariant, (value, definition.0, 0), index, fail, span);
        for (index, item) in items.iter().enumerate() {
            let load = |op: Op| move |this: &mut Self, dst: Reg| this.code().abc(op, dst, value.0, index as u16, span);
            match item {
                PatternItem::Pattern(p) => self.part(p, fail, bound, load(Op::GetPayload)),
                PatternItem::Rest(rest) => self.rest(rest, bound, load(Op::GetPayloadRest)),
            }
        }
    }

    /// Where the enum of a variant pattern comes from; `None` for a name that is not a variant.
    fn variant_source(&self, path: &[Ident], variant: Option<&Ident>) -> Option<VariantSource> {
        let [first] = path else { return variant.map(|_| VariantSource::Register) };
        let is_builtin = self.input.names.name_at(first.span) == Use::Builtin;
        match (&*first.name, variant) {
            ("Ok" | "Err", None) | ("Result", Some(_)) if is_builtin => Some(VariantSource::Result),
            ("Some" | "None", None) | ("Option", Some(_)) if is_builtin => Some(VariantSource::Option),
            (_, Some(_)) => Some(VariantSource::Register),
            _ => None,
        }
    }

    fn struct_pattern(
        &mut self,
        path: &[Ident],
        fields: &[(Ident, Pattern)],
        value: Reg,
        fail: Label,
        bound: &mut Bound,
        span: Span,
    ) {
        let Some(definition) = self.path_operand(path, true) else { return };
        if let Some(last) = path.last() {
            self.code().note_variable(&last.name);
        }
        self.code().ext_jump_y(Op::MatchStruct, (value, definition.reg.0, 0), 0, fail, span);
        for (name, pattern) in fields {
            self.part(pattern, fail, bound, |this, dst| {
                let site = this.code().named_site(&name.name);
                this.code().ext(Op::GetField, (dst, value.0, 0), site, 0, name.span);
            });
        }
    }

    fn array_pattern(&mut self, items: &[PatternItem], value: Reg, fail: Label, bound: &mut Bound, span: Span) {
        let fixed = items.iter().filter(|item| matches!(item, PatternItem::Pattern(_))).count();
        let has_rest = fixed < items.len();
        self.code().ext_jump_y(Op::MatchArray, (value, fixed as u16, has_rest as u16), 0, fail, span);
        for (index, item) in items.iter().enumerate() {
            let load = |op: Op| move |this: &mut Self, dst: Reg| this.code().abc(op, dst, value.0, index as u16, span);
            match item {
                PatternItem::Pattern(p) => self.part(p, fail, bound, load(Op::GetElement)),
                PatternItem::Rest(rest) => self.rest(rest, bound, load(Op::GetElementRest)),
            }
        }
    }

    fn dict_pattern(
        &mut self,
        entries: &[(Ident, Pattern)],
        rest: Option<&Rest>,
        value: Reg,
        fail: Label,
        bound: &mut Bound,
        span: Span,
    ) {
        self.code().ext_jump_y(Op::MatchDict, (value, 0, 0), 0, fail, span);
        for (key, pattern) in entries {
            let index = self.constant_index(Const::Str(key.name.clone()));
            let reg = match &pattern.kind {
                PatternKind::Bind(_) => self.bound_register(pattern.span, bound),
                _ => None,
            };
            let dst = reg.unwrap_or_else(|| self.alloc());
            self.code().ext_jump_y(Op::MatchKey, (value, dst.0, 0), index, fail, key.span);
            if reg.is_none() {
                self.pattern(pattern, dst, fail, bound);
            }
        }
        if let Some(rest) = rest {
            let keys = entries.iter().map(|(key, _)| self.constant_index(Const::Str(key.name.clone()))).collect();
            let list = self.code().key_list(keys);
            self.rest(rest, bound, |this, dst| {
                this.code().ext(Op::GetEntryRest, (dst, value.0, 0), list, 0, span);
            });
        }
    }
}
