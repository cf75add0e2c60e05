/// Cells that are read one by one, by physical type: for functions that a topology's author writes in Swift. Kernels
/// work on whole columns.
public protocol CellSource {
    var type: DataType { get }
    func isNull(_ row: Int) -> Bool
    func bool(_ row: Int) -> Bool
    /// Also the days of a date.
    func int32(_ row: Int) -> Int32
    /// Also the microseconds of a timestamp.
    func int64(_ row: Int) -> Int64
    func double(_ row: Int) -> Double
    /// Unscaled; the scale is that of the type.
    func decimal(_ row: Int) -> Int128
    /// UTF-8; what is not is repaired.
    func text(_ row: Int) -> String
}

extension ColumnVector: CellSource {
    public func bool(_ row: Int) -> Bool {
        guard case .bool(let values) = values else { preconditionFailure("\(type) read as boolean") }
        return values[row]
    }

    public func int32(_ row: Int) -> Int32 {
        guard case .int32(let values) = values else { preconditionFailure("\(type) read as int") }
        return values[row]
    }

    public func int64(_ row: Int) -> Int64 {
        guard case .int64(let values) = values else { preconditionFailure("\(type) read as bigint") }
        return values[row]
    }

    public func double(_ row: Int) -> Double {
        guard case .double(let values) = values else { preconditionFailure("\(type) read as double") }
        return values[row]
    }

    public func decimal(_ row: Int) -> Int128 {
        guard case .decimal(let values) = values else { preconditionFailure("\(type) read as decimal") }
        return values[row]
    }

    public func text(_ row: Int) -> String {
        guard case .binary(let values) = values else { preconditionFailure("\(type) read as string") }
        return values.string(row)
    }
}
