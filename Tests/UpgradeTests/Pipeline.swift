import Columnar
import Dataflow
import TestSupport

/// A purchase, as a record holds it; old contracts do not ask for all of it.
struct Purchase {
    var id: String
    var customer: String
    var amount: Int64
    var category: String?
    var region: String?
    var second: Int64
    var partition: Int32

    var json: String {
        #"{"id":"\#(id)","customer":"\#(customer)","amount":\#(amount),"category":\#(text(category)),"#
            + #""region":\#(text(region)),"at":\#(second)}"#
    }

    private func text(_ value: String?) -> String { value.map { "\"\($0)\"" } ?? "null" }
}

/// A plan with one aggregation, by knobs: what an author of a topology may change between two versions.
struct Pipeline {
    /// Columns of the contract beside those that everything needs.
    var hasRegion = false
    var hasCategory = true
    var amountType = DataType.int64
    var topic = "purchases"
    var deadLetters: String? = "dead"
    var delay: Int64 = 10
    var filter: Filter? = .notVoid
    var filterName: String?
    var isFilterFirst = false
    var duplicates: [String]? = ["id"]
    /// What the amount is in a select before the aggregation; nil: there is none.
    var amount: Expression?
    /// What the columns are called behind the select.
    var customer = "customer"
    var customerValue = Expression.column("customer")
    var window = WindowSpecification(size: 60_000_000, slide: 60_000_000)
    var keys = ["customer"]
    var aggregates: [Aggregate] = [.count, .sum, .max]
    var aggregateName: String?
    /// The table of the results, and whether its name is another.
    var table = "gold.totals"
    var mergeKeys: [String] = ["customer", "start"]
    /// A table of the rows before the aggregation.
    var rawTable: String?
    /// A second source whose rows join in.
    var otherTopic: String?

    enum Filter {
        case notVoid, large

        var expression: Expression {
            switch self {
            case .notVoid:
                .binary(
                    .notEqual, .coalesce([.column("category"), .literal(.string(""), .string)]),
                    .literal(.string("void"), .string))
            case .large: .binary(.greater, .column("amount"), .literal(.int64(30), .int64))
            }
        }

        func keeps(_ purchase: Purchase) -> Bool {
            switch self {
            case .notVoid: purchase.category != "void"
            case .large: purchase.amount > 30
            }
        }
    }

    struct Aggregate: Equatable {
        var name: String
        var function: AggregateFunction
        var isOfAmount = true
        var type = DataType.int64

        static let count = Aggregate(name: "purchases", function: .count, isOfAmount: false)
        static let sum = Aggregate(name: "total", function: .sum)
        static let max = Aggregate(name: "largest", function: .max)

        func named(_ name: String) -> Self {
            var aggregate = self
            aggregate.name = name
            return aggregate
        }

        func value(of amounts: [Int64]) -> Int64 {
            switch function.name {
            case "count": Int64(amounts.count)
            case "sum": amounts.reduce(0, +)
            default: amounts.max() ?? 0
            }
        }
    }

    func with(_ change: (inout Self) -> Void) -> Self {
        var copy = self
        change(&copy)
        return copy
    }

    var contract: ContractDescription {
        var columns: [ContractDescription.Column] = [
            .init(Field("id", .string)), .init(Field("customer", .string)), .init(Field("amount", amountType)),
            .init(Field("at", .timestamp), timestampFormat: .epochSeconds),
        ]
        if hasCategory { columns.insert(.init(Field("category", .string, isNullable: true)), at: 1) }
        if hasRegion { columns.insert(.init(Field("region", .string, isNullable: true)), at: 0) }
        return ContractDescription(name: "Purchase", columns: columns)
    }

    var plan: LogicalPlan {
        var plan = LogicalPlan(name: "totals")
        var step = plan.add(.read(SourceDescription(topic: topic, contract: contract, deadLetterTopic: deadLetters)))
        if let otherTopic {
            let other = plan.add(.read(SourceDescription(topic: otherTopic, contract: contract)))
            step = plan.add(.union, after: [step, other])
        }
        step = plan.add(.withWatermark(column: "at", delayMicroseconds: delay * 1_000_000), after: [step])
        if isFilterFirst { addFilter(&plan, &step) }
        if let duplicates { step = plan.add(.dropDuplicates(keys: duplicates), after: [step]) }
        if !isFilterFirst { addFilter(&plan, &step) }
        if let rawTable {
            _ = plan.add(.write(SinkDescription(table: rawTable, mode: .append(partitionedBy: []))), after: [step])
        }
        if let amount {
            step = plan.add(
                .select([
                    Projection(customer, customerValue), Projection("amount", amount), Projection("at", .column("at")),
                ]), after: [step])
        }
        step = plan.add(.aggregate(aggregation), after: [step])
        plan.steps[step].name = aggregateName
        _ = plan.add(.write(SinkDescription(table: table, mode: .merge(keys: mergeKeys))), after: [step])
        return plan
    }

    private func addFilter(_ plan: inout LogicalPlan, _ step: inout Int) {
        guard let filter else { return }
        step = plan.add(.filter(filter.expression), after: [step])
        plan.steps[step].name = filterName
    }

    private var aggregation: WindowedAggregation {
        WindowedAggregation(
            window: window, keys: keys.map { Projection($0, .column($0)) },
            aggregates: aggregates.map {
                .init("__\($0.name)", $0.function, of: $0.isOfAmount ? .column("amount") : nil)
            },
            outputs: keys.map { Projection($0, .column($0)) }
                + [Projection("start", .column(WindowedAggregation.windowStart))]
                + aggregates.map { Projection($0.name, .cast(.column("__\($0.name)"), to: $0.type)) })
    }
}

/// What a pipeline must give when one version of it read the first purchases and another the rest: purchase by purchase,
/// with no batches, state or watermarks of operators. Purchases are never so late that it matters.
struct PipelineOracle {
    let before: Pipeline
    let after: Pipeline
    let purchases: [Purchase]
    /// Purchases that the first version reads.
    let cut: Int

    /// The rows of the tables, as `TopologyDriver` prints them.
    var tables: [String: [String]] {
        var seen: Set<String> = []
        var groups: [[String]: [Int64]] = [:]
        var raw: [String: Int] = [:]
        for (index, purchase) in purchases.enumerated() {
            let version = index < cut ? before : after
            if version.filter?.keeps(purchase) == false, version.isFilterFirst { continue }
            if version.duplicates != nil, !seen.insert(purchase.id).inserted { continue }
            if version.filter?.keeps(purchase) == false { continue }
            if let table = version.rawTable { raw[table, default: 0] += 1 }
            groups[[purchase.customer, "\(purchase.second / size * size)"], default: []].append(purchase.amount)
        }
        var tables: [String: [String]] = [before.table: []]
        tables[after.table] = []
        for (key, amounts) in groups {
            let start = Int64(key[1]) ?? 0
            // The results that were given before keep what they were.
            let version = start + size <= watermarkAtCut ? before : after
            tables[version.table, default: []].append(row(version, key[0], start, amounts))
        }
        for (table, count) in raw { tables[table] = (0..<count).map { "\($0)" } }
        return tables.mapValues { $0.sorted() }
    }

    private var size: Int64 {
        if case .hopping(let size, _) = after.window.kind { size / 1_000_000 } else { 60 }
    }

    private var watermarkAtCut: Int64 {
        let read = purchases[..<cut]
        let newest = [0, 1].map { partition in
            read.filter { $0.partition == Int32(partition) }.map(\.second).max() ?? 0
        }
        return newest[0] < newest[1] ? newest[0] - before.delay : newest[1] - before.delay
    }

    private func row(_ version: Pipeline, _ customer: String, _ start: Int64, _ amounts: [Int64]) -> String {
        // The table has the columns of the newest version, in its order.
        let shown = version.table == after.table ? after : version
        let values = shown.aggregates.map { aggregate -> String in
            let isKnown = version.aggregates.contains(aggregate)
            return "\(aggregate.name)=\(isKnown ? "\(aggregate.value(of: amounts))" : "null")"
        }
        let name = shown.keys[0]
        return "\(name)=\(customer) start=\(start * 1_000_000) \(values.joined(separator: " "))"
    }

    /// Purchases of two partitions over ten minutes, out of order by less than the delay; some come twice.
    static func purchases(seed: UInt64, count: Int = 150) -> [Purchase] {
        var random = SplitMix(state: seed)
        var purchases: [Purchase] = []
        for index in 0..<count {
            let customer = Int.random(in: 0..<5, using: &random)
            let purchase = Purchase(
                id: "p\(index)", customer: "c\(customer)", amount: Int64.random(in: 0..<100, using: &random),
                category: [nil, "food", "void"][Int.random(in: 0..<3, using: &random)],
                region: [nil, "north"][Int.random(in: 0..<2, using: &random)],
                second: Int64(600_000 + index * 600 / count) + Int64.random(in: 0..<4, using: &random),
                partition: Int32(customer % 2))
            purchases.append(purchase)
            if Int.random(in: 0..<5, using: &random) == 0 { purchases.append(purchase) }
        }
        return purchases
    }
}
