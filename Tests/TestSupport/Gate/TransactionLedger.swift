/// What a broker with transactions keeps of them, from requests and answers as they pass by: which batches are committed,
/// which belong to a transaction that is open, and which nobody may see.
struct TransactionLedger {
    enum Fate {
        case open, committed, invisible
    }

    /// A batch of a produce request, before the broker has said where it stands.
    struct Batch {
        var topic: String
        var partition: Int32
        var transactionalID: String?
        var producer: ProducerIdentity
        var sequence: Int32
    }

    private struct Place: Hashable {
        var topic: String
        var partition: Int32
        var offset: Int64
    }

    private struct Sequence: Hashable {
        var topic: String
        var partition: Int32
        var producer: ProducerIdentity
        var number: Int32
    }

    private var fates: [Place: Fate] = [:]
    private var known: Set<Sequence> = []
    private var producers: [String: ProducerIdentity] = [:]
    private var open: [String: [Place]] = [:]
    /// Transactions that were committed, and that were not.
    private(set) var committed = 0
    private(set) var aborted = 0

    /// A producer registered: an older one of the same transactional id is fenced off, and what it left open is aborted.
    mutating func register(_ producer: ProducerIdentity, _ transactionalID: String) {
        producers[transactionalID] = producer
        end(transactionalID, .invisible)
    }

    /// The broker took a batch at an offset. One that it has already, sent again because the answer was lost, it would
    /// not keep twice; one of a producer that is fenced off it would refuse.
    mutating func take(_ batch: Batch, at offset: Int64) {
        let place = Place(topic: batch.topic, partition: batch.partition, offset: offset)
        let sequence = Sequence(
            topic: batch.topic, partition: batch.partition, producer: batch.producer, number: batch.sequence)
        if batch.producer.id >= 0, !known.insert(sequence).inserted { return fates[place] = .invisible }
        guard let id = batch.transactionalID else { return }
        guard producers[id] == batch.producer else { return fates[place] = .invisible }
        fates[place] = .open
        open[id, default: []].append(place)
    }

    /// The broker ended a transaction.
    mutating func end(_ transactionalID: String, of producer: ProducerIdentity, isCommit: Bool) {
        guard producers[transactionalID] == producer else { return }
        end(transactionalID, isCommit ? .committed : .invisible)
    }

    private mutating func end(_ transactionalID: String, _ fate: Fate) {
        guard let places = open.removeValue(forKey: transactionalID) else { return }
        for place in places { fates[place] = fate }
        if fate == .committed { committed += 1 } else { aborted += 1 }
    }

    /// What readers of committed records may see of a stored batch. A transactional one whose answer has not passed by
    /// yet is open.
    func fate(_ topic: String, _ partition: Int32, _ head: KafkaBatchHead) -> Fate {
        fates[Place(topic: topic, partition: partition, offset: head.offset)]
            ?? (head.isTransactional ? .open : .committed)
    }
}
