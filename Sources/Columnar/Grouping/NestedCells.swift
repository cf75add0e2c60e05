/// Cells of nested values. A new value is only noted while rows are looked at; `settle` then copies all of them at once.
struct NestedCells: CellStore {
    private var stored: ColumnVector
    /// Each cell's row in `stored`; -1 for none; -2 and less for row 0 and up of the column that is looked at.
    private var places: [Int32] = []

    init(_ type: DataType) { stored = ColumnVector(type, scalars: []) }

    var count: Int { places.count }

    mutating func grow(to count: Int) { places.grow(to: count, with: -1) }

    mutating func set(_ cell: Int, to source: ColumnVector, at row: Int) { places[cell] = -Int32(row) - 2 }

    func isLess(_ source: ColumnVector, _ row: Int, than cell: Int) -> Bool { order(source, row, cell) < 0 }
    func isGreater(_ source: ColumnVector, _ row: Int, than cell: Int) -> Bool { order(source, row, cell) > 0 }

    private func order(_ source: ColumnVector, _ row: Int, _ cell: Int) -> Int {
        let place = Int(places[cell])
        return place >= 0 ? source.compare(row, stored, place) : source.compare(row, source, -place - 2)
    }

    /// Copies the values that were set. What is no longer used is left out when it is more than half.
    mutating func settle(_ source: ColumnVector) {
        var rows: [Int32] = []
        for cell in places.indices where places[cell] < -1 {
            rows.append(-places[cell] - 2)
            places[cell] = Int32(stored.count + rows.count - 1)
        }
        stored.append(contentsOf: source.taking(rows))
        if stored.count > 2 * places.count + 64 { self = taking(places.indices.map { Int32($0) }) }
    }

    /// An arbitrary value for a cell that has none.
    var values: ColumnVector.Values {
        let null = Int32(stored.count)
        let padded = ColumnVector.concatenating([stored, ColumnVector(stored.type, scalars: [.null])])
        return padded.taking(places.map { $0 < 0 ? null : $0 }).values
    }

    func taking(_ groups: [Int32]) -> NestedCells {
        var taken = NestedCells(stored.type)
        var rows: [Int32] = []
        for group in groups {
            let place = places[Int(group)]
            taken.places.append(place < 0 ? -1 : Int32(rows.count))
            if place >= 0 { rows.append(place) }
        }
        taken.stored = stored.taking(rows)
        return taken
    }
}
