import Foundation
import KafkaConnector
import TestSupport
import Testing

/// `explain --why` of a process that runs and of one that has ended, and what the settings of event time do.
@Suite(.serialized) struct StallTests {
    /// README's first topology over a topic with two partitions, of which only the first has records to begin with.
    private final class Setting {
        let cluster: DevelopmentCluster
        let directory: TemporaryDirectory

        init() throws {
            directory = try TemporaryDirectory()
            cluster = try DevelopmentCluster(topics: [("expenses", 2), ("expenses.dlq", 1)])
        }

        deinit { cluster.close() }

        func produce(_ times: [String], partition: Int32) throws {
            let producer = try KafkaProducer(
                configuration: KafkaConfiguration(
                    bootstrapServers: cluster.bootstrapServers, groupID: "stalls"))
            for time in times {
                let record = #"{"id":"\#(UUID())","employee":"ana","spent_at":"\#(time)","amount":"1.00"}"#
                try producer.produce(topic: "expenses", partition: partition, value: Array(record.utf8))
            }
            try producer.flush(timeoutMilliseconds: 10_000)
        }

        func start(_ arguments: [String]) throws -> Program {
            try Program("first-topology", arguments, environment: environment, in: directory.path)
        }

        func output(_ arguments: [String]) throws -> String {
            let result = try Program.run("first-topology", arguments, environment: environment, in: directory.path)
            return result.status == 0 ? result.output : result.errors
        }

        var environment: [String: String] { ["TIDEMARK_KAFKA_BROKERS": cluster.bootstrapServers] }

        /// Asks until the answer holds something, for at most half a minute.
        func why(until words: String) throws -> String {
            var answer = ""
            for _ in 0..<60 where !answer.contains(words) {
                usleep(500_000)
                answer = try output(["explain", "--why"])
            }
            return answer
        }

        func rows() throws -> Int {
            let shown = try Program.run(
                "tidemark", ["table", "show", directory.path + "/warehouse/gold/daily_expenses", "--format", "jsonl"])
            return shown.output.split(separator: "\n").count
        }
    }

    @Test func itExplainsARunAndWhatARunLeft() throws {
        let setting = try Setting()
        #expect(try setting.output(["explain", "--why"]).contains("has no state in state/expense-totals"))
        try setting.produce(["2026-03-02T09:00:00Z", "2026-03-02T12:00:00Z"], partition: 1)
        let program = try setting.start(["run"])
        let running = try setting.why(until: "No partition holds it")
        #expect(running.contains("expense-totals runs as process \(program.processIdentifier)."))
        #expect(running.contains("of topic expenses: the watermark is 2026-03-02T11:00:00Z."))
        #expect(running.contains("all are read to their ends. It goes on with the next record"))
        let json = try setting.output(["explain", "--why", "--json"])
        #expect(json.contains(#""watermark":"2026-03-02T11:00:00Z""#) && json.contains(#""name":"expenses-1""#))
        program.signal(SIGTERM)
        #expect(try program.wait(seconds: 20).status == 0)
        let ended = try setting.output(["explain", "--why"])
        #expect(ended.contains("expense-totals does not run. This is how it stood at the end of epoch"), "\(ended)")
        #expect(ended.contains("the watermark is 2026-03-02T11:00:00Z"))
        #expect(ended.contains("The slowest partition was expenses-1: its last event time is 2026-03-02T12:00:00Z"))
    }

    @Test func afterAQuietTimeADayEndsWithoutARecord() throws {
        let setting = try Setting()
        // An hour's delay and two seconds: the day ends two seconds into the quiet.
        try setting.produce(["2026-03-02T23:00:00Z", "2026-03-03T00:59:58Z"], partition: 0)
        let program = try setting.start(["run", "--quiet-ms", "500"])
        program.wait(seconds: 30) { (try? setting.rows()) == 1 }
        #expect(try setting.rows() == 1)
        // What comes now and is older is late, also after a restart: the advance is in the checkpoint.
        program.signal(SIGTERM)
        #expect(try program.wait(seconds: 20).status == 0)
        try setting.produce(["2026-03-02T23:30:00Z"], partition: 1)
        let last = try setting.output(["run", "--until-end"])
        #expect(last.contains("3 read = 0 filtered + 2 processed + 1 late"), "\(last)")
    }
}
