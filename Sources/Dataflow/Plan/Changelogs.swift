extension LogicalPlan {
    /// For each step whether it gives a changelog: rows that replace, or take away, earlier ones with the same keys.
    /// - Throws: `PlanError` for a step that takes a changelog as if every row were final.
    public func changelogs() throws(PlanError) -> [Bool] {
        var changelogs: [Bool] = []
        for (number, step) in steps.enumerated() {
            let takesChanges = step.inputs.contains { changelogs[$0] }
            if takesChanges, let clause = step.kind.needOfFinalRows {
                throw PlanError(
                    "step \(number) of \(name), '\(step.kind.text)', \(clause), and the rows that it takes may be replaced "
                        + "or taken away later: let the aggregation before it emit on close")
            }
            if case .aggregate(let aggregation) = step.kind {
                changelogs.append(aggregation.window.givesChangelog)
            } else {
                changelogs.append(takesChanges)
            }
        }
        return changelogs
    }
}

extension PlanStep.Kind {
    /// Why the step takes final rows only, as a clause; nil when it takes changelogs too.
    fileprivate var needOfFinalRows: String? {
        switch self {
        case .read, .withWatermark, .withIngestionTime, .withProcessingTime, .filter, .select, .union: nil
        case .dropDuplicates: "keeps the first row of a key"
        case .explode: "gives a row for each element of a list"
        case .aggregate: "counts every row once"
        case .join: "matches every row once"
        case .write(let sink):
            switch sink.destination {
            case .table(_, .append): "keeps every row"
            case .topic(let description) where description.keys.isEmpty: "has no key by which rows could be replaced"
            case .table(_, .merge), .topic: nil
            }
        }
    }
}
