import Columnar

// Times as text, by patterns of Java and Spark such as `yyyy-MM-dd HH:mm:ss.SSS`.

extension Expr where Value.Base: CalendarValue {
    /// As text by a pattern, a timestamp by the clocks of a zone.
    public func formatted(_ pattern: String, in zone: String = "UTC") -> Expr<String> {
        Expr<String>(expression: .function(.dateFormat, [expression, pattern.literal] + clocks(of: zone)))
    }
}

extension Expr where Value.Base == String {
    /// The time that the text writes, by a pattern, else in ISO 8601; a time without an offset by the clocks of a zone.
    /// Null when it is no such time.
    public func timestamp(_ pattern: String = "", in zone: String = "UTC") -> Expr<Timestamp> {
        Expr<Timestamp>(expression: .function(.toTimestamp, [expression] + written(pattern, zone)))
    }

    /// The date that the text writes, by a pattern, else in ISO 8601. Null when it is no such date.
    public func date(_ pattern: String = "") -> Expr<CalendarDate> {
        Expr<CalendarDate>(expression: .function(.toDate, [expression] + written(pattern, "UTC")))
    }
}

/// The arguments for a pattern and a zone; none for ISO 8601 in UTC.
private func written(_ pattern: String, _ zone: String) -> [Expression] {
    pattern.isEmpty && zone == "UTC" ? [] : [pattern.literal] + clocks(of: zone)
}
