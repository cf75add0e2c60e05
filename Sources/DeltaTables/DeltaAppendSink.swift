import Columnar
import Dataflow
import Foundation
import ObjectStorage

/// Adds every row to a table. Exactly once: an epoch's files are written when it is prepared and join the table in one
/// commit, which carries the epoch as the version of the application `appID`.
public final class DeltaAppendSink: Sink {
    private let table: DeltaTable
    private let files: DataFiles
    private let appID: String
    private var staged: [RecordBatch] = []

    /// Opens the table, making it when it is not there.
    /// - Parameters:
    ///   - partitionColumns: columns by whose values the files are divided; none: not divided.
    ///   - appID: the identity of this sink in the table; the same for all runs of one state.
    public init(
        store: any ObjectStore, schema: RecordSchema, partitionColumns: [String] = [], appID: String
    ) throws {
        table = try .openOrCreate(store, schema: schema.stored, partitionColumns: partitionColumns)
        files = DataFiles(store: store, schema: table.written(schema), partitionColumns: partitionColumns)
        self.appID = appID
    }

    public func stage(_ batch: RecordBatch) { staged.append(batch) }

    public func prepare(epoch: Int64) throws -> [UInt8] { try endEpoch(epoch)() }

    public func endEpoch(_ epoch: Int64) -> () throws -> [UInt8] {
        let rows = staged
        staged = []
        return { [files] in
            let added = try files.write(rows)
            return added.isEmpty ? [] : try LogJSON.bytes(added.map { LogAction(add: $0) })
        }
    }

    public func commit(epoch: Int64, prepared: [UInt8]) throws {
        guard !prepared.isEmpty else { return }
        let added = try LogJSON.actions(prepared, file: "a checkpoint").compactMap(\.add)
        let rows = added.reduce(0) { $0 + (FileStatistics($1.stats, table.schema).rowCount ?? 0) }
        try table.commitEpoch(epoch, appID: appID) { _ in
            DeltaTable.Change(
                operation: "WRITE", parameters: ["mode": "Append"],
                metrics: ["numFiles": added.count, "numOutputRows": rows], added: added, removed: [],
                isBlindAppend: true)
        }
    }

    public func lastCommittedEpoch() throws -> Int64? { try table.lastEpoch(appID: appID) }
}
