import Columnar

/// The groups of one pane and their aggregates.
struct WindowPane {
    var table: GroupTable
    var accumulators: [Accumulator]
    /// Groups that changed after a window of the pane had given its rows; they are given again.
    var changed: Set<Int32> = []

    init(keyTypes: [DataType], accumulators: [Accumulator]) {
        table = GroupTable(keyTypes: keyTypes)
        self.accumulators = accumulators
    }

    /// Adds rows: their keys and hashes, and one argument column for each aggregate that has one.
    mutating func add(
        keys: [ColumnVector], hashes: [UInt64], arguments: [ColumnVector?], rows: [Int32]?, marksChanges: Bool
    ) {
        let groups = table.intern(keys, hashes: hashes, rows: rows)
        for index in accumulators.indices {
            let values = rows.map { rows in arguments[index]?.taking(rows) } ?? arguments[index]
            accumulators[index].update(groups: groups, groupCount: table.count, values: values)
        }
        if marksChanges { changed.formUnion(groups) }
    }

    /// Adds another pane's groups to this one.
    mutating func merge(_ other: WindowPane) {
        let groups = table.intern(other.table.keys, hashes: other.table.hashes)
        for index in accumulators.indices {
            accumulators[index].merge(other.accumulators[index].state(), groups: groups, groupCount: table.count)
        }
        changed.formUnion(other.changed.map { groups[Int($0)] })
    }
}

/// Which rows a pane holds: those of a stretch of time, of which some count only for later windows.
struct PaneKey: Hashable, Comparable {
    /// µs since 1970 UTC.
    var start: Int64
    /// The first window that the rows count for. `Int64.min` for nearly all; a row that came when the earlier of its
    /// windows were closed has the first that was open.
    var firstWindow: Int64

    static func < (left: Self, right: Self) -> Bool {
        (left.start, left.firstWindow) < (right.start, right.firstWindow)
    }
}
