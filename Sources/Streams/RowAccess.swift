import Columnar
import Dataflow

/// A row in a Swift function: its members are the values of its columns. It is a view of one row of a batch, not a copy,
/// and good until the function returns. A text is made each time it is read.
@dynamicMemberLookup
public struct RowReader<S: Schema> {
    final class Cursor {
        let places: ColumnPlaces<S>
        var columns: [ColumnVector] = []
        var row = 0

        init(_ columns: RecordSchema) { places = ColumnPlaces(columns) }
    }

    let cursor: Cursor

    /// The value of the column that the key path names.
    public subscript<Value: RowValue>(dynamicMember path: KeyPath<S, Column<Value>>) -> Value {
        Value.read(cursor.columns[cursor.places(path)], cursor.row) ?? Value.initial
    }
}

/// A row that a Swift function makes: each member is set to the value of its column. A column that is never set is null;
/// one that cannot be null has to be set.
@dynamicMemberLookup
public struct RowWriter<S: Schema> {
    let builder: RowBuilder<S>

    /// The column that the key path names. It holds what was set last.
    public subscript<Value: RowValue>(dynamicMember path: KeyPath<S, Column<Value>>) -> Value {
        get { Value.read(builder.cells[builder.places(path)], builder.count) ?? Value.initial }
        nonmutating set { builder.set(builder.places(path), newValue) }
    }
}

/// Columns that grow by a row at a time.
final class RowBuilder<S: Schema> {
    let places: ColumnPlaces<S>
    let schema: RecordSchema
    let cells: [CellColumn]
    /// The rows that are complete; the next is being written.
    private(set) var count = 0
    private var isSet: [Bool]
    /// Why the row that is being written cannot be one.
    private(set) var problem: String?

    init(_ schema: RecordSchema) {
        self.schema = schema
        places = ColumnPlaces(schema)
        cells = schema.fields.map { CellColumn($0.type) }
        isSet = schema.fields.map { _ in false }
    }

    /// Begins a row in place of one that was begun.
    func begin() {
        problem = nil
        for index in cells.indices {
            isSet[index] = false
            if count < cells[index].count { cells[index].clear(count) } else { cells[index].grow(to: count + 1) }
        }
    }

    func set(_ place: Int, _ value: some RowValue) {
        isSet[place] = true
        if !value.write(cells[place], count), problem == nil {
            let field = schema.fields[place]
            problem = "gave a value for '\(field.name)' that \(field.type) cannot hold"
        }
    }

    /// Ends the row.
    /// - Returns: why it cannot be one; then it is left out.
    func end() -> String? {
        if let problem { return problem }
        for (index, field) in schema.fields.enumerated() where !isSet[index] && !field.isNullable {
            return "did not set '\(field.name)', which is never null"
        }
        count += 1
        return nil
    }

    /// Takes the rows behind the first `count` back.
    func truncate(to count: Int) { self.count = count }

    /// The columns of all rows; the next row is the first again.
    func take() -> [ColumnVector] {
        defer { count = 0 }
        return cells.map { $0.column(count: count) }
    }
}

/// Says why a function over rows does not take a row: the text stands in the dead letter, so it holds no values.
public struct RowFailure: Error, Hashable, Sendable {
    public var message: String

    /// - Parameter message: one clause for people, without values of the row.
    public init(_ message: String) { self.message = message }
}

/// What a dead letter says of an error: the text of a `RowFailure`, and the type alone of any other, which may hold values.
func failureText(_ error: any Error) -> String {
    if let failure = error as? RowFailure { return failure.message }
    return "threw \(type(of: error))"
}
