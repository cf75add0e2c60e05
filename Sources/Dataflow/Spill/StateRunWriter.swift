import Columnar

/// Writes a `StateRun`. A file is pages, then what `StateRun.Index` has, then where that begins.
struct StateRunWriter {
    private let file: any SpillFile
    private let types: [DataType]
    private var rowCount = 0
    private var firstHashes: [UInt64] = []
    private var offsets = [0]
    private var filter: HashFilter
    private var oldest = Int64.max
    private var newest = Int64.min
    private var buffer: [UInt8] = []

    /// Rows of a page: few enough that one row is found soon.
    static let pageRows = 128
    private static let bufferBytes = 1 << 20
    private static let magic: UInt64 = 0x3155_5220_4D44_4954

    /// - Parameter expected: rows that it will have, at most.
    init(_ store: any SpillStore, types: [DataType], expected: Int) throws {
        file = try store.create()
        self.types = types
        filter = HashFilter(count: expected)
    }

    /// Adds rows, none of which has a smaller hash than those before.
    /// - Parameters:
    ///   - columns: the hash, then the operator's.
    ///   - times: the column of their event times, for an operator that forgets by it.
    mutating func append(_ columns: [ColumnVector], times: Int? = nil) throws {
        guard case .int64(let hashes) = columns[0].values else { preconditionFailure("a run without hashes") }
        if let times, case .int64(let times) = columns[times].values {
            oldest = min(oldest, times.min() ?? .max)
            newest = max(newest, times.max() ?? .min)
        }
        var start = 0
        while start < hashes.count {
            let end = min(start + Self.pageRows, hashes.count)
            try page(columns.map { $0.taking((Int32(start)..<Int32(end)).map { $0 }) }, hashes[start..<end])
            start = end
        }
    }

    private mutating func page(_ columns: [ColumnVector], _ hashes: ArraySlice<Int64>) throws {
        for hash in hashes { filter.insert(UInt64(bitPattern: hash)) }
        firstHashes.append(UInt64(bitPattern: hashes[hashes.startIndex]))
        rowCount += hashes.count
        let start = buffer.count
        buffer.append(contentsOf: repeatElement(0, count: 8))
        withUnsafeBytes(of: UInt32(hashes.count).littleEndian) { buffer.append(contentsOf: $0) }
        BatchCodec.encode(columns: columns, into: &buffer)
        let sum = PageChecksum.of(buffer, from: start + 8, to: buffer.count)
        buffer.withUnsafeMutableBytes { $0.storeBytes(of: sum, toByteOffset: start, as: UInt64.self) }
        offsets.append(offsets[offsets.count - 1] + buffer.count - start)
        if buffer.count >= Self.bufferBytes { try flush() }
    }

    private mutating func flush() throws {
        try file.append(buffer)
        buffer.removeAll(keepingCapacity: true)
    }

    /// Ends the file.
    mutating func finish(range: HashRange) throws -> StateRun {
        let index = StateRun.Index(
            rowCount: rowCount, firstHashes: firstHashes, offsets: offsets, filter: filter, oldest: oldest,
            newest: newest)
        let start = offsets[offsets.count - 1]
        let counts = [Int64(rowCount), oldest, newest, Int64(firstHashes.count), Int64(filter.words.count)]
        for values in [counts, firstHashes.map { Int64(bitPattern: $0) }, offsets.map { Int64($0) }] {
            BatchCodec.encode(columns: [ColumnVector(.int64, .int64(values))], into: &buffer)
        }
        let words = filter.words.map { Int64(bitPattern: $0) }
        BatchCodec.encode(columns: [ColumnVector(.int64, .int64(words))], into: &buffer)
        let indexStart = start - file.size
        let sum = PageChecksum.of(buffer, from: indexStart, to: buffer.count)
        for value in [UInt64(start), sum, Self.magic] {
            withUnsafeBytes(of: value.littleEndian) { buffer.append(contentsOf: $0) }
        }
        try flush()
        return StateRun(file: file, range: range, index: index, types: types)
    }

    /// Opens a file that was written before.
    /// - Throws: `PlanError` for one that is damaged, or what the store threw.
    static func open(
        _ name: String, of store: any SpillStore, range: HashRange, types: [DataType]
    ) throws -> StateRun {
        let file = try store.open(name)
        let damaged = PlanError(
            "the file of state \(name) is damaged: restore the state directory, or start anew with --reset-state")
        guard file.size >= 24 else { throw damaged }
        let end = try file.read(at: file.size - 24, count: 24)
        let words = end.withUnsafeBytes { bytes in
            (0..<3).map { bytes.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self) }
        }
        guard words[2] == magic, words[0] <= UInt64(file.size - 24) else { throw damaged }
        let start = Int(words[0])
        let bytes = try file.read(at: start, count: file.size - 24 - start)
        guard PageChecksum.of(bytes, from: 0, to: bytes.count) == words[1] else { throw damaged }
        guard let index = try? self.index(bytes) else { throw damaged }
        return StateRun(file: file, range: range, index: index, types: types)
    }

    private static func index(_ bytes: [UInt8]) throws -> StateRun.Index {
        // A column of so many values takes eight bytes each, and nine for its validity and count.
        var position = 0
        func values(_ count: Int) throws -> [Int64] {
            let columns = try BatchCodec.decodeColumns(bytes, from: position, [.int64], count: count)
            position += 9 + count * 8
            guard case .int64(let values) = columns[0].values else { return [] }
            return values
        }
        let counts = try values(5)
        let hashes = try values(Int(counts[3])).map { UInt64(bitPattern: $0) }
        let offsets = try values(Int(counts[3]) + 1).map { Int($0) }
        let filter = HashFilter(words: try values(Int(counts[4])).map { UInt64(bitPattern: $0) })
        return StateRun.Index(
            rowCount: Int(counts[0]), firstHashes: hashes, offsets: offsets, filter: filter,
            oldest: counts[1], newest: counts[2])
    }
}
