import ArgumentParser
import Foundation
import KafkaConnector
import ObjectStorage
import Runtime

/// `tidemark dev`: an embedded Kafka for development.
struct DevCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dev",
        abstract: "Runs a development Kafka in this process, for any client on this machine.",
        discussion: """
            It is librdkafka's mock cluster: nothing is written to disk, a partition keeps its newest 5 MB of stored
            batches, readers see the records of aborted transactions, offsets cannot be looked up by time, and topics
            appear on first use. For development and tests only.

            A client that connects to the port of --port is told another one, on which the broker itself listens: from
            inside a container without the host's network, only the first of them may be reachable.

            Example:
              tidemark dev --port 9092 --topics flights:4,flights.dlq:1
            """)
    @Option(help: "The port of 127.0.0.1; without it the system chooses one.") var port: Int?
    @Option(help: "Topics with their partitions, as flights:4,flights.dlq:1.") var topics = ""
    @Option(help: "Write the address to this file once the cluster answers.") var addressFile: String?

    func run() throws {
        do {
            let cluster = try DevelopmentCluster(topics: try parsedTopics(), port: try parsedPort())
            if let addressFile {
                let file = URL(fileURLWithPath: addressFile)
                try LocalDirectory(file.deletingLastPathComponent().path)
                    .put(file.lastPathComponent, Array(cluster.bootstrapServers.utf8))
            }
            try StandardOutput.line(
                "development Kafka at \(cluster.bootstrapServers), in memory: a partition keeps its newest 5 MB. "
                    + "Stop it with Ctrl-C")
            StopRequest.install()
            while !StopRequest.isMade { usleep(100_000) }
            cluster.close()
        } catch {
            TopologyCommand.fail(error)
        }
    }

    private func parsedPort() throws -> UInt16? {
        guard let port else { return nil }
        guard let number = UInt16(exactly: port), number > 0 else {
            throw RuntimeError("--port \(port): it must be 1 to 65535")
        }
        return number
    }

    private func parsedTopics() throws -> [(name: String, partitions: Int)] {
        try topics.split(separator: ",").map { item in
            let parts = item.split(separator: ":", maxSplits: 1)
            guard let name = parts.first, let partitions = parts.count == 2 ? Int(parts[1]) : 1, partitions > 0 else {
                throw RuntimeError("--topics takes NAME:PARTITIONS, with commas; '\(item)' is not that")
            }
            return (String(name), partitions)
        }
    }
}
