import Testing

@testable import Dataflow

/// How a round's records are divided among the lanes that decode them.
@Suite struct DecodingWorkTests {
    private static func parts(_ counts: [Int32: Int], lanes: Int) -> [DecodingWork.Part] {
        let records = counts.sorted { $0.key < $1.key }.map { partition, count in
            var records = RawRecords(partition: partition)
            for row in 0..<count {
                records.append(
                    value: [UInt8(row % 256)], offset: Int64(row), headers: row == 5 ? [RecordHeader("h", [1])] : [])
            }
            return records
        }
        return DecodingWork.parts(
            [Execution.SourceInput(step: 0, records: records, partitions: [])], lanes: lanes)
    }

    private static func loads(_ parts: [DecodingWork.Part], lanes: Int) -> [Int] {
        (0..<lanes).map { lane in parts.filter { $0.lane == lane }.reduce(0) { $0 + $1.records.count } }
    }

    @Test func partitionsStayWholeWhereLanesHaveAboutTheSame() {
        let parts = Self.parts([0: 3_000, 1: 2_900, 2: 3_100, 3: 2_800], lanes: 2)
        #expect(parts.map(\.lane) == [0, 1, 0, 1])
        #expect(parts.map(\.firstRow) == [0, 0, 0, 0])
        // Too few to be divided, however uneven.
        #expect(Self.parts([0: 900], lanes: 2).map(\.lane) == [0])
        #expect(Self.parts([:], lanes: 2).isEmpty)
    }

    @Test(
        arguments: [[0: 10_000], [2: 10_000, 1: 10], [0: 1, 3: 9_999, 6: 4_000], [0: 20_000, 1: 0]] as [[Int32: Int]])
    func aLargePartitionIsDividedInOrder(counts: [Int32: Int]) {
        for lanes in [2, 3, 7] {
            let parts = Self.parts(counts, lanes: lanes)
            let total = counts.values.reduce(0, +)
            let largest = Self.loads(parts, lanes: lanes).max() ?? 0
            #expect(largest <= max((total + lanes - 1) / lanes, 1024))
            for (partition, count) in counts {
                let mine = parts.filter { $0.records.partition == partition }
                #expect(mine.flatMap(\.records.offsets) == (0..<count).map { Int64($0) })
                #expect(mine.map(\.lane) == mine.map(\.lane).sorted())
                for part in mine {
                    #expect(part.records.offsets.first.map { $0 == Int64(part.firstRow) } ?? true)
                    let isRight = (0..<part.records.count).allSatisfy { row in
                        part.records.value(row)?.first == UInt8((part.firstRow + row) % 256)
                    }
                    #expect(isRight)
                    let holder = 5 - part.firstRow
                    let isHere = (0..<part.records.count).contains(holder)
                    #expect(part.records.headers.keys.sorted() == (isHere ? [holder] : []))
                }
            }
        }
    }
}
