extension Kernels {
    static func texts(_ column: ColumnVector) -> BinaryValues {
        guard case .binary(let values) = column.values else { preconditionFailure("\(column.type) used as a text") }
        return values
    }
}

extension Operand {
    /// The operand as a column of so many rows.
    func repeated(_ count: Int) -> ColumnVector {
        isConstant ? column.taking([Int32](repeating: 0, count: count)) : column
    }
}
