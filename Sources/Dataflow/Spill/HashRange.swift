/// A stretch of the hashes of keys, both ends included: what a shard owns of a file that several restore from.
struct HashRange: Hashable, Sendable {
    var first: UInt64
    var last: UInt64

    static let all = HashRange(first: 0, last: .max)

    init(first: UInt64, last: UInt64) {
        self.first = first
        self.last = last
    }

    /// The hashes that a shard owns: whole key groups, one after the other.
    init(_ shard: Shard) {
        let groups = (0..<Shard.keyGroups).filter { $0 * shard.count / Shard.keyGroups == shard.index }
        first = UInt64(groups.first ?? 0) << 57
        last = (UInt64(groups.last ?? 0) << 57) | (UInt64.max >> 7)
    }

    func contains(_ hash: UInt64) -> Bool { hash >= first && hash <= last }

    /// What both have; nil for nothing.
    func intersection(_ other: HashRange) -> HashRange? {
        let (first, last) = (max(first, other.first), min(last, other.last))
        return first <= last ? HashRange(first: first, last: last) : nil
    }

    /// Divides it into as many stretches of one length, in order.
    func divided(into count: Int) -> [HashRange] {
        let width = last - first
        let step = width / UInt64(count)
        if count <= 1 || step == 0 { return [self] }
        return (0..<count).map { index in
            let start = first + step * UInt64(index)
            return HashRange(first: start, last: index == count - 1 ? last : start + step - 1)
        }
    }
}
