import Columnar

/// A value that Swift functions over rows read and write.
public protocol RowValue: ColumnValue {
    /// The value of a cell; nil when it is null.
    static func read(_ cells: some CellSource, _ row: Int) -> Self?
    /// Writes the value into a cell.
    /// - Returns: false when the column's type cannot hold it.
    func write(_ cells: CellColumn, _ row: Int) -> Bool
    /// What a cell of state holds before it is written: null, zero, false or the empty text.
    static var initial: Self { get }
}

extension Bool: RowValue {
    public static func read(_ cells: some CellSource, _ row: Int) -> Bool? { cells.isNull(row) ? nil : cells.bool(row) }
    public func write(_ cells: CellColumn, _ row: Int) -> Bool {
        cells.set(row, to: self)
        return true
    }
    public static var initial: Bool { false }
}

extension Int32: RowValue {
    public static func read(_ cells: some CellSource, _ row: Int) -> Int32? {
        cells.isNull(row) ? nil : cells.int32(row)
    }
    public func write(_ cells: CellColumn, _ row: Int) -> Bool {
        cells.set(row, to: self)
        return true
    }
    public static var initial: Int32 { 0 }
}

extension Int64: RowValue {
    public static func read(_ cells: some CellSource, _ row: Int) -> Int64? {
        cells.isNull(row) ? nil : cells.int64(row)
    }
    public func write(_ cells: CellColumn, _ row: Int) -> Bool {
        cells.set(row, to: self)
        return true
    }
    public static var initial: Int64 { 0 }
}

extension Int: RowValue {
    public static func read(_ cells: some CellSource, _ row: Int) -> Int? { Int64.read(cells, row).map { Int($0) } }
    public func write(_ cells: CellColumn, _ row: Int) -> Bool { Int64(self).write(cells, row) }
    public static var initial: Int { 0 }
}

extension Double: RowValue {
    public static func read(_ cells: some CellSource, _ row: Int) -> Double? {
        cells.isNull(row) ? nil : cells.double(row)
    }
    public func write(_ cells: CellColumn, _ row: Int) -> Bool {
        cells.set(row, to: self)
        return true
    }
    public static var initial: Double { 0 }
}

extension String: RowValue {
    public static func read(_ cells: some CellSource, _ row: Int) -> String? {
        cells.isNull(row) ? nil : cells.text(row)
    }
    public func write(_ cells: CellColumn, _ row: Int) -> Bool {
        cells.set(row, to: self)
        return true
    }
    public static var initial: String { "" }
}

extension Timestamp: RowValue {
    public static func read(_ cells: some CellSource, _ row: Int) -> Timestamp? {
        cells.isNull(row) ? nil : Timestamp(microseconds: cells.int64(row))
    }
    public func write(_ cells: CellColumn, _ row: Int) -> Bool { microseconds.write(cells, row) }
    public static var initial: Timestamp { Timestamp(microseconds: 0) }
}

extension CalendarDate: RowValue {
    public static func read(_ cells: some CellSource, _ row: Int) -> CalendarDate? {
        cells.isNull(row) ? nil : CalendarDate(days: cells.int32(row))
    }
    public func write(_ cells: CellColumn, _ row: Int) -> Bool { days.write(cells, row) }
    public static var initial: CalendarDate { CalendarDate(days: 0) }
}

/// Written with the column's scale, rounded half away from zero.
extension Decimal: RowValue {
    public static func read(_ cells: some CellSource, _ row: Int) -> Decimal? {
        guard !cells.isNull(row), case .decimal(_, let scale) = cells.type else { return nil }
        return Decimal(unscaled: cells.decimal(row), scale: scale)
    }

    public func write(_ cells: CellColumn, _ row: Int) -> Bool {
        guard case .decimal(let precision, let scale) = cells.type,
            let value = Decimal128.rescale(unscaled, from: self.scale, to: scale),
            value.magnitude < Decimal128.powerOfTen(precision).magnitude
        else { return false }
        cells.set(row, to: value)
        return true
    }

    public static var initial: Decimal { Decimal(unscaled: 0, scale: 0) }
}

/// Nil is null.
extension Optional: RowValue where Wrapped: RowValue {
    public static func read(_ cells: some CellSource, _ row: Int) -> Wrapped?? { .some(Wrapped.read(cells, row)) }

    public func write(_ cells: CellColumn, _ row: Int) -> Bool {
        guard let self else {
            cells.clear(row)
            return true
        }
        return self.write(cells, row)
    }

    public static var initial: Wrapped? { nil }
}
