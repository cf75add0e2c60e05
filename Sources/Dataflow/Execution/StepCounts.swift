/// Rows that came to one step in one lane, and those that ended there, by the input that they came from and the source
/// that they were read by.
struct StepCounts {
    private var values: [Key: Fates] = [:]

    private struct Key: Hashable {
        var port: Int
        /// The number of the source; -1 for rows that an operator computed.
        var source: Int
    }

    struct Fates {
        var received = 0
        var filtered = 0
        var late = 0
        var duplicate = 0
        var malformed = 0
        var added = 0

        static func + (left: Fates, right: Fates) -> Fates {
            Fates(values: zip(left.values, right.values).map { $0 + $1 })
        }
    }

    subscript(port port: Int = 0, source source: Int?) -> Fates {
        get { values[Key(port: port, source: source ?? -1)] ?? Fates() }
        set { values[Key(port: port, source: source ?? -1)] = newValue }
    }

    /// Of all inputs.
    func total(source: Int) -> Fates {
        values.reduce(Fates()) { $1.key.source == source ? $0 + $1.value : $0 }
    }

    /// Counts rows by the reason for which they were dropped.
    mutating func add(_ rows: DroppedRows, port: Int) {
        let partitions = rows.origins.partitions
        var start = 0
        while start < partitions.count {
            var end = start + 1
            while end < partitions.count, partitions[end] == partitions[start] { end += 1 }
            let key = Key(port: port, source: PlanPartition.source(of: partitions[start]))
            switch rows.reason {
            case .late: values[key, default: Fates()].late += end - start
            case .duplicate: values[key, default: Fates()].duplicate += end - start
            case .malformed, .contractViolation, .functionFailed:
                values[key, default: Fates()].malformed += end - start
            }
            start = end
        }
    }

    static func + (left: StepCounts, right: StepCounts) -> StepCounts {
        var sum = left
        sum.values.merge(right.values, uniquingKeysWith: +)
        return sum
    }
}

extension StepCounts.Fates {
    fileprivate static let valueCount = 6

    fileprivate var values: [Int] { [received, filtered, late, duplicate, malformed, added] }

    fileprivate init(values: [Int]) {
        self.init(
            received: values[0], filtered: values[1], late: values[2], duplicate: values[3], malformed: values[4],
            added: values[5])
    }
}

extension StepCounts {
    /// For the checkpoint: input, source and fates, one after the other.
    var numbers: [Int] {
        values.sorted { ($0.key.port, $0.key.source) < ($1.key.port, $1.key.source) }
            .flatMap { [$0.key.port, $0.key.source] + $0.value.values }
    }

    /// - Throws: `PlanError` for numbers of another shape.
    init(numbers: ArraySlice<Int>) throws(PlanError) {
        let width = Fates.valueCount + 2
        guard numbers.count % width == 0 else { throw PlanError("counts of another shape") }
        for start in stride(from: numbers.startIndex, to: numbers.endIndex, by: width) {
            let key = Key(port: numbers[start], source: numbers[start + 1])
            values[key] = Fates(values: Array(numbers[start + 2..<start + width]))
        }
    }
}
