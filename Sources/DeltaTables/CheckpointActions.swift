/// The actions as rows of a checkpoint, both ways.
extension CheckpointValue {
    init(_ transaction: TransactionVersion) {
        self.init([
            "appId": Self.text(transaction.appId), "version": Self.long(transaction.version),
            "lastUpdated": Self.long(transaction.lastUpdated),
        ])
    }

    init(_ file: AddFile) {
        // Files of a checkpoint change nothing when they are read again.
        self.init([
            "path": Self.text(file.path), "partitionValues": Self.map(file.partitionValues),
            "size": Self.long(file.size), "modificationTime": Self.long(file.modificationTime),
            "dataChange": Self.flag(false), "stats": Self.text(file.stats),
        ])
    }

    init(_ file: RemoveFile) {
        self.init([
            "path": Self.text(file.path), "deletionTimestamp": Self.long(file.deletionTimestamp),
            "dataChange": Self.flag(false), "extendedFileMetadata": Self.flag(file.extendedFileMetadata),
            "partitionValues": Self.map(file.partitionValues), "size": Self.long(file.size),
        ])
    }

    init(_ metadata: TableMetadata) {
        self.init([
            "id": Self.text(metadata.id), "name": Self.text(metadata.name),
            "description": Self.text(metadata.description),
            "format": CheckpointValue([
                "provider": Self.text(metadata.format.provider), "options": Self.map([:]),
            ]),
            "schemaString": Self.text(metadata.schemaString), "partitionColumns": Self.list(metadata.partitionColumns),
            "configuration": Self.map(metadata.configuration?.mapValues { $0 } ?? [:]),
            "createdTime": Self.long(metadata.createdTime),
        ])
    }

    init(_ versions: ProtocolVersions) {
        self.init([
            "minReaderVersion": Self.integer(versions.minReaderVersion),
            "minWriterVersion": Self.integer(versions.minWriterVersion),
            "readerFeatures": Self.list(versions.readerFeatures),
            "writerFeatures": Self.list(versions.writerFeatures),
        ])
    }
}

extension TransactionVersion {
    init(_ row: CheckpointValue) throws {
        self.init(
            appId: try row.required(row.text("appId"), "txn.appId"),
            version: try row.required(row.long("version"), "txn.version"), lastUpdated: row.long("lastUpdated"))
    }
}

extension AddFile {
    init(_ row: CheckpointValue) throws {
        self.init(
            path: try row.required(row.text("path"), "add.path"), partitionValues: row.map("partitionValues") ?? [:],
            size: try row.required(row.long("size"), "add.size"), modificationTime: row.long("modificationTime") ?? 0,
            dataChange: row.flag("dataChange") ?? false, stats: row.text("stats"))
    }
}

extension RemoveFile {
    init(_ row: CheckpointValue) throws {
        self.init(
            path: try row.required(row.text("path"), "remove.path"), deletionTimestamp: row.long("deletionTimestamp"),
            dataChange: row.flag("dataChange") ?? false, extendedFileMetadata: row.flag("extendedFileMetadata"),
            partitionValues: row.map("partitionValues"), size: row.long("size"))
    }
}

extension TableMetadata {
    init(_ row: CheckpointValue) throws {
        let format = Format(provider: row.member("format")?.text("provider") ?? "parquet")
        self.init(
            id: try row.required(row.text("id"), "metaData.id"), name: row.text("name"),
            description: row.text("description"), format: format,
            schemaString: try row.required(row.text("schemaString"), "metaData.schemaString"),
            partitionColumns: try row.required(row.list("partitionColumns"), "metaData.partitionColumns"),
            configuration: row.map("configuration")?.compactMapValues { $0 }, createdTime: row.long("createdTime"))
    }
}

extension ProtocolVersions {
    init(_ row: CheckpointValue) throws {
        self.init(
            minReaderVersion: Int(try row.required(row.long("minReaderVersion"), "protocol.minReaderVersion")),
            minWriterVersion: Int(try row.required(row.long("minWriterVersion"), "protocol.minWriterVersion")),
            readerFeatures: row.list("readerFeatures"), writerFeatures: row.list("writerFeatures"))
    }
}
