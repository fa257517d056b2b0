//! Builtins that make pairs, which a loop with a pattern of two elements takes apart at once: there, no pair is made.

/// A builtin that makes an array of pairs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PairSource {
    /// Positions and elements.
    Enumerate,
    /// The elements of two arrays.
    Zip,
    /// Keys and values of a dict.
    Entries,
    /// The same, sorted by key.
    Items,
}

impl PairSource {
    /// All of them, in the order of their numbers.
    pub const ALL: [PairSource; 4] = [PairSource::Enumerate, PairSource::Zip, PairSource::Entries, PairSource::Items];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            PairSource::Enumerate => "enumerate",
            PairSource::Zip => "zip",
            PairSource::Entries => "entries",
            PairSource::Items => "items",
        }
    }

    /// The one of that name.
    pub fn of_name(name: &str) -> Option<PairSource> {
        PairSource::ALL.into_iter().find(|source| source.name() == name)
    }

    /// The one of that number.
    pub fn from_number(number: u32) -> Option<PairSource> {
        PairSource::ALL.get(number as usize).copied()
    }

    /// How many values it takes, the receiver of a method included.
    pub fn arguments(self) -> usize {
        if self == PairSource::Zip { 2 } else { 1 }
    }
}
