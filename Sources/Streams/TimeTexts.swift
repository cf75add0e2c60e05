import Columnar

// Times as text, by patterns of Java and Spark such as `yyyy-MM-dd HH:mm:ss.SSS`.

extension Expr where Value.Base: CalendarValue {
    /// As text by a pattern, a timestamp by the clocks of a zone.
    public func formatted(_ pattern: String, in zone: String = "UTC") -> Expr<String> {
        call(.dateFormat, pattern.literal, zone.literal)
    }
}

extension Expr where Value.Base == String {
    /// The time that the text writes, by a pattern, else in ISO 8601; a time without an offset by the clocks of a zone.
    /// Null when it is no such time.
    public func timestamp(_ pattern: String = "", in zone: String = "UTC") -> Expr<Timestamp> {
        call(.toTimestamp, pattern.literal, zone.literal)
    }

    /// The date that the text writes, by a pattern, else in ISO 8601. Null when it is no such date.
    public func date(_ pattern: String = "") -> Expr<CalendarDate> { call(.toDate, pattern.literal) }
}
