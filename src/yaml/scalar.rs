//! Types scalars as Compose does, which is neither YAML 1.1 nor 1.2 (spec/resolve.md 5.1 and 5.2), and writes numbers as it does.
//! Knows no keys: what a field makes of a type is decided above.

use super::{Scalar, Style};

/// A scalar's type and value.
#[derive(Clone, Debug, PartialEq)]
pub enum Typed {
    /// `null`, `~`, nothing.
    Null,
    /// `true` or `false`; `yes` and `on` are text.
    Bool(bool),
    /// An integer within -2^63..2^64-1.
    Int(i128),
    /// Any other number.
    Float(f64),
    /// Text.
    Str(String),
    /// A date, perhaps with a time, as written. Compose refuses it almost everywhere.
    Timestamp(String),
}

/// The type of a scalar that carries this tag (spelled as [`super::Tag::name`]).
pub fn resolve(scalar: &Scalar, tag: Option<&str>) -> Typed {
    let text = &*scalar.text;
    match tag {
        None if scalar.style != Style::Plain => Typed::Str(text.to_owned()),
        Some("!!binary") => Typed::Str(decode_base64(text).unwrap_or_else(|| text.to_owned())),
        Some("!!str") => Typed::Str(text.to_owned()),
        Some(tag) if !tag.starts_with("!!") => Typed::Str(text.to_owned()),
        Some("!!float") => match guess(text) {
            // Beyond 2^53 a float is coarser than the integer, as Compose's own conversion is.
            #[allow(clippy::cast_precision_loss)]
            Typed::Int(number) => Typed::Float(number as f64),
            typed => typed,
        },
        _ => guess(text),
    }
}

/// The type of a plain scalar.
fn guess(text: &str) -> Typed {
    let as_text = || Typed::Str(text.to_owned());
    match text {
        "true" | "True" | "TRUE" => return Typed::Bool(true),
        "false" | "False" | "FALSE" => return Typed::Bool(false),
        "" | "~" | "null" | "Null" | "NULL" => return Typed::Null,
        ".nan" | ".NaN" | ".NAN" => return Typed::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Typed::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Typed::Float(f64::NEG_INFINITY),
        _ => {}
    }
    match text.as_bytes().first() {
        Some(b'.') => float(text).map_or_else(as_text, Typed::Float),
        Some(b'+' | b'-' | b'0'..=b'9') => {
            if is_timestamp(text) {
                return Typed::Timestamp(text.to_owned());
            }
            let digits: std::borrow::Cow<'_, str> = if text.contains('_') { text.replace('_', "").into() } else { text.into() };
            if let Some(number) = integer(&digits) {
                return Typed::Int(number);
            }
            float(&digits).map_or_else(as_text, Typed::Float)
        }
        _ => as_text(),
    }
}

/// `[+-]?` and a number in base 10, 16 (`0x`), 8 (`0o` or a leading 0) or 2 (`0b`), within the 64 bits of Go's integers.
fn integer(text: &str) -> Option<i128> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, text),
    };
    let prefixed =
        |radix: u32, prefixes: [&str; 2]| prefixes.iter().find_map(|prefix| digits.strip_prefix(prefix)).map(|rest| (radix, rest));
    let (radix, digits) = prefixed(16, ["0x", "0X"])
        .or_else(|| prefixed(8, ["0o", "0O"]))
        .or_else(|| prefixed(2, ["0b", "0B"]))
        .or_else(|| digits.strip_prefix('0').filter(|rest| !rest.is_empty()).map(|rest| (8, rest)))
        .unwrap_or((10, digits));
    // `from_str_radix` would take a second sign.
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let number = i128::from_str_radix(digits, radix).ok()?;
    let number = if negative { -number } else { number };
    (i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(&number).then_some(number)
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, if it is finite.
fn float(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let whole = unsigned.bytes().take_while(u8::is_ascii_digit).count();
    let mut rest = unsigned.get(whole..)?;
    if let Some(fraction) = rest.strip_prefix('.') {
        let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
        if whole == 0 && digits == 0 {
            return None;
        }
        rest = fraction.get(digits..)?;
    } else if whole == 0 {
        return None;
    }
    if let Some(exponent) = rest.strip_prefix(['e', 'E']) {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        if exponent.is_empty() || !exponent.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
    } else if !rest.is_empty() {
        return None;
    }
    text.parse::<f64>().ok().filter(|number| number.is_finite())
}

/// `YYYY-M-D`, then nothing, `T` with a time and a zone, or a blank and a time.
fn is_timestamp(text: &str) -> bool {
    date(text).is_some_and(|rest| match rest.as_bytes().first() {
        None => true,
        Some(b'T' | b't') => rest.get(1..).and_then(time).is_some_and(|zone| {
            zone == "Z"
                || zone.strip_prefix(['+', '-']).is_some_and(|zone| {
                    number(zone, 2, 2).and_then(|rest| rest.strip_prefix(':')).and_then(|rest| number(rest, 2, 2)) == Some("")
                })
        }),
        Some(b' ') => rest.get(1..).and_then(time) == Some(""),
        _ => false,
    })
}

/// What follows a number of `least` to `most` digits.
fn number(text: &str, least: usize, most: usize) -> Option<&str> {
    let digits = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    if digits < least { None } else { text.get(digits..) }
}

/// What follows a date.
fn date(text: &str) -> Option<&str> {
    let rest = number(text, 4, 4)?.strip_prefix('-')?;
    number(number(rest, 1, 2)?.strip_prefix('-')?, 1, 2)
}

/// What follows a time.
fn time(text: &str) -> Option<&str> {
    let rest = number(text, 1, 2)?.strip_prefix(':')?;
    let rest = number(number(rest, 1, 2)?.strip_prefix(':')?, 1, 2)?;
    match rest.strip_prefix('.') {
        Some(fraction) => number(fraction, 1, usize::MAX),
        None => Some(rest),
    }
}

/// The text of `!!binary`, if it is base 64 of UTF-8.
fn decode_base64(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut held, mut padded) = (0u32, 0u32, 0usize);
    for byte in text.bytes().filter(|byte| !matches!(byte, b'\n' | b'\r')) {
        let value = match byte {
            b'=' => {
                padded += 1;
                continue;
            }
            _ if padded > 0 => return None,
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from((bits >> held) & 0xff).unwrap_or(0));
            bits &= (1 << held) - 1;
        }
    }
    // Padding fills the last group of four.
    if usize::try_from(held).ok()? != padded * 2 || padded > 2 {
        return None;
    }
    String::from_utf8(bytes).ok()
}

/// A float as Compose prints it in labels, environment and options (spec/resolve.md 5.9): the shortest digits that read back as
/// the same number, plain while the exponent is within -4..6, else `d.ddde±XX`.
pub fn number_text(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let scientific = format!("{number:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..6).contains(&exponent) {
        return format!("{number}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> Typed {
        resolve(&Scalar { text: text.into(), style: Style::Plain }, None)
    }

    fn tagged(tag: &str, text: &str) -> Typed {
        resolve(&Scalar { text: text.into(), style: Style::Plain }, Some(tag))
    }

    fn text(text: &str) -> Typed {
        Typed::Str(text.to_owned())
    }

    #[test]
    fn words_that_are_not_text() {
        for word in ["true", "True", "TRUE"] {
            assert_eq!(plain(word), Typed::Bool(true));
        }
        for word in ["false", "False", "FALSE"] {
            assert_eq!(plain(word), Typed::Bool(false));
        }
        for word in ["", "~", "null", "Null", "NULL"] {
            assert_eq!(plain(word), Typed::Null);
        }
        for word in
            ["yes", "no", "on", "off", "y", "n", "tRue", "nULL", "=", "<<", ".", "..", "-", "+", "--", "+-1", "-+1", ".e1", ".Nan", "+.nan"]
        {
            assert_eq!(plain(word), text(word));
        }
    }

    #[test]
    fn integers_in_all_bases() {
        for (written, number) in [
            ("0", 0),
            ("-0", 0),
            ("+12", 12),
            ("0644", 420),
            ("-010", -8),
            ("0o644", 420),
            ("0O17", 15),
            ("0x1F", 31),
            ("0X1f", 31),
            ("-0x1F", -31),
            ("0b101", 5),
            ("0B11", 3),
            ("1_000", 1000),
            ("1__0", 10),
            ("0_7", 7),
            ("0x_1F", 31),
            ("00", 0),
            ("18446744073709551615", i128::from(u64::MAX)),
            ("-9223372036854775808", i128::from(i64::MIN)),
        ] {
            assert_eq!(plain(written), Typed::Int(number), "{written}");
        }
    }

    #[test]
    fn floats_and_what_only_looks_like_one() {
        for (written, number) in [
            ("080", 80.0),
            ("08", 8.0),
            ("1_0.5", 10.5),
            ("1e3", 1000.0),
            (".5", 0.5),
            ("5.", 5.0),
            ("-5.e-1", -0.5),
            ("+.5", 0.5),
            ("1E+2", 100.0),
            ("18446744073709551616", 18_446_744_073_709_551_616.0),
            (".inf", f64::INFINITY),
            ("+.Inf", f64::INFINITY),
            ("-.INF", f64::NEG_INFINITY),
        ] {
            assert_eq!(plain(written), Typed::Float(number), "{written}");
        }
        assert!(matches!(plain(".NaN"), Typed::Float(number) if number.is_nan()));
        for written in [
            "1e400",
            "12:30:45",
            "22:22",
            "0x",
            "0o",
            "0b",
            "0xg",
            "0b2",
            "1.2.3",
            "1e",
            "1e+",
            "127.0.0.1",
            "._5",
            "1 2",
            "0x-1",
            "5m",
            "infinity",
            "1f",
        ] {
            assert_eq!(plain(written), text(written), "{written}");
        }
    }

    #[test]
    fn dates_are_timestamps() {
        for written in [
            "2001-01-01",
            "2001-1-1",
            "2001-12-14t21:59:43.10-05:00",
            "2001-12-14T21:59:43Z",
            "2001-12-14 21:59:43",
            "2001-12-14 2:59:43.5",
        ] {
            assert_eq!(plain(written), Typed::Timestamp(written.to_owned()), "{written}");
        }
        for written in
            ["2001-1", "201-01-01", "2001-01-01T", "2001-12-14T21:59:43", "2001-12-14 21:59:43Z", "2001-01-011", "2001-12-14 21:59"]
        {
            assert_eq!(plain(written), text(written), "{written}");
        }
    }

    #[test]
    fn quotes_and_tags() {
        for style in [Style::SingleQuoted, Style::DoubleQuoted, Style::Literal, Style::Folded] {
            assert_eq!(resolve(&Scalar { text: "5".into(), style }, None), text("5"));
            assert_eq!(resolve(&Scalar { text: "5".into(), style }, Some("!!int")), Typed::Int(5));
        }
        assert_eq!(tagged("!!str", "012"), text("012"));
        assert_eq!(tagged("!!float", "5"), Typed::Float(5.0));
        assert_eq!(tagged("!!bool", "true"), Typed::Bool(true));
        assert_eq!(tagged("!!null", ""), Typed::Null);
        assert_eq!(tagged("!foo", "5"), text("5"));
        assert_eq!(tagged("!", "5"), text("5"));
        assert_eq!(tagged("!reset", ""), text(""));
        assert_eq!(tagged("!!binary", "aGk="), text("hi"));
        assert_eq!(tagged("!!binary", "aGVs\nbG8="), text("hello"));
        assert_eq!(tagged("!!binary", "a"), text("a"));
    }

    #[test]
    fn numbers_as_compose_prints_them() {
        for (number, printed) in [
            (100_000.0, "100000"),
            (1_000_000.0, "1e+06"),
            (1_234_567.5, "1.2345675e+06"),
            (1e-5, "1e-05"),
            (0.0001, "0.0001"),
            (0.000_123, "0.000123"),
            (1e3, "1000"),
            (1.10, "1.1"),
            (3.10, "3.1"),
            (1.0, "1"),
            (-0.0, "-0"),
            (0.0, "0"),
            (-1.5e-7, "-1.5e-07"),
            (1e100, "1e+100"),
            (123_456.789, "123456.789"),
            (999_999.999, "999999.999"),
            (f64::INFINITY, "+Inf"),
            (f64::NEG_INFINITY, "-Inf"),
            (f64::NAN, "NaN"),
            (18_446_744_073_709_551_616.0, "1.8446744073709552e+19"),
            (5e-324, "5e-324"),
        ] {
            assert_eq!(number_text(number), printed);
        }
    }
}
