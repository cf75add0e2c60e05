import Columnar
import Testing
import TidemarkTesting

@testable import Dataflow

/// Runs a timeline and notes what every step gives.
final class TimelineRun {
    /// How the timeline is run; every way must give the same.
    struct Mode: CustomStringConvertible, Sendable {
        var restarts: Bool
        var parallelism: [Int]
        var description: String { "restarts \(restarts), parallelism \(parallelism)" }

        static let all = [
            Mode(restarts: false, parallelism: [1]), Mode(restarts: true, parallelism: [1]),
            Mode(restarts: false, parallelism: [3]), Mode(restarts: true, parallelism: [1, 3, 2]),
        ]
    }

    private let settings: TimelineSettings
    private let mode: Mode
    private var lanes: [Int]
    private var execution: Execution
    private var checkpoints = StoredCheckpoints()
    /// Whether each is idle.
    private var partitions: [Timeline.Place: Bool]
    private var offsets: [Timeline.Place: Int64] = [:]
    private var clock: Int64 = 0
    private var quiet: QuietTime?

    private init(_ settings: TimelineSettings, partitions: Set<Timeline.Place>, mode: Mode) throws {
        self.settings = settings
        self.mode = mode
        lanes = mode.parallelism
        quiet = settings.quiet.map { QuietTime(after: $0) }
        self.partitions = Dictionary(uniqueKeysWithValues: partitions.map { ($0, false) })
        execution = try Self.execution(settings, mode.parallelism[0])
    }

    private static func execution(_ settings: TimelineSettings, _ parallelism: Int) throws -> Execution {
        try Execution(
            settings.plan,
            decoders: settings.hasTwoStreams ? [0: EventDecoder(), 1: EventDecoder()] : [0: EventDecoder()],
            parallelism: parallelism)
    }

    /// Checks that every step gives what the timeline says, in every mode.
    static func check(_ settingsText: String, _ timelineText: String, at location: SourceLocation = #_sourceLocation) {
        do {
            let settings = try TimelineSettings(settingsText)
            let timeline = try Timeline(timelineText)
            // What is paced by the clock is given at once after a restart.
            for mode in Mode.all where !(mode.restarts && settings.isPaced) {
                let run = try TimelineRun(settings, partitions: timeline.partitions, mode: mode)
                for (number, step) in timeline.steps.enumerated() {
                    let given = try run.take(step.input)
                    // Lanes give their rows one after the other, and joins in any order.
                    let isOrdered = mode.parallelism == [1] && !mode.restarts && !settings.isJoin
                    #expect(
                        isOrdered ? given == step.outputs : given.sorted() == step.outputs.sorted(),
                        "\(settingsText): \(timelineText), step \(number + 1), \(mode)", sourceLocation: location)
                }
            }
        } catch {
            Issue.record("\(settingsText): \(timelineText): \(error)", sourceLocation: location)
        }
    }

    private func take(_ input: Timeline.Input) throws -> [String] {
        var raw: [Timeline.Place: RawRecords] = [:]
        switch input {
        case .records(let records): for record in records { append(record, to: &raw) }
        case .idle(let place): partitions[place] = true
        case .new(let place): partitions[place] = false
        case .clock(let time): clock = time
        case .end: break
        }
        var given = round(raw, endOfInput: input == .end)
        let isAtRest = raw.isEmpty && partitions.values.allSatisfy { $0 }
        if let advance = quiet?.due(isAtRest: isAtRest, at: clock) {
            quiet?.grant(advance)
            execution.advanceEventTime(of: [0, 1], by: advance, at: clock)
            given += round([:])
        }
        if mode.restarts { try restart() }
        return given
    }

    private func append(_ record: Timeline.Record, to raw: inout [Timeline.Place: RawRecords]) {
        let place = record.place
        let offset = offsets[place, default: 0]
        offsets[place] = offset + 1
        partitions[place] = false
        let words = [record.time, Int64(record.key.asciiValue ?? 0), 0]
        raw[place, default: RawRecords(partition: place.partition)].append(
            value: words.withUnsafeBytes(Array.init), offset: offset, timestamp: record.time / 1000)
    }

    private func round(_ raw: [Timeline.Place: RawRecords], endOfInput: Bool = false) -> [String] {
        let inputs = (settings.hasTwoStreams ? [0, 1] : [0]).map { stream in
            Execution.SourceInput(
                step: stream,
                records: raw.filter { $0.key.stream == stream }.sorted { $0.key < $1.key }.map(\.value),
                partitions: partitions.filter { $0.key.stream == stream }.sorted { $0.key < $1.key }
                    .map { (number: $0.key.partition, isIdle: $0.value) })
        }
        let output = execution.round(inputs, endOfInput: endOfInput, at: clock)
        return output.deadLetters.map { "\($0.reason)" }
            + output.rows.values.joined().flatMap { batch in (0..<batch.count).map { text(batch, $0) } }
    }

    private func restart() throws {
        let checkpoint = try checkpoints.store { [settings, execution] extent in
            Checkpoint(
                epoch: 1, topology: "timeline", plan: settings.plan.text, stateID: "", positions: [:],
                state: execution.snapshot(extent), prepared: [:])
        }
        lanes.append(lanes.removeFirst())
        execution = try Self.execution(settings, lanes[0])
        try execution.restore(checkpoint.state)
    }

    private func text(_ batch: RecordBatch, _ row: Int) -> String {
        func value(_ name: String) -> Int64? {
            switch batch.column(name)?.scalar(at: row) {
            case .int64(let value), .timestamp(let value): value
            case .bool(let value): value ? 1 : 0
            default: nil
            }
        }
        func record(_ side: String) -> String {
            guard let key = value(side + "key"), let time = value(side + "time") else { return "∅" }
            return String(UnicodeScalar(UInt8(key))) + Timeline.text(time)
        }
        let window = value("start").map { "[\(Timeline.text($0)),\(Timeline.text(value("end") ?? 0)))" } ?? ""
        if batch.column("left_key") != nil {
            let right = record("right_")
            return "\(window)\(record("left_"))+\(right)\(right == "∅" ? "" : "'")"
        }
        if value("time") != nil { return record("") }
        let key = String(UnicodeScalar(UInt8(value("key") ?? 63)))
        if batch.deletions?[row] == true { return "-" + window + key }
        return window + key + "=\(value("n") ?? 0)" + (value("final") == 1 ? "!" : "")
    }
}
