//! Tokens: what the lexer produces and the parser consumes.
//!
//! A token holds no text; the parser reads it from the source by the token's span. Twelve bytes each keep a file of the
//! largest size within a small multiple of its length.

use super::source::Span;

/// A token and its place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Is it the first token of its line?
    pub newline_before: bool,
    /// Offset of the first byte.
    pub start: u32,
    /// Offset after the last byte.
    pub end: u32,
}

impl Token {
    /// The bytes of the token.
    pub fn span(self) -> Span {
        Span { start: self.start, end: self.end }
    }
}

macro_rules! reserved_words {
    ($($name:ident = $text:literal),* $(,)?) => {
        /// What a token is.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum TokenKind {
            /// The end of the file.
            End,
            /// A name that is not reserved.
            Name,
            /// An int literal.
            Int,
            /// A float literal.
            Float,
            /// A string without interpolation, of any of the four forms.
            Str,
            /// `"text${`
            TemplateHead,
            /// `}text${`
            TemplateMiddle,
            /// `}text"`
            TemplateTail,
            LParen,
            RParen,
            LBracket,
            RBracket,
            LBrace,
            RBrace,
            Comma,
            Semicolon,
            Colon,
            ColonColon,
            Dot,
            DotDot,
            DotDotEq,
            Ellipsis,
            Question,
            QuestionDot,
            QuestionBracket,
            Coalesce,
            Arrow,
            PipeArrow,
            ColonEq,
            Eq,
            PlusEq,
            MinusEq,
            StarEq,
            SlashEq,
            PercentEq,
            StarStarEq,
            AmpEq,
            PipeEq,
            CaretEq,
            ShlEq,
            ShrEq,
            Plus,
            Minus,
            Star,
            Slash,
            Percent,
            StarStar,
            Amp,
            Pipe,
            Caret,
            Tilde,
            Shl,
            Shr,
            EqEq,
            BangEq,
            Lt,
            LtEq,
            Gt,
            GtEq,
            AmpAmp,
            PipePipe,
            Bang,
            $(#[doc = concat!("`", $text, "`")] $name,)*
        }

        impl TokenKind {
            /// The reserved word `text`, or [`TokenKind::Name`].
            pub fn of_word(text: &str) -> TokenKind {
                match text {
                    $($text => TokenKind::$name,)*
                    _ => TokenKind::Name,
                }
            }

            /// Is it a reserved word?
            pub fn is_reserved(self) -> bool {
                matches!(self, $(TokenKind::$name)|*)
            }
        }
    };
}

reserved_words! {
    And = "and", Async = "async", Await = "await", Bool = "bool", Break = "break", Const = "const",
    Continue = "continue", Else = "else", Enum = "enum", Except = "except", Export = "export", False = "false",
    Finally = "finally", FloatType = "float", For = "for", Func = "func", If = "if", Impl = "impl", Import = "import",
    In = "in", IntType = "int", Let = "let", Loop = "loop", Match = "match", Mut = "mut", Not = "not", Null = "null",
    Or = "or", Return = "return", SelfWord = "self", Spawn = "spawn", StringType = "string", Struct = "struct",
    Throw = "throw", True = "true", Try = "try", While = "while", Yield = "yield",
}

impl TokenKind {
    /// Is it a name or a reserved word?
    pub fn is_word(self) -> bool {
        self == TokenKind::Name || self.is_reserved()
    }

    /// Can an expression start with it?
    pub fn starts_expression(self) -> bool {
        use TokenKind::*;
        matches!(
            self,
            Int | Float
                | Str
                | TemplateHead
                | True
                | False
                | Null
                | SelfWord
                | Name
                | LParen
                | LBracket
                | LBrace
                | Func
                | Async
                | If
                | Match
                | Spawn
                | Throw
                | Yield
                | Await
                | Minus
                | Bang
                | Not
                | Tilde
        )
    }

    /// The bracket pair that it opens.
    pub fn opens(self) -> Option<Bracket> {
        match self {
            TokenKind::LParen => Some(Bracket::Paren),
            TokenKind::LBracket | TokenKind::QuestionBracket => Some(Bracket::Square),
            TokenKind::LBrace => Some(Bracket::Brace),
            TokenKind::TemplateHead => Some(Bracket::Template),
            _ => None,
        }
    }

    /// The bracket pair that it closes.
    pub fn closes(self) -> Option<Bracket> {
        match self {
            TokenKind::RParen => Some(Bracket::Paren),
            TokenKind::RBracket => Some(Bracket::Square),
            TokenKind::RBrace => Some(Bracket::Brace),
            TokenKind::TemplateTail => Some(Bracket::Template),
            _ => None,
        }
    }
}

/// Kinds of bracket pairs. The head and the tail of a string with interpolation are one too.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Bracket {
    Paren,
    Square,
    Brace,
    Template,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_small() {
        assert_eq!(size_of::<Token>(), 12);
    }

    #[test]
    fn words() {
        assert_eq!(TokenKind::of_word("self"), TokenKind::SelfWord);
        assert_eq!(TokenKind::of_word("case"), TokenKind::Name);
        assert!(TokenKind::StringType.is_word() && !TokenKind::Str.is_word());
    }
}
