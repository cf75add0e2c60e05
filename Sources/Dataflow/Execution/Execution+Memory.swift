extension Execution {
    /// Has state go to files when it takes more memory than it may. Before `restore`, and before the first round.
    /// - Parameter budget: bytes for the state of all steps. Half of it is for state; the rest is for what moves it.
    public func setMemoryBudget(_ budget: Int, store: any SpillStore) {
        for (number, lane) in lanes.enumerated() {
            let memory = LaneMemory(
                store, limit: budget / 2 / lanes.count, shard: Shard(index: number, count: lanes.count))
            lane.memory = memory
            for case let spilling as any SpillingOperator in lane.operators { spilling.memory = memory }
        }
    }

    /// What kept state from going to files, or from coming back. What the last round gave is void then, and the execution
    /// cannot go on: the newest checkpoint is the truth.
    public var memoryFailure: (any Error)? { lanes.lazy.compactMap { $0.memory?.failure }.first }

    /// How large the state of a step is.
    public struct StateSize: Hashable, Sendable {
        public var step: Int
        /// Bytes in memory, nearly.
        public var memory: Int
        /// Bytes in files.
        public var files: Int
        /// Whether it goes to files when it is larger than memory.
        public var canSpill: Bool
    }

    /// Of every step that keeps state, in all lanes.
    public var stateSizes: [StateSize] {
        plan.steps.indices.filter { plan.steps[$0].isStateful }.map { step in
            let operators = lanes.compactMap { $0.operators[step] }
            return StateSize(
                step: step,
                memory: operators.reduce(0) { $0 + (($1 as? any MeasuredOperator)?.stateByteCount ?? 0) },
                files: operators.reduce(0) { $0 + (($1 as? any SpillingOperator)?.spilledByteCount ?? 0) },
                canSpill: operators.allSatisfy { $0 is any SpillingOperator })
        }
    }
}
