//! How values read as text: Compose's text of numbers, dates and collections (Go's `%v`).

use super::value::{Data, Value};
use crate::yaml::scalar::number_text;

/// The text of a value, as Compose has it where it turns any value into text (spec/resolve.md 5.1, 7.2).
pub fn text(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

fn write(value: &Value, out: &mut String) {
    match &value.data {
        Data::Null => out.push_str("<nil>"),
        Data::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Data::Int(n) => out.push_str(&n.to_string()),
        Data::Float(f) => out.push_str(&number_text(*f)),
        Data::Str(s) => out.push_str(s),
        Data::Timestamp(s) => out.push_str(&timestamp(s)),
        Data::Seq(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(' ');
                }
                write(item, out);
            }
            out.push(']');
        }
        Data::Map(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            out.push_str("map[");
            for (i, (key, entry)) in entries.into_iter().enumerate() {
                if i > 0 {
                    out.push(' ');
                }
                out.push_str(key);
                out.push(':');
                write(&entry.value, out);
            }
            out.push(']');
        }
    }
}

/// A date as Go prints a time: `2024-01-02 03:04:05 +0000 UTC`. Zones and fractions are dropped, as far as Compose 2.40 shows it at all.
fn timestamp(written: &str) -> String {
    let mut numbers = written.split(|c: char| !c.is_ascii_digit()).map(|n| n.parse::<u32>().unwrap_or(0));
    let mut next = || numbers.next().unwrap_or(0);
    let (year, month, day) = (next(), next(), next());
    // A zone is no time of day, so the clock counts only where a date and a time were written.
    let (hour, minute, second) = (next(), next(), next());
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} +0000 UTC")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::compose::testing::value;

    #[test]
    fn values_read_as_go_prints_them() {
        for (given, wanted) in [
            (json!(null), "<nil>"),
            (json!(true), "true"),
            (json!(1e21), "1e+21"),
            (json!(0.5), "0.5"),
            (json!({"b": [1, "x"], "a": null}), "map[a:<nil> b:[1 x]]"),
        ] {
            assert_eq!(text(&value(given.clone())), wanted, "{given}");
        }
        let date = |s: &str| text(&Value::new(Data::Timestamp(s.to_owned()), value(json!(null)).origin));
        assert_eq!(date("2024-1-2"), "2024-01-02 00:00:00 +0000 UTC");
        assert_eq!(date("2024-01-02T03:04:05Z"), "2024-01-02 03:04:05 +0000 UTC");
    }
}
