//! The declarations that a program uses, without the others.

use crate::program::Stmt;
use std::collections::HashSet;

/// The statements without declarations of functions, structs, enums and modules that no other statement names. All names of a program are different,
/// so that a word is enough to know a use.
pub(super) fn used(body: Vec<Stmt>) -> Vec<Stmt> {
    let texts: Vec<String> = body.iter().map(Stmt::to_string).collect();
    let names: Vec<Option<&str>> = texts.iter().map(|text| declared(text)).collect();
    let mut is_used: Vec<bool> = names.iter().map(Option::is_none).collect();
    let mut words = HashSet::new();
    let mut unseen: Vec<usize> = (0..body.len()).filter(|at| is_used[*at]).collect();
    while let Some(at) = unseen.pop() {
        words.extend(words_of(&texts[at]));
        if unseen.is_empty() {
            unseen =
                (0..body.len()).filter(|at| !is_used[*at] && names[*at].is_some_and(|n| words.contains(n))).collect();
            unseen.iter().for_each(|at| is_used[*at] = true);
        }
    }
    body.into_iter().zip(is_used).filter_map(|(stmt, is_used)| is_used.then_some(stmt)).collect()
}

/// The name that a statement declares, if it is a complete declaration of a function, a struct or an enum, or an import.
fn declared(text: &str) -> Option<&str> {
    if text.starts_with("import ") {
        return words_of(text).last();
    }
    let rest = ["func* ", "func ", "struct ", "enum "].into_iter().find_map(|start| text.strip_prefix(start))?;
    text.trim_end().ends_with('}').then(|| words_of(rest).next()).flatten()
}

fn words_of(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declarations_that_nothing_names_are_left_out() {
        let lines =
            ["func a() { return b() }", "func b() { }", "func c() { return a() }", "struct D {", "}", "print(a())"];
        let left: Vec<String> = used(lines.map(Stmt::line).to_vec()).iter().map(Stmt::to_string).collect();
        assert_eq!(left.concat(), "func a() { return b() }\nfunc b() { }\nstruct D {\n}\nprint(a())\n");
    }
}
