/// A set of group numbers, one bit each: those that have changed since the last snapshot.
struct ChangedGroups {
    private var words: [UInt64] = []

    /// The groups, ascending.
    var groups: [Int32] {
        var groups: [Int32] = []
        for (index, word) in words.enumerated() {
            var rest = word
            while rest != 0 {
                groups.append(Int32(index * 64 + rest.trailingZeroBitCount))
                rest &= rest - 1
            }
        }
        return groups
    }

    func contains(_ group: Int32) -> Bool {
        let word = Int(group) >> 6
        return word < words.count && words[word] & (1 << UInt64(group & 63)) != 0
    }

    /// - Parameter count: more than any of the groups.
    mutating func mark(_ groups: [Int32], of count: Int) {
        grow(to: count)
        for group in groups { words[Int(group) >> 6] |= 1 << UInt64(group & 63) }
    }

    mutating func mark(_ group: Int) {
        grow(to: group + 1)
        words[group >> 6] |= 1 << UInt64(group & 63)
    }

    mutating func removeAll() { for index in words.indices { words[index] = 0 } }

    /// Takes new numbers: each of the kept groups that of its place in the list.
    mutating func keep(_ kept: [Int32]) {
        let old = self
        self = ChangedGroups()
        for (number, group) in kept.enumerated() where old.contains(group) { mark(number) }
    }

    private mutating func grow(to count: Int) {
        let missing = (count + 63) / 64 - words.count
        // Half as many again, since it grows with every batch of new groups.
        if missing > 0 { words.append(contentsOf: repeatElement(0, count: missing + words.count / 2)) }
    }
}
