import Foundation

/// Times of the engine's kernels: `kernels [--quick] [--json]`. With `--quick` each runs once over little, to see that
/// it runs.
@main struct Main {
    static func main() throws {
        let arguments = Set(CommandLine.arguments.dropFirst())
        guard arguments.isSubset(of: ["--quick", "--json"]) else {
            FileHandle.standardError.write(Data("usage: kernels [--quick] [--json]\n".utf8))
            exit(2)
        }
        let isQuick = arguments.contains("--quick")
        var stopwatch = Stopwatch(runs: isQuick ? 1 : 5)
        let data = try SampleData(count: isQuick ? 20_000 : 1_000_000)
        try measureDecoding(data, &stopwatch)
        try measureExpressions(data, &stopwatch)
        measureGrouping(data, &stopwatch)
        try measureAccumulators(data, &stopwatch)
        try measureParquet(data, &stopwatch)
        try measureCheckpoints(keys: isQuick ? 20_000 : 1_000_000, &stopwatch)
        try measureState(groups: isQuick ? 50_000 : 5_000_000, &stopwatch)
        try measureMerges(rows: isQuick ? 20_000 : 1_000_000, &stopwatch)
        print(arguments.contains("--json") ? try stopwatch.json() : stopwatch.table)
    }
}
