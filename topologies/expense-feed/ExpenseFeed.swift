import Tidemark

// A topic in, three topics out. Alerts are wanted at once and may come twice; the clean feed and the totals are read by
// other services, which want every expense once.

struct Expense: Schema {
    let id = Column<String>("id")
    let employee = Column<String>("employee")
    let spentAt = Column<Timestamp>("spent_at")
    let amount = Column<Decimal>("amount", precision: 12, scale: 2)
    let category = Column<String?>("category")
}

struct Alert: Schema {
    let id = Column<String>("id")
    let employee = Column<String>("employee")
    let amount = Column<Decimal>("amount", precision: 12, scale: 2)
}

struct DailyTotal: Schema {
    let employee = Column<String>("employee")
    let day = Column<Timestamp>("day")
    let expenses = Column<Int64>("expenses")
    let total = Column<Decimal>("total", precision: 18, scale: 2)
}

@main struct ExpenseFeed: Topology {
    func build(_ topology: TopologyBuilder) {
        let expenses = topology.read(
            .kafka(topic: "expenses"), as: .json(Expense.self), invalid: .deadLetter(topic: "expenses.dlq"))

        expenses
            .filter { $0.amount >= 1000 }
            .select(into: Alert.self) { expense, alert in
                alert.id.set(to: expense.id)
                alert.employee.set(to: expense.employee)
                alert.amount.set(to: expense.amount)
            }
            .write(to: .kafka(topic: "expenses.alerts"), as: .json, key: \.employee, delivery: .atLeastOnce)

        let clean =
            expenses
            .withWatermark(\.spentAt, delay: .hours(1))
            .dropDuplicates(by: \.id)
        clean.write(to: .kafka(topic: "expenses.clean"), as: .json, key: \.employee)

        // A changelog: the row of an employee and day replaces the one before it. For a compacted topic.
        clean
            .window(.tumbling(.days(1), emitting: .early()))
            .groupBy(\.employee)
            .aggregate(into: DailyTotal.self) { expense, window, row in
                row.employee.set(to: expense.employee)
                row.day.set(to: window.start)
                row.expenses.set(to: .count)
                row.total.set(to: .sum(expense.amount))
            }
            .write(to: .kafka(topic: "expenses.totals"), as: .json, key: \.employee, \.day)
    }
}
