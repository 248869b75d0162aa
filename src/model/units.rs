//! Numbers, durations, sizes and booleans as Compose reads them from text (spec/resolve.md 5.9, 6.3, 16.1). Pure functions on text:
//! they know neither places nor problems.

use thiserror::Error;

use super::{Bytes, Duration};
use crate::compose::Semantics;

/// Why a text is no number, duration, size or boolean. The sentence goes on from "`interval` ".
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum UnitError {
    /// A duration without a unit.
    #[error("needs a unit: `{0}s`, not `{0}`")]
    MissingUnit(String),
    /// A unit that Compose does not know.
    #[error("has the unknown unit `{0}`; the units are ns, us, ms, s, m, h, d and w")]
    UnknownUnit(String),
    /// A blank in a duration.
    #[error("has a blank in it; write it as one word, such as `1m30s`")]
    Blank,
    /// Not a duration at all.
    #[error("is not a duration such as `1m30s`")]
    NotADuration,
    /// Not a size at all.
    #[error("is not a size such as `512m`")]
    NotASize,
    /// A suffix that Compose does not know.
    #[error("has the unknown size suffix `{0}`; the suffixes are b, k, m, g, t and p")]
    UnknownSuffix(String),
    /// A negative size.
    #[error("is a negative size")]
    NegativeSize,
    /// Not an integer.
    #[error("is not a whole number")]
    NotAnInteger,
    /// Not a number.
    #[error("is not a number")]
    NotANumber,
    /// Not a boolean.
    #[error("is not `true` or `false`")]
    NotABoolean,
    /// Outside of 64 bits.
    #[error("is larger than Compose can hold")]
    TooLarge,
    /// Not an octal number.
    #[error("is not an octal file mode such as `0440`")]
    NotAMode,
}

impl UnitError {
    /// The same without any part of the value.
    #[must_use]
    pub fn without_text(self) -> Self {
        match self {
            UnitError::MissingUnit(_) | UnitError::UnknownUnit(_) => UnitError::NotADuration,
            UnitError::UnknownSuffix(_) => UnitError::NotASize,
            other => other,
        }
    }
}

const SECOND: i64 = 1_000_000_000;

fn unit(name: &str) -> Option<i64> {
    Some(match name {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => SECOND,
        "m" => 60 * SECOND,
        "h" => 3_600 * SECOND,
        "d" => 86_400 * SECOND,
        "w" => 7 * 86_400 * SECOND,
        _ => return None,
    })
}

/// A duration: `[+-]?` then pairs of number and unit; `0` alone is fine. Nanoseconds.
pub fn duration(text: &str) -> Result<Duration, UnitError> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Ok(Duration(0));
    }
    if rest.is_empty() {
        return Err(UnitError::NotADuration);
    }
    let mut total: i128 = 0;
    while !rest.is_empty() {
        let (whole, after) = digits(rest);
        let (fraction, after) = match after.strip_prefix('.') {
            Some(after) => digits(after),
            None => ("", after),
        };
        if whole.is_empty() && fraction.is_empty() {
            return Err(UnitError::NotADuration);
        }
        let end = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (name, next) = after.split_at(end);
        if name.is_empty() {
            return Err(UnitError::MissingUnit(text.to_owned()));
        }
        if name.contains(char::is_whitespace) {
            return Err(UnitError::Blank);
        }
        let nanoseconds = unit(name).ok_or_else(|| UnitError::UnknownUnit(name.to_owned()))?;
        let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| UnitError::TooLarge)? };
        total = whole.checked_mul(i128::from(nanoseconds)).and_then(|n| total.checked_add(n)).ok_or(UnitError::TooLarge)?;
        if !fraction.is_empty() {
            total = total.saturating_add(fraction_of(fraction, nanoseconds));
        }
        rest = next;
    }
    let total = if negative { -total } else { total };
    i64::try_from(total).map(Duration).map_err(|_| UnitError::TooLarge)
}

/// Go computes the fraction in floating point and cuts it off.
#[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
fn fraction_of(fraction: &str, unit: i64) -> i128 {
    // More digits than this are below a nanosecond of a week.
    let fraction = fraction.get(..fraction.len().min(17)).unwrap_or(fraction);
    let value: f64 = fraction.parse().unwrap_or(0.0);
    let scale = 10f64.powi(i32::try_from(fraction.len()).unwrap_or(0));
    (value * (unit as f64 / scale)) as i128
}

fn digits(text: &str) -> (&str, &str) {
    text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()))
}

/// A duration as Compose prints it: `1h0m0s`, `1m30s`, `500ms`, `0s`.
pub fn duration_text(Duration(n): Duration) -> String {
    fn decimal(n: u64, unit: u64, width: usize) -> String {
        if n.is_multiple_of(unit) {
            return (n / unit).to_string();
        }
        let fraction = format!("{:0width$}", n % unit);
        format!("{}.{}", n / unit, fraction.trim_end_matches('0'))
    }
    let sign = if n < 0 { "-" } else { "" };
    let n = n.unsigned_abs();
    match n {
        0 => return "0s".to_owned(),
        1..1_000 => return format!("{sign}{n}ns"),
        1_000..1_000_000 => return format!("{sign}{}µs", decimal(n, 1_000, 3)),
        1_000_000..1_000_000_000 => return format!("{sign}{}ms", decimal(n, 1_000_000, 6)),
        _ => {}
    }
    let second = SECOND.unsigned_abs();
    let (hours, rest) = (n / (3_600 * second), n % (3_600 * second));
    let (minutes, rest) = (rest / (60 * second), rest % (60 * second));
    let hours_text = if hours > 0 { format!("{hours}h") } else { String::new() };
    let minutes_text = if hours > 0 || minutes > 0 { format!("{minutes}m") } else { String::new() };
    format!("{sign}{hours_text}{minutes_text}{}s", decimal(rest, second, 9))
}

/// A size: a number, at most one blank, and a suffix of powers of 1024. Bytes.
#[allow(clippy::cast_possible_truncation)] // Go cuts off too
pub fn bytes(text: &str, semantics: Semantics) -> Result<Bytes, UnitError> {
    if semantics == Semantics::V5
        && let Ok(n) = integer(text)
    {
        return Ok(Bytes(n));
    }
    let last = text.rfind(|c: char| c.is_ascii_digit() || c == '.' || c == ' ').ok_or(UnitError::NotASize)?;
    let (number, suffix) = text.split_at(last + 1);
    let number = number.strip_suffix(' ').unwrap_or(number);
    let value = float(number).map_err(|_| UnitError::NotASize)?;
    if value < 0.0 {
        return Err(UnitError::NegativeSize);
    }
    let suffix = suffix.to_lowercase();
    let mut letters = suffix.chars();
    let power = match letters.next() {
        None => 0,
        Some('b') if letters.as_str().is_empty() => 0,
        Some(first) => match ("kmgtp".find(first), letters.as_str()) {
            (Some(n), "" | "b" | "ib") => n + 1,
            _ => return Err(UnitError::UnknownSuffix(suffix)),
        },
    };
    let factor = 1024f64.powi(i32::try_from(power).unwrap_or(0));
    Ok(Bytes((value * factor) as i64))
}

/// An integer written as text: `[-+]?[0-9]+`.
pub fn integer(text: &str) -> Result<i64, UnitError> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if unsigned.is_empty() || !unsigned.bytes().all(|b| b.is_ascii_digit()) {
        return Err(UnitError::NotAnInteger);
    }
    text.parse().map_err(|_| UnitError::TooLarge)
}

/// A number written as text.
pub fn float(text: &str) -> Result<f64, UnitError> {
    text.parse().map_err(|_| UnitError::NotANumber)
}

/// The nearest 32-bit number in its shortest spelling: Compose holds `cpus` and the like in 32 bits.
#[allow(clippy::cast_possible_truncation)]
pub fn single(value: f64) -> f64 {
    let narrow = value as f32;
    if !narrow.is_finite() {
        return value;
    }
    narrow.to_string().parse().unwrap_or(value)
}

/// A boolean written as text, with the words of YAML 1.1 that Compose still takes.
pub fn boolean(text: &str) -> Result<bool, UnitError> {
    match text.to_lowercase().as_str() {
        "true" | "y" | "yes" | "on" => Ok(true),
        "false" | "n" | "no" | "off" => Ok(false),
        _ => Err(UnitError::NotABoolean),
    }
}

/// Permission bits written as text: octal.
pub fn mode(text: &str) -> Result<i64, UnitError> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if unsigned.is_empty() || !unsigned.bytes().all(|b| (b'0'..=b'7').contains(&b)) {
        return Err(UnitError::NotAMode);
    }
    i64::from_str_radix(text, 8).map_err(|_| UnitError::TooLarge)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_and_print_as_go_does() {
        for (given, printed) in [
            ("0", "0s"),
            ("90s", "1m30s"),
            ("1h", "1h0m0s"),
            ("2d", "48h0m0s"),
            ("1.5h", "1h30m0s"),
            ("500ms", "500ms"),
            ("1.5ms", "1.5ms"),
            ("100us", "100µs"),
            ("-1m", "-1m0s"),
            ("+1s500ms", "1.5s"),
            (".5s", "500ms"),
        ] {
            assert_eq!(duration(given).map(duration_text), Ok(printed.to_owned()), "{given}");
        }
    }

    #[test]
    fn a_bare_number_is_told_to_have_a_unit() {
        assert_eq!(duration("30").unwrap_err().to_string(), "needs a unit: `30s`, not `30`");
        assert_eq!(duration("1y"), Err(UnitError::UnknownUnit("y".into())));
        for bad in ["", "s", "1 s", ".s", "-"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
        assert_eq!(duration("99999999999999999999h"), Err(UnitError::TooLarge));
    }

    #[test]
    fn sizes_are_powers_of_1024() {
        for (given, wanted) in [("1k", 1 << 10), ("1.5 KB", 1536), ("2Mib", 2 << 20), ("3g", 3 << 30), ("10", 10), ("10b", 10), ("0.1", 0)]
        {
            assert_eq!(bytes(given, Semantics::V2), Ok(Bytes(wanted)), "{given}");
        }
        assert_eq!(bytes("-1", Semantics::V2), Err(UnitError::NegativeSize));
        assert_eq!(bytes("-1", Semantics::V5), Ok(Bytes(-1)));
        for bad in ["", "m", "1x", "1  m", "1kbb"] {
            assert!(bytes(bad, Semantics::V5).is_err(), "{bad}");
        }
    }
}
