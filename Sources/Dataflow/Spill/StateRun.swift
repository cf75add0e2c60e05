import Columnar

/// Groups of an operator in a file: rows in the order of their keys' hashes, in pages, with the first hash of each page and a
/// filter of all hashes in memory. It never changes; a shard sees the hashes that it owns.
struct StateRun: Sendable {
    let file: any SpillFile
    /// The hashes that count here.
    var range: HashRange
    let index: Index
    /// Of the columns; the first is the hash.
    private let types: [DataType]

    /// What is known of a run without reading its pages. Shared by the shards that restore it.
    final class Index: Sendable {
        let rowCount: Int
        let firstHashes: [UInt64]
        /// Where each page begins in the file, and where the last one ends.
        let offsets: [Int]
        let filter: HashFilter
        /// The least and the largest of the event times that the operator gave with its rows.
        let oldest: Int64
        let newest: Int64

        init(
            rowCount: Int, firstHashes: [UInt64], offsets: [Int], filter: HashFilter, oldest: Int64, newest: Int64
        ) {
            self.rowCount = rowCount
            self.firstHashes = firstHashes
            self.offsets = offsets
            self.filter = filter
            self.oldest = oldest
            self.newest = newest
        }
    }

    init(file: any SpillFile, range: HashRange, index: Index, types: [DataType]) {
        self.file = file
        self.range = range
        self.index = index
        self.types = types
    }

    /// Bytes of memory that it takes.
    var memoryByteCount: Int { index.firstHashes.count * 16 + index.filter.byteCount }

    /// Of its rows, those in its range, nearly.
    var rowCount: Int {
        let share = Double(range.last - range.first) / Double(UInt64.max)
        return Int(Double(index.rowCount) * share) + 1
    }

    /// The number of the last page that begins with such a hash; nil when all begin behind.
    private func lastPage(_ isBefore: (UInt64) -> Bool) -> Int? {
        var (low, high) = (0, index.firstHashes.count)
        while low < high {
            let middle = (low + high) / 2
            if isBefore(index.firstHashes[middle]) { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? nil : low - 1
    }

    /// The pages where rows with hashes from one to another may be: a page may begin with the hash that the one before ends
    /// with.
    private func pages(from first: UInt64, to last: UInt64) -> ClosedRange<Int>? {
        guard let end = lastPage({ $0 <= last }) else { return nil }
        return min(lastPage { $0 < first } ?? 0, end)...end
    }

    /// The rows whose hash is in a stretch, within the run's own.
    /// - Throws: `PlanError` for a damaged file, or what the store threw.
    func rows(in stretch: HashRange) throws -> [ColumnVector]? {
        guard let wanted = range.intersection(stretch), let pages = pages(from: wanted.first, to: wanted.last) else {
            return nil
        }
        let (start, end) = (index.offsets[pages.lowerBound], index.offsets[pages.upperBound + 1])
        let bytes = try file.read(at: start, count: end - start)
        var columns: [ColumnVector]?
        for number in pages {
            var page = try decode(bytes, at: index.offsets[number] - start, to: index.offsets[number + 1] - start)
            if number == pages.lowerBound || number == pages.upperBound || index.firstHashes[number] <= wanted.first {
                page = Self.rows(of: page, in: wanted)
            }
            guard page[0].count > 0 else { continue }
            if columns == nil {
                columns = page
            } else {
                for column in page.indices { columns?[column].append(contentsOf: page[column]) }
            }
        }
        return columns
    }

    private static func rows(of page: [ColumnVector], in range: HashRange) -> [ColumnVector] {
        guard case .int64(let hashes) = page[0].values else { return page }
        let kept = hashes.indices.filter { range.contains(UInt64(bitPattern: hashes[$0])) }
        return kept.count == hashes.count ? page : page.map { $0.taking(kept.map { Int32($0) }) }
    }

    /// The rows with any of some hashes.
    /// - Parameter hashes: ascending, each once.
    /// - Throws: as `rows(in:)`.
    func rows(with hashes: [UInt64]) throws -> [ColumnVector]? {
        var columns: [ColumnVector]?
        var current: (number: Int, page: [ColumnVector])?
        var taken: [Int32] = []
        func take() {
            guard let page = current?.page, !taken.isEmpty else { return }
            let rows = page.map { $0.taking(taken) }
            taken.removeAll(keepingCapacity: true)
            if columns == nil {
                columns = rows
            } else {
                for column in rows.indices { columns?[column].append(contentsOf: rows[column]) }
            }
        }
        for hash in hashes where range.contains(hash) && index.filter.mayContain(hash) {
            guard let pages = pages(from: hash, to: hash) else { continue }
            for number in pages {
                if current?.number != number {
                    take()
                    let (start, end) = (index.offsets[number], index.offsets[number + 1])
                    current = (number, try decode(try file.read(at: start, count: end - start), at: 0, to: end - start))
                }
                guard let page = current?.page, case .int64(let stored) = page[0].values else { continue }
                var row = Self.firstRow(stored, of: hash)
                while row < stored.count, stored[row] == Int64(bitPattern: hash) {
                    taken.append(Int32(row))
                    row += 1
                }
            }
        }
        take()
        return columns
    }

    private static func firstRow(_ stored: [Int64], of hash: UInt64) -> Int {
        var (low, high) = (0, stored.count)
        while low < high {
            let middle = (low + high) / 2
            if UInt64(bitPattern: stored[middle]) < hash { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func decode(_ bytes: [UInt8], at start: Int, to end: Int) throws -> [ColumnVector] {
        let (sum, count) = bytes.withUnsafeBytes {
            (
                $0.loadUnaligned(fromByteOffset: start, as: UInt64.self),
                $0.loadUnaligned(fromByteOffset: start + 8, as: UInt32.self)
            )
        }
        guard sum == PageChecksum.of(bytes, from: start + 8, to: end) else { throw damaged }
        do {
            return try BatchCodec.decodeColumns(bytes, from: start + 12, types, count: Int(count))
        } catch { throw damaged }
    }

    private var damaged: PlanError {
        PlanError(
            "the file of state \(file.name) is damaged: restore the state directory, or start anew with --reset-state")
    }
}

/// A sum over the bytes of a page that finds what a disk has changed: eight bytes at a time, multiplied and mixed as in FNV-1a.
enum PageChecksum {
    static func of(_ bytes: [UInt8], from start: Int, to end: Int) -> UInt64 {
        bytes.withUnsafeBytes { bytes in
            var sum: UInt64 = 0xCBF2_9CE4_8422_2325
            var position = start
            while position + 8 <= end {
                sum = (sum ^ bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)) &* 0x9E37_79B9_7F4A_7C15
                sum ^= sum >> 29
                position += 8
            }
            while position < end {
                sum = (sum ^ UInt64(bytes[position])) &* 0x0000_0100_0000_01B3
                position += 1
            }
            return sum ^ UInt64(end - start)
        }
    }
}
