import Tidemark

/// One invoice, as `invoices.py` writes it.
struct Invoice: Schema {
    let invoiceID = Column<String>("invoice_id")
    let customerID = Column<Int64>("customer_id")
    let issuedAt = Column<Timestamp>("issued_at")
    let amount = Column<Decimal>("amount", precision: 12, scale: 2)
    let status = Column<String?>("status")
}

/// What a customer was invoiced in one minute.
struct CustomerRevenue: Schema {
    let customerID = Column<Int64>("customer_id")
    let windowStart = Column<Timestamp>("window_start")
    let invoices = Column<Int64>("invoices")
    let revenue = Column<Decimal>("revenue", precision: 18, scale: 2)
}

/// Revenue by customer and minute, without void invoices and without those that were sent twice.
@main struct InvoiceRevenue: Topology {
    func build(_ topology: TopologyBuilder) {
        topology
            .read(.kafka(topic: "invoices"), as: .json(Invoice.self), invalid: .deadLetter(topic: "invoices.dlq"))
            .withWatermark(\.issuedAt, delay: .seconds(10))
            .dropDuplicates(by: \.invoiceID)
            .filter { $0.status != "void" }
            .window(.tumbling(.minutes(1)))
            .groupBy(\.customerID)
            .aggregate(into: CustomerRevenue.self) { invoice, window, row in
                row.customerID.set(to: invoice.customerID)
                row.windowStart.set(to: window.start)
                row.invoices.set(to: .count)
                row.revenue.set(to: .sum(invoice.amount))
            }
            .merge(into: "gold.customer_revenue", on: \.customerID, \.windowStart)
    }
}
