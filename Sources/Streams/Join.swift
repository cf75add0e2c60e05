import Columnar
import Dataflow

/// Which rows without a match a join gives, with nulls for the other side: its columns can then be null, whatever their
/// declaration says, and the result's columns that take them are optional.
public enum JoinKind: Sendable {
    /// None.
    case inner
    /// Those of the left stream, on which `join` is called.
    case left
    /// Those of the right stream.
    case right
    /// Those of both.
    case full

    var kind: JoinSpecification.Kind {
        switch self {
        case .inner: .inner
        case .left: .left
        case .right: .right
        case .full: .full
        }
    }
}

/// Which rows without a match a join with versions gives.
public enum VersionJoinKind: Sendable {
    /// None.
    case inner
    /// Those of the left stream, with nulls for the version.
    case left
}

/// How far apart the event times of two rows may be that a join puts together. Both bounds are included.
public struct JoinInterval: Sendable {
    let lower: Int64
    let upper: Int64

    /// The right row is from `lower` to `upper` after the left one; negative durations are before it.
    public static func between(_ lower: Duration, _ upper: Duration) -> JoinInterval {
        JoinInterval(lower: lower.microseconds, upper: upper.microseconds)
    }

    /// The right row comes with the left one or at most so much after it.
    public static func after(upTo limit: Duration) -> JoinInterval { between(.zero, limit) }

    /// The right row comes with the left one or at most so much before it.
    public static func before(upTo limit: Duration) -> JoinInterval { between(.zero - limit, .zero) }

    /// The rows are at most so far apart, whichever comes first.
    public static func around(_ distance: Duration) -> JoinInterval { between(.zero - distance, distance) }
}

extension EventTimeStream {
    /// Joins the rows of two streams that satisfy a condition and whose event times are close.
    ///
    ///     orders.join(
    ///         shipments, on: { $0.id == $1.orderID }, within: .after(upTo: .hours(4)), joinKind: .left,
    ///         into: Delivery.self
    ///     ) { order, shipment, row in
    ///         row.orderID.set(to: order.id)
    ///         row.shippedAt.set(to: shipment.shippedAt)  // optional: null for orders that were not shipped in time
    ///     }
    ///
    /// A pair's event time is the later of the two. A row without a match is given when event time has passed all that it
    /// could match. A row that is older than the watermark of its partition is late. A null equals nothing. Which pairs
    /// there are does not depend on how the streams interleave.
    /// - Parameter condition: at least one equality between the two sides, joined by `&&` with whatever else must hold.
    public func join<Other: Schema, Result: Schema>(
        _ other: EventTimeStream<Other>, on condition: (Row<S>, Row<Other>) -> Expr<Bool>,
        within interval: JoinInterval,
        joinKind: JoinKind = .inner, into result: Result.Type,
        _ build: (Row<S>, Row<Other>, SelectedRow<Result>) -> Void
    ) -> EventTimeStream<Result> {
        let (left, right) = joinedRows(S.self, Other.self)
        let outputs = OutputCollector()
        build(left, right, SelectedRow(outputs: outputs))
        let join = JoinParts(
            kind: joinKind.kind, match: .interval(lower: interval.lower, upper: interval.upper),
            condition: condition(left, right).expression, outputs: outputs)
        let joined = builder.join(S.self, Other.self, into: result, join, after: [step, other.step])
        return EventTimeStream<Result>(builder: builder, step: joined)
    }

    /// Joins each row with the version of its key that was valid at the row's event time: the newest that is not younger
    /// than it (`ASOF JOIN`). The other stream holds the versions, each valid from its event time on.
    ///
    ///     orders.join(
    ///         asOf: rates, on: { $0.currency == $1.currency }, deletedWhere: { $0.isDeleted }, into: Converted.self
    ///     ) { order, rate, row in … }
    ///
    /// A row is given when the event time of both streams has passed it, and keeps its event time. Of versions of one
    /// instant the one with the larger partition and offset counts. What is older than the watermark of its partition, row
    /// or version, is late.
    /// - Parameters:
    ///   - condition: as in the join within an interval; what is not an equality is asked of the valid version.
    ///   - deletion: of a version: that from its event time on there is none.
    public func join<Other: Schema, Result: Schema>(
        asOf versions: EventTimeStream<Other>, on condition: (Row<S>, Row<Other>) -> Expr<Bool>,
        deletedWhere deletion: ((Row<Other>) -> Expr<Bool>)? = nil, joinKind: VersionJoinKind = .inner,
        into result: Result.Type, _ build: (Row<S>, Row<Other>, SelectedRow<Result>) -> Void
    ) -> EventTimeStream<Result> {
        let (left, right) = joinedRows(S.self, Other.self)
        let outputs = OutputCollector()
        build(left, right, SelectedRow(outputs: outputs))
        let join = JoinParts(
            kind: joinKind == .left ? .left : .inner,
            match: .version(deletedWhere: deletion.map { $0(Row()).expression }),
            condition: condition(left, right).expression, outputs: outputs)
        let joined = builder.join(S.self, Other.self, into: result, join, after: [step, versions.step])
        return EventTimeStream<Result>(builder: builder, step: joined)
    }
}

extension WindowedStream {
    /// Joins the rows of two streams that are in one window and satisfy a condition. A window gives its rows when it
    /// closes; their event time is its last instant. The windows emit on close, and are not sessions.
    /// - Parameters:
    ///   - other: a stream whose rows are divided into the same windows.
    ///   - condition: at least one equality between the two sides, joined by `&&` with whatever else must hold.
    public func join<Other: Schema, Result: Schema>(
        _ other: EventTimeStream<Other>, on condition: (Row<S>, Row<Other>) -> Expr<Bool>, joinKind: JoinKind = .inner,
        into result: Result.Type, _ build: (Row<S>, Row<Other>, WindowBounds, SelectedRow<Result>) -> Void
    ) -> EventTimeStream<Result> {
        let (left, right) = joinedRows(S.self, Other.self)
        let outputs = OutputCollector()
        build(left, right, WindowBounds(), SelectedRow(outputs: outputs))
        let join = JoinParts(
            kind: joinKind.kind, match: .window(window), condition: condition(left, right).expression, outputs: outputs)
        let joined = builder.join(S.self, Other.self, into: result, join, after: [step, other.step])
        return EventTimeStream<Result>(builder: builder, step: joined)
    }
}

/// The rows of both sides as a join's closures see them.
private func joinedRows<Left: Schema, Right: Schema>(
    _ left: Left.Type, _ right: Right.Type
) -> (Row<Left>, Row<Right>) {
    (Row(prefix: JoinSpecification.leftPrefix), Row(prefix: JoinSpecification.rightPrefix))
}

/// What a topology says of a join, before it is known what of the condition is a key.
private struct JoinParts {
    var kind: JoinSpecification.Kind
    var match: JoinSpecification.Match
    var condition: Expression
    var outputs: OutputCollector
}

extension TopologyBuilder {
    fileprivate func join<Left: Schema, Right: Schema, Result: Schema>(
        _ left: Left.Type, _ right: Right.Type, into result: Result.Type, _ parts: JoinParts, after inputs: [Int]
    ) -> Int {
        var join = JoinSpecification(kind: parts.kind, keys: [], match: parts.match, outputs: [])
        for conjunct in parts.condition.conjuncts {
            if let key = conjunct.joinKey {
                join.keys.append(key)
            } else {
                join.condition = join.condition.map { .binary(.and, $0, conjunct) } ?? conjunct
            }
        }
        if join.keys.isEmpty {
            note(
                "a join needs an equality between its two sides, such as on: { $0.id == $1.id }; \(parts.condition) has none"
            )
        }
        var joined: RecordSchema?
        if let left = declaredSchema(of: left), let right = declaredSchema(of: right) {
            joined = join.joinedSchema([left, right])
        }
        if let joined {
            do { _ = try parts.condition.bound(to: joined) } catch { problems.append("\(error)") }
        }
        for field in declaredSchema(of: result)?.fields ?? [] {
            let output = setting(of: field, in: result, parts.outputs, place: "join(into:)")
            guard case .value(let expression) = output else { continue }
            if let projection = projection(expression, into: field, over: joined) { join.outputs.append(projection) }
        }
        return plan.add(.join(join), after: inputs)
    }
}

extension Expression {
    /// What must all be true for the condition to be.
    fileprivate var conjuncts: [Expression] {
        if case .binary(.and, let left, let right) = self { left.conjuncts + right.conjuncts } else { [self] }
    }

    /// The two sides of an equality between a left and a right row; nil for another condition.
    fileprivate var joinKey: JoinSpecification.Key? {
        guard case .binary(.equal, let first, let second) = self else { return nil }
        if first.isOf(JoinSpecification.leftPrefix), second.isOf(JoinSpecification.rightPrefix) {
            return JoinSpecification.Key(first, second)
        }
        if first.isOf(JoinSpecification.rightPrefix), second.isOf(JoinSpecification.leftPrefix) {
            return JoinSpecification.Key(second, first)
        }
        return nil
    }

    /// Whether the expression looks at columns of one side, and at no other.
    private func isOf(_ prefix: String) -> Bool { !columns.isEmpty && columns.allSatisfy { $0.hasPrefix(prefix) } }
}
