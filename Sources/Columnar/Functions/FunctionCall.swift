/// A call of a function for the rows of one batch.
struct FunctionCall {
    let operands: [Operand]
    /// The type of the result.
    let type: DataType
    /// The number of rows.
    let count: Int
    /// The rows in which no argument is null; nil when that is all.
    let validity: Bitmap?

    init(_ operands: [Operand], _ type: DataType, count: Int) {
        self.operands = operands
        self.type = type
        self.count = count
        let none = Operand(column: ColumnVector(.bool, .bool([false])), isConstant: true)
        validity = operands.reduce(nil) { common, operand in
            guard let validity = Kernels.combinedValidity(operand, none, count: count) else { return common }
            return common.map { $0 & validity } ?? validity
        }
    }

    /// The values of a column of the result's type, null where an argument is.
    func column(_ values: ColumnVector.Values) -> ColumnVector { ColumnVector(type, values, validity: validity) }

    /// The argument as a column of all rows.
    func full(_ index: Int) -> ColumnVector { operands[index].repeated(count) }
}

/// A value that kernels read from a column.
protocol RowElement {
    associatedtype Reader: RowReader where Reader.Element == Self
    /// Gives `body` a reader of the operand's rows, which must not leave it.
    static func withReader<Result>(_ operand: Operand, _ body: (Reader) -> Result) -> Result
}

/// Reads the rows of one operand.
protocol RowReader {
    associatedtype Element
    subscript(row: Int) -> Element { get }
}

/// A value of fixed size, which kernels also write.
protocol FixedElement: RowElement {
    static var blank: Self { get }
    static func extract(_ values: ColumnVector.Values) -> [Self]?
    static func values(_ values: [Self]) -> ColumnVector.Values
}

struct FixedReader<Element>: RowReader {
    let values: UnsafeBufferPointer<Element>
    /// 0 for a constant.
    let step: Int

    @inline(__always) subscript(row: Int) -> Element { values[row * step] }
}

extension FixedElement {
    static func withReader<Result>(_ operand: Operand, _ body: (FixedReader<Self>) -> Result) -> Result {
        guard let values = extract(operand.column.values) else {
            preconditionFailure("\(operand.column.type) read as \(Self.self)")
        }
        return values.withUnsafeBufferPointer { body(FixedReader(values: $0, step: operand.isConstant ? 0 : 1)) }
    }
}

extension Bool: FixedElement {
    typealias Reader = FixedReader<Bool>
    static var blank: Bool { false }
    static func extract(_ values: ColumnVector.Values) -> [Bool]? {
        if case .bool(let all) = values { all } else { nil }
    }
    static func values(_ values: [Bool]) -> ColumnVector.Values { .bool(values) }
}

extension Int32: FixedElement {
    typealias Reader = FixedReader<Int32>
    static var blank: Int32 { 0 }
    static func extract(_ values: ColumnVector.Values) -> [Int32]? {
        if case .int32(let all) = values { all } else { nil }
    }
    static func values(_ values: [Int32]) -> ColumnVector.Values { .int32(values) }
}

extension Int64: FixedElement {
    typealias Reader = FixedReader<Int64>
    static var blank: Int64 { 0 }
    static func extract(_ values: ColumnVector.Values) -> [Int64]? {
        if case .int64(let all) = values { all } else { nil }
    }
    static func values(_ values: [Int64]) -> ColumnVector.Values { .int64(values) }
}

extension Double: FixedElement {
    typealias Reader = FixedReader<Double>
    static var blank: Double { 0 }
    static func extract(_ values: ColumnVector.Values) -> [Double]? {
        if case .double(let all) = values { all } else { nil }
    }
    static func values(_ values: [Double]) -> ColumnVector.Values { .double(values) }
}

/// Unscaled decimals.
extension Int128: FixedElement {
    typealias Reader = FixedReader<Int128>
    static var blank: Int128 { 0 }
    static func extract(_ values: ColumnVector.Values) -> [Int128]? {
        if case .decimal(let all) = values { all } else { nil }
    }
    static func values(_ values: [Int128]) -> ColumnVector.Values { .decimal(values) }
}

/// The bytes of one string or byte string in a column; valid only while a kernel looks at it.
struct Text: RowElement, RandomAccessCollection {
    let bytes: UnsafeBufferPointer<UInt8>

    @inline(__always) init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    struct Reader: RowReader {
        let bytes: UnsafeBufferPointer<UInt8>
        let offsets: UnsafeBufferPointer<Int32>
        let step: Int

        @inline(__always) subscript(row: Int) -> Text {
            let index = row * step
            return Text(.init(rebasing: bytes[Int(offsets[index])..<Int(offsets[index + 1])]))
        }
    }

    static func withReader<Result>(_ operand: Operand, _ body: (Reader) -> Result) -> Result {
        let text = Kernels.texts(operand.column)
        return text.bytes.withUnsafeBufferPointer { bytes in
            text.offsets.withUnsafeBufferPointer { offsets in
                body(Reader(bytes: bytes, offsets: offsets, step: operand.isConstant ? 0 : 1))
            }
        }
    }

    @inline(__always) var startIndex: Int { 0 }
    @inline(__always) var endIndex: Int { bytes.count }
    @inline(__always) subscript(position: Int) -> UInt8 { bytes[position] }

    /// A part of it, by byte positions.
    @inline(__always) func part(_ range: Range<Int>) -> Text { Text(.init(rebasing: bytes[range])) }

    /// Ill-formed UTF-8 is repaired. For rare paths.
    var string: String { String(decoding: bytes, as: UTF8.self) }
}

extension FunctionCall {
    /// Fills a column of fixed size row by row; nil makes the row null. Rows with a null argument are not asked.
    @inline(__always)
    func fill<Result: FixedElement>(_ body: (Int) -> Result?) -> ColumnVector {
        var failed: [Int32] = []
        let values = [Result](unsafeUninitializedCapacity: count) { buffer, initialized in
            for row in 0..<count {
                var value = Result.blank
                if validity.map({ $0[row] }) ?? true {
                    if let result = body(row) { value = result } else { failed.append(Int32(row)) }
                }
                (buffer.baseAddress! + row).initialize(to: value)
            }
            initialized = count
        }
        return ColumnVector(
            type, Result.values(values), validity: Kernels.removing(failed, from: validity, count: count))
    }

    /// Fills a column of texts row by row: `body` appends a row's bytes, or says false, which makes the row null. Rows
    /// with a null argument are not asked.
    @inline(__always)
    func writeRows(_ body: (Int, inout [UInt8]) -> Bool) -> ColumnVector {
        var failed: [Int32] = []
        var offsets: [Int32] = [0]
        var bytes: [UInt8] = []
        offsets.reserveCapacity(count + 1)
        for row in 0..<count {
            if validity.map({ $0[row] }) ?? true {
                let start = bytes.count
                if !body(row, &bytes) {
                    bytes.removeSubrange(start...)
                    failed.append(Int32(row))
                }
            }
            offsets.append(Int32(bytes.count))
        }
        return ColumnVector(
            type, .binary(BinaryValues(offsets: offsets, bytes: bytes)),
            validity: Kernels.removing(failed, from: validity, count: count))
    }

    @inline(__always)
    func map<A: RowElement, Result: FixedElement>(_ body: (A) -> Result?) -> ColumnVector {
        A.withReader(operands[0]) { a in fill { body(a[$0]) } }
    }

    @inline(__always)
    func map<A: RowElement, B: RowElement, Result: FixedElement>(_ body: (A, B) -> Result?) -> ColumnVector {
        A.withReader(operands[0]) { a in B.withReader(operands[1]) { b in fill { body(a[$0], b[$0]) } } }
    }

    @inline(__always)
    func map<A: RowElement, B: RowElement, C: RowElement, Result: FixedElement>(
        _ body: (A, B, C) -> Result?
    ) -> ColumnVector {
        A.withReader(operands[0]) { a in
            B.withReader(operands[1]) { b in
                C.withReader(operands[2]) { c in fill { body(a[$0], b[$0], c[$0]) } }
            }
        }
    }

    @inline(__always)
    func write<A: RowElement>(_ body: (A, inout [UInt8]) -> Bool) -> ColumnVector {
        A.withReader(operands[0]) { a in writeRows { body(a[$0], &$1) } }
    }

    @inline(__always)
    func write<A: RowElement, B: RowElement>(_ body: (A, B, inout [UInt8]) -> Bool) -> ColumnVector {
        A.withReader(operands[0]) { a in B.withReader(operands[1]) { b in writeRows { body(a[$0], b[$0], &$1) } } }
    }

    @inline(__always)
    func write<A: RowElement, B: RowElement, C: RowElement>(
        _ body: (A, B, C, inout [UInt8]) -> Bool
    ) -> ColumnVector {
        A.withReader(operands[0]) { a in
            B.withReader(operands[1]) { b in
                C.withReader(operands[2]) { c in writeRows { body(a[$0], b[$0], c[$0], &$1) } }
            }
        }
    }
}
