//! Bytes of a file → text, in the encodings that YAML allows. Says what is wrong with bytes that are none.

/// Why bytes are not text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextError {
    /// The first byte that is no text, as an offset into [`lossy_text_of`] the bytes, which can stand in for the source.
    pub offset: usize,
    /// What is wrong, as a sentence without a full stop.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

/// The text of a file: UTF-8, its byte order mark kept so that offsets are those of the file, or UTF-16 with a byte order mark,
/// which is decoded without it.
pub fn text_of(bytes: &[u8]) -> Result<String, TextError> {
    if let Some((units, rest)) = utf16(bytes) {
        return decode_utf16(units, rest);
    }
    let text = std::str::from_utf8(bytes).map_err(|error| invalid_utf8(bytes, error))?;
    match text.find('\0') {
        Some(offset) => Err(nul(offset, is_wide(bytes))),
        None => Ok(text.to_owned()),
    }
}

/// What can be shown of bytes that are no text: `�` for what cannot be read, everything else as [`text_of`] has it.
pub fn lossy_text_of(bytes: &[u8]) -> String {
    match utf16(bytes) {
        Some((units, rest)) => {
            let mut text: String = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
            text.extend((!rest.is_empty()).then_some(char::REPLACEMENT_CHARACTER));
            text
        }
        None => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// The units of a file that begins with the byte order mark of UTF-16, and the byte that may be left over.
fn utf16(bytes: &[u8]) -> Option<(impl Iterator<Item = u16>, &[u8])> {
    let (bytes, unit): (_, fn([u8; 2]) -> u16) = match bytes {
        [0xff, 0xfe, rest @ ..] => (rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => (rest, u16::from_be_bytes),
        _ => return None,
    };
    let (pairs, rest) = bytes.as_chunks::<2>();
    Some((pairs.iter().copied().map(unit), rest))
}

fn decode_utf16(units: impl Iterator<Item = u16>, rest: &[u8]) -> Result<String, TextError> {
    let mut text = String::new();
    let broken = |offset: usize| TextError {
        offset,
        message: "this file begins like UTF-16 but is not valid UTF-16".to_owned(),
        help: Some("save it as UTF-8".to_owned()),
    };
    for character in char::decode_utf16(units) {
        match character {
            Ok('\0') => return Err(nul(text.len(), false)),
            Ok(character) => text.push(character),
            Err(_) => return Err(broken(text.len())),
        }
    }
    if rest.is_empty() { Ok(text) } else { Err(broken(text.len())) }
}

fn invalid_utf8(bytes: &[u8], error: std::str::Utf8Error) -> TextError {
    let offset = error.valid_up_to();
    if let Some(nul_at) = bytes.iter().take(8000).position(|byte| *byte == 0) {
        return nul(nul_at.min(offset), is_wide(bytes));
    }
    let byte = bytes.get(offset).copied().unwrap_or(0);
    TextError {
        offset,
        message: match error.error_len() {
            None => "the file ends in the middle of a character: it is cut off, or not UTF-8".to_owned(),
            Some(_) => format!("this is not UTF-8 text: byte 0x{byte:02x} begins no character"),
        },
        help: Some("save the file as UTF-8; an editor may call the present encoding Latin-1 or Windows-1252".to_owned()),
    }
}

/// UTF-16 without a byte order mark has a NUL byte in nearly every pair.
fn is_wide(bytes: &[u8]) -> bool {
    let head = bytes.get(..bytes.len().min(64)).unwrap_or(bytes);
    let (pairs, _) = head.as_chunks::<2>();
    let wide_pairs = pairs.iter().filter(|[low, high]| (*low == 0) != (*high == 0)).count();
    pairs.len() > 1 && wide_pairs * 10 > pairs.len() * 8
}

/// Text has no NUL bytes.
fn nul(offset: usize, wide: bool) -> TextError {
    if wide {
        TextError {
            offset,
            message: "this looks like UTF-16 without a byte order mark".to_owned(),
            help: Some("save the file as UTF-8".to_owned()),
        }
    } else {
        TextError { offset, message: "this is a binary file, not text: it contains a NUL byte".to_owned(), help: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf8_keeps_its_byte_order_mark() {
        assert_eq!(text_of("\u{feff}a: ä\r\n".as_bytes()).unwrap(), "\u{feff}a: ä\r\n");
        assert_eq!(text_of(b"").unwrap(), "");
    }

    #[test]
    fn utf16_with_a_byte_order_mark_is_decoded() {
        let le: Vec<u8> = "\u{feff}a: ü😀".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let be: Vec<u8> = "\u{feff}a: ü😀".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(text_of(&le).unwrap(), "a: ü😀");
        assert_eq!(text_of(&be).unwrap(), "a: ü😀");
        assert_eq!(text_of(&be[..be.len() - 1]).unwrap_err().offset, 5);
        assert_eq!(text_of(&[0xff, 0xfe, 0x00, 0xd8, 0x41, 0x00]).unwrap_err().offset, 0);
    }

    #[test]
    fn the_place_of_what_is_no_text_is_in_what_stands_in_for_it() {
        let nul: Vec<u8> = "\u{feff}äöü: \0b".encode_utf16().flat_map(u16::to_le_bytes).collect();
        insta::assert_snapshot!(text_of(&nul).unwrap_err().message, @"this is a binary file, not text: it contains a NUL byte");
        let cut: Vec<u8> = [&[0xff, 0xfe, 0x00, 0x30, 0x41][..], &[0x00, 0x00, 0xd8, 0x41]].concat();
        for bytes in [&nul[..], &nul[..nul.len() - 1], &cut, &cut[..5], b"caf\xe9", b"\0", b"a\xff\0"] {
            let error = text_of(bytes).unwrap_err();
            assert!(lossy_text_of(bytes).is_char_boundary(error.offset), "{bytes:?}: {error:?}");
        }
    }

    #[test]
    fn what_is_no_text_is_said_with_its_place() {
        let latin1 = text_of(b"a: caf\xe9 x\n").unwrap_err();
        assert_eq!(latin1.offset, 6);
        insta::assert_snapshot!(latin1.message, @"this is not UTF-8 text: byte 0xe9 begins no character");
        let cut = text_of(b"a: caf\xc3").unwrap_err();
        insta::assert_snapshot!(cut.message, @"the file ends in the middle of a character: it is cut off, or not UTF-8");
        let binary = text_of(b"\x7fELF\x02\x01\x01\0\0\xff\xfe").unwrap_err();
        insta::assert_snapshot!(binary.message, @"this is a binary file, not text: it contains a NUL byte");
        let wide: Vec<u8> = "services: {}".encode_utf16().flat_map(u16::to_le_bytes).collect();
        insta::assert_snapshot!(text_of(&wide).unwrap_err().message, @"this looks like UTF-16 without a byte order mark");
        assert_eq!(text_of(b"a: \0").unwrap_err().offset, 3);
    }
}
