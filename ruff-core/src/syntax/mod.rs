//! Source text to syntax tree. Knows nothing of the other parts of the engine.

pub mod ast;
pub mod diagnostic;
pub mod dump;
pub mod lexed;
pub mod lexer;
pub mod literal;
pub mod parser;
pub mod print;
pub mod render;
pub mod source;
pub mod token;

use crate::code::Code;
use ast::Module;
use diagnostic::{Diagnostic, Diagnostics};
use source::{Source, Span};

/// The tree of a source text. What cannot be parsed becomes error nodes with diagnostics. Lexical errors are all
/// reported; only if there are none, the tree is built and syntax errors are reported.
pub fn parse(source: &Source, diagnostics: &mut Diagnostics) -> Module {
    parse_text(source.text(), diagnostics)
}

fn parse_text(text: &str, diagnostics: &mut Diagnostics) -> Module {
    let mut lexical = Diagnostics::default();
    let lexed = lexer::lex(text, &mut lexical);
    if lexical.has_errors() {
        diagnostics.append(lexical);
        return Module { body: Vec::new(), span: Span::new(0, text.len()) };
    }
    parser::parse_module(text, lexed, diagnostics)
}

/// Must more lines follow before `text` is a whole input? True if a bracket, block, comment, interpolation or `"""` string
/// is open at its end, or a statement stops where something must follow; false if it is whole or wrong earlier.
pub fn is_incomplete(text: &str) -> bool {
    let mut diagnostics = Diagnostics::default();
    let lexed = lexer::lex(text, &mut diagnostics);
    if diagnostics.has_errors() {
        return diagnostics.as_slice().iter().all(|diagnostic| may_continue(text, diagnostic));
    }
    if lexed.has_stray_closer || lexed.has_unclosed_bracket() {
        return !lexed.has_stray_closer;
    }
    parser::parse_module(text, lexed, &mut diagnostics);
    diagnostics.as_slice().first().is_some_and(|diagnostic| diagnostic.span.start as usize == text.len())
}

/// Can more text remove this lexical error?
fn may_continue(text: &str, diagnostic: &Diagnostic) -> bool {
    match diagnostic.code {
        Code::UNTERMINATED_COMMENT | Code::UNTERMINATED_INTERPOLATION => true,
        Code::UNTERMINATED_STRING => {
            let string = text.get(diagnostic.span.start as usize..).unwrap_or("");
            string.trim_start_matches('r').starts_with("\"\"\"")
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn incomplete_inputs() {
        let incomplete = [
            "func f() {",
            "x := [1,",
            "/* a",
            "\"\"\"a\n",
            "r\"\"\"",
            "\"${",
            "x := \"${f(\n",
            "x := 1 +",
            "x :=\n",
            "if a",
            "try { }",
            "func",
            "match x {\n case 1 { }",
            "import",
            "a.",
            "f(\"x\", func() {",
        ];
        for text in incomplete {
            assert!(is_incomplete(text), "{text}");
        }
        for text in [
            "",
            "x := 1",
            "f(1)",
            "\"abc",
            "x := )",
            "{ )",
            "@ {",
            "1 +* 2 {",
            "func f() { }",
            "if a { }\n",
            "x := 5 := {}",
        ] {
            assert_eq!(is_incomplete(text), text == "1 +* 2 {", "{text}");
        }
    }
}
