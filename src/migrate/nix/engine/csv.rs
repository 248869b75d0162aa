//! One record of Go's `encoding/csv`, as `--network`, `--mount` and `--gpus` have it, and every flag of podman that is a list.

use std::borrow::Cow;

/// The fields as one record.
pub(super) fn join<T: AsRef<str>>(fields: impl IntoIterator<Item = T>) -> String {
    let mut out = String::new();
    for (number, field) in fields.into_iter().enumerate() {
        let field = field.as_ref();
        out.push_str(if number == 0 { "" } else { "," });
        if field.is_empty() || field.contains([',', '"', '\n', '\r']) || field.starts_with(char::is_whitespace) {
            out.extend(["\"", &field.replace('"', "\"\""), "\""]);
        } else {
            out.push_str(field);
        }
    }
    out
}

/// The fields of the record, which must be the only one.
pub(super) fn split(record: &str) -> Result<Vec<Cow<'_, str>>, String> {
    let mut fields = Vec::new();
    let mut rest = record;
    loop {
        let field;
        (field, rest) = if let Some(quoted) = rest.strip_prefix('"') {
            let (field, after) =
                quoted_field(quoted).ok_or_else(|| format!("`{record}` has a quote that is not closed, or text behind one"))?;
            (Cow::Owned(field), after)
        } else {
            let (field, after) = rest.split_at_checked(rest.find(',').unwrap_or(rest.len())).unwrap_or((rest, ""));
            if field.contains(['"', '\n', '\r']) {
                return Err(format!("`{record}` has a quote or a line break outside of quotes"));
            }
            (Cow::Borrowed(field), after)
        };
        fields.push(field);
        match rest.strip_prefix(',') {
            Some(after) => rest = after,
            None => return Ok(fields),
        }
    }
}

/// A field after its first quote, and what follows its last one: nothing or a comma.
fn quoted_field(text: &str) -> Option<(String, &str)> {
    let mut field = String::new();
    let mut rest = text;
    loop {
        let (before, after) = rest.split_once('"')?;
        field.push_str(before);
        match after.strip_prefix('"') {
            Some(more) => {
                field.push('"');
                rest = more;
            }
            None => return (after.is_empty() || after.starts_with(',')).then_some((field, after)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_with_commas_and_quotes_come_back() {
        for fields in [vec!["a=b", "c"], vec!["device=0,3", "driver=nvidia"], vec!["say \"hi\"", " x", "two\nlines"], vec![""]] {
            assert_eq!(split(&join(&fields)).unwrap(), fields);
        }
        assert_eq!(join(["device=0,3", "driver=nvidia"]), "\"device=0,3\",driver=nvidia");
    }

    #[test]
    fn stray_quotes_are_errors() {
        for bad in ["a\"b", "\"a", "\"a\"b", "a\nb"] {
            assert!(split(bad).is_err(), "{bad}");
        }
    }
}
