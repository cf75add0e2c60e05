import Bids
import Columnar
import Dataflow
import Formats
import Workloads

/// Bids, as records and as columns.
struct SampleData {
    let count: Int
    /// In rounds as a topology takes them.
    let records: [RawRecords]
    let batch: RecordBatch

    init(count: Int) throws {
        self.count = count
        var bids = BidSequence()
        var line: [UInt8] = []
        records = stride(from: 0, to: count, by: 8192).map { first in
            var records = RawRecords(partition: 0)
            for number in first..<min(first + 8192, count) {
                line.removeAll(keepingCapacity: true)
                bids.appendNext(to: &line)
                records.append(value: line, offset: Int64(number))
            }
            return records
        }
        var decoder = try Self.decoder(.w1)
        batch = RecordBatch.concatenating(records.map { decoder.decode($0).batch })
    }

    /// The decoder of a workload's contract.
    static func decoder(_ workload: Workload) throws -> JSONRecordDecoder {
        let plan = try workload.topology.makePlan()
        for step in plan.steps {
            if case .read(let source) = step.kind { return JSONRecordDecoder(contract: source.contract) }
        }
        preconditionFailure("\(workload) reads nothing")
    }

    func column(_ name: String) -> ColumnVector {
        guard let column = batch.column(name) else { preconditionFailure("bids have no \(name)") }
        return column
    }
}

/// JSON records to the columns of a contract.
func measureDecoding(_ data: SampleData, _ stopwatch: inout Stopwatch) throws {
    for (workload, fields) in [(Workload.w1, "6 of 7"), (.w2, "3 of 7")] {
        var decoder = try SampleData.decoder(workload)
        stopwatch.measure("decode JSON, \(fields) fields", data.count, "event of 197 bytes") {
            for records in data.records { keep(decoder.decode(records)) }
        }
    }
}

/// Expressions over columns.
func measureExpressions(_ data: SampleData, _ stopwatch: inout Stopwatch) throws {
    let price = Expression.column("price")
    let expressions: [(String, Expression)] = [
        ("price > 50000", .binary(.greater, price, .literal(.int64(50_000), .int64))),
        (
            "auction % 123 = 0",
            .binary(
                .equal, .binary(.remainder, .column("auction"), .literal(.int64(123), .int64)),
                .literal(.int64(0), .int64))
        ),
        ("price * 908", .binary(.multiply, price, .literal(.int64(908), .int64))),
        ("price as double * 0.908", .binary(.multiply, .cast(price, to: .double), .literal(.double(0.908), .double))),
        (
            "price as decimal * 0.908",
            .binary(
                .multiply, .cast(price, to: .decimal(precision: 19, scale: 0)),
                .literal(.decimal(908, scale: 3), .decimal(precision: 3, scale: 3)))
        ),
        ("channel = 'Apple'", .binary(.equal, .column("channel"), .literal(.string("Apple"), .string))),
    ]
    for (name, expression) in expressions {
        let bound = try expression.bound(to: data.batch.schema)
        stopwatch.measure(name, data.count, "row") { keep(bound.evaluate(data.batch)) }
    }
}
