import Tidemark

struct PageCount: Schema {
    let page = Column<String>("page")
    let windowStart = Column<Timestamp>("window_start")
    let visits = Column<Int64>("visits")
    let spent = Column<Decimal>("spent", precision: 18, scale: 2)
}

/// Visits of each page in windows of five minutes: a table by page and window, and a topic of every window once.
struct PageCounts: Topology {
    func build(_ topology: TopologyBuilder) {
        let counts =
            topology
            .read(.kafka(topic: "visits"), as: .json(Visit.self), invalid: .deadLetter(topic: "visits.dlq"))
            .withWatermark(\.at, delay: .hours(2))
            .dropDuplicates(by: \.id)
            .window(.tumbling(.minutes(5)))
            .groupBy(\.page)
            .aggregate(into: PageCount.self) { visit, window, row in
                row.page.set(to: visit.page)
                row.windowStart.set(to: window.start)
                row.visits.set(to: .count)
                row.spent.set(to: .sum(visit.spent))
            }
        counts.merge(into: "gold.page_counts", on: \.page, \.windowStart)
        counts.write(to: .kafka(topic: "page.counts"), as: .json, key: \.page)
    }
}
