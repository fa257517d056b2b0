//! The first of some elements that equals a value: what `in`, `index_of` and `remove` look for.

use crate::fault::Result;
use crate::value::array::{ArrayObject, Elements};
use crate::value::equal::plain_equal;
use crate::value::work::Work;
use crate::value::{Hooks, Value};

/// Elements that are looked at between two looks at interrupt and deadline.
const CHUNK: usize = 64;

/// What can be said without asking anybody.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Found {
    /// At this position.
    At(usize),
    Nowhere,
    /// Not before this position; whether it is there, the element or the value must tell.
    Unclear(usize),
}

impl Found {
    fn of(position: Option<usize>) -> Found {
        position.map_or(Found::Nowhere, Found::At)
    }
}

/// Where a value is among others.
pub fn among(value: &Value, elements: &[Value]) -> Found {
    for (at, element) in elements.iter().enumerate() {
        match plain_equal(value, element) {
            Some(true) => return Found::At(at),
            Some(false) => {}
            None => return Found::Unclear(at),
        }
    }
    Found::Nowhere
}

/// Where a value is among the elements of a packed array; `None` if it is of another kind.
pub fn among_packed(value: &Value, elements: Elements<'_>) -> Option<Found> {
    Some(Found::of(match (elements, value) {
        (Elements::Ints(ints), Value::Int(sought)) => ints.iter().position(|int| int == sought),
        (Elements::Floats(floats), Value::Float(sought)) => floats.iter().position(|float| float == sought),
        (Elements::Bools(bools), Value::Bool(sought)) => bools.iter().position(|bool| bool == sought),
        _ => return None,
    }))
}

/// The position of the first element of an array that equals a value; `ask` compares an element with it where that is not plain,
/// and adds to the work of the search.
///
/// # Errors
/// Those of `ask`, and the traps `RUF2004` and `RUF2005`.
pub fn position_in(
    hooks: &mut dyn Hooks,
    array: &ArrayObject,
    value: &Value,
    ask: impl Fn(&mut dyn Hooks, &mut Work, &Value) -> Result<bool>,
) -> Result<Option<usize>> {
    let values = match array.elements() {
        Elements::Values(values) => values,
        packed => match among_packed(value, packed) {
            Some(Found::At(at)) => return Ok(Some(at)),
            Some(_) => return Ok(None),
            None => return position_asked(hooks, array, ask),
        },
    };
    let (mut from, mut work) = (0, Work::default());
    while from < values.len() {
        let chunk = &values[from..(from + CHUNK).min(values.len())];
        hooks.pace(chunk.len())?;
        match among(value, chunk) {
            Found::At(at) => return Ok(Some(from + at)),
            Found::Nowhere => from += chunk.len(),
            Found::Unclear(at) if ask(hooks, &mut work, &chunk[at])? => return Ok(Some(from + at)),
            Found::Unclear(at) => from += at + 1,
        }
    }
    Ok(None)
}

/// The same by asking for each element.
fn position_asked(
    hooks: &mut dyn Hooks,
    array: &ArrayObject,
    ask: impl Fn(&mut dyn Hooks, &mut Work, &Value) -> Result<bool>,
) -> Result<Option<usize>> {
    let mut work = Work::default();
    for (at, element) in array.iter().enumerate() {
        hooks.pace(1)?;
        if ask(hooks, &mut work, &element)? {
            return Ok(Some(at));
        }
    }
    Ok(None)
}
