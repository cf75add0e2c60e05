extension PlanUpgrade {
    /// Topics that are read.
    mutating func compareSources() {
        let (reads, formerReads) = (new.reads, old.reads)
        let added = reads.filter { matching.oldOf[$0] == nil }
        let removed = formerReads.filter { matching.newOf[$0] == nil }
        for step in removed {
            let topic = old.steps[step].topic
            let successor = added.first { new.steps[$0].settings["contract"] == old.steps[step].settings["contract"] }
            if let successor, !consent.droppedState.contains(oldIDs[step]) {
                let other = new.steps[successor].topic
                problems.append(
                    Problem(
                        text: "topic \(topic) → \(other): where \(topic) was read to says nothing about \(other)",
                        choice: "--drop-state \(oldIDs[step]) reads \(other) from its beginning, what \(topic) held too"
                    ))
            } else {
                notes.append("topic \(topic) is no longer read, and where it was read to is forgotten")
            }
        }
        for step in added {
            notes.append(
                "topic \(new.steps[step].topic) is new and read from its beginning: rows are late where event time has "
                    + "passed them")
        }
        for step in reads { if let former = matching.oldOf[step] { compareContract(step, former) } }
    }

    private mutating func compareContract(_ step: Int, _ former: Int) {
        let (before, now) = (old.steps[former], new.steps[step])
        var changes: [String] = []
        for (field, meaning) in zip(now.gives.fields, now.columns) {
            guard let index = before.gives.index(of: field.name) else {
                changes.append("column \(field.name) is new")
                continue
            }
            let known = (before.columns[index], before.gives.fields[index])
            if known.0 != meaning { changes.append("column \(field.name): \(known.0.text) → \(meaning.text)") }
            if known.1.isNullable != field.isNullable {
                changes.append("column \(field.name) is \(field.isNullable ? "optional" : "never null") now")
            }
        }
        for field in before.gives.fields where now.gives.index(of: field.name) == nil {
            changes.append("column \(field.name) is no longer read")
        }
        for name in ["contract", "dead letters", "duplicates", "format"]
        where before.settings[name] != now.settings[name] {
            changes.append(StepDescription.change(of: name, before.settings[name], now.settings[name]))
        }
        if !changes.isEmpty { notes.append("topic \(now.topic): \(changes.joined(separator: "; "))") }
    }

    /// Tables and topics that are written.
    mutating func compareSinks(_ meanings: inout MeaningComparison) {
        for step in new.steps.indices {
            guard let sink = new.steps[step].sink else { continue }
            guard let former = matching.oldOf[step], let was = old.steps[former].sink else {
                notes.append("\(sink.kindName) \(sink.name) is new: it gets what comes from now on")
                continue
            }
            compare(was, sink, isChangelog: new.steps[step].settings["takes"] != nil)
            compareKeys(step, former, sink, &meanings)
        }
        for (step, description) in old.steps.enumerated() where matching.newOf[step] == nil {
            if let sink = description.sink {
                notes.append("\(sink.kindName) \(sink.name) is no longer written, and stays as it is")
            }
        }
    }

    /// Rows that are replaced have to be found by what they were written under.
    private mutating func compareKeys(
        _ step: Int, _ former: Int, _ sink: SinkDescription, _ meanings: inout MeaningComparison
    ) {
        guard old.steps[former].settings["takes"] != nil, new.steps[step].settings["takes"] != nil,
            new.steps(before: step).allSatisfy({ !new.steps[$0].isStateful || meanings.kept.contains($0) })
        else { return }
        let changed = sink.keys.filter { key in
            let meaning = StepDescription.Meaning(column: key)
            return !meanings.isSame(meaning, of: former, meaning, of: step)
        }
        guard !changed.isEmpty else { return }
        problems.append(
            Problem(
                text:
                    "\(sink.kindName) \(sink.name): \(changed.joined(separator: ", ")) is computed in another way, and "
                    + "rows that were written are replaced by it"))
    }

    private mutating func compare(_ was: SinkDescription, _ sink: SinkDescription, isChangelog: Bool) {
        let change = "\(sink.kindName) \(sink.name): \(was.text) → \(sink.text)"
        switch (was.destination, sink.destination) {
        case (.table(_, let before), .table(_, let now)) where before != now:
            if case .append = before, case .append = now { return notes.append(change) }
            problems.append(Problem(text: "\(change), and its rows are told apart in another way"))
        case (.topic(let before), .topic(let now)) where before.keys != now.keys && isChangelog:
            problems.append(Problem(text: "\(change), and its records are replaced by another key"))
        case (.topic(let before), .topic(let now)) where before != now: notes.append("\(change) from now on")
        default: break
        }
    }
}

extension PlanDescription {
    fileprivate var reads: [Int] { steps.indices.filter { steps[$0].kind == .read } }

    fileprivate func steps(before step: Int) -> Set<Int> {
        steps[step].inputs.reduce(into: []) { $0.formUnion(steps(before: $1).union([$1])) }
    }
}

extension StepDescription {
    fileprivate var topic: String { settings["topic"] ?? "" }
}

extension SinkDescription {
    /// The columns by which a row replaces another.
    fileprivate var keys: [String] {
        switch destination {
        case .table(_, .merge(let keys)): keys
        case .table(_, .append): []
        case .topic(let topic): topic.keys
        }
    }
}
