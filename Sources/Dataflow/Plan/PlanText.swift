import Columnar

extension LogicalPlan {
    /// The plan for people, a step a line: what `explain` prints.
    public var text: String { text(withNames: true) }

    /// - Parameter withNames: false for the text that checkpoints of format 1 hold.
    func text(withNames: Bool) -> String {
        var lines = [name]
        for (number, step) in steps.enumerated() {
            let inputs = step.inputs.isEmpty ? "" : " <- " + step.inputs.map { "\($0)" }.joined(separator: ", ")
            let name = withNames ? step.name.map { " '\($0)'" } ?? "" : ""
            lines.append("  \(number):\(name) \(step.kind.text)\(inputs)")
        }
        return lines.joined(separator: "\n")
    }
}

extension PlanStep.Kind {
    /// The step as one line of a plan.
    public var text: String {
        switch self {
        case .read(let source):
            let letters = source.deadLetterTopic.map { ", dead letters to \($0)" } ?? ""
            return "read topic \(source.topic) as \(source.contract.format.rawValue) \(source.contract.name) "
                + "(\(source.contract.schema))\(letters)"
        case .withWatermark(let column, let delay): return "event time \(column), delay \(durationText(delay))"
        case .withIngestionTime(let delay): return "ingestion time, delay \(durationText(delay))"
        case .withProcessingTime: return "processing time"
        case .filter(let condition): return "filter \(condition)"
        case .select(let projections): return "select \(list(projections))"
        case .explode(let explosion):
            let kept = explosion.keepsEmpty ? " keeping empty ones" : ""
            return "explode \(explosion.list)\(kept): \(list(explosion.outputs))"
        case .dropDuplicates(let keys):
            return "drop duplicates by \(keys.joined(separator: ", ")) [state: keys within the watermark, sharded]"
        case .keepLast(let rows):
            return "keep the last row by \(rows.keys.joined(separator: ", ")), "
                + "\(rows.givesUpdates ? "with updates" : "when it is final") "
                + "[state: \(rows.givesUpdates ? "keys" : "rows") within the watermark, sharded]"
        case .aggregate(let aggregation): return aggregation.text
        case .top(let ranking): return ranking.text
        case .map(let map): return "\(map.isFlat ? "flat map" : "map") '\(map.name)' -> \(map.output)"
        case .process(let process): return process.text
        case .enrich(let enrichment): return enrichment.text
        case .union: return "union"
        case .join(let join): return join.text
        case .write(let sink): return sink.text
        }
    }
}

extension SinkDescription {
    var text: String {
        switch destination {
        case .table(let table, .append(let columns)):
            "append to \(table)" + (columns.isEmpty ? "" : " partitioned by \(columns.joined(separator: ", "))")
        case .table(let table, .merge(let keys)): "merge into \(table) on \(keys.joined(separator: ", "))"
        case .topic(let description): description.text
        }
    }
}

extension TopicDescription {
    fileprivate var text: String {
        let key = keys.isEmpty ? "" : " with key \(keys.joined(separator: ", "))"
        let promise = delivery == .exactlyOnce ? "exactly once" : "at least once"
        return "write to topic \(topic) as \(format.rawValue)\(key), \(promise)"
    }
}

extension WindowedAggregation {
    fileprivate var text: String {
        let calls = aggregates.map { "\($0.name) = \($0.function.text($0.arguments.map { "\($0)" }))" }
        let state = window.kind == .global ? "all groups" : "groups of open windows"
        return "\(window.text), group by \(list(keys)): \(calls.joined(separator: ", ")) -> \(list(outputs)) "
            + "[state: \(state), sharded]"
    }
}

extension JoinSpecification {
    fileprivate var text: String {
        let pairs = keys.map { "\($0.left) = \($0.right)" }.joined(separator: ", ")
        let besides = condition.map { ", where \($0)" } ?? ""
        return
            "\(kind.rawValue) join on \(pairs), \(match.text)\(besides) -> \(list(outputs)) [state: \(match.stateText), "
            + "sharded]"
    }
}

extension JoinSpecification.Match {
    var text: String {
        switch self {
        case .interval(let lower, let upper):
            return "right from \(durationText(lower)) to \(durationText(upper)) after left"
        case .window(let window): return window.text
        case .version(let deletedWhere):
            return "right as of left" + (deletedWhere.map { ", deleted where \($0)" } ?? "")
        }
    }

    fileprivate var stateText: String {
        switch self {
        case .interval: "rows within the interval of the watermark"
        case .window: "rows of open windows"
        case .version: "newest versions, rows after the watermark"
        }
    }
}

extension Ranking {
    fileprivate var text: String {
        let per = keys.isEmpty ? "" : " per \(keys.joined(separator: ", "))"
        let by = order.map { "\($0.expression) \($0.direction.rawValue)" }.joined(separator: ", ")
        let state = identity.isEmpty ? "the first rows of open windows" : "all rows"
        let of = identity.isEmpty ? "" : ", of rows by \(identity.joined(separator: ", "))"
        return "\(window.text), top \(limit)\(per) by \(by)\(of) -> \(list(outputs)) [state: \(state), sharded]"
    }
}

extension WindowSpecification {
    fileprivate var text: String {
        let moved = offset == 0 ? "" : ", offset \(durationText(offset))"
        let late = allowedLateness == 0 ? "" : ", allowed lateness \(durationText(allowedLateness))"
        return "\(kind.text)\(moved)\(late)\(timeToLive?.text ?? ""), emit \(emission.text)"
    }
}

extension TimeToLive {
    fileprivate var text: String {
        ", time to live \(durationText(microseconds))\(deletesRows ? "" : " keeping rows")"
    }
}

extension WindowSpecification.Kind {
    var text: String {
        switch self {
        case .hopping(let size, let slide) where size == slide: "tumbling window \(durationText(size))"
        case .hopping(let size, let slide): "hopping window \(durationText(size)) every \(durationText(slide))"
        case .cumulate(let size, let step): "cumulating window \(durationText(step)) up to \(durationText(size))"
        case .session(let gap): "session window with gap \(durationText(gap))"
        case .calendar(let unit, let zone): "calendar window \(unit.rawValue) in \(zone)"
        case .global: "all time"
        }
    }
}

extension WindowSpecification.Emission {
    var text: String {
        switch self {
        case .onClose: "onClose"
        case .updates: "updates"
        case .early(0): "early with every batch"
        case .early(let interval): "early every \(durationText(interval))"
        }
    }
}

private func list(_ projections: [Projection]) -> String {
    projections.map { projection in
        let expression = "\(projection.expression)"
        return expression == projection.name ? projection.name : "\(expression) as \(projection.name)"
    }.joined(separator: ", ")
}

/// A duration in µs in the largest unit that gives a whole number: `10 s`, `1 h`.
public func durationText(_ microseconds: Int64) -> String {
    let units: [(Int64, String)] = [
        (86_400_000_000, "d"), (3_600_000_000, "h"), (60_000_000, "min"), (1_000_000, "s"), (1_000, "ms"),
    ]
    for (size, name) in units where microseconds != 0 && microseconds % size == 0 {
        return "\(microseconds / size) \(name)"
    }
    return "\(microseconds) µs"
}
