import Columnar

/// Finds the raw bytes of the records that a round dropped. Rows carry where they came from; the bytes are still at
/// hand because a row passes all its steps in the round in which it was read.
struct DeadLetterCollector {
    let plan: LogicalPlan
    let inputs: [Execution.SourceInput]

    /// Of a record whose list was exploded several rows can end at a step, in several lanes; that is one letter.
    func letters(of lanes: [Lane]) -> [DeadLetter] {
        var letters: [DeadLetter] = []
        var seen: Set<Place> = []
        for lane in lanes {
            letters += lane.rejected.compactMap(letter)
            for (step, rows) in lane.dropped { letters += self.letters(step: step, rows, &seen) }
        }
        return letters
    }

    private struct Place: Hashable {
        let step: Int
        let partition: Int32
        let offset: Int64
    }

    private var hasExplosions: Bool {
        plan.steps.contains { if case .explode = $0.kind { true } else { false } }
    }

    private func letter(step: Int, index: Int, _ rejected: RejectedRecord) -> DeadLetter? {
        guard wanted(step, rejected.reason), let input = inputs.first(where: { $0.step == step }) else { return nil }
        var letter = letter(source: step, rejected.reason, input.records[index], rejected.row, rejected.message)
        letter.field = rejected.field
        letter.position = rejected.position
        return letter
    }

    private func letters(step: Int, _ rows: DroppedRows, _ seen: inout Set<Place>) -> [DeadLetter] {
        let hasExplosions = hasExplosions
        return zip(rows.origins.partitions, rows.origins.offsets).compactMap { number, offset in
            if hasExplosions, !seen.insert(Place(step: step, partition: number, offset: offset)).inserted {
                return nil
            }
            guard let source = plan.source(numbered: PlanPartition.source(of: number)), wanted(source, rows.reason),
                let input = inputs.first(where: { $0.step == source })
            else { return nil }
            let partition = PlanPartition.partition(of: number)
            for records in input.records where records.partition == partition {
                guard let row = records.row(ofOffset: offset) else { continue }
                return letter(
                    source: source, rows.reason, records, row, rows.message ?? message(rows.reason, step: step))
            }
            return nil
        }
    }

    private func wanted(_ source: Int, _ reason: RejectionReason) -> Bool {
        guard case .read(let description) = plan.steps[source].kind else { return false }
        return description.deadLetterTopic != nil && (reason != .duplicate || description.deadLettersDuplicates)
    }

    private func letter(
        source: Int, _ reason: RejectionReason, _ records: RawRecords, _ row: Int, _ message: String
    ) -> DeadLetter {
        DeadLetter(
            source: source, reason: reason, message: message, partition: records.partition,
            offset: records.offsets[row], timestamp: records.timestamps[row], key: records.key(row).map(Array.init),
            value: records.value(row).map(Array.init), headers: records.headers[row] ?? [])
    }

    private func message(_ reason: RejectionReason, step: Int) -> String {
        switch (reason, plan.steps[step].kind) {
        case (.late, .dropDuplicates), (.late, .keepLast):
            "it is older than the watermark, so that its key may be forgotten"
        case (.late, .process): "it is older than the watermark, which its key's timers go by"
        case (.late, .join(let join)) where !join.hasWindows:
            "it is older than the watermark, so that what it matches may be forgotten"
        case (.late, .aggregate(let aggregation)) where aggregation.window.kind == .global:
            "it is older than the watermark by the time to live, so that its key may be forgotten"
        case (.late, _): "every window it belongs to had closed before it came"
        case (.duplicate, .keepLast): "a later record with the same key came"
        case (.duplicate, _): "a record with the same key came before"
        case (.functionFailed, _): "a function of the topology failed for it"
        case (.malformed, _), (.contractViolation, _): "is against the contract"
        }
    }
}

extension RawRecords {
    /// The position of the record with this offset; offsets of a partition only grow.
    func row(ofOffset offset: Int64) -> Int? {
        var low = 0
        var high = offsets.count
        while low < high {
            let middle = (low + high) / 2
            if offsets[middle] < offset { low = middle + 1 } else { high = middle }
        }
        return low < offsets.count && offsets[low] == offset ? low : nil
    }
}
