import Columnar
import Dataflow
import Testing

/// Columns that are not there: found when a plan is bound, before the first record, with the nearest name.
@Suite struct PlanMistakeTests {
    private static let contract = ContractDescription(
        name: "Order",
        columns: [
            .init(Field("order_id", .int64)), .init(Field("customer", .string)), .init(Field("placed_at", .timestamp)),
            .init(Field("amount", .decimal(precision: 12, scale: 2))),
        ])

    private func refusal(_ steps: PlanStep.Kind...) -> String {
        var plan = LogicalPlan(name: "orders")
        var last = plan.add(.read(SourceDescription(topic: "orders", contract: Self.contract)))
        for step in steps { last = plan.add(step, after: [last]) }
        do {
            _ = try Execution(plan, decoders: [:])
            return "accepted"
        } catch { return "\(error)" }
    }

    @Test func aMisspeltColumnNamesTheNearest() {
        let columns = "The columns are order_id, customer, placed_at, amount"
        let condition = Expression.binary(.equal, .column("costumer"), .literal(.string("a"), .string))
        #expect(refusal(.filter(condition)) == "there is no column 'costumer', did you mean 'customer'? \(columns)")
        #expect(
            refusal(.withWatermark(column: "placed", delayMicroseconds: 0))
                == "there is no column 'placed'. \(columns)")
        #expect(
            refusal(.withWatermark(column: "placedat", delayMicroseconds: 0))
                == "there is no column 'placedat', did you mean 'placed_at'? \(columns)")
        #expect(
            refusal(.withWatermark(column: "placed_at", delayMicroseconds: 0), .dropDuplicates(keys: ["order_ID"]))
                == "there is no column 'order_ID', did you mean 'order_id'? \(columns)")
    }
}
