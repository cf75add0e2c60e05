import Columnar
import TestSupport
import Testing

@testable import Dataflow

/// Layers of state put together, against a dictionary that every change is made in.
@Suite struct StateOverlayTests {
    private static let schema = RecordSchema([
        Field(StateSnapshot.shardColumn, .int64), Field("time", .int64), Field("key", .string, isNullable: true),
        Field("value", .int64),
    ])

    private struct Row: Hashable {
        var key: Int
        var time: Int64
        var value: Int64
        /// Two keys of one hash now and then.
        var hash: Int64 { Int64(bitPattern: UInt64(key / 2) &* 0x9E37_79B9_7F4A_7C15) }
    }

    private static func batch(_ rows: [Row], keysOnly: Bool = false) -> RecordBatch {
        let keys = ColumnVector(
            .string, .binary(BinaryValues(rows.map { $0.key == 0 ? "" : "k\($0.key)" })),
            validity: rows.contains { $0.key == 0 }
                ? rows.reduce(into: Bitmap(count: 0)) { $0.append($1.key != 0) } : nil)
        let columns = [rows.map(\.hash), rows.map(\.time)].map { ColumnVector(.int64, .int64($0)) } + [keys]
        if keysOnly { return SectionChanges.removed(["__hash", "key"], [columns[0], keys]) }
        return RecordBatch(
            schema: schema, columns: columns + [ColumnVector(.int64, .int64(rows.map(\.value)))], count: rows.count)
    }

    private static func rows(_ state: [Int: [StateSnapshot]]) -> [String] {
        (state[7] ?? []).flatMap { $0.sections["rows"] ?? [] }.flatMap { batch in
            (0..<batch.count).map { row in batch.columns.map { "\($0.scalar(at: row))" }.joined(separator: " ") }
        }.sorted()
    }

    @Test(arguments: 0..<20 as Range<UInt64>) func equalsADictionary(seed: UInt64) throws {
        var random = SplitMix(state: seed)
        var model: [Int: Row] = [:]
        var layers: [[Int: [StateSnapshot]]] = []
        for number in 0..<12 {
            let shards = Int.random(in: 1...4, using: &random)
            var layer: [StateSnapshot] = []
            for index in 0..<shards {
                let shard = Shard(index: index, count: shards)
                func owns(_ key: Int) -> Bool {
                    shard.owns(hash: UInt64(bitPattern: Row(key: key, time: 0, value: 0).hash))
                }
                let isWhole = number == 0 || Int.random(in: 0..<8, using: &random) == 0
                let before = Int64.random(in: -20...20, using: &random) + Int64(number)
                let removed = (0..<40).filter { owns($0) && Int.random(in: 0..<10, using: &random) == 0 }
                let rows = (0..<40).filter { owns($0) && Int.random(in: 0..<4, using: &random) == 0 }.map {
                    Row(
                        key: $0, time: Int64(number) + Int64.random(in: 0...30, using: &random),
                        value: Int64.random(in: 0...9, using: &random))
                }
                for key in model.keys where owns(key) {
                    if isWhole || removed.contains(key) || model[key]!.time < before { model[key] = nil }
                }
                for row in rows { model[row.key] = row }
                var snapshot = StateSnapshot(sections: ["rows": [Self.batch(rows)]])
                if !isWhole {
                    snapshot.changes["rows"] = SectionChanges(
                        keys: ["__hash", "key"],
                        removed: [
                            Self.batch(removed.map { Row(key: $0, time: 0, value: 0) }, keysOnly: true)
                        ], expired: .init("time", before: before))
                }
                layer.append(snapshot)
            }
            layers.append([7: layer])
            let expected = Self.rows([7: [StateSnapshot(sections: ["rows": [Self.batch(Array(model.values))]])]])
            #expect(Self.rows(try StateOverlay.state(of: layers)) == expected, "after \(number + 1) layers")
        }
    }

    @Test func rowsOfOneKeyReplaceItTogether() throws {
        func layer(_ rows: [Row], keys: [String]?) -> [Int: [StateSnapshot]] {
            let changes = keys.map { ["rows": SectionChanges(keys: $0)] } ?? [:]
            return [7: [StateSnapshot(sections: ["rows": [Self.batch(rows)]], changes: changes)]]
        }
        let base = layer([Row(key: 1, time: 1, value: 1), Row(key: 1, time: 2, value: 2)], keys: nil)
        let new = [Row(key: 1, time: 5, value: 5), Row(key: 1, time: 6, value: 6)]
        let replaced = try StateOverlay.state(of: [base, layer(new, keys: ["__hash", "key"])])
        #expect(Self.rows(replaced) == Self.rows(layer(new, keys: nil)))
        let added = try StateOverlay.state(of: [base, layer(new, keys: [])])
        #expect(Self.rows(added).count == 4)
    }

    @Test func layersOfOtherColumnsAreRefused() throws {
        let base = [7: [StateSnapshot(sections: ["rows": [Self.batch([Row(key: 1, time: 1, value: 1)])]])]]
        var changes = base
        changes[7]?[0].changes["rows"] = SectionChanges(keys: ["__hash", "time"])
        var others = base
        others[7]?[0].changes["rows"] = SectionChanges(keys: ["__hash", "key"])
        #expect(throws: CheckpointError.self) { try StateOverlay.state(of: [base, changes, others]) }
    }

    @Test func aCheckpointOfChangesComesBackFromBytes() throws {
        let removed = Self.batch([Row(key: 3, time: 0, value: 0)], keysOnly: true)
        let many = (0..<70_000).map { Row(key: $0, time: Int64($0), value: 1) }
        let changes = SectionChanges(keys: ["__hash", "key"], removed: [removed], expired: .init("time", before: 5))
        let snapshots = [
            StateSnapshot(sections: ["rows": [Self.batch(many)]], changes: ["rows": changes]),
            StateSnapshot(sections: ["rows": []], changes: ["rows": SectionChanges(keys: ["__hash", "key"])]),
        ]
        let checkpoint = Checkpoint(
            epoch: 9, topology: "t", plan: "p", stateID: "s", positions: [0: [1: 2]],
            state: ExecutionState(operators: [7: snapshots], watermarks: [1: 5], counts: [0: [1, 2]]),
            prepared: [3: [1, 2, 3]],
            below: [LayerReference(epoch: 8, isCompacted: true, size: 100, checksum: 77)])
        let decoded = try Checkpoint(decoding: checkpoint.encoded())
        #expect(decoded.below == checkpoint.below && decoded.prepared == checkpoint.prepared)
        #expect(decoded.state.watermarks == [1: 5] && decoded.state.counts == [0: [1, 2]])
        #expect(decoded.state.operators[7]?.map(\.changes) == snapshots.map(\.changes))
        #expect(decoded.state.operators[7]?[1].sections["rows"] == [])
        let rows = decoded.state.operators[7]?[0].sections["rows"] ?? []
        #expect(rows.map(\.count) == [Checkpoint.partRows, many.count - Checkpoint.partRows])
        #expect(RecordBatch.concatenating(rows) == Self.batch(many))
        let bytes = checkpoint.encoded()
        for length in [0, 1, 8, 40, 300, 5_000, bytes.count / 2, bytes.count - 1] {
            #expect(throws: (any Error).self) { try Checkpoint(decoding: Array(bytes.prefix(length))) }
        }
    }
}
