extension Expression {
    /// The names of the columns that the expression looks at.
    public var columns: Set<String> {
        switch self {
        case .column(let name): [name]
        case .literal: []
        case .unary(_, let operand), .cast(let operand, _), .isIn(let operand, _), .field(let operand, _):
            operand.columns
        case .binary(_, let left, let right), .element(let left, let right): left.columns.union(right.columns)
        case .function(_, let arguments):
            arguments.reduce(into: []) { $0.formUnion($1.columns) }
        case .caseWhen(let branches, let otherwise):
            branches.reduce(into: otherwise?.columns ?? []) {
                $0.formUnion($1.condition.columns.union($1.value.columns))
            }
        }
    }
}
