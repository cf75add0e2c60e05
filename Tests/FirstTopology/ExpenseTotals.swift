import Tidemark

/// The contract: what a record of the topic must hold.
struct Expense: Schema {
    let id = Column<String>("id")
    let employee = Column<String>("employee")
    let spentAt = Column<Timestamp>("spent_at")
    let amount = Column<Decimal>("amount", precision: 12, scale: 2)
    let category = Column<String?>("category")
}

/// The table: a row for each employee and day.
struct DailyExpenses: Schema {
    let employee = Column<String>("employee")
    let day = Column<Timestamp>("day")
    let expenses = Column<Int64>("expenses")
    let total = Column<Decimal>("total", precision: 18, scale: 2)
}

@main struct ExpenseTotals: Topology {
    func build(_ topology: TopologyBuilder) {
        topology
            .read(.kafka(topic: "expenses"), as: .json(Expense.self), invalid: .deadLetter(topic: "expenses.dlq"))
            .withWatermark(\.spentAt, delay: .hours(1))
            .dropDuplicates(by: \.id)
            .filter { $0.amount > 0 }
            .window(.tumbling(.days(1)))
            .groupBy(\.employee)
            .aggregate(into: DailyExpenses.self) { expense, window, row in
                row.employee.set(to: expense.employee)
                row.day.set(to: window.start)
                row.expenses.set(to: .count)
                row.total.set(to: .sum(expense.amount))
            }
            .merge(into: "gold.daily_expenses", on: \.employee, \.day)
    }
}
