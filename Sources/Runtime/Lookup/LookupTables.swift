import Dataflow
import Foundation

/// The tables that a job's rows are put together with: loads them before the first record, and newer versions between
/// epochs. Used by the job's thread.
final class LookupTables {
    private let execution: Execution
    private let sources: [Int: any LookupSource]
    private let clock: any Dataflow.Clock
    /// When each was last looked at, µs.
    private var looked: [Int: Int64] = [:]
    private let warn: (String) -> Void

    /// - Parameter sources: by step.
    init(
        _ execution: Execution, sources: [Int: any LookupSource], clock: any Dataflow.Clock,
        warn: @escaping (String) -> Void = { FileHandle.standardError.write(Data("warning: \($0)\n".utf8)) }
    ) {
        self.execution = execution
        self.sources = sources
        self.clock = clock
        self.warn = warn
    }

    /// Loads the version that the checkpoint says, and the newest where it says none or that is gone.
    func start() throws {
        for (step, description, version) in execution.lookups {
            guard let source = sources[step] else { continue }
            looked[step] = clock.now()
            if let version {
                if let rows = try source.load(version: version) {
                    try execution.setLookup(step: step, version: version, rows: rows)
                    continue
                }
                warn(
                    "\(description.name) is no longer there in the version with which rows were enriched; those that are "
                        + "read again get the newest")
            }
            try loadNewest(step, source, description)
        }
    }

    /// Takes newer versions of the tables whose interval has passed. A table that cannot be read now stays as it is.
    func refresh() {
        for (step, description, version) in execution.lookups {
            guard let source = sources[step], let last = looked[step],
                clock.now() - last >= description.refreshInterval
            else { continue }
            looked[step] = clock.now()
            do {
                if try source.newestVersion() != version { try loadNewest(step, source, description) }
            } catch {
                warn("rows are enriched with \(description.name) as it was, because it cannot be read now: \(error)")
            }
        }
    }

    private func loadNewest(_ step: Int, _ source: any LookupSource, _ description: LookupDescription) throws {
        // It may change while it is read.
        for _ in 0..<5 {
            let version = try source.newestVersion()
            if let rows = try source.load(version: version) {
                return try execution.setLookup(step: step, version: version, rows: rows)
            }
        }
        throw RuntimeError(
            "\(description.name) changes so fast that it cannot be read whole: write it beside and rename it")
    }
}
