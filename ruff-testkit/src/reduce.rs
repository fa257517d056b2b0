//! Reduction: a smaller program that still fails.

use crate::program::{Program, Stmt, count};
use crate::run::Case;

/// Deletes statements, and puts bodies in the place of their blocks, while `fails` says that the rest still does what is wrong.
/// Programs that do not compile are not tried. The result is smallest in the sense that no single such step is left.
pub fn reduce(program: &Program, fails: impl Fn(&Case) -> bool) -> Program {
    let mut smallest = program.clone();
    loop {
        let before = count(&smallest.body);
        let mut at = 0;
        while at < count(&smallest.body) {
            let is_smaller = [Step::Delete, Step::Unwrap].into_iter().any(|step| {
                let mut candidate = smallest.clone();
                let has_changed = change(&mut candidate.body, &mut { at }, step);
                let case = Case::generated(&candidate);
                let is_better = has_changed && case.diagnostics().is_empty() && fails(&case);
                if is_better {
                    smallest = candidate;
                }
                is_better
            });
            at += !is_smaller as usize;
        }
        if count(&smallest.body) == before {
            return smallest;
        }
    }
}

#[derive(Clone, Copy)]
enum Step {
    /// Take the statement away.
    Delete,
    /// Put the bodies of a block in its place.
    Unwrap,
}

/// Makes a step at the statement with this index, counted as [`count`] does. False if there is nothing to change.
fn change(body: &mut Vec<Stmt>, at: &mut usize, step: Step) -> bool {
    for index in 0..body.len() {
        if *at == 0 {
            let inner = match (step, &mut body[index]) {
                (Step::Delete, _) => Vec::new(),
                (Step::Unwrap, Stmt::Line(_)) => return false,
                (Step::Unwrap, Stmt::Block(block)) => block.clauses.drain(..).flat_map(|c| c.body).collect(),
            };
            body.splice(index..=index, inner);
            return true;
        }
        *at -= 1;
        if let Stmt::Block(block) = &mut body[index] {
            for clause in &mut block.clauses {
                let inside = count(&clause.body);
                if *at < inside {
                    return change(&mut clause.body, at, step);
                }
                *at -= inside;
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feature::FeatureSet;
    use crate::run::{Mode, run};

    #[test]
    fn only_the_failing_statements_are_left() {
        let failing = Stmt::block("for i in 0..9 {", vec![Stmt::line("print(i)"), Stmt::line("print(1 / (i - 4))")]);
        let body = vec![Stmt::line("a := 1"), Stmt::block("if a == 1 {", vec![failing, Stmt::line("print(2)")])];
        let program = Program { seed: 0, features: FeatureSet::default(), modules: Vec::new(), body };
        let fails = |case: &Case| run(case, &Mode::INTERPRETER).failure.is_some_and(|f| f.code == "RUF1007");
        let expected = "# seed 0\nfor i in 0..9 {\n    print(1 / (i - 4))\n}\n";
        assert_eq!(reduce(&program, fails).to_string(), expected);
    }
}
