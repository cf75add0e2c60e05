import Columnar
import Dataflow

/// The shape of a record: what stands between its values, byte for byte, and what the values are for. Records of one
/// serializer are mostly alike, so that one is read as: the bytes that are known, a value, the bytes that are known, …
///
/// A template takes a record only if all of it is as expected. Whatever is not (another field, an escape, a value that does
/// not fit) is left to the decoder that knows every case, so that a template can make records fast and not wrong.
final class JSONTemplate: @unchecked Sendable {
    // Immutable after `init`, hence sendable.
    struct Slot {
        /// The known bytes before the value.
        var literal: Range<Int>
        /// The column; -1 for a value that no column wants, -2 for the end of the record.
        var column: Int
    }

    private let literals: UnsafeMutableBufferPointer<UInt8>
    private let slots: UnsafeMutableBufferPointer<Slot>
    /// Columns that the record does not have; all can be null.
    private let missing: [Int]

    /// Learns the shape of a record that was decoded. Nil for one with a field twice.
    init?(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ fields: FieldTree, _ columns: JSONColumns) {
        var learner = ShapeLearner(bytes, range, fields)
        guard let slots = try? learner.learn() else { return nil }
        let found = slots.map(\.column).filter { $0 >= 0 }
        missing = (0..<columns.count).filter { !found.contains($0) }
        guard Set(found).count == found.count, missing.allSatisfy({ columns.all[$0].isNullable }) else { return nil }
        literals = .allocate(capacity: learner.literals.count)
        _ = literals.initialize(fromContentsOf: learner.literals)
        self.slots = .allocate(capacity: slots.count)
        _ = self.slots.initialize(fromContentsOf: slots)
    }

    deinit {
        literals.deallocate()
        slots.deallocate()
    }

    /// Reads a record into a row; false when it is not of this shape, and the row's states are to be cleared.
    func read(
        _ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, into columns: UnsafeMutablePointer<JSONColumn>,
        _ row: Int
    ) -> Bool {
        var reader = FastReader(bytes, range)
        for slot in slots {
            guard reader.take(UnsafeBufferPointer(rebasing: literals[slot.literal])) else { return false }
            if slot.column >= 0 {
                guard reader.value(into: &columns[slot.column], row) else { return false }
            } else if slot.column == -1 {
                guard reader.skipScalar() else { return false }
            }
        }
        guard reader.isAtEnd else { return false }
        for column in missing { columns[column].states[row] = JSONColumn.State.null }
        return true
    }
}

/// Walks a record that is known to be JSON and notes its shape.
private struct ShapeLearner {
    private struct NotAShape: Error {}

    private var scanner: JSONScanner
    private let fields: FieldTree
    private var slots: [JSONTemplate.Slot] = []
    private(set) var literals: [UInt8] = []
    /// Where the known bytes begin that precede the next value.
    private var literalStart: Int

    init(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, _ fields: FieldTree) {
        scanner = JSONScanner(bytes, range)
        self.fields = fields
        literalStart = range.lowerBound
    }

    mutating func learn() throws -> [JSONTemplate.Slot] {
        _ = try scanner.peek()
        try object(fields)
        scanner.position = scanner.end
        note(column: -2, valueStart: scanner.end)
        return slots
    }

    /// Notes that a value begins, or that the record ends.
    private mutating func note(column: Int, valueStart: Int) {
        let first = literals.count
        literals += scanner.bytes[literalStart..<valueStart]
        slots.append(JSONTemplate.Slot(literal: first..<literals.count, column: column))
    }

    private mutating func object(_ fields: FieldTree?) throws {
        scanner.position += 1
        if try scanner.peek() == UInt8(ascii: "}") {
            scanner.position += 1
            return
        }
        var hint = 0
        while true {
            _ = try scanner.peek()
            let name = try scanner.string()
            try scanner.expect(UInt8(ascii: ":"), "':'")
            let entry = try fields?.entry(name, scanner, hint: &hint)
            try value(entry)
            let byte = try scanner.peek()
            scanner.position += 1
            if byte == UInt8(ascii: "}") { return }
        }
    }

    private mutating func value(_ entry: FieldTree.Entry?) throws {
        let byte = try scanner.peek()
        if let entry, let column = entry.column, entry.isWhole {
            // A value that is also read by the paths within it has no slot of its own.
            guard entry.children == nil else { throw NotAShape() }
            note(column: column, valueStart: scanner.position)
            try scanner.skipValue(depth: 1)
            literalStart = scanner.position
            return
        }
        if byte == UInt8(ascii: "{") { return try object(entry?.children) }
        // Arrays have no fixed shape.
        if byte == UInt8(ascii: "[") { throw NotAShape() }
        note(column: entry?.column ?? -1, valueStart: scanner.position)
        try scanner.skipValue(depth: 1)
        literalStart = scanner.position
    }
}
