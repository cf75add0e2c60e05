import Columnar

/// Keys to group numbers.
func measureGrouping(_ data: SampleData, _ stopwatch: inout Stopwatch) {
    // Spread, so that neighbours in the table are not neighbours in the rows.
    let spread = (0..<data.count).map { Int64((UInt64($0) &* 0x9E37_79B9_7F4A_7C15) >> 20) }
    let few = ColumnVector(.int64, .int64(spread.map { $0 % 20_000 }))
    let many = ColumnVector(.int64, .int64(spread))
    let texts = ColumnVector(.string, .binary(BinaryValues(spread.map { "customer-\($0)" })))
    stopwatch.measure("hash an integer", data.count, "row") { keep(rowHashes([many], count: data.count)) }
    stopwatch.measure("hash a text", data.count, "row") { keep(rowHashes([texts], count: data.count)) }
    let keys: [(String, [ColumnVector])] = [
        ("20,000 integers", [few]), ("1,000,000 integers", [many]), ("1,000,000 texts", [texts]),
        ("pairs of integers", [data.column("auction"), data.column("bidder")]),
    ]
    for (name, columns) in keys {
        let hashes = rowHashes(columns, count: data.count)
        stopwatch.measure("group by \(name)", data.count, "row") {
            var table = GroupTable(keyTypes: columns.map(\.type))
            keep(table.intern(columns, hashes: hashes))
        }
    }
}

/// Values into the aggregates of 20,000 groups.
func measureAccumulators(_ data: SampleData, _ stopwatch: inout Stopwatch) throws {
    let groupCount = 20_000
    let groups = (0..<data.count).map { Int32((UInt64($0) &* 0x9E37_79B9_7F4A_7C15) >> 20 % UInt64(groupCount)) }
    let price = data.column("price")
    let functions: [(String, AggregateFunction, [ColumnVector])] = [
        ("count", .count, []), ("sum of integers", .sum, [price]), ("max of integers", .max, [price]),
        ("max of texts", .max, [data.column("channel")]),
    ]
    for (name, function, columns) in functions {
        let empty = try Accumulator(function, arguments: columns.map(\.type))
        stopwatch.measure("accumulate \(name)", data.count, "row") {
            var accumulator = empty
            accumulator.update(groups: groups, groupCount: groupCount, columns: columns)
            keep(accumulator)
        }
    }
}
