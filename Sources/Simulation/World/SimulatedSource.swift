import Dataflow
import KafkaConnector
import Runtime

/// Reads a topic of a simulated cluster, committed records only: partitions come to be known and their records arrive in
/// portions of any size, in any order among partitions.
final class SimulatedSource: Source {
    private let cluster: SimulatedCluster
    private let topic: String
    private let group: String
    private var readers: [Reader]

    private struct Reader {
        var position: Int64?
        /// Whether the source has heard where the partition ends.
        var knowsEnd = false
        var isPaused = false
    }

    init(_ cluster: SimulatedCluster, topic: String, group: String) {
        self.cluster = cluster
        self.topic = topic
        self.group = group
        readers = (cluster.topics[topic] ?? []).map { _ in Reader() }
    }

    var partitions: [SourcePartition] {
        readers.indices.map { index in
            SourcePartition(
                number: Int32(index), name: "\(topic)-\(index)", position: readers[index].position,
                endOffset: readers[index].knowsEnd ? end(index) : nil)
        }
    }

    private func end(_ partition: Int) -> Int64 { cluster.lastStableOffset(topic, Int32(partition)) }

    func poll(limit: Int, timeoutMilliseconds: Int) throws -> [RawRecords] {
        let fault = try cluster.world.operate("kafka: poll \(topic)", [.error, .outOfRange])
        if fault == .error { throw KafkaError(.fatal, "the client can do no more (simulated)", topic: topic) }
        if fault == .outOfRange {
            throw KafkaError(.other, "the position is not in the topic any more (simulated)", topic: topic)
        }
        var result: [RawRecords] = []
        var left = limit
        for index in readers.indices.shuffled(using: &cluster.world.random) where left > 0 {
            // A fetch that brings nothing yet.
            guard !readers[index].isPaused, cluster.world.random.chance(65) else { continue }
            let records = read(index, cluster.world.random.number(1...left))
            if cluster.world.random.chance(60) { readers[index].knowsEnd = true }
            guard records.count > 0 else { continue }
            left -= records.count
            result.append(records)
        }
        if result.isEmpty { cluster.world.advance(Int64(timeoutMilliseconds) * 1000) }
        let text = result.map { "\($0.partition)-\($0.offsets[0])+\($0.count)" }.joined(separator: " ")
        cluster.world.trace.note("   got \(text)")
        return result
    }

    private func read(_ partition: Int, _ limit: Int) -> RawRecords {
        var records = RawRecords(partition: Int32(partition))
        let end = end(partition)
        var offset = readers[partition].position ?? 0
        while offset < end, records.count < limit {
            let entry = cluster.topics[topic]?[partition][Int(offset)]
            if let entry, cluster.isVisible(entry) {
                records.append(
                    value: entry.value, key: entry.key, offset: offset, timestamp: entry.timestamp,
                    headers: entry.headers)
            }
            offset += 1
        }
        readers[partition].position = offset
        return records
    }

    func seek(partition: Int32, to offset: Int64) throws {
        _ = try cluster.world.operate("kafka: seek \(topic)-\(partition) to \(offset)")
        readers[Int(partition)].position = offset
    }

    func seekToBeginning(of partition: Int32) throws { try seek(partition: partition, to: 0) }

    func pause(_ partitions: [Int32]) { for partition in partitions { readers[Int(partition)].isPaused = true } }

    func resume(_ partitions: [Int32]) { for partition in partitions { readers[Int(partition)].isPaused = false } }

    func confirmsEnd(timeoutMilliseconds: Int) -> Bool {
        readers.indices.allSatisfy { index in readers[index].position.map { $0 >= end(index) } ?? false }
    }

    func commit(_ positions: [Int32: Int64]) throws {
        let fault = try cluster.world.operate("kafka: commit positions of \(topic)", [.error, .timeout])
        if fault == .error { throw KafkaError(.unreachable, "no broker answered (simulated)") }
        cluster.commitPositions(positions, group: group, topic: topic)
        if fault == .timeout { throw KafkaError(.unreachable, "no answer came in time (simulated)") }
    }
}

/// Reads the sources of a simulated process when its job takes records, some portions ahead as a thread would have.
final class SimulatedIntake: JobIntake {
    private let sources: [(step: Int, source: any Source)]
    private let world: World
    private let limit: Int
    private(set) var partitions: [Int: [SourcePartition]] = [:]

    init(_ sources: [Int: any Source], world: World, limit: Int) {
        self.sources = sources.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        self.world = world
        self.limit = limit
    }

    func start() {}

    func stop() {}

    func take(waitingMilliseconds: Int) throws -> [Int: [RawRecords]] {
        var taken: [Int: [RawRecords]] = [:]
        for (step, source) in sources {
            var records: [RawRecords] = []
            var left = limit
            // A thread may not have got to a source, or may have polled it more than once.
            for _ in 0..<world.random.pick([0, 1, 1, 1, 2]) where left > 0 {
                records += try source.poll(limit: left, timeoutMilliseconds: 5)
                left = limit - records.reduce(0) { $0 + $1.count }
            }
            if !records.isEmpty { taken[step] = records }
            partitions[step] = source.partitions
        }
        return taken
    }

    func pause(_ partitions: [Int32], of step: Int) { source(step)?.pause(partitions) }

    func resume(_ partitions: [Int32], of step: Int) { source(step)?.resume(partitions) }

    func confirmsEnd(of step: Int, timeoutMilliseconds: Int) -> Bool {
        source(step)?.confirmsEnd(timeoutMilliseconds: timeoutMilliseconds) ?? true
    }

    private func source(_ step: Int) -> (any Source)? { sources.first { $0.step == step }?.source }
}
