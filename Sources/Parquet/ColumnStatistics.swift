import Columnar

/// What a file's footer says of one column, for skipping.
public struct ColumnStatistics: Sendable, Hashable {
    /// `.null` when every value is null or there is no order to speak of.
    public var minimum: Scalar
    public var maximum: Scalar
    public var nullCount: Int

    public init(minimum: Scalar = .null, maximum: Scalar = .null, nullCount: Int = 0) {
        self.minimum = minimum
        self.maximum = maximum
        self.nullCount = nullCount
    }

    /// Strings longer than this have no bounds in the footer.
    static let longestBound = 256

    /// Looks at all values of a column.
    public init(_ column: ColumnVector) {
        self.init(nullCount: column.validity.map { column.count - $0.popCount } ?? 0)
        guard nullCount < column.count else { return }
        switch (column.type, column.values) {
        case (.bytes, _): return
        case (_, .double(let values)) where values.contains(where: \.isNaN): return
        default: break
        }
        let groups = [Int32](repeating: 0, count: column.count)
        func extreme(_ function: AggregateFunction) -> Scalar {
            guard var accumulator = try? Accumulator(function, arguments: [column.type]) else { return .null }
            accumulator.update(groups: groups, groupCount: 1, columns: [column])
            return accumulator.finish().scalar(at: 0)
        }
        minimum = extreme(.min)
        maximum = extreme(.max)
        // Zero has two signs that compare equal: the bounds take the one that is safe (parquet.thrift, Statistics).
        if minimum == .double(0) { minimum = .double(-0.0) }
        if maximum == .double(-0.0) { maximum = .double(0.0) }
    }

    /// Looks at all values of a leaf; an entry without one counts as a null, as other writers do.
    init(_ leaf: ParquetLeaf) {
        self.init(leaf.values)
        nullCount = max(0, leaf.definitionLevels.count - leaf.values.count)
    }

    /// Adds what another row group says.
    mutating func merge(_ other: ColumnStatistics, type: DataType, isFirst: Bool) {
        if isFirst {
            self = other
            return
        }
        nullCount += other.nullCount
        let scalars = ColumnVector(type, scalars: [minimum, maximum, other.minimum, other.maximum])
        let known = ColumnStatistics(scalars)
        (minimum, maximum) = (known.minimum, known.maximum)
    }

    /// Writes the footer's `Statistics`.
    func write(_ type: DataType, to writer: inout ThriftWriter) {
        writer.i64(3, Int64(nullCount))
        let physical = PhysicalType(type)
        let bounds = [maximum, minimum].map { Self.plain($0, type, physical) }
        guard let maximum = bounds[0], let minimum = bounds[1] else { return }
        writer.binary(5, maximum)
        writer.binary(6, minimum)
    }

    /// A bound as the format wants it: plain, strings without their length.
    private static func plain(_ scalar: Scalar, _ type: DataType, _ physical: PhysicalType) -> [UInt8]? {
        if scalar == .null { return nil }
        var bytes: [UInt8] = []
        PlainEncoding.encode(ColumnVector(type, scalars: [scalar]), as: physical, into: &bytes)
        if physical == .byteArray { bytes.removeFirst(4) }
        return bytes.count <= longestBound ? bytes : nil
    }
}
