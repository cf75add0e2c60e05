/// The built-in aggregates. Nulls are left out of all but `count` of rows; over no values `count` is 0 and the others
/// are null.
public enum AggregateFunction: String, Hashable, Sendable, CaseIterable {
    /// Rows without an argument, values that are not null with one; `bigint`.
    case count
    /// Integers as `bigint`, decimals as `decimal(38, scale)`, doubles as `double`. Integer and decimal sums are exact
    /// in any order; one that leaves its type is null.
    case sum
    case min
    case max
    /// As `double` for integers and doubles; for decimals exact to four more digits, half away from zero.
    case average
}
