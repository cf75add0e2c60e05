import Columnar

extension Execution {
    /// The tables that rows are put together with, by step, and the version of each that is in use: after `restore` the one
    /// that the checkpoint says.
    public var lookups: [(step: Int, description: LookupDescription, version: String?)] {
        plan.steps.enumerated().compactMap { number, step in
            guard case .enrich(let enrichment) = step.kind else { return nil }
            return (number, enrichment.table, (lanes[0].operators[number] as? Enrich)?.version)
        }
    }

    /// Hands over a table for the next rounds. Every step that asks for one needs it before the first record.
    /// - Parameters:
    ///   - version: what the checkpoint is to say of it, so that a restart reads the same.
    ///   - rows: the columns of the description's contract.
    /// - Throws: `PlanError` when the rows have other columns, or a null where the contract has none.
    public func setLookup(step: Int, version: String, rows: RecordBatch) throws(PlanError) {
        guard case .enrich(let enrichment) = plan.steps[step].kind else {
            throw PlanError("step \(step) of \(plan.name) asks for no table")
        }
        let schema = enrichment.table.contract.schema
        let name = enrichment.table.name
        for (field, column) in zip(schema.fields, rows.columns) where !field.isNullable && column.validity != nil {
            if (0..<rows.count).contains(where: { column.isNull($0) }) {
                throw PlanError(
                    "\(name): the column '\(field.name)' holds a null, and is declared as never null: make it optional "
                        + "in the schema, or mend the table")
            }
        }
        guard rows.schema.fields.map(\.name) == schema.fields.map(\.name),
            rows.columns.map(\.type) == schema.fields.map(\.type)
        else { throw PlanError("\(name) has the columns (\(rows.schema)), and (\(schema)) are asked for") }
        let index = LookupIndex(rows, keys: enrichment.keys.compactMap { schema.index(of: $0.column) })
        for lane in lanes { (lane.operators[step] as? Enrich)?.set(index, version: version) }
    }
}
