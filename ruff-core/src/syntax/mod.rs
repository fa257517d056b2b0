//! Source text to syntax tree. Knows nothing of the other parts of the engine.

pub mod ast;
pub mod diagnostic;
pub mod lexer;
pub mod literal;
pub mod parser;
pub mod source;
pub mod token;

use ast::Module;
use diagnostic::Diagnostics;
use source::{Source, Span};

/// The tree of a source text. What cannot be parsed becomes error nodes with diagnostics. Lexical errors are all
/// reported; only if there are none, the tree is built and syntax errors are reported.
pub fn parse(source: &Source, diagnostics: &mut Diagnostics) -> Module {
    let mut lexical = Diagnostics::default();
    let lexed = lexer::lex(source.text(), &mut lexical);
    if lexical.has_errors() {
        diagnostics.append(lexical);
        return Module { body: Vec::new(), span: Span::new(0, source.text().len()) };
    }
    parser::parse_module(source.text(), lexed, diagnostics)
}
