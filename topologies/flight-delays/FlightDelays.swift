import Tidemark

/// One flight out of New York, as `flights.py` writes it. A flight without a departure, one that was cancelled, is
/// against the contract: its record goes to the dead letters.
struct Flight: Schema {
    let carrier = Column<String>("carrier")
    let number = Column<Int32>("flight")
    let origin = Column<String>("origin")
    let destination = Column<String>("dest")
    let tailNumber = Column<String?>("tailnum")
    let scheduledDeparture = Column<Timestamp>("scheduled_departure")
    let departure = Column<Timestamp>("departure")
    /// Minutes behind the schedule; negative when the flight left early.
    let departureDelay = Column<Int32>("departure_delay")
}

/// How punctual a carrier was at an airport in one hour of scheduled departures.
struct DepartureDelays: Schema {
    let carrier = Column<String>("carrier")
    let origin = Column<String>("origin")
    let windowStart = Column<Timestamp>("window_start")
    let departures = Column<Int64>("departures")
    /// Departures more than 15 minutes late.
    let delayed = Column<Int64>("delayed")
    /// Minutes.
    let meanDelay = Column<Double>("mean_delay")
    /// Minutes.
    let maxDelay = Column<Int32>("max_delay")
}

/// Flights come in the order in which they left, and count in the hour in which they should have: a flight that left
/// more than three hours behind those before it is late, and goes to the dead letters.
@main struct FlightDelays: Topology {
    func build(_ topology: TopologyBuilder) {
        topology
            .read(.kafka(topic: "flights"), as: .json(Flight.self), invalid: .deadLetter(topic: "flights.dlq"))
            .withWatermark(\.scheduledDeparture, delay: .hours(3))
            .dropDuplicates(by: \.carrier, \.number, \.origin, \.scheduledDeparture)
            .window(.tumbling(.hours(1)))
            .groupBy(\.carrier, \.origin)
            .aggregate(into: DepartureDelays.self) { flight, window, row in
                row.carrier.set(to: flight.carrier)
                row.origin.set(to: flight.origin)
                row.windowStart.set(to: window.start)
                row.departures.set(to: .count)
                row.delayed.set(to: .count(where: flight.departureDelay > 15))
                row.meanDelay.set(to: .average(flight.departureDelay))
                row.maxDelay.set(to: .max(flight.departureDelay))
            }
            .merge(into: "gold.departure_delays", on: \.carrier, \.origin, \.windowStart)
    }
}
