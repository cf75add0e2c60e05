import Columnar

/// Calls a function of the topology's author for each row of a key and for the timers that it set.
///
/// Rows of a key come in the order in which they were read. Before a row the key's timers fire that the row's own
/// watermark has reached; at the end of a round those that the operator's watermark has. So for a key whose rows share a
/// partition, what happens between two of its rows is a property of the topic, not of how rows were batched. A timer that
/// is set for a time which is past counts as set for the watermark, and fires before the key's next row.
final class KeyedProcessOperator: MeasuredOperator {
    private let process: KeyedProcess
    private let keys: [Int]
    private let frame: KeyedFrame
    private let instance: any KeyedFunctionInstance
    private var table: GroupTable
    /// By key: whether it has state.
    private var hasState: [Bool] = []
    private var eventTimers = TimerTable()
    private var processingTimers = TimerTable()
    /// Timers of processing time that are to be set when the time of day is known: key, µs.
    private var delays: [(group: Int32, delay: Int64)] = []
    private var advancedTo = Int64.min
    /// Keys whose state or timers are not as they were in the last snapshot.
    private var unsaved = ChangedGroups()
    /// Those that have neither any more, and no number.
    private var gone: [RecordBatch] = []
    private var failures: [(row: Int32, message: String)] = []

    /// - Throws: `BindingError` for a key that is not in the input, `PlanError` for a process that cannot be.
    init(_ process: KeyedProcess, input: RecordSchema) throws {
        guard !process.name.isEmpty else { throw PlanError("a keyed process has no name: give it one") }
        guard !process.keys.isEmpty else {
            throw PlanError("process '\(process.name)' has no key: say what its rows share")
        }
        self.process = process
        keys = try process.keys.map { try input.position(of: $0) }
        frame = KeyedFrame(process.state)
        instance = process.function.makeInstance(input: input, frame: frame)
        table = GroupTable(keyTypes: keys.map { input.fields[$0].type })
    }

    var stateByteCount: Int {
        table.byteCount + hasState.capacity + frame.byteCount + eventTimers.byteCount + processingTimers.byteCount
    }

    func process(_ batch: RecordBatch, port: Int, into output: inout OperatorOutput) {
        guard let times = batch.times else { preconditionFailure("rows without event time") }
        var rows = (0..<Int32(batch.count)).map { $0 }
        if !process.takesLateRows {
            let (onTime, late) = times.splitLate(reached: advancedTo)
            output.drop(late, of: batch, .late)
            rows = onTime
        }
        let columns = keys.map { batch.columns[$0] }
        let groups = table.intern(columns, hashes: rowHashes(columns, count: batch.count), rows: rows)
        grow()
        instance.begin(batch, keys: table.keys)
        for (row, group) in zip(rows, groups) {
            let watermark = max(times.watermarks[Int(row)], advancedTo)
            while let time = eventTimers.take(of: group, until: watermark) {
                fire(KeyedTimer(.eventTime, time), group, watermark: time)
            }
            let eventTime = times.eventTimes[Int(row)]
            frame.begin(group, eventTime: eventTime, watermark: watermark, isLate: eventTime < watermark)
            if let message = instance.process(Int(row)) {
                frame.rollBack()
                failures.append((row, message))
            } else {
                take(frame.commit(), group, past: watermark)
            }
        }
        output.drop(failures, of: batch)
        failures.removeAll()
        give(into: &output)
        // It lets go of the keys, so that they grow in place.
        instance.begin(nil, keys: [])
    }

    private func grow() {
        frame.grow(to: table.count)
        eventTimers.grow(to: table.count)
        processingTimers.grow(to: table.count)
        hasState.append(contentsOf: repeatElement(false, count: table.count - hasState.count))
    }

    /// - Parameter watermark: what the rows that it gives are not older than.
    private func fire(_ timer: KeyedTimer, _ group: Int32, watermark: Int64) {
        frame.begin(group, eventTime: watermark, watermark: watermark, isLate: false)
        unsaved.mark(Int(group))
        instance.fire(timer)
        var changes = frame.commit()
        // One that is set for the time which is firing would fire for ever.
        if timer.domain == .eventTime { changes.newTimers.removeAll { $0 <= timer.time } }
        take(changes, group, past: .min)
    }

    /// - Parameter past: timers are not set before this, µs of event time.
    private func take(_ changes: KeyedFrame.Changes, _ group: Int32, past: Int64) {
        unsaved.mark(Int(group))
        if let isThere = changes.hasState { hasState[Int(group)] = isThere }
        for time in changes.goneTimers { eventTimers.delete(group, time) }
        for time in changes.newTimers { eventTimers.set(group, max(time, past)) }
        if changes.clearsDelays {
            processingTimers.deleteAll(of: group)
            delays.removeAll { $0.group == group }
        }
        delays += changes.delays.map { (group, $0) }
    }

    /// Gives what the function gave.
    private func give(into output: inout OperatorOutput) {
        let times = frame.outputTimes
        guard !times.isEmpty else { return }
        frame.outputTimes = []
        output.batches.append(
            RecordBatch(
                schema: process.output, columns: instance.takeOutput(), count: times.count,
                times: RowTimes(eventTimes: times, watermarks: [Int64](repeating: .min, count: times.count))))
    }
}

extension KeyedProcessOperator {
    func advance(to watermark: Watermark, at processingTime: Int64, into output: inout OperatorOutput) {
        instance.begin(nil, keys: table.keys)
        switch watermark {
        case .none: break
        case .time(let time):
            advancedTo = max(time, advancedTo)
            while let entry = eventTimers.take(until: advancedTo) {
                fire(KeyedTimer(.eventTime, entry.time), entry.group, watermark: entry.time)
            }
        case .endOfInput: fireAll()
        }
        if advancedTo > .min {
            while let entry = processingTimers.take(until: processingTime) {
                fire(KeyedTimer(.processingTime, entry.time), entry.group, watermark: advancedTo)
            }
        }
        for (group, delay) in delays {
            processingTimers.set(group, processingTime.saturatingAdd(delay))
            unsaved.mark(Int(group))
        }
        delays.removeAll()
        give(into: &output)
        instance.begin(nil, keys: [])
        if table.count > 2 * liveKeys.count + 1024 { compact() }
    }

    /// Fires the timers that are set at the end of the input, not those that they set in turn.
    private func fireAll() {
        for entry in eventTimers.entries where eventTimers.delete(entry.group, entry.time) {
            fire(KeyedTimer(.eventTime, entry.time), entry.group, watermark: max(entry.time, advancedTo))
        }
    }

    /// The keys that have state or timers.
    private var liveKeys: [Int32] {
        hasState.indices.map { Int32($0) }.filter {
            hasState[Int($0)] || eventTimers.hasTimers($0) || processingTimers.hasTimers($0)
        }
    }

    private func compact() {
        let kept = liveKeys
        var numbers = [Int32](repeating: -1, count: table.count)
        for (number, group) in kept.enumerated() { numbers[Int(group)] = Int32(number) }
        gone += removed(unsaved.groups.filter { numbers[Int($0)] < 0 })
        unsaved.keep(kept)
        table.keep(kept)
        frame.keep(kept)
        hasState = kept.map { hasState[Int($0)] }
        eventTimers.renumber(numbers, count: kept.count)
        processingTimers.renumber(numbers, count: kept.count)
    }
}

extension KeyedProcessOperator {
    private var keyFields: [Field] {
        [Field(StateSnapshot.shardColumn, .int64)]
            + table.keys.enumerated().map { Field("key_\($0)", $1.type, isNullable: true) }
    }

    private var stateSchema: RecordSchema {
        RecordSchema(
            keyFields + process.state.fields.enumerated().map { Field("state_\($0)", $1.type, isNullable: true) })
    }

    private var timerSchema: RecordSchema {
        RecordSchema(keyFields + [Field("time", .int64), Field("is_processing_time", .bool)])
    }

    private func keyColumns(_ groups: [Int32]) -> [ColumnVector] {
        let hashes = groups.map { Int64(bitPattern: table.hashes[Int($0)]) }
        return [ColumnVector(.int64, .int64(hashes))] + table.keys.map { $0.taking(groups) }
    }

    private func removed(_ groups: [Int32]) -> [RecordBatch] {
        groups.isEmpty ? [] : [SectionChanges.removed(keyFields.map(\.name), keyColumns(groups))]
    }

    func snapshot(_ extent: SnapshotExtent) -> StateSnapshot {
        let groups = extent == .changes ? unsaved.groups : table.hashes.indices.map { Int32($0) }
        let present = groups.filter { hasState[Int($0)] }
        let states = RecordBatch(
            schema: stateSchema, columns: keyColumns(present) + frame.stateColumns(present), count: present.count)
        var snapshot = StateSnapshot(sections: [
            "keys": [states], "timers": [timerRows(groups)], "progress": [ProgressState.batch(advancedTo)],
        ])
        if extent == .changes {
            let names = keyFields.map(\.name)
            snapshot.changes["keys"] = SectionChanges(
                keys: names, removed: gone + removed(groups.filter { !hasState[Int($0)] }))
            let idle = groups.filter { !eventTimers.hasTimers($0) && !processingTimers.hasTimers($0) }
            snapshot.changes["timers"] = SectionChanges(keys: names, removed: gone + removed(idle))
        }
        unsaved.removeAll()
        gone = []
        return snapshot
    }

    /// All timers of some keys.
    private func timerRows(_ groups: [Int32]) -> RecordBatch {
        var (owners, times, isProcessing): ([Int32], [Int64], [Bool]) = ([], [], [])
        for (timers, isOfProcessing) in [(eventTimers, false), (processingTimers, true)] {
            for group in groups {
                for time in timers.times(of: group) {
                    owners.append(group)
                    times.append(time)
                    isProcessing.append(isOfProcessing)
                }
            }
        }
        return RecordBatch(
            schema: timerSchema,
            columns: keyColumns(owners) + [
                ColumnVector(.int64, .int64(times)), ColumnVector(.bool, .bool(isProcessing)),
            ], count: owners.count)
    }

    func restore(_ snapshots: [StateSnapshot], shard: Shard) throws {
        advancedTo = try ProgressState.latest(snapshots)
        let firstState = 1 + keys.count
        var states = process.state.fields.map { ColumnVector($0.type, scalars: []) }
        for batch in snapshots.flatMap({ $0.sections["keys"] ?? [] }) {
            guard batch.schema == stateSchema else { throw PlanError("state of '\(process.name)' of another shape") }
            let owned = batch.rows(ownedBy: shard)
            _ = intern(owned)
            for index in states.indices { states[index].append(contentsOf: owned.columns[firstState + index]) }
        }
        frame.restore(states)
        hasState = [Bool](repeating: true, count: table.count)
        for batch in snapshots.flatMap({ $0.sections["timers"] ?? [] }) {
            guard batch.schema == timerSchema else { throw PlanError("timers of '\(process.name)' of another shape") }
            let owned = batch.rows(ownedBy: shard)
            let groups = intern(owned)
            grow()
            guard case .int64(let times) = owned.columns[firstState].values,
                case .bool(let isProcessing) = owned.columns[firstState + 1].values
            else { continue }
            for (row, group) in groups.enumerated() {
                if isProcessing[row] {
                    processingTimers.set(group, times[row])
                } else {
                    eventTimers.set(group, times[row])
                }
            }
        }
        grow()
    }

    private func intern(_ rows: RecordBatch) -> [Int32] {
        guard case .int64(let hashes) = rows.columns[0].values else { return [] }
        return table.intern(Array(rows.columns[1..<1 + keys.count]), hashes: hashes.map { UInt64(bitPattern: $0) })
    }
}
