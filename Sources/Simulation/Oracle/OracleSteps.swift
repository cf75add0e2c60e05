import Columnar
import Dataflow

extension BatchOracle {
    /// Whether a row is older than its own watermark, by more than a lateness.
    private func isLate(_ row: OracleRow, lateness: Int64 = 0) -> Bool {
        row.watermark.map { row.time < $0 - lateness } ?? false
    }

    private func key(_ row: OracleRow, _ names: [String]) -> [Scalar] { names.map { row.values[$0] ?? .null } }

    /// The first row of each key, until the watermark has passed it.
    mutating func dropDuplicates(_ rows: [OracleRow], _ keys: [String], _ number: Int) -> [OracleRow] {
        var first: [[Scalar]: Int64] = [:]
        return rows.filter { row in
            if isLate(row) {
                drop(row, .late, number)
                return false
            }
            let key = key(row, keys)
            if let time = first[key], row.watermark.map({ time >= $0 }) ?? true {
                drop(row, .duplicate, number)
                return false
            }
            first[key] = row.time
            return true
        }
    }

    /// The last row of each key, until the watermark has passed it.
    mutating func keepLast(_ rows: [OracleRow], _ selection: LastRows, _ number: Int) -> [OracleRow] {
        var last: [[Scalar]: OracleRow] = [:]
        var result: [OracleRow] = []
        for row in rows {
            if isLate(row) {
                drop(row, .late, number)
                continue
            }
            let key = key(row, selection.keys)
            if let current = last[key] {
                if let watermark = row.watermark, current.time < watermark {
                    if !selection.givesUpdates { result.append(current) }
                } else if row.isOlder(than: current) {
                    drop(row, .duplicate, number)
                    continue
                } else if !selection.givesUpdates {
                    drop(current, .duplicate, number)
                }
            }
            last[key] = row
            if selection.givesUpdates { result.append(row) }
        }
        return selection.givesUpdates ? result : result + last.values
    }

    /// Rows by the windows that were open when they came; those without one are late.
    private mutating func windowed(
        _ rows: [OracleRow], _ window: WindowSpecification, _ number: Int
    ) throws -> [(window: OracleWindows.Window, row: OracleRow)] {
        var result: [(window: OracleWindows.Window, row: OracleRow)] = []
        for row in rows {
            let open = try OracleWindows.containing(row.time, window).filter { bounds in
                guard let watermark = row.watermark, bounds.end != .max else { return true }
                return watermark < bounds.end + window.allowedLateness
            }
            if open.isEmpty { drop(row, .late, number) }
            result += open.map { ($0, row) }
        }
        return result
    }

    /// Rows by window and key.
    private mutating func groups(
        _ rows: [OracleRow], _ window: WindowSpecification, _ number: Int, _ key: (OracleRow) throws -> [Scalar]
    ) throws -> [(window: OracleWindows.Window, key: [Scalar], rows: [OracleRow])] {
        if case .session(let gap) = window.kind {
            var byKey: [[Scalar]: [OracleRow]] = [:]
            for row in rows {
                if isLate(row, lateness: window.allowedLateness) {
                    drop(row, .late, number)
                } else {
                    byKey[try key(row), default: []].append(row)
                }
            }
            return byKey.flatMap { key, rows in
                OracleWindows.sessions(rows, gap: gap).map { (window: $0.window, key: key, rows: $0.rows) }
            }
        }
        struct Group: Hashable {
            var window: OracleWindows.Window
            var key: [Scalar]
        }
        var groups: [Group: [OracleRow]] = [:]
        for (window, row) in try windowed(rows, window, number) {
            groups[Group(window: window, key: try key(row)), default: []].append(row)
        }
        return groups.map { ($0.key.window, $0.key.key, $0.value) }
    }

    private func bounds(_ window: OracleWindows.Window) -> [String: Scalar] {
        [
            WindowedAggregation.windowStart: .timestamp(window.start),
            WindowedAggregation.windowEnd: .timestamp(window.end),
        ]
    }

    mutating func aggregate(
        _ rows: [OracleRow], _ aggregation: WindowedAggregation, _ number: Int
    ) throws -> [OracleRow] {
        let groups = try groups(rows, aggregation.window, number) { row in
            try aggregation.keys.map { try OracleExpression.value($0.expression, row.values) }
        }
        return try groups.map { window, key, rows in
            var values = bounds(window)
            for (projection, value) in zip(aggregation.keys, key) { values[projection.name] = value }
            for aggregate in aggregation.aggregates { values[aggregate.name] = try value(aggregate, rows) }
            return OracleRow(values: try Self.project(aggregation.outputs, values), time: window.end - 1)
        }
    }

    private func value(_ aggregate: WindowedAggregation.Aggregate, _ rows: [OracleRow]) throws -> Scalar {
        guard let argument = aggregate.arguments.first else { return .int64(Int64(rows.count)) }
        let pairs = try rows.map { ($0, try OracleExpression.value(argument, $0.values)) }.filter { $0.1 != .null }
        let values = pairs.map(\.1)
        switch aggregate.function.name {
        case "count": return .int64(Int64(values.count))
        case "countDistinct": return .int64(Int64(Set(values).count))
        case "min": return values.min(by: OracleExpression.isLess) ?? .null
        case "max": return values.max(by: OracleExpression.isLess) ?? .null
        case "first": return pairs.min { $0.0.isOlder(than: $1.0) }?.1 ?? .null
        case "last": return pairs.max { $0.0.isOlder(than: $1.0) }?.1 ?? .null
        case "sum":
            if values.isEmpty { return .null }
            return .int64(
                try values.reduce(0) { sum, value in
                    guard case .int64(let value) = value else { throw NoOracle(reason: "sum of \(value)") }
                    return sum + value
                })
        default: throw NoOracle(reason: "aggregate \(aggregate.function.name)")
        }
    }

    mutating func top(_ rows: [OracleRow], _ ranking: Ranking, _ number: Int) throws -> [OracleRow] {
        let keys = ranking.keys
        return try groups(rows, ranking.window, number) { row in keys.map { row.values[$0] ?? .null } }.flatMap {
            window, _, rows in
            let ordered = try rows.map { row in
                (row, try ranking.order.map { try OracleExpression.value($0.expression, row.values) })
            }.sorted { left, right in
                for (index, order) in ranking.order.enumerated() where left.1[index] != right.1[index] {
                    let isLess = OracleExpression.isLess(left.1[index], right.1[index])
                    return order.direction == .ascending ? isLess : !isLess
                }
                return left.0.isOlder(than: right.0)
            }
            return try ordered.prefix(ranking.limit).enumerated().map { rank, pair in
                var values = pair.0.values.merging(bounds(window)) { $1 }
                values[Ranking.rank] = .int64(Int64(rank + 1))
                return OracleRow(values: try Self.project(ranking.outputs, values), time: window.end - 1)
            }
        }
    }
}
