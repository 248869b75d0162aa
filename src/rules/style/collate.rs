//! Alphabetical order as `localeCompare` has it for names: signs before digits before letters, upper and lower case together.
//!
//! That is the root order of the Unicode Collation Algorithm for ASCII; letters beyond it come last, by their number.

/// What a text is sorted by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Collation {
    elements: Vec<Element>,
    /// Where all letters are alike, lower case comes first.
    upper: Vec<bool>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Element {
    /// By its place in [`SIGNS`].
    Sign(usize),
    /// By its length without leading zeros, then by its digits.
    Number(usize, String),
    Letter(char),
}

const SIGNS: &str = "\t\n\r _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$";

/// For a plain order: `a10` before `a9`.
pub(super) fn by_letters(text: &str) -> Collation {
    collation(text, false)
}

/// Numbers in the text count as numbers: `a9` before `a10`.
pub(super) fn by_numbers(text: &str) -> Collation {
    collation(text, true)
}

fn collation(text: &str, numbers: bool) -> Collation {
    let (mut elements, mut upper) = (Vec::new(), Vec::new());
    let mut digits = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c.is_ascii_digit() {
            digits.push(c);
            if numbers && chars.peek().is_some_and(char::is_ascii_digit) {
                continue;
            }
            let value = digits.trim_start_matches('0').to_owned();
            digits.clear();
            elements.push(if numbers { Element::Number(value.len(), value) } else { Element::Number(1, c.into()) });
        } else if let Some(place) = SIGNS.find(c) {
            elements.push(Element::Sign(place));
        } else {
            elements.extend(c.to_lowercase().map(Element::Letter));
        }
        upper.push(c.is_uppercase());
    }
    Collation { elements, upper }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_locale_compare_has_it() {
        // What `[…].sort((a, b) => a.localeCompare(b))` gives.
        let sorted = [
            "", "_a", "-a", ".a", "<<", "$a", "10", "9", "a", "A", "a_b", "a-b", "a.b", "a1", "A1", "a10", "a2", "ab", "AB", "Ab2", "b",
            "cap_add", "caps", "x-a", "xa",
        ];
        assert!(sorted.windows(2).all(|pair| by_letters(pair[0]) <= by_letters(pair[1])), "{sorted:?}");
        let sorted = ["", "$P", "53", "80", "443", "8080", "a9", "a10"];
        assert!(sorted.windows(2).all(|pair| by_numbers(pair[0]) < by_numbers(pair[1])));
        assert_eq!(by_numbers("007"), by_numbers("7"));
    }
}
