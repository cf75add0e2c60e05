import Columnar
import Dataflow

/// Collects tables into a file of whole state. Small batches are put together, so that their number stays that of large
/// ones, however many layers there were.
struct CompactedState {
    private struct Place: Hashable {
        var step: Int
        var section: String
    }

    private var file = CheckpointFile.Writer()
    private var waiting: [Place: [RecordBatch]] = [:]

    /// - Parameter head: of the checkpoint whose state it is.
    init(_ head: Checkpoint) {
        var head = head
        (head.state.operators, head.prepared, head.below) = ([:], [:], [])
        file.append(.head(head))
    }

    mutating func append(_ table: StateTable) {
        let place = Place(step: table.step, section: table.section)
        for batch in table.batches where batch.count > 0 {
            if let first = waiting[place]?.first, first.schema != batch.schema { flush(place) }
            waiting[place, default: []].append(batch)
            let rows = waiting[place]?.reduce(0) { $0 + $1.count } ?? 0
            if rows >= Checkpoint.partRows { flush(place) }
        }
    }

    private mutating func flush(_ place: Place) {
        guard let batches = waiting.removeValue(forKey: place), !batches.isEmpty else { return }
        file.append(
            .table(
                StateTable(
                    step: place.step, shard: 0, shards: 1, section: place.section,
                    batches: [RecordBatch.concatenating(batches)])))
    }

    /// The whole file.
    mutating func finish() -> CheckpointFile.Writer {
        for place in waiting.keys.sorted(by: { ($0.step, $0.section) < ($1.step, $1.section) }) { flush(place) }
        file.append(.end)
        return file
    }
}
