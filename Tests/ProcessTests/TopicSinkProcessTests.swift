import Dataflow
import Foundation
import KafkaConnector
import TestSupport
import Testing

/// Expenses in a development Kafka of their own, the topics that `expense-feed` writes, and what they must hold.
private final class Expenses {
    struct Expense {
        var id: String
        var employee: String
        var cents: Int
        var day: Int
    }

    static let partitions = 3
    let cluster: DevelopmentCluster
    let directory: TemporaryDirectory
    let expenses: [Expense]
    var configuration: KafkaConfiguration {
        KafkaConfiguration(bootstrapServers: cluster.bootstrapServers, groupID: "reader-\(UUID().uuidString)")
    }

    init(count: Int, topics: [String] = ["expenses.alerts", "expenses.clean", "expenses.totals"]) throws {
        directory = try TemporaryDirectory()
        cluster = try DevelopmentCluster(
            topics: [("expenses", Self.partitions), ("expenses.dlq", 1)] + topics.map { ($0, Self.partitions) })
        var random = SplitMix(state: 77)
        expenses = (0..<count).map { number in
            Expense(
                id: "e\(number)", employee: "employee \(Int.random(in: 0..<20, using: &random))",
                cents: Int.random(in: 1...120_000, using: &random), day: number * 10 / count)
        }
        let producer = try KafkaProducer(configuration: configuration)
        for expense in expenses {
            // Every seventh comes twice.
            for _ in 0..<(expense.cents % 7 == 0 ? 2 : 1) {
                try producer.produce(
                    topic: "expenses", key: Array(expense.employee.utf8), value: Array(Self.json(expense).utf8))
            }
        }
        try producer.flush()
    }

    deinit { cluster.close() }

    private static func amount(_ cents: Int) -> String {
        "\(cents / 100).\(cents % 100 < 10 ? "0" : "")\(cents % 100)"
    }

    private static func json(_ expense: Expense) -> String {
        #"{"id":"\#(expense.id)","employee":"\#(expense.employee)","spent_at":"2026-03-1\#(expense.day)T09:00:00Z","#
            + #""amount":"\#(amount(expense.cents))"}"#
    }

    func arguments(_ more: [String] = []) -> [String] {
        [
            "run", "--brokers", cluster.bootstrapServers, "--state", directory.path + "/state", "--until-end", "--json",
        ] + more
    }

    struct Sent {
        var key: String?
        var value: String?
        var id: String?
    }

    func records(_ topic: String) throws -> [Sent] {
        let source = try KafkaSource(configuration: configuration, topic: topic)
        var result: [Sent] = []
        var isAtEnd = false
        while !isAtEnd {
            for records in try source.poll(limit: 10_000, timeoutMilliseconds: 500) {
                for row in 0..<records.count {
                    let id = records.headers[row]?.first { $0.name == "tidemark.id" }?.value
                    result.append(
                        Sent(
                            key: records.key(row).map { String(decoding: $0, as: UTF8.self) },
                            value: records.value(row).map { String(decoding: $0, as: UTF8.self) },
                            id: id.map { String(decoding: $0, as: UTF8.self) }))
                }
            }
            isAtEnd = source.partitions.allSatisfy(\.isIdle)
        }
        return result
    }

    /// The alerts that must be there, as often as their records came.
    var alerts: [String] {
        expenses.filter { $0.cents >= 100_000 }.flatMap { expense in
            Array(
                repeating:
                    #"{"id":"\#(expense.id)","employee":"\#(expense.employee)","amount":"\#(Self.amount(expense.cents))"}"#,
                count: expense.cents % 7 == 0 ? 2 : 1)
        }.sorted()
    }

    var clean: [String] {
        expenses.map { expense in
            #"{"id":"\#(expense.id)","employee":"\#(expense.employee)","spent_at":"2026-03-1\#(expense.day)T09:00:00Z","#
                + #""amount":"\#(Self.amount(expense.cents))","category":null}"#
        }.sorted()
    }

    /// By key, the newest value of the totals.
    var totals: [String: String] {
        var groups: [String: (count: Int, cents: Int, value: (Int, Int) -> String)] = [:]
        for expense in expenses {
            let start = #"{"employee":"\#(expense.employee)","day":"2026-03-1\#(expense.day)T00:00:00Z""#
            let before =
                groups[start + "}"] ?? (0, 0, { start + #","expenses":\#($0),"total":"\#(Self.amount($1))"}"# })
            groups[start + "}"] = (before.count + 1, before.cents + expense.cents, before.value)
        }
        return groups.mapValues { $0.value($0.count, $0.cents) }
    }
}

/// A topology that writes to topics, as a real process.
@Suite(.serialized) struct TopicSinkProcessTests {
    private static let epochs = ["--epoch-ms", "10", "--epoch-records", "300"]

    private func check(_ expenses: Expenses, alerts: [Expenses.Sent], clean: [Expenses.Sent]) throws {
        var newest: [String: String] = [:]
        for record in try expenses.records("expenses.totals") {
            let key = try #require(record.key)
            let value: String = try #require(record.value)
            newest[key] = value
        }
        #expect(newest == expenses.totals)
        // Repeats carry the same identity, and nothing else does.
        #expect(alerts.allSatisfy { $0.id?.hasPrefix("expense-feed/3/expenses-") ?? false })
        let byID = Dictionary(grouping: alerts, by: \.id)
        #expect(byID.values.allSatisfy { Set($0.map(\.value)).count == 1 })
        #expect(byID.values.compactMap { $0.first?.value }.sorted() == expenses.alerts)
        #expect(Set(clean.compactMap(\.value)) == Set(expenses.clean))
    }

    @Test func topicsHoldWhatABatchComputationGives() throws {
        let expenses = try Expenses(count: 4000)
        let run = try Program.run("expense-feed", expenses.arguments(["--threads", "2"]))
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.output.contains("\"table\":\"expenses.alerts\"") && !run.output.contains("\"balanced\":false"))
        let alerts = try expenses.records("expenses.alerts")
        let clean = try expenses.records("expenses.clean")
        try check(expenses, alerts: alerts, clean: clean)
        #expect(alerts.compactMap(\.value).sorted() == expenses.alerts)
        #expect(clean.compactMap(\.value).sorted() == expenses.clean)
        // A second run has nothing to do, and repeats nothing.
        let again = try Program.run("expense-feed", expenses.arguments())
        #expect(again.status == 0, "\(again.errors)")
        #expect(try expenses.records("expenses.clean").count == clean.count)
        #expect(try expenses.records("expenses.alerts").count == alerts.count)
    }

    /// The development cluster shows readers what aborted transactions hold; hence repeats of rows that a killed
    /// process had sent. With a real Kafka there are none: see `TopicSinkTests`.
    @Test func killedTwentyTimes() throws {
        let expenses = try Expenses(count: 8000)
        let undisturbed = try Expenses(count: 8000)
        let began = Date()
        #expect(try Program.run("expense-feed", undisturbed.arguments(Self.epochs)).status == 0)
        let length = Date().timeIntervalSince(began)
        var kills = 0
        for number in 0..<20 {
            let program = try Program("expense-feed", expenses.arguments(Self.epochs))
            // Now and then while it starts, mostly while it works.
            if number % 4 > 0 { program.wait(seconds: 20) { program.errorText.contains("expense-feed: reading") } }
            Thread.sleep(forTimeInterval: Double.random(in: 0...max(0.1, length / 15)))
            program.kill()
            let result = try program.wait()
            #expect(result.wasKilled || result.status == 0, "\(result.errors)")
            if result.wasKilled { kills += 1 }
        }
        let last = try Program.run("expense-feed", expenses.arguments(Self.epochs))
        #expect(last.status == 0, "\(last.errors)")
        let alerts = try expenses.records("expenses.alerts")
        let clean = try expenses.records("expenses.clean")
        try check(expenses, alerts: alerts, clean: clean)
        let repeats = clean.count - expenses.clean.count
        print(
            "\(kills) kills: of \(expenses.alerts.count) alerts \(alerts.count - expenses.alerts.count) and of "
                + "\(expenses.clean.count) clean expenses \(repeats) stand there again")
        // A killed process leaves a row once at most.
        for rows in [alerts.map { "\($0.id ?? "-")" }, clean.map { "\($0.value ?? "-")" }] {
            let copies = rows.reduce(into: [:]) { $0[$1, default: 0] += 1 }
            #expect(copies.values.allSatisfy { $0 <= kills + 1 })
        }
    }

    @Test func anUnknownTopicIsRefusedBeforeTheFirstRecord() throws {
        let expenses = try Expenses(count: 10, topics: ["expenses.alerts", "expenses.clean"])
        for command in [expenses.arguments(), ["validate", "--brokers", expenses.cluster.bootstrapServers]] {
            let result = try Program.run("expense-feed", command)
            #expect(result.status == 1)
            #expect(
                result.errors
                    == "error: Kafka at \(expenses.cluster.bootstrapServers), topic expenses.totals: there is no such "
                    + "topic. Create the topic, or correct its name.\n")
        }
        #expect(try expenses.records("expenses.alerts").isEmpty)
    }

    @Test func aTopicThatMayNotBeWrittenStopsTheRun() throws {
        let expenses = try Expenses(count: 2000)
        // Produce requests answered with TOPIC_AUTHORIZATION_FAILED.
        expenses.cluster.failNext(requests: 0, with: [29, 29, 29, 29])
        let result = try Program.run("expense-feed", expenses.arguments())
        #expect(result.status == 1)
        #expect(
            result.errors.contains("topic expenses.")
                || result.errors.contains("expenses.alerts-") || result.errors.contains("expenses.clean-"))
        #expect(result.errors.hasSuffix("Check user, password, mechanism and the rights of this user.\n"))
    }
}
