import Dataflow
import Foundation

/// What a run's state may take of memory, and what is told of it. State that can goes to files; what cannot counts, and stops
/// the run before the machine does.
struct MemoryBudget {
    let bytes: Int
    private var hasWarned = false

    init(_ bytes: Int) { self.bytes = bytes }

    /// A number of bytes, with or without a unit: `512MB`, `2GiB`, `1000000`.
    static func bytes(_ text: String) -> Int? {
        let digits = text.prefix { $0.isNumber }
        guard let number = Int(digits) else { return nil }
        let units = [
            "": 1, "b": 1, "kb": 1_000, "mb": 1_000_000, "gb": 1_000_000_000, "tb": 1_000_000_000_000, "kib": 1 << 10,
            "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40,
        ]
        let unit = text.dropFirst(digits.count).drop { $0 == " " }.lowercased()
        guard let factor = units[unit] else { return nil }
        let (bytes, overflow) = number.multipliedReportingOverflow(by: factor)
        return overflow ? nil : bytes
    }

    /// What is told at the start: the steps whose state stays in memory.
    static func warnings(_ execution: Execution) -> [String] {
        execution.stateSizes.filter { !$0.canSpill }.map { size in
            "step \(size.step), '\(execution.name(of: size.step))', keeps its state in memory: it counts against "
                + "--memory-budget, and the run stops before it passes it"
        }
    }

    /// - Returns: a warning, once, when most of the budget is taken by what cannot go to files.
    /// - Throws: what kept state from its files; `RuntimeError` when the budget is passed by what has none.
    mutating func check(_ execution: Execution) throws -> String? {
        if let failure = execution.memoryFailure { throw failure }
        let sizes = execution.stateSizes.filter { !$0.canSpill }
        let taken = sizes.reduce(0) { $0 + $1.memory }
        guard taken > bytes / 5 * 4, let largest = sizes.max(by: { $0.memory < $1.memory }) else { return nil }
        let whose = "step \(largest.step), '\(execution.name(of: largest.step))', which keeps its state in memory"
        guard taken <= bytes else {
            throw RuntimeError(
                "the state takes \(sizeText(taken)) of memory and --memory-budget is \(sizeText(bytes)); "
                    + "\(sizeText(largest.memory)) are of \(whose). Give it more memory, or let the step keep less "
                    + "(shorter windows and intervals, fewer keys). Nothing was lost: the next run goes on at the last epoch"
            )
        }
        if hasWarned { return nil }
        hasWarned = true
        return "the state takes \(sizeText(taken)) of the \(sizeText(bytes)) of --memory-budget; "
            + "\(sizeText(largest.memory)) are of \(whose)"
    }
}

extension Execution {
    /// A step for people: the plan's text up to what it computes.
    func name(of step: Int) -> String {
        let text = plan.steps[step].kind.text
        return String(text.prefix { $0 != "[" && $0 != ":" }).trimmingCharacters(in: .whitespaces)
    }
}

/// Bytes in the largest unit that leaves a whole number or one digit behind the point: `512 MB`, `1.5 GB`.
func sizeText(_ bytes: Int) -> String {
    let units = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")]
    for (size, name) in units where bytes >= size {
        let tenths = bytes / (size / 10)
        return tenths % 10 == 0 || tenths >= 1000 ? "\(tenths / 10) \(name)" : "\(tenths / 10).\(tenths % 10) \(name)"
    }
    return "\(bytes) bytes"
}
