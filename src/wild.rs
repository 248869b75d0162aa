//! Patterns in which `*` stands for anything, and nothing else is special: paths of a project have brackets in them.

/// True if a text matches a pattern.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        match rest.split_once(part) {
            Some((_, behind)) => rest = behind,
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_anything() {
        for (pattern, text, wanted) in [
            ("services.*.image", "services.web.image", true),
            ("services.*.image", "services.web.images", false),
            ("services.web.volumes[/data]", "services.web.volumes[/data]", true),
            ("services.web.*", "services.web", false),
            ("*", "", true),
            ("*a*b", "xaxab", true),
            ("a*a", "a", false),
            ("", "a", false),
        ] {
            assert_eq!(matches(pattern, text), wanted, "{pattern} {text}");
        }
    }
}
