import Columnar

/// The groups of one pane and their aggregates.
struct WindowPane {
    var table: GroupTable
    var accumulators: [Accumulator]
    /// Groups that changed since their rows were given.
    var changed = GroupMarks()

    init(_ aggregation: BoundAggregation) {
        table = GroupTable(keyTypes: aggregation.keyTypes)
        accumulators = aggregation.accumulators
    }

    /// Adds rows.
    /// - Parameter rows: of the inputs; nil for all of them.
    mutating func add(_ inputs: BoundAggregation.Inputs, rows: [Int32]?, marksChanges: Bool) {
        let groups = table.intern(inputs.keys, hashes: inputs.hashes, rows: rows)
        for index in accumulators.indices {
            accumulators[index].update(
                groups: groups, groupCount: table.count, columns: inputs.arguments(of: index, rows: rows))
        }
        if marksChanges { changed.mark(groups) }
    }

    /// Adds another pane's groups to this one.
    mutating func merge(_ other: WindowPane) {
        let groups = table.intern(other.table.keys, hashes: other.table.hashes)
        for index in accumulators.indices {
            accumulators[index].merge(other.accumulators[index].state(), groups: groups, groupCount: table.count)
        }
        changed.mark(other.changed.groups.map { groups[Int($0)] })
    }
}

/// A set of group numbers, in the order in which they came in.
struct GroupMarks {
    private(set) var groups: [Int32] = []
    private var isMarked: [Bool] = []

    var isEmpty: Bool { groups.isEmpty }

    func contains(_ group: Int32) -> Bool { Int(group) < isMarked.count && isMarked[Int(group)] }

    mutating func mark(_ added: [Int32]) {
        guard let largest = added.max() else { return }
        let missing = Int(largest) + 1 - isMarked.count
        if missing > 0 { isMarked.append(contentsOf: repeatElement(false, count: missing)) }
        for group in added where !isMarked[Int(group)] {
            isMarked[Int(group)] = true
            groups.append(group)
        }
    }

    mutating func removeAll() {
        for group in groups { isMarked[Int(group)] = false }
        groups.removeAll(keepingCapacity: true)
    }
}

/// Which rows a pane holds: those of a stretch of time, of which some count only for later windows.
struct PaneKey: Hashable, Comparable {
    /// µs since 1970 UTC.
    var start: Int64
    /// The end of the first window that the rows count for. `Int64.min` for nearly all; a row that came when the earlier
    /// of its windows were closed has that of the first that was open.
    var firstEnd: Int64

    static func < (left: Self, right: Self) -> Bool { (left.start, left.firstEnd) < (right.start, right.firstEnd) }
}
