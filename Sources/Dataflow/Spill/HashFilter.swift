import Columnar

/// Which hashes a run may have: a Bloom filter of ten bits a key, all seven of a key's bits in one word of 512 (Putze, Sanders
/// and Singler, "Cache-, hash- and space-efficient Bloom filters", 2007). About one in a hundred absent keys is taken for
/// present.
struct HashFilter: Sendable {
    private(set) var words: [UInt64]
    private static let wordsPerBlock = 8
    private static let bitsPerKey = 10

    init(count: Int) {
        let blocks = max(1, (count * Self.bitsPerKey + 511) / 512)
        words = [UInt64](repeating: 0, count: blocks * Self.wordsPerBlock)
    }

    /// - Precondition: as `words` of another gave them.
    init(words: [UInt64]) { self.words = words }

    var byteCount: Int { words.count * 8 }

    /// The first word of the block, and a number whose bits choose those within it.
    @inline(__always)
    private func place(_ hash: UInt64) -> (block: Int, bits: UInt64) {
        let mixed = (hash ^ (hash >> 32)) &* 0x9E37_79B9_7F4A_7C15
        let blocks = UInt64(words.count / Self.wordsPerBlock)
        return (Int(mixed.multipliedFullWidth(by: blocks).high) * Self.wordsPerBlock, mixed &* 0xD6E8_FEB8_6659_FD93)
    }

    mutating func insert(_ hash: UInt64) {
        var (block, bits) = place(hash)
        for _ in 0..<7 {
            words[block + Int(bits >> 6 & 7)] |= 1 << (bits & 63)
            bits >>= 9
        }
    }

    func mayContain(_ hash: UInt64) -> Bool {
        var (block, bits) = place(hash)
        for _ in 0..<7 {
            if words[block + Int(bits >> 6 & 7)] & (1 << (bits & 63)) == 0 { return false }
            bits >>= 9
        }
        return true
    }
}
