import Foundation

/// One line of a commit: exactly one of the members is set (Delta protocol, "Actions").
struct LogAction: Codable {
    var commitInfo: CommitInfo?
    var `protocol`: ProtocolVersions?
    var metaData: TableMetadata?
    var txn: TransactionVersion?
    var add: AddFile?
    var remove: RemoveFile?
}

/// Who committed what, for people. Other writers have other members.
struct CommitInfo: Codable {
    /// ms since 1970 UTC.
    var timestamp: Int64?
    var operation: String?
    var operationParameters: [String: String]?
    var operationMetrics: [String: String]?
    var isBlindAppend: Bool?
    var engineInfo: String?

    enum CodingKeys: CodingKey {
        case timestamp, operation, operationParameters, operationMetrics, isBlindAppend, engineInfo
    }

    init(timestamp: Int64, operation: String, parameters: [String: String], metrics: [String: Int], isBlindAppend: Bool)
    {
        self.timestamp = timestamp
        self.operation = operation
        operationParameters = parameters
        operationMetrics = metrics.mapValues(String.init)
        self.isBlindAppend = isBlindAppend
        engineInfo = "Tidemark"
    }

    /// Takes what can be read: the protocol leaves the content of this action to each writer.
    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        timestamp = try? container.decode(Int64.self, forKey: .timestamp)
        operation = try? container.decode(String.self, forKey: .operation)
        operationParameters = try? container.decode([String: String].self, forKey: .operationParameters)
        operationMetrics = try? container.decode([String: String].self, forKey: .operationMetrics)
        isBlindAppend = try? container.decode(Bool.self, forKey: .isBlindAppend)
        engineInfo = try? container.decode(String.self, forKey: .engineInfo)
    }
}

struct ProtocolVersions: Codable, Hashable {
    var minReaderVersion: Int
    var minWriterVersion: Int
    var readerFeatures: [String]?
    var writerFeatures: [String]?
}

struct TableMetadata: Codable, Hashable {
    struct Format: Codable, Hashable {
        var provider = "parquet"
        var options: [String: String]? = [:]
    }

    var id: String
    var name: String?
    var description: String?
    var format = Format()
    var schemaString: String
    var partitionColumns: [String]
    var configuration: [String: String]?
    /// ms since 1970 UTC.
    var createdTime: Int64?
}

/// How far an application has committed: epochs of a sink.
struct TransactionVersion: Codable, Hashable {
    var appId: String
    var version: Int64
    var lastUpdated: Int64?
}

/// A data file that belongs to the table.
struct AddFile: Codable, Hashable {
    /// Relative to the table, percent-encoded.
    var path: String
    var partitionValues: [String: String?]
    var size: Int64
    /// ms since 1970 UTC.
    var modificationTime: Int64
    var dataChange: Bool
    /// `FileStatistics` as JSON.
    var stats: String?
    var deletionVector: Presence?
}

/// A data file that belongs to the table no longer; readers of older versions may still read it.
struct RemoveFile: Codable, Hashable {
    var path: String
    /// ms since 1970 UTC.
    var deletionTimestamp: Int64?
    var dataChange: Bool
    var extendedFileMetadata: Bool?
    var partitionValues: [String: String?]?
    var size: Int64?
}

/// That a member is there, whatever it holds.
struct Presence: Codable, Hashable {
    init(from decoder: any Decoder) throws {}
    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encodeNil()
    }
}

/// JSON as the log has it: a line, with slashes as they are and members in a stable order.
enum LogJSON {
    static func text(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    static func bytes(_ actions: [LogAction]) throws -> [UInt8] {
        var bytes: [UInt8] = []
        for action in actions {
            bytes += Array(try text(action).utf8)
            bytes.append(UInt8(ascii: "\n"))
        }
        return bytes
    }

    static func actions(_ bytes: [UInt8], file: String) throws -> [LogAction] {
        let decoder = JSONDecoder()
        var actions: [LogAction] = []
        for (number, line) in bytes.split(separator: UInt8(ascii: "\n")).enumerated() {
            do {
                actions.append(try decoder.decode(LogAction.self, from: Data(line)))
            } catch {
                throw DeltaError(.corrupt, "\(file), line \(number + 1): not an action of the Delta protocol")
            }
        }
        return actions
    }
}
