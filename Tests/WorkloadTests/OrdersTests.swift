import TestSupport
import Testing
import TidemarkTesting
import Workloads

/// W6 against every pair of an order and a shipment.
@Suite struct OrdersTests {
    struct Record {
        var order: Int
        /// ms since the day began.
        var time: Int
        var partition: Int32
        var isLate = false

        var timestamp: String {
            func padded(_ number: Int, _ digits: Int) -> String {
                String(repeating: "0", count: max(0, digits - "\(number)".count)) + "\(number)"
            }
            return "2026-01-01T00:\(padded(time / 60_000, 2)):\(padded(time / 1000 % 60, 2)).\(padded(time % 1000, 3))Z"
        }
        /// µs since 1970 UTC.
        var microseconds: Int { 1_767_225_600_000_000 + time * 1000 }
    }

    /// Late is what is more than five seconds older than the newest of its partition before it.
    static func marked(_ records: [Record]) -> [Record] {
        var newest: [Int32: Int] = [:]
        return records.map { record in
            var record = record
            record.isLate = newest[record.partition].map { record.time < $0 - 5000 } ?? false
            newest[record.partition] = max(newest[record.partition] ?? 0, record.time)
            return record
        }
    }

    @Test func shipmentsWithinTenSecondsOfTheirOrders() throws {
        var random = SplitMix(state: 12)
        func time(_ index: Int) -> Int { 10_000 + index * 50 - Int.random(in: 0...7000, using: &random) }
        let orders = Self.marked((0..<800).map { Record(order: $0, time: time($0), partition: Int32($0 % 2)) })
        let shipments = Self.marked(
            (0..<800).map { index in
                let age = Int.random(in: 0...300, using: &random)
                return Record(order: max(0, index - age), time: time(index), partition: Int32(index % 3))
            })
        var input = TopologyInput()
        for index in orders.indices {
            let (order, shipment) = (orders[index], shipments[index])
            input.feed(
                [#"{"order":\#(order.order),"customer":7,"amount":5,"placedAt":"\#(order.timestamp)"}"#],
                topic: "orders", partition: order.partition)
            input.feed(
                [#"{"order":\#(shipment.order),"carrier":"north","shippedAt":"\#(shipment.timestamp)"}"#],
                topic: "shipments", partition: shipment.partition)
        }
        input.endInput()
        let expected = orders.filter { !$0.isLate }.flatMap { order in
            shipments.filter { shipment in
                !shipment.isLate && shipment.order == order.order
                    && (0...10_000).contains(shipment.time - order.time)
            }.map { shipment in
                "order=\(order.order) customer=7 amount=5 carrier=north placedAt=\(order.microseconds) "
                    + "shippedAt=\(shipment.microseconds)"
            }
        }
        let outcome = try HostileHarness(Workload.w6.topology).run(input)
        #expect(outcome.rows(of: "orders.shipped") == expected.sorted() && expected.count > 200)
        #expect(outcome.reconciliations.map(\.late) == [orders, shipments].map { $0.count { $0.isLate } })
    }
}
