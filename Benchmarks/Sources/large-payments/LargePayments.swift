import Tidemark

struct Payment: Schema {
    let id = Column<Int64>("id")
    let account = Column<String>("account")
    let amount = Column<Decimal>("amount", precision: 12, scale: 2)
    /// µs since 1970 UTC, by the producer's clock.
    let sentAt = Column<Int64>("sent_at")
}

struct LargePayment: Schema {
    let id = Column<Int64>("id")
    let account = Column<String>("account")
    let cents = Column<Int64?>("cents")
    let sentAt = Column<Int64>("sent_at")
}

/// From Kafka to Kafka through a filter and a select, with the least delay.
@main struct LargePayments: Topology {
    func build(_ topology: TopologyBuilder) {
        topology
            .read(.kafka(topic: "payments"), as: .json(Payment.self), invalid: .counted)
            .filter { $0.amount > 0 }
            .select(into: LargePayment.self) { payment, row in
                row.id.set(to: payment.id)
                row.account.set(to: payment.account)
                row.cents.set(to: (payment.amount * 100).cast(to: Int64.self))
                row.sentAt.set(to: payment.sentAt)
            }
            .write(to: .kafka(topic: "payments.large"), as: .json, key: \.account, delivery: .atLeastOnce)
    }
}
