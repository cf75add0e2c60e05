import Columnar

/// Finds the position of the column that a key path names. A class with a cache: where a key path leads to is asked once,
/// then the offset of its property in the schema says which column it is.
final class ColumnPlaces<S: Schema> {
    private let schema = S()
    private let columns: RecordSchema
    /// Position + 1 by offset in words; 0 is not known yet.
    private var known = [Int32](repeating: 0, count: MemoryLayout<S>.size / MemoryLayout<Int>.size + 1)

    init(_ columns: RecordSchema) { self.columns = columns }

    func callAsFunction<Value>(_ path: KeyPath<S, Column<Value>>) -> Int {
        guard let offset = MemoryLayout<S>.offset(of: path) else { return find(path) }
        let word = offset / MemoryLayout<Int>.size
        if known[word] == 0 { known[word] = Int32(find(path) + 1) }
        return Int(known[word]) - 1
    }

    private func find<Value>(_ path: KeyPath<S, Column<Value>>) -> Int {
        let name = schema[keyPath: path].field.name
        guard let position = columns.index(of: name) else { preconditionFailure("\(S.self) has no column '\(name)'") }
        return position
    }
}
