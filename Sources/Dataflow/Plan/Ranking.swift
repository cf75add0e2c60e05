import Columnar

/// Gives the first rows of each key and window by an order.
public struct Ranking: Hashable, Sendable {
    /// The name of the column that the rank, from 1, gives to `outputs`.
    public static let rank = "__rank"
    public var window: WindowSpecification
    /// The columns of the input that are ranked apart; none: all rows of a window together.
    public var keys: [String]
    /// What orders rows; the first decides, then the second, and so on.
    public var order: [Order]
    /// How many rows a key and window gives at most.
    public var limit: Int
    /// Where the input is a changelog: the columns by which one of its rows replaces another. The keys are among them.
    public var identity: [String]
    /// The result's columns, over those of the input, the window's bounds and the rank, by their names.
    public var outputs: [Projection]

    public init(
        window: WindowSpecification, keys: [String], order: [Order], limit: Int, identity: [String] = [],
        outputs: [Projection]
    ) {
        self.window = window
        self.keys = keys
        self.order = order
        self.limit = limit
        self.identity = identity
        self.outputs = outputs
    }

    /// One expression that orders rows.
    public struct Order: Hashable, Sendable {
        public var expression: Expression
        public var direction: SortDirection

        public init(_ expression: Expression, _ direction: SortDirection) {
            self.expression = expression
            self.direction = direction
        }
    }

    /// Whether a later row of the result may replace or take away an earlier one.
    var givesChangelog: Bool { window.givesChangelog }

    /// The most rows that a key may give.
    public static let largestLimit = 100_000

    func check(isOfChangelog: Bool) throws(PlanError) {
        guard (1...Self.largestLimit).contains(limit) else {
            throw PlanError("top(\(limit)) is not possible: give 1 to \(Self.largestLimit) rows")
        }
        guard !order.isEmpty else {
            throw PlanError("top(\(limit)) has no order: say by which columns rows are ranked")
        }
        guard window.timeToLive == nil else {
            throw PlanError(
                "top(\(limit)) has no time to live: give one to the aggregation before it, whose deletions it takes")
        }
        guard isOfChangelog else { return }
        guard window.kind == .global else {
            throw PlanError(
                "top(\(limit)) ranks rows by window that may be replaced or taken away later: let the aggregation before "
                    + "it emit on close, or rank over all time")
        }
        guard !identity.isEmpty, Set(keys).isSubset(of: identity) else {
            throw PlanError(
                "top(\(limit)) ranks rows that may be replaced or taken away later: say with identifiedBy which columns "
                    + "make a row the same, those that it is ranked per among them")
        }
    }
}

/// Keeps the last row of each key within the watermark.
public struct LastRows: Hashable, Sendable {
    /// Columns of the input.
    public var keys: [String]
    /// Whether a row is given at once and replaced by later ones, instead of once when it is final.
    public var givesUpdates: Bool

    public init(keys: [String], givesUpdates: Bool) {
        self.keys = keys
        self.givesUpdates = givesUpdates
    }
}

extension WindowSpecification {
    /// The columns of a window's bounds, for what is computed of its rows; one over all time has none.
    var boundFields: [Field] {
        kind == .global
            ? [] : [WindowedAggregation.windowStart, WindowedAggregation.windowEnd].map { Field($0, .timestamp) }
    }
}

extension RecordSchema {
    /// The position of a column.
    /// - Throws: `BindingError` that names the nearest one when there is none.
    func position(of name: String) throws -> Int {
        _ = try Expression.column(name).bound(to: self)
        return index(of: name) ?? 0
    }
}
