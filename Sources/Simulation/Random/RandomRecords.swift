import Columnar
import Dataflow

/// A topic of a random topology.
struct RandomSource {
    var topic: String
    var timestampFormat: ContractDescription.TimestampFormat
    /// µs.
    var delay: Int64

    /// The columns of every random topic.
    var contract: ContractDescription {
        ContractDescription(
            name: "Event",
            columns: [
                .init(Field("id", .string)), .init(Field("k", .string, isNullable: true)),
                .init(Field("v", .int64, isNullable: true)),
                .init(Field("t", .timestamp), timestampFormat: timestampFormat),
            ])
    }
}

/// Records of a topic: keys that repeat, times out of order and too old, duplicates, and bytes that are no records.
struct RandomRecords {
    var random: SeededRandom
    let source: RandomSource
    /// µs between two records of a partition.
    let unit: Int64

    mutating func make() -> [[Scenario.Record]] {
        let count = random.number(3...random.pick([12, 40, 90]))
        let partitions = random.number(1...3)
        let disorder = random.pick([0, 3, 10, 25, 25])
        var result: [[Scenario.Record]] = []
        for partition in 0..<partitions {
            var records: [Scenario.Record] = []
            var clock = Int64(random.number(-5...5))
            let size = random.chance(10) ? 0 : count / partitions + random.number(0...4)
            for number in 0..<size {
                clock += Int64(random.pick([0, 1, 1, 1, 2, 5]))
                let late = random.chance(45) ? Int64(random.number(0...disorder)) : 0
                add(to: &records, id: "\(source.topic)-\(partition)-\(number)", second: clock - late)
            }
            result.append(records)
        }
        return result
    }

    private mutating func add(to records: inout [Scenario.Record], id: String, second: Int64) {
        if random.chance(4) {
            records.append(Scenario.Record(value: nil, timestamp: 0, isHidden: true))
        } else if random.chance(6) {
            records.append(defective())
        } else if random.chance(10), let earlier = records.last(where: { $0.row != nil }) {
            // A producer's retry, or another event of the same identity.
            if random.chance(50), case .string(let id)? = earlier.row?["id"] {
                records.append(record(id: id, second: second))
            } else {
                records.append(earlier)
            }
        } else {
            records.append(record(id: id, second: second))
        }
    }

    private mutating func record(id: String, second: Int64) -> Scenario.Record {
        let key: Scalar = random.pick([.string("a"), .string("b"), .string("c"), .string("c"), .string("ü"), .null])
        let value: Scalar = random.chance(12) ? .null : .int64(Int64(random.number(-9...20)))
        // Whole seconds, moved so that bounds of windows are met and missed.
        let time = Self.epoch + second * unit + (random.chance(15) ? Int64(random.number(-1...1)) * 1_000_000 : 0)
        let row: [String: Scalar] = ["id": .string(id), "k": key, "v": value, "t": .timestamp(time)]
        return Scenario.Record(
            key: Array(id.utf8), value: Array(json(row).utf8), timestamp: time / 1000, row: row)
    }

    /// 2026-03-28T12:00:00Z: the clocks in Europe go forward in the night after it.
    static let epoch: Int64 = 1_774_699_200_000_000

    private mutating func json(_ row: [String: Scalar]) -> String {
        var members = row.keys.sorted().compactMap { name -> String? in
            switch row[name] {
            case .string(let text)?: "\"\(name)\":\"\(text)\""
            case .int64(let number)?: "\"\(name)\": \(number)"
            case .timestamp(let time)?: "\"\(name)\":\(Self.timestamp(time, source.timestampFormat))"
            default: random.chance(50) ? "\"\(name)\":null" : nil
            }
        }
        if random.chance(10) { members.append("\"more\":{\"x\":[1,2,{}]}") }
        if random.chance(25) { members.shuffle(using: &random) }
        return "{\(members.joined(separator: ","))}"
    }

    static func timestamp(_ time: Int64, _ format: ContractDescription.TimestampFormat) -> String {
        switch format {
        case .iso8601: "\"\(TimestampText.iso8601(time))\""
        case .epochSeconds: "\(time / 1_000_000)"
        case .epochMilliseconds: "\(time / 1_000)"
        case .epochMicroseconds: "\(time)"
        }
    }

    private mutating func defective() -> Scenario.Record {
        let cases: [(String?, RejectionReason)] = [
            (nil, .malformed), ("", .malformed), ("{\"id\":", .malformed), ("[1]", .malformed), ("{} {}", .malformed),
            ("{\"id\":\"x\"}", .contractViolation), ("{\"id\":1,\"t\":0}", .contractViolation),
        ]
        let (value, reason) = random.pick(cases)
        return Scenario.Record(value: value.map { Array($0.utf8) }, timestamp: 0, defect: reason)
    }
}
