import Tidemark

/// A change of a row in another system's database.
struct AccountChange: Schema {
    let account = Column<Int64>("account")
    let changedAt = Column<Timestamp>("changed_at")
    let owner = Column<String>("owner")
    let balance = Column<Decimal>("balance", precision: 12, scale: 2)
    let isDeleted = Column<Bool>("deleted")
}

struct Account: Schema {
    let account = Column<Int64>("account")
    let changedAt = Column<Timestamp>("changed_at")
    let owner = Column<String>("owner")
    let balance = Column<Decimal>("balance", precision: 12, scale: 2)
    let isDeleted = Column<Bool>("deleted")
}

/// The accounts as they are now: a table and a compacted topic, from which deleted accounts go away. Beside it every
/// change once, in the order of its account.
struct AccountCopies: Topology {
    func build(_ topology: TopologyBuilder) {
        let changes =
            topology
            .read(
                .kafka(topic: "accounts"), as: .json(AccountChange.self), invalid: .deadLetter(topic: "accounts.dlq"))
        changes.write(to: .kafka(topic: "accounts.audit"), as: .json, key: \.account)
        let accounts =
            changes
            .withWatermark(\.changedAt, delay: .hours(2))
            .overAllTime()
            .groupBy(\.account)
            .top(1, by: .descending(\.changedAt), into: Account.self) { change, _, _, row in
                row.account.set(to: change.account)
                row.changedAt.set(to: change.changedAt)
                row.owner.set(to: change.owner)
                row.balance.set(to: change.balance)
                row.isDeleted.set(to: change.isDeleted)
            }
            .filter { !$0.isDeleted }
        accounts.merge(into: "silver.accounts", on: \.account)
        accounts.write(to: .kafka(topic: "accounts.now"), as: .json, key: \.account)
    }
}
