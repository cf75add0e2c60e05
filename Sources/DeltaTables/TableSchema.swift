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

    /// A type by name; a nested one is an object.
    private indirect enum TypeName: Codable {
        case name(String)
        case structure(Structure)
        case array(ArrayType)
        case map(MapType)

        private enum Key: CodingKey { case type }

        init(from decoder: any Decoder) throws {
            if let name = try? decoder.singleValueContainer().decode(String.self) {
                self = .name(name)
                return
            }
            switch try decoder.container(keyedBy: Key.self).decode(String.self, forKey: .type) {
            case "struct": self = .structure(try Structure(from: decoder))
            case "array": self = .array(try ArrayType(from: decoder))
            case "map": self = .map(try MapType(from: decoder))
            case let other: self = .name(other)
            }
        }

        func encode(to encoder: any Encoder) throws {
            switch self {
            case .name(let name):
                var container = encoder.singleValueContainer()
                try container.encode(name)
            case .structure(let structure): try structure.encode(to: encoder)
            case .array(let array): try array.encode(to: encoder)
            case .map(let map): try map.encode(to: encoder)
            }
        }
    }

    private struct ArrayType: Codable {
        var type = "array"
        var elementType: TypeName
        var containsNull: Bool
    }

    private struct MapType: Codable {
        var type = "map"
        var keyType: TypeName
        var valueType: TypeName
        var valueContainsNull: Bool
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
        try LogJSON.text(structure(schema.fields))
    }

    private static func structure(_ fields: [Field]) -> Structure {
        Structure(
            fields: fields.map { Member(name: $0.name, type: typeName($0.type), nullable: $0.isNullable) })
    }

    /// - Parameter table: the name for errors.
    static func parse(_ text: String, table: String) throws -> RecordSchema {
        guard let structure = try? JSONDecoder().decode(Structure.self, from: Data(text.utf8)) else {
            throw DeltaError(.corrupt, "table \(table): its metadata holds no schema that can be read")
        }
        return RecordSchema(try fields(structure, path: "", depth: 1, table))
    }

    /// - Parameter path: of the structure, ended by a point.
    private static func fields(
        _ structure: Structure, path: String, depth: Int, _ table: String
    ) throws -> [Field] {
        var fields: [Field] = []
        for member in structure.fields {
            let name = path + member.name
            let type = try type(member.type, name, depth: depth, table)
            let rule = member.metadata.keys.first {
                $0 == "delta.invariants" || $0 == "delta.generationExpression" || $0.hasPrefix("delta.identity")
            }
            if let rule {
                throw DeltaError(
                    .unsupported,
                    "table \(table): column '\(name)' has a rule (\(rule)) that Tidemark does not keep")
            }
            fields.append(Field(member.name, type, isNullable: member.nullable))
        }
        guard Set(fields.map(\.name)).count == fields.count else {
            throw DeltaError(
                .corrupt,
                "table \(table): \(path.isEmpty ? "its schema" : "column '\(path.dropLast())'") has two columns of one name"
            )
        }
        return fields
    }

    /// - Parameter path: of the column, for errors.
    private static func type(_ type: TypeName, _ path: String, depth: Int, _ table: String) throws -> DataType {
        guard depth <= DataType.maximumDepth else {
            throw DeltaError(
                .unsupported, "table \(table): column '\(path)' is nested deeper than \(DataType.maximumDepth) levels")
        }
        switch type {
        case .name(let name):
            guard let type = Self.type(named: name) else {
                throw DeltaError(
                    .unsupported,
                    "table \(table): column '\(path)' has a type that Tidemark does not read yet (\(name))")
            }
            return type
        case .structure(let structure):
            return .struct(try fields(structure, path: path + ".", depth: depth + 1, table))
        case .array(let array):
            return .list(
                try Self.type(array.elementType, path + ".element", depth: depth + 1, table),
                containsNull: array.containsNull)
        case .map(let map):
            return .map(
                key: try Self.type(map.keyType, path + ".key", depth: depth + 1, table),
                value: try Self.type(map.valueType, path + ".value", depth: depth + 1, table),
                valueContainsNull: map.valueContainsNull)
        }
    }

    private static func typeName(_ type: DataType) -> TypeName {
        switch type {
        case .bool: .name("boolean")
        case .int32: .name("integer")
        case .int64: .name("long")
        case .double: .name("double")
        case .decimal(let precision, let scale): .name("decimal(\(precision),\(scale))")
        // A table has no JSON; its text is a string there.
        case .string, .json: .name("string")
        case .bytes: .name("binary")
        case .date: .name("date")
        case .timestamp: .name("timestamp")
        case .struct(let fields): .structure(structure(fields))
        case .list(let element, let containsNull):
            .array(ArrayType(elementType: typeName(element), containsNull: containsNull))
        case .map(let key, let value, let containsNull):
            .map(MapType(keyType: typeName(key), valueType: typeName(value), valueContainsNull: containsNull))
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
