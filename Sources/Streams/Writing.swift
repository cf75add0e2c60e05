import Dataflow

/// Rows that can be written to tables: a stream with or without event time, or what an aggregation gives. Writing ends
/// a topology's path.
public protocol WritableStream<Rows> {
    /// The schema of the rows.
    associatedtype Rows: Schema
    /// Where in the topology the rows come from.
    var end: StreamEnd { get }
}

/// The end of a stream, for `WritableStream`.
public struct StreamEnd {
    let builder: TopologyBuilder
    let step: Int
}

extension WritableStream {
    /// Writes rows to a table, `database.table`; a row replaces the one with the same keys. Which of two rows with the
    /// same keys stays is defined when they come from one partition: the later.
    public func merge<each Key>(into table: String, on keys: repeat KeyPath<Rows, Column<each Key>>) {
        let names = columnNames(of: Rows.self, repeat each keys)
        if names.isEmpty {
            end.builder.problems.append(
                "merge(into: \"\(table)\") has no keys: say on which columns rows are the same, or append them")
        }
        write(SinkDescription(table: table, mode: .merge(keys: names)))
    }

    /// Adds rows to a table, `database.table`, in partitions by columns.
    public func append<each Key>(
        to table: String, partitionedBy columns: repeat KeyPath<Rows, Column<each Key>>
    ) {
        let names = columnNames(of: Rows.self, repeat each columns)
        write(SinkDescription(table: table, mode: .append(partitionedBy: names)))
    }

    private func write(_ sink: SinkDescription) {
        let parts = sink.table.split(separator: ".", omittingEmptySubsequences: false)
        let isName = parts.allSatisfy { part in
            !part.isEmpty && part.utf8.allSatisfy { UInt8(ascii: "_") == $0 || Character(.init($0)).isPlain }
        }
        if parts.count != 2 || !isName {
            end.builder.problems.append(
                "'\(sink.table)' is not the name of a table: write database.table, in ASCII letters, digits and _")
        }
        _ = end.builder.plan.add(.write(sink), after: [end.step])
    }
}

extension Character {
    fileprivate var isPlain: Bool { isASCII && (isLetter || isNumber) }
}

/// The rows that an aggregation computed; they can be written.
public struct ResultStream<S: Schema>: WritableStream {
    public typealias Rows = S
    let builder: TopologyBuilder
    let step: Int

    /// Where in the topology the rows come from.
    public var end: StreamEnd { StreamEnd(builder: builder, step: step) }
}

func columnNames<S: Schema, each Key>(of schema: S.Type, _ paths: repeat KeyPath<S, Column<each Key>>) -> [String] {
    var names: [String] = []
    let instance = S()
    for path in repeat each paths { names.append(instance[keyPath: path].field.name) }
    return names
}
