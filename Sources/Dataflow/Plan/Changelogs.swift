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
            switch step.kind {
            case .aggregate(let aggregation): changelogs.append(aggregation.window.givesChangelog)
            case .top(let ranking): changelogs.append(ranking.givesChangelog)
            case .keepLast(let rows): changelogs.append(rows.givesUpdates)
            default: changelogs.append(takesChanges)
            }
        }
        return changelogs
    }
}

extension PlanStep.Kind {
    /// Why the step takes final rows only, as a clause; nil when it takes changelogs too.
    fileprivate var needOfFinalRows: String? {
        switch self {
        case .read, .withWatermark, .withIngestionTime, .withProcessingTime, .filter, .select, .union, .top: nil
        case .dropDuplicates: "keeps the first row of a key"
        case .keepLast: "keeps the last row of a key"
        case .map: "calls a function that may fail for the row which replaces another"
        case .enrich: "puts every row together with the table as it is when the row comes"
        case .process: "takes every row once"
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
