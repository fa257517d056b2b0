//! Instructions that are put into finished code.

use super::decode::{Decoded, Slot};
use super::op::Operand;
use super::{Function, Instr, Pc};

/// Puts instructions of one word before others, in the order of the code. Jumps to an instruction go to what stands before it now.
/// A function that a jump of 16 bits would not span any more stays as it is.
pub fn insert(function: &mut Function, insertions: &[(Pc, Instr)]) {
    let moved = moved_by(function.code.len(), insertions);
    // Where control arrives that went to an old word: before what was put there.
    let arrival = |pc: u32| {
        let before = insertions.partition_point(|(at, _)| at.0 < pc) as u32;
        pc + before
    };
    let Some(jumps) = moved_jumps(function, &moved, arrival) else { return };
    for (at, word) in jumps {
        function.code[at as usize] = word;
    }
    let (code, spans) = (std::mem::take(&mut function.code), std::mem::take(&mut function.spans));
    let mut insertions = insertions.iter().peekable();
    for (pc, (word, span)) in code.into_iter().zip(spans).enumerate() {
        while let Some((_, new)) = insertions.next_if(|(at, _)| at.0 as usize == pc) {
            function.code.push(*new);
            function.spans.push(span);
        }
        function.code.push(word);
        function.spans.push(span);
    }
    for handler in &mut function.handlers {
        for pc in [&mut handler.start, &mut handler.end, &mut handler.target] {
            pc.0 = arrival(pc.0);
        }
    }
    for (pc, _) in &mut function.variable_names {
        pc.0 = moved.get(pc.0 as usize).copied().unwrap_or(pc.0);
    }
    function.feedback = function.code.iter().map(|_| Default::default()).collect();
}

/// Where each old word goes, and the end.
fn moved_by(words: usize, insertions: &[(Pc, Instr)]) -> Vec<u32> {
    let mut insertions = insertions.iter().peekable();
    let mut added = 0;
    let mut moved = Vec::with_capacity(words + 1);
    for pc in 0..=words as u32 {
        while insertions.next_if(|(at, _)| at.0 == pc).is_some() {
            added += 1;
        }
        moved.push(pc + added);
    }
    moved
}

/// The words with jumps, with their new offsets; `None` if one does not reach its target any more.
fn moved_jumps(function: &Function, moved: &[u32], arrival: impl Fn(u32) -> u32) -> Option<Vec<(u32, Instr)>> {
    let mut jumps = Vec::new();
    let mut pc = Pc(0);
    while (pc.0 as usize) < function.code.len() {
        let at = Decoded::at(&function.code, pc).ok()?;
        if let (Some(operand), Some(target)) = (at.operand(Operand::Jump), at.target()) {
            let behind = *moved.get(pc.0 as usize)? + (at.next().0 - pc.0);
            let offset = i64::from(arrival(target.0)) - i64::from(behind);
            let place = if matches!(operand.slot, Slot::X | Slot::Y) { at.next().0 - 1 } else { pc.0 };
            let word = *function.code.get(place as usize)?;
            jumps.push((place, with_offset(word, operand.slot, offset)?));
        }
        pc = at.next();
    }
    Some(jumps)
}

fn with_offset(word: Instr, slot: Slot, offset: i64) -> Option<Instr> {
    let long = u64::from(i32::try_from(offset).ok()?.cast_unsigned());
    Some(Instr(match slot {
        Slot::C => word.0 & 0x0000_FFFF_FFFF_FFFF | u64::from(i16::try_from(offset).ok()?.cast_unsigned()) << 48,
        Slot::Bc | Slot::Y => word.0 & 0x0000_0000_FFFF_FFFF | long << 32,
        Slot::X => word.0 & 0xFFFF_FFFF_0000_0000 | long,
        Slot::A | Slot::B => return None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytecode::Op;
    use crate::bytecode::testing::program_of;

    #[test]
    fn a_jump_goes_to_what_was_put_before_its_target() {
        let code = vec![
            Instr::a_bc(Op::JumpIf, 0, 1),
            Instr::a_bc(Op::LoadNull, 1, 0),
            Instr::a_bc(Op::Jump, 0, -3i32 as u32),
        ];
        let mut function = program_of(code).functions.remove(0);
        let drop = Instr::a_bc(Op::Drop, 1, 0);
        insert(&mut function, &[(Pc(0), drop), (Pc(2), drop)]);
        let target = |pc| Decoded::at(&function.code, Pc(pc)).unwrap().target();
        assert_eq!(function.code.len(), 5);
        assert_eq!(target(1), Some(Pc(3)));
        assert_eq!(target(4), Some(Pc(0)));
    }
}
