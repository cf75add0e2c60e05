import Columnar
import Foundation
import Parquet

/// What a data file holds, for skipping it: rows, and bounds and nulls by column (Delta protocol, "Per-file
/// Statistics").
struct FileStatistics {
    var rowCount: Int?
    /// The least and the greatest value by column; a column without bounds may hold anything.
    var bounds: [String: ClosedBounds] = [:]
    var nullCounts: [String: Int] = [:]

    struct ClosedBounds: Hashable {
        var minimum: Scalar
        var maximum: Scalar
    }

    /// Of a file that was just written.
    static func text(_ file: ParquetFile, _ schema: RecordSchema) throws -> String {
        var leaves = file.statistics[...]
        let members = try members(schema.fields, &leaves)
        return "{\"numRecords\":\(file.rowCount),\"minValues\":\(members.minimum),"
            + "\"maxValues\":\(members.maximum),\"nullCount\":\(members.nulls)}"
    }

    /// Bounds and nulls of fields as JSON objects. A struct is an object again; lists and maps have none, since readers
    /// could not use them.
    private static func members(
        _ fields: [Field], _ leaves: inout ArraySlice<ColumnStatistics>
    ) throws -> (minimum: String, maximum: String, nulls: String) {
        var (minimum, maximum, nulls): ([String], [String], [String]) = ([], [], [])
        for field in fields {
            let name = try LogJSON.text(field.name)
            if case .struct(let inner) = field.type {
                let members = try members(inner, &leaves)
                if members.minimum != "{}" { minimum.append("\(name):\(members.minimum)") }
                if members.maximum != "{}" { maximum.append("\(name):\(members.maximum)") }
                if members.nulls != "{}" { nulls.append("\(name):\(members.nulls)") }
                continue
            }
            let count = field.type.leafCount
            defer { leaves = leaves.dropFirst(count) }
            guard !field.type.isNested, let known = leaves.first else { continue }
            nulls.append("\(name):\(known.nullCount)")
            guard let least = try json(known.minimum, isMaximum: false),
                let most = try json(known.maximum, isMaximum: true)
            else { continue }
            minimum.append("\(name):\(least)")
            maximum.append("\(name):\(most)")
        }
        return (
            "{\(minimum.joined(separator: ","))}", "{\(maximum.joined(separator: ","))}",
            "{\(nulls.joined(separator: ","))}"
        )
    }

    /// A bound as JSON; nil where there is none. Instants are in whole milliseconds, as other engines expect, and the
    /// greatest is rounded up so that it stays a bound.
    private static func json(_ bound: Scalar, isMaximum: Bool) throws -> String? {
        switch bound {
        case .null, .bytes, .bool, .list, .struct, .map: return nil
        case .int32, .int64, .decimal: return bound.text
        case .double(let value): return value.isFinite ? bound.text : nil
        case .string(let value): return value.utf8.count <= 256 ? try LogJSON.text(value) : nil
        case .date: return try LogJSON.text(bound.text)
        case .timestamp(let value):
            let down = value.floorDivided(by: 1000)
            let whole = isMaximum && down &* 1000 != value ? down + 1 : down
            let (microseconds, overflow) = whole.multipliedReportingOverflow(by: 1000)
            return overflow ? nil : try LogJSON.text(TimestampText.iso8601(microseconds))
        }
    }

    /// - Parameter text: the member `stats` of a file. What cannot be read counts as not known.
    init(_ text: String?, _ schema: RecordSchema) {
        guard let text, let known = try? JSONDecoder().decode(Stored.self, from: Data(text.utf8)) else { return }
        rowCount = known.numRecords
        nullCounts = (known.nullCount ?? [:]).compactMapValues(\.integer)
        for field in schema.fields {
            guard let least = known.minValues?[field.name]?.scalar(field.type),
                var most = known.maxValues?[field.name]?.scalar(field.type)
            else { continue }
            // Other writers cut instants to milliseconds.
            if case .timestamp(let time) = most, time < .max - 999 { most = .timestamp(time + 999) }
            bounds[field.name] = ClosedBounds(minimum: least, maximum: most)
        }
    }

    private struct Stored: Decodable {
        var numRecords: Int?
        var minValues: [String: Value]?
        var maxValues: [String: Value]?
        var nullCount: [String: Value]?
    }

    /// A bound whose type the schema knows.
    private enum Value: Decodable {
        case text(String)
        case number(Decimal)
        case other

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                self = .text(text)
            } else if let number = try? container.decode(Decimal.self) {
                self = .number(number)
            } else {
                self = .other
            }
        }

        var integer: Int? { if case .number(let value) = self { Int(value.description) } else { nil } }

        func scalar(_ type: DataType) -> Scalar? {
            switch self {
            // Other writers may cut long text off, which leaves its bounds bounds; instants may be cut to milliseconds.
            case .text(let text):
                return Scalar(text: text, type: type)
            // Through decimal, doubles may lose their last digits and with them the bound.
            case .number(let value): return type == .double ? nil : Scalar(text: value.description, type: type)
            case .other: return nil
            }
        }
    }
}
