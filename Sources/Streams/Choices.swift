import Columnar

extension Expr {
    /// This value, or another one where it is null.
    public func coalesce<Other>(_ other: Expr<Other>) -> Expr<Value.Base> where Other.Base == Value.Base {
        Expr<Value.Base>(expression: .coalesce([expression, other.expression]))
    }

    /// This value, or a constant where it is null.
    public func coalesce(_ other: Value.Base) -> Expr<Value.Base> where Value.Base: LiteralValue {
        Expr<Value.Base>(expression: .coalesce([expression, other.literal]))
    }
}

/// Begins a choice: `when(row.delay > 60, then: "long").when(row.delay > 15, then: "short").otherwise("none")`. The
/// first condition that is true decides.
public func when<Condition, Value>(_ condition: Expr<Condition>, then value: Expr<Value>) -> Choice<Value.Base>
where Condition.Base == Bool {
    Choice(branches: [.init(when: condition.expression, then: value.expression)])
}

/// Begins a choice with a constant.
public func when<Condition, Value: LiteralValue>(
    _ condition: Expr<Condition>, then value: Value
) -> Choice<Value.Base> where Condition.Base == Bool {
    Choice(branches: [.init(when: condition.expression, then: value.literal)])
}

/// A choice that is not finished: it needs `otherwise(_:)` or `otherwiseNull`.
public struct Choice<Value: ColumnValue>: Sendable {
    let branches: [Expression.CaseBranch]

    /// A further condition, for the rows that no condition before it took.
    public func when<Condition, Other>(_ condition: Expr<Condition>, then value: Expr<Other>) -> Choice
    where Condition.Base == Bool, Other.Base == Value {
        Choice(branches: branches + [.init(when: condition.expression, then: value.expression)])
    }

    /// A further condition, with a constant.
    public func when<Condition>(_ condition: Expr<Condition>, then value: Value) -> Choice
    where Condition.Base == Bool, Value: LiteralValue {
        Choice(branches: branches + [.init(when: condition.expression, then: value.literal)])
    }

    /// The value of the rows for which no condition is true.
    public func otherwise<Other>(_ value: Expr<Other>) -> Expr<Value> where Other.Base == Value {
        Expr(expression: .caseWhen(branches, otherwise: value.expression))
    }

    /// The constant of the rows for which no condition is true.
    public func otherwise(_ value: Value) -> Expr<Value> where Value: LiteralValue {
        Expr(expression: .caseWhen(branches, otherwise: value.literal))
    }

    /// Null for the rows for which no condition is true.
    public var otherwiseNull: Expr<Value> { Expr(expression: .caseWhen(branches, otherwise: nil)) }
}
