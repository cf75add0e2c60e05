import Dataflow

/// Which epochs the transactional sinks of a consumer group have committed: a record for each sink in a topic of its own,
/// written in the same transaction as the epoch's records. Whoever reads committed records finds an epoch there exactly
/// when its records are visible.
///
/// The topic has one partition and is compacted, so that it holds as many records as there were sinks. (The metadata of a
/// group's positions could hold the epoch too, but brokers forget the positions of groups without members.)
package struct CommittedEpochs {
    package let topic: String
    package static let partition: Int32 = 0
    private let configuration: KafkaConfiguration

    init(configuration: KafkaConfiguration) {
        self.configuration = configuration
        topic = "\(Self.plain(configuration.groupID))-committed-epochs"
    }

    /// A group's name in the letters that a topic's may have.
    private static func plain(_ group: String) -> String {
        String(group.prefix(200).map { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) ? $0 : "_" })
    }

    /// Makes the topic when it is not there.
    func makeTopic() throws {
        let administrator = try KafkaAdministrator(configuration: configuration)
        if try administrator.contains(topic: topic) { return }
        do {
            try administrator.create(topic: topic, partitions: 1, settings: ["cleanup.policy": "compact"])
        } catch var error as KafkaError {
            // The development cluster cannot, and makes the topic on its first record; others may have been faster.
            if try administrator.isDevelopmentCluster || administrator.contains(topic: topic) { return }
            error.message = "the topic of committed epochs cannot be made: \(error.message)"
            error.mend = "Make it with 1 partition and cleanup.policy=compact, or let this user create topics."
            throw error
        }
    }

    /// The newest epoch that a sink has committed; nil before the first.
    package func last(of application: String) throws -> Int64? {
        guard try KafkaAdministrator(configuration: configuration).contains(topic: topic) else { return nil }
        let end = try source(isolation: "read_uncommitted").bounds(of: Self.partition).upperBound
        let source = try source(isolation: "read_committed")
        for partition in source.partitions { try source.seekToBeginning(of: partition.number) }
        let clock = ContinuousClock()
        let deadline = clock.now + .milliseconds(configuration.timeoutMilliseconds)
        var last: Int64?
        // To the end of everything, not only of what is committed: a transaction of another sink may be open.
        while (source.partitions.first { $0.number == Self.partition }?.position ?? 0) < end {
            for records in try source.poll(limit: 10_000, timeoutMilliseconds: 100) {
                for row in 0..<records.count where records.key(row)?.elementsEqual(application.utf8) ?? false {
                    last = records.value(row).flatMap { Int64(String(decoding: $0, as: UTF8.self)) } ?? last
                }
            }
            if clock.now > deadline {
                throw KafkaError(
                    .unreachable, "the committed epochs cannot be read to their end", topic: topic,
                    partition: Self.partition,
                    mend: "A transaction may be open there; wait for its transaction.timeout.ms, and start again.")
            }
        }
        return last
    }

    private func source(isolation: String) throws -> KafkaSource {
        var configuration = configuration
        configuration.properties["isolation.level"] = isolation
        return try KafkaSource(configuration: configuration, topic: topic)
    }
}
