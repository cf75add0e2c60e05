import Tidemark

/// A page that a user looked at.
struct Visit: Schema {
    let id = Column<String>("id")
    let user = Column<String>("user")
    let page = Column<String>("page")
    let at = Column<Timestamp>("at")
    let spent = Column<Decimal>("spent", precision: 12, scale: 2)
}

struct VisitSession: Schema {
    let user = Column<String>("user")
    let startedAt = Column<Timestamp>("started_at")
    let endedAt = Column<Timestamp>("ended_at")
    let pages = Column<Int64>("pages")
    let spent = Column<Decimal>("spent", precision: 18, scale: 2)
}

/// Sessions of users, none twice: a table by user and start, and a topic of every session once.
struct VisitSessions: Topology {
    func build(_ topology: TopologyBuilder) {
        let sessions =
            topology
            .read(.kafka(topic: "visits"), as: .json(Visit.self), invalid: .deadLetter(topic: "visits.dlq"))
            .withWatermark(\.at, delay: .hours(2))
            .dropDuplicates(by: \.id)
            .window(.session(gap: .minutes(10)))
            .groupBy(\.user)
            .aggregate(into: VisitSession.self) { visit, window, row in
                row.user.set(to: visit.user)
                row.startedAt.set(to: window.start)
                row.endedAt.set(to: window.end)
                row.pages.set(to: .count)
                row.spent.set(to: .sum(visit.spent))
            }
        sessions.merge(into: "gold.sessions", on: \.user, \.startedAt)
        sessions.write(to: .kafka(topic: "sessions"), as: .json, key: \.user)
    }
}
