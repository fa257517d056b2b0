//! Bytecode as text, for `ruff emit --kind bytecode` and for tests.
//!
//! A function is a header, its handlers, and one line for each instruction: pc, source line where it changes, operation,
//! operands, and a comment that says what the indices stand for. Jump targets are labels.

use super::decode::{Decoded, DecodedOperand};
use super::op::Operand;
use super::{Capture, Const, FuncId, Function, ParamMode, Pc, Place, PlaceRoot, PlaceStep, ProgramData, Site};
use std::collections::BTreeMap;
use std::fmt::{self, Write};

/// All functions of a program that stand in its own sources.
pub fn disassemble(program: &ProgramData) -> String {
    let mut text = String::new();
    for function in program.functions.iter().filter(|f| !f.is_builtin) {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&disassemble_function(program, function));
    }
    text
}

/// One function.
pub fn disassemble_function(program: &ProgramData, function: &Function) -> String {
    let mut text = String::new();
    let listing = Listing { program, function, labels: labels(function) };
    // Writing to a string does not fail.
    let _ = listing.write(&mut text);
    text
}

/// The labels of all jump and handler targets, in the order of the code.
fn labels(function: &Function) -> BTreeMap<Pc, usize> {
    let mut labels: BTreeMap<Pc, usize> = function.handlers.iter().map(|h| (h.target, 0)).collect();
    labels.extend(Decoded::all(&function.code).filter_map(|d| d.target()).map(|pc| (pc, 0)));
    labels.values_mut().enumerate().for_each(|(number, label)| *label = number);
    labels
}

struct Listing<'a> {
    program: &'a ProgramData,
    function: &'a Function,
    labels: BTreeMap<Pc, usize>,
}

impl Listing<'_> {
    fn write(&self, out: &mut String) -> fmt::Result {
        self.write_header(out)?;
        self.write_handlers(out)?;
        let mut line_before = 0;
        for decoded in Decoded::all(&self.function.code) {
            if let Some(label) = self.labels.get(&decoded.pc) {
                writeln!(out, "L{label}:")?;
            }
            let line = self.line(decoded.pc);
            let shown = if line == line_before { String::new() } else { line.to_string() };
            line_before = line;
            self.write_instruction(out, &decoded, &shown)?;
        }
        Ok(())
    }

    fn write_header(&self, out: &mut String) -> fmt::Result {
        let function = self.function;
        let params: Vec<String> = function.params.iter().enumerate().map(|(at, _)| self.parameter(at)).collect();
        let kind = if function.is_generator { "generator" } else { "function" };
        write!(out, "{kind} {} {}({})", function.id.0, function.display_name(), params.join(", "))?;
        if let Some(module) = self.program.modules.get(function.module.0 as usize) {
            let position = module.source.position(function.span.start);
            write!(out, "  at {}:{}:{}", module.source.name(), position.line, position.column)?;
        }
        writeln!(out, "  registers {}, captures {}", function.registers, function.captures)
    }

    fn parameter(&self, at: usize) -> String {
        let Some(parameter) = self.function.params.get(at) else { return String::new() };
        let is_rest = self.function.has_rest && at + 1 == self.function.params.len();
        let mark = match parameter.mode {
            ParamMode::InOut => "mut ",
            ParamMode::Value if is_rest => "...",
            ParamMode::Value => "",
        };
        let default = if parameter.has_default { " = …" } else { "" };
        format!("{mark}{}{default}", parameter.name)
    }

    fn write_handlers(&self, out: &mut String) -> fmt::Result {
        for handler in &self.function.handlers {
            let kind = if handler.is_catch { "catch" } else { "cleanup" };
            let (start, end, register) = (handler.start.0, handler.end.0, handler.register.0);
            writeln!(out, "  handler {start:04}..{end:04} {kind} r{register} -> {}", self.label(Some(handler.target)))?;
        }
        Ok(())
    }

    fn write_instruction(&self, out: &mut String, decoded: &Decoded, line: &str) -> fmt::Result {
        let operands: Vec<String> = decoded.operands().map(|o| self.operand(decoded, o)).collect();
        let comments: Vec<String> = decoded.operands().filter_map(|o| self.comment(o)).collect();
        let mut text = format!("  {:04} {line:>4}  {:<22} {}", decoded.pc.0, decoded.op.name(), operands.join(", "));
        if !comments.is_empty() {
            write!(text, "{:1$}; {2}", "", 60usize.saturating_sub(text.chars().count()).max(2), comments.join(", "))?;
        }
        writeln!(out, "{}", text.trim_end())
    }

    /// The source line of an instruction, from 1; 0 if it has none.
    fn line(&self, pc: Pc) -> u32 {
        let span = self.function.spans.get(pc.0 as usize);
        let module = self.program.modules.get(self.function.module.0 as usize);
        span.zip(module).map_or(0, |(span, module)| module.source.position(span.start).line)
    }

    fn label(&self, target: Option<Pc>) -> String {
        match target.and_then(|pc| self.labels.get(&pc)) {
            Some(label) => format!("L{label}"),
            None => "outside".to_string(),
        }
    }

    fn operand(&self, decoded: &Decoded, operand: DecodedOperand) -> String {
        let bits = operand.bits;
        let window = |count: u32| format!("r{bits}..r{}", bits + count);
        match operand.kind {
            Operand::Write | Operand::Read | Operand::Update | Operand::ExtRead | Operand::ExtWrite => {
                format!("r{bits}")
            }
            Operand::Take => format!("take r{bits}"),
            Operand::Window => window(decoded.c),
            Operand::MethodWindow => window(decoded.c + 1),
            Operand::PairWindow => window(decoded.c * 2),
            Operand::BoundsWindow => window(2),
            Operand::Loan => format!("loan r{bits}"),
            Operand::Iterator => window(3),
            Operand::Jump => self.label(decoded.target()),
            Operand::Number => operand.signed().to_string(),
            Operand::Site if bits == u32::MAX => "none".to_string(),
            Operand::Const => format!("k{bits}"),
            Operand::Global => format!("g{bits}"),
            Operand::Capture => format!("c{bits}"),
            Operand::Site => format!("s{bits}"),
            _ => bits.to_string(),
        }
    }

    /// What an index stands for.
    fn comment(&self, operand: DecodedOperand) -> Option<String> {
        let (program, function, index) = (self.program, self.function, operand.bits as usize);
        Some(match operand.kind {
            Operand::Const => self.constant(operand.bits)?,
            Operand::Global => program.globals.get(index)?.name.to_string(),
            Operand::Function => self.function_name(FuncId(operand.bits))?,
            Operand::Closure => {
                let template = function.closures.get(index)?;
                let captures: Vec<String> = template.captures.iter().map(|c| capture_text(*c)).collect();
                format!("{} [{}]", self.function_name(template.function)?, captures.join(", "))
            }
            Operand::Place => self.place(function.places.get(index)?),
            Operand::Site => site_text(function.sites.get(index)?),
            Operand::StructDecl => program.structs.get(index)?.name.to_string(),
            Operand::EnumDecl => program.enums.get(index)?.name.to_string(),
            Operand::NativeName => program.natives.get(index)?.to_string(),
            Operand::Raise => function.raises.get(index).map(|entry| format!("{}: {}", entry.code, entry.message))?,
            Operand::RangePattern => {
                let range = function.range_patterns.get(index)?;
                let bound = |bound: Option<u32>| bound.and_then(|b| self.constant(b)).unwrap_or_default();
                let sign = if range.inclusive { "..=" } else { ".." };
                format!("{}{sign}{}", bound(range.start), bound(range.end))
            }
            Operand::VariantPattern => {
                let pattern = function.variant_patterns.get(index)?;
                let rest = if pattern.has_rest { " or more" } else { "" };
                pattern.arity.map_or(pattern.variant.to_string(), |n| format!("{}({n}{rest})", pattern.variant))
            }
            Operand::KeyList => {
                let keys = function.key_lists.get(index)?;
                let keys: Vec<String> = keys.iter().filter_map(|key| self.constant(*key)).collect();
                format!("not {}", keys.join(", "))
            }
            Operand::Module => program.modules.get(index)?.name.to_string(),
            _ => return None,
        })
    }

    fn function_name(&self, id: FuncId) -> Option<String> {
        Some(format!("{} {}", id.0, self.program.functions.get(id.0 as usize)?.display_name()))
    }

    fn constant(&self, index: u32) -> Option<String> {
        let index = *self.function.consts.get(index as usize)?;
        Some(match self.program.consts.get(index as usize)? {
            Const::Null => "null".to_string(),
            Const::Bool(value) => value.to_string(),
            Const::Int(value) => value.to_string(),
            Const::BigInt(digits) => cut(digits),
            Const::Float(value) => format!("{value:?}"),
            Const::Str(text) => format!("{:?}", cut(text)),
            Const::Native(name) => format!("<native function: {name}>"),
            Const::None => "None".to_string(),
            Const::ErrorDef => "<struct Error>".to_string(),
            Const::ResultDef => "<enum Result>".to_string(),
            Const::OptionDef => "<enum Option>".to_string(),
        })
    }

    fn place(&self, place: &Place) -> String {
        let root = match place.root {
            PlaceRoot::Register(reg) => format!("r{}", reg.0),
            PlaceRoot::Cell(reg) => format!("cell r{}", reg.0),
            PlaceRoot::Capture(index) => format!("c{index}"),
            PlaceRoot::Global(id) => format!("g{}", id.0),
        };
        let mut text = format!("{} ({root})", place.name);
        for step in &place.steps {
            match *step {
                PlaceStep::Index(reg) => text.push_str(&format!("[r{}]", reg.0)),
                PlaceStep::Field(site) => {
                    let name = self.function.sites.get(site as usize).and_then(|s| s.name.as_deref());
                    text.push_str(&format!(".{}", name.unwrap_or("?")));
                }
            }
        }
        text
    }
}

fn capture_text(capture: Capture) -> String {
    match capture {
        Capture::Register(reg) => format!("r{}", reg.0),
        Capture::Capture(index) => format!("c{index}"),
    }
}

fn site_text(site: &Site) -> String {
    let mut parts: Vec<String> = site.name.iter().map(|name| name.to_string()).collect();
    if !site.names.is_empty() {
        parts.push(format!("{{{}}}", site.names.join(", ")));
    }
    if !site.in_out.is_empty() {
        parts.push(format!("mut {:?}", site.in_out));
    }
    parts.join(" ")
}

/// At most 40 characters of a constant.
fn cut(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::program_of;
    use super::*;
    use crate::bytecode::{Instr, Op};

    #[test]
    fn instructions_have_labels_operands_and_comments() {
        let code = vec![
            Instr::a_bc(Op::LoadConst, 1, 0),
            Instr::a_bc(Op::JumpIf, 1, 1),
            Instr::abc(Op::NewArray, 2, 3, 2),
            Instr::a_bc(Op::ReturnNull, 0, 0),
        ];
        let text = disassemble(&program_of(code));
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "function 0 main()  at t.ruff:1:1  registers 8, captures 0");
        assert_eq!(lines[1], "  0000    1  LoadConst              r1, k0                  ; \"text\"");
        assert_eq!(lines[2], "  0001       JumpIf                 r1, L0");
        assert_eq!(lines[3], "  0002       NewArray               r2, r3..r5, 2");
        assert_eq!(lines[4], "L0:");
        assert_eq!(lines[5], "  0003       ReturnNull");
    }
}
