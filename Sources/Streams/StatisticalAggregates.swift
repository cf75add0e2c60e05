import Columnar

extension AggregateExpr where Value == Int64 {
    /// The number of distinct values, exactly. Its state holds every value.
    public static func countDistinct<A>(_ value: Expr<A>) -> AggregateExpr {
        AggregateExpr(.countDistinct, value.expression)
    }
    /// The number of distinct values: exact up to 256, then with a standard error of 1.63 %, in 4 KiB.
    public static func approximateCountDistinct<A>(_ value: Expr<A>) -> AggregateExpr {
        AggregateExpr(.approximateCountDistinct, value.expression)
    }
}

extension AggregateExpr where Value == Double {
    /// The value of rank ⌊share · (n − 1)⌋ in ascending order, counted from 0, with a relative error.
    /// - Parameters:
    ///   - share: 0...1; 0.95 for the value that 95 % of the values do not exceed.
    ///   - relativeError: of the value, 0.0001...0.5; 1 % by default. Half the error needs twice the state.
    public static func approximateQuantile<A>(
        _ share: Double, of value: Expr<A>, relativeError: Double = 0.01
    ) -> AggregateExpr where A.Base: NumericValue {
        AggregateExpr(.approximateQuantile(share, relativeError: relativeError), value.expression)
    }
    /// The value in the middle, the lower of two, with a relative error of 1 %.
    public static func approximateMedian<A>(_ value: Expr<A>) -> AggregateExpr where A.Base: NumericValue {
        approximateQuantile(0.5, of: value)
    }

    /// The mean of the squared distances from the mean.
    public static func variancePopulation<A>(_ value: Expr<A>) -> AggregateExpr where A.Base: NumericValue {
        AggregateExpr(.variancePopulation, value.expression)
    }
    /// The variance estimated from a sample; null over a single value.
    public static func varianceSample<A>(_ value: Expr<A>) -> AggregateExpr where A.Base: NumericValue {
        AggregateExpr(.varianceSample, value.expression)
    }
    /// The square root of the population's variance.
    public static func standardDeviationPopulation<A>(_ value: Expr<A>) -> AggregateExpr where A.Base: NumericValue {
        AggregateExpr(.standardDeviationPopulation, value.expression)
    }
    /// The standard deviation estimated from a sample; null over a single value.
    public static func standardDeviationSample<A>(_ value: Expr<A>) -> AggregateExpr where A.Base: NumericValue {
        AggregateExpr(.standardDeviationSample, value.expression)
    }
}

extension AggregateExpr where Value: FixedWidthInteger {
    /// The bits that are set in every value.
    public static func bitAnd<A: ColumnValue>(_ value: Expr<A>) -> AggregateExpr where A.Base == Value {
        AggregateExpr(.bitAnd, value.expression)
    }
    /// The bits that are set in any value.
    public static func bitOr<A: ColumnValue>(_ value: Expr<A>) -> AggregateExpr where A.Base == Value {
        AggregateExpr(.bitOr, value.expression)
    }
    /// The bits that are set in an odd number of values.
    public static func bitXor<A: ColumnValue>(_ value: Expr<A>) -> AggregateExpr where A.Base == Value {
        AggregateExpr(.bitXor, value.expression)
    }
}
