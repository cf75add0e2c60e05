import Foundation
import KafkaConnector
import Synchronization

/// Stands between clients and a development cluster, and makes of it what a real one is: readers of committed records do
/// not see those of transactions that are open or were aborted, a producer that was replaced is fenced off, and a batch
/// that was sent again because its answer got lost is kept once. It can be away for a while, and calls back at moments of
/// a transaction.
public final class KafkaGate: Sendable {
    /// A moment that can be waited for.
    public enum Moment: CaseIterable, Sendable {
        /// A producer has registered; the answer is not passed on.
        case registered
        /// Rows of a transaction are on their way.
        case producing
        /// The positions of the consumer group are on their way into a transaction.
        case addingPositions
        /// The request to commit a transaction is on its way.
        case committing
        /// A transaction is committed; the answer is not passed on.
        case committed
        /// Records outside of transactions are on their way: dead letters.
        case sending
    }

    private struct Trap {
        var moment: Moment
        /// How often the moment comes before.
        var skipped: Int
        /// Whether the request is lost.
        var drops: Bool
        var action: @Sendable () -> Void
    }

    private struct State {
        var ledger = TransactionLedger()
        var isAway = false
        var trap: Trap?
        var connections: [ObjectIdentifier: GateConnection] = [:]
    }

    public var address: String { listener.address }
    private let listener: LoopbackListener
    private let broker: UInt16
    private let state = Mutex(State())

    /// - Parameter broker: the address of the development cluster, on 127.0.0.1.
    public init(to broker: String) throws {
        guard let port = broker.split(separator: ":").last.flatMap({ UInt16($0) }) else {
            throw PythonError(description: "no port in \(broker)")
        }
        self.broker = port
        listener = try LoopbackListener()
        listener.serve { [weak self] client in self?.serve(client) }
    }

    deinit { listener.close() }

    /// Ends; connections end with it.
    public func close() {
        setAway(true)
        listener.close()
    }

    /// Transactions that were committed, and that were aborted.
    public var transactions: (committed: Int, aborted: Int) {
        state.withLock { ($0.ledger.committed, $0.ledger.aborted) }
    }

    /// Has the cluster go away, with all connections, or come back.
    public func setAway(_ isAway: Bool) {
        let open = state.withLock { state in
            state.isAway = isAway
            return Array(state.connections.values)
        }
        if isAway { for connection in open { connection.end() } }
    }

    /// Calls back when a moment has come for the nth time, before anything is passed on. One call at most.
    public func wait(
        for moment: Moment, skipping skipped: Int, dropping drops: Bool, _ action: @escaping @Sendable () -> Void
    ) {
        state.withLock { $0.trap = Trap(moment: moment, skipped: skipped, drops: drops, action: action) }
    }

    /// Waits for no moment any more.
    public func disarm() { state.withLock { $0.trap = nil } }

    /// - Returns: whether the frame is lost.
    private func meet(_ moment: Moment) -> Bool {
        let trap = state.withLock { state -> Trap? in
            guard let trap = state.trap, trap.moment == moment else { return nil }
            state.trap = trap.skipped > 0 ? trap : nil
            state.trap?.skipped -= 1
            return trap.skipped > 0 ? nil : trap
        }
        trap?.action()
        return trap?.drops ?? false
    }

    private func serve(_ client: Int32) {
        guard let connection = GateConnection(client: client, port: broker) else { return }
        let isAway = state.withLock { state in
            state.connections[ObjectIdentifier(connection)] = connection
            return state.isAway
        }
        defer { state.withLock { _ = $0.connections.removeValue(forKey: ObjectIdentifier(connection)) } }
        if isAway { return }
        let answers = DispatchGroup()
        answers.enter()
        Thread.detachNewThread { [self] in
            connection.passAnswers(answered)
            answers.leave()
        }
        connection.passRequests(asked)
        answers.wait()
    }

    /// - Returns: nil for a request that is lost.
    private func asked(_ request: KafkaRequest, _ frame: [UInt8]) -> [UInt8]? {
        let moment: Moment? =
            switch request.kind {
            case .produce: request.transactionalID == nil ? .sending : .producing
            case .addOffsets, .commitOffsets: .addingPositions
            case .endTransaction: request.isCommit ? .committing : nil
            default: nil
            }
        return moment.map(meet) == true ? nil : frame
    }

    private func answered(_ request: KafkaRequest, _ frame: [UInt8]) -> [UInt8] {
        var frame = frame
        switch request.kind {
        case .metadata, .findCoordinator: KafkaAnswer.readdress(&frame, from: broker, to: listener.port)
        case .fetch:
            if request.readsCommitted { return state.withLock { KafkaAnswer.committed(frame, request, $0.ledger) } }
        default: state.withLock { KafkaAnswer.read(frame, to: request, into: &$0.ledger) }
        }
        switch request.kind {
        case .endTransaction where request.isCommit: _ = meet(.committed)
        case .initProducerID where request.transactionalID != nil: _ = meet(.registered)
        default: break
        }
        return frame
    }
}
