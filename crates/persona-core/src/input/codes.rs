//! Small numbers side by side, as few bytes each as the greatest of them needs: one, two or four.

use crate::number::index;

/// A growing list of codes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Codes {
    One(Vec<u8>),
    Two(Vec<u16>),
    Four(Vec<u32>),
}

impl Default for Codes {
    fn default() -> Self {
        Self::One(Vec::new())
    }
}

impl Codes {
    /// Adds a code; one that does not fit makes all of them wider.
    pub(crate) fn push(&mut self, code: u32) {
        match self {
            Self::One(codes) => match u8::try_from(code) {
                Ok(narrow) => return codes.push(narrow),
                Err(_wider) => {
                    *self = Self::Two(codes.iter().copied().map(u16::from).collect());
                }
            },
            Self::Two(codes) => match u16::try_from(code) {
                Ok(narrow) => return codes.push(narrow),
                Err(_wider) => {
                    *self = Self::Four(codes.iter().copied().map(u32::from).collect());
                }
            },
            Self::Four(codes) => return codes.push(code),
        }
        self.push(code);
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::One(codes) => codes.len(),
            Self::Two(codes) => codes.len(),
            Self::Four(codes) => codes.len(),
        }
    }

    pub(crate) fn get(&self, row: usize) -> Option<usize> {
        match self {
            Self::One(codes) => codes.get(row).copied().map(usize::from),
            Self::Two(codes) => codes.get(row).copied().map(usize::from),
            Self::Four(codes) => codes.get(row).copied().map(index),
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = usize> {
        (0..self.len()).filter_map(|row| self.get(row))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_stay_what_they_are_when_they_grow_wider() {
        let mut codes = Codes::default();
        let given = [0, 255, 3, 256, 65_535, 7, 65_536, 1];
        for (at, code) in given.into_iter().enumerate() {
            codes.push(code);
            let kept: Vec<usize> = codes.iter().collect();
            assert_eq!(kept, given[..=at].iter().copied().map(index).collect::<Vec<_>>());
        }
        assert_eq!((codes.len(), codes.get(6), codes.get(8)), (8, Some(65_536), None));
        assert!(matches!(codes, Codes::Four(_)));
    }
}
