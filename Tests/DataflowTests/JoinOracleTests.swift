import Columnar
import TestSupport
import Testing

@testable import Dataflow

/// Every kind of join against its definition, on random streams in every delivery and interleaving.
@Suite struct JoinOracleTests {
    static let second: Int64 = 1_000_000
    static let streams = [randomEvents(110, partitions: 2, seed: 21), randomEvents(130, partitions: 3, seed: 22)]

    static let ways: [(Delivery, Interleaving)] =
        zip(Delivery.all, Interleaving.allCases + [.lastFirst]).map { ($0, $1) }
        + [(Delivery(batch: 9, restarts: true, parallelism: [3, 1]), .lastFirst)]

    @Test(arguments: JoinSpecification.Kind.allCases, [(-3, 5), (0, 0), (-12, -4), (2, 9)] as [(Int64, Int64)])
    func intervals(kind: JoinSpecification.Kind, bounds: (Int64, Int64)) throws {
        for hasCondition in [false, true] {
            let oracle = JoinOracle(kind: kind, hasCondition: hasCondition)
            let plan = oracle.plan(.interval(lower: bounds.0 * Self.second, upper: bounds.1 * Self.second))
            let expected = oracle.interval(Self.streams) { $0 + bounds.0 <= $1 && $1 <= $0 + bounds.1 }
            #expect(expected.rows.count > 5 && expected.late.allSatisfy { $0.count > 5 })
            for (delivery, interleaving) in Self.ways {
                let actual = try run(plan, Self.streams, delivery, interleaving)
                #expect(actual == expected, "\(delivery), \(interleaving), condition \(hasCondition)")
            }
        }
    }

    @Test(arguments: JoinSpecification.Kind.allCases, [(10, 10, 0), (10, 4, 0), (12, 6, 5)] as [(Int64, Int64, Int64)])
    func windows(kind: JoinSpecification.Kind, window: (Int64, Int64, Int64)) throws {
        let (size, slide, lateness) = window
        let specification = WindowSpecification(
            size: size * Self.second, slide: slide * Self.second, allowedLateness: lateness * Self.second)
        for hasCondition in [false, true] {
            let oracle = JoinOracle(kind: kind, hasCondition: hasCondition)
            let plan = oracle.plan(.window(specification))
            let expected = oracle.windows(
                Self.streams, lateness: lateness, WindowOracleTests.hopping(size, slide))
            #expect(expected.rows.count > 20 && (lateness > 0 || expected.late.allSatisfy { !$0.isEmpty }))
            for (delivery, interleaving) in Self.ways {
                let actual = try run(plan, Self.streams, delivery, interleaving)
                #expect(actual == expected, "\(delivery), \(interleaving), condition \(hasCondition)")
            }
        }
    }

    @Test(arguments: [JoinSpecification.Kind.inner, .left], [false, true])
    func versions(kind: JoinSpecification.Kind, hasDeletions: Bool) throws {
        let deletion = Expression.binary(
            .equal, .binary(.remainder, .column("value"), .literal(.int64(5), .int64)), .literal(.int64(0), .int64))
        for hasCondition in [false, true] {
            let oracle = JoinOracle(kind: kind, hasCondition: hasCondition)
            let plan = oracle.plan(.version(deletedWhere: hasDeletions ? deletion : nil))
            let expected = oracle.versions(Self.streams, hasDeletions: hasDeletions)
            #expect(expected.rows.count > 20 && expected.late.allSatisfy { $0.count > 5 })
            for (delivery, interleaving) in Self.ways {
                let actual = try run(plan, Self.streams, delivery, interleaving)
                #expect(actual == expected, "\(delivery), \(interleaving), condition \(hasCondition)")
            }
        }
    }

    /// Keys of several columns and of types that have to be made one.
    @Test func keysOfAnyType() throws {
        let (left, right) = (JoinOracle.left, JoinOracle.right)
        func text(_ side: String) -> Expression {
            .caseWhen(
                [
                    .init(
                        when: .binary(.equal, .column(side + "key"), .literal(.int64(3), .int64)),
                        then: .literal(.string("three"), .string))
                ], otherwise: .literal(.string("another"), .string))
        }
        let keys: [JoinSpecification.Key] = [
            .init(text(left), text(right)), .init(.cast(.column(left + "key"), to: .int32), .column(right + "key")),
            .init(.column(left + "key"), .cast(.column(right + "key"), to: .decimal(precision: 9, scale: 2))),
            .init(.cast(.column(left + "key"), to: .double), .column(right + "key")),
        ]
        let oracle = JoinOracle(kind: .full)
        let expected = oracle.interval(Self.streams) { $0 - 2 <= $1 && $1 <= $0 + 3 }
        let match = JoinSpecification.Match.interval(lower: -2 * Self.second, upper: 3 * Self.second)
        for delivery in Delivery.all {
            #expect(try run(oracle.plan(match, extraKeys: keys), Self.streams, delivery, .random) == expected)
        }
    }

    /// What follows a join takes none of its rows for late: pairs are counted in windows that close after all of them.
    @Test(arguments: JoinSpecification.Kind.allCases)
    func windowsAfterAJoinHaveAllItsRows(kind: JoinSpecification.Kind) throws {
        let oracle = JoinOracle(kind: kind)
        for match in [
            JoinSpecification.Match.interval(lower: -3 * Self.second, upper: 8 * Self.second),
            .window(
                WindowSpecification(size: 6 * Self.second, slide: 3 * Self.second, allowedLateness: 2 * Self.second)),
            .version(deletedWhere: nil),
        ] {
            if case .version = match, kind != .inner && kind != .left { continue }
            var plan = oracle.plan(match)
            plan.steps.removeLast()
            let join = plan.steps.count - 1
            let windows = plan.add(
                .aggregate(
                    WindowedAggregation(
                        window: WindowSpecification(size: 4 * Self.second, slide: 4 * Self.second), keys: [],
                        aggregates: [.init("n", .count, of: nil)],
                        outputs: [
                            Projection("start", .column(WindowedAggregation.windowStart)),
                            Projection("n", .column("n")),
                        ])), after: [join])
            _ = plan.add(UnionTests.sink, after: [windows])
            let expected = try run(oracle.plan(match), Self.streams, Delivery.all[0], .alternating).rows.count
            var all: Set<[[Int64?]]> = []
            for (delivery, interleaving) in Self.ways {
                let result = try run(plan, Self.streams, delivery, interleaving)
                #expect(result.rows.reduce(0) { $0 + ($1[1] ?? 0) } == Int64(expected), "\(delivery), \(interleaving)")
                all.insert(result.rows)
            }
            #expect(all.count == 1, "the windows are the same in every delivery and interleaving")
        }
    }
}

/// Joins against DuckDB, which shares nothing with the oracle.
@Suite(.enabled(if: Python.path != nil, "no Python with the test readers: run make setup")) struct JoinDuckDBTests {
    static func duckDB(_ sources: [[Event]], _ sql: String) throws -> [[Int64?]] {
        let oracle = JoinOracle(kind: .inner)
        let tables = sources.map { events in
            zip(events, oracle.watermarks(events)).filter { $0.second >= $1 }.map { event, _ in
                "\(event.second),\(JoinOracle.isNull(event) ? "" : "\(event.key)"),\(event.value)"
            }.joined(separator: "\n")
        }
        let output = try Python.run("join_duckdb.py", [sql], input: tables.joined(separator: "\n\n"))
        var result = StreamsResult(sources: 0)
        result.rows = output.split(separator: "\n").map { line in
            line.split(separator: ",").enumerated().map { index, text in
                Int64(text).map { index % 2 == 0 ? $0 * 1_000_000 : $0 }
            }
        }
        result.sort()
        return result.rows
    }

    @Test(arguments: [
        (JoinSpecification.Kind.inner, "JOIN"), (.left, "LEFT JOIN"), (.right, "RIGHT JOIN"), (.full, "FULL JOIN"),
    ])
    func intervals(kind: JoinSpecification.Kind, sql: String) throws {
        let expected = try Self.duckDB(
            JoinOracleTests.streams,
            "SELECT l.t, l.v, r.t, r.v FROM l \(sql) r ON l.k = r.k AND r.t BETWEEN l.t - 4 AND l.t + 6")
        let plan = JoinOracle(kind: kind).plan(.interval(lower: -4_000_000, upper: 6_000_000))
        let actual = try run(plan, JoinOracleTests.streams, Delivery.all[2], .alternating)
        #expect(actual.rows == expected && expected.count > 40)
    }

    @Test(arguments: [(JoinSpecification.Kind.inner, "ASOF JOIN"), (.left, "ASOF LEFT JOIN")])
    func versions(kind: JoinSpecification.Kind, sql: String) throws {
        // DuckDB says nothing of two versions of one instant.
        var streams = JoinOracleTests.streams
        var taken: Set<[Int64]> = []
        streams[1] = streams[1].filter { taken.insert([$0.key, $0.second]).inserted }
        let expected = try Self.duckDB(
            streams, "SELECT l.t, l.v, r.t, r.v FROM l \(sql) r ON l.k = r.k AND l.t >= r.t")
        let plan = JoinOracle(kind: kind).plan(.version(deletedWhere: nil))
        let actual = try run(plan, streams, Delivery.all[2], .alternating)
        #expect(actual.rows == expected && expected.count > 20)
    }
}
