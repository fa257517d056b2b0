//! Statements, bindings and assignments.

use super::help::LINE_TOKENS_MAX;
use super::pattern::Destructuring;
use super::{Bail, Parsed, Parser, T};
use crate::code::Code;
use crate::help::LAMBDA;
use crate::syntax::ast::{
    Assign, BinaryOp, BindPattern, Binding, BindingMode, Block, Except, Expr, For, Stmt, StmtKind, Try,
};
use crate::syntax::diagnostic::Diagnostic;
use crate::syntax::token::Token;

impl Parser<'_> {
    /// Parses a statement and appends it to `body`.
    pub(super) fn statement(&mut self, body: &mut Vec<Stmt>) -> Parsed<()> {
        let start = self.token();
        if start.kind.is_reserved() && self.at_reserved_target() {
            return Err(self.reserved_word(start));
        }
        let kind = match start.kind {
            T::Export => self.export(),
            T::While => self.while_stmt(),
            T::Loop => self.loop_stmt(),
            T::For => self.for_stmt(),
            T::Try => self.try_stmt(),
            T::Import => self.import(),
            T::Return => self.return_stmt(),
            T::If | T::Match => self.if_or_match_stmt(),
            T::Break => self.keyword(StmtKind::Break),
            T::Continue => self.keyword(StmtKind::Continue),
            T::Name if self.at_import_list() => self.import_list(),
            T::Name if self.at_test() => self.test(),
            _ => self.declaration_or_expression(false, self.at),
        };
        self.push_statement(start, kind, body)
    }

    fn push_statement(&self, start: Token, kind: Parsed<StmtKind>, body: &mut Vec<Stmt>) -> Parsed<()> {
        body.push(Stmt { kind: kind?, span: self.span_from(start.span()) });
        Ok(())
    }

    /// Is this a reserved word used as the name on the left of an assignment?
    fn at_reserved_target(&self) -> bool {
        let is_value = matches!(self.kind(), T::SelfWord | T::True | T::False | T::Null);
        !is_value && matches!(self.ahead(1).kind, T::ColonEq | T::Eq)
    }

    /// What may follow `export`, and expressions. `first` is the index of the statement's first token.
    fn declaration_or_expression(&mut self, export: bool, first: usize) -> Parsed<StmtKind> {
        match self.kind() {
            T::Let => self.keyword_binding(BindingMode::Let, "'let'", export),
            T::Mut => self.keyword_binding(BindingMode::Mut, "'mut'", export),
            T::Const => self.keyword_binding(BindingMode::Const, "'const'", export),
            T::Func | T::Async if self.at_func_decl() => self.func_decl(export, first),
            T::Struct => self.struct_decl(export, first),
            T::Enum => self.enum_decl(export, first),
            T::LBracket | T::LBrace if self.at_destructuring() => self.bare_destructuring(export),
            _ => self.expression_or_assignment(export),
        }
    }

    fn export(&mut self) -> Parsed<StmtKind> {
        let first = self.at;
        let token = self.advance();
        if self.blocks > 0 {
            let message = "export is only allowed at the top level of a file";
            self.error(Code::MISPLACED_EXPORT, token.span(), message);
        }
        self.declaration_or_expression(true, first)
    }

    fn keyword(&mut self, kind: StmtKind) -> Parsed<StmtKind> {
        self.advance();
        Ok(kind)
    }

    fn while_stmt(&mut self) -> Parsed<StmtKind> {
        self.advance();
        let condition = self.condition()?;
        Ok(StmtKind::While { condition, body: self.block("while block")? })
    }

    fn loop_stmt(&mut self) -> Parsed<StmtKind> {
        self.advance();
        let condition = if self.eat(T::While) { Some(self.condition()?) } else { None };
        Ok(StmtKind::Loop { condition, body: self.block("loop block")? })
    }

    fn for_stmt(&mut self) -> Parsed<StmtKind> {
        let mut result = self.for_header()?;
        result.body = self.block("for block")?;
        Ok(StmtKind::For(result))
    }

    /// A `for` whose block follows.
    fn for_header(&mut self) -> Parsed<Box<For>> {
        self.advance();
        let first = self.bind_pattern(Destructuring::After("'for'"))?;
        let second = if self.eat(T::Comma) { Some(self.bind_pattern(Destructuring::After("','"))?) } else { None };
        if self.kind() != T::In {
            let bail = self.expected("'in' after loop variable");
            self.skip_counting_header();
            return Err(bail);
        }
        self.advance();
        let subject = self.condition()?;
        let body = Block { body: Vec::new(), span: self.token().span() };
        Ok(Box::new(For { first, second, subject, body }))
    }

    /// `:= 0; i < n; i += 1 {` is one mistake: goes to its block.
    fn skip_counting_header(&mut self) {
        let line = self.at..self.at + LINE_TOKENS_MAX;
        let mut header = line.take_while(|at| !self.token_at(*at).newline_before);
        let block = header.find(|at| self.token_at(*at).kind == T::LBrace);
        if let Some(block) = block.filter(|_| assign_op(self.kind()).is_some()) {
            self.at = block;
        }
    }

    fn try_stmt(&mut self) -> Parsed<StmtKind> {
        self.advance();
        let body = self.block("try block")?;
        let except = if self.eat(T::Except) { Some(self.except()?) } else { None };
        let finally = if self.eat(T::Finally) { Some(self.block("finally block")?) } else { None };
        if except.is_none() && finally.is_none() {
            return Err(self.expected("'except' or 'finally' after try block"));
        }
        Ok(StmtKind::Try(Try { body, except, finally }))
    }

    fn except(&mut self) -> Parsed<Except> {
        let name = if self.kind() == T::LBrace { None } else { Some(self.name("'{' to start except block")?) };
        Ok(Except { name, body: self.block("except block")? })
    }

    fn return_stmt(&mut self) -> Parsed<StmtKind> {
        self.advance();
        let has_value = self.kind().starts_expression() && !self.after_line_break();
        Ok(StmtKind::Return(if has_value { Some(self.operators()?) } else { None }))
    }

    /// At the start of a statement `if` and `match` end with their last `}`.
    fn if_or_match_stmt(&mut self) -> Parsed<StmtKind> {
        let start = self.token();
        let kind = if start.kind == T::If { self.if_expr()? } else { self.match_expr()? };
        Ok(StmtKind::Expr(Expr { kind, span: self.span_from(start.span()) }))
    }

    fn keyword_binding(&mut self, mode: BindingMode, keyword: &str, export: bool) -> Parsed<StmtKind> {
        self.advance();
        let context = Destructuring::After(keyword);
        let pattern = if mode == BindingMode::Const { self.bind_name(context)? } else { self.bind_pattern(context)? };
        let ty = self.annotation()?;
        self.binding(mode, pattern, ty, export)
    }

    /// Does a destructuring start here, that is, does `:=` or `=` follow the matching bracket?
    fn at_destructuring(&self) -> bool {
        let after = self.lexed.closer(self.at).map(|closer| self.token_at(closer + 1).kind);
        matches!(after, Some(T::ColonEq | T::Eq))
    }

    fn bare_destructuring(&mut self, export: bool) -> Parsed<StmtKind> {
        let pattern = self.bind_pattern(Destructuring::Bare)?;
        self.binding(BindingMode::Bare, pattern, None, export)
    }

    fn binding(
        &mut self,
        mode: BindingMode,
        pattern: BindPattern,
        ty: Option<crate::syntax::ast::Type>,
        export: bool,
    ) -> Parsed<StmtKind> {
        if !matches!(self.kind(), T::ColonEq | T::Eq) {
            return Err(self.expected("':=' or '=' before the value"));
        }
        self.advance();
        let value = self.operators()?;
        self.refuse_chain()?;
        Ok(StmtKind::Binding(Binding { mode, pattern, ty, value, export }))
    }

    fn expression_or_assignment(&mut self, export: bool) -> Parsed<StmtKind> {
        if export && !matches!(self.kind(), T::Name | T::SelfWord) {
            return Err(self.expected("a declaration or an assignment after 'export'"));
        }
        let target = self.operators()?;
        if let Some(op) = assign_op(self.kind()) {
            return self.assignment(target, op, export);
        }
        if export {
            return Err(self.expected("':=' after exported name"));
        }
        Ok(StmtKind::Expr(target))
    }

    fn assignment(&mut self, target: Expr, op: Option<BinaryOp>, export: bool) -> Parsed<StmtKind> {
        self.advance();
        let place = self.assignment_target(target);
        let value = self.operators()?;
        self.refuse_chain()?;
        Ok(place.map_or(StmtKind::Error, |place| StmtKind::Assign(Assign { place, op, value, export })))
    }

    /// Reports and skips a second assignment after the value of the first.
    fn refuse_chain(&mut self) -> Parsed<()> {
        if assign_op(self.kind()).is_some() {
            let message = "Chained assignment is not supported; split the assignment into separate statements";
            let error = Diagnostic::error(Code::CHAINED_ASSIGNMENT, self.token().span(), message);
            if self.is_arrow(0) {
                self.report(error.with_help(LAMBDA));
                return Err(Bail);
            }
            self.report(error);
        }
        while assign_op(self.kind()).is_some() {
            self.advance();
            self.operators()?;
        }
        Ok(())
    }
}

/// The operator of an assignment sign: none for `:=` and `=`.
fn assign_op(kind: T) -> Option<Option<BinaryOp>> {
    Some(match kind {
        T::ColonEq | T::Eq => None,
        T::PlusEq => Some(BinaryOp::Add),
        T::MinusEq => Some(BinaryOp::Sub),
        T::StarEq => Some(BinaryOp::Mul),
        T::SlashEq => Some(BinaryOp::Div),
        T::PercentEq => Some(BinaryOp::Mod),
        T::StarStarEq => Some(BinaryOp::Pow),
        T::AmpEq => Some(BinaryOp::BitAnd),
        T::PipeEq => Some(BinaryOp::BitOr),
        T::CaretEq => Some(BinaryOp::BitXor),
        T::ShlEq => Some(BinaryOp::Shl),
        T::ShrEq => Some(BinaryOp::Shr),
        _ => return None,
    })
}
