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

    @Test func aSingleLaneTakesPartitionsWhole() {
        let parts = Self.parts([0: 30_000, 1: 2_900], lanes: 1)
        #expect(parts.map(\.records.count) == [30_000, 2_900])
        #expect(parts.map(\.firstRow) == [0, 0])
        #expect(Self.parts([:], lanes: 2).isEmpty)
    }

    /// Small enough that the last ones of a round do not keep the other lanes waiting, and none of them tiny.
    @Test func partsAreOfAboutOneSize() {
        #expect(Self.parts([0: 900], lanes: 2).map(\.records.count) == [900])
        #expect(Self.parts([0: 4_097], lanes: 2).map(\.records.count) == [2_048, 2_049])
        #expect(Self.parts([0: 0], lanes: 2).map(\.records.count) == [0])
        let sizes = Self.parts([0: 32_768, 1: 10_000], lanes: 2).map(\.records.count)
        #expect(sizes == [Int](repeating: 4_096, count: 8) + [3_333, 3_333, 3_334])
    }

    @Test(
        arguments: [[0: 10_000], [2: 10_000, 1: 10], [0: 1, 3: 9_999, 6: 4_000], [0: 20_000, 1: 0]] as [[Int32: Int]])
    func aLargePartitionIsCutInOrder(counts: [Int32: Int]) {
        for lanes in [2, 3, 7] {
            let parts = Self.parts(counts, lanes: lanes)
            for (partition, count) in counts {
                let mine = parts.filter { $0.records.partition == partition }
                #expect(mine.flatMap(\.records.offsets) == (0..<count).map { Int64($0) })
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
