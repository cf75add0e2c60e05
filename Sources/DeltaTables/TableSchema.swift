import Columnar
import Foundation

/// A table's schema as its metadata holds it, in JSON (Delta protocol, "Schema Serialization Format").
enum TableSchema {
    private struct Structure: Codable {
        var type = "struct"
        var fields: [Member]
    }

    private struct Member: Codable {
        var name: String
        var type: TypeName
        var nullable: Bool
        var metadata: [String: Ignored] = [:]
    }

    /// A type by name; a nested one is an object, which is read over and refused by the column's name.
    private enum TypeName: Codable {
        case name(String)
        case nested

        init(from decoder: any Decoder) throws {
            let name = try? decoder.singleValueContainer().decode(String.self)
            self = name.map(TypeName.name) ?? .nested
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            guard case .name(let name) = self else { return try container.encodeNil() }
            try container.encode(name)
        }
    }

    /// A value of column metadata: only its being there matters.
    private struct Ignored: Codable {
        init(from decoder: any Decoder) throws {}
        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            try container.encodeNil()
        }
    }

    static func text(_ schema: RecordSchema) throws -> String {
        let fields = schema.fields.map {
            Member(name: $0.name, type: .name(typeName($0.type)), nullable: $0.isNullable)
        }
        return try LogJSON.text(Structure(fields: fields))
    }

    /// - Parameter table: the name for errors.
    static func parse(_ text: String, table: String) throws -> RecordSchema {
        guard let structure = try? JSONDecoder().decode(Structure.self, from: Data(text.utf8)) else {
            throw DeltaError(.corrupt, "table \(table): its metadata holds no schema that can be read")
        }
        var fields: [Field] = []
        for member in structure.fields {
            guard case .name(let name) = member.type, let type = type(named: name) else {
                throw DeltaError(
                    .unsupported, "table \(table): column '\(member.name)' has a type that Tidemark does not read yet")
            }
            let rule = member.metadata.keys.first {
                $0 == "delta.invariants" || $0 == "delta.generationExpression" || $0.hasPrefix("delta.identity")
            }
            if let rule {
                throw DeltaError(
                    .unsupported,
                    "table \(table): column '\(member.name)' has a rule (\(rule)) that Tidemark does not keep")
            }
            fields.append(Field(member.name, type, isNullable: member.nullable))
        }
        guard Set(fields.map(\.name)).count == fields.count else {
            throw DeltaError(.corrupt, "table \(table): its schema has two columns of one name")
        }
        return RecordSchema(fields)
    }

    private static func typeName(_ type: DataType) -> String {
        switch type {
        case .bool: "boolean"
        case .int32: "integer"
        case .int64: "long"
        case .double: "double"
        case .decimal(let precision, let scale): "decimal(\(precision),\(scale))"
        case .string: "string"
        case .bytes: "binary"
        case .date: "date"
        case .timestamp: "timestamp"
        }
    }

    private static func type(named name: String) -> DataType? {
        switch name {
        case "boolean": return .bool
        case "integer": return .int32
        case "long": return .int64
        case "double": return .double
        case "string": return .string
        case "binary": return .bytes
        case "date": return .date
        case "timestamp": return .timestamp
        default:
            guard name.hasPrefix("decimal("), name.hasSuffix(")") else { return nil }
            let numbers = name.dropFirst(8).dropLast().split(separator: ",").map {
                Int($0.trimmingCharacters(in: .whitespaces))
            }
            guard numbers.count == 2, let precision = numbers[0], let scale = numbers[1],
                (1...38).contains(precision), (0...precision).contains(scale)
            else { return nil }
            return .decimal(precision: precision, scale: scale)
        }
    }
}
