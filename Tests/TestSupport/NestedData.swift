import Columnar

/// Random types and values of any nesting, the same for a seed.
public struct NestedData {
    public var random: SplitMix
    public var hasJSON = true
    public var hasBytes = true

    public init(seed: UInt64) { random = SplitMix(state: seed) }

    private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

    private mutating func flat() -> DataType {
        let all: [DataType] = [
            .bool, .int32, .int64, .double, .decimal(precision: 9, scale: 2), .decimal(precision: 38, scale: 6),
            .string,
            .string, .bytes, .date, .timestamp,
        ]
        let type = hasJSON && chance(5) ? .json : all.randomElement(using: &random)!
        return type == .bytes && !hasBytes ? .string : type
    }

    /// A type of at most so many levels.
    public mutating func type(depth: Int) -> DataType {
        guard depth > 1, !chance(25) else { return flat() }
        switch Int.random(in: 0..<3, using: &random) {
        case 0:
            return .struct(
                (0..<Int.random(in: 1...4, using: &random)).map { index in
                    let type = type(depth: depth - 1)
                    return Field("f\(index)", type, isNullable: chance(60))
                })
        case 1:
            let element = type(depth: depth - 1)
            return .list(element, containsNull: chance(50))
        default:
            let value = type(depth: depth - 1)
            return .map(key: chance(70) ? .string : .int64, value: value, valueContainsNull: chance(50))
        }
    }

    /// A schema of nested and flat columns.
    public mutating func schema(columns: Int, depth: Int) -> RecordSchema {
        RecordSchema(
            (0..<columns).map { index in
                let type = type(depth: depth)
                return Field("c\(index)", type, isNullable: chance(50))
            })
    }

    public mutating func value(_ type: DataType, isNullable: Bool) -> Scalar {
        if isNullable, chance(20) { return .null }
        switch type {
        case .bool: return .bool(chance(50))
        case .int32: return .int32(.random(in: -5...5, using: &random))
        case .int64: return .int64(chance(10) ? .max : .random(in: -5...5, using: &random))
        case .double: return .double([0, 0.5, -2.25, 1e100, 3].randomElement(using: &random)!)
        case .decimal(_, let scale): return .decimal(.random(in: -1_000...1_000, using: &random), scale: scale)
        case .string:
            return .string(["", "a", "é", "\"quoted\" \\ text", "😀 and\nmore"].randomElement(using: &random)!)
        case .bytes:
            return .bytes((0..<Int.random(in: 0...5, using: &random)).map { _ in .random(in: 0...255, using: &random) })
        case .date: return .date(.random(in: -10_000...40_000, using: &random))
        case .timestamp: return .timestamp(.random(in: 0...2_000_000_000_000_000, using: &random))
        case .json: return .string(["{\"a\":[1,2]}", "[]", "\"x\"", "1.50", "true"].randomElement(using: &random)!)
        case .struct(let fields): return .struct(fields.map { value($0.type, isNullable: $0.isNullable) })
        case .list(let element, let nulls):
            return .list((0..<length()).map { _ in value(element, isNullable: nulls) })
        case .map(let key, let item, let nulls):
            return .map(
                (0..<length()).map { index in
                    .init(
                        key == .string ? .string("k\(index)") : .int64(Int64(index)), value(item, isNullable: nulls))
                }.shuffled(using: &random))
        }
    }

    private mutating func length() -> Int { chance(30) ? 0 : Int.random(in: 1...4, using: &random) }

    public mutating func rows(_ schema: RecordSchema, count: Int) -> [[Scalar]] {
        (0..<count).map { _ in schema.fields.map { value($0.type, isNullable: $0.isNullable) } }
    }

    public static func batch(_ schema: RecordSchema, _ rows: [[Scalar]]) -> RecordBatch {
        RecordBatch(
            schema: schema,
            columns: schema.fields.indices.map { index in
                ColumnVector(schema.fields[index].type, scalars: rows.map { $0[index] })
            }, count: rows.count)
    }

    public static func rows(_ batch: RecordBatch) -> [[Scalar]] {
        (0..<batch.count).map { row in batch.columns.map { $0.scalar(at: row) } }
    }
}
