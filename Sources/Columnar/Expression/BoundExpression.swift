/// An expression checked against a schema: columns found, types known, casts in place. Evaluates whole columns.
public struct BoundExpression: Sendable {
    /// The type of the result.
    public let type: DataType
    /// Whether the result can hold nulls.
    public let isNullable: Bool
    let node: Node

    /// The checked tree. Operands of arithmetic and comparison have one common type already.
    indirect enum Node: Sendable {
        case column(Int)
        case literal(Scalar)
        case unary(Expression.UnaryOperator, BoundExpression)
        case arithmetic(Expression.BinaryOperator, BoundExpression, BoundExpression)
        case comparison(Expression.BinaryOperator, BoundExpression, BoundExpression)
        case logical(isAnd: Bool, BoundExpression, BoundExpression)
        /// Branches, the last of which may have no condition.
        case choice([(condition: BoundExpression?, value: BoundExpression)])
        case cast(BoundExpression)
        case function(BoundFunction, [BoundExpression])
        /// The values have the operand's type.
        case isIn(BoundExpression, ColumnVector)
        case field(BoundExpression, Int)
        case element(BoundExpression, BoundExpression)
    }

    /// The expression's value for every row of a batch of the schema it was bound to.
    public func evaluate(_ batch: RecordBatch) -> ColumnVector {
        switch node {
        case .column(let index): return batch.columns[index]
        case .literal(let scalar): return ColumnVector(type, repeating: scalar, count: batch.count)
        case .unary(let operation, let operand): return Kernels.unary(operation, operand.evaluate(batch), type)
        case .arithmetic(let operation, let left, let right):
            return Kernels.arithmetic(operation, left.operand(batch), right.operand(batch), type, count: batch.count)
        case .comparison(let operation, let left, let right):
            return Kernels.comparison(operation, left.operand(batch), right.operand(batch), count: batch.count)
        case .logical(let isAnd, let left, let right):
            return Kernels.logical(isAnd: isAnd, left.evaluate(batch), right.evaluate(batch))
        case .choice(let branches): return choose(branches, batch)
        case .cast(let operand): return Kernels.cast(operand.evaluate(batch), to: type)
        case .function(let function, let arguments):
            return function.kernel(FunctionCall(arguments.map { $0.operand(batch) }, type, count: batch.count))
        case .isIn(let operand, let values): return Kernels.isIn(operand.evaluate(batch), values)
        case .field(let operand, let index): return Kernels.field(operand.evaluate(batch), index)
        case .element(let operand, let key):
            return Kernels.element(operand.evaluate(batch), key.operand(batch))
        }
    }

    /// The rows for which a boolean expression is true: neither false nor null.
    public func selection(_ batch: RecordBatch) -> [Int32] {
        let result = evaluate(batch)
        guard case .bool(let values) = result.values else { preconditionFailure("a selection by \(type)") }
        return Kernels.trueRows(values, validity: result.validity)
    }

    /// A literal stays one value, so that kernels need not fill a column with it.
    private func operand(_ batch: RecordBatch) -> Operand {
        constantOperand ?? Operand(column: evaluate(batch), isConstant: false)
    }

    /// The one value of a literal.
    var constantOperand: Operand? {
        constant.map { Operand(column: ColumnVector(type, scalars: [$0]), isConstant: true) }
    }

    private func choose(
        _ branches: [(condition: BoundExpression?, value: BoundExpression)], _ batch: RecordBatch
    ) -> ColumnVector {
        var source = [Int32](repeating: -1, count: batch.count)
        // The last branch first, so that an earlier one that holds too decides.
        for (index, branch) in branches.enumerated().reversed() {
            if let condition = branch.condition {
                for row in condition.selection(batch) { source[Int(row)] = Int32(index) }
            } else {
                source = [Int32](repeating: Int32(index), count: batch.count)
            }
        }
        return Kernels.chosen(branches.map { $0.value.operand(batch) }, source, type)
    }
}

/// An operand of a kernel: a column, or one value for all rows.
struct Operand {
    var column: ColumnVector
    var isConstant: Bool
}

/// Why an expression does not fit a schema, and the mend.
public struct BindingError: Error, CustomStringConvertible, Hashable, Sendable {
    public let description: String
}
