/// A number with thousands separators: 1,234,567.
pub fn grouped(number: u64) -> String {
    number.to_string()
}
