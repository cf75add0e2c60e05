import Columnar
import Testing

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
    private var partitions: [Int32: Bool]
    private var offsets: [Int32: Int64] = [:]
    private var records: [Int32: [Int64: Timeline.Record]] = [:]
    private var clock: Int64 = 0
    private var quiet: QuietTime?

    init(_ settings: TimelineSettings, partitions: Set<Int32>, mode: Mode) throws {
        self.settings = settings
        self.mode = mode
        lanes = mode.parallelism
        quiet = settings.quiet.map { QuietTime(after: $0) }
        self.partitions = Dictionary(uniqueKeysWithValues: partitions.map { ($0, false) })
        execution = try Execution(settings.plan, decoders: [0: EventDecoder()], parallelism: mode.parallelism[0])
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
                    // Lanes give their rows one after the other.
                    let isOrdered = mode.parallelism == [1]
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
        var raw: [Int32: RawRecords] = [:]
        switch input {
        case .records(let records): for record in records { append(record, to: &raw) }
        case .idle(let partition): partitions[partition] = true
        case .new(let partition): partitions[partition] = false
        case .clock(let time): clock = time
        case .end: break
        }
        var given = round(raw, endOfInput: input == .end)
        let isAtRest = raw.isEmpty && partitions.values.allSatisfy { $0 }
        if let advance = quiet?.due(isAtRest: isAtRest, at: clock) {
            quiet?.grant(advance)
            execution.advanceEventTime(of: [0], by: advance, at: clock)
            given += round([:])
        }
        if mode.restarts { try restart() }
        return given
    }

    private func append(_ record: Timeline.Record, to raw: inout [Int32: RawRecords]) {
        let offset = offsets[record.partition, default: 0]
        offsets[record.partition] = offset + 1
        records[record.partition, default: [:]][offset] = record
        partitions[record.partition] = false
        let words = [record.time, Int64(record.key.asciiValue ?? 0), 0]
        raw[record.partition, default: RawRecords(partition: record.partition)].append(
            value: words.withUnsafeBytes(Array.init), offset: offset, timestamp: record.time / 1000)
    }

    private func round(_ raw: [Int32: RawRecords], endOfInput: Bool = false) -> [String] {
        let input = Execution.SourceInput(
            step: 0, records: raw.sorted { $0.key < $1.key }.map(\.value),
            partitions: partitions.sorted { $0.key < $1.key }.map { (number: $0.key, isIdle: $0.value) })
        let output = execution.round([input], endOfInput: endOfInput, at: clock)
        return output.deadLetters.map { "\($0.reason)" }
            + output.rows.values.joined().flatMap { batch in (0..<batch.count).map { text(batch, $0) } }
    }

    private func restart() throws {
        let checkpoint = Checkpoint(
            epoch: 1, topology: "timeline", plan: settings.plan.text, stateID: "", positions: [:],
            state: execution.snapshot(), prepared: [:])
        lanes.append(lanes.removeFirst())
        execution = try Execution(settings.plan, decoders: [0: EventDecoder()], parallelism: lanes[0])
        try execution.restore(try Checkpoint(decoding: checkpoint.encoded()).state)
    }

    private func text(_ batch: RecordBatch, _ row: Int) -> String {
        func value(_ name: String) -> Int64? {
            switch batch.column(name)?.scalar(at: row) {
            case .int64(let value), .timestamp(let value): value
            case .bool(let value): value ? 1 : 0
            default: nil
            }
        }
        let key = String(UnicodeScalar(UInt8(value("key") ?? 63)))
        if let time = value("time") { return key + Timeline.text(time) }
        let window = value("start").map { "[\(Timeline.text($0)),\(Timeline.text(value("end") ?? 0)))" } ?? ""
        if batch.deletions?[row] == true { return "-" + window + key }
        return window + key + "=\(value("n") ?? 0)" + (value("final") == 1 ? "!" : "")
    }
}
