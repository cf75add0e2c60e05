import Tidemark

/// One flight out of New York, as `flights.py` writes it.
struct Flight: Schema {
    let carrier = Column<String>("carrier")
    let number = Column<Int32>("flight")
    let origin = Column<String>("origin")
    let scheduledDeparture = Column<Timestamp>("scheduled_departure")
    let departure = Column<Timestamp>("departure")
}

/// Every flight as a row, none twice, whatever happens to the process: for the tests that kill it.
@main struct FlightLog: Topology {
    func build(_ topology: TopologyBuilder) {
        topology
            .read(.kafka(topic: "flights"), as: .json(Flight.self), invalid: .deadLetter(topic: "flights.dlq"))
            .append(to: "silver.flights", partitionedBy: \.origin)
    }
}
