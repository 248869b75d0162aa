//! The word that was probably meant. Used wherever a name is unknown: rules, keys, services, networks.

/// The candidate most like `word`, if one is near enough to have been meant: at most a third of its letters differ. The first of equals.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (word.chars().count() / 3).max(1);
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let distance = distance(word, candidate, limit);
        if distance <= limit && best.is_none_or(|(d, _)| distance < d) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, c)| c)
}

/// The candidate that a word is a slip of the pen for: one letter differs, or nothing but `-`, `_` and capitals. Stricter than [`nearest`], for
/// names that may as well belong to something else: `node1` is no slip for `node2`, and short words are none for one another.
pub fn slip<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let bare = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>();
    let letters = |text: &str| text.chars().filter(|c| !c.is_numeric()).collect::<String>();
    let is_slip = |candidate: &str| {
        let typed = word.chars().count() > 4 && distance(word, candidate, 1) == 1 && letters(word) != letters(candidate);
        word != candidate && (typed || bare(word) == bare(candidate))
    };
    candidates.into_iter().find(|candidate| is_slip(candidate))
}

/// Edits (insert, delete, replace, swap neighbours) from one word to another, case ignored; anything above `limit` is `limit + 1`.
fn distance(a: &str, b: &str, limit: usize) -> usize {
    let a: Vec<char> = a.chars().flat_map(char::to_lowercase).collect();
    let b: Vec<char> = b.chars().flat_map(char::to_lowercase).collect();
    if a.len().abs_diff(b.len()) > limit || a.len() > 100 {
        return limit + 1;
    }
    let (mut before, mut last): (Vec<usize>, Vec<usize>) = (Vec::new(), (0..=b.len()).collect());
    for (i, ca) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, cb) in b.iter().enumerate() {
            let at = |r: &[usize], k: usize| r.get(k).copied().unwrap_or(usize::MAX / 2);
            let mut cost = (at(&last, j) + usize::from(ca != cb)).min(at(&last, j + 1) + 1).min(at(&row, j) + 1);
            if i > 0 && j > 0 && a.get(i - 1) == Some(cb) && b.get(j - 1) == Some(ca) {
                cost = cost.min(at(&before, j - 1) + 1);
            }
            row.push(cost);
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or(limit + 1).min(limit + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_offered_and_far_ones_are_not() {
        let keys = ["environment", "env_file", "image", "ports"];
        assert_eq!(nearest("enviroment", keys), Some("environment"));
        assert_eq!(nearest("prots", keys), Some("ports"));
        assert_eq!(nearest("Image", keys), Some("image"));
        assert_eq!(nearest("healthcheck", keys), None);
    }

    #[test]
    fn a_slip_is_less_than_a_near_word() {
        for (word, candidate, wanted) in [
            ("immich-server", "immich_server", true),
            ("jellyfn", "jellyfin", true),
            ("node1", "node2", false),
            ("node", "node2", false),
            ("db", "dd", false),
            ("postgres", "postgis", false),
            ("same", "same", false),
        ] {
            assert_eq!(slip(word, [candidate]).is_some(), wanted, "{word} {candidate}");
        }
    }
}
