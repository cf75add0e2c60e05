import Columnar

/// The rows that may be among the first of their group, for all groups: rows in a pool, and for each group the chain of
/// its rows. A group is a key in a window.
///
/// Where rows only come, a group that is full keeps the best and compares what comes with the last of them. Where rows
/// may be taken away, it keeps all: any may move up.
struct RankedGroups {
    private let limit: Int
    private let keepsAll: Bool
    private var table: GroupTable
    /// By group. A closed group has no rows; it goes when the pool is closed up.
    private var windows: [TimeWindow] = []
    private var head: [Int32] = []
    private var sizes: [Int32] = []
    /// The last row of a full group, when it was last looked for; -1 where it was not.
    private var bounds: [Int32] = []
    private(set) var changed = GroupMarks()
    /// By row of the pool.
    private(set) var pool: RowPool
    private var order = SortKeys()
    private var groups: [Int32] = []
    private var next: [Int32] = []
    /// Whether the row is in its group, not taken away and not fallen out.
    private var isIn: [Bool] = []
    /// The rank under which a row was given, 0 where it was not.
    private var givenRanks: [Int32] = []
    private var linkedCount = 0
    /// Groups that are not as they were in the last snapshot.
    private var unsaved = ChangedGroups()
    /// Groups that are no more, by the columns that tell groups apart.
    private var gone: [RecordBatch] = []
    /// Since the last snapshot all groups were forgotten whose window ends before this; later ones end later.
    private var expiredEnd = Int64.min

    /// Bytes of memory, nearly.
    var byteCount: Int {
        // Beside the rows: their group, chain, place and rank; beside the groups: window, chain, size, bound and mark.
        table.byteCount + windows.capacity * 29 + pool.byteCount + groups.capacity * 13 + order.byteCount
    }

    init(keyTypes: [DataType], rows schema: RecordSchema, limit: Int, keepsAll: Bool) {
        table = GroupTable(keyTypes: keyTypes + [.int64, .int64])
        pool = RowPool(schema)
        self.limit = limit
        self.keepsAll = keepsAll
    }

    /// The groups that have rows.
    var live: [Int32] { head.indices.filter { head[$0] >= 0 }.map { Int32($0) } }

    func window(of group: Int32) -> TimeWindow { windows[Int(group)] }

    /// Adds rows of a batch, each to a group.
    /// - Parameters:
    ///   - rows: of the batch; one may stand several times, in several windows.
    ///   - keys: of the whole batch, as is `order`.
    /// - Returns: the row of the pool of each, -1 for one that cannot be among the first.
    mutating func add(
        _ batch: RecordBatch, rows: [Int32], windows: [TimeWindow], keys: [ColumnVector], order: SortKeys
    ) -> [Int32] {
        let groups = intern(keys.map { $0.taking(rows) }, windows)
        let fits = order.precede(rows, self.order, groups.map { bounds[Int($0)] })
        let taken = rows.indices.filter { fits[$0] }
        var numbers = [Int32](repeating: -1, count: rows.count)
        let base = pool.count
        pool.append(batch, rows: taken.map { rows[$0] })
        self.order.append(order, rows: taken.map { rows[$0] })
        for (place, index) in taken.enumerated() {
            numbers[index] = Int32(base + place)
            link(Int32(base + place), groups[index], isIn: true, givenRank: 0)
        }
        let touched = taken.map { groups[$0] }
        changed.mark(touched)
        unsaved.mark(touched, of: table.count)
        if !keepsAll { for group in touched where Int(sizes[Int(group)]) >= 2 * limit { prune(group) } }
        return numbers
    }

    private mutating func intern(_ keys: [ColumnVector], _ windows: [TimeWindow]) -> [Int32] {
        let bounds = [windows.map(\.start), windows.map(\.end)].map { ColumnVector(.int64, .int64($0)) }
        let columns = keys + bounds
        let groups = table.intern(columns, hashes: rowHashes(columns, count: windows.count))
        for (group, window) in zip(groups, windows) where Int(group) == self.windows.count {
            self.windows.append(window)
            head.append(-1)
            sizes.append(0)
            self.bounds.append(-1)
        }
        return groups
    }

    private mutating func link(_ row: Int32, _ group: Int32, isIn: Bool, givenRank: Int32) {
        groups.append(group)
        next.append(head[Int(group)])
        head[Int(group)] = row
        self.isIn.append(isIn)
        givenRanks.append(givenRank)
        if isIn { sizes[Int(group)] += 1 }
        linkedCount += 1
    }

    /// Takes a row out of its group.
    mutating func remove(_ row: Int32) {
        isIn[Int(row)] = false
        sizes[Int(groups[Int(row)])] -= 1
        changed.mark([groups[Int(row)]])
        unsaved.mark(Int(groups[Int(row)]))
    }

    /// The rows of a group: those in it, and those that were given and are no more.
    private func chain(_ group: Int32) -> [Int32] {
        var rows: [Int32] = []
        var row = head[Int(group)]
        while row >= 0 {
            rows.append(row)
            row = next[Int(row)]
        }
        return rows
    }

    private func best(_ rows: [Int32]) -> [Int32] { order.first(limit, of: rows.filter { isIn[Int($0)] }) }

    /// Leaves a group's best rows in it.
    private mutating func prune(_ group: Int32) {
        let rows = chain(group)
        let best = best(rows)
        for row in rows { isIn[Int(row)] = false }
        for row in best { isIn[Int(row)] = true }
        sizes[Int(group)] = Int32(best.count)
        if best.count == limit { bounds[Int(group)] = best[limit - 1] }
        relink(group, rows.filter { isIn[Int($0)] || givenRanks[Int($0)] > 0 })
    }

    private mutating func relink(_ group: Int32, _ rows: [Int32]) {
        linkedCount += rows.count - chain(group).count
        head[Int(group)] = -1
        for row in rows {
            next[Int(row)] = head[Int(group)]
            head[Int(group)] = row
        }
    }
}

extension RankedGroups {
    /// Rows of the pool with their ranks, from 1.
    struct Ranks {
        var rows: [Int32] = []
        var ranks: [Int64] = []
        var windows: [TimeWindow] = []

        mutating func append(_ row: Int32, _ rank: Int, _ window: TimeWindow) {
            rows.append(row)
            ranks.append(Int64(rank))
            windows.append(window)
        }
    }

    /// The first rows of groups, for good.
    func final(_ groups: [Int32]) -> Ranks {
        var result = Ranks()
        for group in groups {
            for (index, row) in best(chain(group)).enumerated() { result.append(row, index + 1, windows[Int(group)]) }
        }
        return result
    }

    /// What has changed in groups since their rows were given: rows that are no longer among the first, or not at the same
    /// rank, and rows that are now.
    /// - Parameter byRank: whether a row that has another rank only is another row.
    mutating func changes(of groups: [Int32], byRank: Bool) -> (withdrawn: Ranks, given: Ranks) {
        var withdrawn = Ranks()
        var given = Ranks()
        unsaved.mark(groups, of: table.count)
        for group in groups {
            let rows = chain(group)
            let best = best(rows)
            var ranks: [Int32: Int] = [:]
            for (index, row) in best.enumerated() { ranks[row] = index + 1 }
            for row in rows where givenRanks[Int(row)] > 0 {
                let old = Int(givenRanks[Int(row)])
                if let new = ranks[row], new == old || !byRank { continue }
                withdrawn.append(row, old, windows[Int(group)])
                givenRanks[Int(row)] = 0
            }
            for (index, row) in best.enumerated() {
                if givenRanks[Int(row)] == 0 { given.append(row, index + 1, windows[Int(group)]) }
                givenRanks[Int(row)] = Int32(index + 1)
            }
            if keepsAll {
                relink(group, rows.filter { isIn[Int($0)] })
            } else {
                prune(group)
            }
        }
        return (withdrawn, given)
    }

    /// Says that the changes of all groups but these were given.
    mutating func keepChanged(_ groups: [Int32]) {
        changed.removeAll()
        changed.mark(groups)
    }

    /// Forgets the groups of windows that are closed, and their rows.
    mutating func forget(_ groups: [Int32]) {
        for group in groups {
            relink(group, [])
            sizes[Int(group)] = 0
            expiredEnd = max(expiredEnd, windows[Int(group)].end.saturatingAdd(1))
        }
    }

    /// Whether more than half of the pool are rows that no group has.
    var isSparse: Bool { pool.count > 2 * linkedCount + 1024 }

    /// Closes the ranks of rows and groups.
    /// - Returns: the new number of each row, -1 for those that are gone.
    mutating func compact() -> [Int32] {
        let old = self
        let keptGroups = live
        gone += takeGone()
        unsaved.keep(keptGroups)
        var rows: [Int32] = []
        for group in keptGroups { rows += old.chain(group) }
        var numbers = [Int32](repeating: -1, count: pool.count)
        for (number, row) in rows.enumerated() { numbers[Int(row)] = Int32(number) }
        pool.keep(rows)
        order = old.order.taking(rows)
        table.keep(keptGroups)
        windows = keptGroups.map { old.windows[Int($0)] }
        bounds = keptGroups.map { old.bounds[Int($0)] < 0 ? -1 : numbers[Int(old.bounds[Int($0)])] }
        head = [Int32](repeating: -1, count: keptGroups.count)
        sizes = [Int32](repeating: 0, count: keptGroups.count)
        (groups, next, isIn, givenRanks, linkedCount) = ([], [], [], [], 0)
        changed = GroupMarks()
        for (group, oldGroup) in keptGroups.enumerated() {
            for row in old.chain(oldGroup) {
                link(
                    numbers[Int(row)], Int32(group), isIn: old.isIn[Int(row)], givenRank: old.givenRanks[Int(row)])
            }
            if old.changed.contains(oldGroup) { changed.mark([Int32(group)]) }
        }
        return numbers
    }
}

extension RankedGroups {
    /// The columns of a row's state beside the row.
    static let stateFields = [
        Field("start", .int64), Field("end", .int64), Field("in", .bool), Field("rank", .int32),
        Field("changed", .bool),
    ]

    /// The rows of all groups, or of those that have changed since the last time.
    /// - Parameter keys: the positions of the keys among the columns of the rows.
    mutating func takeState(keys: [Int], _ schema: RecordSchema, _ extent: SnapshotExtent) -> RecordBatch {
        var rows: [Int32] = []
        for group in extent == .changes ? unsaved.groups : live { rows += chain(group) }
        unsaved.removeAll()
        let bounds = rows.map { windows[Int(groups[Int($0)])] }
        let own = [
            ColumnVector(.int64, .int64(bounds.map(\.start))), ColumnVector(.int64, .int64(bounds.map(\.end))),
            ColumnVector(.bool, .bool(rows.map { isIn[Int($0)] })),
            ColumnVector(.int32, .int32(rows.map { givenRanks[Int($0)] })),
            ColumnVector(.bool, .bool(rows.map { changed.contains(groups[Int($0)]) })),
        ]
        let hashes = rowHashes(keys.map { pool.columns[$0].taking(rows) }, count: rows.count)
        return pool.state(rows, hashes: hashes, own: own, schema)
    }

    /// What `takeState`, which comes behind it, changes of earlier snapshots: a group that has changed is given with all
    /// its rows.
    mutating func takeChanges(keys: [Int]) -> SectionChanges {
        let names = [StateSnapshot.shardColumn] + keys.map { "row_\($0)" } + ["start", "end"]
        let removed = (gone + takeGone()).map { SectionChanges.removed(names, $0.columns) }
        let changes = SectionChanges(keys: names, removed: removed, expired: .init("end", before: expiredEnd))
        gone = []
        expiredEnd = .min
        return changes
    }

    /// Groups without rows that may stand in earlier snapshots: the hash of their keys, the keys, their windows.
    private func takeGone() -> [RecordBatch] {
        let groups = unsaved.groups.filter { head[Int($0)] < 0 && windows[Int($0)].end >= expiredEnd }
        guard !groups.isEmpty else { return [] }
        let columns = table.keys.map { $0.taking(groups) }
        let hashes = rowHashes(Array(columns.dropLast(2)), count: groups.count).map { Int64(bitPattern: $0) }
        return [
            SectionChanges.removed(
                (0...columns.count).map { "\($0)" }, [ColumnVector(.int64, .int64(hashes))] + columns)
        ]
    }

    /// Takes over what `takeState` gave.
    /// - Parameter orderOf: computes the order of rows.
    /// - Returns: the rows that are in their groups.
    mutating func restore(
        _ batch: RecordBatch, keys: [Int], _ schema: RecordSchema, shard: Shard, orderOf: (RecordBatch) -> SortKeys
    ) throws -> [Int32] {
        let base = pool.count
        let own = try pool.restore(batch, schema, shard: shard).own
        guard case .int64(let starts) = own[0].values, case .int64(let ends) = own[1].values,
            case .bool(let isIn) = own[2].values, case .int32(let ranks) = own[3].values,
            case .bool(let isChanged) = own[4].values
        else { throw PlanError("state of ranked rows of another shape") }
        let rows = (Int32(base)..<Int32(pool.count)).map { $0 }
        let groups = intern(
            keys.map { pool.columns[$0].taking(rows) },
            zip(starts, ends).map { TimeWindow(start: $0, end: $1) })
        order.append(orderOf(pool.batch(rows)), rows: rows.map { $0 - Int32(base) })
        for (index, row) in rows.enumerated() {
            link(row, groups[index], isIn: isIn[index], givenRank: ranks[index])
            if isChanged[index] { changed.mark([groups[index]]) }
        }
        return rows.filter { isIn[Int($0) - base] }
    }
}
