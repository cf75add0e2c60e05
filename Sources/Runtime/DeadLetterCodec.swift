import Columnar
import Dataflow
import Foundation

/// A dead letter as a checkpoint holds it.
struct StoredLetter {
    var letter: DeadLetter
    /// When it was dropped, µs since 1970 UTC.
    var time: Int64
}

/// Dead letters as a batch of columns, for the checkpoint.
enum DeadLetterCodec {
    private static let schema = RecordSchema([
        Field("source", .int64), Field("reason", .string), Field("field", .string, isNullable: true),
        Field("position", .int64, isNullable: true), Field("message", .string), Field("partition", .int32),
        Field("offset", .int64), Field("timestamp", .int64), Field("key", .bytes, isNullable: true),
        Field("value", .bytes, isNullable: true), Field("headers", .bytes), Field("time", .int64),
    ])

    static func encode(_ letters: [StoredLetter]) -> [UInt8] {
        guard !letters.isEmpty else { return [] }
        let rows = letters.map(row)
        let columns = schema.fields.indices.map { index in
            ColumnVector(schema.fields[index].type, scalars: rows.map { $0[index] })
        }
        var bytes: [UInt8] = []
        BatchCodec.encode([RecordBatch(schema: schema, columns: columns, count: rows.count)], into: &bytes)
        return bytes
    }

    static func decode(_ bytes: [UInt8]) throws -> [StoredLetter] {
        guard !bytes.isEmpty else { return [] }
        return try BatchCodec.decode(bytes).flatMap { batch in
            guard batch.schema == schema else { throw CheckpointError("dead letters of another shape") }
            return try (0..<batch.count).map { row in try letter(batch.columns.map { $0.scalar(at: row) }) }
        }
    }

    private static func row(_ stored: StoredLetter) -> [Scalar] {
        let letter = stored.letter
        return [
            .int64(Int64(letter.source)), .string(letter.reason.rawValue), letter.field.map(Scalar.string) ?? .null,
            letter.position.map { .int64(Int64($0)) } ?? .null, .string(letter.message), .int32(letter.partition),
            .int64(letter.offset), .int64(letter.timestamp), letter.key.map(Scalar.bytes) ?? .null,
            letter.value.map(Scalar.bytes) ?? .null, .bytes(HeaderCodec.encode(letter.headers)), .int64(stored.time),
        ]
    }

    private static func letter(_ row: [Scalar]) throws -> StoredLetter {
        guard case .int64(let source) = row[0], case .string(let code) = row[1],
            let reason = RejectionReason(rawValue: code), case .string(let message) = row[4],
            case .int32(let partition) = row[5], case .int64(let offset) = row[6], case .int64(let timestamp) = row[7],
            case .bytes(let headers) = row[10], case .int64(let time) = row[11]
        else { throw CheckpointError("a dead letter of another shape") }
        var letter = DeadLetter(
            source: Int(source), reason: reason, message: message, partition: partition, offset: offset,
            timestamp: timestamp, headers: try HeaderCodec.decode(headers))
        if case .string(let field) = row[2] { letter.field = field }
        if case .int64(let position) = row[3] { letter.position = Int(position) }
        if case .bytes(let key) = row[8] { letter.key = key }
        if case .bytes(let value) = row[9] { letter.value = value }
        return StoredLetter(letter: letter, time: time)
    }
}

/// A record's headers as bytes: JSON, values in base64.
enum HeaderCodec {
    private struct Header: Codable {
        var name: String
        var value: Data?
    }

    static func encode(_ headers: [RecordHeader]) -> [UInt8] {
        let coded = headers.map { Header(name: $0.name, value: $0.value.map { Data($0) }) }
        // Strings and bytes only: encoding cannot fail.
        return (try? JSONEncoder().encode(coded)).map(Array.init) ?? []
    }

    static func decode(_ bytes: [UInt8]) throws -> [RecordHeader] {
        try JSONDecoder().decode([Header].self, from: Data(bytes)).map {
            RecordHeader($0.name, $0.value.map(Array.init))
        }
    }
}
