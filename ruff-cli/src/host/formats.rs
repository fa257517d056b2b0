//! Data formats and digests (section 15.4).

use super::{Arguments, HostFunction, digest, give, invalid};
use ruff_core::Data;
use ruff_core::native::{Arity, Code, Ctx, Fault, Result, Value};

/// A row for a function without capability.
const fn pure_function(
    name: &'static str,
    function: fn(&mut Ctx<'_>, Arguments<'_>) -> Result<Value>,
    docs: &'static str,
) -> HostFunction {
    HostFunction { name, arity: Arity::exactly(1), capability: None, docs, function }
}

pub(super) const FUNCTIONS: &[HostFunction] = &[
    pure_function("parse_csv", parse_csv, "parse_csv(text): the rows as dicts, by the names in the first row"),
    pure_function("to_csv", to_csv, "to_csv(rows): an array of dicts as text"),
    pure_function("encode_base64", encode_base64, "encode_base64(text_or_bytes): base64 with padding"),
    pure_function("decode_base64", decode_base64, "decode_base64(text): the bytes"),
    pure_function("sha256", sha256, "sha256(text_or_bytes): the SHA-256 digest in hex"),
];

#[cold]
fn conversion(message: impl Into<String>) -> Fault {
    Fault::error(Code::CONVERSION, message.into())
}

fn parse_csv(ctx: &mut Ctx<'_>, args: Arguments<'_>) -> Result<Value> {
    let text = args.text(0)?;
    ctx.charge_for(text.len())?;
    let mut records = records_of(&text)?.into_iter();
    let header = records.next().unwrap_or_default();
    let rows = records.enumerate().map(|(at, record)| {
        if record.len() != header.len() {
            let (found, expected) = (record.len(), header.len());
            return Err(conversion(format!("CSV record {} has {found} fields, expected {expected}", at + 2)));
        }
        Ok(Data::Dict(header.iter().cloned().zip(record.iter().map(|f| number_or_text(f))).collect()))
    });
    let rows = rows.collect::<Result<Vec<Data>>>()?;
    give(ctx, Data::Array(rows))
}

/// The fields of the records; a field in quotes may hold separators, line ends and doubled quotes. Blank lines are skipped.
fn records_of(text: &str) -> Result<Vec<Vec<String>>> {
    let (mut records, mut record, mut field) = (Vec::new(), Vec::new(), String::new());
    let mut chars = text.chars().peekable();
    let mut in_quotes = false;
    while let Some(c) = chars.next() {
        match c {
            '"' if in_quotes && chars.next_if_eq(&'"').is_some() => field.push('"'),
            '"' if in_quotes => in_quotes = false,
            _ if in_quotes => field.push(c),
            '"' if field.is_empty() => in_quotes = true,
            ',' => record.push(std::mem::take(&mut field)),
            '\r' if chars.peek() == Some(&'\n') => {}
            '\n' => end_record(&mut records, &mut record, &mut field),
            _ => field.push(c),
        }
    }
    if in_quotes {
        return Err(conversion("CSV ends inside a quoted field"));
    }
    end_record(&mut records, &mut record, &mut field);
    Ok(records)
}

fn end_record(records: &mut Vec<Vec<String>>, record: &mut Vec<String>, field: &mut String) {
    if record.is_empty() && field.is_empty() {
        return;
    }
    record.push(std::mem::take(field));
    records.push(std::mem::take(record));
}

/// A field that reads as a number is one.
fn number_or_text(field: &str) -> Data {
    if let Ok(int) = field.parse::<i64>() {
        return Data::Int(int);
    }
    match field.parse::<f64>() {
        Ok(float) if field.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)) && float.is_finite() => {
            Data::Float(float)
        }
        _ => Data::Str(field.to_string()),
    }
}

fn to_csv(ctx: &mut Ctx<'_>, args: Arguments<'_>) -> Result<Value> {
    let data = Data::of(ctx, args.value(0))?;
    let rows = dicts_of(data).ok_or_else(|| invalid("CSV requires array of dictionaries".to_string()))?;
    let header: Vec<&str> = rows.first().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    let mut text = String::new();
    if !header.is_empty() {
        push_record(&mut text, header.iter().copied());
    }
    for row in &rows {
        let cells = header.iter().map(|name| row.iter().find(|(n, _)| n == name).map_or(Ok(String::new()), cell_text));
        let cells = cells.collect::<Result<Vec<String>>>()?;
        push_record(&mut text, cells.iter().map(String::as_str));
    }
    ctx.charge_for(text.len())?;
    give(ctx, text)
}

type Row = Vec<(String, Data)>;

fn dicts_of(data: Option<Data>) -> Option<Vec<Row>> {
    let Some(Data::Array(rows)) = data else { return None };
    let dict = |row| match row {
        Data::Dict(entries) => Some(entries),
        _ => None,
    };
    rows.into_iter().map(dict).collect()
}

fn cell_text((name, value): &(String, Data)) -> Result<String> {
    Ok(match value {
        Data::Null => String::new(),
        Data::Bool(value) => value.to_string(),
        Data::Int(value) => value.to_string(),
        Data::BigInt(text) | Data::Str(text) => text.clone(),
        Data::Float(value) => value.to_string(),
        _ => return Err(conversion(format!("CSV field '{name}' is neither text nor a number"))),
    })
}

fn push_record<'a>(text: &mut String, cells: impl Iterator<Item = &'a str>) {
    for (at, cell) in cells.enumerate() {
        if at > 0 {
            text.push(',');
        }
        if cell.contains(['"', ',', '\n', '\r']) {
            text.push_str(&format!("\"{}\"", cell.replace('"', "\"\"")));
        } else {
            text.push_str(cell);
        }
    }
    text.push('\n');
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn encode_base64(ctx: &mut Ctx<'_>, args: Arguments<'_>) -> Result<Value> {
    let bytes = args.bytes_or_text(0)?;
    ctx.charge_for(bytes.len())?;
    give(ctx, base64_of(&bytes))
}

fn base64_of(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().fold(0u32, |bits, byte| bits << 8 | *byte as u32) << (8 * (3 - chunk.len()));
        for at in 0..4 {
            let digit = BASE64[(group >> (18 - 6 * at) & 63) as usize] as char;
            text.push(if at <= chunk.len() { digit } else { '=' });
        }
    }
    text
}

fn decode_base64(ctx: &mut Ctx<'_>, args: Arguments<'_>) -> Result<Value> {
    let text = args.text(0)?;
    ctx.charge_for(text.len())?;
    let bytes = bytes_of_base64(&text).map_err(|reason| conversion(format!("Base64 decode error: {reason}")))?;
    give(ctx, Data::Bytes(bytes))
}

fn bytes_of_base64(text: &str) -> Result<Vec<u8>, String> {
    if !text.len().is_multiple_of(4) {
        return Err(format!("length {} is not a multiple of 4", text.len()));
    }
    let digits = text.trim_end_matches('=');
    if text.len() - digits.len() > 2 {
        return Err("too much padding".to_string());
    }
    let (mut bytes, mut group, mut bits) = (Vec::with_capacity(digits.len() * 3 / 4), 0u32, 0);
    for (at, digit) in digits.bytes().enumerate() {
        let value = BASE64.iter().position(|d| *d == digit).ok_or_else(|| format!("invalid character at {at}"))?;
        group = group << 6 | value as u32;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((group >> bits) as u8);
            group &= (1 << bits) - 1;
        }
    }
    if group != 0 { Err("unused bits are not zero".to_string()) } else { Ok(bytes) }
}

fn sha256(ctx: &mut Ctx<'_>, args: Arguments<'_>) -> Result<Value> {
    let bytes = args.bytes_or_text(0)?;
    ctx.charge_for(bytes.len())?;
    give(ctx, digest::sha256(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_goes_both_ways() {
        for (plain, coded) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert_eq!(base64_of(plain.as_bytes()), coded);
            assert_eq!(bytes_of_base64(coded).unwrap(), plain.as_bytes());
        }
        assert!(bytes_of_base64("Zg").is_err());
        assert!(bytes_of_base64("Z===").is_err());
        assert!(bytes_of_base64("Zh==").is_err());
        assert!(bytes_of_base64("Z*==").is_err());
    }

    #[test]
    fn quoted_fields_hold_anything() {
        let records = records_of("a,b\r\n\"x, \"\"y\"\"\nz\",\n\n").unwrap();
        assert_eq!(records, [["a", "b"], ["x, \"y\"\nz", ""]]);
        assert!(records_of("\"a").is_err());
    }

    #[test]
    fn only_numbers_become_numbers() {
        assert_eq!(number_or_text("-12"), Data::Int(-12));
        assert_eq!(number_or_text("1.5"), Data::Float(1.5));
        assert_eq!(number_or_text("inf"), Data::Str("inf".to_string()));
        assert_eq!(number_or_text("12a"), Data::Str("12a".to_string()));
    }
}
