extension PlanUpgrade {
    /// The upgrade of a checkpoint to the plan of an execution.
    /// - Throws: `PlanError` for a checkpoint of format 1 whose plan is another: it does not say enough to compare them.
    public init(_ checkpoint: Checkpoint, to execution: Execution, consent: Consent = Consent()) throws(PlanError) {
        let new = execution.description
        guard let old = checkpoint.description ?? (checkpoint.plan == execution.plan.text(withNames: false) ? new : nil)
        else {
            throw PlanError(
                "its checkpoint is of format 1, which does not say enough of the plan to compare it with another: run "
                    + "the version of the topology that made it once with this version of Tidemark, then the new one")
        }
        let held = checkpoint.state.operators.mapValues { snapshots in
            snapshots.reduce(0) { $0 + $1.rowCount }
        }
        let inFiles = checkpoint.state.operators.filter { $0.value.contains { $0.isPartlyElsewhere } }
        self.init(from: old, to: new, held: held, inFiles: Set(inFiles.keys), consent: consent)
    }

    /// The checkpoint as the new plan would have made it. What sinks of the old plan had prepared is not in it: it is
    /// committed by them, before.
    /// - Throws: `PlanError` for state of another shape than the old plan says.
    public func applied(to checkpoint: Checkpoint) throws -> Checkpoint {
        precondition(problems.isEmpty, "an upgrade that is refused")
        var upgraded = checkpoint
        guard isChange else { return upgraded }
        upgraded.prepared = [:]
        upgraded.positions = [:]
        upgraded.state = ExecutionState()
        for (step, former) in matching.oldOf.enumerated() {
            guard let former else { continue }
            if let positions = checkpoint.positions[former] { upgraded.positions[step] = positions }
            if keepsCounts, let counts = checkpoint.state.counts[former] { upgraded.state.counts[step] = counts }
            guard let migration = migrations[step] else { continue }
            upgraded.state.watermarks[step] = checkpoint.state.watermarks[former]
            if let snapshots = checkpoint.state.operators[former] {
                upgraded.state.operators[step] = try snapshots.map { try migration($0) }
            }
        }
        return upgraded
    }
}

extension LogicalPlan {
    /// The plan with what an upgrade calls its sources and sinks.
    public func numbered(by upgrade: PlanUpgrade) -> LogicalPlan {
        var plan = self
        plan.numbers = upgrade.numbers
        plan.nextNumber = upgrade.nextNumber
        return plan
    }
}

extension StateSnapshot {
    /// Whether the sections are not all there is, or say how far something was read that is not.
    fileprivate var isPartlyElsewhere: Bool {
        [StateRuns.section, GivingWindow.section].contains { sections[$0]?.contains { $0.count > 0 } == true }
    }

    /// The rows that stand for something that is kept.
    fileprivate var rowCount: Int {
        sections.reduce(0) { $0 + ($1.key == "progress" ? 0 : $1.value.reduce(0) { $0 + $1.count }) }
    }
}
