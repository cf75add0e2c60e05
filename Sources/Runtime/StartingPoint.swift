import Dataflow

/// Where a run begins: with the newest checkpoint that is whole, or from the beginning.
package struct StartingPoint {
    /// The plan, with the numbers by which the state knows its sources and sinks.
    package let plan: LogicalPlan
    /// Nil where there is no state.
    package var checkpoint: Checkpoint?
    /// Checkpoints that were passed over.
    package let damaged: [(epoch: Int64, problem: String)]
    /// The identity of the state: the checkpoint's, or a new one.
    package let stateID: String
    /// What becomes of the checkpoint's state under the plan; nil where there is none.
    let upgrade: PlanUpgrade?

    /// Looks for the newest checkpoint.
    /// - Parameters:
    ///   - statePath: for messages.
    ///   - newStateID: a name that no other state has.
    ///   - consent: what may be lost when the plan is another than the checkpoint's.
    /// - Throws: `RuntimeError` when there is one that this plan cannot go on from.
    package init(
        _ plan: LogicalPlan, _ checkpoints: CheckpointStore, statePath: String, newStateID: String,
        consent: PlanUpgrade.Consent = PlanUpgrade.Consent()
    ) throws {
        (checkpoint, damaged) = try checkpoints.newest()
        upgrade = try checkpoint.map { try Self.upgrade($0, to: plan, statePath: statePath, consent: consent) }
        self.plan = upgrade.map(plan.numbered) ?? plan
        stateID = checkpoint?.stateID ?? newStateID
    }

    /// Has a new job go on from the checkpoint.
    package func resume(_ job: Job, _ binding: Job.Binding) throws {
        guard let checkpoint else { return }
        let upgraded = try upgrade?.applied(to: checkpoint) ?? checkpoint
        let last = max(try newestEpoch(after: checkpoint, binding), damaged.map(\.epoch).max() ?? 0)
        try job.resume(from: upgraded, lastEpoch: last)
    }

    /// Has the sinks of the checkpoint's plan commit what they had prepared, when this plan is another.
    func finishFormerPlan(_ binder: PlanBinder) throws {
        if let checkpoint, upgrade?.isChange == true { try binder.finish(checkpoint) }
    }

    /// What becomes of the state under a plan.
    /// - Throws: `RuntimeError` with all that has changed and the choices, when it cannot be used.
    static func upgrade(
        _ checkpoint: Checkpoint, to plan: LogicalPlan, statePath: String, consent: PlanUpgrade.Consent
    ) throws -> PlanUpgrade {
        guard checkpoint.topology == plan.name else {
            throw RuntimeError(
                "the state directory \(statePath) belongs to the topology \(checkpoint.topology), and this is "
                    + "\(plan.name): name another directory with --state")
        }
        let refused = "the state in \(statePath) was made by another version of \(plan.name)"
        let choices =
            "Or start anew with --reset-state, which reads the topics from the beginning; or run this version beside the "
            + "old one with another --state and --group; or run the old version. Nothing was changed"
        let execution = try Execution(plan, decoders: PlanBinder.decoders(plan))
        let upgrade: PlanUpgrade
        do {
            upgrade = try PlanUpgrade(checkpoint, to: execution, consent: consent)
        } catch {
            throw RuntimeError("\(refused), and its plan has changed: \(error). \(choices)")
        }
        if let refusal = upgrade.refusal {
            throw RuntimeError("\(refused), and this plan cannot go on with it:\n\(refusal)\n\(choices)")
        }
        return upgrade
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
