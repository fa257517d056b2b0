//! The generator of programs. Each program derives from its seed alone, compiles, and ends within two million ticks.
//!
//! It ends because loops run over ranges and containers of known length, `while` loops count a variable that nothing else
//! assigns, functions call only functions declared before them (recursion counts a parameter down), and each body has an
//! allowance of ticks that the iterations around a statement multiply. Values stay small because assignments of ints and strings
//! cut them, and because only small values go into containers.
//!
//! A program is declarations, a few functions with hot loops, and top-level loops that call them. All its names are different, so
//! that a bare assignment never reaches a variable it is not meant for.

mod callback;
mod container;
mod data;
mod declare;
mod depth;
mod drive;
mod expr;
mod flow;
mod function;
mod object;
mod outside;
mod prune;
mod scalar;
mod scale;
mod scope;
mod vector;

use crate::feature::{Feature, FeatureSet};
use crate::program::{Program, Stmt};
use crate::random::Random;
use scale::Scale;
use scope::{Callable, Counter, EnumShape, Kind, StructShape, Variable};
use vector::Vectors;

/// The program of a seed.
pub fn generate(seed: u64) -> Program {
    let mut generator = Generator::new(seed, &scale::LARGE);
    let body = generator.program();
    Program { seed, features: generator.features, modules: generator.modules, body }
}

/// The small program of a seed: one function about a few constructs, and the declarations that it uses. It takes a fiftieth of the
/// time of a large one.
pub fn generate_small(seed: u64) -> Program {
    let mut generator = Generator::new(seed, &scale::SMALL);
    let body = prune::used(generator.program());
    Program { seed, features: generator.features, modules: generator.modules, body }
}

/// Writes a statement if what it needs is there.
type Writer = fn(&mut Generator, &mut Vec<Stmt>) -> bool;

/// What statements are made of, and how often.
const WRITERS: &[(Feature, u64, Writer)] = &[
    (Feature::Arithmetic, 14, Generator::arithmetic),
    (Feature::IntEdge, 10, Generator::int_edge),
    (Feature::KindChange, 12, Generator::kind_change),
    (Feature::ArrayUpdate, 10, Generator::array_update),
    (Feature::Widening, 8, Generator::widening),
    (Feature::NestedPath, 8, Generator::nested_path),
    (Feature::Dict, 7, Generator::dict),
    (Feature::StructUse, 9, Generator::struct_use),
    (Feature::PolymorphicMethod, 7, Generator::polymorphic_method),
    (Feature::ObjectPath, 10, Generator::object_path),
    (Feature::LoanChain, 21, Generator::loan_chain),
    (Feature::Vector, 24, Generator::vector_loop),
    (Feature::DeepThrow, 18, Generator::deep_throw),
    (Feature::NestedExit, 23, Generator::nested_exit),
    (Feature::EdgeOperator, 17, Generator::edge_operator),
    (Feature::ChangingKind, 17, Generator::changing_kind),
    (Feature::MutatedSubject, 18, Generator::mutated_subject),
    (Feature::OperatorMethod, 5, Generator::operator_method),
    (Feature::Alias, 8, Generator::alias),
    (Feature::Nest, 14, Generator::nest),
    (Feature::Picture, 17, Generator::picture),
    (Feature::MutParameter, 12, Generator::mut_parameter),
    (Feature::LoopClosure, 12, Generator::loop_closure),
    (Feature::CapturedCounter, 7, Generator::captured_counter),
    (Feature::GlobalAssign, 7, Generator::global_assign),
    (Feature::Try, 10, Generator::try_block),
    (Feature::Raise, 6, Generator::raise),
    (Feature::Callback, 18, Generator::callback),
    (Feature::ChangingCallee, 8, Generator::changing_callee),
    (Feature::Redefinition, 5, Generator::redefinition),
    (Feature::GenericCall, 17, Generator::generic_call),
    (Feature::Recursion, 12, Generator::recursion),
    (Feature::ArgumentForms, 17, Generator::argument_forms),
    (Feature::Generator, 19, Generator::generator_loop),
    (Feature::Suspended, 24, Generator::suspended),
    (Feature::EnumUse, 20, Generator::enum_use),
    (Feature::StringMethod, 23, Generator::string_method),
    (Feature::DictValue, 21, Generator::dict_value),
    (Feature::Json, 24, Generator::json),
    (Feature::ElementLoan, 11, Generator::element_loan),
    (Feature::Pipe, 12, Generator::pipe),
    (Feature::Module, 35, Generator::module_use),
    (Feature::HostCall, 16, Generator::host_call),
    (Feature::StringBuild, 8, Generator::string_build),
    (Feature::Match, 8, Generator::match_block),
    (Feature::If, 10, Generator::if_block),
    (Feature::EarlyReturn, 8, Generator::early_return),
    (Feature::Loop, 16, Generator::loop_block),
    (Feature::LoopExit, 7, Generator::loop_exit),
    (Feature::RangeStep, 20, Generator::range_step),
    (Feature::Destructuring, 5, Generator::destructuring),
    (Feature::Optional, 6, Generator::optional),
    (Feature::Collection, 5, Generator::collection),
    (Feature::Print, 5, Generator::print),
];

/// Where statements are written.
#[derive(Clone)]
struct Place {
    /// What a `return` here gives; `None` where there must be none.
    result: Option<Kind>,
    /// May `break` and `continue` stand here?
    is_in_loop: bool,
    /// Is an error caught around here?
    is_guarded: bool,
    /// Are calls of function variables left out, so that no function reaches itself through one?
    is_leaf: bool,
    /// Blocks around.
    depth: u32,
}

struct Generator {
    random: Random,
    features: FeatureSet,
    /// By writer: how much this program likes it.
    taste: Vec<u64>,
    scale: &'static Scale,
    names: u64,
    variables: Vec<Variable>,
    counters: Vec<Counter>,
    structs: Vec<StructShape>,
    enums: Vec<EnumShape>,
    /// Names and texts of the modules that it imports.
    modules: Vec<(String, String)>,
    /// The names of the two modules in the program.
    libraries: Option<(String, String)>,
    /// The name of the struct that holds others.
    holder: String,
    vectors: Vectors,
    functions: Functions,
    place: Place,
    /// Declarations of variables that live as long as the function that is being written, where it has room for them.
    preamble: Option<Vec<Stmt>>,
    /// How often the statement that is written now runs in a call of the function around it.
    repeats: u64,
    ticks: u64,
    ticks_max: u64,
}

/// Declared functions, by what they are good for.
#[derive(Default)]
struct Functions {
    /// From an int to an int, calling nothing; these replace each other.
    leaves: Vec<Callable>,
    /// For arguments of several kinds.
    generic: Vec<Callable>,
    recursive: Vec<Callable>,
    /// The first parameter is `mut`.
    in_out: Vec<Callable>,
    /// With default and rest parameters: see [`declare`].
    flexible: Vec<Callable>,
    /// With default parameters only.
    optional: Vec<Callable>,
    generators: Vec<Callable>,
    /// Make closures that count.
    counter_makers: Vec<Callable>,
    /// From an int to a result or an option.
    fallible: Vec<Callable>,
    /// Raise errors for some ints.
    risky: Vec<Callable>,
    /// Calls that raise, catch and raise again; the outermost catches all.
    climbing: Vec<Callable>,
}

/// Blocks in blocks: deeper ones are not written.
const DEPTH_MAX: u32 = 4;
/// What a statement costs at most, calls and loops apart.
const STATEMENT_TICKS: u64 = 2;

impl Generator {
    fn new(seed: u64, scale: &'static Scale) -> Generator {
        let mut random = Random::new(seed);
        let taste = scale.taste(&mut random);
        Generator {
            random,
            features: FeatureSet::default(),
            taste,
            scale,
            names: 0,
            variables: Vec::new(),
            counters: Vec::new(),
            structs: Vec::new(),
            enums: Vec::new(),
            modules: Vec::new(),
            libraries: None,
            holder: String::new(),
            vectors: Vectors::default(),
            functions: Functions::default(),
            place: Place { result: None, is_in_loop: false, is_guarded: false, is_leaf: false, depth: 0 },
            preamble: None,
            repeats: 1,
            ticks: 0,
            ticks_max: 0,
        }
    }

    /// Writes so many statements.
    fn statements(&mut self, out: &mut Vec<Stmt>, count: u64) {
        for _ in 0..count {
            self.statement(out);
        }
    }

    fn statement(&mut self, out: &mut Vec<Stmt>) {
        // A writer may lack what it needs; arithmetic always finds something.
        for _ in 0..6 {
            let Some(at) = self.random.weighted(self.taste.iter().copied()) else { break };
            let (feature, _, write) = WRITERS[at];
            if write(self, out) {
                self.features.insert(feature);
                self.spend(STATEMENT_TICKS);
                return;
            }
        }
        self.arithmetic(out);
        self.spend(STATEMENT_TICKS);
    }

    /// Counts ticks of the statement that is being written.
    fn spend(&mut self, ticks: u64) {
        self.ticks += ticks * self.repeats;
    }

    /// Counts these ticks if the allowance is large enough.
    fn afford(&mut self, ticks: u64) -> bool {
        let is_affordable = self.ticks + ticks * self.repeats <= self.ticks_max;
        if is_affordable {
            self.spend(ticks);
        }
        is_affordable
    }

    /// A name that nothing else has.
    fn fresh(&mut self, stem: &str) -> String {
        self.names += 1;
        format!("{stem}{}", self.names)
    }

    fn declare(&mut self, name: &str, kind: Kind) {
        let name = name.into();
        self.variables.push(Variable { name, kind, is_assignable: true, is_global: false, is_hoisted: false });
    }

    /// A variable of a kind, written `name := value`.
    fn declare_with(&mut self, out: &mut Vec<Stmt>, stem: &str, kind: Kind, value: String) -> String {
        let name = self.fresh(stem);
        out.push(Stmt::line(format!("{name} := {value}")));
        self.declare(&name, kind);
        name
    }

    /// A visible variable that passes the test; the newest are the most likely.
    fn variable(&mut self, is_right: impl Fn(&Variable) -> bool) -> Option<Variable> {
        let found: Vec<&Variable> = self.variables.iter().filter(|v| is_right(v)).collect();
        let count = found.len() as u64;
        if count == 0 {
            return None;
        }
        let at = self.random.below(count).max(self.random.below(count));
        Some(found[at as usize].clone())
    }

    fn readable(&mut self, kind: Kind) -> Option<String> {
        self.variable(|v| v.kind == kind).map(|v| v.name)
    }

    fn assignable(&mut self, kind: Kind) -> Option<String> {
        self.variable(|v| v.kind == kind && v.is_assignable).map(|v| v.name)
    }

    /// An assignable variable of a kind. If there is none it is declared here, or before all loops of the function, so that it
    /// keeps what iterations do to it.
    fn place_of(&mut self, out: &mut Vec<Stmt>, kind: Kind) -> String {
        if let Some(name) = self.assignable(kind.clone()) {
            return name;
        }
        match self.preamble.take() {
            Some(mut preamble) if self.random.chance(85) => {
                // Its value sees nothing of what is visible here.
                let (variables, counters) = (std::mem::take(&mut self.variables), std::mem::take(&mut self.counters));
                let name = self.declare_value(&mut preamble, kind.clone());
                (self.variables, self.counters) = (variables, counters);
                self.variables.push(Variable {
                    name: name.clone(),
                    kind,
                    is_assignable: true,
                    is_global: false,
                    is_hoisted: true,
                });
                self.preamble = Some(preamble);
                name
            }
            preamble => {
                self.preamble = preamble;
                self.declare_value(out, kind)
            }
        }
    }

    /// A body inside the statement that is written: what it declares ends with it.
    fn body(&mut self, write: impl FnOnce(&mut Generator, &mut Vec<Stmt>)) -> Vec<Stmt> {
        let mut body = Vec::new();
        let (variables, counters) = (self.variables.len(), self.counters.len());
        self.place.depth += 1;
        write(self, &mut body);
        self.place.depth -= 1;
        self.counters.truncate(counters);
        let declared = self.variables.split_off(variables);
        self.variables.extend(declared.into_iter().filter(|v| v.is_hoisted));
        body
    }

    /// A body with room for variables that live as long as it. The variables that it declares are left to the caller.
    fn with_preamble(&mut self, write: impl FnOnce(&mut Generator, &mut Vec<Stmt>)) -> Vec<Stmt> {
        let outside = self.preamble.replace(Vec::new());
        let mut body = Vec::new();
        write(self, &mut body);
        let mut all = std::mem::replace(&mut self.preamble, outside).unwrap_or_default();
        all.append(&mut body);
        all
    }

    /// A body of statements that runs so often for each time that the statement around it runs.
    fn loop_body(&mut self, repeats: u64, write: impl FnOnce(&mut Generator, &mut Vec<Stmt>)) -> Vec<Stmt> {
        let outside = (self.repeats, self.place.is_in_loop);
        self.repeats = self.repeats.saturating_mul(repeats);
        self.place.is_in_loop = true;
        self.spend(1);
        let body = self.body(write);
        (self.repeats, self.place.is_in_loop) = outside;
        body
    }

    /// Is there room for a block here?
    fn can_nest(&self) -> bool {
        self.place.depth < DEPTH_MAX && self.ticks + 8 * self.repeats < self.ticks_max
    }
}
