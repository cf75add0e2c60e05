import Columnar

/// A join bound to the schemas of its inputs: what rows are matched by, and how results come from two rows.
struct BoundJoin {
    let kind: JoinSpecification.Kind
    let outputSchema: RecordSchema
    let keyTypes: [DataType]
    /// By input: the positions of the columns that the condition and the outputs look at. Only these are kept.
    let kept: [[Int]]
    /// By input: the types of those columns.
    let keptTypes: [[DataType]]
    private let keys: [[BoundExpression]]
    private let condition: BoundExpression?
    private let outputs: [BoundExpression]
    /// Kept columns of the left, those of the right, then the bounds of the window if there is one.
    private let joinedSchema: RecordSchema

    /// - Throws: `PlanError` or `BindingError` when the join does not fit its inputs.
    init(_ join: JoinSpecification, inputs: [RecordSchema]) throws {
        guard inputs.count == 2 else { throw PlanError("a join has \(inputs.count) inputs; it takes two") }
        kind = join.kind
        keys = try Self.keys(join, inputs)
        keyTypes = keys[0].map(\.type)
        let all = join.joinedSchema(inputs)
        let sides = [
            Array(all.fields[..<inputs[0].fields.count]),
            Array(all.fields[inputs[0].fields.count..<inputs[0].fields.count + inputs[1].fields.count]),
        ]
        let bounds = join.boundFields
        // Bound to all columns first, so that an error names those that there are.
        outputSchema = RecordSchema(try join.outputs.map { try $0.field(over: all) })
        if let condition = join.condition {
            let type = try condition.bound(to: all).type
            guard type == .bool else { throw PlanError("a join needs a condition, and \(condition) is \(type)") }
        }
        let used = (join.outputs.map(\.expression) + [join.condition].compactMap { $0 })
            .reduce(into: Set<String>()) { $0.formUnion($1.columns) }
        kept = sides.map { side in side.indices.filter { used.contains(side[$0].name) } }
        keptTypes = zip(sides, kept).map { side, kept in kept.map { side[$0].type } }
        let joined = RecordSchema(zip(sides, kept).flatMap { side, kept in kept.map { side[$0] } } + bounds)
        condition = try join.condition?.bound(to: joined)
        outputs = try join.outputs.map { try $0.expression.bound(to: joined) }
        joinedSchema = joined
    }

    /// What the rows of each input are matched by, in a common type.
    static func keys(_ join: JoinSpecification, _ inputs: [RecordSchema]) throws -> [[BoundExpression]] {
        guard !join.keys.isEmpty else { throw PlanError("a join needs at least one key that is equal on both sides") }
        let sides = zip(JoinSpecification.prefixes, inputs).map { RecordSchema($1.side($0, isNullable: false)) }
        var keys: [[BoundExpression]] = [[], []]
        for key in join.keys {
            let types = [try key.left.bound(to: sides[0]).type, try key.right.bound(to: sides[1]).type]
            guard let common = DataType.common(types[0], types[1]) else {
                throw PlanError(
                    "a join compares \(key.left), which is \(types[0]), with \(key.right), which is \(types[1]): cast one "
                        + "of them")
            }
            for (port, side) in [key.left, key.right].enumerated() {
                let cast = types[port] == common ? side : .cast(side, to: common)
                keys[port].append(try cast.bound(to: sides[port]))
            }
        }
        return keys
    }

    /// What the rows of a batch are matched by.
    struct Keys {
        var columns: [ColumnVector]
        var hashes: [UInt64]

        /// Divides rows into those that can match and those with a null in their key.
        func split(_ rows: [Int32]) -> (known: [Int32], null: [Int32]) {
            let validities = columns.compactMap(\.validity)
            guard !validities.isEmpty else { return (rows, []) }
            var split: (known: [Int32], null: [Int32]) = ([], [])
            for row in rows {
                if validities.allSatisfy({ $0[Int(row)] }) { split.known.append(row) } else { split.null.append(row) }
            }
            return split
        }
    }

    func keys(_ batch: RecordBatch, port: Int) -> Keys {
        let columns = keys[port].map { $0.evaluate(batch) }
        return Keys(columns: columns, hashes: rowHashes(columns, count: batch.count))
    }

    /// The columns of a batch that are kept.
    func keptColumns(_ batch: RecordBatch, port: Int) -> [ColumnVector] { kept[port].map { batch.columns[$0] } }
}

extension BoundJoin {
    /// Two rows side by side, many times: kept columns.
    func joined(left: [ColumnVector], right: [ColumnVector], count: Int, window: TimeWindow? = nil) -> RecordBatch {
        let bounds = window.map { window in
            [window.start, window.end].map {
                ColumnVector(.timestamp, .int64([Int64](repeating: $0, count: count)))
            }
        }
        return RecordBatch(schema: joinedSchema, columns: left + right + (bounds ?? []), count: count)
    }

    /// The positions of the pairs that satisfy the condition; nil when all do.
    func satisfying(_ joined: RecordBatch) -> [Int32]? {
        guard let condition else { return nil }
        let rows = condition.selection(joined)
        return rows.count == joined.count ? nil : rows
    }

    /// The rows of the result.
    func result(_ joined: RecordBatch, _ times: RowTimes) -> RecordBatch {
        RecordBatch(
            schema: outputSchema, columns: outputs.map { $0.evaluate(joined) }, count: joined.count, times: times)
    }

    /// Rows without a match.
    /// - Parameter columns: the kept ones of their side.
    func unmatched(_ columns: [ColumnVector], port: Int, _ times: RowTimes, window: TimeWindow? = nil) -> RecordBatch {
        let count = times.eventTimes.count
        let nulls = keptTypes[1 - port].map { ColumnVector($0, repeating: .null, count: count) }
        let joined =
            port == 0
            ? self.joined(left: columns, right: nulls, count: count, window: window)
            : self.joined(left: nulls, right: columns, count: count, window: window)
        return result(joined, times)
    }
}

extension JoinSpecification {
    fileprivate static let prefixes = [leftPrefix, rightPrefix]

    /// What `condition` and `outputs` can look at.
    /// - Parameter inputs: the schemas of the left and the right.
    public func joinedSchema(_ inputs: [RecordSchema]) -> RecordSchema {
        let sides = inputs.enumerated().flatMap { port, input in
            input.side(Self.prefixes[port], isNullable: kind.keeps(1 - port))
        }
        return RecordSchema(sides + boundFields)
    }

    fileprivate var boundFields: [Field] {
        guard case .window = match else { return [] }
        return [WindowedAggregation.windowStart, WindowedAggregation.windowEnd].map { Field($0, .timestamp) }
    }
}

extension RecordSchema {
    /// The fields of one side of a join.
    fileprivate func side(_ prefix: String, isNullable: Bool) -> [Field] {
        fields.map { Field(prefix + $0.name, $0.type, isNullable: $0.isNullable || isNullable) }
    }
}

extension RowTimes {
    func taking(_ rows: [Int32]) -> RowTimes {
        RowTimes(eventTimes: rows.map { eventTimes[Int($0)] }, watermarks: rows.map { watermarks[Int($0)] })
    }
}

extension [Int32] {
    /// Divides rows by the stretch of time that they are in; those of a stretch stay in their order.
    /// - Parameter stretch: that holds a time. It is asked again only when a row is not in that of the row before it.
    func divided(by times: [Int64], _ stretch: (Int64) -> TimeWindow) -> [(start: Int64, rows: [Int32])] {
        var parts: [(start: Int64, rows: [Int32])] = []
        var places: [Int64: Int] = [:]
        var current = TimeWindow(start: 0, end: 0)
        var place = 0
        for row in self {
            let time = times[Int(row)]
            if !current.contains(time) {
                current = stretch(time)
                place = places[current.start] ?? parts.count
                if place == parts.count {
                    places[current.start] = place
                    parts.append((current.start, []))
                }
            }
            parts[place].rows.append(row)
        }
        return parts
    }
}
