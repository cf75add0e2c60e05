import Columnar

extension Expr {
    /// This value, or another one where it is null.
    public func coalesce<Other>(_ other: Expr<Other>) -> Expr<Value.Base> where Other.Base == Value.Base {
        call(.coalesce, other.expression)
    }

    /// This value, or a constant where it is null.
    public func coalesce(_ other: Value.Base) -> Expr<Value.Base> where Value.Base: LiteralValue {
        call(.coalesce, other.literal)
    }

    /// Null where this value equals the other one.
    public func nullIf<Other>(_ other: Expr<Other>) -> Expr<Value.Base> where Other.Base == Value.Base {
        call(.nullif, other.expression)
    }

    /// Null where this value equals a constant.
    public func nullIf(_ other: Value.Base) -> Expr<Value.Base> where Value.Base: LiteralValue {
        call(.nullif, other.literal)
    }

    /// One value where this one is not null, and another where it is.
    public func ifPresent<Present, Missing>(
        _ present: Expr<Present>, otherwise missing: Expr<Missing>
    ) -> Expr<Present.Base> where Present.Base == Missing.Base {
        call(.nvl2, present.expression, missing.expression)
    }

    /// One constant where this value is not null, and another where it is.
    public func ifPresent<Result: LiteralValue>(_ present: Result, otherwise missing: Result) -> Expr<Result.Base> {
        call(.nvl2, present.literal, missing.literal)
    }

    /// Whether both are equal or both null (`<=>` in Spark, `is not distinct from` in SQL); never null.
    public func isSame<Other>(as other: Expr<Other>) -> Expr<Bool> where Other.Base == Value.Base {
        call(.equalNull, other.expression)
    }

    /// Whether the value lies between two others, both included.
    public func isBetween<Low, High>(_ low: Expr<Low>, _ high: Expr<High>) -> Expr<Bool>
    where Low.Base == Value.Base, High.Base == Value.Base {
        self >= low && self <= high
    }

    /// Whether the value lies between two constants, both included.
    public func isBetween(_ low: Value.Base, _ high: Value.Base) -> Expr<Bool> where Value.Base: LiteralValue {
        self >= low && self <= high
    }
}

/// The greater value; nulls are left out.
public func greatest<L, R>(_ left: Expr<L>, _ right: Expr<R>) -> Expr<L.Base> where L.Base == R.Base {
    call(.greatest, left.expression, right.expression)
}

/// The greater of a value and a constant; the constant where the value is null.
public func greatest<L>(_ left: Expr<L>, _ right: L.Base) -> Expr<L.Base> where L.Base: LiteralValue {
    call(.greatest, left.expression, right.literal)
}

/// The lesser value; nulls are left out.
public func least<L, R>(_ left: Expr<L>, _ right: Expr<R>) -> Expr<L.Base> where L.Base == R.Base {
    call(.least, left.expression, right.expression)
}

/// The lesser of a value and a constant; the constant where the value is null.
public func least<L>(_ left: Expr<L>, _ right: L.Base) -> Expr<L.Base> where L.Base: LiteralValue {
    call(.least, left.expression, right.literal)
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
