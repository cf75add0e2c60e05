/// The lists of one operand.
struct ListOperand {
    let values: ListValues
    private let step: Int

    init(_ operand: Operand) {
        guard case .list(let values) = operand.column.values else {
            preconditionFailure("\(operand.column.type) read as a list")
        }
        self.values = values
        step = operand.isConstant ? 0 : 1
    }

    /// The elements of all rows; of a map its keys.
    var elements: ColumnVector { values.children[0] }

    /// Where the elements of a row stand.
    @inline(__always) func range(_ row: Int) -> Range<Int> { values.range(row * step) }
}

/// Builds lists of elements that stand in other columns.
struct ListBuilder {
    private var offsets: [Int32] = [0]
    private var rows: [Int32] = []

    mutating func append(_ element: Int) { rows.append(Int32(element)) }
    mutating func append(contentsOf elements: Range<Int>) { rows.append(contentsOf: elements.lazy.map(Int32.init)) }
    /// Takes back what has been appended since the row began.
    mutating func clearRow() { rows.removeSubrange(Int(offsets[offsets.count - 1])...) }
    mutating func endRow() { offsets.append(Int32(rows.count)) }

    /// The lists, of elements at the given rows of a column.
    func column(_ elements: ColumnVector, _ type: DataType, validity: Bitmap?) -> ColumnVector {
        let taken = elements.taking(rows).withoutEmptyValidity()
        return ColumnVector(type, .list(ListValues(offsets: offsets, children: [taken])), validity: validity)
    }
}

extension FunctionCall {
    /// Lists of elements of one column, row by row. Rows with a null argument are empty and null.
    func lists(of elements: ColumnVector, _ body: (Int, inout ListBuilder) -> Void) -> ColumnVector {
        var builder = ListBuilder()
        for row in 0..<count {
            if validity.map({ $0[row] }) ?? true { body(row, &builder) }
            builder.endRow()
        }
        return builder.column(elements, type, validity: validity)
    }

    /// As `lists`, but a row for which `body` says false is null.
    func optionalLists(of elements: ColumnVector, _ body: (Int, inout ListBuilder) -> Bool) -> ColumnVector {
        var failed: [Int32] = []
        var result = lists(of: elements) { row, builder in
            guard !body(row, &builder) else { return }
            builder.clearRow()
            failed.append(Int32(row))
        }
        result.validity = Kernels.removing(failed, from: validity, count: count)
        return result
    }
}

extension DataType {
    /// The type of a list's elements; nil for other types.
    var element: DataType? { if case .list(let element, _) = self { element } else { nil } }

    /// Whether a list may have nulls among its elements.
    var containsNull: Bool { if case .list(_, let containsNull) = self { containsNull } else { false } }
}

extension ColumnVector {
    /// A number for each row, the same for equal values, as in grouping: nulls equal each other, as do NaNs.
    func identities(_ table: inout GroupTable) -> [Int32] {
        table.intern([self], hashes: rowHashes([self], count: count))
    }

    /// A number for each row, in the order of values; NaN is greater than numbers. Nulls have any.
    var ranks: [Int32] {
        switch values {
        case .bool(let values): Self.ranks(values.map { $0 ? 1 : 0 })
        case .int32(let values): Self.ranks(values)
        case .int64(let values): Self.ranks(values)
        case .decimal(let values): Self.ranks(values)
        case .double(let values): Self.ranks(values.map(TotalOrder.init))
        default: Self.ranks((0..<count).map { NestedRow(column: self, row: $0) })
        }
    }

    private static func ranks<Value: Comparable>(_ values: [Value]) -> [Int32] {
        let order = values.indices.sorted { values[$0] < values[$1] }
        var ranks = [Int32](repeating: 0, count: values.count)
        var rank: Int32 = 0
        for (place, row) in order.enumerated() {
            if place > 0, values[order[place - 1]] < values[row] { rank += 1 }
            ranks[row] = rank
        }
        return ranks
    }

    private struct TotalOrder: Comparable {
        let value: Double

        static func < (left: Self, right: Self) -> Bool {
            left.value < right.value || !left.value.isNaN && right.value.isNaN
        }
    }

    private struct NestedRow: Comparable {
        let column: ColumnVector
        let row: Int

        static func < (left: Self, right: Self) -> Bool { left.column.compare(left.row, right.column, right.row) < 0 }
        static func == (left: Self, right: Self) -> Bool { left.column.compare(left.row, right.column, right.row) == 0 }
    }
}
