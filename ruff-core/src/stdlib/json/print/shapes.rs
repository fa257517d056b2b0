//! The keys of the dicts that were printed last.
//!
//! Objects of one kind have the same keys in the same order, which are sorted and quoted once.

use super::{Style, write_key};
use crate::fault::Result;
use crate::value::Hooks;
use crate::value::dict::DictObject;
use crate::value::string::StrBuilder;
use std::rc::Rc;

/// Dicts that are remembered, the most keys of one that is, and the most bytes of the keys of a shape.
const RECENT_DICTS: usize = 16;
const KEYS_MAX: usize = 64;
const TEXT_BYTES_MAX: usize = 1024;

/// The keys of dicts of one kind in the order of their texts.
pub struct Shape {
    keys: Vec<ShapeKey>,
}

struct ShapeKey {
    /// The key in quotes with its colon.
    text: Box<str>,
    /// The position of its entry.
    position: usize,
}

impl Shape {
    /// A key in quotes with its colon, and the position of its entry.
    #[inline(always)]
    pub fn key(&self, index: usize) -> Option<(&str, usize)> {
        self.keys.get(index).map(|key| (&*key.text, key.position))
    }

    fn of(hooks: &mut impl Hooks, dict: &DictObject, style: Style) -> Result<Shape> {
        let mut keys = Vec::with_capacity(dict.len());
        for position in dict.sorted_positions(hooks)? {
            let position = position as usize;
            if let Some((key, _)) = dict.text_entry_at(position) {
                let mut text = StrBuilder::new(hooks.heap());
                key.with_text(|key| write_key(&mut text, key, style))?;
                keys.push(ShapeKey { text: text.as_str().into(), position });
            }
        }
        Ok(Shape { keys })
    }
}

/// The shapes of the dicts that were printed last.
pub struct Shapes<'v> {
    /// By the [`DictObject::keys_mark`] of the dicts.
    recent: [Option<RecentDict<'v>>; RECENT_DICTS],
    style: Style,
}

struct RecentDict<'v> {
    dict: &'v DictObject,
    /// Made when another dict has the same keys.
    shape: Option<Rc<Shape>>,
}

impl<'v> Shapes<'v> {
    pub fn new(style: Style) -> Shapes<'v> {
        Shapes { recent: [const { None }; RECENT_DICTS], style }
    }

    /// The shape of a dict like one before, unless it has many keys or long ones.
    ///
    /// # Errors
    /// The traps of the limits.
    pub fn of(&mut self, hooks: &mut impl Hooks, dict: &'v DictObject) -> Result<Option<Rc<Shape>>> {
        if dict.len() > KEYS_MAX {
            return Ok(None);
        }
        match self.recent.get_mut(dict.keys_mark() as usize % RECENT_DICTS) {
            Some(Some(recent)) if dict.has_keys_of(recent.dict) => {
                hooks.pace(dict.len())?;
                if recent.shape.is_none() && has_short_keys(dict) {
                    recent.shape = Some(Rc::new(Shape::of(hooks, dict, self.style)?));
                }
                Ok(recent.shape.clone())
            }
            Some(recent) => {
                *recent = Some(RecentDict { dict, shape: None });
                Ok(None)
            }
            None => Ok(None),
        }
    }
}

fn has_short_keys(dict: &DictObject) -> bool {
    let (mut bytes, mut from) = (0, 0);
    while let Some(position) = dict.next_position(from) {
        bytes += dict.text_entry_at(position).map_or(0, |(key, _)| key.with_text(str::len));
        from = position + 1;
    }
    bytes <= TEXT_BYTES_MAX
}
