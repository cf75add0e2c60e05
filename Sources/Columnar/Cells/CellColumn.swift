/// A column that is written cell by cell: what functions of a topology's author make, and the state that they keep. A
/// class, so that all who hold it write into the same cells, without an object a row. Structs, lists and maps cannot be
/// written: their cells are null.
public final class CellColumn: CellSource {
    public let type: DataType
    public private(set) var count = 0
    private var isNull: [Bool] = []
    // One of them is used, that of the type.
    private var bools: [Bool] = []
    private var int32s: [Int32] = []
    private var int64s: [Int64] = []
    private var doubles: [Double] = []
    private var decimals: [Int128] = []
    private var texts = BinaryCells()
    private let kind: Kind

    private enum Kind { case bool, int32, int64, double, decimal, binary, nested }

    /// No cells.
    public init(_ type: DataType) {
        self.type = type
        kind =
            switch ColumnVector(type, scalars: []).values {
            case .bool: .bool
            case .int32: .int32
            case .int64: .int64
            case .double: .double
            case .decimal: .decimal
            case .binary: .binary
            case .list, .struct: .nested
            }
    }

    /// Adds cells at the end until there are `count`: null, and zero or empty under it.
    public func grow(to count: Int) {
        guard count > self.count else { return }
        self.count = count
        isNull.grow(to: count, with: true)
        switch kind {
        case .bool: bools.grow(to: count, with: false)
        case .int32: int32s.grow(to: count, with: 0)
        case .int64: int64s.grow(to: count, with: 0)
        case .double: doubles.grow(to: count, with: 0)
        case .decimal: decimals.grow(to: count, with: 0)
        case .binary: texts.grow(to: count)
        case .nested: break
        }
    }

    /// Bytes of memory, nearly.
    public var byteCount: Int {
        isNull.capacity + bools.capacity + int32s.capacity * 4 + int64s.capacity * 8 + doubles.capacity * 8
            + decimals.capacity * 16 + texts.byteCount
    }

    /// Makes a cell as `grow` does.
    public func clear(_ row: Int) {
        isNull[row] = true
        switch kind {
        case .bool: bools[row] = false
        case .int32: int32s[row] = 0
        case .int64: int64s[row] = 0
        case .double: doubles[row] = 0
        case .decimal: decimals[row] = 0
        case .binary: texts.set(row, to: "")
        case .nested: break
        }
    }

    public func isNull(_ row: Int) -> Bool { isNull[row] }
    public func bool(_ row: Int) -> Bool { bools[row] }
    public func int32(_ row: Int) -> Int32 { int32s[row] }
    public func int64(_ row: Int) -> Int64 { int64s[row] }
    public func double(_ row: Int) -> Double { doubles[row] }
    public func decimal(_ row: Int) -> Int128 { decimals[row] }
    public func text(_ row: Int) -> String { texts.text(row) }

    public func set(_ row: Int, to value: Bool) {
        isNull[row] = false
        bools[row] = value
    }

    public func set(_ row: Int, to value: Int32) {
        isNull[row] = false
        int32s[row] = value
    }

    public func set(_ row: Int, to value: Int64) {
        isNull[row] = false
        int64s[row] = value
    }

    public func set(_ row: Int, to value: Double) {
        isNull[row] = false
        doubles[row] = value
    }

    /// - Parameter value: unscaled, within the type's precision.
    public func set(_ row: Int, to value: Int128) {
        isNull[row] = false
        decimals[row] = value
    }

    public func set(_ row: Int, to value: String) {
        isNull[row] = false
        texts.set(row, to: value)
    }

    /// Copies a cell of another column of the type.
    public func copy(_ row: Int, from other: CellColumn, at otherRow: Int) {
        isNull[row] = other.isNull[otherRow]
        switch kind {
        case .bool: bools[row] = other.bools[otherRow]
        case .int32: int32s[row] = other.int32s[otherRow]
        case .int64: int64s[row] = other.int64s[otherRow]
        case .double: doubles[row] = other.doubles[otherRow]
        case .decimal: decimals[row] = other.decimals[otherRow]
        case .binary: texts.set(row, to: other.texts, at: otherRow)
        case .nested: break
        }
    }
}

extension CellColumn {
    /// The first `count` cells.
    public func column(count: Int) -> ColumnVector {
        let values: ColumnVector.Values =
            switch kind {
            case .bool: .bool(Array(bools[..<count]))
            case .int32: .int32(Array(int32s[..<count]))
            case .int64: .int64(Array(int64s[..<count]))
            case .double: .double(Array(doubles[..<count]))
            case .decimal: .decimal(Array(decimals[..<count]))
            case .binary: .binary(texts.values(count: count))
            case .nested: ColumnVector(type, repeating: .null, count: count).values
            }
        return ColumnVector(type, values, validity: Bitmap.validity(Array(isNull[..<count].map { !$0 })))
    }

    /// The given cells, in that order.
    public func taking(_ rows: [Int32]) -> ColumnVector {
        let values: ColumnVector.Values =
            switch kind {
            case .bool: .bool(gather(bools, rows))
            case .int32: .int32(gather(int32s, rows))
            case .int64: .int64(gather(int64s, rows))
            case .double: .double(gather(doubles, rows))
            case .decimal: .decimal(gather(decimals, rows))
            case .binary: .binary(texts.taking(rows).values)
            case .nested: ColumnVector(type, repeating: .null, count: rows.count).values
            }
        return ColumnVector(type, values, validity: Bitmap.validity(rows.map { !isNull[Int($0)] }))
    }

    /// Takes the cells of a column of the type in place of its own.
    public func replace(with column: ColumnVector) {
        precondition(column.type == type, "cells of \(type) replaced with \(column.type)")
        count = column.count
        isNull = (0..<count).map { column.isNull($0) }
        switch column.values {
        case .bool(let values): bools = values
        case .int32(let values): int32s = values
        case .int64(let values): int64s = values
        case .double(let values): doubles = values
        case .decimal(let values): decimals = values
        case .binary(let values): texts = BinaryCells(values)
        case .list, .struct: break
        }
    }
}
