import Columnar
import Dataflow
import Formats
import ObjectStorage
import Runtime
import Streams

/// Totals by key over all time: state that grows with the keys and is never closed.
private struct Totals: Topology {
    struct Payment: Schema {
        let customer = Column<Int64>("customer")
        let amount = Column<Int64>("amount")
    }

    struct Total: Schema {
        let customer = Column<Int64>("customer")
        let payments = Column<Int64>("payments")
        let amount = Column<Int64?>("amount")
    }

    func build(_ topology: TopologyBuilder) {
        topology.read(.kafka(topic: "payments"), as: .json(Payment.self), invalid: .counted)
            .overAllTime()
            .groupBy(\.customer)
            .aggregate(into: Total.self) { payment, _, row in
                row.customer.set(to: payment.customer)
                row.payments.set(to: .count)
                row.amount.set(to: .sum(payment.amount))
            }
            .merge(into: "gold.totals", on: \.customer)
    }
}

/// A running topology with many groups, and its checkpoints in a directory.
private final class StatefulRun {
    let plan: LogicalPlan
    private(set) var execution: Execution
    private let groups: Int
    private let directory: ScratchDirectory
    private(set) var store: CheckpointStore
    private(set) var epoch: Int64 = 0
    private var offset: Int64 = 0

    init(groups: Int) throws {
        self.groups = groups
        plan = try Totals.makePlan()
        directory = try ScratchDirectory()
        store = CheckpointStore(try LocalDirectory(directory.path), path: directory.path)
        execution = try Self.execution(plan)
        for first in stride(from: 0, to: groups, by: 65_536) {
            feed((first..<min(first + 65_536, groups)).map { $0 })
        }
    }

    private static func execution(_ plan: LogicalPlan) throws -> Execution {
        var decoders: [Int: any RecordDecoder] = [:]
        for (number, step) in plan.steps.enumerated() {
            if case .read(let source) = step.kind {
                decoders[number] = JSONRecordDecoder(contract: source.contract)
            }
        }
        return try Execution(plan, decoders: decoders)
    }

    /// - Returns: the rows that follow.
    @discardableResult func feed(_ numbers: [Int]) -> Int {
        var records = RawRecords(partition: 0)
        for number in numbers {
            let customer = (UInt64(number) &* 0x9E37_79B9_7F4A_7C15) >> 20
            records.append(value: Array(#"{"customer":\#(customer),"amount":\#(number)}"#.utf8), offset: offset)
            offset += 1
        }
        let output = execution.round([.init(step: 0, records: [records], partitions: [(number: 0, isIdle: false)])])
        return output.rows.values.joined().reduce(0) { $0 + $1.count }
    }

    /// Changes one group in a hundred, all over the state.
    func change() {
        let first = Int(offset) % 100
        feed(stride(from: first, to: groups, by: 100).map { $0 })
    }

    func checkpoint(_ extent: SnapshotExtent) -> Checkpoint {
        epoch += 1
        return Checkpoint(
            epoch: epoch, topology: plan.name, plan: plan.text, stateID: "benchmark", positions: [0: [0: offset]],
            state: execution.snapshot(extent), prepared: [:], below: extent == .whole ? [] : store.foundation)
    }

    /// Reads the state as a new process does, and processes a record.
    func restart() throws -> Int {
        store = CheckpointStore(try LocalDirectory(directory.path), path: directory.path)
        guard let checkpoint = try store.newest().checkpoint else { return 0 }
        execution = try Self.execution(plan)
        try execution.restore(checkpoint.state)
        epoch = checkpoint.epoch
        return feed([1])
    }

    /// Bytes of the newest checkpoint, without what it stands on.
    func size() throws -> Int {
        try LocalDirectory(directory.path).list(prefix: "").last { $0.path.hasSuffix(".checkpoint") }?.size ?? 0
    }
}

/// Checkpoints of a large state: all of it against one group in a hundred, and the way back.
func measureState(groups: Int, _ stopwatch: inout Stopwatch) throws {
    let run = try StatefulRun(groups: groups)
    let name = "state of \(groups) groups: "
    stopwatch.measure(name + "snapshot of all", groups, "group") { keep(run.execution.snapshot(.whole)) }
    try stopwatch.measure(name + "checkpoint of all, fsync", groups, "group") {
        try run.store.write(run.checkpoint(.whole))
    }
    stopwatch.note(name + "checkpoint of all", bytes: try run.size())
    stopwatch.measure(name + "snapshot of 1 %", groups / 100, "changed group", prepare: run.change) {
        keep(run.execution.snapshot(.changes))
    }
    // What was only measured is in no checkpoint.
    try run.store.write(run.checkpoint(.whole))
    try stopwatch.measure(name + "checkpoint of 1 %, fsync", groups / 100, "changed group", prepare: run.change) {
        try run.store.write(run.checkpoint(.changes))
    }
    stopwatch.note(name + "checkpoint of 1 %", bytes: try run.size())
    try stopwatch.measure(name + "restart to the first row", groups, "group") {
        guard try run.restart() == 1 else { preconditionFailure("no row after the restart") }
    }
    try stopwatch.measure(name + "put layers together", groups, "group") { try run.store.compact() }
}
