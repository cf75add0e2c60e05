import Columnar
import Dataflow

extension BatchOracle {
    /// Pairs of rows, tried one by one.
    mutating func join(
        _ left: [OracleRow], _ right: [OracleRow], _ join: JoinSpecification, _ number: Int
    ) throws -> [OracleRow] {
        switch join.match {
        case .interval(let lower, let upper):
            let sides = [onTime(left, number), onTime(right, number)]
            return try pairs(sides[0], sides[1], join, window: nil) { left, right in
                left.time + lower <= right.time && right.time <= left.time + upper
            }
        case .window(let window):
            let sides = try [byWindow(left, window, number), byWindow(right, window, number)]
            return try Set(sides[0].keys).union(sides[1].keys).flatMap { bounds in
                try pairs(sides[0][bounds] ?? [], sides[1][bounds] ?? [], join, window: bounds) { _, _ in true }
            }
        case .version(let deletedWhere):
            guard deletedWhere == nil, join.condition == nil else { throw NoOracle(reason: "deleted versions") }
            return try versions(onTime(left, number), onTime(right, number), join)
        }
    }

    private mutating func onTime(_ rows: [OracleRow], _ number: Int) -> [OracleRow] {
        rows.filter { row in
            guard let watermark = row.watermark, row.time < watermark else { return true }
            drop(row, .late, number)
            return false
        }
    }

    private mutating func byWindow(
        _ rows: [OracleRow], _ window: WindowSpecification, _ number: Int
    ) throws -> [OracleWindows.Window: [OracleRow]] {
        var result: [OracleWindows.Window: [OracleRow]] = [:]
        for row in rows {
            let open = try OracleWindows.containing(row.time, window).filter {
                row.watermark.map { [end = $0.end] in $0 < end + window.allowedLateness } ?? true
            }
            if open.isEmpty { drop(row, .late, number) }
            for bounds in open { result[bounds, default: []].append(row) }
        }
        return result
    }

    /// Nil when one is null: it equals nothing.
    private func keys(_ row: OracleRow, _ join: JoinSpecification, isLeft: Bool) throws -> [Scalar]? {
        let values = values(isLeft ? row : nil, isLeft ? nil : row, nil, [])
        let keys = try join.keys.map { try OracleExpression.value(isLeft ? $0.left : $0.right, values) }
        return keys.contains(.null) ? nil : keys
    }

    private func pairs(
        _ left: [OracleRow], _ right: [OracleRow], _ join: JoinSpecification, window: OracleWindows.Window?,
        _ matches: (OracleRow, OracleRow) -> Bool
    ) throws -> [OracleRow] {
        let rightKeys = try right.map { try keys($0, join, isLeft: false) }
        var isMatched = [Bool](repeating: false, count: right.count)
        var result: [OracleRow] = []
        for row in left {
            let key = try keys(row, join, isLeft: true)
            var hasMatch = false
            for (index, other) in right.enumerated() where key != nil && rightKeys[index] == key && matches(row, other)
            {
                if let condition = join.condition,
                    try OracleExpression.value(condition, values(row, other, window, condition.columns)) != .bool(true)
                {
                    continue
                }
                hasMatch = true
                isMatched[index] = true
                result.append(try joined(row, other, join, window))
            }
            if !hasMatch, join.kind == .left || join.kind == .full { result.append(try joined(row, nil, join, window)) }
        }
        if join.kind == .right || join.kind == .full {
            for (row, isMatched) in zip(right, isMatched) where !isMatched {
                result.append(try joined(nil, row, join, window))
            }
        }
        return result
    }

    private func joined(
        _ left: OracleRow?, _ right: OracleRow?, _ join: JoinSpecification, _ window: OracleWindows.Window?
    ) throws -> OracleRow {
        let columns = join.outputs.reduce(into: Set<String>()) { $0.formUnion($1.expression.columns) }
        return OracleRow(
            values: try Self.project(join.outputs, values(left, right, window, columns)),
            time: max(left?.time ?? .min, right?.time ?? .min))
    }

    /// The columns of both sides by their prefixed names; those of a side that is missing are null.
    private func values(
        _ left: OracleRow?, _ right: OracleRow?, _ window: OracleWindows.Window?, _ columns: Set<String>
    ) -> [String: Scalar] {
        var values = Dictionary(uniqueKeysWithValues: columns.map { ($0, Scalar.null) })
        for (name, value) in left?.values ?? [:] { values[JoinSpecification.leftPrefix + name] = value }
        for (name, value) in right?.values ?? [:] { values[JoinSpecification.rightPrefix + name] = value }
        if let window {
            values[WindowedAggregation.windowStart] = .timestamp(window.start)
            values[WindowedAggregation.windowEnd] = .timestamp(window.end)
        }
        return values
    }

    private func versions(
        _ left: [OracleRow], _ right: [OracleRow], _ join: JoinSpecification
    ) throws -> [OracleRow] {
        try left.compactMap { row in
            let key = try keys(row, join, isLeft: true)
            let valid = try right.filter { other in
                guard let key, other.time <= row.time else { return false }
                return try keys(other, join, isLeft: false) == key
            }.max { $0.isOlder(than: $1) }
            if valid == nil, join.kind == .inner { return nil }
            return try joined(row, valid, join, nil)
        }
    }
}
