//! The syntax tree. Section 23 of the language reference has the grammar.
//!
//! Chains that a program may make long without nesting (binary operators, suffixes, `else if`) are lists here, so that the
//! depth of a tree is bounded by the parser's nesting limit and every pass may recurse.

use super::source::Span;
use std::sync::Arc;

/// A name as it stands in the source.
pub type Name = Arc<str>;

/// A name with its place.
#[derive(Clone, Debug)]
pub struct Ident {
    pub name: Name,
    pub span: Span,
}

/// A whole file.
#[derive(Clone, Debug)]
pub struct Module {
    pub body: Vec<Stmt>,
    pub span: Span,
}

/// Statements between braces.
#[derive(Clone, Debug)]
pub struct Block {
    pub body: Vec<Stmt>,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct Stmt {
    pub kind: StmtKind,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum StmtKind {
    /// `let`, `mut`, `const`, or a destructuring without keyword.
    Binding(Binding),
    Func(FuncDecl),
    Struct(StructDecl),
    Enum(EnumDecl),
    Assign(Assign),
    While {
        condition: Expr,
        body: Block,
    },
    Loop {
        condition: Option<Expr>,
        body: Block,
    },
    For(Box<For>),
    Try(Try),
    Import(Import),
    Test(Test),
    Break,
    Continue,
    Return(Option<Expr>),
    /// An expression, `if` and `match` among them.
    Expr(Expr),
    /// What could not be parsed; a diagnostic stands for it.
    Error,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BindingMode {
    Let,
    Mut,
    Const,
    /// A destructuring without keyword: each name is treated as in a bare assignment.
    Bare,
}

#[derive(Clone, Debug)]
pub struct Binding {
    pub mode: BindingMode,
    pub pattern: BindPattern,
    pub ty: Option<Type>,
    pub value: Expr,
    pub export: bool,
}

/// `name := value`, `a[i].f += value` and the like.
#[derive(Clone, Debug)]
pub struct Assign {
    pub place: Place,
    /// The operator of a compound assignment.
    pub op: Option<BinaryOp>,
    pub value: Expr,
    pub export: bool,
}

/// A root variable and a path.
#[derive(Clone, Debug)]
pub struct Place {
    /// `self` is a name here.
    pub root: Ident,
    pub path: Vec<PathStep>,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum PathStep {
    Field(Ident),
    Index(Expr),
}

#[derive(Clone, Debug)]
pub struct FuncDecl {
    pub name: Ident,
    pub function: Function,
    pub export: bool,
    pub doc: Option<Arc<str>>,
}

/// The part that declarations, methods and lambdas share.
#[derive(Clone, Debug)]
pub struct Function {
    pub is_async: bool,
    pub is_generator: bool,
    pub params: Vec<Param>,
    pub result: Option<Type>,
    pub body: Block,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct Param {
    pub kind: ParamKind,
    /// `self` is a name here, allowed only first in a method.
    pub name: Ident,
    pub ty: Option<Type>,
    pub default: Option<Expr>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ParamKind {
    Value,
    /// `mut x`: in-out.
    InOut,
    /// `...x`
    Rest,
}

#[derive(Clone, Debug)]
pub struct StructDecl {
    pub name: Ident,
    pub fields: Vec<FieldDecl>,
    pub methods: Vec<MethodDecl>,
    pub export: bool,
    pub doc: Option<Arc<str>>,
}

#[derive(Clone, Debug)]
pub struct FieldDecl {
    pub name: Ident,
    pub ty: Option<Type>,
    pub default: Option<Expr>,
}

#[derive(Clone, Debug)]
pub struct MethodDecl {
    pub name: Ident,
    pub function: Function,
}

#[derive(Clone, Debug)]
pub struct EnumDecl {
    pub name: Ident,
    pub variants: Vec<VariantDecl>,
    pub export: bool,
    pub doc: Option<Arc<str>>,
}

#[derive(Clone, Debug)]
pub struct VariantDecl {
    pub name: Ident,
    /// The payload names; `None` for a variant without a list.
    pub payload: Option<Vec<(Ident, Option<Type>)>>,
}

#[derive(Clone, Debug)]
pub struct For {
    pub first: BindPattern,
    pub second: Option<BindPattern>,
    pub subject: Expr,
    pub body: Block,
}

#[derive(Clone, Debug)]
pub struct Try {
    pub body: Block,
    pub except: Option<Except>,
    pub finally: Option<Block>,
}

#[derive(Clone, Debug)]
pub struct Except {
    pub name: Option<Ident>,
    pub body: Block,
}

#[derive(Clone, Debug)]
pub struct Import {
    /// `a.b` as written, with its parts.
    pub path: Vec<Ident>,
    pub names: ImportNames,
}

#[derive(Clone, Debug)]
pub enum ImportNames {
    /// `import a.b`
    All,
    /// `import a.b as n`
    Namespace(Ident),
    /// `from a.b import x, y as z`: exported name and local name.
    List(Vec<(Ident, Ident)>),
}

#[derive(Clone, Debug)]
pub struct Test {
    pub kind: TestKind,
    pub body: Block,
}

#[derive(Clone, Debug)]
pub enum TestKind {
    Test(Arc<str>),
    Group(Arc<str>),
    Setup,
    Teardown,
}

#[derive(Clone, Debug)]
pub struct Expr {
    pub kind: ExprKind,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum ExprKind {
    Null,
    Bool(bool),
    Int(i64),
    /// The digits of an int literal outside 64 bits: decimal, or in another base behind its prefix.
    BigInt(Arc<str>),
    Float(f64),
    Str(Arc<str>),
    /// A string with interpolations.
    Template(Vec<TemplatePart>),
    /// A name; `self` is one too.
    Name(Name),
    Array(Vec<Element>),
    Dict(Vec<DictEntry>),
    Lambda(Box<Function>),
    If(Box<If>),
    Match(Box<Match>),
    Spawn(Box<Block>),
    Throw(Box<Expr>),
    Yield(Option<Box<Expr>>),
    Await(Box<Expr>),
    Unary {
        op: UnaryOp,
        operand: Box<Expr>,
    },
    /// `first op e op e …`, folded from the left: precedence is in the nesting of the operands.
    Binary {
        first: Box<Expr>,
        rest: Vec<(BinaryOp, Expr)>,
    },
    Range {
        start: Box<Expr>,
        end: Box<Expr>,
        inclusive: bool,
    },
    /// A primary and its suffixes, applied from the left.
    Postfix {
        base: Box<Expr>,
        suffixes: Vec<Suffix>,
    },
    Paren(Box<Expr>),
    /// What could not be parsed; a diagnostic stands for it.
    Error,
}

#[derive(Clone, Debug)]
pub enum TemplatePart {
    Text(Arc<str>),
    Expr(Expr),
}

#[derive(Clone, Debug)]
pub enum Element {
    Value(Expr),
    Spread(Expr),
}

#[derive(Clone, Debug)]
pub enum DictEntry {
    Pair(Expr, Expr),
    Spread(Expr),
}

#[derive(Clone, Debug)]
pub struct If {
    /// `if c { }` and each `else if c { }`.
    pub arms: Vec<(Expr, Block)>,
    pub otherwise: Option<Block>,
}

#[derive(Clone, Debug)]
pub struct Suffix {
    pub kind: SuffixKind,
    /// From the first token of the suffix to its last.
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum SuffixKind {
    Call(Vec<Arg>),
    Index(Index),
    /// `?[…]`
    OptionalIndex(Index),
    Field(Ident),
    /// `?.name`
    OptionalField(Ident),
    /// `?`
    Try,
    /// `::Name`
    Variant(Ident),
    /// `{ f: e, … }` after a name.
    Struct(Vec<(Ident, Expr)>),
}

#[derive(Clone, Debug)]
pub enum Index {
    At(Box<Expr>),
    Slice { start: Option<Box<Expr>>, end: Option<Box<Expr>>, inclusive: bool },
}

#[derive(Clone, Debug)]
pub enum Arg {
    Positional(Expr),
    Spread(Expr),
    InOut(Place),
    Named(Ident, Expr),
}

#[derive(Clone, Debug)]
pub struct Match {
    pub subject: Expr,
    pub arms: Vec<Arm>,
    pub default: Option<Block>,
}

#[derive(Clone, Debug)]
pub struct Arm {
    pub pattern: Pattern,
    pub guard: Option<Expr>,
    pub body: Block,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct Pattern {
    pub kind: PatternKind,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum PatternKind {
    Wildcard,
    Bind(Name),
    /// A literal; numbers carry their sign.
    Literal(Literal),
    /// `a..b`, `..b`, `a..` with number bounds.
    Range {
        start: Option<Literal>,
        end: Option<Literal>,
        inclusive: bool,
    },
    /// `Ok(p)`, `None`, `Shape::Rect(p, q)`, `m.Shape::Rect`, and an upper-case name alone, which may be a variant or a struct.
    Variant {
        path: Vec<Ident>,
        variant: Option<Ident>,
        /// `None` without parentheses: any payload.
        payload: Option<Vec<PatternItem>>,
    },
    /// `Point { x: p, y }`
    Struct {
        path: Vec<Ident>,
        fields: Vec<(Ident, Pattern)>,
    },
    Array(Vec<PatternItem>),
    Dict {
        entries: Vec<(Ident, Pattern)>,
        rest: Option<Rest>,
    },
    /// `p | q`
    Or(Vec<Pattern>),
    Error,
}

#[derive(Clone, Debug)]
pub enum PatternItem {
    Pattern(Pattern),
    Rest(Rest),
}

/// `...name` or `...` alone.
#[derive(Clone, Debug)]
pub struct Rest {
    pub name: Option<Ident>,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum Literal {
    Null,
    Bool(bool),
    Int(i64),
    BigInt(Arc<str>),
    Float(f64),
    Str(Arc<str>),
}

/// A pattern of a binding, a `for` or a destructuring.
#[derive(Clone, Debug)]
pub enum BindPattern {
    Name(Ident),
    Ignore(Span),
    Array { items: Vec<BindPattern>, rest: Option<Ident>, span: Span },
    Dict { entries: Vec<(Ident, BindPattern)>, rest: Option<Ident>, span: Span },
}

#[derive(Clone, Debug)]
pub struct Type {
    pub kind: TypeKind,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum TypeKind {
    /// A name with arguments: `int`, `dict<string, int>`, `m.Point`.
    Named {
        path: Vec<Ident>,
        args: Vec<Type>,
    },
    Func {
        params: Option<Vec<Type>>,
        result: Option<Box<Type>>,
    },
    /// `T?`
    Optional(Box<Type>),
    /// `T | U`
    Union(Vec<Type>),
    Error,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum UnaryOp {
    Neg,
    Not,
    BitNot,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum BinaryOp {
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    Pow,
    BitAnd,
    BitOr,
    BitXor,
    Shl,
    Shr,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    In,
    NotIn,
    And,
    Or,
    Coalesce,
    /// `x |> f`
    Pipe,
}

impl UnaryOp {
    /// The operator as it is written.
    pub fn sign(self) -> &'static str {
        match self {
            UnaryOp::Neg => "-",
            UnaryOp::Not => "!",
            UnaryOp::BitNot => "~",
        }
    }
}

impl BinaryOp {
    /// The operator as it is written.
    pub fn sign(self) -> &'static str {
        match self {
            BinaryOp::Add => "+",
            BinaryOp::Sub => "-",
            BinaryOp::Mul => "*",
            BinaryOp::Div => "/",
            BinaryOp::Mod => "%",
            BinaryOp::Pow => "**",
            BinaryOp::BitAnd => "&",
            BinaryOp::BitOr => "|",
            BinaryOp::BitXor => "^",
            BinaryOp::Shl => "<<",
            BinaryOp::Shr => ">>",
            BinaryOp::Eq => "==",
            BinaryOp::Ne => "!=",
            BinaryOp::Lt => "<",
            BinaryOp::Le => "<=",
            BinaryOp::Gt => ">",
            BinaryOp::Ge => ">=",
            BinaryOp::In => "in",
            BinaryOp::NotIn => "not in",
            BinaryOp::And => "&&",
            BinaryOp::Or => "||",
            BinaryOp::Coalesce => "??",
            BinaryOp::Pipe => "|>",
        }
    }
}
