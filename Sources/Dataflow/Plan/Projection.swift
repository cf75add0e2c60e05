import Columnar

/// A named expression: one column of a step's result.
public struct Projection: Hashable, Sendable {
    public var name: String
    public var expression: Expression
    /// Whether the column may hold nulls; nil: as the expression does.
    public var isNullable: Bool?

    public init(_ name: String, _ expression: Expression, isNullable: Bool? = nil) {
        self.name = name
        self.expression = expression
        self.isNullable = isNullable
    }

    /// The column that the expression gives over rows of a schema.
    /// - Throws: `BindingError` when the expression does not fit the schema; `PlanError` when it can be null and the
    ///   column cannot.
    public func field(over input: RecordSchema) throws -> Field {
        let bound = try expression.bound(to: input)
        if isNullable == false, bound.isNullable {
            throw PlanError(
                "column '\(name)' is never null by its declaration, but \(expression) can be: make the column "
                    + "optional, or say what stands for null with coalesce")
        }
        return Field(name, bound.type, isNullable: isNullable ?? bound.isNullable)
    }
}
