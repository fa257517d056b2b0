//! Patterns: how they are compiled, and what compiling and matching them is charged.

use super::invalid;
use crate::fault::{Fault, Result};
use crate::limits::{COMPILED_PATTERN_BYTES_MAX, PATTERN_BYTES_MAX};
use crate::vm::Ctx;
use regex::{Regex, RegexBuilder};
use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::nfa::thompson;
use regex_automata::{Anchored, Input};
use regex_syntax::ast::{self, Ast, ClassSet, ClassSetItem, RepetitionKind, RepetitionRange};
use regex_syntax::hir::translate::Translator;
use regex_syntax::hir::{Hir, HirKind};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

/// Compiled patterns that a machine keeps.
const PATTERNS_MAX: usize = 16;
/// So many states of a pattern make matching cost as much again for each byte of text.
const STATES_PER_PASS: usize = 4;
/// The weight of a class of Unicode, which has hundreds of ranges of characters.
const UNICODE_CLASS_WEIGHT: usize = 1_000;
/// The same of `\d` and of `.`.
const DIGIT_CLASS_WEIGHT: usize = 100;
const DOT_WEIGHT: usize = 10;
/// Patterns of more weight would be too large when they are compiled; it takes long to find that out.
const WEIGHT_MAX: usize = 250_000;
/// A repetition of more rounds counts as one that has no end.
const SHORT_REPETITION: u32 = 16;
/// Bytes that are read on between looks at the limits.
const READ_ON_STEP: usize = 16 << 10;
/// The memory for the states of one look at how far a search reads on.
const READER_BYTES_MAX: usize = 256 << 10;

/// A pattern that is ready for use.
pub struct Pattern {
    pub regex: Regex,
    /// How many states its automaton has, roughly: the factor m of O(n·m).
    states: usize,
    /// If a search may read on behind the end of what it finds, what tells how far.
    reader: Option<Reader>,
}

/// The automaton of a pattern, to step through.
struct Reader {
    dfa: DFA,
    cache: Mutex<Cache>,
}

/// The compiled patterns of a machine by their text.
#[derive(Default)]
struct Patterns(HashMap<Box<str>, Arc<Pattern>>);

/// The compiled form of a pattern; charges for matching it against a text once.
///
/// # Errors
/// `RUF1012` for patterns that are wrong or too large; the traps of section 21.
pub fn prepared(ctx: &mut Ctx<'_>, text: &str, pattern: &str) -> Result<Arc<Pattern>> {
    let known = ctx.state::<Patterns>().0.get(pattern).cloned();
    let pattern = match known {
        Some(known) => known,
        None => compile(ctx, pattern)?,
    };
    ctx.charge_for(text.len().saturating_mul(pattern.passes()))?;
    Ok(pattern)
}

/// Compiles a pattern and keeps it.
#[cold]
fn compile(ctx: &mut Ctx<'_>, pattern: &str) -> Result<Arc<Pattern>> {
    if pattern.len() > PATTERN_BYTES_MAX {
        let message = format!("pattern of {} bytes exceeds the limit of {PATTERN_BYTES_MAX}", pattern.len());
        return Err(invalid_pattern(&message));
    }
    ctx.charge(pattern.len() as u64)?;
    let tree = parse(pattern)?;
    let weight = weight(&tree);
    ctx.charge(weight.min(WEIGHT_MAX) as u64)?;
    if weight > WEIGHT_MAX {
        return Err(too_large());
    }
    let compiled = Arc::new(Pattern::new(pattern, &tree)?);
    let patterns = &mut ctx.state::<Patterns>().0;
    if patterns.len() >= PATTERNS_MAX {
        patterns.clear();
    }
    patterns.insert(pattern.into(), compiled.clone());
    Ok(compiled)
}

fn parse(pattern: &str) -> Result<Ast> {
    ast::parse::Parser::new()
        .parse(pattern)
        .map_err(|error| invalid_pattern(&reason(pattern, &error.kind().to_string(), error.span().start.offset)))
}

impl Pattern {
    fn new(pattern: &str, tree: &Ast) -> Result<Pattern> {
        let hir = Translator::new()
            .translate(pattern, tree)
            .map_err(|error| invalid_pattern(&reason(pattern, &error.kind().to_string(), error.span().start.offset)))?;
        let regex = RegexBuilder::new(pattern)
            .size_limit(COMPILED_PATTERN_BYTES_MAX)
            .dfa_size_limit(COMPILED_PATTERN_BYTES_MAX)
            .build()
            .map_err(|_| too_large())?;
        let reader = if may_read_on(&hir, true) { Reader::new(&hir) } else { None };
        Ok(Pattern { regex, states: states(&hir), reader })
    }

    /// How often matching reads a text, by the measure of `charge_for`.
    fn passes(&self) -> usize {
        1 + self.states / STATES_PER_PASS
    }

    /// Charges what a search has read behind the end of what it has found: to find the first `a` of `aaaa`, `a*b|a` reads them all.
    ///
    /// # Errors
    /// The traps of section 21.
    pub fn charge_reading_on(&self, ctx: &mut Ctx<'_>, text: &str, found: Range<usize>) -> Result<()> {
        let Some(reader) = &self.reader else { return Ok(()) };
        let mut cache = reader.cache.lock().unwrap_or_else(PoisonError::into_inner);
        let input = Input::new(text).range(found.start..).anchored(Anchored::Yes);
        let Ok(mut state) = reader.dfa.start_state_forward(&mut cache, &input) else {
            return ctx.charge_for((text.len() - found.end).saturating_mul(self.passes()));
        };
        let (mut at, mut charged) = (found.start, found.end);
        for byte in &text.as_bytes()[found.start..] {
            match reader.dfa.next_state(&mut cache, state, *byte) {
                Ok(next) if next.is_dead() => break,
                Ok(next) if !next.is_quit() => state = next,
                // It does not know, so that the rest counts as read.
                _ => {
                    at = text.len();
                    break;
                }
            }
            at += 1;
            if at >= charged + READ_ON_STEP {
                ctx.charge_for((at - charged).saturating_mul(self.passes()))?;
                charged = at;
            }
        }
        ctx.charge_for(at.saturating_sub(charged).saturating_mul(self.passes()))
    }
}

impl Reader {
    /// `None` for patterns that such an automaton cannot match; these are small.
    fn new(hir: &Hir) -> Option<Reader> {
        let nfa = thompson::NFA::compiler()
            .configure(thompson::Config::new().nfa_size_limit(Some(COMPILED_PATTERN_BYTES_MAX)))
            .build_from_hir(hir)
            .ok()?;
        let config =
            DFA::config().unicode_word_boundary(true).cache_capacity(READER_BYTES_MAX).skip_cache_capacity_check(true);
        let dfa = DFA::builder().configure(config).build_from_nfa(nfa).ok()?;
        let cache = Mutex::new(dfa.create_cache());
        Some(Reader { dfa, cache })
    }
}

/// The time that compiling takes, roughly, in ticks: how many ranges of characters there are when repetitions are written out.
fn weight(tree: &Ast) -> usize {
    let sum = |parts: &[Ast]| parts.iter().map(weight).fold(0, usize::saturating_add);
    match tree {
        Ast::Empty(_) | Ast::Flags(_) | Ast::Assertion(_) | Ast::Literal(_) => 1,
        Ast::Dot(_) => DOT_WEIGHT,
        Ast::ClassUnicode(_) => UNICODE_CLASS_WEIGHT,
        Ast::ClassPerl(class) => perl_weight(class),
        Ast::ClassBracketed(class) => set_weight(&class.kind),
        Ast::Group(group) => weight(&group.ast),
        Ast::Alternation(alternation) => sum(&alternation.asts),
        Ast::Concat(concat) => sum(&concat.asts),
        Ast::Repetition(repetition) => {
            let times = match &repetition.op.kind {
                RepetitionKind::ZeroOrOne | RepetitionKind::ZeroOrMore | RepetitionKind::OneOrMore => 1,
                RepetitionKind::Range(RepetitionRange::Exactly(n) | RepetitionRange::AtLeast(n)) => *n,
                RepetitionKind::Range(RepetitionRange::Bounded(_, n)) => *n,
            };
            weight(&repetition.ast).saturating_mul(times.max(1) as usize)
        }
    }
}

fn perl_weight(class: &ast::ClassPerl) -> usize {
    match class.kind {
        ast::ClassPerlKind::Word => UNICODE_CLASS_WEIGHT,
        ast::ClassPerlKind::Digit => DIGIT_CLASS_WEIGHT,
        ast::ClassPerlKind::Space => DOT_WEIGHT,
    }
}

fn set_weight(set: &ClassSet) -> usize {
    match set {
        ClassSet::Item(item) => item_weight(item),
        ClassSet::BinaryOp(op) => set_weight(&op.lhs).saturating_add(set_weight(&op.rhs)),
    }
}

fn item_weight(item: &ClassSetItem) -> usize {
    match item {
        ClassSetItem::Empty(_) | ClassSetItem::Literal(_) | ClassSetItem::Range(_) | ClassSetItem::Ascii(_) => 1,
        ClassSetItem::Unicode(_) => UNICODE_CLASS_WEIGHT,
        ClassSetItem::Perl(class) => perl_weight(class),
        ClassSetItem::Bracketed(class) => set_weight(&class.kind),
        ClassSetItem::Union(union) => union.items.iter().map(item_weight).fold(0, usize::saturating_add),
    }
}

/// The states that an automaton for this expression needs, roughly. The parser limits the depth of expressions.
fn states(hir: &Hir) -> usize {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) | HirKind::Class(_) => 1,
        HirKind::Literal(literal) => literal.0.len(),
        HirKind::Capture(capture) => states(&capture.sub),
        HirKind::Repetition(repetition) => {
            let times = repetition.max.unwrap_or(repetition.min).max(1);
            states(&repetition.sub).saturating_mul(times as usize)
        }
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().map(states).fold(0, usize::saturating_add),
    }
}

/// May a search read far behind the end of what it finds? Only in a long repetition that more must follow: one at the end of the
/// pattern, of single characters, is found as far as it is read.
fn may_read_on(hir: &Hir, is_last: bool) -> bool {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) | HirKind::Class(_) | HirKind::Literal(_) => false,
        HirKind::Capture(capture) => may_read_on(&capture.sub, is_last),
        HirKind::Repetition(repetition) => {
            let is_long = repetition.max.is_none_or(|max| max > SHORT_REPETITION);
            match repetition.sub.kind() {
                HirKind::Class(_) => is_long && !is_last,
                _ => is_long || may_read_on(&repetition.sub, false),
            }
        }
        HirKind::Concat(parts) => {
            let last = parts.len().saturating_sub(1);
            parts.iter().enumerate().any(|(index, part)| may_read_on(part, is_last && index == last))
        }
        HirKind::Alternation(parts) => parts.iter().any(|part| may_read_on(part, is_last)),
    }
}

#[cold]
fn invalid_pattern(reason: &str) -> Fault {
    invalid(format!("Invalid regular expression: {reason}"))
}

#[cold]
fn too_large() -> Fault {
    invalid_pattern(&format!("compiled pattern exceeds the limit of {COMPILED_PATTERN_BYTES_MAX} bytes"))
}

/// What is wrong with a pattern, with the position of the character where that shows.
fn reason(pattern: &str, what: &str, offset: usize) -> String {
    let position = 1 + pattern.get(..offset).map_or(0, |before| before.chars().count());
    format!("{what} at position {position}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hir(pattern: &str) -> Hir {
        regex_syntax::parse(pattern).unwrap()
    }

    #[test]
    fn problems_have_positions() {
        let compiled = |pattern: &str| Pattern::new(pattern, &parse(pattern)?);
        let message = |pattern: &str| compiled(pattern).err().map(|e| e.message.to_string()).unwrap_or_default();
        assert_eq!(message("é(a"), "Invalid regular expression: unclosed group at position 2");
        assert!(message("a{1000}{1000}").starts_with("Invalid regular expression: compiled pattern exceeds"));
    }

    #[test]
    fn patterns_are_weighed_before_they_are_compiled() {
        let weight_of = |pattern: &str| weight(&parse(pattern).unwrap());
        assert_eq!(weight_of("ab|c*"), 3);
        assert_eq!(weight_of("[a-z_]{3,5}"), 10);
        assert_eq!(weight_of("(\\w\\d[\\pL&&[^x]]){20}"), 20 * 2_101);
        assert!(weight_of(&"(?i)\\pL".repeat(8_000)) > WEIGHT_MAX);
        assert!(weight_of("(a{1000}){1000}") > WEIGHT_MAX);
        assert_eq!(states(&hir("(ab|c*){3}")), 9);
    }

    #[test]
    fn patterns_that_read_on_are_known() {
        let reads_on = |pattern: &str| may_read_on(&hir(pattern), true);
        for pattern in ["a*b|a", "(a*b)?a", "a.*b", "(?:ab)+", "(a+b)*", "a{100}b?", "\\w+@\\w+"] {
            assert!(reads_on(pattern), "{pattern}");
        }
        for pattern in ["\\w+", "abc", "[a-z]+|[0-9]+", "a?b{3}c", "x(ab|c){2}", "-?[0-9]+"] {
            assert!(!reads_on(pattern), "{pattern}");
        }
    }
}
