//! What a name that refers to nothing may have been meant as.

use super::Resolver;
use crate::help::{self, Occurrence};
use crate::syntax::ast::Name;
use crate::syntax::source::Span;

/// How many names of a module are compared with the names in scope: what it takes is bounded.
const COMPARED_NAMES_MAX: u32 = 20;

impl Resolver<'_, '_> {
    /// The help for the name at `span`, which refers to nothing.
    #[cold]
    pub(super) fn help_for(&mut self, name: &Name, span: Span) -> Option<String> {
        if &**name == "self" {
            return Some(self.help_for_self());
        }
        let occurrence = Occurrence::new(self.input.text, span.start, span.end);
        if let Some(help) = occurrence.help() {
            return Some(help.to_owned());
        }
        if self.top_level.contains_key(name) {
            return Some(format!("`{name}` is declared further down in the file"));
        }
        if self.bindings.contains_key(name) {
            return Some(format!("`{name}` is declared in another block or function, and visible only there"));
        }
        Some(format!("did you mean `{}`?", self.nearest_name(name, occurrence)?))
    }

    fn help_for_self(&self) -> String {
        match &self.method {
            Some(method) => format!("declare it as the first parameter: `func {method}(self)`"),
            None => "only a method, a function inside `struct { … }`, has `self`".to_owned(),
        }
    }

    /// The most similar name in scope, or reserved word that may stand there.
    fn nearest_name(&mut self, name: &Name, occurrence: Occurrence<'_>) -> Option<String> {
        self.compared_names += 1;
        if self.compared_names > COMPARED_NAMES_MAX {
            return None;
        }
        let mut names: Vec<&str> = Vec::new();
        names.extend(self.bindings.iter().filter(|(_, declared)| !declared.is_empty()).map(|(name, _)| &**name));
        if self.in_function() {
            names.extend(self.top_level.keys().map(|name| &**name));
        }
        names.extend(self.functions.iter().filter_map(|f| f.own_fields.as_ref()).flat_map(|f| f.iter().map(|n| &**n)));
        names.extend(self.input.names.all_imported());
        names.extend(self.input.builtins.names());
        names.extend(help::LONE_WORDS);
        if occurrence.is_leading() {
            names.extend(help::LEADING_WORDS);
        }
        help::nearest(name, names.into_iter()).map(str::to_owned)
    }
}
