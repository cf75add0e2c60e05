/// Lists or maps of a column, laid end to end.
public struct ListValues: Hashable, Sendable {
    /// Where each row's elements begin, and the end of the last row's: one more than there are rows.
    public var offsets: [Int32]
    /// The elements of all rows: one column of a list, keys and values of a map.
    public var children: [ColumnVector]

    /// - Precondition: `offsets` begins with 0, never falls, and ends with the number of elements.
    public init(offsets: [Int32], children: [ColumnVector]) {
        precondition(offsets.first == 0 && !children.isEmpty, "lists without bounds or elements")
        for child in children {
            precondition(Int(offsets[offsets.count - 1]) == child.count, "\(child.count) elements end elsewhere")
        }
        self.offsets = offsets
        self.children = children
    }

    public var count: Int { offsets.count - 1 }

    /// Where the elements of a row stand.
    public func range(_ row: Int) -> Range<Int> { Int(offsets[row])..<Int(offsets[row + 1]) }

    /// The rows at the given positions, in that order.
    public func taking(_ rows: [Int32]) -> ListValues {
        var taken: [Int32] = [0]
        taken.reserveCapacity(rows.count + 1)
        var elements: [Int32] = []
        for row in rows {
            elements.append(contentsOf: offsets[Int(row)]..<offsets[Int(row) + 1])
            taken.append(Int32(elements.count))
        }
        return ListValues(offsets: taken, children: children.map { $0.taking(elements) })
    }

    mutating func append(contentsOf other: ListValues) {
        let base = offsets[count]
        for offset in other.offsets.dropFirst() { offsets.append(base + offset) }
        for index in children.indices { children[index].append(contentsOf: other.children[index]) }
    }

    /// The row of each element.
    public var parents: [Int32] {
        var parents: [Int32] = []
        parents.reserveCapacity(Int(offsets[count]))
        for row in 0..<count { parents.append(contentsOf: repeatElement(Int32(row), count: range(row).count)) }
        return parents
    }
}

/// Structs of a column.
public struct StructValues: Hashable, Sendable {
    /// The number of rows; the fields cannot say it where there are none.
    public private(set) var count: Int
    /// A column for each field. A row that is null as a whole has arbitrary values here.
    public var children: [ColumnVector]

    /// - Precondition: every child has `count` rows.
    public init(count: Int, children: [ColumnVector]) {
        for child in children {
            precondition(child.count == count, "a field of \(child.count) rows in \(count) structs")
        }
        self.count = count
        self.children = children
    }

    /// The rows at the given positions, in that order.
    public func taking(_ rows: [Int32]) -> StructValues {
        StructValues(count: rows.count, children: children.map { $0.taking(rows) })
    }

    mutating func append(contentsOf other: StructValues) {
        count += other.count
        for index in children.indices { children[index].append(contentsOf: other.children[index]) }
    }
}

/// From single values, for literals, tests and rare paths.
extension ListValues {
    init(lists: [[Scalar]], _ element: DataType) {
        self.init(offsets: Self.offsets(lists), children: [ColumnVector(element, scalars: lists.flatMap { $0 })])
    }

    init(maps: [[Scalar.MapEntry]], _ key: DataType, _ value: DataType) {
        let entries = maps.flatMap { $0 }
        self.init(
            offsets: Self.offsets(maps),
            children: [
                ColumnVector(key, scalars: entries.map(\.key)), ColumnVector(value, scalars: entries.map(\.value)),
            ])
    }

    private static func offsets(_ rows: [some Collection]) -> [Int32] {
        rows.reduce(into: [0]) { $0.append($0[$0.count - 1] + Int32($1.count)) }
    }
}

extension StructValues {
    init(rows: [[Scalar]], _ fields: [Field]) {
        for row in rows { precondition(row.count == fields.count, "\(row.count) values for \(fields.count) fields") }
        self.init(
            count: rows.count,
            children: fields.indices.map { index in
                ColumnVector(fields[index].type, scalars: rows.map { $0[index] })
            })
    }
}
