//! Which loop of a nest is entered: the outermost that comes round soon.
//!
//! Code that is entered in the middle of a nest has its innermost loop twice, for the rounds that are left and for those of the loops
//! around it. So when a loop is hot, the machine looks at each back-edge for a while, and enters where it sees the outermost.

use super::{Frame, LinkedFunction, NativeTier};

/// The longest time that one loop is looked for, in ticks.
const SEARCH_TICKS_MAX: u32 = 128;
/// It is at most this fraction of the threshold.
const SEARCHES: u32 = 32;

/// A look for the outermost loop.
#[derive(Clone, Copy, Debug)]
pub(super) struct Search {
    frame: *const Frame,
    function: *const LinkedFunction,
    /// Where the outermost loop is entered that was seen so far: loops around it begin before it.
    outermost: u32,
    /// Has the time for finding it passed? Then it is entered when it comes round.
    is_settled: bool,
}

impl NativeTier {
    /// Is the loop at whose back-edge the machine is to be compiled? `pc` is the word where it is entered, `is_hot` whether its
    /// function is hot there.
    pub(super) fn chooses(&mut self, place: (*const Frame, *const LinkedFunction), pc: u32, is_hot: bool) -> bool {
        let ticks = (self.threshold / SEARCHES).min(SEARCH_TICKS_MAX);
        let is_over = self.watched_ticks == 0;
        match &mut self.search {
            None if is_hot && ticks > 0 => {
                self.search = Some(Search { frame: place.0, function: place.1, outermost: pc, is_settled: false });
                self.watched_ticks = ticks;
                false
            }
            None => is_hot,
            // The frame of the search may be gone: its loop was short.
            Some(search) if (search.frame, search.function) != place => is_hot,
            Some(search) => {
                search.outermost = search.outermost.min(pc);
                let is_outermost = search.outermost == pc;
                let is_chosen = if search.is_settled { is_outermost || is_over } else { is_outermost && is_over };
                if !is_chosen && is_over {
                    search.is_settled = true;
                    self.watched_ticks = ticks;
                }
                is_chosen
            }
        }
    }
}
