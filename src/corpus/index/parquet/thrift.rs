//! The compact protocol of Thrift, as far as Parquet's headers and footers need it.

/// A struct that is being written; fields come in rising order of their ids.
#[derive(Default)]
pub(super) struct Struct {
    bytes: Vec<u8>,
    last: i16,
}

const TRUE: u8 = 1;
const FALSE: u8 = 2;
const I16: u8 = 4;
const I32: u8 = 5;
const I64: u8 = 6;
const BINARY: u8 = 8;
const LIST: u8 = 9;
const STRUCT: u8 = 12;

impl Struct {
    fn field(&mut self, id: i16, kind: u8) {
        // Ids of neighbours never differ by more than fits into four bits.
        let step = u8::try_from(id - self.last).expect("ids rise");
        self.bytes.push(step << 4 | kind);
        self.last = id;
    }

    pub(super) fn flag(&mut self, id: i16, value: bool) {
        self.field(id, if value { TRUE } else { FALSE });
    }

    pub(super) fn i16(&mut self, id: i16, value: i16) {
        self.field(id, I16);
        push_number(&mut self.bytes, value.into());
    }

    pub(super) fn i32(&mut self, id: i16, value: i32) {
        self.field(id, I32);
        push_number(&mut self.bytes, value.into());
    }

    pub(super) fn i64(&mut self, id: i16, value: i64) {
        self.field(id, I64);
        push_number(&mut self.bytes, value);
    }

    pub(super) fn text(&mut self, id: i16, value: &str) {
        self.binary(id, value.as_bytes());
    }

    pub(super) fn binary(&mut self, id: i16, value: &[u8]) {
        self.field(id, BINARY);
        push_bytes(&mut self.bytes, value);
    }

    pub(super) fn inner(&mut self, id: i16, fill: impl FnOnce(&mut Struct)) {
        self.field(id, STRUCT);
        self.nested(fill);
    }

    pub(super) fn list(&mut self, id: i16, len: usize, mut fill: impl FnMut(usize, &mut Struct)) {
        self.begin_list(id, len, STRUCT);
        (0..len).for_each(|at| self.nested(|item| fill(at, item)));
    }

    pub(super) fn numbers(&mut self, id: i16, values: &[i32]) {
        self.begin_list(id, values.len(), I32);
        for &value in values {
            push_number(&mut self.bytes, value.into());
        }
    }

    pub(super) fn texts(&mut self, id: i16, values: &[&str]) {
        self.begin_list(id, values.len(), BINARY);
        for value in values {
            push_bytes(&mut self.bytes, value.as_bytes());
        }
    }

    fn begin_list(&mut self, id: i16, len: usize, kind: u8) {
        self.field(id, LIST);
        if let Ok(len @ 0..15) = u8::try_from(len) {
            self.bytes.push(len << 4 | kind);
        } else {
            self.bytes.push(0xf0 | kind);
            push_varint(&mut self.bytes, len as u64);
        }
    }

    fn nested(&mut self, fill: impl FnOnce(&mut Struct)) {
        let last = std::mem::take(&mut self.last);
        fill(self);
        self.bytes.push(0);
        self.last = last;
    }

    /// Ends the struct and returns its bytes.
    pub(super) fn finish(mut self) -> Vec<u8> {
        self.bytes.push(0);
        self.bytes
    }
}

fn push_bytes(out: &mut Vec<u8>, value: &[u8]) {
    push_varint(out, value.len() as u64);
    out.extend_from_slice(value);
}

/// Numbers are written so that small ones of either sign are short.
pub(super) fn push_number(out: &mut Vec<u8>, value: i64) {
    push_varint(out, (value << 1 ^ value >> 63).cast_unsigned());
}

/// Appends seven bits a byte, the lowest first.
pub(super) fn push_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    out.push(value.to_le_bytes()[0]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_lists_and_structs_are_written_as_the_protocol_says() {
        let mut all = Struct::default();
        all.i32(1, -1);
        all.flag(3, true);
        all.numbers(4, &[0, 300]);
        all.inner(5, |inner| inner.text(2, "x"));
        all.list(6, 1, |_, item| item.i64(1, 1));
        assert_eq!(
            all.finish(),
            [
                0x15, 1,    // field 1, i32, -1
                0x21, // field 3, true
                0x19, 0x25, 0, 0xd8, 4, // field 4, two i32
                0x1c, 0x28, 1, b'x', 0, // field 5, a struct whose field 2 is a text
                0x19, 0x1c, 0x16, 2, 0, // field 6, a list of one struct
                0
            ]
        );
    }
}
