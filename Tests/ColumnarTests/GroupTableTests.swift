import Columnar
import TestSupport
import Testing

/// The table of groups against a dictionary.
@Suite struct GroupTableTests {
    /// Few values, so that they come again; every third a null where there are nulls.
    private static func column(_ type: DataType, nulls: Bool, count: Int, _ random: inout SplitMix) -> ColumnVector {
        let scalars = (0..<count).map { _ -> Scalar in
            let value = Int64.random(in: -60...60, using: &random)
            if nulls, value % 3 == 0 { return .null }
            return switch type {
            case .int64: .int64(value)
            case .int32: .int32(Int32(value))
            case .double: .double([0.0, -0.0, .nan, 1.5, Double(value)][Int(value.magnitude % 5)])
            default: .string(String(repeating: "x", count: Int(value.magnitude % 7)) + "\(value % 10)")
            }
        }
        return ColumnVector(type, scalars: scalars)
    }

    /// Equal keys have equal texts: zero is one, and so is what is not a number.
    private static func key(_ columns: [ColumnVector], _ row: Int) -> [String] {
        columns.map { column in
            let scalar = column.scalar(at: row)
            if case .double(let value) = scalar { return value == 0 ? "0" : "\(value)" }
            return scalar.text.map { "'\($0)'" } ?? "null"
        }
    }

    @Test(
        arguments: [[.int64], [.int32], [.string], [.double], [.int64, .string], [.string, .double, .int32]]
            as [[DataType]], [(false, UInt64.max), (true, .max), (false, 0x8000_0000_0000_0003), (true, 1)])
    func groupsAreThoseOfADictionary(types: [DataType], how: (nulls: Bool, hashMask: UInt64)) {
        let nulls = how.nulls
        var random = SplitMix(state: 11)
        var table = GroupTable(keyTypes: types)
        var known: [[String]: Int32] = [:]
        for count in [0, 1, 300, 7, 500] {
            let columns = types.map { Self.column($0, nulls: nulls, count: count, &random) }
            let keys = (0..<count).map { Self.key(columns, $0) }
            // Few hashes: different keys have one.
            let hashes = rowHashes(columns, count: count).map { $0 & how.hashMask }
            let before: [Int32] = keys.map { known[$0] ?? -1 }
            #expect(table.find(columns, hashes: hashes) == before)
            #expect(table.count == known.count)
            for key in keys where known[key] == nil { known[key] = Int32(known.count) }
            let groups = table.intern(columns, hashes: hashes)
            let after: [Int32] = keys.map { known[$0] ?? -1 }
            #expect(groups == after)
            #expect(table.find(columns, hashes: hashes) == groups)
        }
        #expect(table.count == known.count && known.count > 5)
        #expect((0..<table.count).allSatisfy { known[Self.key(table.keys, $0)] == Int32($0) })
    }

    @Test func whatIsKeptIsFoundAndTheRestIsNot() {
        let column = ColumnVector(.int64, .int64((0..<1000).map { Int64($0 * 7) }))
        let hashes = rowHashes([column], count: 1000)
        var table = GroupTable(keyTypes: [.int64])
        _ = table.intern([column], hashes: hashes)
        table.keep([Int32](stride(from: 3, to: 1000, by: 10)))
        let expected: [Int32] = (0..<1000).map { number in number % 10 == 3 ? number / 10 : -1 }
        #expect(table.find([column], hashes: hashes) == expected)
    }
}
