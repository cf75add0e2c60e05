import Columnar

/// The sessions of all keys: columns by slot, and for each key the chain of its sessions.
///
/// A slot whose session went, merged into another or closed, stays empty until half of them are.
struct SessionTable {
    private let gap: Int64
    private let lateness: Int64
    private let isOnClose: Bool
    private let keyTypes: [DataType]
    private var keys: GroupTable
    /// The first slot of each key's chain; -1 where it has no session.
    private var firstSlot: [Int32] = []
    private var nextSlot: [Int32] = []
    /// The key of each slot; -1 where it is empty.
    private var key: [Int32] = []
    private var first: [Int64] = []
    private var last: [Int64] = []
    /// The bounds under which a session was last given; nothing where it was not.
    private var given: [TimeWindow] = []
    private var isChanged: [Bool] = []
    private var accumulators: [Accumulator]
    /// Slots that the accumulators know.
    private var aggregatedCount = 0
    private var emptyCount = 0
    /// Bounds that were given and are no more, with their keys.
    private var withdrawn: [(key: Int32, window: TimeWindow)] = []
    /// The least watermark at which a session may have to be given or goes.
    private var nextDue = Int64.max
    /// Slots that are not as they were in the last snapshot.
    private var unsaved = ChangedGroups()
    /// First rows of sessions that do not begin there any more, with their keys; and those whose keys had other numbers.
    private var gone: [(key: Int32, first: Int64)] = []
    private var goneRows: [RecordBatch] = []
    /// Since the last snapshot all sessions were forgotten whose last row is older than this; later ones end later.
    private var expiredLast = Int64.min

    /// Bytes of memory, nearly.
    var byteCount: Int {
        // Of a session: its key, chain, bounds, what was given, and whether it changed.
        accumulators.reduce(keys.byteCount + firstSlot.capacity * 4 + key.capacity * 41) { $0 + $1.byteCount }
    }

    private static let never = TimeWindow(start: 0, end: 0)

    /// - Parameters:
    ///   - gap: µs between rows that ends a session; `lateness`: µs that it stays after its end.
    ///   - isOnClose: whether sessions are given when they go, not before.
    init(_ aggregation: BoundAggregation, gap: Int64, lateness: Int64, isOnClose: Bool) {
        self.gap = gap
        self.lateness = lateness
        self.isOnClose = isOnClose
        accumulators = aggregation.accumulators
        keyTypes = aggregation.keyTypes
        keys = GroupTable(keyTypes: keyTypes)
    }

    private var live: [Int32] { key.indices.filter { key[$0] >= 0 }.map { Int32($0) } }

    private func window(_ slot: Int) -> TimeWindow {
        TimeWindow(start: first[slot], end: last[slot].saturatingAdd(gap))
    }

    private func close(_ slot: Int) -> Int64 { window(slot).end.saturatingAdd(lateness) }

    /// The watermark at which every session is closed; `Int64.min` without any.
    var lastClose: Int64 { live.map { close(Int($0)) }.max() ?? .min }

    /// Whether a watermark may have something to give or to forget.
    func isDue(at watermark: Int64) -> Bool { watermark >= nextDue }

    /// Whether bounds that were given are no more, and that has not been said.
    var hasWithdrawn: Bool { !withdrawn.isEmpty }
}

extension SessionTable {
    /// Adds rows, each to the session that it belongs to.
    mutating func add(_ inputs: BoundAggregation.Inputs, times: [Int64], rows: [Int32]) {
        let groups = keys.intern(inputs.keys, hashes: inputs.hashes, rows: rows)
        firstSlot.append(contentsOf: repeatElement(-1, count: keys.count - firstSlot.count))
        var mergers = SlotMergers()
        var slots = [Int32](repeating: 0, count: rows.count)
        for index in rows.indices { slots[index] = place(times[Int(rows[index])], groups[index], &mergers) }
        if !mergers.isEmpty {
            for index in slots.indices { slots[index] = mergers.root(of: slots[index]) }
            mergeAggregates(mergers)
        }
        let isWhole = rows.count == inputs.hashes.count
        for index in accumulators.indices {
            accumulators[index].update(
                groups: slots, groupCount: key.count, columns: inputs.arguments(of: index, rows: isWhole ? nil : rows))
        }
        aggregatedCount = key.count
    }

    /// Finds or makes the session of a row, and merges those that it connects.
    private mutating func place(_ time: Int64, _ group: Int32, _ mergers: inout SlotMergers) -> Int32 {
        var found: Int32 = -1
        var previous: Int32 = -1
        var slot = firstSlot[Int(group)]
        while slot >= 0 {
            let next = nextSlot[Int(slot)]
            if !isNear(time, Int(slot)) {
                previous = slot
            } else if found < 0 {
                found = slot
                previous = slot
                extend(Int(slot), to: TimeWindow(start: time, end: time))
            } else {
                absorb(slot, into: found, &mergers)
                if previous < 0 { firstSlot[Int(group)] = next } else { nextSlot[Int(previous)] = next }
            }
            slot = next
        }
        if found < 0 { found = append(group, TimeWindow(start: time, end: time)) }
        isChanged[Int(found)] = true
        unsaved.mark(Int(found))
        nextDue = min(nextDue, isOnClose ? close(Int(found)) : window(Int(found)).end)
        return found
    }

    /// Whether a time is less than the gap from a session's rows.
    private func isNear(_ time: Int64, _ slot: Int) -> Bool {
        time.saturatingSubtract(last[slot]) < gap && first[slot].saturatingSubtract(time) < gap
    }

    private mutating func extend(_ slot: Int, to rows: TimeWindow) {
        guard rows.start < first[slot] || rows.end > last[slot] else { return }
        if rows.start < first[slot] { gone.append((key[slot], first[slot])) }
        first[slot] = min(first[slot], rows.start)
        last[slot] = max(last[slot], rows.end)
        withdraw(slot)
    }

    /// Takes a session's bounds into another's; its aggregates follow in `mergeAggregates`.
    private mutating func absorb(_ slot: Int32, into other: Int32, _ mergers: inout SlotMergers) {
        withdraw(Int(slot))
        extend(Int(other), to: TimeWindow(start: first[Int(slot)], end: last[Int(slot)]))
        mergers.merge(slot, into: other)
        gone.append((key[Int(slot)], first[Int(slot)]))
        empty(Int(slot))
    }

    private mutating func empty(_ slot: Int) {
        key[slot] = -1
        emptyCount += 1
    }

    /// Notes that the bounds under which a session was given, if it was, are no more.
    private mutating func withdraw(_ slot: Int) {
        if given[slot] != Self.never { withdrawn.append((key[slot], given[slot])) }
        given[slot] = Self.never
    }

    private mutating func append(_ group: Int32, _ rows: TimeWindow) -> Int32 {
        let slot = Int32(key.count)
        key.append(group)
        first.append(rows.start)
        last.append(rows.end)
        given.append(Self.never)
        isChanged.append(false)
        nextSlot.append(firstSlot[Int(group)])
        firstSlot[Int(group)] = slot
        return slot
    }

    /// Moves the aggregates of absorbed sessions; those that this batch began have none yet.
    private mutating func mergeAggregates(_ mergers: SlotMergers) {
        let absorbed = mergers.absorbed.filter { $0 < aggregatedCount }
        guard !absorbed.isEmpty else { return }
        let roots = absorbed.map { mergers.root(of: $0) }
        for index in accumulators.indices {
            let state = accumulators[index].taking(absorbed).state()
            accumulators[index].merge(state, groups: roots, groupCount: key.count)
        }
    }
}

extension SessionTable {
    /// The rows that are due: first those that take earlier bounds away, then the sessions that are given.
    /// - Parameter isFlush: whether whatever has changed is given, however open it is.
    mutating func give(at watermark: Int64, isFlush: Bool, _ aggregation: BoundAggregation) -> [RecordBatch] {
        var batches: [RecordBatch] = []
        if let rows = retractions(aggregation) { batches.append(rows) }
        var due = live.filter { slot in
            if isOnClose || aggregation.marksFinal, close(Int(slot)) <= watermark { return true }
            if isOnClose { return false }
            return isChanged[Int(slot)] && (isFlush || window(Int(slot)).end <= watermark)
        }
        if due.isEmpty { return batches }
        // A key's sessions in the order of their time, also for readers of a topic.
        due.sort { window(Int($0)) < window(Int($1)) }
        let windows = due.map { window(Int($0)) }
        batches.append(
            aggregation.rows(
                keys: keys.keys.map { column in column.taking(due.map { key[Int($0)] }) }, windows: windows,
                isFinal: due.map { close(Int($0)) <= watermark },
                values: accumulators.map { $0.taking(due).finish() }))
        for (slot, window) in zip(due, windows) {
            given[Int(slot)] = window
            isChanged[Int(slot)] = false
            unsaved.mark(Int(slot))
        }
        return batches
    }

    private mutating func retractions(_ aggregation: BoundAggregation) -> RecordBatch? {
        if withdrawn.isEmpty { return nil }
        let gone = withdrawn.sorted { $0.window < $1.window }
        withdrawn = []
        return aggregation.rows(
            keys: keys.keys.map { column in column.taking(gone.map(\.key)) }, windows: gone.map(\.window),
            isFinal: [Bool](repeating: false, count: gone.count),
            values: accumulators.map { ColumnVector($0.resultType, repeating: .null, count: gone.count) },
            deletions: Bitmap(repeating: true, count: gone.count))
    }

    /// Forgets the sessions that are closed.
    mutating func remove(closedAt watermark: Int64) {
        for slot in live where close(Int(slot)) <= watermark {
            if last[Int(slot)] == .max {
                // No bound is above it.
                gone.append((key[Int(slot)], first[Int(slot)]))
            } else {
                expiredLast = max(expiredLast, last[Int(slot)] + 1)
            }
            unlink(slot)
            empty(Int(slot))
        }
        if emptyCount > 64, emptyCount * 2 > key.count { compact() }
        nextDue = live.reduce(Int64.max) { due, slot in
            min(due, isOnClose || !isChanged[Int(slot)] ? close(Int(slot)) : window(Int(slot)).end)
        }
    }

    private mutating func unlink(_ slot: Int32) {
        let group = Int(key[Int(slot)])
        guard firstSlot[group] != slot else { return firstSlot[group] = nextSlot[Int(slot)] }
        var previous = Int(firstSlot[group])
        while nextSlot[previous] != slot { previous = Int(nextSlot[previous]) }
        nextSlot[previous] = nextSlot[Int(slot)]
    }

    /// Closes the ranks of slots and keys. Only after `give`: what is withdrawn names keys by number.
    private mutating func compact() {
        let kept = live
        let keptKeys = firstSlot.indices.filter { firstSlot[$0] >= 0 }.map { Int32($0) }
        var numbers = [Int32](repeating: -1, count: firstSlot.count)
        for (number, key) in keptKeys.enumerated() { numbers[Int(key)] = Int32(number) }
        let old = self
        goneRows += takeGone()
        keys.keep(keptKeys)
        unsaved.keep(kept)
        firstSlot = [Int32](repeating: -1, count: keptKeys.count)
        (nextSlot, key, first, last, given, isChanged) = ([], [], [], [], [], [])
        for slot in kept.map({ Int($0) }) {
            let new = append(numbers[Int(old.key[slot])], TimeWindow(start: old.first[slot], end: old.last[slot]))
            given[Int(new)] = old.given[slot]
            isChanged[Int(new)] = old.isChanged[slot]
        }
        accumulators = accumulators.map { $0.taking(kept) }
        aggregatedCount = kept.count
        emptyCount = 0
    }
}

extension SessionTable {
    /// The columns of a session's state beside its key and aggregates.
    static let stateFields = [
        Field("first", .int64), Field("last", .int64), Field("changed", .bool), Field("given_start", .int64),
        Field("given_end", .int64),
    ]

    /// All sessions, or those that have changed since the last time.
    /// - Parameter schema: `stateFields` between the keys' hash and the rest.
    mutating func takeState(_ schema: RecordSchema, _ extent: SnapshotExtent) -> RecordBatch {
        let slots = extent == .changes ? unsaved.groups.filter { key[Int($0)] >= 0 } : live
        unsaved.removeAll()
        let owners = slots.map { key[Int($0)] }
        func column(_ value: (Int) -> Int64) -> ColumnVector {
            ColumnVector(.int64, .int64(slots.map { value(Int($0)) }))
        }
        let columns =
            [
                ColumnVector(.int64, .int64(owners.map { Int64(bitPattern: keys.hashes[Int($0)]) })),
                column { first[$0] }, column { last[$0] },
                ColumnVector(.bool, .bool(slots.map { isChanged[Int($0)] })), column { given[$0].start },
                column { given[$0].end },
            ] + keys.keys.map { $0.taking(owners) } + accumulators.flatMap { $0.taking(slots).state() }
        return RecordBatch(schema: schema, columns: columns, count: slots.count)
    }

    /// What `takeState` changes of earlier snapshots, since the last time. A session is known by its key and first row.
    mutating func takeChanges() -> SectionChanges {
        let changes = SectionChanges(
            keys: goneNames, removed: goneRows + takeGone(), expired: .init("last", before: expiredLast))
        goneRows = []
        expiredLast = .min
        return changes
    }

    private var goneNames: [String] { [StateSnapshot.shardColumn, "first"] + keyTypes.indices.map { "key_\($0)" } }

    private mutating func takeGone() -> [RecordBatch] {
        guard !gone.isEmpty else { return [] }
        let owners = gone.map(\.key)
        let columns =
            [owners.map { Int64(bitPattern: keys.hashes[Int($0)]) }, gone.map(\.first)]
            .map { ColumnVector(.int64, .int64($0)) } + keys.keys.map { $0.taking(owners) }
        gone = []
        return [SectionChanges.removed(goneNames, columns)]
    }

    /// Takes over sessions from `state`.
    mutating func restore(_ state: BoundAggregation.State) throws {
        guard case .int64(let firsts) = state.own[0].values, case .int64(let lasts) = state.own[1].values,
            case .bool(let changed) = state.own[2].values, case .int64(let starts) = state.own[3].values,
            case .int64(let ends) = state.own[4].values
        else { throw PlanError("session state of another shape") }
        let groups = intern(state.keys, state.hashes)
        let slots = groups.indices.map { row in
            let slot = append(groups[row], TimeWindow(start: firsts[row], end: lasts[row]))
            given[Int(slot)] = TimeWindow(start: starts[row], end: ends[row])
            isChanged[Int(slot)] = changed[row]
            return slot
        }
        for index in accumulators.indices {
            accumulators[index].merge(state.accumulators[index], groups: slots, groupCount: key.count)
        }
        aggregatedCount = key.count
        nextDue = .min
    }

    /// The bounds that are still to be taken away: hash, start, end, keys.
    var withdrawnState: RecordBatch {
        let owners = withdrawn.map(\.key)
        let columns =
            [
                owners.map { Int64(bitPattern: keys.hashes[Int($0)]) }, withdrawn.map(\.window.start),
                withdrawn.map(\.window.end),
            ].map { ColumnVector(.int64, .int64($0)) } + keys.keys.map { $0.taking(owners) }
        return RecordBatch(schema: withdrawnSchema, columns: columns, count: withdrawn.count)
    }

    private var withdrawnSchema: RecordSchema {
        RecordSchema(
            [Field(StateSnapshot.shardColumn, .int64), Field("start", .int64), Field("end", .int64)]
                + keyTypes.enumerated().map { Field("key_\($0)", $1, isNullable: true) })
    }

    /// Takes over what `withdrawnState` gave.
    mutating func restoreWithdrawn(_ batch: RecordBatch, shard: Shard) throws {
        guard batch.schema == withdrawnSchema else { throw PlanError("session state of another shape") }
        let owned = batch.rows(ownedBy: shard)
        guard owned.count > 0, case .int64(let hashes) = owned.columns[0].values,
            case .int64(let starts) = owned.columns[1].values, case .int64(let ends) = owned.columns[2].values
        else { return }
        let groups = intern(Array(owned.columns.dropFirst(3)), hashes.map { UInt64(bitPattern: $0) })
        for row in groups.indices {
            withdrawn.append((groups[row], TimeWindow(start: starts[row], end: ends[row])))
        }
    }

    private mutating func intern(_ columns: [ColumnVector], _ hashes: [UInt64]) -> [Int32] {
        let groups = keys.intern(columns, hashes: hashes)
        firstSlot.append(contentsOf: repeatElement(-1, count: keys.count - firstSlot.count))
        return groups
    }
}

/// Which slots of one batch became part of which.
private struct SlotMergers {
    private var parents: [Int32: Int32] = [:]
    private(set) var absorbed: [Int32] = []

    var isEmpty: Bool { absorbed.isEmpty }

    mutating func merge(_ slot: Int32, into other: Int32) {
        parents[slot] = other
        absorbed.append(slot)
    }

    /// The slot that holds what `slot` held. A slot is absorbed once, by one that was live, so that there is no circle.
    func root(of slot: Int32) -> Int32 {
        var slot = slot
        while let parent = parents[slot] { slot = parent }
        return slot
    }
}
