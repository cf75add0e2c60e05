import Dataflow

/// Where a run begins: with the newest checkpoint that is whole, or from the beginning.
package struct StartingPoint {
    private let plan: LogicalPlan
    /// Nil where there is no state.
    package var checkpoint: Checkpoint?
    /// Checkpoints that were passed over.
    package let damaged: [(epoch: Int64, problem: String)]
    /// The identity of the state: the checkpoint's, or a new one.
    package let stateID: String

    /// Looks for the newest checkpoint.
    /// - Parameters:
    ///   - statePath: for messages.
    ///   - newStateID: a name that no other state has.
    /// - Throws: `RuntimeError` when there is one that this plan cannot go on from.
    package init(_ plan: LogicalPlan, _ checkpoints: CheckpointStore, statePath: String, newStateID: String) throws {
        self.plan = plan
        (checkpoint, damaged) = try checkpoints.newest()
        if let checkpoint { try Self.check(checkpoint, of: plan, statePath: statePath) }
        stateID = checkpoint?.stateID ?? newStateID
    }

    /// Has a new job go on from the checkpoint.
    package func resume(_ job: Job, _ binding: Job.Binding) throws {
        guard let checkpoint else { return }
        let last = max(try newestEpoch(after: checkpoint, binding), damaged.map(\.epoch).max() ?? 0)
        try job.resume(from: checkpoint, lastEpoch: last)
    }

    static func check(_ checkpoint: Checkpoint, of plan: LogicalPlan, statePath: String) throws {
        guard checkpoint.topology == plan.name else {
            throw RuntimeError(
                "the state directory \(statePath) belongs to the topology \(checkpoint.topology), and this is "
                    + "\(plan.name): name another directory with --state")
        }
        guard checkpoint.plan == plan.text else {
            throw RuntimeError(
                "the state in \(statePath) was made by another version of \(plan.name), and its plan has changed. "
                    + "Start anew with --reset-state, which reads the topics from the beginning, or run the old version"
            )
        }
    }

    /// The newest epoch that a sink has, also one behind the checkpoint: when a damaged one was passed over, or an older
    /// state was put back. A merge may be repeated, since it replaces rows by key; an append, and a transaction of Kafka,
    /// would double them.
    private func newestEpoch(after checkpoint: Checkpoint, _ binding: Job.Binding) throws -> Int64 {
        var newest = checkpoint.epoch
        for (step, sink) in plan.sinks {
            guard let last = try binding.sinks[step]?.lastCommittedEpoch(), last > checkpoint.epoch else { continue }
            guard case .table(_, .merge) = sink.destination else {
                throw RuntimeError(
                    "\(sink.kindName) \(sink.name) holds epoch \(last), and the newest checkpoint that can be read is of epoch "
                        + "\(checkpoint.epoch): going on would write rows twice. Restore the checkpoint from a backup, "
                        + "or rebuild the table or topic and start anew with --reset-state")
            }
            newest = max(newest, last)
        }
        return newest
    }
}
