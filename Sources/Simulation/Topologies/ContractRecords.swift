import Columnar
import Dataflow

/// Records that a contract accepts, with keys that repeat and times that go on: what a topology of anybody's reads in a
/// simulation.
struct ContractRecords {
    var random: SeededRandom
    let contract: ContractDescription
    /// Columns whose values are to be the same now and then, but in one partition only.
    let identities: Set<String>
    /// µs of event time between two records of a partition.
    let unit: Int64
    private var clock = RandomRecords.epoch
    private var number = 0

    init(random: SeededRandom, contract: ContractDescription, identities: Set<String>, unit: Int64) {
        self.random = random
        self.contract = contract
        self.identities = identities
        self.unit = unit
    }

    /// - Parameter partitions: how many.
    mutating func make(count: Int, partitions: Int) -> [[Scenario.Record]] {
        (0..<partitions).map { partition in
            clock = RandomRecords.epoch
            var records: [Scenario.Record] = []
            for _ in 0..<count / partitions {
                if random.chance(4) {
                    records.append(Scenario.Record(value: Array("{\"".utf8), timestamp: 0, defect: .malformed))
                } else if random.chance(8), let earlier = records.last(where: { $0.row != nil }) {
                    records.append(earlier)
                } else {
                    records.append(record(partition))
                }
            }
            return records
        }
    }

    /// Rows of a table that rows are put together with.
    mutating func rows(count: Int) -> [String] {
        (0..<count).map { _ in String(decoding: record(0).value ?? [], as: UTF8.self) }
    }

    private mutating func record(_ partition: Int) -> Scenario.Record {
        number += 1
        clock += unit * Int64(random.pick([0, 1, 1, 2, 5]))
        var row: [String: Scalar] = [:]
        var tree = JSONTree()
        for column in contract.columns {
            let value: Scalar
            if column.field.isNullable, random.chance(12) {
                value = .null
            } else if identities.contains(column.field.name) {
                value = identity(column.field.type, partition)
            } else {
                value = self.value(column.field.type, column.timestampFormat)
            }
            row[column.field.name] = value
            tree.set(column.path[...], text(value, column.field.type, column, []))
        }
        return Scenario.Record(
            key: nil, value: Array(tree.text.utf8), timestamp: clock / 1000, row: row)
    }

    /// One of a kind, or of the last few.
    private mutating func identity(_ type: DataType, _ partition: Int) -> Scalar {
        let chosen = number - (random.chance(15) ? random.number(0...3) : 0)
        switch type {
        case .int32: return .int32(Int32(partition * 100_000 + chosen))
        case .int64: return .int64(Int64(partition * 100_000 + chosen))
        case .string: return .string("\(partition)-\(chosen)")
        default: return value(type, .iso8601)
        }
    }

    private mutating func value(_ type: DataType, _ format: ContractDescription.TimestampFormat) -> Scalar {
        switch type {
        case .bool: .bool(random.chance(50))
        case .int32: .int32(Int32(random.number(0...6)))
        case .int64: .int64(Int64(random.number(0...6)))
        // Quarters, whose sums are exact in any order.
        case .double: .double(Double(random.number(-40...400)) / 4)
        case .decimal(let precision, let scale):
            .decimal(Int128(random.number(0...(precision > 4 ? 9_999 : 9))), scale: scale)
        case .string: .string(random.pick(["a", "b", "c", "d", "é", ""]))
        case .bytes: .bytes(Array(random.pick(["x", "yz", ""]).utf8))
        case .date: .date(Int32(clock / 86_400_000_000) - Int32(random.number(0...3)))
        case .timestamp: .timestamp(time(format))
        case .json: .string("{\"x\":[1,null]}")
        case .struct(let fields):
            .struct(fields.map { $0.isNullable && random.chance(12) ? .null : value($0.type, .iso8601) })
        case .list(let element, _): .list((0..<random.number(0...3)).map { _ in value(element, .iso8601) })
        case .map(_, let value, _):
            .map(
                ["k1", "k2"].prefix(random.number(0...2)).map {
                    Scalar.MapEntry(.string($0), self.value(value, .iso8601))
                })
        }
    }

    /// Near the clock of the partition, and now and then older.
    private mutating func time(_ format: ContractDescription.TimestampFormat) -> Int64 {
        let age = random.chance(25) ? Int64(random.number(0...20)) * unit : 0
        let time = clock - age
        return format == .epochSeconds ? time - time % 1_000_000 : time
    }

    /// A value as JSON.
    private func text(
        _ value: Scalar, _ type: DataType, _ column: ContractDescription.Column, _ path: [String]
    ) -> String {
        switch (value, type) {
        case (.null, _): return "null"
        case (.bool(let value), _): return "\(value)"
        case (.int32(let value), _): return "\(value)"
        case (.int64(let value), _): return "\(value)"
        case (.double(let value), _): return "\(value)"
        case (.decimal, _): return value.text ?? "null"
        case (.string(let text), .json): return text
        case (.string(let text), _): return "\"\(text)\""
        case (.bytes(let bytes), _): return "\"\(String(decoding: bytes, as: UTF8.self))\""
        case (.date, _): return "\"\(value.text ?? "")\""
        case (.timestamp(let time), _):
            let format = path.isEmpty ? column.timestampFormat : column.nestedTimestampFormats[path] ?? .iso8601
            return RandomRecords.timestamp(time, format)
        case (.struct(let values), .struct(let fields)):
            let members = zip(fields, values).map { "\"\($0.name)\":\(text($1, $0.type, column, path + [$0.name]))" }
            return "{\(members.joined(separator: ","))}"
        case (.list(let values), .list(let element, _)):
            return "[\(values.map { text($0, element, column, path) }.joined(separator: ","))]"
        case (.map(let entries), .map(_, let type, _)):
            let members = entries.map { "\"\($0.key.plainText)\":\(text($0.value, type, column, path))" }
            return "{\(members.joined(separator: ","))}"
        default: preconditionFailure("\(value) is no \(type)")
        }
    }
}

/// A JSON object that is put together from paths.
private struct JSONTree {
    private var names: [String] = []
    private var values: [String: String] = [:]
    private var objects: [String: JSONTree] = [:]

    mutating func set(_ path: ArraySlice<String>, _ text: String) {
        guard let name = path.first else { return }
        if values[name] == nil, objects[name] == nil { names.append(name) }
        if path.count == 1 {
            values[name] = text
        } else {
            objects[name, default: JSONTree()].set(path.dropFirst(), text)
        }
    }

    var text: String {
        "{\(names.map { "\"\($0)\":\(values[$0] ?? objects[$0]?.text ?? "null")" }.joined(separator: ","))}"
    }
}
