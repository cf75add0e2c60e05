/// When changed rows of open windows are due: by processing time, which is no part of the state, so that after a restart
/// what has changed is given at once.
struct EarlyEmission {
    private let emission: WindowSpecification.Emission
    private var last: Int64?

    init(_ emission: WindowSpecification.Emission) { self.emission = emission }

    /// Whether late changes of windows that have ended are given with the batch that brings them.
    var isUpdating: Bool { emission == .updates }

    /// Whether open windows give what has changed; if so, the next interval begins.
    mutating func isDue(at processingTime: Int64, atEnd: Bool) -> Bool {
        guard case .early(let interval) = emission else { return false }
        if let last, !atEnd, processingTime.saturatingSubtract(last) < interval { return false }
        last = processingTime
        return true
    }
}
