//! Generated programs: statements as a tree of lines and blocks, which is what the reducer needs to know of them.

use crate::feature::FeatureSet;
use std::fmt::{self, Display, Formatter};

/// A program and what is known of it.
#[derive(Clone, Debug)]
pub struct Program {
    /// The seed that it was made from.
    pub seed: u64,
    /// The constructs that it contains.
    pub features: FeatureSet,
    /// Names and texts of the modules that it imports.
    pub modules: Vec<(String, String)>,
    /// Its statements.
    pub body: Vec<Stmt>,
}

/// A statement.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Stmt {
    /// One that stands on a line.
    Line(String),
    /// One with statements inside.
    Block(Block),
}

/// A statement such as `if a { … } else { … }`: clauses, and the text that ends the last.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Block {
    /// The parts with a body each.
    pub clauses: Vec<Clause>,
    /// What stands after the last body: `}` or `})`.
    pub end: String,
}

/// A head such as `if a {` or `} else {`, and its body.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Clause {
    /// The line before the body.
    pub head: String,
    /// The statements of the body.
    pub body: Vec<Stmt>,
}

impl Stmt {
    /// A line.
    pub fn line(text: impl Into<String>) -> Stmt {
        Stmt::Line(text.into())
    }

    /// A block with one body that ends with `}`.
    pub fn block(head: impl Into<String>, body: Vec<Stmt>) -> Stmt {
        Stmt::clauses([(head.into(), body)])
    }

    /// A block with several bodies that ends with `}`.
    pub fn clauses(clauses: impl IntoIterator<Item = (String, Vec<Stmt>)>) -> Stmt {
        let clauses = clauses.into_iter().map(|(head, body)| Clause { head, body }).collect();
        Stmt::Block(Block { clauses, end: "}".into() })
    }
}

/// How many statements there are, those inside others among them.
pub fn count(body: &[Stmt]) -> usize {
    let inner = |s: &Stmt| match s {
        Stmt::Line(_) => 0,
        Stmt::Block(block) => block.clauses.iter().map(|c| count(&c.body)).sum(),
    };
    body.iter().map(|s| 1 + inner(s)).sum()
}

impl Display for Program {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "# seed {}", self.seed)?;
        for (name, text) in &self.modules {
            writeln!(f, "# module {name}")?;
            text.lines().try_for_each(|line| writeln!(f, "#   {line}"))?;
        }
        write_body(f, &self.body, 0)
    }
}

impl Display for Stmt {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write_body(f, std::slice::from_ref(self), 0)
    }
}

fn write_body(f: &mut Formatter<'_>, body: &[Stmt], depth: usize) -> fmt::Result {
    for stmt in body {
        match stmt {
            Stmt::Line(text) => write_line(f, text, depth)?,
            Stmt::Block(block) => {
                for clause in &block.clauses {
                    write_line(f, &clause.head, depth)?;
                    write_body(f, &clause.body, depth + 1)?;
                }
                write_line(f, &block.end, depth)?;
            }
        }
    }
    Ok(())
}

fn write_line(f: &mut Formatter<'_>, text: &str, depth: usize) -> fmt::Result {
    writeln!(f, "{:indent$}{text}", "", indent = 4 * depth)
}
