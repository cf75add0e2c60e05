import Columnar

/// How Parquet stores a type.
enum PhysicalType: Hashable {
    case boolean
    case int32
    case int64
    case double
    case byteArray
    case fixed(Int)

    /// The number that the format gives it.
    var code: Int32 {
        switch self {
        case .boolean: 0
        case .int32: 1
        case .int64: 2
        case .double: 5
        case .byteArray: 6
        case .fixed: 7
        }
    }

    init(_ type: DataType) {
        switch type {
        case .bool: self = .boolean
        case .int32, .date: self = .int32
        case .int64, .timestamp: self = .int64
        case .double: self = .double
        case .string, .bytes, .json: self = .byteArray
        case .struct, .list, .map: preconditionFailure("\(type) is no leaf")
        case .decimal(let precision, _):
            self = precision <= 9 ? .int32 : precision <= 18 ? .int64 : .fixed(Self.bytes(precision: precision))
        }
    }

    /// The fewest bytes that hold every decimal of a precision.
    static func bytes(precision: Int) -> Int {
        let largest = Decimal128.powerOfTen(precision) - 1
        return (largest.bitWidth - largest.leadingZeroBitCount) / 8 + 1
    }
}

/// The fields of `SchemaElement` that give a type its meaning.
enum LogicalType {
    static func write(_ type: DataType, to element: inout ThriftWriter, fieldID: Int32?) {
        switch type {
        case .string, .json: element.i32(6, 0)
        case .decimal(let precision, let scale):
            element.i32(6, 5)
            element.i32(7, Int32(scale))
            element.i32(8, Int32(precision))
        case .date: element.i32(6, 6)
        case .timestamp: element.i32(6, 10)
        case .bool, .int32, .int64, .double, .bytes, .struct, .list, .map: break
        }
        if let fieldID { element.i32(9, fieldID) }
        switch type {
        case .string, .json: element.structure(10) { $0.structure(1) { _ in } }
        case .decimal(let precision, let scale):
            element.structure(10) { union in
                union.structure(5) { decimal in
                    decimal.i32(1, Int32(scale))
                    decimal.i32(2, Int32(precision))
                }
            }
        case .date: element.structure(10) { $0.structure(6) { _ in } }
        case .timestamp:
            element.structure(10) { union in
                union.structure(8) { timestamp in
                    timestamp.bool(1, true)
                    timestamp.structure(2) { $0.structure(2) { _ in } }
                }
            }
        case .bool, .int32, .int64, .double, .bytes, .struct, .list, .map: break
        }
    }

    /// The type that a leaf of a schema stands for; nil for one that this reader does not know.
    static func read(_ element: [Int16: ThriftReader.Value]) -> (DataType, PhysicalType)? {
        let converted = element.integer(6)
        let logical = element.structure(10) ?? [:]
        let decimal = logical.structure(5)
        let precision = decimal?.integer(2) ?? element.integer(8) ?? 0
        let scale = decimal?.integer(1) ?? element.integer(7) ?? 0
        let isDecimal =
            (decimal != nil || converted == 5) && (1...38).contains(precision) && (0...precision).contains(scale)
        switch element.integer(1) {
        case 0: return (.bool, .boolean)
        case 1:
            if isDecimal { return (.decimal(precision: precision, scale: scale), .int32) }
            return (logical[6] != nil || converted == 6 ? .date : .int32, .int32)
        case 2:
            if isDecimal { return (.decimal(precision: precision, scale: scale), .int64) }
            if let timestamp = logical.structure(8) {
                return timestamp.structure(2)?[2] != nil ? (.timestamp, .int64) : nil
            }
            return (converted == 10 ? .timestamp : .int64, .int64)
        case 5: return (.double, .double)
        case 6:
            if isDecimal { return (.decimal(precision: precision, scale: scale), .byteArray) }
            return (logical[1] != nil || converted == 0 ? .string : .bytes, .byteArray)
        case 7:
            guard let length = element.integer(2), (1...16).contains(length), isDecimal else { return nil }
            return (.decimal(precision: precision, scale: scale), .fixed(length))
        default: return nil
        }
    }
}
