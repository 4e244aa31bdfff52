//! Encodings told apart, and bytes that are in none.

use super::*;
use proptest::prelude::*;

fn decode(bytes: &[u8]) -> Result<(String, &'static str), Garbled> {
    let mut decoding = Decoding::new(bytes, &bytes[..bytes.len().min(WINDOW)]);
    let mut text = Vec::new();
    match decoding.read_to_end(&mut text) {
        Ok(_) => Ok((String::from_utf8(text).unwrap(), decoding.encoding())),
        Err(_) => Err(decoding.garbled().unwrap()),
    }
}

fn utf16(text: &str, bytes_of: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes_of).collect()
}

#[test]
fn marks_and_zeros_tell_utf16() {
    let text = "id;note\n1;Müller café – ok\n";
    let marked = format!("\u{feff}{text}");
    let read = |bytes: Vec<u8>| decode(&bytes).unwrap();
    for given in [text, &marked] {
        assert_eq!(read(utf16(given, u16::to_le_bytes)), (text.to_owned(), "UTF-16LE"));
        assert_eq!(read(utf16(given, u16::to_be_bytes)), (text.to_owned(), "UTF-16BE"));
        assert_eq!(read(given.as_bytes().to_vec()), (text.to_owned(), "UTF-8"));
    }
}

#[test]
fn western_text_of_old_programs_is_windows_1252() {
    let cases: [(&[u8], &str); 5] = [
        (b"a,b\n1,caf\xE9\n", "a,b\n1,café\n"),
        (b"Gr\xFC\xDFe aus K\xF6ln, sch\xF6n war\x92s\n", "Grüße aus Köln, schön war’s\n"),
        (b"a\n\x93Never again,\x94 she said \x96 twice\n", "a\n“Never again,” she said – twice\n"),
        (b"1,No me gust\xF3 el a\xF1o\n", "1,No me gustó el año\n"),
        (b"price\n5 \x80\n", "price\n5 €\n"),
    ];
    for (bytes, text) in cases {
        assert_eq!(decode(bytes), Ok((text.to_owned(), "windows-1252")), "{text}");
    }
}

#[test]
fn the_first_bytes_beyond_ascii_decide_however_late_they_come() {
    for ascii in [WINDOW - 3, WINDOW - 1, WINDOW, WINDOW + 1] {
        let start = "x".repeat(ascii);
        let utf8 = format!("{start}é\nü");
        assert_eq!(decode(utf8.as_bytes()), Ok((utf8.clone(), "UTF-8")));
        let latin = [start.as_bytes(), b" caf\xE9 or tea\n"].concat();
        assert_eq!(decode(&latin), Ok((format!("{start} café or tea\n"), "windows-1252")));
    }
}

#[test]
fn wrong_bytes_are_named_by_their_line_and_never_replaced() {
    let damaged = "é ü\nß\nx".as_bytes();
    let damaged = [damaged, b"\xFF\n"].concat();
    assert_eq!(decode(&damaged), Err(Garbled::Invalid { line: 3, encoding: "UTF-8" }));
    let half = [b"\xFF\xFEa\0\n\0".as_slice(), b"\x00\xD8b\0"].concat();
    assert_eq!(decode(&half), Err(Garbled::Invalid { line: 2, encoding: "UTF-16LE" }));
    let japanese = b"a\n\x82\xB1\x82\xF1\x82\xC9\x82\xBF\x82\xCD\x90\xA2\x8A\x45\n";
    assert_eq!(decode(japanese), Err(Garbled::Unknown { line: 2, looks_like: Some("Shift_JIS") }));
    let russian = b"\n\n\xCF\xF0\xE8\xE2\xE5\xF2, \xEA\xE0\xEA \xE4\xE5\xEB\xE0?\n";
    assert_eq!(
        decode(russian),
        Err(Garbled::Unknown { line: 3, looks_like: Some("windows-1251") })
    );
}

proptest! {
    #[test]
    fn utf8_comes_out_as_it_went_in(text in "[^\u{feff}\0]{0,200}", ascii in 0_usize..300) {
        let text = "a".repeat(ascii) + &text;
        prop_assert_eq!(decode(text.as_bytes()), Ok((text.clone(), "UTF-8")));
    }

    #[test]
    fn any_bytes_are_text_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        match decode(&bytes) {
            Ok((text, "UTF-8")) => prop_assert!(bytes.ends_with(text.as_bytes())),
            Ok((text, "windows-1252")) => prop_assert_eq!(text.chars().count(), bytes.len()),
            Ok(_) | Err(_) => {}
        }
        let _head = readable(&bytes);
    }
}
