import Columnar
import Dataflow
import ObjectStorage

/// Upserts rows by their keys: a row replaces the one with the same keys, or takes it away if it is a deletion, also
/// within an epoch, where the last counts.
/// Nulls in keys equal each other. Exactly once: the rows of an epoch stand in the checkpoint, and the merge is one
/// commit, which carries the epoch as the version of the application `appID`.
///
/// Files that may hold one of the keys (by their statistics) are read, and those that do are written again without the
/// replaced rows. Small files are folded into one along the way.
public final class DeltaMergeSink: Sink {
    private let table: DeltaTable
    private let schema: RecordSchema
    private let keys: [String]
    private let appID: String
    private var staged: [RecordBatch] = []
    private var merge: TableMerge

    /// Opens the table, making it when it is not there.
    /// - Parameters:
    ///   - keys: columns of the schema.
    ///   - appID: the identity of this sink in the table; the same for all runs of one state.
    public init(store: any ObjectStore, schema: RecordSchema, keys: [String], appID: String) throws {
        precondition(!keys.isEmpty && keys.allSatisfy { schema.index(of: $0) != nil }, "keys that are no columns")
        table = try .openOrCreate(store, schema: schema.stored, partitionColumns: [])
        if table.snapshot.metadata?.configuration?["delta.appendOnly"] == "true" {
            throw DeltaError(
                .mismatch,
                "table \(store.location) takes only new rows (delta.appendOnly), but the topology merges into it. "
                    + "Append instead, or write to another table")
        }
        self.schema = table.written(schema)
        self.keys = keys
        self.appID = appID
        merge = TableMerge(
            files: DataFiles(store: store, schema: self.schema, partitionColumns: []), keys: keys)
    }

    public func stage(_ batch: RecordBatch) { staged.append(batch) }

    public func prepare(epoch: Int64) throws -> [UInt8] { try endEpoch(epoch)() }

    public func endEpoch(_ epoch: Int64) -> () throws -> [UInt8] {
        let rows = staged.filter { $0.count > 0 }
        staged = []
        return { [self] in
            guard !rows.isEmpty else { return [] }
            var bytes: [UInt8] = []
            BatchCodec.encode(
                [TableMerge.newest(RecordBatch.concatenating(rows.map(inTable)), keys: keys)], into: &bytes)
            return ZstdFrame.compress(bytes)
        }
    }

    /// The columns in the table's order and types, without origin and times.
    private func inTable(_ batch: RecordBatch) -> RecordBatch {
        RecordBatch(
            schema: schema,
            columns: schema.fields.compactMap { field in batch.column(field.name)?.retyped(as: field.type) },
            count: batch.count, deletions: batch.deletions)
    }

    public func commit(epoch: Int64, prepared: [UInt8]) throws {
        guard !prepared.isEmpty else { return }
        let batches = try BatchCodec.decode(try ZstdFrame.decompress(prepared))
        guard let rows = batches.first, rows.schema == schema else {
            throw DeltaError(
                .mismatch,
                "table \(table.location): the checkpoint holds rows of another schema than the topology's output")
        }
        try table.commitEpoch(epoch, appID: appID) { [keys] table in
            try merge.change(rows, into: table, parameters: ["keys": keys.joined(separator: ", ")])
        }
    }

    public func lastCommittedEpoch() throws -> Int64? { try table.lastEpoch(appID: appID) }
}
