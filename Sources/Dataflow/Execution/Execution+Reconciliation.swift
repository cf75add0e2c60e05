extension Execution {
    /// What became of a source's records on one way through the plan.
    public struct PathReconciliation: Hashable, Sendable {
        /// The source step.
        public var source: Int
        /// The step in which the records end as processed: the first that computes new rows from them (an aggregation, a
        /// join), or the sink of a path without one.
        public var step: Int
        public var counts: Reconciliation
    }

    /// What became of the records, by source and step in which they end; an input of a join has an entry of its own.
    /// A source whose records reach such a step in two ways, through a union, counts for it twice.
    public func reconciliations() -> [PathReconciliation] {
        plan.steps.indices.filter { plan.steps[$0].endsRecords }.flatMap { terminal in
            plan.steps[terminal].inputs.enumerated().flatMap { port, input in
                shape.recordPaths[input].sorted { $0.key < $1.key }.map { source, paths in
                    let counts = counts(source, through: input, to: terminal, port: port)
                    return PathReconciliation(
                        source: source, step: terminal, counts: counts.reading((read[source] ?? 0) * paths))
                }
            }
        }
    }

    /// What became of the records of all sources, each counted in the first step in which it ends.
    public var totals: Reconciliation {
        var seen: Set<Int> = []
        return reconciliations().filter { seen.insert($0.source).inserted }.reduce(Reconciliation()) { $0 + $1.counts }
    }

    private func counts(_ source: Int, through input: Int, to terminal: Int, port: Int) -> Reconciliation {
        let source = plan.number(of: source)
        let ended = lanes.reduce(StepCounts.Fates()) { $0 + $1.counts[terminal][port: port, source: source] }
        var fates = ended
        for step in steps(upTo: input) {
            fates = lanes.reduce(fates) { $0 + $1.counts[step].total(source: source) }
        }
        var counts = Reconciliation()
        counts.processed = ended.received - ended.late - ended.duplicate - ended.malformed
        counts.filtered = fates.filtered
        counts.late = fates.late
        counts.duplicate = fates.duplicate
        counts.malformed = fates.malformed
        counts.added = fates.added
        return counts
    }

    /// A step and all before it.
    private func steps(upTo step: Int) -> Set<Int> {
        plan.steps[step].inputs.reduce(into: [step]) { $0.formUnion(steps(upTo: $1)) }
    }
}

extension Reconciliation {
    fileprivate func reading(_ count: Int) -> Reconciliation {
        var counts = self
        counts.read = count
        return counts
    }
}
