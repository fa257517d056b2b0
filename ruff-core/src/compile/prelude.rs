//! The part of the library that is written in Ruff: a program is compiled with the functions of it that it may call, as a module
//! without a name. So it calls them, and they call the functions that it gives them, as functions of one program.

use super::BuiltinScope;
use crate::syntax::ast::{Module as Tree, Name, Stmt, StmtKind};
use crate::syntax::diagnostic::Diagnostics;
use crate::syntax::source::Source;

/// What a compilation may ask of the prelude.
pub trait Prelude {
    /// The function that the name of a builtin means, if it is written in Ruff.
    fn function<'a>(&'a self, name: &'a str) -> Option<&'a str>;

    /// The function that a method of that name may be.
    fn method(&self, name: &str) -> Option<&str>;

    /// All its functions.
    fn tree(&self) -> &PreludeTree;

    /// What its own names mean.
    fn builtins(&self) -> &dyn BuiltinScope;
}

/// The prelude as functions that name each other.
#[derive(Debug)]
pub struct PreludeTree {
    source: Source,
    functions: Vec<PreludeFunction>,
}

#[derive(Debug)]
struct PreludeFunction {
    name: Name,
    tree: Stmt,
    /// The functions that it names.
    names: Vec<usize>,
}

impl PreludeTree {
    /// Parses the text of the prelude, which has nothing but functions at its top.
    pub fn parse(source: Source) -> PreludeTree {
        let tree = crate::syntax::parse(&source, &mut Diagnostics::default());
        let functions = tree.body.into_iter().filter_map(|stmt| match &stmt.kind {
            StmtKind::Func(decl) => {
                Some(PreludeFunction { name: decl.name.name.clone(), tree: stmt, names: Vec::new() })
            }
            _ => None,
        });
        let mut tree = PreludeTree { source: source.clone(), functions: functions.collect() };
        for index in 0..tree.functions.len() {
            let text = source.slice(tree.functions[index].tree.span);
            let words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
            tree.functions[index].names = words.filter_map(|word| tree.index_of(word)).collect();
        }
        tree
    }

    pub fn source(&self) -> &Source {
        &self.source
    }

    fn index_of(&self, name: &str) -> Option<usize> {
        self.functions.iter().position(|function| &*function.name == name)
    }

    /// The functions of these names, and those that they name.
    pub fn reachable<'a>(&self, names: impl Iterator<Item = &'a str>) -> Tree {
        let mut is_needed = vec![false; self.functions.len()];
        let mut pending: Vec<usize> = names.filter_map(|name| self.index_of(name)).collect();
        while let Some(index) = pending.pop() {
            if !std::mem::replace(&mut is_needed[index], true) {
                pending.extend(&self.functions[index].names);
            }
        }
        let needed = self.functions.iter().zip(is_needed).filter(|(_, is_needed)| *is_needed);
        Tree { body: needed.map(|(function, _)| function.tree.clone()).collect(), span: Default::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_come_with_those_that_they_name() {
        let text =
            "func a(x) { return b(x) }\nfunc b(x) { return __c(x) }\nfunc __c(x) { return x }\nfunc d() { return a }";
        let tree = PreludeTree::parse(Source::new("prelude", text));
        let names = |wanted: &[&str]| -> Vec<String> {
            let body = tree.reachable(wanted.iter().copied()).body;
            let name = |stmt: &Stmt| match &stmt.kind {
                StmtKind::Func(decl) => decl.name.name.to_string(),
                _ => String::new(),
            };
            body.iter().map(name).collect()
        };
        assert_eq!(names(&["b"]), ["b", "__c"]);
        assert_eq!(names(&["d"]), ["a", "b", "__c", "d"]);
        assert!(names(&["e"]).is_empty());
    }
}
