//! Patterns of bindings and of `match`.

use super::{Resolver, Use, VarId};
use crate::code::Code;
use crate::syntax::ast::*;
use crate::syntax::diagnostic::Diagnostic;

/// The variables that the pattern of an arm binds so far.
type Bound = Vec<(Name, VarId)>;

impl<'a, 'd> Resolver<'a, 'd> {
    pub(super) fn bind_pattern(&mut self, pattern: &BindPattern, each: &mut dyn FnMut(&mut Resolver<'a, 'd>, &Ident)) {
        let mut names = Vec::new();
        super::stmt::pattern_names(pattern, &mut |ident| names.push(ident));
        names.into_iter().for_each(|ident| each(self, ident));
    }

    pub(super) fn match_expr(&mut self, m: &Match) {
        self.expr(&m.subject);
        let mut catch_all: Option<String> = None;
        for arm in &m.arms {
            if let Some(name) = catch_all.take_if(|name| !name.is_empty()) {
                self.unreachable(&name, arm.span);
                catch_all = Some(String::new());
            }
            self.enter();
            self.pattern(&arm.pattern, &mut Vec::new());
            arm.guard.iter().for_each(|guard| self.expr(guard));
            self.statements(&arm.body.body);
            self.leave(arm.body.span.start);
            if arm.guard.is_none() && catch_all.is_none() {
                catch_all = always_matches(&arm.pattern);
            }
        }
        if let Some(block) = &m.default {
            if let Some(name) = catch_all.filter(|name| !name.is_empty()) {
                self.unreachable(&name, block.span);
            }
            self.block(block);
        }
    }

    fn unreachable(&mut self, name: &str, span: crate::syntax::source::Span) {
        let message = format!("Unreachable match arm: '{name}' matches every value");
        let diagnostic = Diagnostic::error(Code::UNREACHABLE_ARM, span, message);
        let diagnostic = match name {
            "_" => diagnostic,
            _ => diagnostic.with_help(format!("to match the string, write `case \"{name}\"`")),
        };
        self.diagnostics.push(diagnostic);
    }

    fn pattern(&mut self, pattern: &Pattern, bound: &mut Bound) {
        match &pattern.kind {
            PatternKind::Wildcard | PatternKind::Literal(_) | PatternKind::Range { .. } | PatternKind::Error => {}
            PatternKind::Bind(name) => self.bind_in_arm(name, pattern.span, bound),
            PatternKind::Variant { path, variant, payload } => {
                self.pattern_path(path, variant.is_none());
                payload.iter().flatten().for_each(|item| self.pattern_item(item, bound));
            }
            PatternKind::Struct { path, fields } => {
                self.pattern_path(path, true);
                fields.iter().for_each(|(_, p)| self.pattern(p, bound));
            }
            PatternKind::Array(items) => items.iter().for_each(|item| self.pattern_item(item, bound)),
            PatternKind::Dict { entries, rest } => {
                entries.iter().for_each(|(_, p)| self.pattern(p, bound));
                if let Some(name) = rest.as_ref().and_then(|r| r.name.as_ref()) {
                    self.bind_in_arm(&name.name, name.span, bound);
                }
            }
            PatternKind::Or(alternatives) => self.alternatives(alternatives, pattern, bound),
        }
    }

    fn pattern_item(&mut self, item: &PatternItem, bound: &mut Bound) {
        match item {
            PatternItem::Pattern(p) => self.pattern(p, bound),
            PatternItem::Rest(rest) => {
                if let Some(name) = &rest.name {
                    self.bind_in_arm(&name.name, name.span, bound);
                }
            }
        }
    }

    fn bind_in_arm(&mut self, name: &Name, span: crate::syntax::source::Span, bound: &mut Bound) {
        match bound.iter().find(|(n, _)| n == name) {
            Some((_, id)) => self.record(span, Use::Declare(*id)),
            None => {
                let id = self.declare_here(name, span);
                bound.push((name.clone(), id));
            }
        }
    }

    /// All alternatives bind the same names, to the same variables.
    fn alternatives(&mut self, alternatives: &[Pattern], whole: &Pattern, bound: &mut Bound) {
        let name_sets: Vec<Vec<Name>> = alternatives.iter().map(sorted_names).collect();
        alternatives.iter().for_each(|p| self.pattern(p, bound));
        if name_sets.windows(2).any(|pair| matches!(pair, [a, b] if a != b)) {
            self.error(Code::ALTERNATIVE_NAMES, whole.span, "Alternatives must bind the same names");
        }
    }

    /// The enum or struct that a pattern names.
    fn pattern_path(&mut self, path: &[Ident], is_last: bool) {
        let Some(root) = path.first() else { return };
        let is_alone = path.len() == 1 && is_last;
        if is_alone && matches!(&*root.name, "Ok" | "Err" | "Some" | "None") && !self.is_declared(&root.name) {
            return self.record(root.span, Use::Builtin);
        }
        if is_alone && !self.is_known(&root.name) {
            let message = format!("Unknown name in pattern: {}", root.name);
            self.error(Code::UNKNOWN_PATTERN_NAME, root.span, message);
            return self.record(root.span, Use::Undefined);
        }
        self.read_name(&root.name, root.span);
    }

    fn is_declared(&mut self, name: &Name) -> bool {
        !matches!(self.find(name), super::scope::Found::Other(Use::Builtin | Use::Undefined))
    }
}

/// The name or `_` by which a pattern matches everything.
fn always_matches(pattern: &Pattern) -> Option<String> {
    match &pattern.kind {
        PatternKind::Wildcard => Some("_".to_string()),
        PatternKind::Bind(name) => Some(name.to_string()),
        PatternKind::Or(alternatives) => alternatives.iter().find_map(always_matches),
        _ => None,
    }
}

/// The names that a pattern binds, sorted.
fn sorted_names(pattern: &Pattern) -> Vec<Name> {
    let mut names = Vec::new();
    collect_names(pattern, &mut names);
    names.sort();
    names.dedup();
    names
}

fn collect_names(pattern: &Pattern, names: &mut Vec<Name>) {
    let mut items = |items: &[PatternItem]| {
        for item in items {
            match item {
                PatternItem::Pattern(p) => collect_names(p, names),
                PatternItem::Rest(rest) => names.extend(rest.name.as_ref().map(|n| n.name.clone())),
            }
        }
    };
    match &pattern.kind {
        PatternKind::Bind(name) => names.push(name.clone()),
        PatternKind::Variant { payload: Some(payload), .. } => items(payload),
        PatternKind::Array(elements) => items(elements),
        PatternKind::Struct { fields, .. } => fields.iter().for_each(|(_, p)| collect_names(p, names)),
        PatternKind::Dict { entries, rest } => {
            entries.iter().for_each(|(_, p)| collect_names(p, names));
            names.extend(rest.as_ref().and_then(|r| r.name.as_ref()).map(|n| n.name.clone()));
        }
        PatternKind::Or(alternatives) => alternatives.iter().for_each(|p| collect_names(p, names)),
        _ => {}
    }
}
