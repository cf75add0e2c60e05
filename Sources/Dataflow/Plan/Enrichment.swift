import Columnar

/// Puts each row together with the rows of a table that have the same key, as the table is when the row is read.
public struct Enrichment: Hashable, Sendable {
    /// What stands before the names of the table's columns in `outputs`.
    public static let tablePrefix = "table."
    public var table: LookupDescription
    /// Pairs of what has to be equal. A null equals nothing.
    public var keys: [Key]
    /// Whether a row without a match is kept, with nulls for the table's columns.
    public var keepsUnmatched: Bool
    /// The result's columns, over those of the row and of the table.
    public var outputs: [Projection]

    public init(table: LookupDescription, keys: [Key], keepsUnmatched: Bool, outputs: [Projection]) {
        self.table = table
        self.keys = keys
        self.keepsUnmatched = keepsUnmatched
        self.outputs = outputs
    }

    /// A value of the row, and the column of the table that has to equal it.
    public struct Key: Hashable, Sendable {
        public var value: Expression
        public var column: String

        public init(_ value: Expression, column: String) {
            self.value = value
            self.column = column
        }
    }

    /// What `outputs` can read.
    public func resultSchema(over input: RecordSchema) -> RecordSchema {
        RecordSchema(
            input.fields
                + table.contract.columns.map(\.field).map {
                    Field(Self.tablePrefix + $0.name, $0.type, isNullable: $0.isNullable || keepsUnmatched)
                })
    }

    var text: String {
        let pairs = keys.map { "\($0.value) = \($0.column)" }.joined(separator: ", ")
        let outputs = outputs.map { "\($0.expression) as \($0.name)" }.joined(separator: ", ")
        return "enrich with \(table.text) (\(table.contract.schema)) on \(pairs)"
            + "\(keepsUnmatched ? ", rows without a match too" : "") -> \(outputs) [cached table, for every thread the same]"
    }
}

/// A table that rows are put together with: where it stands, and what it holds.
public struct LookupDescription: Hashable, Sendable {
    public var place: Place
    /// The columns that are read, and how they stand in the records of a file.
    public var contract: ContractDescription
    /// µs of wall time after which a newer version is looked for, between two epochs.
    public var refreshInterval: Int64

    public init(place: Place, contract: ContractDescription, refreshInterval: Int64) {
        self.place = place
        self.contract = contract
        self.refreshInterval = refreshInterval
    }

    public enum Place: Hashable, Sendable {
        /// A Delta table of the warehouse, `database.table`.
        case table(String)
        /// A file: CSV with a header, JSON lines or Parquet, by its ending.
        case file(String)
    }

    /// The name of the table, or the path of the file.
    public var name: String {
        switch place {
        case .table(let name), .file(let name): name
        }
    }

    var text: String {
        let kind = if case .table = place { "table" } else { "file" }
        return "\(kind) \(name), looked at every \(durationText(refreshInterval))"
    }
}

/// Gives the rows of a table that rows are put together with. The execution does no I/O: whoever runs it loads the table
/// between epochs and hands it over.
public protocol LookupSource: AnyObject {
    /// What names the table as it is now: the version of a Delta table; time and size of a file.
    func newestVersion() throws -> String

    /// The rows of a version: the columns of the description's contract.
    /// - Returns: nil when that version is no longer there.
    /// - Throws: when the table does not fit the contract, or cannot be read.
    func load(version: String) throws -> RecordBatch?
}
