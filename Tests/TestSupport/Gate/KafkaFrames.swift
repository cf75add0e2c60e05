/// What the gate looks at in requests and answers. Versions are those that librdkafka and its mock cluster agree on.
struct KafkaRequest {
    enum Kind: Int16 {
        case produce = 0
        case fetch = 1
        case metadata = 3
        case findCoordinator = 10
        case initProducerID = 22
        case addOffsets = 25
        case endTransaction = 26
        case commitOffsets = 28
    }

    var kind: Kind?
    var version: Int16
    var number: Int32
    var batches: [TransactionLedger.Batch] = []
    var transactionalID: String?
    var producer = ProducerIdentity(id: -1, epoch: -1)
    var isCommit = false
    /// Whether a fetch asks for committed records only.
    var readsCommitted = false

    init(_ frame: [UInt8]) {
        var reader = KafkaBytes(frame)
        kind = Kind(rawValue: reader.number(Int16.self))
        version = reader.number(Int16.self)
        number = reader.number(Int32.self)
        _ = reader.text()
        switch kind {
        case .produce: readProduce(&reader)
        case .fetch:
            precondition((4...11).contains(version), "fetch requests of version \(version)")
            reader.skip(16)
            readsCommitted = reader.number(Int8.self) == 1
        case .initProducerID:
            if version >= 2 {
                reader.skip(1)
                transactionalID = reader.compactText()
            } else {
                transactionalID = reader.text()
            }
        case .endTransaction:
            precondition(version < 3, "requests of version \(version) that end a transaction")
            transactionalID = reader.text()
            producer = ProducerIdentity(id: reader.number(Int64.self), epoch: reader.number(Int16.self))
            isCommit = reader.number(Int8.self) != 0
        default: break
        }
    }

    private mutating func readProduce(_ reader: inout KafkaBytes) {
        precondition((3...8).contains(version), "produce requests of version \(version)")
        transactionalID = reader.text()
        reader.skip(6)
        for _ in 0..<reader.number(Int32.self) {
            let topic = reader.text() ?? ""
            for _ in 0..<reader.number(Int32.self) {
                let partition = reader.number(Int32.self)
                let size = Int(reader.number(Int32.self))
                let records = reader.bytes[reader.position..<reader.position + size]
                guard let head = KafkaBatchHead(records) else { preconditionFailure("a batch that is cut off") }
                batches.append(
                    TransactionLedger.Batch(
                        topic: topic, partition: partition, transactionalID: transactionalID, producer: head.producer,
                        sequence: head.sequence))
                reader.skip(size)
            }
        }
    }
}

/// The answers to those requests.
enum KafkaAnswer {
    /// Tells the ledger what an answer says.
    static func read(_ frame: [UInt8], to request: KafkaRequest, into ledger: inout TransactionLedger) {
        var reader = KafkaBytes(frame)
        reader.skip(4)
        switch request.kind {
        case .produce: readProduce(&reader, request, &ledger)
        case .initProducerID:
            reader.skip(request.version >= 2 ? 5 : 4)
            guard reader.number(Int16.self) == 0, let id = request.transactionalID else { return }
            ledger.register(ProducerIdentity(id: reader.number(Int64.self), epoch: reader.number(Int16.self)), id)
        case .endTransaction:
            reader.skip(4)
            guard reader.number(Int16.self) == 0, let id = request.transactionalID else { return }
            ledger.end(id, of: request.producer, isCommit: request.isCommit)
        default: break
        }
    }

    private static func readProduce(
        _ reader: inout KafkaBytes, _ request: KafkaRequest, _ ledger: inout TransactionLedger
    ) {
        for _ in 0..<reader.number(Int32.self) {
            let topic = reader.text()
            for _ in 0..<reader.number(Int32.self) {
                let partition = reader.number(Int32.self)
                let error = reader.number(Int16.self)
                let offset = reader.number(Int64.self)
                reader.skip(request.version >= 5 ? 16 : 8)
                let batch = request.batches.first { $0.topic == topic && $0.partition == partition }
                if error == 0, let batch { ledger.take(batch, at: offset) }
            }
        }
    }

    /// The answer to a fetch without what readers of committed records may not see.
    static func committed(_ frame: [UInt8], _ request: KafkaRequest, _ ledger: TransactionLedger) -> [UInt8] {
        var reader = KafkaBytes(frame)
        var result: [UInt8] = []
        var copied = 0
        func copy(to end: Int) {
            result += frame[copied..<end]
            copied = end
        }
        reader.skip(request.version >= 7 ? 14 : 8)
        for _ in 0..<reader.number(Int32.self) {
            let topic = reader.text() ?? ""
            for _ in 0..<reader.number(Int32.self) {
                let partition = reader.number(Int32.self)
                reader.skip(10)
                let stableEnd = reader.position
                reader.skip(request.version >= 5 ? 16 : 8)
                reader.skip(16 * max(0, Int(reader.number(Int32.self))))
                if request.version >= 11 { reader.skip(4) }
                let size = Int(reader.number(Int32.self))
                let start = reader.position
                guard size > 0 else { continue }
                let (records, openAt) = visible(frame[start..<start + size], topic, partition, ledger)
                copy(to: stableEnd)
                if let openAt {
                    result += KafkaBytes.bytes(openAt)
                    copied += 8
                }
                copy(to: start - 4)
                result += KafkaBytes.bytes(Int32(records.count)) + records
                copied = start + size
                reader.position = start + size
            }
        }
        copy(to: frame.count)
        return result
    }

    /// - Returns: the batches up to the first that belongs to an open transaction, and where that stands.
    private static func visible(
        _ records: ArraySlice<UInt8>, _ topic: String, _ partition: Int32, _ ledger: TransactionLedger
    ) -> (records: [UInt8], openAt: Int64?) {
        var result: [UInt8] = []
        var rest = records
        while let head = KafkaBatchHead(rest) {
            let batch = rest.prefix(head.byteCount)
            switch ledger.fate(topic, partition, head) {
            case .committed: result += batch
            case .invisible: result += KafkaBatchHead.invisible(batch)
            case .open: return (result, head.offset)
            }
            rest = rest.dropFirst(head.byteCount)
        }
        return (result + rest, nil)
    }

    /// Puts the gate's port in the place of the broker's, wherever an answer names it.
    static func readdress(_ frame: inout [UInt8], from broker: UInt16, to gate: UInt16) {
        let name = Array("127.0.0.1".utf8)
        let old = name + KafkaBytes.bytes(Int32(broker))
        guard frame.count >= old.count else { return }
        for start in 0...frame.count - old.count where frame[start..<start + old.count].elementsEqual(old) {
            frame.replaceSubrange(start..<start + old.count, with: name + KafkaBytes.bytes(Int32(gate)))
        }
    }
}
