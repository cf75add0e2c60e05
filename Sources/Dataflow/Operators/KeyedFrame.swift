import Columnar

/// What one call of a keyed function sees of its key, and what it changes. Changes are taken when the call has ended well.
public final class KeyedFrame {
    /// The key that the call is for: the row of `keys` and of the state.
    public internal(set) var group = 0
    /// Of the row, or of the timer, µs.
    public internal(set) var eventTime: Int64 = 0
    /// Of the row's partition just before it; of the operator for a timer. µs, `Int64.min` before the first.
    public internal(set) var watermark = Int64.min
    /// Whether the watermark had passed the row.
    public internal(set) var isLate = false
    /// The event times of the rows that were given.
    public internal(set) var outputTimes: [Int64] = []
    private let state: [CellColumn]
    /// What the call has written: one cell each.
    private let written: [CellColumn]
    private var isWritten: [Bool]
    private var isCleared = false
    private var newTimers: [Int64] = []
    private var goneTimers: [Int64] = []
    private var delays: [Int64] = []
    private var clearsDelays = false
    private var outputCount = 0

    init(_ schema: RecordSchema) {
        state = schema.fields.map { CellColumn($0.type) }
        written = schema.fields.map { CellColumn($0.type) }
        for cell in written { cell.grow(to: 1) }
        isWritten = schema.fields.map { _ in false }
    }

    /// Where the state's column is read: a column, and the row of it.
    public func cell(_ column: Int) -> (cells: CellColumn, row: Int) {
        if isWritten[column] { return (written[column], 0) }
        if isCleared {
            written[column].clear(0)
            return (written[column], 0)
        }
        return (state[column], group)
    }

    /// Where the state's column is written.
    public func cellToWrite(_ column: Int) -> (cells: CellColumn, row: Int) {
        isWritten[column] = true
        return (written[column], 0)
    }

    /// Forgets the key's state.
    public func clearState() {
        isCleared = true
        for index in isWritten.indices { isWritten[index] = false }
    }

    /// Sets a timer of event time, µs.
    public func setTimer(at time: Int64) {
        goneTimers.removeAll { $0 == time }
        newTimers.append(time)
    }

    /// Takes a timer of event time away.
    public func deleteTimer(at time: Int64) {
        newTimers.removeAll { $0 == time }
        goneTimers.append(time)
    }

    /// Sets a timer so many µs of processing time after the round.
    public func setTimer(after delay: Int64) { delays.append(delay) }

    /// Takes away the timers of processing time that the key has.
    public func deleteProcessingTimers() {
        clearsDelays = true
        delays.removeAll()
    }

    /// Notes a row that the function gave.
    public func gave() { outputTimes.append(max(eventTime, watermark)) }
}

extension KeyedFrame {
    var byteCount: Int { state.reduce(0) { $0 + $1.byteCount } }

    /// The state of some keys.
    func stateColumns(_ groups: [Int32]) -> [ColumnVector] { state.map { $0.taking(groups) } }

    func grow(to count: Int) { for column in state { column.grow(to: count) } }

    /// Keeps the state of the given keys only, renumbered in that order.
    func keep(_ groups: [Int32]) {
        for column in state { column.replace(with: column.column(count: column.count).taking(groups)) }
    }

    /// Takes over the state of a checkpoint.
    func restore(_ columns: [ColumnVector]) {
        for (column, values) in zip(state, columns) { column.replace(with: values) }
    }

    func begin(_ group: Int32, eventTime: Int64, watermark: Int64, isLate: Bool) {
        self.group = Int(group)
        self.eventTime = eventTime
        self.watermark = watermark
        self.isLate = isLate
        outputCount = outputTimes.count
        discard()
    }

    /// What a call changed beside the cells of the state.
    struct Changes {
        /// Whether the key has state now; nil: as before.
        var hasState: Bool?
        /// Of event time.
        var newTimers: [Int64]
        var goneTimers: [Int64]
        /// Whether the timers of processing time go that were set before.
        var clearsDelays: Bool
        /// µs of processing time after the round.
        var delays: [Int64]
    }

    /// Takes what the call has changed.
    func commit() -> Changes {
        var hasState: Bool?
        if isCleared {
            for column in state { column.clear(group) }
            hasState = false
        }
        for (index, column) in state.enumerated() where isWritten[index] {
            column.copy(group, from: written[index], at: 0)
            hasState = true
        }
        defer { discard() }
        return Changes(
            hasState: hasState, newTimers: newTimers, goneTimers: goneTimers, clearsDelays: clearsDelays,
            delays: delays)
    }

    /// Leaves out what the call has changed and given.
    func rollBack() {
        outputTimes.removeLast(outputTimes.count - outputCount)
        discard()
    }

    private func discard() {
        isCleared = false
        for index in isWritten.indices { isWritten[index] = false }
        newTimers.removeAll(keepingCapacity: true)
        goneTimers.removeAll(keepingCapacity: true)
        delays.removeAll(keepingCapacity: true)
        clearsDelays = false
    }
}
