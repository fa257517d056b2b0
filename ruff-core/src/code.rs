//! The stable codes of errors and diagnostics (section 22 of the language reference).

use std::fmt;

/// A stable error code, printed as `RUF` and four digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(pub u16);

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RUF{:04}", self.0)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $number:literal;)*) => {
        impl Code {
            $($(#[$doc])* pub const $name: Code = Code($number);)*
        }
    };
}

codes! {
    /// Lexical: a character that starts no token.
    INVALID_CHARACTER = 1;
    /// Lexical: a NUL byte in the source.
    NULL_BYTE = 2;
    /// Lexical: a string literal without its end.
    UNTERMINATED_STRING = 3;
    /// Lexical: a block comment without its end.
    UNTERMINATED_COMMENT = 4;
    /// Lexical: an unknown escape sequence.
    INVALID_ESCAPE = 5;
    /// Lexical: a float literal too large for a finite float.
    NUMBER_OUT_OF_RANGE = 6;
    /// Lexical: a malformed numeric literal.
    MALFORMED_NUMBER = 7;
    /// Lexical: an interpolation without its end.
    UNTERMINATED_INTERPOLATION = 8;
    /// Lexical: the source is not UTF-8.
    INVALID_UTF8 = 9;
    /// Syntax: an expression is missing.
    EXPECTED_EXPRESSION = 101;
    /// Syntax: another token was expected.
    EXPECTED_TOKEN = 102;
    /// Syntax: the left side of an assignment is not a place.
    INVALID_ASSIGNMENT_TARGET = 103;
    /// Syntax: `a := b := c`.
    CHAINED_ASSIGNMENT = 104;
    /// Syntax: a reserved word where a name is needed.
    RESERVED_WORD = 105;
    /// Syntax: a positional argument after a named one.
    POSITIONAL_AFTER_NAMED = 106;
    /// Syntax: the order of parameters.
    PARAMETER_ORDER = 107;
    /// Syntax: `not a == b`.
    AMBIGUOUS_NOT = 108;
    /// Syntax: `a..b..c`.
    CHAINED_RANGE = 109;
    /// Syntax: `throw()` with no or several arguments.
    THROW_ARITY = 110;
    /// Syntax: an arm after `default`.
    DEFAULT_NOT_LAST = 111;
    /// Syntax: `export` inside a block.
    MISPLACED_EXPORT = 112;
    /// Check: a name that refers to nothing.
    UNDEFINED_NAME = 201;
    /// Compile: a name declared twice in one scope.
    DUPLICATE_NAME = 202;
    /// Check: an immutable binding is assigned or changed.
    IMMUTABLE = 203;
    /// Compile: `break` or `continue` outside a loop.
    OUTSIDE_LOOP = 204;
    /// Compile: `yield` outside a generator.
    OUTSIDE_GENERATOR = 205;
    /// Compile: a member declared twice.
    DUPLICATE_MEMBER = 206;
    /// Compile: a match arm that is never reached.
    UNREACHABLE_ARM = 207;
    /// Compile: an unknown name in a pattern.
    UNKNOWN_PATTERN_NAME = 208;
    /// Compile: alternatives of a pattern bind different names.
    ALTERNATIVE_NAMES = 209;
    /// Compile: `mut` parameters of async functions and generators.
    MISPLACED_MUT_PARAMETER = 210;
    /// Compile: one variable passed to two `mut` parameters.
    ALIASED_MUT_ARGUMENTS = 211;
    /// Check: a value whose kind an annotation excludes.
    TYPE_MISMATCH = 212;
    /// Compile: two setups or teardowns in a test group.
    DUPLICATE_TEST_HOOK = 213;
    /// Check: a comparison of different kinds.
    CONSTANT_COMPARISON = 214;
    /// Compile: a construct that this version does not support.
    UNSUPPORTED = 215;
    /// Compile: the program is too large for the bytecode.
    PROGRAM_TOO_LARGE = 216;
    /// Warning: an expression statement without effect.
    NO_EFFECT = 301;
    /// Warning: a comparison that is never true.
    ALWAYS_FALSE = 302;
    /// Warning: a variable that is never used.
    UNUSED_VARIABLE = 303;
    /// Warning: code that is never reached.
    UNREACHABLE_CODE = 304;
    /// Warning: a function assigns a variable that the file declares further down.
    ASSIGNED_EARLY = 305;
    /// Warning: a copy is changed, and nothing reads it afterwards.
    LOST_CHANGE = 306;
    /// A value that the script threw.
    THROWN = 1000;
    /// A name that refers to nothing or has no value yet.
    UNDEFINED = 1001;
    /// An operation on kinds that it does not accept.
    INVALID_OPERATION = 1002;
    /// Wrong arguments of a call.
    ARGUMENTS = 1003;
    /// A call of what cannot be called.
    NOT_CALLABLE = 1004;
    /// An immutable binding is assigned or changed.
    IMMUTABLE_BINDING = 1005;
    /// A name declared twice in one scope.
    DUPLICATE_DECLARATION = 1006;
    /// A zero divisor.
    DIVISION_BY_ZERO = 1007;
    /// An index outside its sequence.
    INDEX_OUT_OF_BOUNDS = 1008;
    /// A key that a dict does not have.
    MISSING_KEY = 1009;
    /// An index of the wrong kind.
    INVALID_INDEX = 1010;
    /// A field or method that does not exist.
    NO_SUCH_MEMBER = 1011;
    /// An argument of a builtin outside its domain.
    INVALID_ARGUMENT = 1012;
    /// A conversion of data that failed.
    CONVERSION = 1013;
    /// A failed assertion.
    ASSERTION = 1014;
    /// `?` or `unwrap` on a failure.
    UNHANDLED_FAILURE = 1015;
    /// Too many nested calls.
    CALL_DEPTH = 1016;
    /// A variable that is lent to a `mut` parameter.
    ON_LOAN = 1017;
    /// Tasks, channels and generators.
    TASK = 1018;
    /// Limit: ticks.
    LIMIT_FUEL = 2001;
    /// Limit: memory.
    LIMIT_MEMORY = 2002;
    /// Limit: output.
    LIMIT_OUTPUT = 2003;
    /// Limit: run time.
    LIMIT_TIME = 2004;
    /// The host or the user interrupted the script.
    INTERRUPTED = 2005;
    /// Limit: size of a source file.
    LIMIT_SOURCE = 2006;
    /// Limit: nesting of the source.
    LIMIT_NESTING = 2007;
    /// Limit: size of one int.
    LIMIT_INT = 2008;
    /// Limit: live tasks and generators.
    LIMIT_TASKS = 2009;
    /// A module that the loader does not find.
    MODULE_NOT_FOUND = 3001;
    /// A name that a module does not export.
    MODULE_SYMBOL = 3002;
    /// A module with diagnostics.
    MODULE_PARSE = 3003;
    /// A module whose body failed.
    MODULE_FAILED = 3004;
    /// Modules that import each other.
    MODULE_CYCLE = 3005;
    /// An import without a loader.
    NO_MODULE_LOADER = 3006;
    /// A capability that the host has not granted.
    CAPABILITY = 4001;
    /// An error of a host function.
    HOST = 4002;
    /// Failed input or output.
    IO = 4003;
    /// A host object that is gone.
    HOST_OBJECT_GONE = 4004;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_print_with_four_digits() {
        assert_eq!(Code::DIVISION_BY_ZERO.to_string(), "RUF1007");
        assert_eq!(Code::NULL_BYTE.to_string(), "RUF0002");
    }
}
