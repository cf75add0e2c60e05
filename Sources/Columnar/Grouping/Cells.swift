/// Values that are replaced one by one: one cell a group. `Cells` is a column of them of any type; the work on all rows
/// of a batch is done by a `CellVisitor`, specialised for each type.
protocol CellStore: Sendable {
    /// The values of a column of the type.
    associatedtype Source
    var count: Int { get }
    mutating func grow(to count: Int)
    mutating func set(_ cell: Int, to source: Source, at row: Int)
    /// Whether the row's value comes before the cell's. NaN is greater than every number; zero has two signs, of which
    /// the negative one comes first, so that the least of both does not depend on which came first.
    func isLess(_ source: Source, _ row: Int, than cell: Int) -> Bool
    func isGreater(_ source: Source, _ row: Int, than cell: Int) -> Bool
}

/// Looks at cells and at the values of a column of their type.
protocol CellVisitor {
    mutating func visit<Store: CellStore>(_ cells: inout Store, _ source: Store.Source)
}

/// A column of cells.
struct Cells: Sendable {
    let type: DataType
    private var values: Values

    private enum Values: Sendable {
        case bool(FixedCells<Bool>)
        case int32(FixedCells<Int32>)
        case int64(FixedCells<Int64>)
        case double(FixedCells<Double>)
        case decimal(FixedCells<Int128>)
        case binary(BinaryCells)
        case nested(NestedCells)
    }

    init(_ type: DataType) {
        self.type = type
        values =
            switch ColumnVector(type, scalars: []).values {
            case .bool: .bool(FixedCells())
            case .int32: .int32(FixedCells())
            case .int64: .int64(FixedCells())
            case .double: .double(FixedCells())
            case .decimal: .decimal(FixedCells())
            case .binary: .binary(BinaryCells())
            case .list, .struct: .nested(NestedCells(type))
            }
    }

    /// Grows to `count` cells, then lets the visitor work on them.
    /// - Precondition: the column is of the cells' type.
    mutating func visit(_ visitor: inout some CellVisitor, _ column: ColumnVector, count: Int) {
        // Each is bound, then put out of `values`, so that its arrays are unique and change in place.
        switch values {
        case .bool(var cells):
            guard case .bool(let source) = column.values else { break }
            values = Self.none
            cells.accept(&visitor, source, count)
            values = .bool(cells)
            return
        case .int32(var cells):
            guard case .int32(let source) = column.values else { break }
            values = Self.none
            cells.accept(&visitor, source, count)
            values = .int32(cells)
            return
        case .int64(var cells):
            guard case .int64(let source) = column.values else { break }
            values = Self.none
            cells.accept(&visitor, source, count)
            values = .int64(cells)
            return
        case .double(var cells):
            guard case .double(let source) = column.values else { break }
            values = Self.none
            cells.accept(&visitor, source, count)
            values = .double(cells)
            return
        case .decimal(var cells):
            guard case .decimal(let source) = column.values else { break }
            values = Self.none
            cells.accept(&visitor, source, count)
            values = .decimal(cells)
            return
        case .binary(var cells):
            guard case .binary(let source) = column.values else { break }
            values = Self.none
            cells.accept(&visitor, source, count)
            values = .binary(cells)
            return
        case .nested(var cells):
            guard column.type == type else { break }
            values = Self.none
            cells.accept(&visitor, column, count)
            cells.settle(column)
            values = .nested(cells)
            return
        }
        preconditionFailure("\(column.type) among cells of \(type)")
    }

    /// Stands in while cells are worked on.
    private static let none = Values.bool(FixedCells())

    /// The cells as a column; those that are not known are null.
    func column(_ isKnown: [Bool]) -> ColumnVector {
        let values: ColumnVector.Values =
            switch values {
            case .bool(let cells): .bool(cells.values)
            case .int32(let cells): .int32(cells.values)
            case .int64(let cells): .int64(cells.values)
            case .double(let cells): .double(cells.values)
            case .decimal(let cells): .decimal(cells.values)
            case .binary(let cells): .binary(cells.values)
            case .nested(let cells): cells.values
            }
        return ColumnVector(type, values, validity: Bitmap.validity(isKnown))
    }

    func taking(_ groups: [Int32]) -> Cells {
        var taken = self
        taken.values =
            switch values {
            case .bool(let cells): .bool(FixedCells(values: gather(cells.values, groups)))
            case .int32(let cells): .int32(FixedCells(values: gather(cells.values, groups)))
            case .int64(let cells): .int64(FixedCells(values: gather(cells.values, groups)))
            case .double(let cells): .double(FixedCells(values: gather(cells.values, groups)))
            case .decimal(let cells): .decimal(FixedCells(values: gather(cells.values, groups)))
            case .binary(let cells): .binary(cells.taking(groups))
            case .nested(let cells): .nested(cells.taking(groups))
            }
        return taken
    }
}

extension CellStore {
    fileprivate mutating func accept(_ visitor: inout some CellVisitor, _ source: Source, _ count: Int) {
        grow(to: count)
        visitor.visit(&self, source)
    }
}

/// A value of a fixed size.
protocol CellValue: BitwiseCopyable, Sendable {
    static var zero: Self { get }
    static func isLess(_ left: Self, _ right: Self) -> Bool
}

extension CellValue where Self: Comparable {
    @inline(__always) static func isLess(_ left: Self, _ right: Self) -> Bool { left < right }
}

extension Int32: CellValue {}
extension Int64: CellValue {}
extension Int128: CellValue {}
extension Bool: CellValue {
    static var zero: Bool { false }
    @inline(__always) static func isLess(_ left: Bool, _ right: Bool) -> Bool { !left && right }
}
extension Double: CellValue {
    @inline(__always) static func isLess(_ left: Double, _ right: Double) -> Bool {
        left < right || !(left > right) && isLessThanUnordered(left, right)
    }

    /// The order of what does not compare: NaN and the zeros.
    @inline(never) private static func isLessThanUnordered(_ left: Double, _ right: Double) -> Bool {
        if left.isNaN || right.isNaN { return !left.isNaN }
        return left == 0 && left.sign == .minus && right.sign == .plus
    }
}

private struct FixedCells<Value: CellValue>: CellStore {
    var values: [Value] = []
    var count: Int { values.count }

    mutating func grow(to count: Int) { values.grow(to: count, with: .zero) }

    @inline(__always)
    mutating func set(_ cell: Int, to source: [Value], at row: Int) { values[cell] = source[row] }

    @inline(__always)
    func isLess(_ source: [Value], _ row: Int, than cell: Int) -> Bool { Value.isLess(source[row], values[cell]) }

    @inline(__always)
    func isGreater(_ source: [Value], _ row: Int, than cell: Int) -> Bool { Value.isLess(values[cell], source[row]) }
}

/// Texts and byte strings. A new value goes to the end of the bytes; what is no longer used is left out when it is more
/// than half of them.
struct BinaryCells: CellStore {
    private var bytes: [UInt8] = []
    private var starts: [Int] = []
    private var lengths: [Int32] = []
    private var usedCount = 0

    var byteCount: Int { bytes.capacity + starts.capacity * 8 + lengths.capacity * 4 }
    var count: Int { starts.count }

    init() {}

    init(_ values: BinaryValues) {
        bytes = values.bytes
        starts = values.offsets.dropLast().map { Int($0) }
        lengths = zip(values.offsets, values.offsets.dropFirst()).map { $1 - $0 }
        usedCount = bytes.count
    }

    mutating func grow(to count: Int) {
        starts.grow(to: count, with: 0)
        lengths.grow(to: count, with: 0)
    }

    mutating func set(_ cell: Int, to source: BinaryValues, at row: Int) {
        set(cell, to: source.bytes[Int(source.offsets[row])..<Int(source.offsets[row + 1])])
    }

    mutating func set(_ cell: Int, to text: String) {
        var text = text
        text.withUTF8 { set(cell, to: $0) }
    }

    mutating func set(_ cell: Int, to other: BinaryCells, at row: Int) {
        set(cell, to: other.bytes[other.starts[row]..<other.starts[row] + Int(other.lengths[row])])
    }

    @inline(__always)
    private mutating func set(_ cell: Int, to value: some Collection<UInt8>) {
        usedCount += value.count - Int(lengths[cell])
        lengths[cell] = Int32(value.count)
        starts[cell] = bytes.count
        bytes.append(contentsOf: value)
        if bytes.count > 2 * usedCount + 4096 { compact() }
    }

    func text(_ cell: Int) -> String {
        String(decoding: bytes[starts[cell]..<starts[cell] + Int(lengths[cell])], as: UTF8.self)
    }

    private mutating func compact() {
        var kept: [UInt8] = []
        kept.reserveCapacity(usedCount)
        for cell in starts.indices {
            let range = starts[cell]..<starts[cell] + Int(lengths[cell])
            starts[cell] = kept.count
            kept.append(contentsOf: bytes[range])
        }
        bytes = kept
    }

    func isLess(_ source: BinaryValues, _ row: Int, than cell: Int) -> Bool { order(source, row, cell) < 0 }
    func isGreater(_ source: BinaryValues, _ row: Int, than cell: Int) -> Bool { order(source, row, cell) > 0 }

    /// Negative when the row's value comes before the cell's, byte by byte.
    private func order(_ source: BinaryValues, _ row: Int, _ cell: Int) -> Int {
        source.bytes.withUnsafeBytes { new in
            bytes.withUnsafeBytes { old in
                Columnar.order(
                    new, Int(source.offsets[row])..<Int(source.offsets[row + 1]),
                    old, starts[cell]..<starts[cell] + Int(lengths[cell]))
            }
        }
    }

    var values: BinaryValues { values(count: count) }

    /// The first `count` cells.
    func values(count: Int) -> BinaryValues {
        var values = BinaryValues()
        values.bytes.reserveCapacity(usedCount)
        for cell in 0..<count { values.append(bytes[starts[cell]..<starts[cell] + Int(lengths[cell])]) }
        return values
    }

    func taking(_ groups: [Int32]) -> BinaryCells {
        var taken = BinaryCells()
        taken.grow(to: groups.count)
        for (cell, group) in groups.enumerated() {
            let range = starts[Int(group)]..<starts[Int(group)] + Int(lengths[Int(group)])
            taken.starts[cell] = taken.bytes.count
            taken.lengths[cell] = Int32(range.count)
            taken.bytes.append(contentsOf: bytes[range])
        }
        taken.usedCount = taken.bytes.count
        return taken
    }
}
