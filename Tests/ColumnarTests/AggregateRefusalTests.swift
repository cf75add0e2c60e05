import Columnar
import Testing

@Suite struct AggregateRefusalTests {
    @Test(arguments: [
        (AggregateFunction.sum, [DataType.string], "sum(a) is not possible: sum takes a number, and a is string"),
        (.average, [.bool], "average(a) is not possible: average takes a number, and a is boolean"),
        (
            .variancePopulation, [.date],
            "variancePopulation(a) is not possible: variancePopulation takes a number, and a is date"
        ),
        (.all, [.int32], "all(a) is not possible: all takes a condition, and a is int"),
        (.bitOr, [.double], "bitOr(a) is not possible: bitOr takes integers, and a is double"),
        (.min, [], "min(*) is not possible: min takes 1 argument, not 0"),
        (.minBy, [.int64], "minBy(a) is not possible: minBy takes 2 arguments, not 1, and a is bigint"),
        (
            .approximateQuantile(0.5), [.string],
            "approximateQuantile(a, 0.5, within 0.01) is not possible: approximateQuantile takes a number, and a is string"
        ),
        (
            .approximateQuantile(1.5), [.double],
            "approximateQuantile(a, 1.5, within 0.01) is not possible: approximateQuantile takes a share from 0 to 1, "
                + "and a is double"
        ),
        (
            .approximateQuantile(0.5, relativeError: 0), [.double],
            "approximateQuantile(a, 0.5, within 0.0) is not possible: approximateQuantile takes a relative error from "
                + "0.0001 to 0.5, and a is double"
        ),
        (
            .collectJSON(limit: 0), [.string],
            "collectJSON(a, limit 0) is not possible: collectJSON takes a limit from 1 to 100,000, and a is string"
        ),
    ]) func refusedWithASentence(function: AggregateFunction, types: [DataType], sentence: String) {
        do {
            _ = try Accumulator(function, arguments: types, texts: Array(["a", "b"].prefix(types.count)))
            Issue.record("\(function.name) took \(types)")
        } catch { #expect(error.description == sentence) }
    }

    @Test func functionsAreComparedByNameAndParameters() {
        #expect(AggregateFunction.sum == .sum)
        #expect(AggregateFunction.sum != .average)
        #expect(AggregateFunction.approximateQuantile(0.5) == .approximateQuantile(0.5))
        #expect(AggregateFunction.approximateQuantile(0.5) != .approximateQuantile(0.9))
        #expect(Set([AggregateFunction.first, .first, .last]).count == 2)
    }
}
