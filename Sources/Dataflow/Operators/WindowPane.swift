import Columnar

/// The groups of one pane and their aggregates.
struct WindowPane {
    var table: GroupTable
    var accumulators: [Accumulator]
    /// Groups that changed since their rows were given.
    private(set) var changed = GroupMarks()
    /// Groups that are not as they were in the last snapshot.
    private var unstored = ChangedGroups()
    /// Parts of it in files, the oldest first. What they have adds to the groups in memory.
    var runs: [StateRun] = []

    init(_ aggregation: BoundAggregation) {
        table = GroupTable(keyTypes: aggregation.keyTypes)
        accumulators = aggregation.accumulators
    }

    /// Adds rows.
    /// - Parameter rows: of the inputs; nil for all of them.
    /// - Returns: the group of each row.
    @discardableResult
    mutating func add(_ inputs: BoundAggregation.Inputs, rows: [Int32]?, marksChanges: Bool) -> [Int32] {
        let groups = table.intern(inputs.keys, hashes: inputs.hashes, rows: rows)
        for index in accumulators.indices {
            accumulators[index].update(
                groups: groups, groupCount: table.count, columns: inputs.arguments(of: index, rows: rows))
        }
        unstored.mark(groups, of: table.count)
        if marksChanges { changed.mark(groups) }
        return groups
    }

    /// Takes note that groups wait to be given, as they did when they were stored.
    mutating func restoreChanged(_ groups: [Int32]) { changed.mark(groups) }

    /// Takes note that what has changed was given.
    mutating func markGiven() {
        unstored.mark(changed.groups, of: table.count)
        changed.removeAll()
    }

    /// The groups of a snapshot, which are stored then.
    mutating func takeUnstored(_ extent: SnapshotExtent) -> [Int32] {
        defer { unstored.removeAll() }
        return extent == .changes ? unstored.groups : (0..<Int32(table.count)).map { $0 }
    }

    /// Whether groups wait to be given.
    func areChanged(_ groups: [Int32]) -> [Bool] {
        changed.isEmpty ? [Bool](repeating: false, count: groups.count) : groups.map { changed.contains($0) }
    }

    /// Adds groups from a file or a checkpoint.
    /// - Returns: the group of each row.
    @discardableResult
    mutating func add(_ state: BoundAggregation.State, rows: [Int32]? = nil) -> [Int32] {
        let groups = table.intern(state.keys, hashes: state.hashes, rows: rows)
        for index in accumulators.indices {
            let columns = rows.map { rows in state.accumulators[index].map { $0.taking(rows) } }
            accumulators[index].merge(
                columns ?? state.accumulators[index], groups: groups, groupCount: table.count)
        }
        return groups
    }

    /// Groups as columns: the keys' hashes, `own`, the keys and the aggregates' state.
    func columns(_ groups: [Int32], own: [ColumnVector] = []) -> [ColumnVector] {
        let hashes = groups.map { Int64(bitPattern: table.hashes[Int($0)]) }
        // All of them, in order, need no copy.
        let areAll = groups.count == table.count && groups.indices.allSatisfy { groups[$0] == $0 }
        return [ColumnVector(.int64, .int64(hashes))] + own
            + (areAll ? table.keys : table.keys.map { $0.taking(groups) })
            + accumulators.flatMap { areAll ? $0.state() : $0.taking(groups).state() }
    }

    /// Bytes of memory, nearly.
    var byteCount: Int {
        table.byteCount + accumulators.reduce(0) { $0 + $1.byteCount }
            + runs.reduce(0) { $0 + $1.memoryByteCount }
    }

    /// Adds another pane's groups to this one.
    mutating func merge(_ other: WindowPane) {
        let groups = table.intern(other.table.keys, hashes: other.table.hashes)
        for index in accumulators.indices {
            accumulators[index].merge(other.accumulators[index].state(), groups: groups, groupCount: table.count)
        }
        changed.mark(other.changed.groups.map { groups[Int($0)] })
    }

    /// Keeps the given groups only, renumbered in that order.
    mutating func keep(_ groups: [Int32]) {
        let marked = groups.indices.filter { changed.contains(groups[$0]) }.map { Int32($0) }
        table.keep(groups)
        accumulators = accumulators.map { $0.taking(groups) }
        changed = GroupMarks()
        changed.mark(marked)
        unstored.keep(groups)
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

    /// As a snapshot has it beside a file.
    static let fields = [Field("start", .int64), Field("first_end", .int64)]

    static func < (left: Self, right: Self) -> Bool { (left.start, left.firstEnd) < (right.start, right.firstEnd) }
}
