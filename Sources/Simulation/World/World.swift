import Dataflow

/// All that a simulated process sees of the outside: time, chance, and what goes wrong. Everything is decided by a seed.
final class World: @unchecked Sendable {
    // One thread runs at a time, see `Turns`, and hands the rest over through semaphores.
    var random: SeededRandom
    let trace: Trace
    let turns = Turns()
    /// µs since 1970 UTC.
    private(set) var time: Int64 = 1_800_000_000_000_000
    /// I/O operations of this life.
    private(set) var operations = 0
    /// Whether the process is gone: nothing that it does has an effect.
    private(set) var isCrashed = false
    /// Whether it ended by a crash.
    var hasCrashed: Bool { struck == .powerLoss || struck == .kill }
    /// Whether it was ended because it did not end by itself.
    private(set) var isEndless = false
    /// The fault that struck in this life.
    private(set) var struck: Fault.Kind?
    private var pending: Fault?
    private var names = 0
    /// Operations after which a life is taken for endless.
    private static let limit = 100_000

    init(seed: UInt64, trace: Trace) {
        random = SeededRandom(seed: seed)
        self.trace = trace
    }

    /// Begins a life.
    func begin(_ fault: Fault?) {
        operations = 0
        isCrashed = false
        struck = nil
        pending = fault
    }

    /// The process exits: what its other thread was at is not done.
    func end() { isCrashed = true }

    /// An I/O operation is about to happen: time passes, the other thread may get its turn, the process may end.
    /// - Parameter name: what stands in the trace.
    /// - Returns: what goes wrong with it, of what can.
    /// - Throws: `SimulatedCrash` when the process has ended.
    func operate(_ name: String, _ possible: Set<Fault.Kind> = []) throws(SimulatedCrash) -> Fault.Kind? {
        if isCrashed { throw SimulatedCrash() }
        if turns.canPass, random.chance(35) { turns.pass() }
        if isCrashed { throw SimulatedCrash() }
        time += Int64.random(in: 50...3_000, using: &random)
        let number = operations
        operations += 1
        if number == Self.limit {
            isEndless = true
            isCrashed = true
            throw SimulatedCrash()
        }
        trace.note("\(turns.isCommitting ? "c" : "j")\(number) \(name)")
        guard let fault = pending, number >= fault.operation else { return nil }
        if fault.kind == .powerLoss || fault.kind == .kill {
            pending = nil
            struck = fault.kind
            isCrashed = true
            trace.note("-- \(fault.kind.rawValue)")
            throw SimulatedCrash()
        }
        guard possible.contains(fault.kind) else { return nil }
        pending = nil
        struck = fault.kind
        trace.note("-- \(fault.kind.rawValue)")
        return fault.kind
    }

    func advance(_ microseconds: Int64) { time += microseconds }

    /// A name that is given once.
    func makeName() -> String {
        names += 1
        return "sim-\(names)"
    }
}

/// The process ended in the middle of an operation.
struct SimulatedCrash: Error {}

/// The time of day of a simulated world.
struct VirtualClock: Dataflow.Clock {
    let world: World

    func now() -> Int64 { world.time }
}
