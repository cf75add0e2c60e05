import ArgumentParser
import Runtime

/// The general command line.
@main struct TidemarkCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tidemark",
        abstract: "Tools beside the topologies: a development Kafka, a producer, tables, measurements.",
        discussion: """
            Examples:
              tidemark dev --topics flights:4,flights.dlq:1 --address-file .demo/address
              tidemark produce --brokers 127.0.0.1:9092 --topic flights --from flights.jsonl --key flight
              tidemark table show warehouse/gold/departure_delays --limit 10
              tidemark bench W2 --input bids
            """,
        subcommands: [DevCommand.self, ProduceCommand.self, TableCommand.self, BenchCommand.self])

    static func main() { mainHidingSecrets() }
}
