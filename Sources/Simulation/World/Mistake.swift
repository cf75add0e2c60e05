import Columnar
import Dataflow
import Runtime

/// A mistake that a simulation makes on purpose, to show that it would be found.
public enum Mistake: String, Sendable, CaseIterable {
    /// Files get their names before their bytes are safe.
    case skippedSynchronisation
    /// After a restart, partitions begin without a watermark.
    case forgottenWatermark
    /// Sinks commit an epoch before its checkpoint is written.
    case earlyCommit

    func change(_ start: inout StartingPoint) {
        guard self == .forgottenWatermark, let checkpoint = start.checkpoint else { return }
        start.checkpoint?.state.watermarks = [:]
        for step in checkpoint.state.watermarks.keys { start.checkpoint?.state.operators[step] = nil }
    }

    func change(_ binding: inout Job.Binding) {
        guard self == .earlyCommit else { return }
        binding.sinks = binding.sinks.mapValues { HastySink($0) }
    }
}

/// A sink that commits as soon as an epoch is prepared.
private final class HastySink: Sink {
    private let sink: any Sink

    init(_ sink: any Sink) { self.sink = sink }

    func stage(_ batch: RecordBatch) throws { try sink.stage(batch) }

    func prepare(epoch: Int64) throws -> [UInt8] { try sink.prepare(epoch: epoch) }

    func endEpoch(_ epoch: Int64) throws -> () throws -> [UInt8] {
        let work = try sink.endEpoch(epoch)
        return { [sink] in
            let prepared = try work()
            try sink.commit(epoch: epoch, prepared: prepared)
            return prepared
        }
    }

    func commit(epoch: Int64, prepared: [UInt8]) throws { try sink.commit(epoch: epoch, prepared: prepared) }

    func lastCommittedEpoch() throws -> Int64? { try sink.lastCommittedEpoch() }
}
