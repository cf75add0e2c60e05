/// The items of each group, chained: items are numbered as they come, and any group's are found without looking at the
/// others'.
struct ItemChains: Sendable {
    /// The group of each item.
    private(set) var groups: [Int32] = []
    /// The number of items, by group.
    private(set) var sizes: [Int32] = []
    /// The last item of each group, and of each item the one before; -1 for none.
    private var last: [Int32] = []
    private var previous: [Int32] = []

    var count: Int { groups.count }

    mutating func grow(to groupCount: Int) {
        sizes.grow(to: groupCount, with: 0)
        last.grow(to: groupCount, with: -1)
    }

    mutating func append(_ group: Int) {
        previous.append(last[group])
        last[group] = Int32(groups.count)
        groups.append(Int32(group))
        sizes[group] += 1
    }

    /// The items of a group, the newest first.
    func items(of group: Int) -> [Int32] {
        var items: [Int32] = []
        items.reserveCapacity(Int(sizes[group]))
        var item = last[group]
        while item >= 0 {
            items.append(item)
            item = previous[Int(item)]
        }
        return items
    }

    /// Takes the items of a group out of its chain; they keep their numbers.
    mutating func forget(_ group: Int) {
        last[group] = -1
        sizes[group] = 0
    }
}

/// Distinct 64-bit keys within groups. Every pair of a group and a key has a dense number, so that callers keep columns
/// beside them; the items of a group are chained. Open addressing with linear probing; nothing is removed but by
/// `taking`.
struct GroupItems: Sendable {
    private(set) var keys: [UInt64] = []
    private var chains = ItemChains()
    /// Item number + 1 by slot; 0 is free. A power of two long.
    private var slots = [Int32](repeating: 0, count: 16)

    var count: Int { keys.count }
    /// The number of items, by group.
    var sizes: [Int32] { chains.sizes }

    mutating func grow(to groupCount: Int) { chains.grow(to: groupCount) }

    /// Finds or makes the item of a key in a group; one that it makes has the number that `count` was.
    mutating func intern(_ group: Int, _ key: UInt64) -> Int {
        if (count + 1) * 2 > slots.count { rebuild(capacity: slots.count * 2) }
        var slot = Self.hash(group, key) & (slots.count - 1)
        while slots[slot] != 0 {
            let item = Int(slots[slot]) - 1
            if keys[item] == key, chains.groups[item] == Int32(group) { return item }
            slot = (slot + 1) & (slots.count - 1)
        }
        keys.append(key)
        chains.append(group)
        slots[slot] = Int32(count)
        return count - 1
    }

    @inline(__always)
    private static func hash(_ group: Int, _ key: UInt64) -> Int {
        Int(truncatingIfNeeded: mixed(key, UInt64(group) &* 0x9E37_79B9_7F4A_7C15))
    }

    private mutating func rebuild(capacity: Int) {
        slots = [Int32](repeating: 0, count: capacity)
        for item in keys.indices {
            var slot = Self.hash(Int(chains.groups[item]), keys[item]) & (capacity - 1)
            while slots[slot] != 0 { slot = (slot + 1) & (capacity - 1) }
            slots[slot] = Int32(item + 1)
        }
    }

    /// The items of a group, the newest first.
    func items(of group: Int) -> [Int32] { chains.items(of: group) }

    /// Leaves out the items of a group; they are gone after the next `taking`. Until then the group takes no more.
    mutating func forget(_ group: Int) { chains.forget(group) }

    /// The items of the given groups only, renumbered in that order, and which items here they are.
    func taking(_ taken: [Int32]) -> (items: GroupItems, numbers: [Int32]) {
        var result = GroupItems()
        var numbers: [Int32] = []
        result.grow(to: taken.count)
        for (group, old) in taken.enumerated() {
            for item in items(of: Int(old)).reversed() {
                result.keys.append(keys[Int(item)])
                result.chains.append(group)
                numbers.append(item)
            }
        }
        var capacity = 16
        while (result.count + 1) * 2 > capacity { capacity *= 2 }
        result.rebuild(capacity: capacity)
        return (result, numbers)
    }
}
