import Columnar

/// A value that has a day of the calendar.
public protocol CalendarValue: ColumnValue where Base == Self {}

extension Timestamp: CalendarValue {}
extension CalendarDate: CalendarValue {}

/// Parts of times are UTC.
extension Expr where Value.Base: CalendarValue {
    public var year: Expr<Int32> { part(.year) }
    /// 1 to 12.
    public var month: Expr<Int32> { part(.month) }
    /// 1 to 31.
    public var day: Expr<Int32> { part(.day) }
    /// 1 (Monday) to 7 (Sunday), as ISO 8601.
    public var dayOfWeek: Expr<Int32> { part(.dayOfWeek) }
}

extension Expr where Value.Base == Timestamp {
    /// 0 to 23.
    public var hour: Expr<Int32> { part(.hour) }
    /// 0 to 59.
    public var minute: Expr<Int32> { part(.minute) }
    /// 0 to 59.
    public var second: Expr<Int32> { part(.second) }
    /// The day of the calendar.
    public var date: Expr<CalendarDate> { Expr<CalendarDate>(expression: .function(.toDate, [expression])) }

    /// The begin of the unit that the time lies in.
    public func truncated(to unit: Expression.TimeUnit) -> Expr<Timestamp> {
        Expr<Timestamp>(expression: .truncated(expression, to: unit))
    }
}

extension Expr {
    fileprivate func part(_ function: ScalarFunction) -> Expr<Int32> {
        Expr<Int32>(expression: .function(function, [expression]))
    }
}
