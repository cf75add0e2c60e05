import Columnar
// What an aggregate of one's own is made of.
@_exported import protocol Columnar.AggregateDefinition
@_exported import enum Columnar.AggregateNullability
@_exported import struct Columnar.AggregateRefusal
@_exported import protocol Columnar.AggregateState
@_exported import struct Columnar.Bitmap
@_exported import struct Columnar.BinaryValues
@_exported import struct Columnar.ColumnVector
@_exported import enum Columnar.DataType
@_exported import enum Columnar.Scalar

extension AggregateExpr {
    /// An aggregate of one's own, over whole columns. It stands in the plan by its name and parameters; its state is
    /// checkpointed. That its result fits the column is checked when the topology is planned.
    public static func custom<each Argument>(
        _ aggregate: some AggregateDefinition, _ arguments: repeat Expr<each Argument>
    ) -> AggregateExpr {
        var expressions: [Expression] = []
        for argument in repeat each arguments { expressions.append(argument.expression) }
        return AggregateExpr(call: AggregateCall(function: AggregateFunction(aggregate), arguments: expressions))
    }
}
