import Columnar

/// A windowed aggregation bound to the schema of its input: how keys and arguments come from rows, and rows from groups.
struct BoundAggregation {
    let outputSchema: RecordSchema
    let keyTypes: [DataType]
    /// One for each aggregate, over no groups.
    let accumulators: [Accumulator]
    private let keys: [BoundExpression]
    private let arguments: [[BoundExpression]]
    private let outputs: [BoundExpression]
    /// The columns that `outputs` are computed from: keys, bounds (but for one over all time), aggregates.
    private let resultSchema: RecordSchema
    private let hasBounds: Bool
    /// Whether rows say that they are final, so that each group of a window has to be given when that is so.
    let marksFinal: Bool

    /// - Throws: `PlanError` or `BindingError` when the aggregation does not fit the input.
    init(_ aggregation: WindowedAggregation, input: RecordSchema) throws {
        let keys = try aggregation.keys.map { try $0.expression.bound(to: input) }
        let arguments = try aggregation.aggregates.map { try $0.arguments.map { try $0.bound(to: input) } }
        let accumulators = try aggregation.aggregates.map { try $0.accumulator(over: input) }
        hasBounds = aggregation.window.kind != .global
        let keyFields = zip(aggregation.keys, keys).map { Field($0.name, $1.type, isNullable: $1.isNullable) }
        let bounds =
            aggregation.window.boundFields + (hasBounds ? [Field(WindowedAggregation.windowIsFinal, .bool)] : [])
        marksFinal = aggregation.outputs.contains {
            $0.expression.columns.contains(WindowedAggregation.windowIsFinal)
        }
        let values = zip(zip(aggregation.aggregates, arguments), accumulators).map { aggregate, accumulator in
            Field(
                aggregate.0.name, accumulator.resultType,
                isNullable: accumulator.canBeNull(ofNullable: aggregate.1.contains { $0.isNullable }))
        }
        let resultSchema = RecordSchema(keyFields + bounds + values)
        outputs = try aggregation.outputs.map { try $0.expression.bound(to: resultSchema) }
        outputSchema = RecordSchema(try aggregation.outputs.map { try $0.field(over: resultSchema) })
        self.keys = keys
        keyTypes = keys.map(\.type)
        self.arguments = arguments
        self.accumulators = accumulators
        self.resultSchema = resultSchema
    }

    /// What the rows of a batch are grouped by, and what is aggregated.
    struct Inputs {
        var keys: [ColumnVector]
        var hashes: [UInt64]
        /// The columns of each aggregate; all columns have a value for each row.
        var arguments: [[ColumnVector]]

        /// The columns of an aggregate for some rows.
        /// - Parameter rows: nil for all of them.
        func arguments(of aggregate: Int, rows: [Int32]?) -> [ColumnVector] {
            guard let rows else { return arguments[aggregate] }
            return arguments[aggregate].map { $0.taking(rows) }
        }
    }

    func inputs(_ batch: RecordBatch) -> Inputs {
        let columns = keys.map { $0.evaluate(batch) }
        let arguments = zip(accumulators, arguments).map { accumulator, arguments in
            arguments.map { $0.evaluate(batch) }
                + (accumulator.function.definition.isOrdered ? batch.orderColumns : [])
        }
        return Inputs(keys: columns, hashes: rowHashes(columns, count: batch.count), arguments: arguments)
    }

    /// The rows of the result. Their event time is the last instant of their window, and nothing makes them late: what
    /// takes them has seen no further than their operator.
    /// - Parameters:
    ///   - keys: a column for each key; `values` one for each aggregate.
    ///   - windows: of each row; `isFinal` whether no later row follows for it.
    func rows(
        keys: [ColumnVector], windows: [TimeWindow], isFinal: [Bool], values: [ColumnVector],
        deletions: Bitmap? = nil
    ) -> RecordBatch {
        let count = windows.count
        let ends = windows.map(\.end)
        let bounds =
            hasBounds
            ? [windows.map(\.start), ends].map { ColumnVector(.timestamp, .int64($0)) }
                + [ColumnVector(.bool, .bool(isFinal))] : []
        let batch = RecordBatch(schema: resultSchema, columns: keys + bounds + values, count: count)
        let times = RowTimes(
            eventTimes: ends.map { $0.saturatingSubtract(1) }, watermarks: [Int64](repeating: .min, count: count))
        return RecordBatch(
            schema: outputSchema, columns: outputs.map { $0.evaluate(batch) }, count: count,
            times: hasBounds ? times : nil, deletions: deletions)
    }
}

extension BoundAggregation {
    /// The columns of a snapshot: the keys' hash, those of the operator, the keys, then the aggregates' state.
    func stateSchema(_ own: [Field]) -> RecordSchema {
        let keys = zip(stateKeys, keyTypes).map { Field($0, $1, isNullable: true) }
        let states = accumulators.enumerated().flatMap { index, accumulator in
            accumulator.state().enumerated().map { Field("state_\(index)_\($0)", $1.type, isNullable: true) }
        }
        return RecordSchema([Field(StateSnapshot.shardColumn, .int64)] + own + keys + states)
    }

    /// The parts of a snapshot's rows that a shard owns.
    struct State {
        var hashes: [UInt64]
        var own: [ColumnVector]
        var keys: [ColumnVector]
        /// The state columns of each aggregate.
        var accumulators: [[ColumnVector]]
    }

    /// The names of the keys in a snapshot.
    var stateKeys: [String] { keyTypes.indices.map { "key_\($0)" } }

    /// Takes a batch of `schema` (see `stateSchema`) apart; nil when the shard owns none of its rows.
    /// - Throws: `PlanError` for a batch of another schema.
    func state(_ batch: RecordBatch, schema: RecordSchema, shard: Shard) throws -> State? {
        guard batch.schema == schema else { throw PlanError("window state of another shape") }
        let owned = batch.rows(ownedBy: shard)
        return owned.count > 0 ? state(owned.columns) : nil
    }

    /// Takes columns apart that are those of a snapshot.
    func state(_ columns: [ColumnVector]) -> State {
        guard case .int64(let hashes) = columns[0].values else { preconditionFailure("state without hashes") }
        let widths = accumulators.map { $0.state().count }
        let firstState = columns.count - widths.reduce(0, +)
        let firstKey = firstState - keyTypes.count
        var next = firstState
        let states = widths.map { width in
            defer { next += width }
            return Array(columns[next..<next + width])
        }
        return State(
            hashes: hashes.map { UInt64(bitPattern: $0) }, own: Array(columns[1..<firstKey]),
            keys: Array(columns[firstKey..<firstState]), accumulators: states)
    }
}

extension WindowedAggregation.Aggregate {
    /// The state of the aggregate, over no groups.
    /// - Throws: `BindingError` when its arguments do not fit the input or the function.
    public func accumulator(over input: RecordSchema) throws(BindingError) -> Accumulator {
        var types: [DataType] = []
        for argument in arguments { types.append(try argument.bound(to: input).type) }
        return try Accumulator(function, arguments: types, texts: arguments.map { "\($0)" })
    }
}

extension RecordBatch {
    /// What says which of two rows is earlier, for ordered aggregates: event time, partition and offset. Rows that an
    /// operator computed have no origin; their times alone order them.
    fileprivate var orderColumns: [ColumnVector] {
        [
            ColumnVector(.timestamp, .int64(times?.eventTimes ?? [Int64](repeating: 0, count: count))),
            ColumnVector(.int32, .int32(origin?.partitions ?? [Int32](repeating: 0, count: count))),
            ColumnVector(.int64, .int64(origin?.offsets ?? [Int64](repeating: 0, count: count))),
        ]
    }
}
