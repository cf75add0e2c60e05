/// The number of a partition among those of all sources of a plan: what `RowOrigins.partitions` holds. Numbers are
/// ordered by source step, then by the partition's number within its source, and those of step 0 are the same in both.
enum PlanPartition {
    private static let bits: Int32 = 20
    /// A plan with more steps has no room for them in the number.
    static let stepLimit = 1 << (31 - Int(bits))

    /// - Parameter source: the number of the source, see `LogicalPlan.number(of:)`.
    /// - Precondition: the partition's number is below 1,048,576, several times what a Kafka cluster holds.
    static func number(source: Int, partition: Int32) -> Int32 {
        precondition((0..<1 << bits).contains(partition), "partition \(partition) of source step \(source)")
        return Int32(source) << bits | partition
    }

    /// The number of the source.
    static func source(of number: Int32) -> Int { Int(number >> bits) }

    /// The partition's number within its source.
    static func partition(of number: Int32) -> Int32 { number & (1 << bits - 1) }
}
